/* Sets of indices, a bit for each, in arrays of bytes that have count / 8 + 1 of them. */
#ifndef W2C_BITS_H
#define W2C_BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool has_bit(const unsigned char *bits, uint32_t i) {
    return bits[i / 8] & 1u << i % 8;
}

static inline void set_bit(unsigned char *bits, uint32_t i) {
    bits[i / 8] |= (unsigned char)(1u << i % 8);
}

#endif
