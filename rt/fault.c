/* Hardware faults become traps, if they are ours.
 *
 * A guarded memory relies on it: an access past its end faults inside its reservation. So does the native stack,
 * whose overflow faults near the stack pointer or at the end of the stack. Every other SIGSEGV or SIGBUS belongs
 * to somebody else, and goes to the handler that was there before ours, in the way in which the kernel would
 * have called it.
 *
 * A handler that is installed after ours must do the same for us, as those of language runtimes and sanitizers do.
 *
 * The handler runs on an alternate stack, since the ordinary one may be full, and with SA_NODEFER and an empty
 * mask: leaving it by longjmp then leaves no signal blocked. It jumps directly to the innermost w2c_try. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#if W2C_HAS_GUARD
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Room for the largest signal frame (AMX registers: 11 KiB), the unwinder, and printing at the end. */
enum { W2C_FAULT_STACK_BYTES = 128 << 10 };

static struct sigaction fault_previous_segv;
static struct sigaction fault_previous_bus;

/* ---- other people's signals ---- */

/* For SIG_DFL, returning repeats the faulting instruction, now without a handler, so that the process dies of its
 * own fault. A signal that was sent does not come again by itself. */
static void fault_default(int number, const siginfo_t *info) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, NULL);
    if (info->si_code <= 0) {
        raise(number);
    }
}

/* SIG_IGN holds for a signal that was sent; for a real fault the kernel does not accept it, and neither do we. */
static void fault_pass_on(int number, siginfo_t *info, void *context) {
    struct sigaction *previous = number == SIGSEGV ? &fault_previous_segv : &fault_previous_bus;
    struct sigaction action = *previous;
    if (action.sa_flags & (int)SA_RESETHAND) {
        previous->sa_handler = SIG_DFL;
        previous->sa_flags = 0;
    }
    if (!(action.sa_flags & SA_SIGINFO) && (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)) {
        if (action.sa_handler == SIG_DFL || info->si_code > 0) {
            fault_default(number, info);
        }
        return;
    }
    /* The mask goes back when our handler returns, or as theirs decides if it jumps. */
    if (!(action.sa_flags & SA_NODEFER)) {
        sigaddset(&action.sa_mask, number);
    }
    sigprocmask(SIG_BLOCK, &action.sa_mask, NULL);
    if (action.sa_flags & SA_SIGINFO) {
        action.sa_sigaction(number, info, context);
    } else {
        action.sa_handler(number);
    }
}

/* ---- ours ---- */

/* The stack pointer of the interrupted code; 0 where we do not know how to read it. */
static uintptr_t fault_stack_pointer(const void *context) {
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP];
#elif defined(__linux__) && defined(__aarch64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.sp;
#elif defined(__APPLE__) && defined(__x86_64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext->__ss.__rsp;
#elif defined(__APPLE__) && defined(__aarch64__)
    return (uintptr_t)((const ucontext_t *)context)->uc_mcontext->__ss.__sp;
#else
    (void)context;
    return 0;
#endif
}

/* Whether generated code is among the innermost callers; asked only when the process is about to end. */
static bool fault_is_in_guest(void) {
    void *frames[W2C_MAX_FRAMES];
    struct w2c_symbol symbol;
    uint32_t count = w2c_code_frames(frames, W2C_MAX_FRAMES);
    for (uint32_t i = 0; i < count; i++) {
        if (w2c_symbols_find(frames[i], &symbol)) {
            return true;
        }
    }
    return false;
}

/* The kernel says SEGV_MAPERR, SEGV_ACCERR or a BUS_ code with an address; a sent signal has a code of 0 or less. */
static enum w2c_trap fault_classify(int number, const siginfo_t *info, const void *context) {
    bool has_address = number == SIGSEGV ? info->si_code == SEGV_MAPERR || info->si_code == SEGV_ACCERR
                                         : info->si_code > 0;
    uintptr_t address = (uintptr_t)info->si_addr;
    if (!has_address) {
        return W2C_OK;
    }
    if (w2c_memory_reserves(address)) {
        return W2C_TRAP_OUT_OF_BOUNDS_MEMORY;
    }
    bool is_overflow = w2c_stack_is_overflow(address, fault_stack_pointer(context));
    return is_overflow && (w2c_trap_is_caught() || fault_is_in_guest()) ? W2C_TRAP_STACK_EXHAUSTED : W2C_OK;
}

