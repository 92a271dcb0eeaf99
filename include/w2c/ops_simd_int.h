/* Operators on vectors of integers (spec 4.3.5) for GCC and clang.
 *
 * Lanes are unsigned where the sign does not matter, so that they wrap. The compilers compile + - * < and shifts of
 * vectors to the instructions of the machine, but do not find saturation, rounding averages and products of halves
 * behind any expression: those are named for x86-64, and spelled out in operators for other machines. */
#ifndef W2C_OPS_SIMD_INT_H
#define W2C_OPS_SIMD_INT_H

#include "ops_simd_lanes.h"

#define W2C_BINARY(name, lanes, operator)                                                                              \
    W2C_ALWAYS_INLINE v128 name(v128 a, v128 b) {                                                                      \
        return (v128)((w2c_##lanes)a operator(w2c_##lanes) b);                                                         \
    }
#define W2C_SIGNED_COMPARISONS(shape, s, u)                                                                            \
    W2C_BINARY(shape##_eq, u, ==)                                                                                      \
    W2C_BINARY(shape##_ne, u, !=)                                                                                      \
    W2C_BINARY(shape##_lt_s, s, <)                                                                                     \
    W2C_BINARY(shape##_gt_s, s, >)                                                                                     \
    W2C_BINARY(shape##_le_s, s, <=)                                                                                    \
    W2C_BINARY(shape##_ge_s, s, >=)
#define W2C_UNSIGNED_COMPARISONS(shape, u)                                                                             \
    W2C_BINARY(shape##_lt_u, u, <)                                                                                     \
    W2C_BINARY(shape##_gt_u, u, >)                                                                                     \
    W2C_BINARY(shape##_le_u, u, <=)                                                                                    \
    W2C_BINARY(shape##_ge_u, u, >=)
W2C_SIGNED_COMPARISONS(i8x16, s8x16, u8x16)
W2C_SIGNED_COMPARISONS(i16x8, s16x8, u16x8)
W2C_SIGNED_COMPARISONS(i32x4, s32x4, u32x4)
W2C_UNSIGNED_COMPARISONS(i8x16, u8x16)
W2C_UNSIGNED_COMPARISONS(i16x8, u16x8)
W2C_UNSIGNED_COMPARISONS(i32x4, u32x4)
#if W2C_SSE && !defined(__SSE4_2__)
/* No instruction compares lanes of 64 bits before SSE4.2. The sign of a - b, turned over where the subtraction
 * overflows, is that of the exact difference; it is in the odd lanes of 32 bits. */
W2C_ALWAYS_INLINE v128 i64x2_lt_s(v128 a, v128 b) {
    const v128 difference = a - b;
    const v128 sign = difference ^ ((a ^ b) & (a ^ difference));
    return (v128)_mm_shuffle_epi32(_mm_srai_epi32(W2C_X(sign), 31), 0xf5);
}
W2C_ALWAYS_INLINE v128 i64x2_gt_s(v128 a, v128 b) {
    return i64x2_lt_s(b, a);
}
W2C_ALWAYS_INLINE v128 i64x2_le_s(v128 a, v128 b) {
    return ~i64x2_lt_s(b, a);
}
W2C_ALWAYS_INLINE v128 i64x2_ge_s(v128 a, v128 b) {
    return ~i64x2_lt_s(a, b);
}
/* Both halves are equal; pcmpeqq is of SSE4.1. */
W2C_ALWAYS_INLINE v128 i64x2_eq(v128 a, v128 b) {
    const v128 halves = i32x4_eq(a, b);
    return halves & (v128)_mm_shuffle_epi32(W2C_X(halves), 0xb1);
}
W2C_ALWAYS_INLINE v128 i64x2_ne(v128 a, v128 b) {
    return ~i64x2_eq(a, b);
}
#else
W2C_SIGNED_COMPARISONS(i64x2, s64x2, u64x2)
#endif
#undef W2C_SIGNED_COMPARISONS
#undef W2C_UNSIGNED_COMPARISONS

W2C_BINARY(i8x16_add, u8x16, +)
W2C_BINARY(i8x16_sub, u8x16, -)
W2C_BINARY(i16x8_add, u16x8, +)
W2C_BINARY(i16x8_sub, u16x8, -)
W2C_BINARY(i16x8_mul, u16x8, *)
W2C_BINARY(i32x4_add, u32x4, +)
W2C_BINARY(i32x4_sub, u32x4, -)
W2C_BINARY(i32x4_mul, u32x4, *)
W2C_BINARY(i64x2_add, u64x2, +)
W2C_BINARY(i64x2_sub, u64x2, -)
W2C_BINARY(i64x2_mul, u64x2, *)
#undef W2C_BINARY

/* A value in terms of a, or of a and b; and an instruction of x86. */
#define W2C_VALUE1(name, value)                                                                                        \
    W2C_ALWAYS_INLINE v128 name(v128 a) {                                                                              \
        return (v128)(value);                                                                                          \
    }
#define W2C_VALUE2(name, value)                                                                                        \
    W2C_ALWAYS_INLINE v128 name(v128 a, v128 b) {                                                                      \
        return (v128)(value);                                                                                          \
    }
#define W2C_X86(name, intrinsic) W2C_VALUE2(name, (v128)intrinsic(W2C_X(a), W2C_X(b)))

/* ---- signs ---- */

/* -x is ~x + 1: where the lane is negative, flip and add one. */
#define W2C_SIGNS(shape, s, u)                                                                                         \
    W2C_ALWAYS_INLINE v128 shape##_neg(v128 a) {                                                                       \
        return (v128)(-(w2c_##u)a);                                                                                    \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 w2c_##shape##_abs(v128 a) {                                                                 \
        const v128 negative = (v128)((w2c_##s)a < (w2c_##s){0});                                                       \
        return (v128)((w2c_##u)(a ^ negative) - (w2c_##u)negative);                                                    \
    }
W2C_SIGNS(i8x16, s8x16, u8x16)
W2C_SIGNS(i16x8, s16x8, u16x8)
W2C_SIGNS(i32x4, s32x4, u32x4)
W2C_SIGNS(i64x2, s64x2, u64x2)
#undef W2C_SIGNS
#if W2C_SSE >= 31
W2C_VALUE1(i8x16_abs, _mm_abs_epi8(W2C_X(a)))
W2C_VALUE1(i16x8_abs, _mm_abs_epi16(W2C_X(a)))
W2C_VALUE1(i32x4_abs, _mm_abs_epi32(W2C_X(a)))
#else
W2C_VALUE1(i8x16_abs, w2c_i8x16_abs(a))
W2C_VALUE1(i16x8_abs, w2c_i16x8_abs(a))
W2C_VALUE1(i32x4_abs, w2c_i32x4_abs(a))
#endif
W2C_VALUE1(i64x2_abs, w2c_i64x2_abs(a))

/* ---- the smaller, the larger ---- */

#define W2C_MIN(lanes) v128_bitselect(a, b, (v128)((w2c_##lanes)a < (w2c_##lanes)b))
#define W2C_MAX(lanes) v128_bitselect(a, b, (v128)((w2c_##lanes)a > (w2c_##lanes)b))
#if W2C_SSE
W2C_X86(i8x16_min_u, _mm_min_epu8)
W2C_X86(i8x16_max_u, _mm_max_epu8)
W2C_X86(i16x8_min_s, _mm_min_epi16)
W2C_X86(i16x8_max_s, _mm_max_epi16)
#else
W2C_VALUE2(i8x16_min_u, W2C_MIN(u8x16))
W2C_VALUE2(i8x16_max_u, W2C_MAX(u8x16))
W2C_VALUE2(i16x8_min_s, W2C_MIN(s16x8))
W2C_VALUE2(i16x8_max_s, W2C_MAX(s16x8))
#endif
#if W2C_SSE >= 41
W2C_X86(i8x16_min_s, _mm_min_epi8)
W2C_X86(i8x16_max_s, _mm_max_epi8)
W2C_X86(i16x8_min_u, _mm_min_epu16)
W2C_X86(i16x8_max_u, _mm_max_epu16)
W2C_X86(i32x4_min_s, _mm_min_epi32)
W2C_X86(i32x4_max_s, _mm_max_epi32)
W2C_X86(i32x4_min_u, _mm_min_epu32)
W2C_X86(i32x4_max_u, _mm_max_epu32)
#else
W2C_VALUE2(i8x16_min_s, W2C_MIN(s8x16))
W2C_VALUE2(i8x16_max_s, W2C_MAX(s8x16))
W2C_VALUE2(i16x8_min_u, W2C_MIN(u16x8))
W2C_VALUE2(i16x8_max_u, W2C_MAX(u16x8))
W2C_VALUE2(i32x4_min_s, W2C_MIN(s32x4))
W2C_VALUE2(i32x4_max_s, W2C_MAX(s32x4))
W2C_VALUE2(i32x4_min_u, W2C_MIN(u32x4))
W2C_VALUE2(i32x4_max_u, W2C_MAX(u32x4))
#endif
#undef W2C_MIN
#undef W2C_MAX

/* ---- saturation, averages ---- */

#if W2C_SSE
W2C_X86(i8x16_add_sat_s, _mm_adds_epi8)
W2C_X86(i8x16_add_sat_u, _mm_adds_epu8)
W2C_X86(i8x16_sub_sat_s, _mm_subs_epi8)
W2C_X86(i8x16_sub_sat_u, _mm_subs_epu8)
W2C_X86(i16x8_add_sat_s, _mm_adds_epi16)
W2C_X86(i16x8_add_sat_u, _mm_adds_epu16)
W2C_X86(i16x8_sub_sat_s, _mm_subs_epi16)
W2C_X86(i16x8_sub_sat_u, _mm_subs_epu16)
W2C_X86(i8x16_avgr_u, _mm_avg_epu8)
W2C_X86(i16x8_avgr_u, _mm_avg_epu16)
#else
/* A signed sum overflows where its sign is that of neither operand, a difference where the operands' signs differ and
 * its own is that of b. Then the result is the largest number, or the smallest, as the sign of a says.
 * The average rounds up: (a + b + 1) / 2 is (a | b) - (a ^ b) / 2, which needs no ninth bit. */
#define W2C_SATURATION(shape, s, u, largest)                                                                           \
    W2C_ALWAYS_INLINE v128 w2c_##shape##_saturate(v128 a, v128 wrapped, v128 overflow) {                               \
        const v128 end = (v128)((w2c_##s)a < (w2c_##s){0}) ^ shape##_splat(largest);                                   \
        return v128_bitselect(end, wrapped, (v128)((w2c_##s)overflow < (w2c_##s){0}));                                 \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_add_sat_s(v128 a, v128 b) {                                                         \
        const v128 sum = shape##_add(a, b);                                                                            \
        return w2c_##shape##_saturate(a, sum, (a ^ sum) & (b ^ sum));                                                  \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_sub_sat_s(v128 a, v128 b) {                                                         \
        const v128 difference = shape##_sub(a, b);                                                                     \
        return w2c_##shape##_saturate(a, difference, (a ^ b) & (a ^ difference));                                      \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_add_sat_u(v128 a, v128 b) {                                                         \
        const v128 sum = shape##_add(a, b);                                                                            \
        return sum | shape##_lt_u(sum, a);                                                                             \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_sub_sat_u(v128 a, v128 b) {                                                         \
        return shape##_sub(a, b) & shape##_gt_u(a, b);                                                                 \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_avgr_u(v128 a, v128 b) {                                                            \
        return (v128)((w2c_##u)(a | b) - ((w2c_##u)(a ^ b) >> 1));                                                     \
    }
W2C_SATURATION(i8x16, s8x16, u8x16, 0x7f)
W2C_SATURATION(i16x8, s16x8, u16x8, 0x7fff)
#undef W2C_SATURATION
#endif

/* ---- shifts: the count is reduced modulo the width ---- */

#define W2C_SHIFTS(shape, u, element, mask)                                                                            \
    W2C_ALWAYS_INLINE v128 shape##_shl(v128 a, u32 n) {                                                                \
        return (v128)((w2c_##u)a << (element)(n & (mask)));                                                            \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_shr_u(v128 a, u32 n) {                                                              \
        return (v128)((w2c_##u)a >> (element)(n & (mask)));                                                            \
    }
W2C_SHIFTS(i16x8, u16x8, u16, 15)
W2C_SHIFTS(i32x4, u32x4, u32, 31)
W2C_SHIFTS(i64x2, u64x2, u64, 63)
#undef W2C_SHIFTS
W2C_ALWAYS_INLINE v128 i16x8_shr_s(v128 a, u32 n) {
    return (v128)((w2c_s16x8)a >> (s16)(n & 15));
}
W2C_ALWAYS_INLINE v128 i32x4_shr_s(v128 a, u32 n) {
    return (v128)((w2c_s32x4)a >> (s32)(n & 31));
}
/* Below AVX-512 there is no such instruction: the sign bit, shifted down, is spread upwards by the subtraction. */
W2C_ALWAYS_INLINE v128 i64x2_shr_s(v128 a, u32 n) {
    const v128 sign = i64x2_splat(0x8000000000000000u >> (n & 63));
    return ((a >> (u64)(n & 63)) ^ sign) - sign;
}
/* Bytes are shifted in pairs; what came from the neighbour is masked off. */
W2C_ALWAYS_INLINE v128 i8x16_shl(v128 a, u32 n) {
    return i16x8_shl(a, n & 7) & i8x16_splat(0xffu << (n & 7));
}
W2C_ALWAYS_INLINE v128 i8x16_shr_u(v128 a, u32 n) {
    return i16x8_shr_u(a, n & 7) & i8x16_splat(0xffu >> (n & 7));
}
W2C_ALWAYS_INLINE v128 i8x16_shr_s(v128 a, u32 n) {
    const v128 sign = i8x16_splat(0x80u >> (n & 7));
    return i8x16_sub(i8x16_shr_u(a, n) ^ sign, sign);
}

/* ---- narrower lanes ---- */

#define W2C_EVEN_BYTES(a, b) i8x16_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define W2C_EVEN_PAIRS(a, b) i8x16_shuffle(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
W2C_ALWAYS_INLINE v128 w2c_i32x4_clamp(v128 a, s32 smallest, s32 largest) {
    return i32x4_max_s(i32x4_min_s(a, i32x4_splat((u32)largest)), i32x4_splat((u32)smallest));
}
#if W2C_SSE
W2C_X86(i8x16_narrow_i16x8_s, _mm_packs_epi16)
W2C_X86(i8x16_narrow_i16x8_u, _mm_packus_epi16)
W2C_X86(i16x8_narrow_i32x4_s, _mm_packs_epi32)
#else
W2C_ALWAYS_INLINE v128 w2c_i16x8_clamp(v128 a, s32 smallest, s32 largest) {
    return i16x8_max_s(i16x8_min_s(a, i16x8_splat((u32)largest)), i16x8_splat((u32)smallest));
}
W2C_VALUE2(i8x16_narrow_i16x8_s, W2C_EVEN_BYTES(w2c_i16x8_clamp(a, -128, 127), w2c_i16x8_clamp(b, -128, 127)))
W2C_VALUE2(i8x16_narrow_i16x8_u, W2C_EVEN_BYTES(w2c_i16x8_clamp(a, 0, 255), w2c_i16x8_clamp(b, 0, 255)))
W2C_VALUE2(i16x8_narrow_i32x4_s, W2C_EVEN_PAIRS(w2c_i32x4_clamp(a, -32768, 32767), w2c_i32x4_clamp(b, -32768, 32767)))
#endif
#if W2C_SSE >= 41
W2C_X86(i16x8_narrow_i32x4_u, _mm_packus_epi32)
#elif W2C_SSE
/* Signed saturation, moved: what is negative becomes 0, then 0 to 65535 becomes -32768 to 32767 and back. */
W2C_ALWAYS_INLINE v128 w2c_i32x4_move_down(v128 a) {
    return i32x4_sub(a & i32x4_gt_s(a, v128_const(0, 0)), i32x4_splat(32768));
}
W2C_VALUE2(i16x8_narrow_i32x4_u,
           i16x8_add(i16x8_narrow_i32x4_s(w2c_i32x4_move_down(a), w2c_i32x4_move_down(b)), i16x8_splat(32768)))
#else
W2C_VALUE2(i16x8_narrow_i32x4_u, W2C_EVEN_PAIRS(w2c_i32x4_clamp(a, 0, 65535), w2c_i32x4_clamp(b, 0, 65535)))
#endif
#undef W2C_EVEN_BYTES
#undef W2C_EVEN_PAIRS

/* ---- wider lanes ---- */

/* Lanes of a and b alternate. A wider lane is a narrow one below its sign, below zero, or above anything and shifted
 * down arithmetically, which needs no sign. */
#define W2C_ZIP8_LOW(a, b) i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define W2C_ZIP8_HIGH(a, b) i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define W2C_ZIP16_LOW(a, b) i8x16_shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
#define W2C_ZIP16_HIGH(a, b) i8x16_shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
#define W2C_ZIP32_LOW(a, b) i8x16_shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
#define W2C_ZIP32_HIGH(a, b) i8x16_shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
W2C_VALUE1(i16x8_extend_low_i8x16_u, W2C_ZIP8_LOW(a, v128_const(0, 0)))
W2C_VALUE1(i16x8_extend_high_i8x16_u, W2C_ZIP8_HIGH(a, v128_const(0, 0)))
W2C_VALUE1(i32x4_extend_low_i16x8_u, W2C_ZIP16_LOW(a, v128_const(0, 0)))
W2C_VALUE1(i32x4_extend_high_i16x8_u, W2C_ZIP16_HIGH(a, v128_const(0, 0)))
W2C_VALUE1(i64x2_extend_low_i32x4_u, W2C_ZIP32_LOW(a, v128_const(0, 0)))
W2C_VALUE1(i64x2_extend_high_i32x4_u, W2C_ZIP32_HIGH(a, v128_const(0, 0)))
W2C_VALUE1(i16x8_extend_high_i8x16_s, (w2c_s16x8)W2C_ZIP8_HIGH(a, a) >> 8)
W2C_VALUE1(i32x4_extend_high_i16x8_s, (w2c_s32x4)W2C_ZIP16_HIGH(a, a) >> 16)
W2C_VALUE1(i64x2_extend_high_i32x4_s, W2C_ZIP32_HIGH(a, (w2c_s32x4)a < (w2c_s32x4){0}))
#if W2C_SSE >= 41
W2C_VALUE1(i16x8_extend_low_i8x16_s, _mm_cvtepi8_epi16(W2C_X(a)))
W2C_VALUE1(i32x4_extend_low_i16x8_s, _mm_cvtepi16_epi32(W2C_X(a)))
W2C_VALUE1(i64x2_extend_low_i32x4_s, _mm_cvtepi32_epi64(W2C_X(a)))
#else
W2C_VALUE1(i16x8_extend_low_i8x16_s, (w2c_s16x8)W2C_ZIP8_LOW(a, a) >> 8)
W2C_VALUE1(i32x4_extend_low_i16x8_s, (w2c_s32x4)W2C_ZIP16_LOW(a, a) >> 16)
W2C_VALUE1(i64x2_extend_low_i32x4_s, W2C_ZIP32_LOW(a, (w2c_s32x4)a < (w2c_s32x4){0}))
#endif

/* ---- products that keep all bits ---- */

#define W2C_EXTENDED_PRODUCT(shape, half, suffix)                                                                      \
    W2C_VALUE2(shape##_extmul_##half##_##suffix,                                                                       \
               shape##_mul(shape##_extend_##half##_##suffix(a), shape##_extend_##half##_##suffix(b)))
W2C_EXTENDED_PRODUCT(i16x8, low, i8x16_s)
W2C_EXTENDED_PRODUCT(i16x8, low, i8x16_u)
W2C_EXTENDED_PRODUCT(i16x8, high, i8x16_s)
W2C_EXTENDED_PRODUCT(i16x8, high, i8x16_u)
#if W2C_SSE
/* The halves of all products, put together for the lanes that are asked for. */
#define W2C_PRODUCT_HALVES(name, zip, high_half)                                                                       \
    W2C_VALUE2(name, zip((v128)_mm_mullo_epi16(W2C_X(a), W2C_X(b)), (v128)high_half(W2C_X(a), W2C_X(b))))
W2C_PRODUCT_HALVES(i32x4_extmul_low_i16x8_s, W2C_ZIP16_LOW, _mm_mulhi_epi16)
W2C_PRODUCT_HALVES(i32x4_extmul_low_i16x8_u, W2C_ZIP16_LOW, _mm_mulhi_epu16)
W2C_PRODUCT_HALVES(i32x4_extmul_high_i16x8_s, W2C_ZIP16_HIGH, _mm_mulhi_epi16)
W2C_PRODUCT_HALVES(i32x4_extmul_high_i16x8_u, W2C_ZIP16_HIGH, _mm_mulhi_epu16)
#undef W2C_PRODUCT_HALVES
/* pmuludq and pmuldq multiply the lanes 0 and 2. */
#define W2C_EVEN_PRODUCTS(name, zip, intrinsic) W2C_VALUE2(name, (v128)intrinsic(W2C_X(zip(a, a)), W2C_X(zip(b, b))))
W2C_EVEN_PRODUCTS(i64x2_extmul_low_i32x4_u, W2C_ZIP32_LOW, _mm_mul_epu32)
W2C_EVEN_PRODUCTS(i64x2_extmul_high_i32x4_u, W2C_ZIP32_HIGH, _mm_mul_epu32)
#else
W2C_EXTENDED_PRODUCT(i32x4, low, i16x8_s)
W2C_EXTENDED_PRODUCT(i32x4, low, i16x8_u)
W2C_EXTENDED_PRODUCT(i32x4, high, i16x8_s)
W2C_EXTENDED_PRODUCT(i32x4, high, i16x8_u)
W2C_EXTENDED_PRODUCT(i64x2, low, i32x4_u)
W2C_EXTENDED_PRODUCT(i64x2, high, i32x4_u)
#endif
#if W2C_SSE >= 41
W2C_EVEN_PRODUCTS(i64x2_extmul_low_i32x4_s, W2C_ZIP32_LOW, _mm_mul_epi32)
W2C_EVEN_PRODUCTS(i64x2_extmul_high_i32x4_s, W2C_ZIP32_HIGH, _mm_mul_epi32)
#else
W2C_EXTENDED_PRODUCT(i64x2, low, i32x4_s)
W2C_EXTENDED_PRODUCT(i64x2, high, i32x4_s)
#endif
#undef W2C_EVEN_PRODUCTS
#undef W2C_EXTENDED_PRODUCT
#undef W2C_ZIP8_LOW
#undef W2C_ZIP8_HIGH
#undef W2C_ZIP16_LOW
#undef W2C_ZIP16_HIGH
#undef W2C_ZIP32_LOW
#undef W2C_ZIP32_HIGH

/* ---- sums of neighbours ---- */

/* Even lanes are the low halves of wider ones, odd lanes the high halves. */
W2C_VALUE1(i32x4_extadd_pairwise_i16x8_u, ((w2c_u32x4)a & 0xffff) + ((w2c_u32x4)a >> 16))
#if W2C_SSE >= 31
W2C_VALUE1(i16x8_extadd_pairwise_i8x16_u, _mm_maddubs_epi16(W2C_X(a), _mm_set1_epi8(1)))
W2C_VALUE1(i16x8_extadd_pairwise_i8x16_s, _mm_maddubs_epi16(_mm_set1_epi8(1), W2C_X(a)))
#else
W2C_VALUE1(i16x8_extadd_pairwise_i8x16_u, ((w2c_u16x8)a & 0xff) + ((w2c_u16x8)a >> 8))
W2C_VALUE1(i16x8_extadd_pairwise_i8x16_s, ((w2c_s16x8)((w2c_u16x8)a << 8) >> 8) + ((w2c_s16x8)a >> 8))
#endif
#if W2C_SSE
W2C_VALUE1(i32x4_extadd_pairwise_i16x8_s, _mm_madd_epi16(W2C_X(a), _mm_set1_epi16(1)))
W2C_X86(i32x4_dot_i16x8_s, _mm_madd_epi16)
#else
W2C_VALUE1(w2c_even_i16x8_s, (w2c_s32x4)((w2c_u32x4)a << 16) >> 16)
W2C_VALUE1(w2c_odd_i16x8_s, (w2c_s32x4)a >> 16)
W2C_VALUE1(i32x4_extadd_pairwise_i16x8_s, i32x4_add(w2c_even_i16x8_s(a), w2c_odd_i16x8_s(a)))
W2C_VALUE2(i32x4_dot_i16x8_s, i32x4_add(i32x4_mul(w2c_even_i16x8_s(a), w2c_even_i16x8_s(b)),
                                        i32x4_mul(w2c_odd_i16x8_s(a), w2c_odd_i16x8_s(b))))
#endif

/* ---- the rest ---- */

/* Products of fixed-point numbers with 15 bits behind the point, rounded. Only -1 * -1 does not fit. */
W2C_ALWAYS_INLINE v128 i16x8_q15mulr_sat_s(v128 a, v128 b) {
#if W2C_SSE >= 31
    const v128 product = (v128)_mm_mulhrs_epi16(W2C_X(a), W2C_X(b));
    return product ^ i16x8_eq(product, i16x8_splat(0x8000));
#else
    const v128 half = i32x4_splat(0x4000);
    return i16x8_narrow_i32x4_s(i32x4_shr_s(i32x4_add(i32x4_extmul_low_i16x8_s(a, b), half), 15),
                                i32x4_shr_s(i32x4_add(i32x4_extmul_high_i16x8_s(a, b), half), 15));
#endif
}

/* From a table of half bytes, or by adding up pairs, fours and halves. */
W2C_ALWAYS_INLINE v128 i8x16_popcnt(v128 a) {
#if W2C_SSE >= 31
    const __m128i counts = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const v128 low = a & i8x16_splat(15);
    const v128 high = i8x16_shr_u(a, 4);
    return (v128)_mm_add_epi8(_mm_shuffle_epi8(counts, W2C_X(low)), _mm_shuffle_epi8(counts, W2C_X(high)));
#else
    a = i8x16_sub(a, a >> 1 & i8x16_splat(0x55));
    a = i8x16_add(a & i8x16_splat(0x33), a >> 2 & i8x16_splat(0x33));
    return i8x16_add(a, a >> 4 & i8x16_splat(0x0f)) & i8x16_splat(0x0f);
#endif
}

#undef W2C_VALUE1
#undef W2C_VALUE2
#undef W2C_X86

#endif
