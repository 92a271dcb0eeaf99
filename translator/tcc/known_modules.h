/* Digests of modules, remembered by what the system says of their files. */
#ifndef W2C_TCC_KNOWN_MODULES_H
#define W2C_TCC_KNOWN_MODULES_H

#include "../base/arena.h"
#include "../base/file.h"
#include "../build/digest.h"

/* Continues `digest`, which has what else matters, with the module's bytes; false if there is no cache. */
bool known_module_key(struct arena *arena, const struct digest *digest, const struct input_file *module,
                      char key[DIGEST_TEXT]);

#endif
