/* Loads and stores of memories whose addresses have 64 bits, or whose pages have one byte. Only modules that have such
 * a memory include this.
 *
 * The macros of accesses (ops_memory.h) stay as they are: what differs is the address that they are given.
 *
 *     i32_load(m0, l0, 4)                                 32-bit addresses, for comparison
 *     i32_load(m0, wide_at(m0, l0, 4ull, 4), 0)           64-bit addresses
 *     i32_load(bytes_view(m1), bytes_at(m1, l0, 4ull, 4), 0)   pages of one byte
 *
 * Each gives the sum of address and offset, or traps: the sum may wrap, which is out of bounds as well.
 *
 * Under guard the sum of a 64-bit address is compared with W2C_WIDE_BYTES, which is a constant, and what lies beyond
 * the memory's size but below that faults. The comparison is of the address alone as long as the offset is below 2^32,
 * for which the reservation leaves room. So base and size need not be read again after each store, as under check.
 * Memories with pages of one byte end within what the processor protects, and are compared with their size always. */
#ifndef W2C_OPS_MEMORY64_H
#define W2C_OPS_MEMORY64_H

#include "ops_memory.h"
#include "types.h"
#include "w2c.h"

/* All of [address + offset, address + offset + width) is in the memory. Where the offset is a constant, as it nearly
 * always is, one addition and two branches are left. What wraps and what is beyond 2^63, where no memory is, are one
 * comparison, with a sign: gcc warns of an access behind that. */
W2C_ALWAYS_INLINE u64 w2c_checked_at(const struct w2c_memory *m, u64 address, u64 offset, u32 width) {
    const u64 span = offset + width;
    const u64 end = address + span;
    const bool is_far = (s64)span < (s64)width || (s64)end < (s64)span;
    if (W2C_UNLIKELY(is_far || end > W2C_SIZE_AT_ACCESS(m))) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    }
    return address + offset;
}

typedef const struct w2c_memory *const bytes_memory;
#define bytes_at(memory, address, offset, width) w2c_checked_at(memory, address, offset, width)

#if W2C_BOUNDS_IS_GUARD
W2C_ALWAYS_INLINE u64 w2c_wide_at(u64 address, u64 offset) {
    const u64 sum = address + offset;
    const bool is_near = offset <= 0xffffffffu;
    if (W2C_UNLIKELY((is_near ? address : sum) >= W2C_WIDE_BYTES || (!is_near && sum < offset))) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    }
    return sum;
}
#define wide_at(view, address, offset, width) w2c_wide_at(address, offset)
#define bytes_view(memory) ((memory)->base)
#else
#define wide_at(view, address, offset, width) w2c_checked_at(view, address, offset, width)
#define bytes_view(memory) (memory)
#endif

#endif
