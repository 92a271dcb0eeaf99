/* Functions of this process that compiled code calls: host.def, with addresses. */
#ifndef W2C_TCC_HOST_H
#define W2C_TCC_HOST_H

#include "../base/text.h"
#include "../wasm/ops.h"
#include "w2c/w2c.h"

struct host_function {
    const char *name;
    const char *result;     /* C text */
    const char *parameters; /* C text, with its brackets */
    w2c_code code;
};

extern const struct host_function host_functions[];
extern const size_t host_function_count;

/* Those for vectors, which most modules do not need. */
extern const struct host_function host_vectors[];
extern const size_t host_vector_count;

/* Prototypes of all of them, for code that gets the addresses as symbols. */
void host_prototypes(struct text *out, bool with_vectors);
/* Macros by which each is called through a pointer at `table` + 8 * its place in host_functions. */
void host_macros(struct text *out, uint64_t table);
/* The same for those for vectors, which come behind the others. */
void host_vector_macros(struct text *out, uint64_t table);

/* Atomic operators, by their order in ops_atomic.def; code for tcc calls them by address (emit_tcc_atomic). */
enum { HOST_ATOMICS = OP_I64_ATOMIC_RMW32_CMPXCHG - OP_MEMORY_ATOMIC_NOTIFY + 1 };
extern const struct host_function host_atomics[HOST_ATOMICS];
void host_atomic_prototypes(struct text *out);

/* What code with objects calls (host_gc.def). */
enum {
#define HOST(result, name, parameters, arguments) HOST_HEAP_##name,
#include "host_gc.def"
#undef HOST
    HOST_HEAP
};
extern const struct host_function host_heap[HOST_HEAP];
void host_heap_prototypes(struct text *out);
void host_heap_macros(struct text *out, uint64_t table);

#endif
