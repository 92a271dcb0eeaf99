/* What `perf` reads to name code that is in no file: /tmp/perf-PID.map, a line for each function. */
#ifndef W2C_PERF_MAP_H
#define W2C_PERF_MAP_H

#include "../wasm/module.h"
#include "code_list.h"

/* Writes the map of this process, or a message. `end` is where the last function's code ends at the latest. */
void perf_map_write(const struct code_list *code, uintptr_t end, const struct module *module);

#endif
