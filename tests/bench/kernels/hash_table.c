/* A table of 64-bit keys with open addressing that doubles when it is full: insertions, look-ups, removals. */
#include "kernel.h"

const unsigned kernel_rounds = 60;

enum { LARGEST = 1 << 17, KEYS = 60000 };

typedef unsigned long long u64;

struct entry {
    u64 key; /* 0: empty */
    unsigned value;
};

static struct entry first[LARGEST], second[LARGEST];
static struct entry *entries;
static unsigned capacity, count;

static unsigned home_of(u64 key) {
    key = (key ^ key >> 31) * 0x7fb5d329728ea185u;
    return (unsigned)(key >> 32) & (capacity - 1);
}

static void clear(struct entry *table, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        table[i] = (struct entry){0, 0};
}

static struct entry *find(u64 key) {
    unsigned at = home_of(key);
    while (entries[at].key != 0 && entries[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &entries[at];
}

static void grow(void) {
    const struct entry *old = entries;
    const unsigned old_capacity = capacity;
    entries = entries == first ? second : first;
    capacity *= 2;
    clear(entries, capacity);
    for (unsigned i = 0; i < old_capacity; i++) {
        if (old[i].key) *find(old[i].key) = old[i];
    }
}

static void add(u64 key, unsigned value) {
    struct entry *entry = find(key);
    if (entry->key == 0) {
        if (++count * 4 > capacity * 3) {
            grow();
            entry = find(key);
        }
        entry->key = key;
    }
    entry->value += value;
}

/* What comes behind moves up, so that no mark is needed where something was. */
static void take_out(u64 key) {
    struct entry *gap = find(key);
    if (gap->key == 0) return;
    count--;
    unsigned hole = (unsigned)(gap - entries);
    for (unsigned at = (hole + 1) & (capacity - 1); entries[at].key; at = (at + 1) & (capacity - 1)) {
        const unsigned home = home_of(entries[at].key);
        if (((at - home) & (capacity - 1)) < ((at - hole) & (capacity - 1))) continue;
        entries[hole] = entries[at];
        hole = at;
    }
    entries[hole] = (struct entry){0, 0};
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        entries = first, capacity = 64, count = 0;
        clear(entries, capacity);
        for (unsigned i = 1; i <= KEYS; i++)
            add((u64)i * i * 40503 + round, i);
        for (unsigned i = 1; i <= KEYS; i += 3)
            take_out((u64)i * i * 40503 + round);
        for (unsigned i = 1; i <= 2 * KEYS; i++)
            sum += find((u64)i * i * 40503 + round)->value;
    }
    return sum + count;
}
