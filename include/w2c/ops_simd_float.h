/* Operators on vectors of floats (spec 4.3.3, lane by lane) for GCC and clang.
 *
 * The rules of ops_float.h hold for each lane: a NaN keeps its payload where only the sign is touched and is quiet
 * after arithmetic, -0 is less than +0. Branches are masks here: comparisons give ones and zeros that choose by bits.
 */
#ifndef W2C_OPS_SIMD_FLOAT_H
#define W2C_OPS_SIMD_FLOAT_H

#include "ops_float.h"
#include "ops_simd_int.h"
#include "ops_simd_lanes.h"

#define W2C_BINARY(name, lanes, operator)                                                                              \
    W2C_ALWAYS_INLINE v128 name(v128 a, v128 b) {                                                                      \
        return (v128)((w2c_##lanes)a operator(w2c_##lanes) b);                                                         \
    }
#define W2C_FLOAT_OPERATORS(shape)                                                                                     \
    W2C_BINARY(shape##_eq, shape, ==)                                                                                  \
    W2C_BINARY(shape##_ne, shape, !=)                                                                                  \
    W2C_BINARY(shape##_lt, shape, <)                                                                                   \
    W2C_BINARY(shape##_gt, shape, >)                                                                                   \
    W2C_BINARY(shape##_le, shape, <=)                                                                                  \
    W2C_BINARY(shape##_ge, shape, >=)                                                                                  \
    W2C_BINARY(shape##_add, shape, +)                                                                                  \
    W2C_BINARY(shape##_sub, shape, -)                                                                                  \
    W2C_BINARY(shape##_mul, shape, *)                                                                                  \
    W2C_BINARY(shape##_div, shape, /)
W2C_FLOAT_OPERATORS(f32x4)
W2C_FLOAT_OPERATORS(f64x2)
#undef W2C_FLOAT_OPERATORS
#undef W2C_BINARY

/* ---- signs ---- */

#define W2C_FLOAT_SIGNS(shape, splat, sign)                                                                            \
    W2C_ALWAYS_INLINE v128 shape##_abs(v128 a) {                                                                       \
        return v128_andnot(a, splat(sign));                                                                            \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_neg(v128 a) {                                                                       \
        return a ^ splat(sign);                                                                                        \
    }
W2C_FLOAT_SIGNS(f32x4, i32x4_splat, 0x80000000u)
W2C_FLOAT_SIGNS(f64x2, i64x2_splat, 0x8000000000000000u)
#undef W2C_FLOAT_SIGNS

/* ---- min, max, square root ---- */

#if W2C_SSE
/* Where a lane is NaN the canonical one, else the value. */
#if W2C_SSE >= 41
W2C_ALWAYS_INLINE v128 w2c_f32x4_or_nan(v128 value, v128 is_nan) {
    return (v128)_mm_blendv_ps(W2C_XF(value), W2C_XF(i32x4_splat(0x7fc00000u)), W2C_XF(is_nan));
}
W2C_ALWAYS_INLINE v128 w2c_f64x2_or_nan(v128 value, v128 is_nan) {
    return (v128)_mm_blendv_pd(W2C_XD(value), W2C_XD(i64x2_splat(0x7ff8000000000000u)), W2C_XD(is_nan));
}
#else
/* All ones, less the payload: the sign does not matter. */
W2C_ALWAYS_INLINE v128 w2c_f32x4_or_nan(v128 value, v128 is_nan) {
    return v128_andnot(value | is_nan, i32x4_shr_u(is_nan, 10));
}
W2C_ALWAYS_INLINE v128 w2c_f64x2_or_nan(v128 value, v128 is_nan) {
    return v128_andnot(value | is_nan, i64x2_shr_u(is_nan, 13));
}
#endif
/* minps gives its second operand if one is NaN or both are zero: in both orders, and the bits joined, that is the right
 * zero. */
#define W2C_MIN_MAX(shape, x, min, max, unordered)                                                                     \
    W2C_ALWAYS_INLINE v128 shape##_min(v128 a, v128 b) {                                                               \
        const v128 smaller = (v128)min(x(a), x(b)) | (v128)min(x(b), x(a));                                            \
        return w2c_##shape##_or_nan(smaller, (v128)unordered(x(a), x(b)));                                             \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_max(v128 a, v128 b) {                                                               \
        const v128 larger = (v128)max(x(a), x(b)) & (v128)max(x(b), x(a));                                             \
        return w2c_##shape##_or_nan(larger, (v128)unordered(x(a), x(b)));                                              \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_pmin(v128 a, v128 b) {                                                              \
        return (v128)min(x(b), x(a));                                                                                  \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_pmax(v128 a, v128 b) {                                                              \
        return (v128)max(x(b), x(a));                                                                                  \
    }
W2C_MIN_MAX(f32x4, W2C_XF, _mm_min_ps, _mm_max_ps, _mm_cmpunord_ps)
W2C_MIN_MAX(f64x2, W2C_XD, _mm_min_pd, _mm_max_pd, _mm_cmpunord_pd)
#undef W2C_MIN_MAX
W2C_ALWAYS_INLINE v128 f32x4_sqrt(v128 a) {
    return (v128)_mm_sqrt_ps(W2C_XF(a));
}
W2C_ALWAYS_INLINE v128 f64x2_sqrt(v128 a) {
    return (v128)_mm_sqrt_pd(W2C_XD(a));
}
#else
/* A sum with a NaN is a quiet NaN; equal operands differ at most in the sign of zero, which joined bits decide. */
#define W2C_MIN_MAX(shape)                                                                                             \
    W2C_ALWAYS_INLINE v128 shape##_pmin(v128 a, v128 b) {                                                              \
        return v128_bitselect(b, a, shape##_lt(b, a));                                                                 \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_pmax(v128 a, v128 b) {                                                              \
        return v128_bitselect(b, a, shape##_lt(a, b));                                                                 \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 w2c_##shape##_or_nan(v128 a, v128 b, v128 ordered) {                                        \
        return v128_bitselect(shape##_add(a, b), ordered, shape##_ne(a, a) | shape##_ne(b, b));                        \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_min(v128 a, v128 b) {                                                               \
        const v128 smaller = v128_bitselect(a | b, shape##_pmin(a, b), shape##_eq(a, b));                              \
        return w2c_##shape##_or_nan(a, b, smaller);                                                                    \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_max(v128 a, v128 b) {                                                               \
        const v128 larger = v128_bitselect(a & b, shape##_pmax(a, b), shape##_eq(a, b));                               \
        return w2c_##shape##_or_nan(a, b, larger);                                                                     \
    }
W2C_MIN_MAX(f32x4)
W2C_MIN_MAX(f64x2)
#undef W2C_MIN_MAX
W2C_ALWAYS_INLINE v128 f32x4_sqrt(v128 a) {
    w2c_f32x4 x = (w2c_f32x4)a;
    for (int i = 0; i < 4; i++)
        x[i] = f32_sqrt(x[i]);
    return (v128)x;
}
W2C_ALWAYS_INLINE v128 f64x2_sqrt(v128 a) {
    const w2c_f64x2 x = (w2c_f64x2)a;
    return (v128)(w2c_f64x2){f64_sqrt(x[0]), f64_sqrt(x[1])};
}
#endif

/* ---- rounding ---- */

#if W2C_SSE >= 41
/* The mode is rounding to nearest, ties to even, in every program; inexact results are nobody's business. */
#define W2C_ROUNDINGS(shape, x, round)                                                                                 \
    W2C_ALWAYS_INLINE v128 shape##_ceil(v128 a) {                                                                      \
        return (v128)round(x(a), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);                                           \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_floor(v128 a) {                                                                     \
        return (v128)round(x(a), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);                                           \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_trunc(v128 a) {                                                                     \
        return (v128)round(x(a), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);                                              \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_nearest(v128 a) {                                                                   \
        return (v128)round(x(a), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);                                       \
    }
W2C_ROUNDINGS(f32x4, W2C_XF, _mm_round_ps)
W2C_ROUNDINGS(f64x2, W2C_XD, _mm_round_pd)
#undef W2C_ROUNDINGS
#else
/* Adding 2^(p-1), where p is the precision, leaves no bits behind the point: the addition itself rounds to nearest. It
 * is done on the magnitude, and the sign comes back with its bit, so that -0.3 becomes -0. What is 2^(p-1) or more has
 * no fraction, and with infinities and NaNs takes the way of a + 0, which makes NaNs quiet. */
#define W2C_ROUNDINGS(shape, splat, sign_bit, precision, one)                                                          \
    W2C_ALWAYS_INLINE v128 w2c_##shape##_rounded(v128 a, v128 magnitude) {                                             \
        const v128 sign = a & splat(sign_bit);                                                                         \
        const v128 is_small = shape##_lt(shape##_abs(a), shape##_splat(precision));                                    \
        return v128_bitselect(magnitude | sign, shape##_add(a, v128_const(0, 0)), is_small);                           \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 w2c_##shape##_magnitude(v128 a) {                                                           \
        const v128 large = shape##_splat(precision);                                                                   \
        return shape##_sub(shape##_add(shape##_abs(a), large), large);                                                 \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_nearest(v128 a) {                                                                   \
        return w2c_##shape##_rounded(a, w2c_##shape##_magnitude(a));                                                   \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_trunc(v128 a) {                                                                     \
        const v128 near = w2c_##shape##_magnitude(a);                                                                  \
        const v128 is_above = shape##_gt(near, shape##_abs(a));                                                        \
        return w2c_##shape##_rounded(a, shape##_sub(near, is_above & shape##_splat(one)));                             \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_floor(v128 a) {                                                                     \
        const v128 near = shape##_nearest(a);                                                                          \
        return shape##_sub(near, shape##_gt(near, a) & shape##_splat(one));                                            \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 shape##_ceil(v128 a) {                                                                      \
        const v128 near = shape##_nearest(a);                                                                          \
        return shape##_add(near, shape##_lt(near, a) & shape##_splat(one)) | (near & splat(sign_bit));                 \
    }
W2C_ROUNDINGS(f32x4, i32x4_splat, 0x80000000u, 0x1p23f, 1.0f)
W2C_ROUNDINGS(f64x2, i64x2_splat, 0x8000000000000000u, 0x1p52, 1.0)
#undef W2C_ROUNDINGS
#endif

/* ---- integers to floats ---- */

W2C_ALWAYS_INLINE v128 f32x4_convert_i32x4_s(v128 a) {
    return (v128) __builtin_convertvector((w2c_s32x4)a, w2c_f32x4);
}
/* Halves convert exactly, and so does the high one times 65536: only the sum rounds. */
W2C_ALWAYS_INLINE v128 f32x4_convert_i32x4_u(v128 a) {
    const v128 high = f32x4_convert_i32x4_s(i32x4_shr_u(a, 16));
    const v128 low = f32x4_convert_i32x4_s(a & i32x4_splat(0xffff));
    return f32x4_add(f32x4_mul(high, f32x4_splat(0x1p16f)), low);
}
/* A number of 32 bits put below the sign and exponent of 2^52 makes the double 2^52 + number. */
W2C_ALWAYS_INLINE v128 f64x2_convert_low_i32x4_u(v128 a) {
    const v128 bits = i64x2_extend_low_i32x4_u(a) | f64x2_splat(0x1p52);
    return f64x2_sub(bits, f64x2_splat(0x1p52));
}
W2C_ALWAYS_INLINE v128 f64x2_convert_low_i32x4_s(v128 a) {
#if W2C_SSE
    return (v128)_mm_cvtepi32_pd(W2C_X(a));
#else
    return (v128)(w2c_f64x2){((w2c_s32x4)a)[0], ((w2c_s32x4)a)[1]};
#endif
}

/* ---- floats to floats ---- */

/* Hidden, lest a compiler fold demotion and promotion and a signalling NaN pass. */
W2C_ALWAYS_INLINE v128 f32x4_demote_f64x2_zero(v128 a) {
    const w2c_f64x2 x = (w2c_f64x2)v128_opaque(a);
#if W2C_SSE
    return (v128)_mm_cvtpd_ps(W2C_XD(x));
#else
    return (v128)(w2c_f32x4){f32_demote_f64(x[0]), f32_demote_f64(x[1]), 0, 0};
#endif
}
W2C_ALWAYS_INLINE v128 f64x2_promote_low_f32x4(v128 a) {
#if W2C_SSE
    return (v128)_mm_cvtps_pd(W2C_XF(a));
#else
    return (v128)(w2c_f64x2){f64_promote_f32(((w2c_f32x4)a)[0]), f64_promote_f32(((w2c_f32x4)a)[1])};
#endif
}

/* ---- floats to integers: NaN gives 0, what is out of range the end of the range ---- */

#if W2C_SSE
/* cvttps2dq gives 0x80000000 for all that does not fit: right for what is too small, one less than right for what is
 * too large. */
W2C_ALWAYS_INLINE v128 i32x4_trunc_sat_f32x4_s(v128 a) {
    const v128 number = a & f32x4_eq(a, a);
    return (v128)_mm_cvttps_epi32(W2C_XF(number)) ^ f32x4_ge(a, f32x4_splat(0x1p31f));
}
/* Below 2^31 the first conversion is right; from there on it gives 2^31, which the second completes. maxps gives its
 * second operand for a NaN. */
W2C_ALWAYS_INLINE v128 i32x4_trunc_sat_f32x4_u(v128 a) {
    const v128 number = (v128)_mm_max_ps(W2C_XF(a), _mm_setzero_ps());
    const v128 low = (v128)_mm_cvttps_epi32(W2C_XF(number));
    const v128 high = (v128)_mm_cvttps_epi32(W2C_XF(f32x4_sub(number, f32x4_splat(0x1p31f))));
    return low | (high & i32x4_shr_s(low, 31)) | f32x4_ge(number, f32x4_splat(0x1p32f));
}
/* A double holds every integer of 32 bits, so the range can be cut before. */
W2C_ALWAYS_INLINE v128 i32x4_trunc_sat_f64x2_s_zero(v128 a) {
    const v128 number = a & f64x2_eq(a, a);
    return (v128)_mm_cvttpd_epi32(_mm_min_pd(W2C_XD(number), _mm_set1_pd(2147483647.0)));
}
W2C_ALWAYS_INLINE v128 i32x4_trunc_sat_f64x2_u_zero(v128 a) {
    const __m128d number = _mm_min_pd(_mm_max_pd(W2C_XD(a), _mm_setzero_pd()), _mm_set1_pd(4294967295.0));
    const v128 low = (v128)_mm_cvttpd_epi32(number);
    const v128 high = (v128)_mm_cvttpd_epi32(_mm_sub_pd(number, _mm_set1_pd(0x1p31)));
    return low | (high & i32x4_shr_s(low, 31));
}
#else
#define W2C_TRUNCATED(from, lanes, i) i32_trunc_sat_##from(((w2c_##lanes)a)[i])
#define W2C_TRUNCATIONS(sign)                                                                                          \
    W2C_ALWAYS_INLINE v128 i32x4_trunc_sat_f32x4_##sign(v128 a) {                                                      \
        return (v128)(w2c_u32x4){W2C_TRUNCATED(f32_##sign, f32x4, 0), W2C_TRUNCATED(f32_##sign, f32x4, 1),             \
                                 W2C_TRUNCATED(f32_##sign, f32x4, 2), W2C_TRUNCATED(f32_##sign, f32x4, 3)};            \
    }                                                                                                                  \
    W2C_ALWAYS_INLINE v128 i32x4_trunc_sat_f64x2_##sign##_zero(v128 a) {                                               \
        return (v128)(w2c_u32x4){W2C_TRUNCATED(f64_##sign, f64x2, 0), W2C_TRUNCATED(f64_##sign, f64x2, 1), 0, 0};      \
    }
W2C_TRUNCATIONS(s)
W2C_TRUNCATIONS(u)
#undef W2C_TRUNCATIONS
#undef W2C_TRUNCATED
#endif

#endif
