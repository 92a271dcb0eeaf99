/* Sorts records by a heap and a comparison that the caller passes, as qsort has it. */
#include "kernel.h"

const unsigned kernel_rounds = 32;

enum { COUNT = 60000 };

struct record {
    double weight;
    unsigned key, serial;
};

typedef int comparison(const struct record *a, const struct record *b);

static struct record records[COUNT];

static int by_key(const struct record *a, const struct record *b) {
    return (a->key > b->key) - (a->key < b->key);
}

static int by_weight(const struct record *a, const struct record *b) {
    if (a->weight != b->weight) return a->weight > b->weight ? 1 : -1;
    return by_key(a, b);
}

static int by_serial(const struct record *a, const struct record *b) {
    return (a->serial > b->serial) - (a->serial < b->serial);
}

static void sift(struct record *heap, unsigned root, unsigned count, comparison *compare) {
    const struct record sinking = heap[root];
    for (unsigned child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(&heap[child], &heap[child + 1]) < 0) child++;
        if (compare(&sinking, &heap[child]) >= 0) break;
        heap[root] = heap[child];
    }
    heap[root] = sinking;
}

static void sort(struct record *heap, unsigned count, comparison *compare) {
    for (unsigned i = count / 2; i-- > 0;)
        sift(heap, i, count, compare);
    for (unsigned last = count; last-- > 1;) {
        const struct record greatest = heap[0];
        heap[0] = heap[last];
        heap[last] = greatest;
        sift(heap, 0, last, compare);
    }
}

unsigned kernel(unsigned rounds) {
    static comparison *const comparisons[] = {by_key, by_weight, by_serial};
    unsigned seed = 7, sum = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        records[i] = (struct record){(seed >> 20) / 16.0, seed ^ seed >> 13, i};
    }
    for (unsigned round = 0; round < rounds; round++) {
        sort(records, COUNT, comparisons[round % 3]);
        sum = sum * 31 + records[round * 97 % COUNT].serial;
    }
    return sum;
}
