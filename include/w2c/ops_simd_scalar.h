/* Operators on vectors in plain C, lane by lane: for compilers without vectors, and the measure for those with them.
 *
 * A vector is a union of arrays, one for each kind of lane; memory is little-endian, and so are they. Most operators
 * are a row here: the lanes of the result, how many, and what lane i is in terms of the operands x and y. */
#ifndef W2C_OPS_SIMD_SCALAR_H
#define W2C_OPS_SIMD_SCALAR_H

#include "ops_float.h"
#include "ops_int.h"
#include "types_simd.h"

union w2c_lanes {
    v128 v;
    u8 u8x16[16];
    u16 u16x8[8];
    u32 u32x4[4];
    u64 u64x2[2];
    s8 s8x16[16];
    s16 s16x8[8];
    s32 s32x4[4];
    s64 s64x2[2];
    f32 f32x4[4];
    f64 f64x2[2];
};

#define W2C_LANES1(name, lanes, count, value)                                                                          \
    W2C_INLINE v128 name(v128 a) {                                                                                     \
        union w2c_lanes x, result;                                                                                     \
        x.v = a;                                                                                                       \
        for (int i = 0; i < (count); i++)                                                                              \
            result.lanes[i] = value;                                                                                   \
        return result.v;                                                                                               \
    }
#define W2C_LANES2(name, lanes, count, value)                                                                          \
    W2C_INLINE v128 name(v128 a, v128 b) {                                                                             \
        union w2c_lanes x, y, result;                                                                                  \
        x.v = a;                                                                                                       \
        y.v = b;                                                                                                       \
        for (int i = 0; i < (count); i++)                                                                              \
            result.lanes[i] = value;                                                                                   \
        return result.v;                                                                                               \
    }
/* The second operand is a number, n. */
#define W2C_LANES_SHIFT(name, lanes, count, value)                                                                     \
    W2C_INLINE v128 name(v128 a, u32 n) {                                                                              \
        union w2c_lanes x, result;                                                                                     \
        x.v = a;                                                                                                       \
        for (int i = 0; i < (count); i++)                                                                              \
            result.lanes[i] = value;                                                                                   \
        return result.v;                                                                                               \
    }

W2C_INLINE s32 w2c_clamp(s32 x, s32 smallest, s32 largest) {
    return x < smallest ? smallest : x > largest ? largest : x;
}

/* ---- constants, splats, single lanes ---- */

W2C_INLINE v128 v128_const(u64 low, u64 high) {
    v128 result;
    result.low = low;
    result.high = high;
    return result;
}
W2C_INLINE v128 v128_opaque(v128 a) {
    return a;
}
#define W2C_SINGLE_LANES(shape, lanes, count, element, value_type)                                                     \
    W2C_INLINE v128 shape##_splat(value_type value) {                                                                  \
        union w2c_lanes result;                                                                                        \
        for (int i = 0; i < (count); i++)                                                                              \
            result.lanes[i] = (element)value;                                                                          \
        return result.v;                                                                                               \
    }                                                                                                                  \
    W2C_INLINE v128 shape##_replace_lane(v128 a, value_type value, int lane) {                                         \
        union w2c_lanes x;                                                                                             \
        x.v = a;                                                                                                       \
        x.lanes[lane] = (element)value;                                                                                \
        return x.v;                                                                                                    \
    }
#define W2C_EXTRACT(name, lanes, value_type)                                                                           \
    W2C_INLINE value_type name(v128 a, int lane) {                                                                     \
        union w2c_lanes x;                                                                                             \
        x.v = a;                                                                                                       \
        return (value_type)x.lanes[lane];                                                                              \
    }
W2C_SINGLE_LANES(i8x16, u8x16, 16, u8, u32)
W2C_SINGLE_LANES(i16x8, u16x8, 8, u16, u32)
W2C_SINGLE_LANES(i32x4, u32x4, 4, u32, u32)
W2C_SINGLE_LANES(i64x2, u64x2, 2, u64, u64)
W2C_SINGLE_LANES(f32x4, f32x4, 4, f32, f32)
W2C_SINGLE_LANES(f64x2, f64x2, 2, f64, f64)
W2C_EXTRACT(i8x16_extract_lane_s, s8x16, u32)
W2C_EXTRACT(i8x16_extract_lane_u, u8x16, u32)
W2C_EXTRACT(i16x8_extract_lane_s, s16x8, u32)
W2C_EXTRACT(i16x8_extract_lane_u, u16x8, u32)
W2C_EXTRACT(i32x4_extract_lane, u32x4, u32)
W2C_EXTRACT(i64x2_extract_lane, u64x2, u64)
W2C_EXTRACT(f32x4_extract_lane, f32x4, f32)
W2C_EXTRACT(f64x2_extract_lane, f64x2, f64)
#undef W2C_SINGLE_LANES
#undef W2C_EXTRACT

