/* Memory of the heap, and allocation; see heap.h for the idea.
 *
 * How much is allocated between two collections follows what is alive: as many bytes again, and no fewer than 16 MiB.
 * So marking costs a bounded share of the time that made the objects, and a program with few live objects stays small,
 * however much it allocates in all. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "heap_state.h"

#include <stdlib.h>
#include <string.h>

#include "w2c/ops_stack.h"

#if W2C_POSIX
#include <sys/mman.h>
#include <unistd.h>
#endif

enum { HEAP_COMMIT_BLOCKS = 256, HEAP_LARGE_RETURN = 64 };

/* A sixteenth of this may still fit where the whole range is refused. */
static const u64 heap_range_bytes = (u64)64 << 30;
static const u64 heap_smallest_range = (u64)64 << 20;
static const u64 heap_first_limit = (u64)4 << 30;
static const u64 heap_least_allowance = (u64)16 << 20;

W2C_RT struct heap w2c_heap;
W2C_RT struct w2c_heap_place w2c_heap_place;
W2C_RT W2C_THREAD_LOCAL struct w2c_heap_range w2c_heap_ranges[W2C_HEAP_CLASSES];

/* Multiples of 16; from 640 on, so that few bytes of a block are left over. Class 0 is none. */
W2C_RT const u16 w2c_heap_cell_bytes[W2C_HEAP_CLASSES] = {
    16,  16,  32,  48,  64,  80,   96,   112,  128,  144,  160,  176,  192,  208, 224,
    240, 256, 272, 288, 304, 320,  336,  352,  368,  384,  400,  416,  432,  448, 464,
    480, 496, 512, 640, 816, 1024, 1360, 1632, 2048, 2720, 3264, 4096, 5456, 8192};

static unsigned heap_class_of(u64 bytes) {
    if (bytes <= W2C_HEAP_EVEN_BYTES) {
        return (unsigned)((bytes + W2C_HEAP_GRAIN - 1) / W2C_HEAP_GRAIN);
    }
    unsigned found = W2C_HEAP_EVEN_BYTES / W2C_HEAP_GRAIN + 1;
    while (w2c_heap_cell_bytes[found] < bytes) {
        found++;
    }
    return found;
}

/* ---- address space ---- */

#if W2C_POSIX && UINTPTR_MAX > 0xffffffffu

