/* What the operators on whole memories and tables do where addresses have 64 bits, or pages have one byte (spec 4.6):
 * as ops_bulk.h and ops_table.h say, but that sums may wrap. Only modules that have such a memory or table include
 * this.
 *
 * Tables have at most ten million elements, whatever their address type: table_index makes of a 64-bit index a 32-bit
 * one, and of those that do not fit one that no table has. So the functions of ops_table.h do for all tables. */
#ifndef W2C_OPS_BULK64_H
#define W2C_OPS_BULK64_H

#include <string.h>

#include "types.h"
#include "w2c.h"

/* In pages. */
W2C_INLINE u64 memory_size_64(const struct w2c_memory *m) {
    return m->page_bytes == 1 ? w2c_memory_size(m) : w2c_memory_size(m) >> 16;
}

/* The size before, in pages, or -1. */
W2C_INLINE u64 memory_grow_64(struct w2c_memory *m, u64 pages) {
    return w2c_memory_grow(m, pages);
}

W2C_INLINE void w2c_check_range_64(u64 size, u64 start, u64 count) {
    if (W2C_UNLIKELY(start > size || count > size - start)) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    }
}

W2C_INLINE void memory_copy_64(struct w2c_memory *destination, const struct w2c_memory *source, u64 d, u64 s, u64 n) {
    w2c_check_range_64(w2c_memory_size(source), s, n);
    w2c_check_range_64(w2c_memory_size(destination), d, n);
    if (n != 0) {
        memmove(destination->base + d, source->base + s, (size_t)n);
    }
}

W2C_INLINE void memory_fill_64(struct w2c_memory *m, u64 d, u32 value, u64 n) {
    w2c_check_range_64(w2c_memory_size(m), d, n);
    if (n != 0) {
        memset(m->base + d, (int)(value & 0xff), (size_t)n);
    }
}

W2C_INLINE void memory_init_64(struct w2c_memory *m, const u8 *segment, u64 segment_size, u64 d, u64 s, u64 n) {
    w2c_check_range_64(segment_size, s, n);
    w2c_check_range_64(w2c_memory_size(m), d, n);
    W2C_HIDE_POINTER(segment); /* see memory_init */
    if (n != 0) {
        memcpy(m->base + d, segment + s, (size_t)n);
    }
}

/* ---- tables ---- */

W2C_INLINE u32 table_index(u64 index) {
    return index > 0xffffffffu ? 0xffffffffu : (u32)index;
}

/* The size before, or -1. */
W2C_INLINE u64 table_grow_64(struct w2c_table *t, const void *reference, u64 n) {
    return w2c_table_grow(t, n, reference);
}

#endif