/* The lanes of a shuffle as two numbers, the first lane lowest. */
#define W2C_EIGHT_LANES(a, b, c, d, e, f, g, h)                                                                        \
    ((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 | (u64)(g) << 48 |   \
     (u64)(h) << 56)
#define i8x16_shuffle(a, b, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15)                      \
    w2c_shuffle(a, b, W2C_EIGHT_LANES(c0, c1, c2, c3, c4, c5, c6, c7),                                                 \
                W2C_EIGHT_LANES(c8, c9, c10, c11, c12, c13, c14, c15))
W2C_INLINE v128 w2c_shuffle(v128 a, v128 b, u64 low, u64 high) {
    union w2c_lanes x, y, lanes, result;
    x.v = a;
    y.v = b;
    lanes.v = v128_const(low, high);
    for (int i = 0; i < 16; i++)
        result.u8x16[i] = lanes.u8x16[i] < 16 ? x.u8x16[lanes.u8x16[i]] : y.u8x16[lanes.u8x16[i] & 15];
    return result.v;
}
W2C_LANES2(i8x16_swizzle, u8x16, 16, y.u8x16[i] < 16 ? x.u8x16[y.u8x16[i]] : 0)

/* ---- bits and tests ---- */

W2C_LANES1(v128_not, u64x2, 2, ~x.u64x2[i])
W2C_LANES2(v128_and, u64x2, 2, x.u64x2[i] & y.u64x2[i])
W2C_LANES2(v128_andnot, u64x2, 2, x.u64x2[i] & ~y.u64x2[i])
W2C_LANES2(v128_or, u64x2, 2, x.u64x2[i] | y.u64x2[i])
W2C_LANES2(v128_xor, u64x2, 2, x.u64x2[i] ^ y.u64x2[i])
W2C_INLINE v128 v128_bitselect(v128 a, v128 b, v128 c) {
    return v128_const((a.low & c.low) | (b.low & ~c.low), (a.high & c.high) | (b.high & ~c.high));
}
W2C_INLINE u32 v128_any_true(v128 a) {
    return (a.low | a.high) != 0;
}
#define W2C_TESTS(shape, u, s, count)                                                                                  \
    W2C_INLINE u32 shape##_all_true(v128 a) {                                                                          \
        union w2c_lanes x;                                                                                             \
        x.v = a;                                                                                                       \
        for (int i = 0; i < (count); i++) {                                                                            \
            if (x.u[i] == 0) return 0;                                                                                 \
        }                                                                                                              \
        return 1;                                                                                                      \
    }                                                                                                                  \
    W2C_INLINE u32 shape##_bitmask(v128 a) {                                                                           \
        union w2c_lanes x;                                                                                             \
        u32 mask = 0;                                                                                                  \
        x.v = a;                                                                                                       \
        for (int i = 0; i < (count); i++)                                                                              \
            mask |= (u32)(x.s[i] < 0) << i;                                                                            \
        return mask;                                                                                                   \
    }
W2C_TESTS(i8x16, u8x16, s8x16, 16)
W2C_TESTS(i16x8, u16x8, s16x8, 8)
W2C_TESTS(i32x4, u32x4, s32x4, 4)
W2C_TESTS(i64x2, u64x2, s64x2, 2)
#undef W2C_TESTS

/* ---- comparisons ---- */

#define W2C_COMPARE(name, lanes, ones, count, operator)                                                                \
    W2C_LANES2(name, ones, count, x.lanes[i] operator y.lanes[i] ? -1 : 0)
