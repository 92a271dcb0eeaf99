/* Integers of 128 bits as two of 64, the low half first (wide arithmetic). Only modules that use it include this.
 *
 * The sums are written so that compilers find the add and adc of them; the products need a type of 128 bits to become
 * one instruction, and are put together from four where there is none. */
#ifndef W2C_OPS_WIDE_H
#define W2C_OPS_WIDE_H

#include "types.h"

struct w2c_wide {
    u64 low, high;
};

W2C_INLINE struct w2c_wide i64_add128(u64 a_low, u64 a_high, u64 b_low, u64 b_high) {
    const u64 low = a_low + b_low;
    return (struct w2c_wide){low, a_high + b_high + (low < a_low)};
}

W2C_INLINE struct w2c_wide i64_sub128(u64 a_low, u64 a_high, u64 b_low, u64 b_high) {
    return (struct w2c_wide){a_low - b_low, a_high - b_high - (a_low < b_low)};
}

/* In digits of 32 bits: no sum here exceeds 2^64 - 1, since (2^32 - 1)^2 + 2 (2^32 - 1) is that. */
W2C_INLINE struct w2c_wide w2c_mul_digits_u(u64 a, u64 b) {
    const u64 a_low = (u32)a, a_high = a >> 32, b_low = (u32)b, b_high = b >> 32;
    const u64 lowest = a_low * b_low;
    const u64 middle = a_high * b_low + (lowest >> 32);
    const u64 other = a_low * b_high + (u32)middle;
    return (struct w2c_wide){a * b, a_high * b_high + (middle >> 32) + (other >> 32)};
}

/* A negative operand, read without sign, is too large by 2^64: the product by the other operand times that. */
W2C_INLINE struct w2c_wide w2c_mul_digits_s(u64 a, u64 b) {
    struct w2c_wide product = w2c_mul_digits_u(a, b);
    if ((s64)a < 0) product.high -= b;
    if ((s64)b < 0) product.high -= a;
    return product;
}

/* W2C_NO_INT128 asks for the form that every C compiler has. */
#if defined(__SIZEOF_INT128__) && !defined(W2C_NO_INT128)
__extension__ typedef unsigned __int128 w2c_u128;
__extension__ typedef __int128 w2c_s128;

W2C_INLINE struct w2c_wide i64_mul_wide_u(u64 a, u64 b) {
    const w2c_u128 product = (w2c_u128)a * b;
    return (struct w2c_wide){(u64)product, (u64)(product >> 64)};
}
W2C_INLINE struct w2c_wide i64_mul_wide_s(u64 a, u64 b) {
    const w2c_u128 product = (w2c_u128)((w2c_s128)(s64)a * (s64)b);
    return (struct w2c_wide){(u64)product, (u64)(product >> 64)};
}
#else
W2C_INLINE struct w2c_wide i64_mul_wide_u(u64 a, u64 b) {
    return w2c_mul_digits_u(a, b);
}
W2C_INLINE struct w2c_wide i64_mul_wide_s(u64 a, u64 b) {
    return w2c_mul_digits_s(a, b);
}
#endif

#endif
