/* An allocator of its own in 8 MB: free blocks of equal size in lists, larger ones cut from what is left, neighbours
 * joined. Objects of random sizes come and go. */
#include "kernel.h"

const unsigned kernel_rounds = 1000;

enum { HEAP = 8 << 20, UNIT = 16, CLASSES = 64, LIVE = 8192 };

/* In front of each block; sizes in units, this header included. */
struct block {
    unsigned size, size_before;
    int is_free;
    unsigned padding;
    struct block *next, *previous; /* in the list, only while free */
};

enum { HEADER = 16 };

static _Alignas(16) unsigned char heap[HEAP];
static struct block lists[CLASSES]; /* heads of rings */
static void *live[LIVE];

static struct block *after(struct block *block) {
    return (struct block *)((unsigned char *)block + block->size * UNIT);
}

static unsigned class_of(unsigned size) {
    return size < CLASSES ? size : CLASSES - 1;
}

static void link_block(struct block *block) {
    struct block *head = &lists[class_of(block->size)];
    block->is_free = 1;
    block->next = head->next;
    block->previous = head;
    head->next->previous = block;
    head->next = block;
}

static void unlink_block(struct block *block) {
    block->previous->next = block->next;
    block->next->previous = block->previous;
    block->is_free = 0;
}

static void open_heap(void) {
    for (unsigned i = 0; i < CLASSES; i++)
        lists[i].next = lists[i].previous = &lists[i];
    struct block *all = (struct block *)heap;
    *all = (struct block){.size = HEAP / UNIT - 2};
    *after(all) = (struct block){.size_before = all->size}; /* the end, which is never free */
    link_block(all);
}

static void split(struct block *block, unsigned size) {
    if (block->size < size + 3) return;
    const unsigned rest = block->size - size;
    block->size = size;
    struct block *other = after(block);
    other->size = rest;
    other->size_before = size;
    after(other)->size_before = rest;
    link_block(other);
}

static struct block *find(unsigned size) {
    for (unsigned class = class_of(size); class < CLASSES; class ++) {
        for (struct block *block = lists[class].next; block != &lists[class]; block = block->next) {
            if (block->size >= size) return block;
        }
    }
    return 0;
}

static void *allocate(unsigned bytes) {
    unsigned size = (bytes + HEADER + UNIT - 1) / UNIT;
    if (size < 3) size = 3;
    struct block *block = find(size);
    if (!block) return 0;
    unlink_block(block);
    split(block, size);
    return (unsigned char *)block + HEADER;
}

static void release(void *pointer) {
    struct block *block = (struct block *)((unsigned char *)pointer - HEADER);
    struct block *next = after(block);
    if (next->is_free) {
        unlink_block(next);
        block->size += next->size;
    }
    struct block *before = (struct block *)((unsigned char *)block - block->size_before * UNIT);
    if (block->size_before && before->is_free) {
        unlink_block(before);
        before->size += block->size;
        block = before;
    }
    after(block)->size_before = block->size;
    link_block(block);
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 5, sum = 0;
    open_heap();
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < 20000; i++) {
            seed = seed * 1664525u + 1013904223u;
            void **slot = &live[seed >> 19];
            if (*slot) {
                sum += *(unsigned *)*slot;
                release(*slot);
                *slot = 0;
            } else if ((*slot = allocate((seed >> 8 & 15) == 0 ? seed >> 20 & 1023 : 8 + (seed >> 12 & 63)))) {
                *(unsigned *)*slot = i;
            }
        }
    }
    return sum;
}
