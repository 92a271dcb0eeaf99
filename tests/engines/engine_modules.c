/* Modules from files, run by an engine in this process.
 *
 * A module stays open to the end: instances whose start trapped may live on, if others have got references to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "engine/load.h"
#include "interp/interp.h"
#include "tcc/tcc.h"
#include "test_modules.h"

struct opened {
    struct opened *next;
    char *path;
    struct input_file file;
    struct loaded loaded;
    const struct w2c_module *module;
    struct tcc_library *library;
};

static struct opened *opened_modules;
static enum w2c_bounds bounds;

/* ---- engines ---- */

static const struct w2c_module *open_interp(struct opened *opened) {
    return &live_open(&opened->loaded.module, &interp_engine, &opened->loaded.arena, opened->path, bounds)->descriptor;
}

static const struct w2c_module *open_tcc(struct opened *opened) {
    opened->library = tcc_library_open(&opened->loaded.module, opened->path);
    return opened->library ? tcc_library_module(opened->library) : NULL;
}

static const struct test_engine {
    const char *name;
    const struct w2c_module *(*open)(struct opened *opened);
    bool has_check; /* knows both kinds of bounds */
} engines[] = {
    {"interp", open_interp, true},
    {"tcc", open_tcc, false},
};

static const struct test_engine *engine;

bool test_modules_begin(int count, char **words) {
    if (count != 2) return false;
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        if (strcmp(engines[i].name, words[0]) == 0) engine = &engines[i];
    }
    bounds = strcmp(words[1], "check") == 0 ? W2C_BOUNDS_CHECK : W2C_BOUNDS_GUARD;
    if (bounds == W2C_BOUNDS_GUARD && strcmp(words[1], "guard") != 0) return false;
    return engine && (engine->has_check || bounds == W2C_BOUNDS_GUARD);
}

enum w2c_bounds test_modules_bounds(void) {
    return bounds;
}

/* ---- files ---- */

static bool open_module(struct opened *opened) {
    if (!input_open(&opened->file, opened->path)) {
        perror(opened->path);
        return false;
    }
    if (!load_open(&opened->loaded, opened->path, opened->file.bytes, opened->file.size, 1)) return false;
    opened->module = engine->open(opened);
    return opened->module != NULL;
}

const struct w2c_module *test_modules_find(const char *name) {
    for (const struct opened *opened = opened_modules; opened; opened = opened->next) {
        if (strcmp(opened->path, name) == 0) return opened->module;
    }
    struct opened *opened = calloc(1, sizeof *opened);
    if (!opened) return NULL;
    opened->path = strdup(name);
    opened->next = opened_modules;
    opened_modules = opened;
    if (opened->path && !open_module(opened)) opened->module = NULL;
    return opened->module;
}

static void close_module(struct opened *opened) {
    if (opened->library) tcc_library_close(opened->library);
    load_close(&opened->loaded);
    input_close(&opened->file);
    free(opened->path);
    free(opened);
}

void test_modules_end(void) {
    while (opened_modules) {
        struct opened *next = opened_modules->next;
        close_module(opened_modules);
        opened_modules = next;
    }
}
