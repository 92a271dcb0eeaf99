/* Vectors as GCC and clang know them: types by lane, constants, moving lanes, bits, and tests (spec 4.3.5).
 *
 * A v128 has no lanes of its own; an operator says by a cast which it means: casts between vectors of one size keep
 * the bits. What the compilers' operators on vectors say well is written with them, for every machine. Where x86-64
 * has an instruction that they do not find by themselves, it is named, by the level of the machine:
 *   W2C_SSE 20 SSE2, which every x86-64 has; 31 SSSE3; 41 SSE4.1; 0 none (or W2C_SIMD_PORTABLE asks for it). */
#ifndef W2C_OPS_SIMD_LANES_H
#define W2C_OPS_SIMD_LANES_H

#include <string.h>

#include "types_simd.h"

#if defined(W2C_SIMD_PORTABLE) || !defined(__SSE2__)
#define W2C_SSE 0
#elif defined(__SSE4_1__)
#define W2C_SSE 41
#include <smmintrin.h>
#elif defined(__SSSE3__)
#define W2C_SSE 31
#include <tmmintrin.h>
#else
#define W2C_SSE 20
#include <emmintrin.h>
#endif

typedef u8 w2c_u8x16 __attribute__((vector_size(16)));
typedef u16 w2c_u16x8 __attribute__((vector_size(16)));
typedef u32 w2c_u32x4 __attribute__((vector_size(16)));
typedef u64 w2c_u64x2 __attribute__((vector_size(16)));
typedef s8 w2c_s8x16 __attribute__((vector_size(16)));
typedef s16 w2c_s16x8 __attribute__((vector_size(16)));
typedef s32 w2c_s32x4 __attribute__((vector_size(16)));
typedef s64 w2c_s64x2 __attribute__((vector_size(16)));
typedef f32 w2c_f32x4 __attribute__((vector_size(16)));
typedef f64 w2c_f64x2 __attribute__((vector_size(16)));

#if W2C_SSE
#define W2C_X(a) ((__m128i)(a)) /* as the intrinsics of x86 want them */
#define W2C_XF(a) ((__m128)(a))
#define W2C_XD(a) ((__m128d)(a))
#endif

/* ---- constants, splats ---- */

/* The bytes as two little-endian numbers. */
W2C_ALWAYS_INLINE v128 v128_const(u64 low, u64 high) {
    return (v128){low, high};
}

/* The compiler forgets what it knows of the value. */
W2C_ALWAYS_INLINE v128 v128_opaque(v128 a) {
#if defined(__x86_64__)
    __asm__("" : "+x"(a));
#elif defined(__aarch64__)
    __asm__("" : "+w"(a));
#else
    __asm__("" : "+m"(a));
#endif
    return a;
}

