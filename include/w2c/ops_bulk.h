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

/* The same where `n` is a constant from 16 to 128, as when code moves a struct. gcc calls memmove for more than 16
 * bytes, and what is in registers is lost. Parts may overlap, so all is read before anything is written; the last piece
 * overlaps the one before it. */
#if W2C_GNU && defined(__OPTIMIZE__)
typedef u8 w2c_piece __attribute__((vector_size(16), aligned(1), may_alias));
#define W2C_PIECE(p, at) (*(w2c_piece *)((p) + (at)))
W2C_ALWAYS_INLINE void w2c_move_pieces(u8 *to, const u8 *from, u32 n) {
    const w2c_piece last = W2C_PIECE(from, n - 16);
    const w2c_piece a = n > 16 ? W2C_PIECE(from, 0) : last, b = n > 32 ? W2C_PIECE(from, 16) : last;
    const w2c_piece c = n > 48 ? W2C_PIECE(from, 32) : last, d = n > 64 ? W2C_PIECE(from, 48) : last;
    const w2c_piece e = n > 80 ? W2C_PIECE(from, 64) : last, f = n > 96 ? W2C_PIECE(from, 80) : last;
    const w2c_piece g = n > 112 ? W2C_PIECE(from, 96) : last;
    if (n > 16) W2C_PIECE(to, 0) = a;
    if (n > 32) W2C_PIECE(to, 16) = b;
    if (n > 48) W2C_PIECE(to, 32) = c;
    if (n > 64) W2C_PIECE(to, 48) = d;
    if (n > 80) W2C_PIECE(to, 64) = e;
    if (n > 96) W2C_PIECE(to, 80) = f;
    if (n > 112) W2C_PIECE(to, 96) = g;
    W2C_PIECE(to, n - 16) = last;
}
#undef W2C_PIECE
W2C_ALWAYS_INLINE void memory_copy_short(struct w2c_memory *destination, const struct w2c_memory *source, u32 d, u32 s,
                                         u32 n) {
    w2c_check_range(w2c_memory_size(source), s, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    w2c_check_range(w2c_memory_size(destination), d, n, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    w2c_move_pieces(destination->base + d, source->base + s, n);
}
#else
#define memory_copy_short memory_copy
#endif

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
