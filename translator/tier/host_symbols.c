/* The table, made from host_symbols.def, and the one variable of a thread that compiled functions read. */
#include "host_symbols.h"

#include <math.h>
#include <string.h>

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
size_t host_stack_limit_distance(void) {
    uintptr_t thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    return thread - (uintptr_t)&w2c_stack_limit;
}
