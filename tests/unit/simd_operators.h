/* Every operator on vectors, as a function of one type: for tests that run one implementation against another. */
#ifndef W2C_SIMD_OPERATORS_H
#define W2C_SIMD_OPERATORS_H

#include <stddef.h>
#include <stdint.h>

struct simd_input {
    uint8_t vectors[3][16];
    uint64_t number;    /* the operand that is no vector, its bits */
    unsigned lane;      /* reduced modulo what the operator has */
    uint8_t memory[32]; /* an access is at 8 and stays within */
};

struct simd_operator {
    const char *name;
    /* The vector, or the number in its first bytes and zeros. A store gives what is in memory at 8 to 24 after it. */
    void (*run)(const struct simd_input *input, uint8_t result[16]);
};

/* One array of all operators, in the order of ops_simd.def, for each way to compile w2c/ops_simd.h. */
enum { SIMD_OPERATOR_COUNT = 255 };
extern const struct simd_operator simd_scalar[SIMD_OPERATOR_COUNT];
extern const struct simd_operator simd_portable[SIMD_OPERATOR_COUNT]; /* vectors, no instruction of x86 named */
extern const struct simd_operator simd_sse2[SIMD_OPERATOR_COUNT];
extern const struct simd_operator simd_ssse3[SIMD_OPERATOR_COUNT];
extern const struct simd_operator simd_sse41[SIMD_OPERATOR_COUNT];
extern const struct simd_operator simd_avx2[SIMD_OPERATOR_COUNT]; /* and fused multiplications, not to be used */

#endif
