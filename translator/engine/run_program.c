/* A program in process: the same main() as compiled ones have, around an instance that an engine makes.
 *
 * w2c_sampling_main, which is w2c_program_main unless `w2c profile` asks for samples, calls `run` inside its w2c_try,
 * after WASI is set up. What would be link errors cannot happen, for imports are WASI calls of the right types, so the
 * descriptor's functions are called directly: a trap then goes to that one w2c_try, with all frames, as in a
 * compiled program.
 */
#include "run_program.h"

#include <string.h>

#include "../wasm/module_facts.h"
#include "run_threads.h"
#include "w2c/sampling.h"
#include "w2c/wasi.h"

/* Of the one program: `run` takes no arguments. */
static struct running {
    struct live_module *live;
    struct w2c_instance *instance;
} running;

/* "app.wasm" for "path/app.wasm", as in the messages of compiled programs. */
static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const struct w2c_extern *run_imports(const struct module *m, struct arena *arena) {
    struct w2c_extern *externs = arena_array(arena, struct w2c_extern, m->import_count);
    struct w2c_func *records = arena_array(arena, struct w2c_func, m->import_count);
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        const struct w2c_wasi_function *function =
            w2c_wasi_find(import->module.bytes, import->module.size, import->name.bytes, import->name.size);
        records[i] = (struct w2c_func){function->code, w2c_program_wasi, w2c_type_id(function->signature), NULL};
        externs[i] = (struct w2c_extern){W2C_FUNC, {.func = &records[i]}};
    }
    return externs;
}

static void set_memory(const struct live_instance *instance) {
    const struct export *memory = find_export(instance->live->module, "memory");
    const bool has_memory = memory && memory->kind == EXTERN_MEMORY;
    w2c_wasi_set_memory(w2c_program_wasi, has_memory ? instance->memories[memory->idx] : NULL);
}

/* The start function may call WASI, so it must know the memory before. */
static void run(void) {
    const struct live_module *live = running.live;
    struct w2c_instance *instance = running.instance;
    live->descriptor.link(instance, run_imports(live->module, live->arena));
    set_memory(live_of(instance));
    live->descriptor.start(instance);
    const struct export *start = find_export(live->module, "_start");
    live->engine->invoke(live_of(instance)->funcs[start->idx], NULL, NULL);
}

static int count_words(char **words) {
    int count = 0;
    while (words[count])
        count++;
    return count;
}

char **run_arguments(const struct run_request *request, struct arena *arena, int *count) {
    const int given = count_words(request->arguments);
    char **arguments = arena_array(arena, char *, (size_t)given + 2);
    arguments[0] = arena_copy(arena, request->path, strlen(request->path));
    for (int i = 0; i < given; i++)
        arguments[i + 1] = request->arguments[i];
    *count = given + 1;
    return arguments;
}

static int run_live(const struct run_request *request) {
    const struct live_module *live = running.live;
    const struct w2c_program program = {.abi = W2C_ABI,
                                        .name = live->descriptor.name,
                                        .function_count = live->descriptor.function_count,
                                        .grants = "",
                                        .run = run};
    int count;
    char **arguments = run_arguments(request, live->arena, &count);
    return w2c_sampling_main(&program, count, arguments);
}

/* What the instances are made of stays: see run_threaded_program. */
static int run_threads(const struct engine *engine, const struct module *module, const struct run_request *request) {
    static struct arena arena;
    const struct live_module *live = live_open(module, engine, &arena, file_name(request->path), request->bounds);
    return run_threaded_program(&live->descriptor, module, request);
}

int run_program(const struct engine *engine, const struct module *module, const struct run_request *request) {
    if (module_is_threaded(module)) return run_threads(engine, module, request);
    struct arena arena = {0};
    struct w2c_error error;
    running.live = live_open(module, engine, &arena, file_name(request->path), request->bounds);
    running.instance = w2c_instance_make(&running.live->descriptor, &error);
    int code = 1;
    if (running.instance) {
        code = run_live(request);
        w2c_instance_delete(running.instance);
    } else {
        w2c_error_print(&error, stderr);
    }
    running = (struct running){0};
    arena_free(&arena);
    return code;
}