W2C_RT void *w2c_heap_reserve(size_t bytes) {
    void *start = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

/* In whole pages: those at the ends may have memory already. */
W2C_RT bool w2c_heap_commit(void *start, size_t bytes) {
    const uintptr_t mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    const uintptr_t first = (uintptr_t)start & ~mask;
    const uintptr_t end = ((uintptr_t)start + bytes + mask) & ~mask;
    return mprotect((void *)first, end - first, PROT_READ | PROT_WRITE) == 0;
}

static void heap_unreserve(void *start, size_t bytes) {
    if (start) {
        munmap(start, bytes);
    }
}

/* The memory goes back and comes again as zeros. False if it stays as it is. */
static bool heap_return(u8 *start, size_t bytes) {
    return madvise(start, bytes, MADV_DONTNEED) == 0;
}

#else

/* References are told apart by bits that only addresses of 64 bits have to spare. */
W2C_RT void *w2c_heap_reserve(size_t bytes) {
    (void)bytes;
    return NULL;
}

W2C_RT bool w2c_heap_commit(void *start, size_t bytes) {
    (void)start, (void)bytes;
    return false;
}

static void heap_unreserve(void *start, size_t bytes) {
    (void)start, (void)bytes;
}

static bool heap_return(u8 *start, size_t bytes) {
    (void)start, (void)bytes;
    return false;
}

#endif

static size_t heap_marks_bytes(u32 blocks) {
    return (size_t)blocks * HEAP_MARK_WORDS * sizeof(u64);
}

static bool heap_reserve_all(u64 bytes) {
    struct heap *h = &w2c_heap;
    const u32 blocks = (u32)(bytes / HEAP_BLOCK_BYTES);
    h->base = w2c_heap_reserve(bytes);
    h->blocks = w2c_heap_reserve(blocks * sizeof *h->blocks);
    h->marks[0] = w2c_heap_reserve(heap_marks_bytes(blocks));
    h->marks[1] = w2c_heap_reserve(heap_marks_bytes(blocks));
    h->block_limit = blocks;
    if (h->base && h->blocks && h->marks[0] && h->marks[1]) {
        return true;
    }
    heap_unreserve(h->base, bytes);
    heap_unreserve(h->blocks, blocks * sizeof *h->blocks);
    heap_unreserve(h->marks[0], heap_marks_bytes(blocks));
    heap_unreserve(h->marks[1], heap_marks_bytes(blocks));
    h->base = NULL;
    return false;
}

/* "512M": a number and perhaps its unit. What is no such thing counts as nothing said. */
W2C_RT u64 w2c_heap_option(const char *name, u64 otherwise) {
    const char *text = getenv(name);
    char *end;
    if (!text || *text < '0' || *text > '9') {
        return otherwise;
    }
    const u64 number = strtoull(text, &end, 10);
    const unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    const bool is_good = end[shift != 0] == '\0' && number <= UINT64_MAX >> shift;
    return is_good ? number << shift : otherwise;
}

W2C_RT bool w2c_heap_open(void) {
    struct heap *h = &w2c_heap;
    if (h->base) {
        return true;
    }
    u64 bytes = heap_range_bytes;
    while (bytes >= heap_smallest_range && !heap_reserve_all(bytes)) {
        bytes /= 4;
    }
    if (!h->base || !w2c_heap_open_marking()) {
        return false;
    }
    for (unsigned i = 0; i < W2C_HEAP_CLASSES; i++) {
        h->unswept[i] = HEAP_NO_BLOCK;
    }
    h->allowance = heap_least_allowance;
    if (h->limit == 0) {
        h->limit = w2c_heap_option("W2C_HEAP_LIMIT", heap_first_limit);
    }
    h->is_stressed |= w2c_heap_option("W2C_HEAP_STRESS", 0) != 0;
    w2c_heap_place = (struct w2c_heap_place){(uintptr_t)h->base, bytes};
    return true;
}

/* ---- blocks ---- */

/* Memory for blocks below `end`, and for what is kept beside them. The last step may be a short one. */
static bool heap_commit_to(u32 end) {
    struct heap *h = &w2c_heap;
    if (end <= h->committed) {
        return true;
    }
    const u32 start = h->committed;
    u32 stop = (end + HEAP_COMMIT_BLOCKS - 1) / HEAP_COMMIT_BLOCKS * HEAP_COMMIT_BLOCKS;
    stop = stop < h->block_limit ? stop : h->block_limit;
    const u32 count = stop - start;
    u8 *const first = h->base + (size_t)start * HEAP_BLOCK_BYTES;
    const bool is_good = w2c_heap_commit(first, (size_t)count * HEAP_BLOCK_BYTES) &&
                         w2c_heap_commit(h->blocks + start, count * sizeof *h->blocks) &&
                         w2c_heap_commit(h->marks[0] + (size_t)start * HEAP_MARK_WORDS, heap_marks_bytes(count)) &&
                         w2c_heap_commit(h->marks[1] + (size_t)start * HEAP_MARK_WORDS, heap_marks_bytes(count));
    if (is_good) {
        h->committed = stop;
    }
    return is_good;
}

static bool heap_is_within_limit(u64 count) {
    return (w2c_heap.used + count) * HEAP_BLOCK_BYTES <= w2c_heap.limit;
}

/* Blocks that nobody has had before. */
static s32 heap_extend(u32 count) {
    struct heap *h = &w2c_heap;
    if (count > h->block_limit - h->top || !heap_commit_to(h->top + count)) {
        return HEAP_NO_BLOCK;
    }
    const u32 first = h->top;
    for (u32 i = 0; i < count; i++) {
        h->blocks[first + i] = (struct heap_block){.is_zero = true};
    }
    h->top += count;
    return (s32)first;
}

/* The place behind the block: a large object is passed in one step. */
static u32 heap_behind(u32 block) {
    const struct heap_block *b = &w2c_heap.blocks[block];
    return b->state == HEAP_LARGE ? block + b->count : block + 1;
}

/* A run of free blocks, from *search on. Each search goes on where the last one ended, and begins anew after a
 * collection: so all searches between two collections look at each block once. */
static s32 heap_search(u32 *search, u32 count) {
    const struct heap *h = &w2c_heap;
    u32 start = *search;
    while (start < h->top) {
        u32 end = start;
        while (end < h->top && end - start < count && h->blocks[end].state == HEAP_FREE) {
            end++;
        }
        if (end - start == count) {
            *search = end;
            return (s32)start;
        }
        start = end < h->top ? heap_behind(end) : end;
    }
    *search = start;
    return HEAP_NO_BLOCK;
}

static s32 heap_take_blocks(u32 count) {
    struct heap *h = &w2c_heap;
    if (!heap_is_within_limit(count)) {
        return HEAP_NO_BLOCK;
    }
    s32 first = heap_search(count == 1 ? &h->small_search : &h->large_search, count);
    if (first == HEAP_NO_BLOCK) {
        first = heap_extend(count);
    }
    if (first != HEAP_NO_BLOCK) {
        h->used += count;
        const u64 used_bytes = (u64)h->used * HEAP_BLOCK_BYTES;
        h->figures.most_used_bytes = used_bytes > h->figures.most_used_bytes ? used_bytes : h->figures.most_used_bytes;
    }
    return first;
}

/* ---- holes ---- */

static bool heap_is_marked(s32 block, u32 grain) {
    const u64 *marks = w2c_heap.marks[w2c_heap.current] + (size_t)block * HEAP_MARK_WORDS;
    return marks[grain / 64] >> grain % 64 & 1;
}

static void heap_give(struct w2c_heap_range *range, s32 block, u32 cell_bytes, u32 from, u32 to, bool is_zero) {
    u8 *const start = w2c_heap.base + (size_t)block * HEAP_BLOCK_BYTES;
    range->next = (char *)start + (size_t)from * cell_bytes;
    range->end = (char *)start + (size_t)to * cell_bytes;
    if (!is_zero) {
        memset(range->next, 0, (size_t)(to - from) * cell_bytes);
    }
    w2c_heap.allocated += (u64)(to - from) * cell_bytes;
}

/* The next run of dead cells in the thread's block. */
static bool heap_next_hole(struct heap_thread *self, unsigned size_class) {
    struct heap_cursor *cursor = &self->cursors[size_class];
    if (cursor->block == HEAP_NO_BLOCK) {
        return false;
    }
    const u32 cell_bytes = w2c_heap_cell_bytes[size_class];
    const u32 cells = HEAP_BLOCK_BYTES / cell_bytes;
    const u32 grains = cell_bytes / W2C_HEAP_GRAIN;
    u32 from = cursor->position;
    while (from < cells && heap_is_marked(cursor->block, from * grains)) {
        from++;
    }
    const u32 most = w2c_heap.is_stressed ? from + 1 : cells;
    u32 to = from;
    while (to < cells && to < most && !heap_is_marked(cursor->block, to * grains)) {
        to++;
    }
    cursor->position = to;
    if (from == to) {
        cursor->block = HEAP_NO_BLOCK;
        return false;
    }
    heap_give(&self->ranges[size_class], cursor->block, cell_bytes, from, to, false);
    return true;
}

static bool heap_next_swept(struct heap_thread *self, unsigned size_class) {
    struct heap *h = &w2c_heap;
    const s32 block = h->unswept[size_class];
    if (block == HEAP_NO_BLOCK) {
        return false;
    }
    h->unswept[size_class] = h->blocks[block].next;
    h->blocks[block].is_swept = true;
    self->cursors[size_class] = (struct heap_cursor){block, 0};
    return true;
}

/* All of a new block is one hole; under stress it is looked through like any other. */
static bool heap_new_block(struct heap_thread *self, unsigned size_class) {
    struct heap *h = &w2c_heap;
    const s32 block = heap_take_blocks(1);
    if (block == HEAP_NO_BLOCK) {
        return false;
    }
    const u32 cell_bytes = w2c_heap_cell_bytes[size_class];
    const bool is_zero = h->blocks[block].is_zero;
    h->blocks[block] = (struct heap_block){.state = HEAP_SMALL, .size_class = (u8)size_class, .is_swept = true};
    memset(h->marks[h->current] + (size_t)block * HEAP_MARK_WORDS, 0, heap_marks_bytes(1));
    if (h->is_stressed) {
        memset(h->base + (size_t)block * HEAP_BLOCK_BYTES, 0, HEAP_BLOCK_BYTES);
        self->cursors[size_class] = (struct heap_cursor){block, 0};
        return heap_next_hole(self, size_class);
    }
    heap_give(&self->ranges[size_class], block, cell_bytes, 0, HEAP_BLOCK_BYTES / cell_bytes, is_zero);
    return true;
}

static bool heap_find_cells(struct heap_thread *self, unsigned size_class) {
    do {
        if (heap_next_hole(self, size_class)) {
            return true;
        }
    } while (heap_next_swept(self, size_class));
    return heap_new_block(self, size_class);
}

/* ---- objects ---- */

static bool heap_is_due(void) {
    return w2c_heap.is_stressed || w2c_heap.allocated >= w2c_heap.allowance;
}

/* After a collection there may be a hole where there was no block. */
static char *heap_take_cell(unsigned size_class) {
    struct heap_thread *self = w2c_heap_self();
    bool is_found = false;
    if (heap_is_due()) {
        w2c_heap_collect_now();
    }
    is_found = heap_find_cells(self, size_class);
    if (!is_found) {
        w2c_heap_collect_now();
        is_found = heap_find_cells(self, size_class);
    }
    if (!is_found) {
        return NULL;
    }
    struct w2c_heap_range *range = &self->ranges[size_class];
    char *const cell = range->next;
    range->next += w2c_heap_cell_bytes[size_class];
    return cell;
}

static void heap_clear_large(u32 first, u32 count) {
    struct heap *h = &w2c_heap;
    u32 start = first;
    while (start < first + count) {
        u32 end = start + 1;
        while (end < first + count && h->blocks[end].is_zero == h->blocks[start].is_zero) {
            end++;
        }
        if (!h->blocks[start].is_zero) {
            memset(h->base + (size_t)start * HEAP_BLOCK_BYTES, 0, (size_t)(end - start) * HEAP_BLOCK_BYTES);
        }
        start = end;
    }
}

static char *heap_take_large(u64 bytes) {
    struct heap *h = &w2c_heap;
    const u64 wanted = (bytes + HEAP_BLOCK_BYTES - 1) / HEAP_BLOCK_BYTES;
    if (wanted > h->block_limit || wanted * HEAP_BLOCK_BYTES > h->limit) {
        return NULL;
    }
    const u32 count = (u32)wanted;
    if (heap_is_due()) {
        w2c_heap_collect_now();
    }
    s32 first = heap_take_blocks(count);
    if (first == HEAP_NO_BLOCK) {
        w2c_heap_collect_now();
        first = heap_take_blocks(count);
    }
    if (first == HEAP_NO_BLOCK) {
        return NULL;
    }
    heap_clear_large((u32)first, count);
    for (u32 i = 0; i < count; i++) {
        h->blocks[first + (s32)i] = (struct heap_block){.state = i ? HEAP_TAIL : HEAP_LARGE, .count = i ? i : count};
    }
    h->blocks[first].is_swept = true;
    memset(h->marks[h->current] + (size_t)first * HEAP_MARK_WORDS, 0, heap_marks_bytes(1));
    h->allocated += (u64)count * HEAP_BLOCK_BYTES;
    return (char *)h->base + (size_t)first * HEAP_BLOCK_BYTES;
}

enum heap_result { HEAP_GOOD, HEAP_NO_MEMORY, HEAP_NO_STACK };

static enum heap_result heap_take(u64 bytes, char **object) {
    if (!w2c_heap_open()) {
        return HEAP_NO_MEMORY;
    }
    if (!w2c_heap_attach()) {
        return HEAP_NO_STACK;
    }
    *object = bytes <= HEAP_LARGEST_CELL ? heap_take_cell(heap_class_of(bytes)) : heap_take_large(bytes);
    return *object ? HEAP_GOOD : HEAP_NO_MEMORY;
}

/* The range may have cells: who allocates sizes that are not constant comes here each time. No trap while the lock is
 * held, so the stack must be known to suffice. */
W2C_RT void *w2c_heap_new(const struct w2c_type *type, uint64_t bytes) {
    char *object = NULL;
    if (bytes <= HEAP_LARGEST_CELL) {
        const unsigned size_class = heap_class_of(bytes);
        struct w2c_heap_range *range = &w2c_heap_ranges[size_class];
        if ((uintptr_t)range->next < (uintptr_t)range->end) {
            object = range->next;
            range->next += w2c_heap_cell_bytes[size_class];
        }
    }
    if (!object) {
        w2c_check_stack(0);
        w2c_lock(&w2c_heap.lock);
        const enum heap_result result = heap_take(bytes, &object);
        w2c_unlock(&w2c_heap.lock);
        if (result == HEAP_NO_STACK) {
            w2c_trap_message(W2C_TRAP_HOST, "objects need a stack whose end is known");
        }
        if (result == HEAP_NO_MEMORY) {
            w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
        }
    }
    *(const struct w2c_type **)(void *)object = type;
    return object;
}

/* ---- after marking ---- */

static u32 heap_count_marks(u32 block) {
    const u64 *marks = w2c_heap.marks[w2c_heap.current] + (size_t)block * HEAP_MARK_WORDS;
    u32 count = 0;
    for (unsigned i = 0; i < HEAP_MARK_WORDS; i++) {
#if W2C_GNU
        count += (u32)__builtin_popcountll(marks[i]);
#else
        for (u64 word = marks[i]; word != 0; word &= word - 1) {
            count++;
        }
#endif
    }
    return count;
}

static void heap_free_blocks(u32 first, u32 count) {
    struct heap *h = &w2c_heap;
    const bool is_returned = count >= HEAP_LARGE_RETURN &&
                             heap_return(h->base + (size_t)first * HEAP_BLOCK_BYTES, (size_t)count * HEAP_BLOCK_BYTES);
    for (u32 i = 0; i < count; i++) {
        h->blocks[first + i] = (struct heap_block){.is_zero = is_returned};
    }
    h->used -= count;
}

/* Under stress, what is dead cannot be taken for what it was: a reference that no collection saw leads to no type.
 * Cells are cleared before they are used again. */
static void heap_spoil(u32 block, u32 cells, size_t cell_bytes) {
    u8 *const start = w2c_heap.base + (size_t)block * HEAP_BLOCK_BYTES;
    for (u32 cell = 0; cell < cells; cell++) {
        if (!heap_is_marked((s32)block, (u32)(cell * cell_bytes / W2C_HEAP_GRAIN))) {
            memset(start + cell * cell_bytes, 0xa5, cell_bytes);
        }
    }
}

static void heap_account_small(u32 block) {
    struct heap *h = &w2c_heap;
    struct heap_block *b = &h->blocks[block];
    const u32 cell_bytes = w2c_heap_cell_bytes[b->size_class];
    const u32 count = heap_count_marks(block);
    if (h->is_stressed) {
        heap_spoil(block, HEAP_BLOCK_BYTES / cell_bytes, cell_bytes);
    }
    if (count == 0) {
        heap_free_blocks(block, 1);
        return;
    }
    h->figures.live_bytes += (u64)count * cell_bytes;
    b->is_swept = false;
    if (count < HEAP_BLOCK_BYTES / cell_bytes) {
        b->next = h->unswept[b->size_class];
        h->unswept[b->size_class] = (s32)block;
    }
}

static void heap_account_large(u32 first) {
    const u32 count = w2c_heap.blocks[first].count;
    if (heap_is_marked((s32)first, 0)) {
        w2c_heap.figures.live_bytes += (u64)count * HEAP_BLOCK_BYTES;
        return;
    }
    if (w2c_heap.is_stressed) {
        heap_spoil(first, 1, (size_t)count * HEAP_BLOCK_BYTES);
    }
    heap_free_blocks(first, count);
}

/* From the last block to the first, so that lists begin with low addresses. */
W2C_RT void w2c_heap_account(void) {
    struct heap *h = &w2c_heap;
    h->figures.live_bytes = 0;
    for (unsigned i = 0; i < W2C_HEAP_CLASSES; i++) {
        h->unswept[i] = HEAP_NO_BLOCK;
    }
    for (u32 block = h->top; block-- > 0;) {
        switch ((enum heap_state)h->blocks[block].state) {
        case HEAP_SMALL: heap_account_small(block); break;
        case HEAP_TAIL:
            block -= h->blocks[block].count;
            heap_account_large(block);
            break;
        case HEAP_LARGE: heap_account_large(block); break;
        case HEAP_FREE: break;
        }
    }
    h->small_search = h->large_search = 0;
    h->allocated = 0;
    h->allowance = h->figures.live_bytes > heap_least_allowance ? h->figures.live_bytes : heap_least_allowance;
    h->figures.collections++;
}

/* ---- for hosts ---- */

W2C_RT void w2c_heap_set_limit(uint64_t bytes) {
    w2c_lock(&w2c_heap.lock);
    w2c_heap.limit = bytes ? bytes : 1;
    w2c_unlock(&w2c_heap.lock);
}

W2C_RT void w2c_heap_set_stress(bool is_stressed) {
    w2c_heap_collect();
    w2c_lock(&w2c_heap.lock);
    w2c_heap.is_stressed = is_stressed;
    w2c_unlock(&w2c_heap.lock);
}

W2C_RT void w2c_heap_collect(void) {
    bool is_known = true;
    w2c_check_stack(0);
    w2c_lock(&w2c_heap.lock);
    if (w2c_heap.base) {
        is_known = w2c_heap_attach();
        if (is_known) {
            w2c_heap_collect_now();
        }
    }
    w2c_unlock(&w2c_heap.lock);
    if (!is_known) {
        w2c_trap_message(W2C_TRAP_HOST, "objects need a stack whose end is known");
    }
}

W2C_RT struct w2c_heap_figures w2c_heap_figures(void) {
    w2c_lock(&w2c_heap.lock);
    struct w2c_heap_figures figures = w2c_heap.figures;
    figures.used_bytes = (u64)w2c_heap.used * HEAP_BLOCK_BYTES;
    w2c_unlock(&w2c_heap.lock);
    return figures;
}
