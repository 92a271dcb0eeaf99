/* Pasting the runtime's own text into the C that is written, so that the result needs nothing of ours.
 *
 * A text is copied with every local include (`#include "..."`) replaced by the text of that file: searched beside
 * the including file, then in include/, then in rt/. Headers are pasted once over the life of one
 * `struct amalgam`, at their first inclusion; a .def file is a table that each inclusion expands
 * differently, so it is pasted every time. `#include <...>` stays.
 *
 * One amalgam stands for one translation unit:
 *
 *     struct amalgam amalgam = {0};
 *     amalgam_write(out, &amalgam, "w2c/ops_memory.h");
 *     amalgam_runtime(out, &amalgam, AMALGAM_PROGRAM, true);
 *
 * Because only the first inclusion pastes, a local include in rt/ or include/ must not stand in an #if
 * that may be false (an include guard is fine).
 */
#ifndef W2C_AMALGAM_H
#define W2C_AMALGAM_H

#include <stdbool.h>

#include "../base/text.h"
#include "embedded_text.h"

/* What this translation unit has already. Starts zeroed; owns nothing. */
struct amalgam {
    bool is_pasted[EMBEDDED_TEXT_MAX];
    bool with_types;   /* a program needs the registry of types; libraries always do */
    bool with_heap;    /* there are objects */
    bool omits_system; /* leave out #include <...>: for a compiler that has no headers but what was pasted */
};

enum amalgam_kind { AMALGAM_PROGRAM, AMALGAM_LIBRARY };

/* Appends the text of `path` ("w2c/w2c.h", "rt/memory.c", "include/w2c/w2c.h"), unless it was pasted before.
 * There must be such a file. */
void amalgam_write(struct text *out, struct amalgam *amalgam, const char *path);

/* Appends the sources of the runtime that a program or a library needs. A program always has WASI. */
void amalgam_runtime(struct text *out, struct amalgam *amalgam, enum amalgam_kind kind, bool with_wasi);

#endif
