/* Explicit checks of the native stack, for code that cannot rely on the guard page below it: modules
 * translated with --bounds=check (no fault handler is assumed there) and functions whose frame may be larger
 * than the guard page, which would step over it.
 *
 * Each thread has a limit, an address that guest frames must stay above. It is set when the thread first enters
 * w2c_try or starts a program, and leaves room for host functions below it. Stacks grow down on every platform
 * that is supported. */
#ifndef W2C_OPS_STACK_H
#define W2C_OPS_STACK_H

#include "types.h"
#include "w2c.h"

/* Lowest address for guest frames of this thread; NULL, which stops nothing, while it is not known. */
W2C_RT_DECL W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL char *w2c_stack_limit;

/* An address in the caller's frame, or just below it. Reading the register keeps the frame pointer free. */
W2C_ALWAYS_INLINE uintptr_t w2c_stack_pointer(void) {
#if W2C_GNU && defined(__x86_64__)
    uintptr_t pointer;
    __asm__("movq %%rsp, %0" : "=r"(pointer));
    return pointer;
#elif W2C_GNU && defined(__aarch64__)
    uintptr_t pointer;
    __asm__("mov %0, sp" : "=r"(pointer));
    return pointer;
#elif W2C_GNU
    return (uintptr_t)__builtin_frame_address(0);
#else
    volatile char here;
    return (uintptr_t)&here;
#endif
}

/* Traps with STACK_EXHAUSTED unless `bytes` more fit on the stack. */
W2C_ALWAYS_INLINE void w2c_check_stack(size_t bytes) {
    if (W2C_UNLIKELY(w2c_stack_pointer() < (uintptr_t)w2c_stack_limit + bytes)) {
        w2c_trap(W2C_TRAP_STACK_EXHAUSTED);
    }
}

#define W2C_CHECK_STACK(bytes) w2c_check_stack(bytes)

#endif
