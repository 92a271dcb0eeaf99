/* Programs that run in this process: which engine is meant by which name, and what comes before it.
 *
 * What the guest may touch is in W2C_OPTIONS by then (command_run.c), where the runtime's main() of programs reads it,
 * whatever runs the code.
 */
#include <stdlib.h>
#include <string.h>

#include "../build/report.h"
#include "../engine/load.h"
#include "../engine/run_program.h"
#include "../interp/interp.h"
#include "../tcc/tcc.h"
#include "../wasm/module_facts.h"
#include "commands.h"

static int run_loaded(struct options *options, const struct module *module, const struct run_request *request) {
    const bool is_program = module_has_start(module) && !module_foreign_import(module);
    const struct translate_result shape = {.is_program = is_program};
    options->artifact = ARTIFACT_PROGRAM;
    const int code = artifact_check_shape(options, &shape);
    if (code != EXIT_GOOD) module_report_wasi_types(module, request->path);
    return code == EXIT_GOOD ? run_program(&interp_engine, module, request) : code;
}

static int run_interp(struct options *options, const struct input_file *file, const struct run_request *request) {
    struct loaded loaded;
    interp_configure((enum interp_memory)options->memory_helper, NULL, NULL);
    if (!load_open(&loaded, request->path, file->bytes, file->size, options->toolchain.parallel)) return EXIT_BAD_INPUT;
    const int code = run_loaded(options, &loaded.module, request);
    if (module_is_threaded(&loaded.module)) exit(code); /* see run_program.h */
    load_close(&loaded);
    return code;
}

static int run_tcc(struct options *options, const struct input_file *file, const struct run_request *request) {
    (void)options;
    return tcc_run_program(file, request, !request->writes_perf_map); /* perf would look into the file of kept code */
}

/* An engine that is not here runs programs as other processes. */
static const struct runner {
    const char *name;
    bool can_check; /* knows --bounds=check */
    int (*run)(struct options *options, const struct input_file *file, const struct run_request *request);
} runners[] = {
    {"interp", true, run_interp},
    {"tcc", false, run_tcc},
    {"auto", false, run_auto},
};

static const struct runner *find_runner(const char *name) {
    for (size_t i = 0; i < sizeof runners / sizeof runners[0]; i++) {
        if (strcmp(runners[i].name, name) == 0) return &runners[i];
    }
    return NULL;
}

bool run_is_in_process(const char *engine) {
    return find_runner(engine) != NULL;
}

int run_in_process(struct options *options, const struct input_file *file) {
    const struct runner *runner = find_runner(options->engine);
    const bool checks = options->translate.check_bounds;
    if (checks && !runner->can_check) {
        report("--engine=%s protects memory by guard pages only, not by --bounds=check", runner->name);
        return EXIT_BAD_USAGE;
    }
    const struct run_request request = {.path = options->modules.items[0],
                                        .arguments = options->guest_arguments,
                                        .bounds = checks ? W2C_BOUNDS_CHECK : W2C_BOUNDS_GUARD,
                                        .writes_perf_map = options->wants_perf_map};
    return runner->run(options, file, &request);
}
