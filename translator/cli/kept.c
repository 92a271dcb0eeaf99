/* The program of a module out of the cache, or built into it.
 *
 * The key of the cache is a digest of all that can change the program: the module, this version of w2c, the options
 * that shape code, the compiler with its version. Grants are no part of it. They are given when the program
 * starts, in W2C_OPTIONS, so that one kept program serves any grants, and the guest's arguments
 * stay untouched: nothing of ours is among them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "../build/cache.h"
#include "../emit/embedded_text.h"
#include "commands.h"

char *kept_name(const struct options *options) {
    const char *path = options->modules.items[0], *slash = strrchr(path, '/');
    char *name = words_format(options->arena, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    return name;
}

/* All that makes one program different from another; each item with its end or of fixed size, so that no two lists of
 * items look alike. Asking the compiler for its version costs a few milliseconds, and an upgrade is noticed. */
static void make_key(const struct options *options, const struct input_file *module, const char *name,
                     char key[DIGEST_TEXT]) {
    struct text identity = {0};
    toolchain_identity(&options->toolchain, &identity);
    struct digest digest;
    digest_begin(&digest);
    digest_word(&digest, embedded_build_id);
    digest_word(&digest, text_string(&identity));
    digest_word(&digest, name);
    digest_word(&digest, options->translate.check_bounds ? "check" : "guard");
    digest_word(&digest, options->translate.count_blocks ? "counting" : options->translate.is_sampled ? "sampled" : "");
    digest_bytes(&digest, &options->toolchain.level, sizeof options->toolchain.level);
    for (size_t i = 0; i < options->toolchain.flags.count; i++)
        digest_word(&digest, options->toolchain.flags.items[i]);
    digest_word(&digest, "");
    digest_bytes(&digest, module->bytes, module->size);
    digest_end(&digest, key);
    text_free(&identity);
}

static int build(struct options *options, const struct input_file *module, const char *name, const char *path) {
    options->artifact = ARTIFACT_PROGRAM;
    options->translate.input_path = options->modules.items[0];
    options->translate.threads = options->toolchain.parallel;
    struct built built = {0};
    const int code = artifact_build(options, module, name, &built);
    if (code != EXIT_GOOD) return code;
    return cache_add(built.result, path, name) ? EXIT_GOOD : EXIT_BAD_INPUT;
}

char *kept_path_if_possible(struct options *options, const struct input_file *module) {
    char key[DIGEST_TEXT];
    make_key(options, module, kept_name(options), key);
    return cache_path_if_possible(options->arena, key);
}

static char *kept_path(struct options *options, const struct input_file *module) {
    char key[DIGEST_TEXT];
    make_key(options, module, kept_name(options), key);
    return cache_path(options->arena, key);
}

int kept_program(struct options *options, const struct input_file *module, char **path) {
    if (!toolchain_find(&options->toolchain, options->compiler)) return EXIT_BAD_INPUT;
    *path = kept_path(options, module);
    if (!*path) return EXIT_BAD_INPUT;
    if (cache_is_whole(*path)) return EXIT_GOOD;
    return build(options, module, kept_name(options), *path);
}
