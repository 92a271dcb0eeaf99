/* The inside of the heap: what heap.c (memory and allocation), heap_mark.c (finding what is alive), heap_roots.c and
 * heap_threads.c (who may hold references) share.
 *
 * The heap is one reserved range of addresses, cut into blocks of 16 KiB. A block is free, or holds cells of one size,
 * or is part of a large object, which takes whole blocks.
 *
 *     blocks   |cells of 32    |free           |large object                   |cells of 4096  | ...
 *     records  [SMALL, class 2] [FREE]          [LARGE, 2]      [TAIL]          [SMALL]
 *     marks    1 bit for each 16 bytes, beside the heap: twice, this collection's and those of the one before
 *
 * Marking sets bits and touches objects only to read their references. Nothing is swept then but by counting bits: a
 * block without any is free. Where a block has some, the cells between them are reused when somebody needs cells of
 * that size. A thread takes a hole, a run of dead cells, clears it, and from then on allocates by increasing a pointer.
 *
 * What is an object, for a word on a stack that leads anywhere? In a block that has been swept since the last
 * collection, any cell: it holds an object or zeros. In one that has not been, a cell that was marked then. */
#ifndef W2C_RT_HEAP_H
#define W2C_RT_HEAP_H

#include "rt.h"
#include "w2c/heap.h"

#if W2C_POSIX
#include <pthread.h>
#endif

enum {
    HEAP_BLOCK_BYTES = 16384,
    HEAP_BLOCK_LOG2 = 14,
    HEAP_GRAIN_LOG2 = 4,
    HEAP_LARGEST_CELL = 8192,
    HEAP_MARK_WORDS = HEAP_BLOCK_BYTES / W2C_HEAP_GRAIN / 64, /* of one block */
    HEAP_NO_BLOCK = -1
};

enum heap_state { HEAP_FREE, HEAP_SMALL, HEAP_LARGE, HEAP_TAIL };

struct heap_block {
    u8 state;
    u8 size_class;
    bool is_swept;
    bool is_zero; /* HEAP_FREE: it has never been used */
    u32 count;    /* HEAP_LARGE: blocks of the object; HEAP_TAIL: how many blocks before this it begins */
    s32 next;     /* HEAP_SMALL, not swept: in the list of its class */
};

/* Where a thread takes cells of one size: after `position`, the block has not been looked through. */
struct heap_cursor {
    s32 block;
    u32 position; /* in cells */
};

struct heap_thread {
    struct w2c_heap_range *ranges;
    struct heap_cursor cursors[W2C_HEAP_CLASSES];
    struct heap_thread *next;
    uintptr_t stack_high;
    uintptr_t stack_low;      /* while it is stopped */
    const void *registers;    /* the same; NULL: they are on the stack */
    size_t register_bytes;
    const void *root; /* a variable of the thread, or NULL */
    bool is_attached;
    int is_stopped;
#if W2C_POSIX
    pthread_t id;
#endif
};

struct heap {
    u8 *base;
    struct heap_block *blocks;
    u64 *marks[2];
    u32 block_limit;  /* blocks in the reservation */
    u32 committed;    /* blocks with memory behind them */
    u32 top;          /* blocks at and above have never been used */
    u32 used;         /* blocks that are not free */
    u32 small_search; /* where the search for a free block goes on, */
    u32 large_search; /* and for several */
    s32 unswept[W2C_HEAP_CLASSES];
    unsigned current; /* which marks are this collection's, or the last one's */
    u64 limit;        /* in bytes */
    u64 allocated;    /* bytes since the last collection, in holes and large objects */
    u64 allowance;    /* of `allocated` until the next */
    struct heap_thread *threads;
    struct w2c_heap_figures figures;
    bool is_stressed;
    int lock;
};

W2C_RT_DECL struct heap w2c_heap;

/* ---- heap.c ---- */
W2C_RT_DECL const u16 w2c_heap_cell_bytes[W2C_HEAP_CLASSES];
W2C_RT_DECL u64 w2c_heap_option(const char *name, u64 otherwise);
/* Makes the range, once. With the lock held. */
W2C_RT_DECL bool w2c_heap_open(void);
/* Address space without memory; NULL if refused. And memory for a part of it. */
W2C_RT_DECL void *w2c_heap_reserve(size_t bytes);
W2C_RT_DECL bool w2c_heap_commit(void *start, size_t bytes);
/* After marking: frees blocks, lists those with room, and decides when to collect next. */
W2C_RT_DECL void w2c_heap_account(void);

/* ---- heap_mark.c: with the lock held ---- */
W2C_RT_DECL void w2c_heap_collect_now(void);
/* What the thread could have allocated goes back. */
W2C_RT_DECL void w2c_heap_forget_ranges(struct heap_thread *thread);
W2C_RT_DECL bool w2c_heap_open_marking(void);
/* Any word may lead into an object. */
W2C_RT_DECL void w2c_heap_mark_words(const void *start, size_t bytes);

/* ---- heap_roots.c ---- */
W2C_RT_DECL void w2c_heap_mark_roots(void);

/* ---- heap_threads.c ---- */
/* This thread, attached. With the lock held; false if its stack is not known. */
W2C_RT_DECL bool w2c_heap_attach(void);
W2C_RT_DECL struct heap_thread *w2c_heap_self(void);
W2C_RT_DECL void w2c_heap_stop_others(void);
W2C_RT_DECL void w2c_heap_resume_others(void);
/* The stacks of all but this thread. */
W2C_RT_DECL void w2c_heap_mark_others(void);

#endif
