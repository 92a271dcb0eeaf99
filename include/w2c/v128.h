/* The C type of WebAssembly's vectors of 128 bits: as parameters and results of functions, as cells of globals.
 *
 * It is a vector of the compiler's where there are such, so that it is passed in one register, and a struct elsewhere.
 * Code of the two kinds cannot call each other with vectors. Byte i of the vector is byte i of the object, and memcpy
 * gets it out of one and into one; compilers with vectors also convert it to theirs by a cast:
 *
 *     w2c_v128 sum = adder_add(a, (w2c_v128)_mm_set1_epi32(1), (w2c_v128){1, 2});
 *     memcpy(bytes, &sum, sizeof sum);
 */
#ifndef W2C_V128_H
#define W2C_V128_H

#include <stdint.h>

/* W2C_SIMD_SCALAR asks for the form that every C compiler has. */
#if defined(__GNUC__) && !defined(__TINYC__) && !defined(W2C_SIMD_SCALAR)
typedef uint64_t w2c_v128 __attribute__((vector_size(16)));
#else
struct w2c_v128 {
    uint64_t low, high;
};
typedef struct w2c_v128 w2c_v128;
#endif

#endif
