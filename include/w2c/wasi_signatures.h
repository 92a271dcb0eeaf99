/* The names and types of the WASI functions, for who links or translates by name. */
#ifndef W2C_WASI_SIGNATURES_H
#define W2C_WASI_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "config.h"

enum w2c_wasi_modules { W2C_WASI_IN_BOTH, W2C_WASI_IN_PREVIEW1, W2C_WASI_IN_UNSTABLE };

struct w2c_wasi_signature {
    const char *name;      /* the C function is w2c_wasi_NAME */
    const char *signature; /* in the letters of w2c.h */
    enum w2c_wasi_modules modules;
};

static const struct w2c_wasi_signature w2c_wasi_signatures[] = {
#define WASI_CALL(name, modules, signature, result, parameters) {#name, signature, W2C_WASI_IN_##modules},
#include "wasi_calls.def"
};

/* The name under which it is imported. */
W2C_INLINE const char *w2c_wasi_import_name(const struct w2c_wasi_signature *row) {
    return row->modules == W2C_WASI_IN_UNSTABLE ? row->name + strlen("unstable_") : row->name;
}

W2C_INLINE bool w2c_wasi_is_name(const char *name, const char *bytes, size_t size) {
    return strlen(name) == size && memcmp(name, bytes, size) == 0;
}

/* The row that serves an import, or NULL. */
W2C_INLINE const struct w2c_wasi_signature *w2c_wasi_find_signature(const char *module, size_t module_bytes,
                                                                    const char *name, size_t name_bytes) {
    const bool is_preview1 = w2c_wasi_is_name("wasi_snapshot_preview1", module, module_bytes);
    if (!is_preview1 && !w2c_wasi_is_name("wasi_unstable", module, module_bytes)) {
        return NULL;
    }
    const enum w2c_wasi_modules other = is_preview1 ? W2C_WASI_IN_UNSTABLE : W2C_WASI_IN_PREVIEW1;
    for (size_t i = 0; i < sizeof(w2c_wasi_signatures) / sizeof(w2c_wasi_signatures[0]); i++) {
        const struct w2c_wasi_signature *row = &w2c_wasi_signatures[i];
        if (row->modules != other && w2c_wasi_is_name(w2c_wasi_import_name(row), name, name_bytes)) {
            return row;
        }
    }
    return NULL;
}

#endif
