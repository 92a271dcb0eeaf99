/* Marking: what is alive is what can be reached from roots.
 *
 * A stack of objects whose references are still to be looked at replaces recursion, so the depth of a structure does
 * not matter. The stack has room for a million; when it is full, an object is marked all the same, and after the stack
 * has been emptied, all marked objects are looked through for references to unmarked ones. Each such round marks a
 * million objects or is the last.
 *
 * References in objects are exact: where they stand is known from the record of the object's type, and they lead to
 * the beginning of an object, or are null, a function, an i31, a host's pointer. Words on stacks and in roots may
 * be anything. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "heap_state.h"

#include <string.h>

#include "w2c/ops_stack.h"

enum { HEAP_PENDING_LIMIT = 1 << 20 };

/* Stacks are read word by word, whatever a sanitizer thinks of the frames there. */
#if defined(__clang__) || W2C_GNU
#define HEAP_READS_ANYTHING __attribute__((no_sanitize("address"), noinline))
#else
#define HEAP_READS_ANYTHING
#endif

static u8 **heap_pending;
static u32 heap_pending_count;
static bool heap_pending_is_full; /* some object was not entered */

W2C_RT bool w2c_heap_open_marking(void) {
    const size_t bytes = HEAP_PENDING_LIMIT * sizeof *heap_pending;
    heap_pending = w2c_heap_reserve(bytes);
    return heap_pending && w2c_heap_commit(heap_pending, bytes);
}

static const struct w2c_type *heap_type_of(const u8 *object) {
    return *(const struct w2c_type *const *)(const void *)object;
}

/* Without a type, a cell is being made, or free: it holds nothing. */
static bool heap_holds_references(const struct w2c_type *type) {
    return type && type->has_references;
}

static void heap_mark_object(u8 *object) {
    const size_t grain = (size_t)(object - w2c_heap.base) >> HEAP_GRAIN_LOG2;
    u64 *const word = &w2c_heap.marks[w2c_heap.current][grain / 64];
    const u64 bit = (u64)1 << grain % 64;
    if (*word & bit) {
        return;
    }
    *word |= bit;
    if (!heap_holds_references(heap_type_of(object))) {
        return;
    }
    if (heap_pending_count == HEAP_PENDING_LIMIT) {
        heap_pending_is_full = true;
    } else {
        heap_pending[heap_pending_count++] = object;
    }
}

static void heap_mark_reference(const u8 *place) {
    u8 *const reference = *(u8 *const *)(const void *)place;
    if (w2c_heap_has(reference)) {
        heap_mark_object(reference);
    }
}

/* ---- words that may be references ---- */

/* Before this collection: an object, or a cell of which a thread may make one. */
static bool heap_was_alive(u32 block, size_t grain) {
    return w2c_heap.blocks[block].is_swept || (w2c_heap.marks[!w2c_heap.current][grain / 64] >> grain % 64 & 1);
}

static void heap_mark_word(uintptr_t word) {
    const uintptr_t offset = word - w2c_heap_place.start;
    u32 block = (u32)(offset >> HEAP_BLOCK_LOG2);
    if (offset >= w2c_heap_place.bytes || block >= w2c_heap.top) {
        return;
    }
    const struct heap_block *b = &w2c_heap.blocks[block];
    size_t start = 0;
    if (b->state == HEAP_FREE) {
        return;
    }
    if (b->state == HEAP_SMALL) {
        const u32 cell_bytes = w2c_heap_cell_bytes[b->size_class];
        const u32 cell = (u32)(offset % HEAP_BLOCK_BYTES) / cell_bytes;
        if (cell >= HEAP_BLOCK_BYTES / cell_bytes) {
            return;
        }
        start = (size_t)cell * cell_bytes;
    } else if (b->state == HEAP_TAIL) {
        block -= b->count;
    }
    start += (size_t)block * HEAP_BLOCK_BYTES;
    if (heap_was_alive(block, start >> HEAP_GRAIN_LOG2)) {
        heap_mark_object(w2c_heap.base + start);
    }
}

HEAP_READS_ANYTHING W2C_RT void w2c_heap_mark_words(const void *start, size_t bytes) {
    const uintptr_t align = sizeof(uintptr_t);
    const uintptr_t first = ((uintptr_t)start + align - 1) / align * align;
    const uintptr_t end = ((uintptr_t)start + bytes) / align * align;
    for (uintptr_t at = first; at < end; at += align) {
        heap_mark_word(*(const volatile uintptr_t *)at);
    }
}

/* ---- objects ---- */

static size_t heap_cell_bytes_at(const u8 *object) {
    const struct heap_block *b = &w2c_heap.blocks[(size_t)(object - w2c_heap.base) >> HEAP_BLOCK_LOG2];
    return b->state == HEAP_SMALL ? w2c_heap_cell_bytes[b->size_class] : (size_t)b->count * HEAP_BLOCK_BYTES;
}

static void heap_scan_array(const u8 *object, const struct w2c_type *type) {
    u32 length;
    memcpy(&length, object + W2C_ARRAY_LENGTH, sizeof length);
    const u8 *const elements = object + type->bytes;
    for (size_t i = 0; i < length; i++) {
        heap_mark_reference(elements + i * sizeof(void *));
    }
}

