/* The code addresses on the stack, by the unwinder that comes with the compiler.
 *
 * It reads the unwind tables that gcc and clang write by default, so generated code needs no frame pointers, and
 * it steps through the kernel's frame of a signal handler like through any other. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#if W2C_GNU && W2C_POSIX
#include <unwind.h>

struct trace_state {
    void **frames;
    uint32_t count;
    uint32_t capacity;
};

/* A return address may be the first byte of the next function, if the call was the last thing in its own: one
 * less is surely inside. The address of a faulting instruction is taken as it is. */
static _Unwind_Reason_Code trace_step(struct _Unwind_Context *context, void *argument) {
    struct trace_state *state = argument;
    int is_exact = 0;
    uintptr_t address = (uintptr_t)_Unwind_GetIPInfo(context, &is_exact);
    if (address == 0 || state->count == state->capacity) {
        return _URC_END_OF_STACK;
    }
    state->frames[state->count++] = (void *)(address - (is_exact ? 0 : 1));
    return _URC_NO_REASON;
}

W2C_RT uint32_t w2c_backtrace(void **frames, uint32_t capacity) {
    struct trace_state state = {frames, 0, capacity};
    _Unwind_Backtrace(trace_step, &state);
    return state.count;
}

#else

W2C_RT uint32_t w2c_backtrace(void **frames, uint32_t capacity) {
    (void)frames, (void)capacity;
    return 0;
}

#endif
