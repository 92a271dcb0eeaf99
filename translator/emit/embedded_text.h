/* The files of include/w2c and rt as bytes inside w2c; build/embed_text.cmake writes the definitions. */
#ifndef W2C_EMBEDDED_TEXT_H
#define W2C_EMBEDDED_TEXT_H

#include <stddef.h>

enum { EMBEDDED_TEXT_MAX = 256 };

struct embedded_text {
    const char *path; /* from the root of the source tree: "include/w2c/w2c.h", "rt/memory.c" */
    const char *bytes;
    size_t size;
};

extern const struct embedded_text embedded_texts[]; /* sources of rt in the order in which they are pasted */
extern const size_t embedded_text_count;

/* Differs whenever a source of the translator or of the runtime does. */
extern const char embedded_build_id[];

#endif
