/* Short names for vectors in generated code: w2c/types.h for modules that have them. A constant is written as
 * `(v128){low, high}`, whatever the type is. */
#ifndef W2C_TYPES_SIMD_H
#define W2C_TYPES_SIMD_H

#include "types.h"
#include "v128.h"

typedef w2c_v128 v128;
/* One that may be at any address, as in union w2c_value. */
#if W2C_GNU && !defined(W2C_SIMD_SCALAR)
typedef w2c_v128 v128_bytes W2C_UNALIGNED;
#else
typedef w2c_v128 v128_bytes;
#endif

#endif
