/* Function pointers: comparisons handed to qsort and bsearch, tables of functions, callbacks with context.
 *
 * native:
 * run:
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
    uint32_t key;
    char name[12];
};

static int by_key(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_name(const void *a, const void *b) {
    const int order = strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
    return order ? order : by_key(a, b);
}

static int backwards(const void *a, const void *b) {
    return by_key(b, a);
}

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static uint32_t fold(const struct item *items, size_t count) {
    uint32_t sum = 17;
    for (size_t i = 0; i < count; i++) sum = sum * 31 + items[i].key + (unsigned char)items[i].name[1];
    return sum;
}

static double add(double a, double b) { return a + b; }
static double subtract(double a, double b) { return a - b; }
static double multiply(double a, double b) { return a * b; }
static long long count_bits(long long x) { return __builtin_popcountll((unsigned long long)x); }

static double (*const operations[])(double, double) = {add, subtract, multiply};

int main(void) {
    enum { COUNT = 5000 };
    static struct item items[COUNT];
    uint32_t state = 1;
    for (int i = 0; i < COUNT; i++) {
        items[i].key = next_random(&state);
        snprintf(items[i].name, sizeof items[i].name, "n%u", next_random(&state) % 100000);
    }
    int (*const orders[])(const void *, const void *) = {by_key, by_name, backwards};
    for (int i = 0; i < 3; i++) {
        qsort(items, COUNT, sizeof items[0], orders[i]);
        printf("%u %u %s\n", fold(items, COUNT), items[0].key, items[COUNT - 1].name);
    }
    qsort(items, COUNT, sizeof items[0], by_key);
    struct item wanted = items[1234];
    const struct item *found = bsearch(&wanted, items, COUNT, sizeof items[0], by_key);
    printf("%td\n", found - items);
    for (volatile int i = 0; i < 3; i++) printf("%g\n", operations[i](6.5, 2));
    long long (*volatile unary)(long long) = count_bits;
    printf("%lld\n", unary(-1));
    return 0;
}
