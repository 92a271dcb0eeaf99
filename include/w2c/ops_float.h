/* What the floating-point operators mean (spec 4.3.3), without any special compiler flag.
 *
 * C's + - * / on float and double are wasm's, if three things are kept from the compiler:
 *  - contraction of a*b+c (config.h forbids it) and excess precision (checked below);
 *  - identities that are wrong for signalling NaNs: compilers turn x*1, x/1, x-0 and x+(-0) into x, but wasm wants a
 *    quiet NaN then. The translator passes such constants through f32_opaque or f64_opaque, which hide the value;
 *  - sign operations by arithmetic: neg, abs and copysign work on bits. */
#ifndef W2C_OPS_FLOAT_H
#define W2C_OPS_FLOAT_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "types.h"
#include "w2c.h"

/* 16 is what processors with 16-bit floats have, and is about these. */
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "w2c: float arithmetic must round to float (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

W2C_INLINE u32 i32_reinterpret_f32(f32 x) {
    u32 bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
W2C_INLINE u64 i64_reinterpret_f64(f64 x) {
    u64 bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
W2C_INLINE f32 f32_reinterpret_i32(u32 bits) {
    f32 x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
W2C_INLINE f64 f64_reinterpret_i64(u64 bits) {
    f64 x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#if W2C_GNU && defined(__x86_64__)
W2C_INLINE f32 f32_opaque(f32 x) {
    __asm__("" : "+x"(x));
    return x;
}
W2C_INLINE f64 f64_opaque(f64 x) {
    __asm__("" : "+x"(x));
    return x;
}
#elif W2C_GNU && defined(__aarch64__)
W2C_INLINE f32 f32_opaque(f32 x) {
    __asm__("" : "+w"(x));
    return x;
}
W2C_INLINE f64 f64_opaque(f64 x) {
    __asm__("" : "+w"(x));
    return x;
}
#else
W2C_INLINE f32 f32_opaque(f32 x) {
    volatile f32 hidden = x;
    return hidden;
}
W2C_INLINE f64 f64_opaque(f64 x) {
    volatile f64 hidden = x;
    return hidden;
}
#endif

/* Any NaN becomes quiet and keeps the rest of its payload. */
W2C_INLINE f32 f32_quiet(f32 x) {
    return f32_reinterpret_i32(i32_reinterpret_f32(x) | 0x00400000u);
}
W2C_INLINE f64 f64_quiet(f64 x) {
    return f64_reinterpret_i64(i64_reinterpret_f64(x) | 0x0008000000000000u);
}

/* Signs. gcc takes integers out of float registers, changes a bit, and puts them back, three times as slowly as one
 * instruction that masks the register. It has that instruction for its functions of signs; but these must not see where
 * the value comes from: |x * x| is x * x to a compiler, and that may be a NaN with a sign. clang finds the masks. */
#if W2C_GNU && !defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
W2C_INLINE f32 f32_abs(f32 x) {
    return __builtin_fabsf(f32_opaque(x));
}
W2C_INLINE f32 f32_neg(f32 x) {
    return -f32_opaque(x);
}
W2C_INLINE f64 f64_abs(f64 x) {
    return __builtin_fabs(f64_opaque(x));
}
W2C_INLINE f64 f64_neg(f64 x) {
    return -f64_opaque(x);
}
W2C_INLINE f32 f32_copysign(f32 x, f32 sign) {
    return __builtin_copysignf(f32_opaque(x), f32_opaque(sign));
}
W2C_INLINE f64 f64_copysign(f64 x, f64 sign) {
    return __builtin_copysign(f64_opaque(x), f64_opaque(sign));
}
#else
W2C_INLINE f32 f32_abs(f32 x) {
    return f32_reinterpret_i32(i32_reinterpret_f32(x) & 0x7fffffffu);
}
W2C_INLINE f32 f32_neg(f32 x) {
    return f32_reinterpret_i32(i32_reinterpret_f32(x) ^ 0x80000000u);
}
W2C_INLINE f64 f64_abs(f64 x) {
    return f64_reinterpret_i64(i64_reinterpret_f64(x) & 0x7fffffffffffffffu);
}
W2C_INLINE f64 f64_neg(f64 x) {
    return f64_reinterpret_i64(i64_reinterpret_f64(x) ^ 0x8000000000000000u);
}
W2C_INLINE f32 f32_copysign(f32 x, f32 sign) {
    return f32_reinterpret_i32((i32_reinterpret_f32(x) & 0x7fffffffu) | (i32_reinterpret_f32(sign) & 0x80000000u));
}
W2C_INLINE f64 f64_copysign(f64 x, f64 sign) {
    return f64_reinterpret_i64((i64_reinterpret_f64(x) & 0x7fffffffffffffffu) |
                               (i64_reinterpret_f64(sign) & 0x8000000000000000u));
}
#endif

/* Rounding by the C library leaves a signalling NaN as it is on some machines; ours comes out quiet. */
#define W2C_ROUNDING(name, f32_function, f64_function)                                                                 \
    W2C_INLINE f32 f32_##name(f32 x) {                                                                                 \
        return W2C_UNLIKELY(x != x) ? f32_quiet(x) : f32_function(x);                                                  \
    }                                                                                                                  \
    W2C_INLINE f64 f64_##name(f64 x) {                                                                                 \
        return W2C_UNLIKELY(x != x) ? f64_quiet(x) : f64_function(x);                                                  \
    }
#if W2C_GNU
W2C_ROUNDING(ceil, __builtin_ceilf, __builtin_ceil)
W2C_ROUNDING(floor, __builtin_floorf, __builtin_floor)
W2C_ROUNDING(trunc, __builtin_truncf, __builtin_trunc)
W2C_ROUNDING(nearest, __builtin_rintf,
             __builtin_rint) /* the rounding mode is never changed: to nearest, ties to even */
/* The guard keeps errno, and with it a call of libm, out of the fast path. */
W2C_INLINE f32 f32_sqrt(f32 x) {
    if (W2C_LIKELY(x >= 0)) return __builtin_sqrtf(x);
    return x != x ? f32_quiet(x) : f32_reinterpret_i32(0x7fc00000u);
}
W2C_INLINE f64 f64_sqrt(f64 x) {
    if (W2C_LIKELY(x >= 0)) return __builtin_sqrt(x);
    return x != x ? f64_quiet(x) : f64_reinterpret_i64(0x7ff8000000000000u);
}
#else
W2C_ROUNDING(ceil, ceilf, ceil)
W2C_ROUNDING(floor, floorf, floor)
W2C_ROUNDING(trunc, truncf, trunc)
W2C_ROUNDING(nearest, rintf, rint)
W2C_ROUNDING(sqrt, sqrtf, sqrt)
#endif
#undef W2C_ROUNDING

/* min and max: a NaN wins over any number, and -0 is less than +0. All this is asked only where neither operand is less
 * than the other; equal ones differ at most in the sign of zero, which `or` (min) and `and` (max) of the bits decide.
 */
#if W2C_GNU
#define W2C_DIFFER(a, b) __builtin_islessgreater(a, b)
#else
#define W2C_DIFFER(a, b) ((a) < (b) || (a) > (b))
#endif
#define W2C_EXTREMES(type, bits)                                                                                       \
    W2C_INLINE type type##_min(type a, type b) {                                                                       \
        if (W2C_LIKELY(W2C_DIFFER(a, b))) return a < b ? a : b;                                                        \
        if (a != b) return type##_quiet(a != a ? a : b);                                                               \
        return type##_reinterpret_##bits(bits##_reinterpret_##type(a) | bits##_reinterpret_##type(b));                 \
    }                                                                                                                  \
    W2C_INLINE type type##_max(type a, type b) {                                                                       \
        if (W2C_LIKELY(W2C_DIFFER(a, b))) return a > b ? a : b;                                                        \
        if (a != b) return type##_quiet(a != a ? a : b);                                                               \
        return type##_reinterpret_##bits(bits##_reinterpret_##type(a) & bits##_reinterpret_##type(b));                 \
    }
