/* Where the native stack of a thread ends.
 *
 * Deep recursion in wasm is deep recursion in C. It ends in one of two ways: explicit checks compare the stack
 * pointer with w2c_stack_limit (ops_stack.h), or the thread touches the guard below its stack and fault.c asks
 * here whether an address means that.
 *
 *     high |  host frames ... guest frames ...  | margin for host functions | low | guard or gap |
 *                                               ^ w2c_stack_limit
 *
 * The main thread's stack on Linux is special: it grows by faults down to its soft resource limit, which may be
 * raised while the process runs, for the kernel keeps 128 MiB or more below it free of other mappings (mmap_base).
 * The kernel refuses to grow within 1 MiB of another mapping. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include "w2c/ops_stack.h"

enum {
    W2C_STACK_MARGIN = 128 << 10, /* for host functions, called at the limit */
    W2C_STACK_WANTED = 64 << 20,
    W2C_STACK_GAP = 1 << 20,  /* how far below the end an overflow may first touch */
    W2C_STACK_NEAR = 64 << 10 /* how far from the stack pointer a frame may be touched */
};

W2C_RT W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL char *w2c_stack_limit;

static W2C_THREAD_LOCAL struct w2c_stack_bounds stack_bounds;
static W2C_THREAD_LOCAL bool stack_is_measured;

#if W2C_POSIX
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/auxv.h>
#include <sys/syscall.h>

/* In a child that a second thread forked this is true as well; w2c_stack_enter sees that the stack is another. */
static bool stack_is_main_thread(void) {
    return syscall(SYS_gettid) == getpid();
}

/* The kernel puts the program's file name at the very top, above arguments and environment. */
static uintptr_t stack_main_top(void) {
    uintptr_t name = (uintptr_t)getauxval(AT_EXECFN);
    uintptr_t here = w2c_stack_pointer();
    uintptr_t page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    return ((name > here ? name : here) | page_mask) + 1;
}

#if W2C_WEAK_THREADS
#pragma weak pthread_getattr_np
#endif

/* A thread's guard page lies below `low` already: glibc and musl report the usable part. For the main thread glibc
 * reads a file of the kernel, so it is not asked where the time to start counts. */
W2C_RT struct w2c_stack_bounds w2c_stack_thread_bounds(void) {
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
#if W2C_WEAK_THREADS
    if (!pthread_getattr_np) {
        return (struct w2c_stack_bounds){0, 0};
    }
#endif
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return (struct w2c_stack_bounds){0, 0};
    }
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    return (struct w2c_stack_bounds){(uintptr_t)low, (uintptr_t)low + size};
}

static struct w2c_stack_bounds stack_measure(void) {
    struct rlimit limit;
    if (!stack_is_main_thread()) {
        return w2c_stack_thread_bounds();
    }
    uintptr_t top = stack_main_top();
    /* Without a limit there is no end to compare with, and the kernel's refusal to grow is the only sign. */
    if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= top) {
        return (struct w2c_stack_bounds){0, 0};
    }
    return (struct w2c_stack_bounds){top - (uintptr_t)limit.rlim_cur, top};
}

#elif defined(__APPLE__)

W2C_RT struct w2c_stack_bounds w2c_stack_thread_bounds(void) {
    uintptr_t high = (uintptr_t)pthread_get_stackaddr_np(pthread_self());
    return (struct w2c_stack_bounds){high - pthread_get_stacksize_np(pthread_self()), high};
}

static struct w2c_stack_bounds stack_measure(void) {
    return w2c_stack_thread_bounds();
}

#else

W2C_RT struct w2c_stack_bounds w2c_stack_thread_bounds(void) {
    return (struct w2c_stack_bounds){0, 0};
}

static struct w2c_stack_bounds stack_measure(void) {
    return w2c_stack_thread_bounds();
}

#endif

/* An unlimited stack becomes a large one: endless recursion is to end in a trap, not with the machine's memory.
 * Only the main thread of Linux takes a new limit into account; elsewhere this does nothing harmful. */
W2C_RT void w2c_stack_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0) {
        return;
    }
    bool is_unlimited = limit.rlim_cur == RLIM_INFINITY;
    rlim_t wanted = is_unlimited ? (rlim_t)W2C_STACK_WANTED * 4 : (rlim_t)W2C_STACK_WANTED;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted) {
        wanted = limit.rlim_max;
    }
    if (is_unlimited || limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        setrlimit(RLIMIT_STACK, &limit);
    }
}

#else

W2C_RT struct w2c_stack_bounds w2c_stack_thread_bounds(void) {
    return (struct w2c_stack_bounds){0, 0};
}

static struct w2c_stack_bounds stack_measure(void) {
    return w2c_stack_thread_bounds();
}

W2C_RT void w2c_stack_raise(void) {
}

#endif

W2C_RT void w2c_stack_enter(void) {
    if (!stack_is_measured) {
        stack_bounds = stack_measure();
        stack_is_measured = true;
    }
    uintptr_t pointer = w2c_stack_pointer();
    bool is_on_it = stack_bounds.low != 0 && pointer >= stack_bounds.low && pointer < stack_bounds.high;
    /* A small stack is not to be all margin. */
    uintptr_t quarter = (stack_bounds.high - stack_bounds.low) / 4;
    uintptr_t margin = quarter < W2C_STACK_MARGIN ? quarter : W2C_STACK_MARGIN;
    w2c_stack_limit = is_on_it ? (char *)(stack_bounds.low + margin) : NULL;
}

W2C_RT bool w2c_stack_is_overflow(uintptr_t address, uintptr_t pointer) {
    uintptr_t low = stack_bounds.low;
    if (low > W2C_STACK_GAP && address >= low - W2C_STACK_GAP && address < low + W2C_STACK_NEAR) {
        return true;
    }
    /* The kernel may refuse to grow earlier, and bounds may be unknown. Mapped stack does not fault. */
    return pointer > W2C_STACK_NEAR && address >= pointer - W2C_STACK_NEAR && address < pointer + W2C_STACK_NEAR;
}