#define W2C_SIGNED_COMPARISONS(shape, s, count)                                                                        \
    W2C_COMPARE(shape##_eq, s, s, count, ==)                                                                           \
    W2C_COMPARE(shape##_ne, s, s, count, !=)                                                                           \
    W2C_COMPARE(shape##_lt_s, s, s, count, <)                                                                          \
    W2C_COMPARE(shape##_gt_s, s, s, count, >)                                                                          \
    W2C_COMPARE(shape##_le_s, s, s, count, <=)                                                                         \
    W2C_COMPARE(shape##_ge_s, s, s, count, >=)
#define W2C_UNSIGNED_COMPARISONS(shape, u, s, count)                                                                   \
    W2C_COMPARE(shape##_lt_u, u, s, count, <)                                                                          \
    W2C_COMPARE(shape##_gt_u, u, s, count, >)                                                                          \
    W2C_COMPARE(shape##_le_u, u, s, count, <=)                                                                         \
    W2C_COMPARE(shape##_ge_u, u, s, count, >=)
W2C_SIGNED_COMPARISONS(i8x16, s8x16, 16)
W2C_SIGNED_COMPARISONS(i16x8, s16x8, 8)
W2C_SIGNED_COMPARISONS(i32x4, s32x4, 4)
W2C_SIGNED_COMPARISONS(i64x2, s64x2, 2)
W2C_UNSIGNED_COMPARISONS(i8x16, u8x16, s8x16, 16)
W2C_UNSIGNED_COMPARISONS(i16x8, u16x8, s16x8, 8)
W2C_UNSIGNED_COMPARISONS(i32x4, u32x4, s32x4, 4)
#undef W2C_SIGNED_COMPARISONS
#undef W2C_UNSIGNED_COMPARISONS

/* ---- integers ---- */

/* Lanes of 8 and 16 bits are computed as u32 and cut, so that nothing overflows. */
#define W2C_ARITHMETIC(shape, u, s, element, signed_element, count, mask)                                              \
    W2C_LANES2(shape##_add, u, count, (element)(x.u[i] + y.u[i]))                                                      \
    W2C_LANES2(shape##_sub, u, count, (element)(x.u[i] - y.u[i]))                                                      \
    W2C_LANES1(shape##_neg, u, count, (element)(0 - x.u[i]))                                                           \
    W2C_LANES1(shape##_abs, u, count, (element)(x.s[i] < 0 ? 0 - x.u[i] : x.u[i]))                                     \
    W2C_LANES_SHIFT(shape##_shl, u, count, (element)(x.u[i] << (n & (mask))))                                          \
    W2C_LANES_SHIFT(shape##_shr_u, u, count, (element)(x.u[i] >> (n & (mask))))                                        \
    W2C_LANES_SHIFT(shape##_shr_s, s, count, (signed_element)(x.s[i] >> (n & (mask))))
#define W2C_ENDS(shape, u, s, count)                                                                                   \
    W2C_LANES2(shape##_min_s, s, count, x.s[i] < y.s[i] ? x.s[i] : y.s[i])                                             \
    W2C_LANES2(shape##_min_u, u, count, x.u[i] < y.u[i] ? x.u[i] : y.u[i])                                             \
    W2C_LANES2(shape##_max_s, s, count, x.s[i] > y.s[i] ? x.s[i] : y.s[i])                                             \
    W2C_LANES2(shape##_max_u, u, count, x.u[i] > y.u[i] ? x.u[i] : y.u[i])
#define W2C_SATURATION(shape, u, s, element, signed_element, count, smallest, largest, range)                          \
    W2C_LANES2(shape##_add_sat_s, s, count, (signed_element)w2c_clamp(x.s[i] + y.s[i], smallest, largest))             \
    W2C_LANES2(shape##_add_sat_u, u, count, (element)w2c_clamp(x.u[i] + y.u[i], 0, range))                             \
    W2C_LANES2(shape##_sub_sat_s, s, count, (signed_element)w2c_clamp(x.s[i] - y.s[i], smallest, largest))             \
    W2C_LANES2(shape##_sub_sat_u, u, count, (element)w2c_clamp(x.u[i] - y.u[i], 0, range))                             \
    W2C_LANES2(shape##_avgr_u, u, count, (element)((x.u[i] + y.u[i] + 1) / 2))
W2C_ARITHMETIC(i8x16, u8x16, s8x16, u8, s8, 16, 7)
W2C_ARITHMETIC(i16x8, u16x8, s16x8, u16, s16, 8, 15)
W2C_ARITHMETIC(i32x4, u32x4, s32x4, u32, s32, 4, 31)
W2C_ARITHMETIC(i64x2, u64x2, s64x2, u64, s64, 2, 63)
W2C_ENDS(i8x16, u8x16, s8x16, 16)
W2C_ENDS(i16x8, u16x8, s16x8, 8)
W2C_ENDS(i32x4, u32x4, s32x4, 4)
W2C_SATURATION(i8x16, u8x16, s8x16, u8, s8, 16, -128, 127, 255)
W2C_SATURATION(i16x8, u16x8, s16x8, u16, s16, 8, -32768, 32767, 65535)
W2C_LANES2(i16x8_mul, u16x8, 8, (u16)((u32)x.u16x8[i] * y.u16x8[i]))
W2C_LANES2(i32x4_mul, u32x4, 4, x.u32x4[i] * y.u32x4[i])
W2C_LANES2(i64x2_mul, u64x2, 2, x.u64x2[i] * y.u64x2[i])
#undef W2C_ARITHMETIC
#undef W2C_ENDS
#undef W2C_SATURATION

W2C_LANES1(i8x16_popcnt, u8x16, 16, (u8)i32_popcnt(x.u8x16[i]))
/* The only sum beyond 32767 is that of -1 * -1. */
W2C_LANES2(i16x8_q15mulr_sat_s, s16x8, 8, (s16)w2c_clamp((x.s16x8[i] * y.s16x8[i] + 0x4000) >> 15, -32768, 32767))
/* As unsigned numbers, since 2 * (-32768 * -32768) wraps. */
W2C_LANES2(i32x4_dot_i16x8_s, u32x4, 4,
           (u32)(x.s16x8[2 * i] * y.s16x8[2 * i]) + (u32)(x.s16x8[2 * i + 1] * y.s16x8[2 * i + 1]))

/* Lane i of the concatenation of both operands. */
#define W2C_OF_BOTH(lanes, half) (i < (half) ? x.lanes[i] : y.lanes[i - (half)])
W2C_LANES2(i8x16_narrow_i16x8_s, s8x16, 16, (s8)w2c_clamp(W2C_OF_BOTH(s16x8, 8), -128, 127))
W2C_LANES2(i8x16_narrow_i16x8_u, u8x16, 16, (u8)w2c_clamp(W2C_OF_BOTH(s16x8, 8), 0, 255))
W2C_LANES2(i16x8_narrow_i32x4_s, s16x8, 8, (s16)w2c_clamp(W2C_OF_BOTH(s32x4, 4), -32768, 32767))
W2C_LANES2(i16x8_narrow_i32x4_u, u16x8, 8, (u16)w2c_clamp(W2C_OF_BOTH(s32x4, 4), 0, 65535))
#undef W2C_OF_BOTH

/* Wider lanes of one half, their products, and sums of neighbours. */
#define W2C_WIDER(shape, from, suffix, wide, element, narrow, count)                                                   \
    W2C_LANES1(shape##_extend_low_##from##_##suffix, wide, count, (element)x.narrow[i])                                \
    W2C_LANES1(shape##_extend_high_##from##_##suffix, wide, count, (element)x.narrow[i + (count)])                     \
    W2C_LANES2(shape##_extmul_low_##from##_##suffix, wide, count, (element)((element)x.narrow[i] * y.narrow[i]))       \
    W2C_LANES2(shape##_extmul_high_##from##_##suffix, wide, count,                                                     \
               (element)((element)x.narrow[i + (count)] * y.narrow[i + (count)]))
#define W2C_NEIGHBOURS(shape, from, suffix, wide, element, narrow, count)                                              \
    W2C_LANES1(shape##_extadd_pairwise_##from##_##suffix, wide, count,                                                 \
               (element)((element)x.narrow[2 * i] + x.narrow[2 * i + 1]))
W2C_WIDER(i16x8, i8x16, s, s16x8, s16, s8x16, 8)
W2C_WIDER(i16x8, i8x16, u, u16x8, u16, u8x16, 8)
W2C_WIDER(i32x4, i16x8, s, s32x4, s32, s16x8, 4)
W2C_WIDER(i32x4, i16x8, u, u32x4, u32, u16x8, 4)
W2C_WIDER(i64x2, i32x4, s, s64x2, s64, s32x4, 2)
W2C_WIDER(i64x2, i32x4, u, u64x2, u64, u32x4, 2)
W2C_NEIGHBOURS(i16x8, i8x16, s, s16x8, s16, s8x16, 8)
W2C_NEIGHBOURS(i16x8, i8x16, u, u16x8, u16, u8x16, 8)
W2C_NEIGHBOURS(i32x4, i16x8, s, s32x4, s32, s16x8, 4)
W2C_NEIGHBOURS(i32x4, i16x8, u, u32x4, u32, u16x8, 4)
#undef W2C_WIDER
#undef W2C_NEIGHBOURS

/* ---- floats ---- */

#define W2C_FLOATS(shape, f, ones, count)                                                                              \
    W2C_COMPARE(shape##_eq, shape, ones, count, ==)                                                                    \
    W2C_COMPARE(shape##_ne, shape, ones, count, !=)                                                                    \
    W2C_COMPARE(shape##_lt, shape, ones, count, <)                                                                     \
    W2C_COMPARE(shape##_gt, shape, ones, count, >)                                                                     \
    W2C_COMPARE(shape##_le, shape, ones, count, <=)                                                                    \
    W2C_COMPARE(shape##_ge, shape, ones, count, >=)                                                                    \
    W2C_LANES2(shape##_add, shape, count, x.shape[i] + y.shape[i])                                                     \
    W2C_LANES2(shape##_sub, shape, count, x.shape[i] - y.shape[i])                                                     \
    W2C_LANES2(shape##_mul, shape, count, x.shape[i] * y.shape[i])                                                     \
    W2C_LANES2(shape##_div, shape, count, x.shape[i] / y.shape[i])                                                     \
    W2C_LANES2(shape##_min, shape, count, f##_min(x.shape[i], y.shape[i]))                                             \
    W2C_LANES2(shape##_max, shape, count, f##_max(x.shape[i], y.shape[i]))                                             \
    W2C_LANES2(shape##_pmin, shape, count, y.shape[i] < x.shape[i] ? y.shape[i] : x.shape[i])                          \
    W2C_LANES2(shape##_pmax, shape, count, x.shape[i] < y.shape[i] ? y.shape[i] : x.shape[i])                          \
    W2C_LANES1(shape##_abs, shape, count, f##_abs(x.shape[i]))                                                         \
    W2C_LANES1(shape##_neg, shape, count, f##_neg(x.shape[i]))                                                         \
    W2C_LANES1(shape##_sqrt, shape, count, f##_sqrt(x.shape[i]))                                                       \
    W2C_LANES1(shape##_ceil, shape, count, f##_ceil(x.shape[i]))                                                       \
    W2C_LANES1(shape##_floor, shape, count, f##_floor(x.shape[i]))                                                     \
    W2C_LANES1(shape##_trunc, shape, count, f##_trunc(x.shape[i]))                                                     \
    W2C_LANES1(shape##_nearest, shape, count, f##_nearest(x.shape[i]))
W2C_FLOATS(f32x4, f32, s32x4, 4)
W2C_FLOATS(f64x2, f64, s64x2, 2)
#undef W2C_FLOATS

W2C_LANES1(f32x4_convert_i32x4_s, f32x4, 4, (f32)x.s32x4[i])
W2C_LANES1(f32x4_convert_i32x4_u, f32x4, 4, (f32)x.u32x4[i])
W2C_LANES1(f64x2_convert_low_i32x4_s, f64x2, 2, (f64)x.s32x4[i])
W2C_LANES1(f64x2_convert_low_i32x4_u, f64x2, 2, (f64)x.u32x4[i])
W2C_LANES1(f64x2_promote_low_f32x4, f64x2, 2, f64_promote_f32(x.f32x4[i]))
W2C_LANES1(f32x4_demote_f64x2_zero, f32x4, 4, i < 2 ? f32_demote_f64(x.f64x2[i & 1]) : 0)
W2C_LANES1(i32x4_trunc_sat_f32x4_s, u32x4, 4, i32_trunc_sat_f32_s(x.f32x4[i]))
W2C_LANES1(i32x4_trunc_sat_f32x4_u, u32x4, 4, i32_trunc_sat_f32_u(x.f32x4[i]))
W2C_LANES1(i32x4_trunc_sat_f64x2_s_zero, u32x4, 4, i < 2 ? i32_trunc_sat_f64_s(x.f64x2[i & 1]) : 0)
W2C_LANES1(i32x4_trunc_sat_f64x2_u_zero, u32x4, 4, i < 2 ? i32_trunc_sat_f64_u(x.f64x2[i & 1]) : 0)

#undef W2C_COMPARE
#undef W2C_LANES1
#undef W2C_LANES2
#undef W2C_LANES_SHIFT

#endif
