/* Atomic operators (threads proposal): what the rows of ops_atomic.def mean.
 *
 * All accesses are sequentially consistent. Each is given the memory, its address and the constant offset apart, and
 * checks two things at once, under guard pages as well: that the sum is a multiple of the width, for which no processor
 * would ask by itself, and that it is in the memory. Next to what a locked instruction costs, the comparison with the
 * size is nothing, and so one set of functions serves generated C, the engines and memories of every kind.
 *
 * The address is that of a 32-bit memory, zero-extended, or of a 64-bit one: only there can the sum wrap.
 *
 * Narrow operators work modulo their width, and what they give is zero-extended; that holds for both operands of a
 * compare-and-exchange too.
 *
 * A compiler without atomic builtins gets plain accesses: right for one thread, and it must not be used for more.
 */
#ifndef W2C_OPS_ATOMIC_H
#define W2C_OPS_ATOMIC_H

#include "threads.h"
#include "types.h"

#if W2C_GNU
#define W2C_ATOMIC_CELL(bits) typedef u##bits __attribute__((may_alias)) w2c_atomic_u##bits;
#define W2C_ATOMIC_LOAD(cell) __atomic_load_n(cell, __ATOMIC_SEQ_CST)
#define W2C_ATOMIC_STORE(cell, value) __atomic_store_n(cell, value, __ATOMIC_SEQ_CST)
#define W2C_ATOMIC_UPDATE(bits, cell, operation, sum, value) return __atomic_##operation(cell, value, __ATOMIC_SEQ_CST)
#define W2C_ATOMIC_COMPARE(bits, cell, expected, value)                                                                \
    __atomic_compare_exchange_n(cell, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                    \
    return expected
W2C_INLINE void atomic_fence(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
#else
#define W2C_ATOMIC_CELL(bits) typedef u##bits w2c_atomic_u##bits;
#define W2C_ATOMIC_LOAD(cell) (*(cell))
#define W2C_ATOMIC_STORE(cell, value) ((void)(*(cell) = (value)))
#define W2C_ATOMIC_UPDATE(bits, cell, operation, sum, value)                                                           \
    const u##bits before = *(cell);                                                                                    \
    *(cell) = (u##bits)(sum);                                                                                          \
    return before
#define W2C_ATOMIC_COMPARE(bits, cell, expected, value)                                                                \
    const u##bits before = *(cell);                                                                                    \
    if (before == expected) *(cell) = (value);                                                                         \
    return before
W2C_INLINE void atomic_fence(void) {
}
#endif

/* Where the access goes. Traps unless it is aligned and inside; which of the two is told first is the alignment. */
W2C_INLINE u8 *w2c_atomic_place(const struct w2c_memory *memory, u64 address, u64 offset, u64 width) {
    const u64 place = address + offset;
    const u64 size = w2c_memory_size(memory);
    if (W2C_UNLIKELY((place & (width - 1)) != 0)) w2c_trap(W2C_TRAP_UNALIGNED_ATOMIC);
    if (W2C_UNLIKELY(place < offset || place >= size || size - place < width)) w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    return memory->base + place;
}

/* The operations on a cell of one width. `before` is there only where there are no builtins. */
#define W2C_ATOMIC_ON_CELL(bits, name, operation, sum)                                                                 \
    W2C_INLINE u##bits w2c_atomic_##name##_u##bits(u8 *place, u##bits value) {                                         \
        w2c_atomic_u##bits *const cell = (w2c_atomic_u##bits *)(void *)place;                                          \
        W2C_ATOMIC_UPDATE(bits, cell, operation, sum, value);                                                          \
    }
#define W2C_ATOMIC_WIDTH(bits)                                                                                         \
    W2C_ATOMIC_CELL(bits)                                                                                              \
    W2C_INLINE u##bits w2c_atomic_load_u##bits(const u8 *place) {                                                      \
        return W2C_ATOMIC_LOAD((const w2c_atomic_u##bits *)(const void *)place);                                       \
    }                                                                                                                  \
    W2C_INLINE void w2c_atomic_store_u##bits(u8 *place, u##bits value) {                                               \
        W2C_ATOMIC_STORE((w2c_atomic_u##bits *)(void *)place, value);                                                  \
    }                                                                                                                  \
    W2C_ATOMIC_ON_CELL(bits, add, fetch_add, before + value)                                                           \
    W2C_ATOMIC_ON_CELL(bits, sub, fetch_sub, before - value)                                                           \
    W2C_ATOMIC_ON_CELL(bits, and, fetch_and, before &value)                                                            \
    W2C_ATOMIC_ON_CELL(bits, or, fetch_or, before | value)                                                             \
    W2C_ATOMIC_ON_CELL(bits, xor, fetch_xor, before ^ value)                                                           \
    W2C_ATOMIC_ON_CELL(bits, xchg, exchange_n, value)                                                                  \
    W2C_INLINE u##bits w2c_atomic_cmpxchg_u##bits(u8 *place, u##bits expected, u##bits value) {                        \
        w2c_atomic_u##bits *const cell = (w2c_atomic_u##bits *)(void *)place;                                          \
        W2C_ATOMIC_COMPARE(bits, cell, expected, value);                                                               \
    }
W2C_ATOMIC_WIDTH(8)
W2C_ATOMIC_WIDTH(16)
W2C_ATOMIC_WIDTH(32)
W2C_ATOMIC_WIDTH(64)

/* The operators of one value type and one width. `part` is what the names have between them: rmw8, load8_u. */
#define W2C_ATOMIC_RMW(type, value, part, bits, name)                                                                  \
    W2C_INLINE value type##_atomic_##part##_##name(const struct w2c_memory *m, u64 a, u64 offset, value operand) {     \
        return w2c_atomic_##name##_u##bits(w2c_atomic_place(m, a, offset, bits / 8), (u##bits)operand);                \
    }
#define W2C_ATOMIC_OPERATORS(type, value, bits, load, store, part)                                                     \
    W2C_INLINE value type##_atomic_##load(const struct w2c_memory *m, u64 a, u64 offset) {                             \
        return w2c_atomic_load_u##bits(w2c_atomic_place(m, a, offset, bits / 8));                                      \
    }                                                                                                                  \
    W2C_INLINE void type##_atomic_##store(const struct w2c_memory *m, u64 a, u64 offset, value operand) {              \
        w2c_atomic_store_u##bits(w2c_atomic_place(m, a, offset, bits / 8), (u##bits)operand);                          \
    }                                                                                                                  \
    W2C_ATOMIC_RMW(type, value, part, bits, add)                                                                       \
    W2C_ATOMIC_RMW(type, value, part, bits, sub)                                                                       \
    W2C_ATOMIC_RMW(type, value, part, bits, and)                                                                       \
    W2C_ATOMIC_RMW(type, value, part, bits, or)                                                                        \
    W2C_ATOMIC_RMW(type, value, part, bits, xor)                                                                       \
    W2C_ATOMIC_RMW(type, value, part, bits, xchg)                                                                      \
    W2C_INLINE value type##_atomic_##part##_cmpxchg(const struct w2c_memory *m, u64 a, u64 offset, value expected,     \
                                                    value replacement) {                                               \
        u8 *const place = w2c_atomic_place(m, a, offset, bits / 8);                                                    \
        return w2c_atomic_cmpxchg_u##bits(place, (u##bits)expected, (u##bits)replacement);                             \
    }
