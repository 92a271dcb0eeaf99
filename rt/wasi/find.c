/* Calls by name, for libraries that are linked at run time. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "w2c/wasi.h"

static const struct w2c_wasi_function find_functions[] = {
#define WASI_CALL(name, modules, signature, result, parameters) {#name, signature, (w2c_code)w2c_wasi_##name},
#include "w2c/wasi_calls.def"
};

W2C_RT const struct w2c_wasi_function *w2c_wasi_find(const char *name, size_t name_bytes) {
    const size_t count = sizeof(find_functions) / sizeof(find_functions[0]);
    for (size_t i = 0; i < count; i++) {
        const struct w2c_wasi_function *function = &find_functions[i];
        if (strlen(function->name) == name_bytes && memcmp(function->name, name, name_bytes) == 0) {
            return function;
        }
    }
    return NULL;
}
