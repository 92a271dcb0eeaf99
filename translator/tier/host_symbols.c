/* The table, made from host_symbols.def, and the variables of a thread that compiled functions read. */
#include "host_symbols.h"

#include <math.h>
#include <string.h>

#include "w2c/exception.h"
#include "w2c/ops_stack.h"
#include "w2c/ops_table.h"
#include "w2c/wasi.h"

int __popcountdi2(long value); /* libgcc has it, and no header says so */

const struct host_symbol host_symbols[] = {
#define HOST(name) {#name, (w2c_code)name},
#include "host_symbols.def"
};
const size_t host_symbol_count = sizeof host_symbols / sizeof host_symbols[0];

/* Variables of the program itself lie below the thread pointer, at a distance that the linker chose. */
static size_t distance_to(const void *variable) {
    uintptr_t thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    return thread - (uintptr_t)variable;
}

void host_variables(struct host_variable variables[HOST_VARIABLES]) {
    const struct host_variable limit = {"w2c_stack_limit", distance_to(&w2c_stack_limit)};
    const struct host_variable pending = {"w2c_pending", distance_to(&w2c_pending)};
    const bool is_limit_first = limit.distance > pending.distance;
    variables[0] = is_limit_first ? limit : pending;
    variables[1] = is_limit_first ? pending : limit;
}
