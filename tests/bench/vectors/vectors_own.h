/* The names of wasm_simd128.h, as far as the kernels use them, for w2c/ops_simd.h. */
#ifndef W2C_VECTORS_OWN_H
#define W2C_VECTORS_OWN_H

#ifdef __wasm__ /* as a module, for the engines */
#include <wasm_simd128.h>
#else

#define W2C_BOUNDS_IS_GUARD 1
#include "w2c/ops_simd.h"

typedef v128 v128_t;
#define wasm_v128_load(p) (*(const v128_bytes *)(p))
#define wasm_v128_store(p, v) (*(v128_bytes *)(p) = (v))
#define wasm_i8x16_splat i8x16_splat
#define wasm_i16x8_splat i16x8_splat
#define wasm_i32x4_splat i32x4_splat
#define wasm_i64x2_splat i64x2_splat
#define wasm_f32x4_splat f32x4_splat
#define wasm_i8x16_shuffle i8x16_shuffle
#define wasm_i8x16_swizzle i8x16_swizzle
#define wasm_v128_and v128_and
#define wasm_v128_or v128_or
#define wasm_v128_xor v128_xor
#define wasm_v128_bitselect v128_bitselect
#define wasm_v128_any_true v128_any_true
#define wasm_i32x4_extract_lane i32x4_extract_lane
#define wasm_i8x16_add i8x16_add
#define wasm_i8x16_lt i8x16_lt_s
#define wasm_u8x16_shr i8x16_shr_u
#define wasm_u8x16_add_sat i8x16_add_sat_u
#define wasm_u8x16_sub_sat i8x16_sub_sat_u
#define wasm_u8x16_avgr i8x16_avgr_u
#define wasm_i8x16_popcnt i8x16_popcnt
#define wasm_u16x8_extadd_pairwise_u8x16 i16x8_extadd_pairwise_i8x16_u
#define wasm_u32x4_extadd_pairwise_u16x8 i32x4_extadd_pairwise_i16x8_u
#define wasm_i16x8_shl i16x8_shl
#define wasm_u16x8_shr i16x8_shr_u
#define wasm_i16x8_q15mulr_sat i16x8_q15mulr_sat_s
#define wasm_u8x16_narrow_i16x8 i8x16_narrow_i16x8_u
#define wasm_i32x4_add i32x4_add
#define wasm_i32x4_dot_i16x8 i32x4_dot_i16x8_s
#define wasm_i32x4_trunc_sat_f32x4 i32x4_trunc_sat_f32x4_s
#define wasm_i64x2_add i64x2_add
#define wasm_i64x2_mul i64x2_mul
#define wasm_u64x2_shr i64x2_shr_u
#define wasm_i64x2_lt i64x2_lt_s
#define wasm_f32x4_convert_i32x4 f32x4_convert_i32x4_s
#define wasm_f32x4_add f32x4_add
#define wasm_f32x4_sub f32x4_sub
#define wasm_f32x4_mul f32x4_mul
#define wasm_f32x4_lt f32x4_lt
#define wasm_f32x4_min f32x4_min
#define wasm_f32x4_max f32x4_max
#define wasm_f32x4_floor f32x4_floor

#endif
#endif
