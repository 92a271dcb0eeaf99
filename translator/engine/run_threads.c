/* Programs with threads (wasi-threads), by an engine in this process: an instance for each thread, all of one
 * descriptor, linked to the same memories. What makes and ends threads is the runtime's (rt/threads.c), as for compiled
 * programs.
 *
 * Imports are of the right types, for a program has no others, so the descriptor's functions are called directly: a
 * trap goes to the w2c_try around the thread.
 */
#include "run_threads.h"

#include <string.h>

#include "../wasm/module_facts.h"
#include "w2c/sampling.h"
#include "w2c/threads.h"
#include "w2c/wasi.h"

/* The one program of the process. */
static struct running {
    const struct module *module;
    const struct w2c_module *descriptor;
    struct w2c_extern *imports;
    struct w2c_memory *memories; /* the imported ones */
} running;

static W2C_THREAD_LOCAL struct w2c_instance *own_instance;

static void make_memories(void) {
    const struct module *m = running.module;
    for (uint32_t i = 0; i < m->imported_memory_count; i++) {
        const struct limits *limits = &m->memories[i].type.limits;
        const struct w2c_memory_type type = {.min_pages = limits->min,
                                             .max_pages = limits->max,
                                             .has_max = limits->has_max,
                                             .is_64 = limits->is_64,
                                             .is_shared = limits->is_shared};
        if (!w2c_memory_init(&running.memories[i], type, running.descriptor->bounds)) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
}

static void make_instance(void) {
    struct w2c_error error;
    own_instance = w2c_instance_make(running.descriptor, &error);
    if (!own_instance) w2c_trap_message(error.trap, error.message);
    running.descriptor->link(own_instance, running.imports);
    running.descriptor->start(own_instance);
}

static void call_export(const char *name, const union w2c_value *arguments) {
    struct w2c_extern found;
    const struct w2c_export *description;
    w2c_find_export(own_instance, name, strlen(name), &found, &description);
    description->invoke(found.func, arguments, NULL);
}

static void run(void) {
    make_memories();
    make_instance();
    call_export("_start", NULL);
}

static void start(uint32_t id, uint32_t argument) {
    make_instance();
    call_export("wasi_thread_start", (const union w2c_value[]){{.i32 = id}, {.i32 = argument}});
}

static void leave(void) {
    w2c_instance_delete(own_instance);
}

static struct w2c_func import_record(const struct import *import) {
    const struct w2c_wasi_function *function =
        w2c_wasi_find(import->module.bytes, import->module.size, import->name.bytes, import->name.size);
    if (!function) return (struct w2c_func){.code = (w2c_code)w2c_wasi_thread_spawn, .type = w2c_type_id("i:i")};
    return (struct w2c_func){
        .code = function->code, .context = w2c_program_wasi, .type = w2c_type_id(function->signature)};
}

static void describe_imports(struct arena *arena) {
    const struct module *m = running.module;
    struct w2c_func *records = arena_array(arena, struct w2c_func, m->import_count);
    running.imports = arena_array(arena, struct w2c_extern, m->import_count);
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        if (import->kind == EXTERN_MEMORY) {
            running.imports[i] = (struct w2c_extern){W2C_MEMORY, {.memory = &running.memories[import->idx]}};
        } else {
            records[i] = import_record(import);
            running.imports[i] = (struct w2c_extern){W2C_FUNC, {.func = &records[i]}};
        }
    }
}

static struct arena program_arena; /* lives as long as the threads may: to the end of the process */

static void run_group(struct w2c_wasi *wasi, uint32_t limit, struct w2c_error *error) {
    static const struct w2c_thread_program program = {run, start, leave};
    describe_imports(&program_arena);
    w2c_threads_run(&program, wasi, limit, error);
}

static struct w2c_memory *exported_memory(const struct module *m) {
    const struct export *memory = find_export(m, "memory");
    const bool is_shared = memory && memory->kind == EXTERN_MEMORY && memory->idx < m->imported_memory_count;
    return is_shared ? &running.memories[memory->idx] : NULL;
}

int run_threaded_program(const struct w2c_module *descriptor, const struct module *module,
                         const struct run_request *request) {
    running.module = module;
    running.descriptor = descriptor;
    running.memories = arena_array(&program_arena, struct w2c_memory, module->imported_memory_count);
    const struct w2c_program program = {.abi = W2C_ABI,
                                        .name = descriptor->name,
                                        .function_names = descriptor->function_names,
                                        .function_count = descriptor->function_count,
                                        .grants = "",
                                        .memory = exported_memory(module),
                                        .run_threads = run_group};
    int count;
    char **arguments = run_arguments(request, &program_arena, &count);
    return w2c_sampling_main(&program, count, arguments);
}