static void heap_scan(const u8 *object) {
    const struct w2c_type *type = heap_type_of(object);
    if (type->kind == W2C_TYPE_STRUCT) {
        for (u32 i = 0; i < type->reference_count; i++) {
            heap_mark_reference(object + type->references[i]);
        }
    } else if (type->kind == W2C_TYPE_ARRAY) {
        heap_scan_array(object, type);
    } else {
        w2c_heap_mark_words(object, heap_cell_bytes_at(object));
    }
}

static void heap_scan_pending(void) {
    while (heap_pending_count != 0) {
        heap_scan(heap_pending[--heap_pending_count]);
    }
}

/* Looks once more into every object of the block that is marked. */
static void heap_scan_block(u32 block) {
    const struct heap_block *b = &w2c_heap.blocks[block];
    const u64 *marks = w2c_heap.marks[w2c_heap.current] + (size_t)block * HEAP_MARK_WORDS;
    const u32 grains = b->state == HEAP_SMALL ? HEAP_BLOCK_BYTES / W2C_HEAP_GRAIN : b->state == HEAP_LARGE ? 1 : 0;
    for (u32 grain = 0; grain < grains; grain++) {
        u8 *const object = w2c_heap.base + (size_t)block * HEAP_BLOCK_BYTES + (size_t)grain * W2C_HEAP_GRAIN;
        if ((marks[grain / 64] >> grain % 64 & 1) && heap_holds_references(heap_type_of(object))) {
            heap_scan(object);
            heap_scan_pending();
        }
    }
}

static void heap_finish_marking(void) {
    heap_scan_pending();
    while (heap_pending_is_full) {
        heap_pending_is_full = false;
        for (u32 block = 0; block < w2c_heap.top; block++) {
            heap_scan_block(block);
        }
    }
}

/* ---- a collection ---- */

/* In the part of a block that a thread has not looked through, dead cells still hold what they did. They become zeros,
 * as all free cells of a swept block are. */
static void heap_clear_unseen(const struct heap_cursor *cursor, u32 cell_bytes) {
    if (cursor->block == HEAP_NO_BLOCK) {
        return;
    }
    const u64 *marks = w2c_heap.marks[w2c_heap.current] + (size_t)cursor->block * HEAP_MARK_WORDS;
    u8 *const start = w2c_heap.base + (size_t)cursor->block * HEAP_BLOCK_BYTES;
    for (u32 cell = cursor->position; cell < HEAP_BLOCK_BYTES / cell_bytes; cell++) {
        const u32 grain = cell * (cell_bytes / W2C_HEAP_GRAIN);
        if (!(marks[grain / 64] >> grain % 64 & 1)) {
            memset(start + (size_t)cell * cell_bytes, 0, sizeof(void *));
        }
    }
}

/* A thread may have been stopped between reading one end of a range and the other, in either order: a new one with
 * either old one must leave it without cells too. */
W2C_RT void w2c_heap_forget_ranges(struct heap_thread *thread) {
    for (unsigned i = 0; i < W2C_HEAP_CLASSES; i++) {
        heap_clear_unseen(&thread->cursors[i], w2c_heap_cell_bytes[i]);
        thread->cursors[i].block = HEAP_NO_BLOCK;
        thread->ranges[i] = (struct w2c_heap_range){(char *)UINTPTR_MAX, NULL};
    }
}

static void heap_begin_marks(void) {
    struct heap *h = &w2c_heap;
    h->current = !h->current;
    memset(h->marks[h->current], 0, (size_t)h->top * HEAP_MARK_WORDS * sizeof(u64));
}

/* With this thread's registers in the frame of the caller. The stack pointer is read here and not there: a compiler may
 * read it before it makes room for them. */
static void heap_collect(void) {
    const uintptr_t here = w2c_stack_pointer();
    w2c_heap_stop_others();
    for (struct heap_thread *thread = w2c_heap.threads; thread; thread = thread->next) {
        w2c_heap_forget_ranges(thread);
    }
    heap_begin_marks();
    for (const struct heap_thread *thread = w2c_heap.threads; thread; thread = thread->next) {
        w2c_heap_mark_words(thread->root, thread->root ? sizeof(void *) : 0);
    }
    w2c_heap_mark_words((const void *)here, w2c_heap_self()->stack_high - here);
    w2c_heap_mark_others();
    w2c_heap_mark_roots();
    heap_finish_marking();
    w2c_heap_account();
    w2c_heap_resume_others();
}

/* A compiler that sees all of the runtime may know which registers a function leaves alone, and keep references there
 * that no rule of the platform has saved. It cannot know that of a pointer that might be another at any time. */
static void (*volatile heap_collect_pointer)(void) = heap_collect;

W2C_NOINLINE W2C_RT void w2c_heap_collect_now(void) {
#if W2C_GNU
    __builtin_unwind_init(); /* registers that a callee keeps go to this frame */
#endif
    heap_collect_pointer();
    W2C_KEEP_FRAME();
}
