/* What memory.size, memory.grow and the bulk operators of a 32-bit memory do (spec 4.6, memory instructions).
 *
 * Each operation checks its whole range before it writes a byte, under guard pages as well: a fault half-way
 * would leave a prefix written. Sums of two 32-bit operands are formed in 64 bits, where they cannot wrap.
 * A length of 0 is still checked (its address may be at most the size), but touches nothing: `base` and a dropped
 * segment may be NULL. */
#ifndef W2C_OPS_BULK_H
#define W2C_OPS_BULK_H

#include <string.h>

#include "types.h"
#include "w2c.h"

/* Size in pages of 65536 bytes; 65536 itself fits. */
W2C_INLINE u32 memory_size(const struct w2c_memory *m) {
    return (u32)(w2c_memory_size(m) >> 16);
}

/* The size before, in pages, or 0xffffffff: what UINT64_MAX becomes when cut to 32 bits. */
W2C_INLINE u32 memory_grow(struct w2c_memory *m, u32 pages) {
    return (u32)w2c_memory_grow(m, pages);
}

W2C_INLINE void w2c_check_range(u64 size, u64 start, u64 count, enum w2c_trap trap) {
    if (W2C_UNLIKELY(start + count > size)) {
        w2c_trap(trap);
    }
}

/* Source and destination may overlap, also when they are the same memory. */
W2C_INLINE void memory_copy(struct w2c_memory *destination, const struct w2c_memory *source, u32 d, u32 s, u32 n) {
    w2c_check_range(w2c_memory_size(source), s, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    w2c_check_range(w2c_memory_size(destination), d, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    if (n != 0) {
        memmove(destination->base + d, source->base + s, n);
    }
}

/* Only the low byte of `value` counts. */
W2C_INLINE void memory_fill(struct w2c_memory *m, u32 d, u32 value, u32 n) {
    w2c_check_range(w2c_memory_size(m), d, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    if (n != 0) {
        memset(m->base + d, (int)(value & 0xff), n);
    }
}

/* Copies bytes [s, s + n) of a data segment; `segment_size` is 0 once it has been dropped. */
W2C_INLINE void memory_init(struct w2c_memory *m, const u8 *segment, u64 segment_size, u32 d, u32 s, u32 n) {
    w2c_check_range(segment_size, s, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    w2c_check_range(w2c_memory_size(m), d, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    /* With constant operands a compiler sees bytes past the segment being read, before it sees the trap, and warns. */
    W2C_HIDE_POINTER(segment);
    if (n != 0) {
        memcpy(m->base + d, segment + s, n);
    }
}

#endif
