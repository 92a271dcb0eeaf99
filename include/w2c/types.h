/* Short names of the C types that stand for wasm's value types in generated code and in the runtime.
 * Not included by the public headers (w2c.h, wasi.h), which spell out the standard names.
 *
 * An i32 is a u32 and an i64 a u64: wasm integers have no sign, operators do. Signed operators cast. */
#ifndef W2C_TYPES_H
#define W2C_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef float f32;
typedef double f64;

#endif
