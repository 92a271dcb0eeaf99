/* Code that was compiled in memory, kept in a file from which the next run maps it to the same addresses. */
#ifndef W2C_TCC_CODE_CACHE_H
#define W2C_TCC_CODE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/arena.h"
#include "../base/file.h"

struct tcc_program;

struct code_cache {
    const char *path;     /* or NULL: nothing is kept */
    const uint8_t *bytes; /* the file, mapped, if there is one that is whole */
    size_t size;
    uint32_t entered_count; /* functions that came out of it */
};

/* Where code of this module is kept, for this build of w2c; NULL if nothing can be. */
const char *code_cache_path(struct arena *arena, const struct input_file *module);
/* Looks for code at `path` (which may be NULL). True if there is any: then the module was valid. */
bool code_cache_open(struct code_cache *cache, const char *path);
/* When all of the program's state has its place, and nothing is compiled: enters the code that was found, if it was
 * made for the same places. */
void code_cache_enter(struct code_cache *cache, struct tcc_program *program);
/* Writes all code there is, if that is worth it. */
void code_cache_save(struct code_cache *cache, const struct tcc_program *program);
void code_cache_close(struct code_cache *cache);

#endif
