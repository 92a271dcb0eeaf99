/* A module from bytes to "valid and ready for live_open": what engines in this process start with. */
#ifndef W2C_LOAD_H
#define W2C_LOAD_H

#include "../base/arena.h"
#include "../wasm/module.h"

/* The module points into the bytes and into the arena, so all three live and die together. */
struct loaded {
    struct arena arena;
    struct module module;
};

/* Decodes the bytes of a file and validates all function bodies on up to `threads` threads (0: all processors). False
 * after a message on standard error; then there is nothing to close. `path` is for messages and must outlive it. */
bool load_open(struct loaded *loaded, const char *path, const uint8_t *bytes, size_t size, unsigned threads);
void load_close(struct loaded *loaded);

#endif
