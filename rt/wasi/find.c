/* Calls by name, for libraries that are linked at run time. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "w2c/wasi.h"
#include "w2c/wasi_signatures.h"

/* In the order of w2c_wasi_signatures. */
static const struct w2c_wasi_function find_functions[] = {
#define WASI_CALL(name, modules, signature, result, parameters) {#name, signature, (w2c_code)w2c_wasi_##name},
#include "w2c/wasi_calls.def"
};

W2C_RT const struct w2c_wasi_function *w2c_wasi_find(const char *module, size_t module_bytes, const char *name,
                                                     size_t name_bytes) {
    const struct w2c_wasi_signature *row = w2c_wasi_find_signature(module, module_bytes, name, name_bytes);
    return row ? &find_functions[row - w2c_wasi_signatures] : NULL;
}
