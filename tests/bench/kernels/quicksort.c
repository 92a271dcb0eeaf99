/* Sorts numbers by partition around the median of three, short ranges by insertion. */
#include "kernel.h"

const unsigned kernel_rounds = 25;

enum { COUNT = 200000, SHORT_RANGE = 12 };

static int numbers[COUNT];

static void swap(int *a, int *b) {
    const int kept = *a;
    *a = *b;
    *b = kept;
}

static int median_to_start(int *first, int *last) {
    int *middle = first + (last - first) / 2;
    if (*middle < *first) swap(middle, first);
    if (*last < *first) swap(last, first);
    if (*last < *middle) swap(last, middle);
    swap(first, middle);
    return *first;
}

static void insert_all(int *first, int *last) {
    for (int *next = first + 1; next <= last; next++) {
        const int value = *next;
        int *at = next;
        for (; at > first && at[-1] > value; at--)
            *at = at[-1];
        *at = value;
    }
}

static void sort(int *first, int *last) {
    while (last - first > SHORT_RANGE) {
        const int pivot = median_to_start(first, last);
        int *low = first, *high = last + 1;
        for (;;) {
            while (*++low < pivot && low < last)
                ;
            while (*--high > pivot)
                ;
            if (low >= high) break;
            swap(low, high);
        }
        swap(first, high);
        sort(first, high - 1);
        first = high + 1;
    }
    insert_all(first, last);
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 1, sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < COUNT; i++) {
            seed = seed * 1664525u + 1013904223u;
            numbers[i] = (int)(seed ^ seed >> 15);
        }
        sort(numbers, numbers + COUNT - 1);
        for (unsigned i = 0; i < COUNT; i += 100)
            sum = sum * 31 + (unsigned)numbers[i];
    }
    return sum;
}
