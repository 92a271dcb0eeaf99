/* The heap of objects that are collected: structures and arrays of wasm, and exceptions.
 *
 * One heap serves the process, whatever modules and threads use it. Nobody frees an object: when memory runs short, the
 * collector finds those that can still be reached and reuses the room of all others. It finds them from
 *
 *     roots that are registered        globals, tables and element segments of instances do that by themselves
 *     stacks and registers of threads  any word there that leads into an object keeps it alive
 *     references that a host keeps     w2c_ref_keep
 *     other objects                    by the layout in their types' records
 *
 * Objects never move. A host may hold a reference in a local variable; one that it stores elsewhere, in memory
 * of malloc say, it must keep.
 *
 * A thread takes part once it allocates an object, or calls w2c_try after any thread has. The end of its stack must be
 * known: objects cannot be made on the stacks of coroutines. Other threads are stopped by a signal (SIGPWR on Linux)
 * while objects are marked; it must not be blocked. Instances that share nothing may run in parallel.
 *
 * A program that w2c writes, and w2c run, read the limit from W2C_HEAP_LIMIT (bytes, or with K, M, G behind the
 * number). For tests, W2C_HEAP_STRESS=1 is the same as w2c_heap_set_stress.
 */
#ifndef W2C_HEAP_H
#define W2C_HEAP_H

#include "type_records.h"

/* The kind, in a record that is the runtime's own, of objects of which any word may be a reference. */
enum { W2C_TYPE_OPAQUE = 0xff };

/* ---- for hosts ---- */

/* The object stays while it is kept. Nests: as many releases as keeps. Null and references that are no objects may be
 * kept as well, which does nothing. Traps with OUT_OF_MEMORY. */
W2C_RT_DECL void w2c_ref_keep(const void *reference);
W2C_RT_DECL void w2c_ref_release(const void *reference);

/* What objects may take at most, in bytes; guests that need more trap with OUT_OF_MEMORY. 4 GiB at first. */
W2C_RT_DECL void w2c_heap_set_limit(uint64_t bytes);
/* Collects now. */
W2C_RT_DECL void w2c_heap_collect(void);
/* For tests: a collection before every allocation, and what is dead is overwritten at once. So a reference that no root
 * leads to fails where it is used. Objects then cost time in proportion to all that is alive. */
W2C_RT_DECL void w2c_heap_set_stress(bool is_stressed);

struct w2c_heap_figures {
    uint64_t collections;
    uint64_t live_bytes;      /* found by the last collection */
    uint64_t used_bytes;      /* of blocks that hold objects now */
    uint64_t most_used_bytes; /* ever */
};
W2C_RT_DECL struct w2c_heap_figures w2c_heap_figures(void);

/* Memory whose words are references or nothing of the kind. It must be readable until it is removed, by the same start.
 * Trap with OUT_OF_MEMORY. */
W2C_RT_DECL void w2c_heap_root_add(const void *start, size_t bytes);
W2C_RT_DECL void w2c_heap_root_remove(const void *start);
/* The elements of a table, however it grows. */
W2C_RT_DECL void w2c_heap_table_add(const struct w2c_table *table);
W2C_RT_DECL void w2c_heap_table_remove(const struct w2c_table *table);

/* A variable of the calling thread that may hold a reference, until the thread ends. There is one. */
W2C_RT_DECL void w2c_heap_thread_root(const void *place);

/* Memory whose extent is asked for at each collection, when no other thread runs: stacks of an engine. */
struct w2c_heap_source {
    void (*extent)(const struct w2c_heap_source *source, const void **start, size_t *bytes);
    struct w2c_heap_source *next; /* the runtime's */
};
W2C_RT_DECL void w2c_heap_source_add(struct w2c_heap_source *source);
W2C_RT_DECL void w2c_heap_source_remove(struct w2c_heap_source *source);

/* ---- for generated code and engines ---- */

enum {
    W2C_HEAP_GRAIN = 16,       /* objects begin at multiples of this */
    W2C_HEAP_EVEN_BYTES = 512, /* up to here every multiple is a size of cells */
    W2C_HEAP_CLASSES = 44
};

/* Cells of one size that this thread may take: zeroed memory. */
struct w2c_heap_range {
    char *next;
    char *end;
};
W2C_RT_DECL W2C_THREAD_LOCAL struct w2c_heap_range w2c_heap_ranges[W2C_HEAP_CLASSES];

/* An object of `bytes`, all zero behind the pointer to its type. May collect; traps with OUT_OF_MEMORY. */
W2C_RT_DECL void *w2c_heap_new(const struct w2c_type *type, uint64_t bytes);

/* The same for a size that is a small constant where it is called: a few instructions as long as there are cells. */
W2C_INLINE void *w2c_heap_new_small(const struct w2c_type *type, uint32_t bytes) {
    if (bytes <= W2C_HEAP_EVEN_BYTES) {
        const uint32_t grains = (bytes + W2C_HEAP_GRAIN - 1) / W2C_HEAP_GRAIN;
        struct w2c_heap_range *const range = &w2c_heap_ranges[grains];
        char *const object = range->next;
        if (W2C_LIKELY((uintptr_t)object < (uintptr_t)range->end)) {
            range->next = object + grains * W2C_HEAP_GRAIN;
            *(const struct w2c_type **)(void *)object = type;
            return object;
        }
    }
    return w2c_heap_new(type, bytes);
}

/* Where objects are: a reference leads to one if it lies in [start, start + bytes). Both 0 before the first. */
struct w2c_heap_place {
    uintptr_t start;
    uintptr_t bytes;
};
W2C_RT_DECL struct w2c_heap_place w2c_heap_place;

W2C_INLINE bool w2c_heap_has(const void *reference) {
    return (uintptr_t)reference - w2c_heap_place.start < w2c_heap_place.bytes;
}

#endif
