/* Loading: all of a module is validated before any of it runs, as the specification demands, so an engine may then take
 * its functions one by one as they are called, without a check.
 */
#include "load.h"

#include "../wasm/module_check.h"

bool load_open(struct loaded *loaded, const char *path, const uint8_t *bytes, size_t size, unsigned threads) {
    *loaded = (struct loaded){0};
    if (module_decode(&loaded->module, &loaded->arena, path, bytes, size) &&
        module_validate(&loaded->module, threads)) {
        return true;
    }
    load_close(loaded);
    return false;
}

void load_close(struct loaded *loaded) {
    arena_free(&loaded->arena);
}
