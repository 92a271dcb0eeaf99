/* Relaxed SIMD (spec 4.3.6): operators of which the specification allows several results.
 *
 * One result everywhere, whatever compiler and machine: that of the operator which is not relaxed, where there is one,
 * so that a module computes the same in every engine of w2c and on every host. A multiplication with an addition
 * rounds twice. The dot product takes both operands as signed and saturates the sum of two products, which only
 * -128 * -128 + -128 * -128 needs. */
#ifndef W2C_OPS_SIMD_RELAXED_H
#define W2C_OPS_SIMD_RELAXED_H

#include "types_simd.h"

#define W2C_RELAXED1(name, operator)                                                                                   \
    W2C_ALWAYS_INLINE v128 name(v128 a) {                                                                              \
        return operator(a);                                                                                            \
    }
#define W2C_RELAXED2(name, operator)                                                                                   \
    W2C_ALWAYS_INLINE v128 name(v128 a, v128 b) {                                                                      \
        return operator(a, b);                                                                                         \
    }
#define W2C_RELAXED3(name, value)                                                                                      \
    W2C_ALWAYS_INLINE v128 name(v128 a, v128 b, v128 c) {                                                              \
        return value;                                                                                                  \
    }
W2C_RELAXED2(i8x16_relaxed_swizzle, i8x16_swizzle)
W2C_RELAXED1(i32x4_relaxed_trunc_f32x4_s, i32x4_trunc_sat_f32x4_s)
W2C_RELAXED1(i32x4_relaxed_trunc_f32x4_u, i32x4_trunc_sat_f32x4_u)
W2C_RELAXED1(i32x4_relaxed_trunc_f64x2_s_zero, i32x4_trunc_sat_f64x2_s_zero)
W2C_RELAXED1(i32x4_relaxed_trunc_f64x2_u_zero, i32x4_trunc_sat_f64x2_u_zero)
W2C_RELAXED3(f32x4_relaxed_madd, f32x4_add(f32x4_mul(a, b), c))
W2C_RELAXED3(f32x4_relaxed_nmadd, f32x4_add(f32x4_mul(f32x4_neg(a), b), c))
W2C_RELAXED3(f64x2_relaxed_madd, f64x2_add(f64x2_mul(a, b), c))
W2C_RELAXED3(f64x2_relaxed_nmadd, f64x2_add(f64x2_mul(f64x2_neg(a), b), c))
W2C_RELAXED3(i8x16_relaxed_laneselect, v128_bitselect(a, b, c))
W2C_RELAXED3(i16x8_relaxed_laneselect, v128_bitselect(a, b, c))
W2C_RELAXED3(i32x4_relaxed_laneselect, v128_bitselect(a, b, c))
W2C_RELAXED3(i64x2_relaxed_laneselect, v128_bitselect(a, b, c))
W2C_RELAXED2(f32x4_relaxed_min, f32x4_min)
W2C_RELAXED2(f32x4_relaxed_max, f32x4_max)
W2C_RELAXED2(f64x2_relaxed_min, f64x2_min)
W2C_RELAXED2(f64x2_relaxed_max, f64x2_max)
W2C_RELAXED2(i16x8_relaxed_q15mulr_s, i16x8_q15mulr_sat_s)

W2C_ALWAYS_INLINE v128 i16x8_relaxed_dot_i8x16_i7x16_s(v128 a, v128 b) {
    const v128 low = i32x4_dot_i16x8_s(i16x8_extend_low_i8x16_s(a), i16x8_extend_low_i8x16_s(b));
    const v128 high = i32x4_dot_i16x8_s(i16x8_extend_high_i8x16_s(a), i16x8_extend_high_i8x16_s(b));
    return i16x8_narrow_i32x4_s(low, high);
}
W2C_RELAXED3(i32x4_relaxed_dot_i8x16_i7x16_add_s,
             i32x4_add(i32x4_extadd_pairwise_i16x8_s(i16x8_relaxed_dot_i8x16_i7x16_s(a, b)), c))
#undef W2C_RELAXED1
#undef W2C_RELAXED2
#undef W2C_RELAXED3

#endif
