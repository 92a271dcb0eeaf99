/* The functions that carry out atomic operators, each on operands in slots; its result replaces the first. */
#ifndef W2C_INTERP_RUN_ATOMIC_H
#define W2C_INTERP_RUN_ATOMIC_H

#include "../wasm/ops.h"
#include "code.h"

typedef void interp_atomic(const struct w2c_memory *memory, uint64_t offset, union slot *operands);

enum { ATOMIC_OPERATORS = OP_I64_ATOMIC_RMW32_CMPXCHG - OP_MEMORY_ATOMIC_NOTIFY + 1 };
/* By operator, from the first of ops_atomic.def. None for the fence. */
extern interp_atomic *const interp_atomics[ATOMIC_OPERATORS];

#endif
