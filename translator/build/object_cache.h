/* Objects of parts that have been compiled before, in the folder of kept programs (cache.h), under a key of all that
 * makes them: compiler, flags, text. So a module that changes in one function costs one file's compilation. */
#ifndef W2C_OBJECT_CACHE_H
#define W2C_OBJECT_CACHE_H

#include "digest.h"
#include "toolchain.h"

struct object_cache {
    bool is_on;
    struct digest common; /* of what all objects of a build have in common */
};

/* `identity` is what toolchain_identity says. Off if a flag may read or write files that are not in the key, if there
 * is one source only, or no folder. */
struct object_cache object_cache_begin(const struct toolchain *toolchain, const char *identity,
                                       const struct sources *sources);

/* Where the object that `command` makes of `source` is kept, or NULL. `command` is without their paths. */
const char *object_cache_path(const struct object_cache *cache, struct arena *arena, const struct words *command,
                              const char *source);

#endif