W2C_ALWAYS_INLINE v128 i8x16_splat(u32 value) {
    const u8 x = (u8)value;
    return (v128)(w2c_u8x16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
}
W2C_ALWAYS_INLINE v128 i16x8_splat(u32 value) {
    const u16 x = (u16)value;
    return (v128)(w2c_u16x8){x, x, x, x, x, x, x, x};
}
W2C_ALWAYS_INLINE v128 i32x4_splat(u32 x) {
    return (v128)(w2c_u32x4){x, x, x, x};
}
W2C_ALWAYS_INLINE v128 i64x2_splat(u64 x) {
    return (v128){x, x};
}
W2C_ALWAYS_INLINE v128 f32x4_splat(f32 x) {
    return (v128)(w2c_f32x4){x, x, x, x};
}
W2C_ALWAYS_INLINE v128 f64x2_splat(f64 x) {
    return (v128)(w2c_f64x2){x, x};
}

/* ---- single lanes; `lane` is a constant that the validator has checked ---- */

#define W2C_EXTRACT(name, lanes, result)                                                                               \
    W2C_ALWAYS_INLINE result name(v128 a, int lane) {                                                                  \
        return (result)((w2c_##lanes)a)[lane];                                                                         \
    }
#define W2C_REPLACE(name, lanes, element, value_type)                                                                  \
    W2C_ALWAYS_INLINE v128 name(v128 a, value_type value, int lane) {                                                  \
        w2c_##lanes result = (w2c_##lanes)a;                                                                           \
        result[lane] = (element)value;                                                                                 \
        return (v128)result;                                                                                           \
    }
W2C_EXTRACT(i8x16_extract_lane_u, u8x16, u32)
W2C_EXTRACT(i16x8_extract_lane_u, u16x8, u32)
W2C_EXTRACT(i32x4_extract_lane, u32x4, u32)
W2C_EXTRACT(i64x2_extract_lane, u64x2, u64)
W2C_EXTRACT(f32x4_extract_lane, f32x4, f32)
W2C_EXTRACT(f64x2_extract_lane, f64x2, f64)
W2C_EXTRACT(i8x16_extract_lane_s, s8x16, u32)
W2C_EXTRACT(i16x8_extract_lane_s, s16x8, u32)
W2C_REPLACE(i8x16_replace_lane, u8x16, u8, u32)
W2C_REPLACE(i16x8_replace_lane, u16x8, u16, u32)
W2C_REPLACE(i32x4_replace_lane, u32x4, u32, u32)
W2C_REPLACE(i64x2_replace_lane, u64x2, u64, u64)
W2C_REPLACE(f32x4_replace_lane, f32x4, f32, f32)
W2C_REPLACE(f64x2_replace_lane, f64x2, f64, f64)
#undef W2C_EXTRACT
#undef W2C_REPLACE

/* ---- many lanes ---- */

/* Sixteen constant numbers of the lanes of a, 0 to 15, and of b, 16 to 31. */
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#define W2C_SHUFFLE(a, b, ...) ((v128)__builtin_shufflevector((w2c_u8x16)(a), (w2c_u8x16)(b), __VA_ARGS__))
#else
#define W2C_SHUFFLE(a, b, ...) ((v128)__builtin_shuffle((w2c_u8x16)(a), (w2c_u8x16)(b), (w2c_u8x16){__VA_ARGS__}))
#endif
#if W2C_SSE == 20 && !defined(__clang__)
/* Sixteen lanes in sequence, from both vectors, which gcc knows to be shifts from SSSE3 on only. */
#define W2C_IS_RUN(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15)                               \
    ((c0) > 0 && (c0) < 16 && (c1) == (c0) + 1 && (c2) == (c0) + 2 && (c3) == (c0) + 3 && (c4) == (c0) + 4 &&          \
     (c5) == (c0) + 5 && (c6) == (c0) + 6 && (c7) == (c0) + 7 && (c8) == (c0) + 8 && (c9) == (c0) + 9 &&               \
     (c10) == (c0) + 10 && (c11) == (c0) + 11 && (c12) == (c0) + 12 && (c13) == (c0) + 13 && (c14) == (c0) + 14 &&     \
     (c15) == (c0) + 15)
#define W2C_FIRST(c0, ...) (c0)
#define i8x16_shuffle(a, b, ...)                                                                                       \
    __extension__({                                                                                                    \
        const v128 w2c_a = (a), w2c_b = (b);                                                                           \
        __builtin_choose_expr(W2C_IS_RUN(__VA_ARGS__), w2c_shift_pair(w2c_a, w2c_b, W2C_FIRST(__VA_ARGS__)),           \
                              W2C_SHUFFLE(w2c_a, w2c_b, __VA_ARGS__));                                                 \
    })
#define w2c_shift_pair(a, b, n) ((v128)_mm_srli_si128(W2C_X(a), n) | (v128)_mm_slli_si128(W2C_X(b), 16 - (n)))
#else
#define i8x16_shuffle(a, b, ...) W2C_SHUFFLE(a, b, __VA_ARGS__)
#endif

/* An index beyond 15 gives 0. pshufb gives 0 if bit 7 is set, and saturation sets it for all of them. */
W2C_ALWAYS_INLINE v128 i8x16_swizzle(v128 a, v128 indices) {
#if W2C_SSE >= 31
    return (v128)_mm_shuffle_epi8(W2C_X(a), _mm_adds_epu8(W2C_X(indices), _mm_set1_epi8(0x70)));
#else
    u8 table[32] = {0}, lanes[16];
    const w2c_u8x16 is_far = (w2c_u8x16)((w2c_u8x16)indices > (w2c_u8x16)i8x16_splat(15));
    const w2c_u8x16 near = ((w2c_u8x16)indices & ~is_far) | (is_far & (w2c_u8x16)i8x16_splat(16));
    memcpy(table, &a, sizeof a);
    for (int i = 0; i < 16; i++)
        lanes[i] = table[near[i]];
    memcpy(&a, lanes, sizeof a);
    return a;
#endif
}

/* ---- bits ---- */

W2C_ALWAYS_INLINE v128 v128_not(v128 a) {
    return ~a;
}
W2C_ALWAYS_INLINE v128 v128_and(v128 a, v128 b) {
    return a & b;
}
W2C_ALWAYS_INLINE v128 v128_andnot(v128 a, v128 b) {
    return a & ~b;
}
W2C_ALWAYS_INLINE v128 v128_or(v128 a, v128 b) {
    return a | b;
}
W2C_ALWAYS_INLINE v128 v128_xor(v128 a, v128 b) {
    return a ^ b;
}
/* Bits of a where c has ones, of b elsewhere. */
W2C_ALWAYS_INLINE v128 v128_bitselect(v128 a, v128 b, v128 c) {
    return (a & c) | (b & ~c);
}

/* ---- tests ---- */

W2C_ALWAYS_INLINE u32 v128_any_true(v128 a) {
#if W2C_SSE >= 41
    return !_mm_testz_si128(W2C_X(a), W2C_X(a));
#elif W2C_SSE
    return _mm_movemask_epi8(_mm_cmpeq_epi8(W2C_X(a), _mm_setzero_si128())) != 0xffff;
#else
    return (a[0] | a[1]) != 0;
#endif
}

/* No lane is zero. `zeros` has ones in the lanes that are. */
W2C_ALWAYS_INLINE u32 w2c_none_true(v128 zeros) {
#if W2C_SSE >= 41
    return (u32)_mm_testz_si128(W2C_X(zeros), W2C_X(zeros));
#elif W2C_SSE
    return _mm_movemask_epi8(W2C_X(zeros)) == 0;
#else
    return (zeros[0] | zeros[1]) == 0;
#endif
}
#define W2C_ALL_TRUE(shape, lanes)                                                                                     \
    W2C_ALWAYS_INLINE u32 shape##_all_true(v128 a) {                                                                   \
        return w2c_none_true((v128)((w2c_##lanes)a == (w2c_##lanes){0}));                                              \
    }
W2C_ALL_TRUE(i8x16, u8x16)
W2C_ALL_TRUE(i16x8, u16x8)
W2C_ALL_TRUE(i32x4, u32x4)
#undef W2C_ALL_TRUE
W2C_ALWAYS_INLINE u32 i64x2_all_true(v128 a) {
    return (a[0] != 0) & (a[1] != 0);
}

/* The signs of the lanes, lane 0 in bit 0. */
#if W2C_SSE
W2C_ALWAYS_INLINE u32 i8x16_bitmask(v128 a) {
    return (u32)_mm_movemask_epi8(W2C_X(a));
}
W2C_ALWAYS_INLINE u32 i16x8_bitmask(v128 a) {
    return (u32)_mm_movemask_epi8(_mm_packs_epi16(W2C_X(a), _mm_setzero_si128()));
}
W2C_ALWAYS_INLINE u32 i32x4_bitmask(v128 a) {
    return (u32)_mm_movemask_ps(W2C_XF(a));
}
W2C_ALWAYS_INLINE u32 i64x2_bitmask(v128 a) {
    return (u32)_mm_movemask_pd(W2C_XD(a));
}
#else
#define W2C_BITMASK(shape, lanes, count)                                                                               \
    W2C_ALWAYS_INLINE u32 shape##_bitmask(v128 a) {                                                                    \
        u32 mask = 0;                                                                                                  \
        for (int i = 0; i < (count); i++)                                                                              \
            mask |= (u32)(((w2c_##lanes)a)[i] < 0) << i;                                                               \
        return mask;                                                                                                   \
    }
W2C_BITMASK(i8x16, s8x16, 16)
W2C_BITMASK(i16x8, s16x8, 8)
W2C_BITMASK(i32x4, s32x4, 4)
W2C_BITMASK(i64x2, s64x2, 2)
#undef W2C_BITMASK
#endif

#endif
