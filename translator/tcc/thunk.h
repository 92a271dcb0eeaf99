/* What stands for a function that has not been compiled: a few instructions, which have it compiled and go on into it.
 * x86-64 alone; elsewhere everything is compiled before the start. */
#ifndef W2C_TCC_THUNK_H
#define W2C_TCC_THUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__APPLE__)
#define THUNKS_WORK 1
#else
#define THUNKS_WORK 0
#endif

enum { THUNK_BYTES = 16 };

/* Compiles the function and returns its code. Runs on a stack of its own; may trap. */
typedef void *(*thunk_resolver)(uint32_t func_idx);

/* Gives the resolver its stack. False without memory. Process-wide. */
bool thunk_open(thunk_resolver resolver);
/* Bytes of the thunks of `count` functions, and where in the block the thunk of one is. */
static inline size_t thunk_block_bytes(uint32_t count) {
    return THUNK_BYTES * ((size_t)count + 1);
}
static inline void *thunk_at(uint8_t *block, uint32_t func_idx) {
    return block + THUNK_BYTES * ((size_t)func_idx + 1);
}
void thunk_write(uint8_t *block, uint32_t count);

#endif