/* Nothing here outlives the jump: no lock is held, the mask is the interrupted code's own. */
static void fault_handle(int number, siginfo_t *info, void *context) {
    enum w2c_trap trap = fault_classify(number, info, context);
    if (trap != W2C_OK) {
        w2c_trap(trap);
    }
    fault_pass_on(number, info, context);
}

/* ---- setting up ---- */

enum { W2C_FAULT_FRESH, W2C_FAULT_INSTALLING, W2C_FAULT_READY };

static int fault_state = W2C_FAULT_FRESH;
static pthread_key_t fault_key;
static bool fault_has_key;

/* Stands at the low end of the mapping, below the stack itself. */
struct fault_stack {
    stack_t previous;
};

#if W2C_WEAK_THREADS
#pragma weak pthread_key_create
#pragma weak pthread_setspecific
#endif

static bool fault_make_key(void (*destructor)(void *)) {
#if W2C_WEAK_THREADS
    if (!pthread_key_create || !pthread_setspecific) {
        return false;
    }
#endif
    return pthread_key_create(&fault_key, destructor) == 0;
}

/* Runs at the end of a thread. The stack is left alone if somebody has put another in its place since. */
static void fault_drop_stack(void *argument) {
    struct fault_stack *ours = argument;
    stack_t current;
    if (sigaltstack(NULL, &current) == 0 && current.ss_sp == (void *)(ours + 1)) {
        sigaltstack(&ours->previous, NULL);
        munmap(ours, W2C_FAULT_STACK_BYTES);
    }
}

static void fault_install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = fault_handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    /* The previous action must be known before a fault can ask for it. */
    sigaction(SIGSEGV, NULL, &fault_previous_segv);
    sigaction(SIGBUS, NULL, &fault_previous_bus);
    fault_has_key = fault_make_key(fault_drop_stack);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* A large enough alternate stack that the thread has already (a language runtime's, a sanitizer's) serves us too.
 * Without memory for one, faults still work as long as the ordinary stack has room. */
static void fault_make_stack(void) {
    stack_t current;
    if (sigaltstack(NULL, &current) != 0 ||
        (!(current.ss_flags & SS_DISABLE) && current.ss_size >= W2C_FAULT_STACK_BYTES / 2)) {
        return;
    }
    struct fault_stack *block =
        mmap(NULL, W2C_FAULT_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        return;
    }
    block->previous = current;
    stack_t ours = {.ss_sp = block + 1, .ss_size = W2C_FAULT_STACK_BYTES - sizeof *block};
    if (sigaltstack(&ours, NULL) != 0) {
        munmap(block, W2C_FAULT_STACK_BYTES);
    } else if (fault_has_key) {
        pthread_setspecific(fault_key, block);
    }
}

static W2C_THREAD_LOCAL bool fault_thread_is_ready;

W2C_RT void w2c_fault_enter(void) {
    if (W2C_LIKELY(fault_thread_is_ready)) {
        return;
    }
    int fresh = W2C_FAULT_FRESH;
    if (__atomic_compare_exchange_n(&fault_state, &fresh, W2C_FAULT_INSTALLING, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        fault_install();
        __atomic_store_n(&fault_state, W2C_FAULT_READY, __ATOMIC_RELEASE);
    }
    /* While another thread installs, a fault in this one would find no handler. */
    while (__atomic_load_n(&fault_state, __ATOMIC_ACQUIRE) != W2C_FAULT_READY) {
        sched_yield();
    }
    fault_make_stack();
    fault_thread_is_ready = true;
}

#else

W2C_RT void w2c_fault_enter(void) {
}

#endif