W2C_ATOMIC_OPERATORS(i32, u32, 32, load, store, rmw)
W2C_ATOMIC_OPERATORS(i32, u32, 16, load16_u, store16, rmw16)
W2C_ATOMIC_OPERATORS(i32, u32, 8, load8_u, store8, rmw8)
W2C_ATOMIC_OPERATORS(i64, u64, 64, load, store, rmw)
W2C_ATOMIC_OPERATORS(i64, u64, 32, load32_u, store32, rmw32)
W2C_ATOMIC_OPERATORS(i64, u64, 16, load16_u, store16, rmw16)
W2C_ATOMIC_OPERATORS(i64, u64, 8, load8_u, store8, rmw8)

/* ---- waiting ---- */

/* The specification's order: alignment, bounds, and only then whether the memory is shared at all. */
W2C_INLINE u32 memory_notify(const struct w2c_memory *m, u64 address, u64 offset, u32 count) {
    w2c_atomic_place(m, address, offset, 4);
    return w2c_memory_notify(m, address + offset, count);
}

W2C_INLINE u32 memory_wait32(const struct w2c_memory *m, u64 address, u64 offset, u32 expected, u64 timeout) {
    w2c_atomic_place(m, address, offset, 4);
    return w2c_memory_wait32(m, address + offset, expected, (s64)timeout);
}

W2C_INLINE u32 memory_wait64(const struct w2c_memory *m, u64 address, u64 offset, u64 expected, u64 timeout) {
    w2c_atomic_place(m, address, offset, 8);
    return w2c_memory_wait64(m, address + offset, expected, (s64)timeout);
}

/* The names say what they are for, and are for nobody else. */
#undef W2C_ATOMIC_CELL
#undef W2C_ATOMIC_LOAD
#undef W2C_ATOMIC_STORE
#undef W2C_ATOMIC_UPDATE
#undef W2C_ATOMIC_COMPARE
#undef W2C_ATOMIC_ON_CELL
#undef W2C_ATOMIC_WIDTH
#undef W2C_ATOMIC_RMW
#undef W2C_ATOMIC_OPERATORS

#endif
