/* A call of a function that has no code yet, step by step:
 *
 *     the caller             call *slot
 *     slot -> its thunk      mov $func_idx, %r11d ; jmp *entry      (the pointer stands before the thunks)
 *     entry                  saves the registers that may hold arguments, takes another stack, calls the resolver
 *     the resolver           compiles, writes the code's address into the slot, returns it
 *     entry                  puts everything back and jumps to the code, which finds its arguments and return address
 *
 * r11 is free at a call, for the calling convention gives it to stubs like this one (System V ABI for x86-64, 3.2.1).
 *
 * The other stack is there because the guest may have used up its own: then the overflow shows here, at the first
 * push, where nothing is half-done.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "thunk.h"

#include <string.h>
#include <sys/mman.h>

enum { RESOLVER_STACK_BYTES = 8 << 20, GUARD_BYTES = 64 << 10 };

#if THUNKS_WORK

/* Read by the code below. */
__attribute__((used, visibility("hidden"))) thunk_resolver thunk_current_resolver;
__attribute__((used, visibility("hidden"))) void *thunk_stack_top;

void thunk_entry(void);
__asm__(".text\n"
        ".globl thunk_entry\n"
        ".hidden thunk_entry\n"
        ".type thunk_entry, @function\n"
        "thunk_entry:\n"
        "    pushq %rbp\n"
        "    movq %rsp, %rbp\n"
        "    subq $176, %rsp\n"
        "    movq %rdi, -8(%rbp)\n"
        "    movq %rsi, -16(%rbp)\n"
        "    movq %rdx, -24(%rbp)\n"
        "    movq %rcx, -32(%rbp)\n"
        "    movq %r8, -40(%rbp)\n"
        "    movq %r9, -48(%rbp)\n"
        "    movups %xmm0, -64(%rbp)\n"
        "    movups %xmm1, -80(%rbp)\n"
        "    movups %xmm2, -96(%rbp)\n"
        "    movups %xmm3, -112(%rbp)\n"
        "    movups %xmm4, -128(%rbp)\n"
        "    movups %xmm5, -144(%rbp)\n"
        "    movups %xmm6, -160(%rbp)\n"
        "    movups %xmm7, -176(%rbp)\n"
        "    movl %r11d, %edi\n"
        "    movq thunk_stack_top(%rip), %rsp\n"
        "    call *thunk_current_resolver(%rip)\n"
        "    movq %rax, %r11\n"
        "    movq -8(%rbp), %rdi\n"
        "    movq -16(%rbp), %rsi\n"
        "    movq -24(%rbp), %rdx\n"
        "    movq -32(%rbp), %rcx\n"
        "    movq -40(%rbp), %r8\n"
        "    movq -48(%rbp), %r9\n"
        "    movups -64(%rbp), %xmm0\n"
        "    movups -80(%rbp), %xmm1\n"
        "    movups -96(%rbp), %xmm2\n"
        "    movups -112(%rbp), %xmm3\n"
        "    movups -128(%rbp), %xmm4\n"
        "    movups -144(%rbp), %xmm5\n"
        "    movups -160(%rbp), %xmm6\n"
        "    movups -176(%rbp), %xmm7\n"
        "    leave\n"
        "    jmp *%r11\n"
        ".size thunk_entry, . - thunk_entry\n");

bool thunk_open(thunk_resolver resolver) {
    thunk_current_resolver = resolver;
    if (thunk_stack_top) return true;
    uint8_t *stack =
        mmap(NULL, RESOLVER_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) return false;
    mprotect(stack, GUARD_BYTES, PROT_NONE);
    thunk_stack_top = stack + RESOLVER_STACK_BYTES;
    return true;
}

static void write_one(uint8_t *thunk, uint32_t func_idx, const uint8_t *entry) {
    static const uint8_t code[THUNK_BYTES] = {0x41, 0xbb, 0,    0,   0, 0, /* mov $func_idx, %r11d */
                                              0xff, 0x25, 0,    0,   0, 0, /* jmp *distance(%rip) */
                                              0xcc, 0xcc, 0xcc, 0xcc};
    const int32_t distance = (int32_t)(entry - (thunk + 12));
    memcpy(thunk, code, THUNK_BYTES);
    memcpy(thunk + 2, &func_idx, sizeof func_idx);
    memcpy(thunk + 8, &distance, sizeof distance);
}

void thunk_write(uint8_t *block, uint32_t count) {
    void (*const entry)(void) = thunk_entry;
    memcpy(block, &entry, sizeof entry);
    for (uint32_t i = 0; i < count; i++)
        write_one(thunk_at(block, i), i, block);
}

#else

bool thunk_open(thunk_resolver resolver) {
    (void)resolver;
    return true;
}

void thunk_write(uint8_t *block, uint32_t count) {
    (void)block, (void)count;
}

#endif
