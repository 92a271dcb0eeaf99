/* The one temporary folder of a build, in $TMPDIR or /tmp. Compilers get it as their TMPDIR too, so nothing of theirs
 * survives it. */
#ifndef W2C_SCRATCH_H
#define W2C_SCRATCH_H

#include "../base/arena.h"

/* Its path, made at the first call; NULL, after a message, if that is impossible. */
const char *scratch_open(void);
/* The path of `name` in the scratch folder, which must be open. */
char *scratch_path(struct arena *arena, const char *name);
/* Removes it with all it holds, if it is open. Any thread may call this. */
void scratch_remove(void);

#endif
