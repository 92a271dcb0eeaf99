/* Runs a program with threads by an engine in this process. */
#ifndef W2C_RUN_THREADS_H
#define W2C_RUN_THREADS_H

#include "run_program.h"

/* As run_program, for a module that module_is_threaded. `descriptor` is of this module, for any number of instances.
 * When it returns, threads of the guest may still run: descriptor and module must stay to the end of the process. */
int run_threaded_program(const struct w2c_module *descriptor, const struct module *module,
                         const struct run_request *request);

#endif
