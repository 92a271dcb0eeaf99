/* Runs a program, a module with _start that imports only WASI, by an engine in this process. */
#ifndef W2C_RUN_PROGRAM_H
#define W2C_RUN_PROGRAM_H

#include "live.h"

struct run_request {
    const char *path; /* of the module; for messages, and the guest's argv[0] */
    char **arguments; /* the guest's, behind argv[0]; NULL at the end */
    enum w2c_bounds bounds;
    bool writes_perf_map; /* /tmp/perf-PID.map, by engines that make code in memory */
    /* By tcc, if not NULL: called with `context` once the module is known to be a program, before anything is made of
     * it and while the process has one thread. */
    void (*accepted)(void *context);
    void *context;
};

/* Runs to the end; the exit code for the process. Grants are read from W2C_OPTIONS, and exit codes and reports of traps
 * are the same, as for a compiled program: the runtime's w2c_program_main is what runs it. `module` is valid, and a
 * program (module_has_start, module_foreign_import). One at a time in the process: a program has it for itself.
 *
 * Threads of a guest that has them may still run when this returns. They use the module, its file, and whatever else
 * the caller's frames hold, until the process is gone: the caller must end it with exit(), and not return before. */
int run_program(const struct engine *engine, const struct module *module, const struct run_request *request);

/* The words of argv, closed by NULL, in `arena`. */
char **run_arguments(const struct run_request *request, struct arena *arena, int *count);

/* The records of the imports, in the order of the module's: WASI as the program that runs now has it
 * (w2c_program_wasi). They are in `arena`. */
const struct w2c_extern *run_imports(const struct module *module, struct arena *arena);

#endif
