/* Counts words in a hash table of strings: bytes, chains, 64-bit multiplication and remainders. */
#include "kernel.h"

const unsigned kernel_rounds = 1500;

enum { TEXT = 60000, BUCKETS = 1021, ENTRIES = 4096, LONGEST = 12 };

struct entry {
    struct entry *next;
    unsigned count;
    unsigned size;
    char text[LONGEST];
};

static char text[TEXT];
static struct entry entries[ENTRIES];
static struct entry *buckets[BUCKETS];
static unsigned used;

static void make_text(void) {
    unsigned seed = 42;
    for (unsigned i = 0; i < TEXT; i++) {
        seed = seed * 1103515245u + 12345u;
        const unsigned pick = seed >> 16 & 31;
        text[i] = pick < 9 ? ' ' : (char)('a' + pick % 6);
    }
}

static unsigned long long hash(const char *word, unsigned size) {
    unsigned long long sum = 1469598103934665603ull;
    for (unsigned i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)word[i]) * 1099511628211ull;
    return sum;
}

static int same(const char *a, const char *b, unsigned size) {
    for (unsigned i = 0; i < size; i++) {
        if (a[i] != b[i]) return 0;
    }
    return 1;
}

static void count_word(const char *word, unsigned size) {
    if (size > LONGEST) size = LONGEST;
    struct entry **link = &buckets[hash(word, size) % BUCKETS];
    for (; *link; link = &(*link)->next) {
        if ((*link)->size == size && same((*link)->text, word, size)) {
            (*link)->count++;
            return;
        }
    }
    if (used == ENTRIES) return;
    struct entry *entry = &entries[used++];
    entry->count = 1;
    entry->size = size;
    entry->next = 0;
    for (unsigned i = 0; i < size; i++)
        entry->text[i] = word[i];
    *link = entry;
}

unsigned kernel(unsigned rounds) {
    make_text();
    for (unsigned round = 0; round < rounds; round++) {
        unsigned start = 0;
        for (unsigned i = round % 7; i < TEXT; i++) {
            if (text[i] != ' ') continue;
            if (i > start) count_word(text + start, i - start);
            start = i + 1;
        }
    }
    unsigned sum = used;
    for (unsigned i = 0; i < used; i++)
        sum = sum * 31 + entries[i].count;
    return sum;
}
