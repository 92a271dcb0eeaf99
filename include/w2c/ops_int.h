/* What the integer operators mean where C has no operator for it (spec 4.3.2).
 *
 * C leaves undefined, or to the machine, what wasm defines: division by zero and of the smallest number by -1,
 * shifts by the width or more, counting the zeros of zero. Each function here is total, or traps. */
#ifndef W2C_OPS_INT_H
#define W2C_OPS_INT_H

#include "types.h"
#include "w2c.h"

/* Without an instruction for it, gcc calls a function of its library, and all registers that a call may change are
 * lost. */
#if W2C_GNU && (defined(__clang__) || defined(__POPCNT__) || !defined(__x86_64__))
W2C_INLINE u32 i32_popcnt(u32 x) {
    return (u32)__builtin_popcount(x);
}
W2C_INLINE u64 i64_popcnt(u64 x) {
    return (u64)__builtin_popcountll(x);
}
#else
W2C_INLINE u32 i32_popcnt(u32 x) {
    x -= x >> 1 & 0x55555555u;
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0fu;
    return x * 0x01010101u >> 24;
}
W2C_INLINE u64 i64_popcnt(u64 x) {
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return x * 0x0101010101010101u >> 56;
}
#endif

#if W2C_GNU
W2C_INLINE u32 i32_clz(u32 x) {
    return x ? (u32)__builtin_clz(x) : 32;
}
W2C_INLINE u32 i32_ctz(u32 x) {
    return x ? (u32)__builtin_ctz(x) : 32;
}
W2C_INLINE u64 i64_clz(u64 x) {
    return x ? (u64)__builtin_clzll(x) : 64;
}
W2C_INLINE u64 i64_ctz(u64 x) {
    return x ? (u64)__builtin_ctzll(x) : 64;
}
#else
/* Below the lowest set bit stand as many ones in x - 1 as there are zeros in x. */
W2C_INLINE u64 i64_ctz(u64 x) {
    return i64_popcnt(~x & (x - 1));
}
W2C_INLINE u64 i64_clz(u64 x) {
    for (int shift = 1; shift < 64; shift *= 2)
        x |= x >> shift;
    return 64 - i64_popcnt(x);
}
W2C_INLINE u32 i32_ctz(u32 x) {
    return (u32)i64_ctz(x | (u64)1 << 32);
}
W2C_INLINE u32 i32_clz(u32 x) {
    return (u32)i64_clz(x) - 32;
}
#endif

W2C_INLINE u32 i32_rotl(u32 x, u32 n) {
    return x << (n & 31) | x >> (-n & 31);
}
W2C_INLINE u32 i32_rotr(u32 x, u32 n) {
    return x >> (n & 31) | x << (-n & 31);
}
W2C_INLINE u64 i64_rotl(u64 x, u64 n) {
    return x << (n & 63) | x >> (-n & 63);
}
W2C_INLINE u64 i64_rotr(u64 x, u64 n) {
    return x >> (n & 63) | x << (-n & 63);
}

/* A signed quotient that does not fit is a trap; the remainder of that division is 0 (spec 4.3.2, irem_s). */
#define W2C_DIVISIONS(type, u, s, smallest)                                                                            \
    W2C_INLINE u type##_div_u(u a, u b) {                                                                              \
        if (W2C_UNLIKELY(b == 0)) w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);                                           \
        return a / b;                                                                                                  \
    }                                                                                                                  \
    W2C_INLINE u type##_rem_u(u a, u b) {                                                                              \
        if (W2C_UNLIKELY(b == 0)) w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);                                           \
        return a % b;                                                                                                  \
    }                                                                                                                  \
    W2C_INLINE u type##_div_s(u a, u b) {                                                                              \
        if (W2C_UNLIKELY(b == 0)) w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);                                           \
        if (W2C_UNLIKELY(a == (u)smallest && b == (u) - 1)) w2c_trap(W2C_TRAP_INTEGER_OVERFLOW);                       \
        return (u)((s)a / (s)b);                                                                                       \
    }                                                                                                                  \
    W2C_INLINE u type##_rem_s(u a, u b) {                                                                              \
        if (W2C_UNLIKELY(b == 0)) w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);                                           \
        return b == (u) - 1 ? 0 : (u)((s)a % (s)b);                                                                    \
    }
W2C_DIVISIONS(i32, u32, s32, INT32_MIN)
W2C_DIVISIONS(i64, u64, s64, INT64_MIN)
#undef W2C_DIVISIONS

#endif
