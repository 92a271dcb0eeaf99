/* The names and types of the WASI preview 1 functions, for who links or translates by name. */
#ifndef W2C_WASI_SIGNATURES_H
#define W2C_WASI_SIGNATURES_H

static const struct {
    const char *name;
    const char *signature; /* in the letters of w2c.h */
} wasi_signatures[] = {
#define WASI_CALL(name, modules, signature, result, parameters) {#name, signature},
#include "wasi_calls.def"
};

#endif
