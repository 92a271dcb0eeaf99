/* Loads and stores of vectors (spec 4.4.7), over the accesses of ops_memory.h and the operators on lanes. */
#ifndef W2C_OPS_SIMD_MEMORY_H
#define W2C_OPS_SIMD_MEMORY_H

#include "ops_memory.h"
#include "types_simd.h"

/* Under guard the fault of any byte must be kept, also of lanes that nobody looks at: a compiler that saw what becomes
 * of the vector would load only those that are used. */
#if W2C_GNU && !defined(W2C_SIMD_SCALAR)
#if W2C_BOUNDS_IS_GUARD
#define W2C_ALL_BYTES(value) v128_opaque(value)
#else
#define W2C_ALL_BYTES(value) (value)
#endif
#if W2C_BOUNDS_IS_GUARD && W2C_STRICT_TRAPS
W2C_ALWAYS_INLINE v128 w2c_load_v128(const u8 *p) {
    W2C_IN_ORDER();
    v128 value = *(const volatile v128_bytes *)p;
    W2C_IN_ORDER();
    return value;
}
W2C_ALWAYS_INLINE void w2c_store_v128(u8 *p, v128 value) {
    W2C_IN_ORDER();
    *(volatile v128_bytes *)p = value;
    W2C_IN_ORDER();
}
#define v128_load(m, a, o) w2c_load_v128(W2C_ADDRESS(m, a, o, 16))
#define v128_store(m, a, o, v) w2c_store_v128(W2C_ADDRESS(m, a, o, 16), v)
#else
#define v128_load(m, a, o) W2C_ALL_BYTES(*(const v128_bytes *)W2C_ADDRESS(m, a, o, 16))
#define v128_store(m, a, o, v) ((void)(*(v128_bytes *)W2C_ADDRESS(m, a, o, 16) = (v)))
#endif
#else
W2C_INLINE v128 w2c_load_v128(const u8 *p) {
    v128 value;
    memcpy(&value, p, sizeof value);
    return value;
}
W2C_INLINE void w2c_store_v128(u8 *p, v128 value) {
    memcpy(p, &value, sizeof value);
}
#define v128_load(m, a, o) w2c_load_v128(W2C_ADDRESS(m, a, o, 16))
#define v128_store(m, a, o, v) w2c_store_v128(W2C_ADDRESS(m, a, o, 16), v)
#endif

#if !W2C_BOUNDS_IS_GUARD && W2C_GNU && !defined(W2C_SIMD_SCALAR)
#define v128_load_in(m, a, o) (*(const v128_bytes *)W2C_ADDRESS_IN(m, a, o))
#define v128_store_in(m, a, o, v) ((void)(*(v128_bytes *)W2C_ADDRESS_IN(m, a, o) = (v)))
#elif !W2C_BOUNDS_IS_GUARD
#define v128_load_in(m, a, o) w2c_load_v128(W2C_ADDRESS_IN(m, a, o))
#define v128_store_in(m, a, o, v) w2c_store_v128(W2C_ADDRESS_IN(m, a, o), v)
#endif

#define W2C_LOAD_LOW(m, a, o) v128_const(W2C_LOAD(u64, 8, m, a, o), 0)
#define v128_load8x8_s(m, a, o) i16x8_extend_low_i8x16_s(W2C_LOAD_LOW(m, a, o))
#define v128_load8x8_u(m, a, o) i16x8_extend_low_i8x16_u(W2C_LOAD_LOW(m, a, o))
#define v128_load16x4_s(m, a, o) i32x4_extend_low_i16x8_s(W2C_LOAD_LOW(m, a, o))
#define v128_load16x4_u(m, a, o) i32x4_extend_low_i16x8_u(W2C_LOAD_LOW(m, a, o))
#define v128_load32x2_s(m, a, o) i64x2_extend_low_i32x4_s(W2C_LOAD_LOW(m, a, o))
#define v128_load32x2_u(m, a, o) i64x2_extend_low_i32x4_u(W2C_LOAD_LOW(m, a, o))
#define v128_load8_splat(m, a, o) i8x16_splat(W2C_LOAD(u8, 1, m, a, o))
#define v128_load16_splat(m, a, o) i16x8_splat(W2C_LOAD(u16, 2, m, a, o))
#define v128_load32_splat(m, a, o) i32x4_splat(W2C_LOAD(u32, 4, m, a, o))
#define v128_load64_splat(m, a, o) i64x2_splat(W2C_LOAD(u64, 8, m, a, o))
#define v128_load32_zero(m, a, o) v128_const(W2C_LOAD(u32, 4, m, a, o), 0)
#define v128_load64_zero(m, a, o) W2C_LOAD_LOW(m, a, o)
#define v128_load8_lane(m, a, o, v, lane) i8x16_replace_lane(v, W2C_LOAD(u8, 1, m, a, o), lane)
#define v128_load16_lane(m, a, o, v, lane) i16x8_replace_lane(v, W2C_LOAD(u16, 2, m, a, o), lane)
#define v128_load32_lane(m, a, o, v, lane) i32x4_replace_lane(v, W2C_LOAD(u32, 4, m, a, o), lane)
#define v128_load64_lane(m, a, o, v, lane) i64x2_replace_lane(v, W2C_LOAD(u64, 8, m, a, o), lane)
#define v128_store8_lane(m, a, o, v, lane) W2C_STORE(u8, 1, m, a, o, i8x16_extract_lane_u(v, lane))
#define v128_store16_lane(m, a, o, v, lane) W2C_STORE(u16, 2, m, a, o, i16x8_extract_lane_u(v, lane))
#define v128_store32_lane(m, a, o, v, lane) W2C_STORE(u32, 4, m, a, o, i32x4_extract_lane(v, lane))
#define v128_store64_lane(m, a, o, v, lane) W2C_STORE(u64, 8, m, a, o, i64x2_extract_lane(v, lane))

/* Evaluates a vector that nothing uses, for the trap that its load may be. */
W2C_ALWAYS_INLINE void force_v128(v128 value) {
#if W2C_GNU && defined(__x86_64__) && !defined(W2C_SIMD_SCALAR)
    __asm__ volatile("" : : "x"(value));
#else
    force_i64(i64x2_extract_lane(value, 0) | i64x2_extract_lane(value, 1));
#endif
}

#endif