W2C_EXTREMES(f32, i32)
W2C_EXTREMES(f64, i64)
#undef W2C_EXTREMES
#undef W2C_DIFFER

/* A conversion makes a NaN quiet, but a compiler folds demote(promote(x)) to x. */
#if W2C_GNU && (defined(__x86_64__) || defined(__aarch64__))
W2C_INLINE f32 f32_demote_f64(f64 x) {
    return (f32)f64_opaque(x);
}
W2C_INLINE f64 f64_promote_f32(f32 x) {
    return (f64)f32_opaque(x);
}
#else
W2C_INLINE f32 f32_demote_f64(f64 x) {
    return (f32)(W2C_UNLIKELY(x != x) ? f64_quiet(x) : x);
}
W2C_INLINE f64 f64_promote_f32(f32 x) {
    return (f64)(W2C_UNLIKELY(x != x) ? f32_quiet(x) : x);
}
#endif

/* Float to integer. The truncated value must lie strictly between the bounds, which are exact floats: the last value
 * below the range, or the range's end where that has no float of its own (then the comparison admits equality). */
#define W2C_TRUNCATIONS(suffix, to, u, s, from, low, low_compare, high, smallest, largest)                             \
    W2C_INLINE u to##_trunc_##suffix(from x) {                                                                         \
        if (W2C_UNLIKELY(!(x low_compare low && x < high)))                                                            \
            w2c_trap(x != x ? W2C_TRAP_INVALID_CONVERSION : W2C_TRAP_INTEGER_OVERFLOW);                                \
        return (u)(s)x;                                                                                                \
    }                                                                                                                  \
    W2C_INLINE u to##_trunc_sat_##suffix(from x) {                                                                     \
        if (W2C_LIKELY(x low_compare low && x < high)) return (u)(s)x;                                                 \
        if (x != x) return 0;                                                                                          \
        return x < high ? (u)smallest : (u)largest;                                                                    \
    }
W2C_TRUNCATIONS(f32_s, i32, u32, s32, f32, -0x1p31f, >=, 0x1p31f, INT32_MIN, INT32_MAX)
W2C_TRUNCATIONS(f32_u, i32, u32, u32, f32, -1.0f, >, 0x1p32f, 0, UINT32_MAX)
W2C_TRUNCATIONS(f64_s, i32, u32, s32, f64, -0x1.00000002p31, >, 0x1p31, INT32_MIN, INT32_MAX)
W2C_TRUNCATIONS(f64_u, i32, u32, u32, f64, -1.0, >, 0x1p32, 0, UINT32_MAX)
W2C_TRUNCATIONS(f32_s, i64, u64, s64, f32, -0x1p63f, >=, 0x1p63f, INT64_MIN, INT64_MAX)
W2C_TRUNCATIONS(f32_u, i64, u64, u64, f32, -1.0f, >, 0x1p64f, 0, UINT64_MAX)
W2C_TRUNCATIONS(f64_s, i64, u64, s64, f64, -0x1p63, >=, 0x1p63, INT64_MIN, INT64_MAX)
W2C_TRUNCATIONS(f64_u, i64, u64, u64, f64, -1.0, >, 0x1p64, 0, UINT64_MAX)
#undef W2C_TRUNCATIONS

#endif
