/* Threads that may hold references, and how they are stopped while one of them collects.
 *
 * A thread is known from its first allocation (or w2c_try, once there is a heap) to its end. To stop the others, the
 * collector sends each a signal. The handler runs on the thread's alternate stack if it has one, says where the
 * thread's stack and registers are, and waits. It may come between any two instructions of generated code or the
 * runtime, but not while the thread holds the heap's lock, for the collector has that.
 *
 * A process with one thread never gets here: no handler is installed before a second thread comes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "heap_state.h"

#include <errno.h>

#include "w2c/ops_stack.h"

static W2C_THREAD_LOCAL struct heap_thread heap_this;

W2C_RT struct heap_thread *w2c_heap_self(void) {
    return &heap_this;
}

W2C_RT void w2c_heap_thread_root(const void *place) {
    heap_this.root = place;
}

#if W2C_POSIX && W2C_GNU

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if !defined(W2C_HEAP_SIGNAL) && defined(SIGPWR)
#define W2C_HEAP_SIGNAL SIGPWR
#elif !defined(W2C_HEAP_SIGNAL)
#define W2C_HEAP_SIGNAL SIGXCPU
#endif

enum { HEAP_RED_ZONE = 256 }; /* below the stack pointer: what a leaf function may use there */

static pthread_key_t heap_thread_key;
static bool heap_has_key;
static bool heap_has_handler;
static int heap_stops; /* odd while the world is stopped */

#if W2C_WEAK_THREADS
#pragma weak pthread_key_create
#pragma weak pthread_setspecific
#pragma weak pthread_kill
#endif

/* 0 if the thread runs on another stack than the one that the platform knows. */
static uintptr_t heap_stack_high(void) {
    const struct w2c_stack_bounds bounds = w2c_stack_thread_bounds();
    const uintptr_t here = w2c_stack_pointer();
    return here >= bounds.low && here < bounds.high ? bounds.high : 0;
}

/* ---- stopping ---- */

static void heap_wait(int stops) {
#if defined(__linux__)
    syscall(SYS_futex, &heap_stops, FUTEX_WAIT_PRIVATE, stops, NULL, NULL, 0);
#else
    (void)stops;
    poll(NULL, 0, 1);
#endif
}

static uintptr_t heap_interrupted_pointer(const ucontext_t *context) {
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__linux__) && defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.sp;
#else
    (void)context;
    return w2c_stack_pointer(); /* the handler is on the same stack, and the registers are above it */
#endif
}

static void heap_on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info;
    const int saved = errno;
    const int stops = __atomic_load_n(&heap_stops, __ATOMIC_ACQUIRE);
    if (stops % 2 == 1 && heap_this.is_attached) {
        heap_this.stack_low = heap_interrupted_pointer(context) - HEAP_RED_ZONE;
        heap_this.registers = context;
        heap_this.register_bytes = sizeof(ucontext_t);
        __atomic_store_n(&heap_this.is_stopped, stops, __ATOMIC_RELEASE);
        while (__atomic_load_n(&heap_stops, __ATOMIC_ACQUIRE) == stops) {
            heap_wait(stops);
        }
    }
    errno = saved;
}

static void heap_install_handler(void) {
    struct sigaction action = {.sa_sigaction = heap_on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
    action.sa_flags |= SA_ONSTACK;
#endif
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGSEGV);
    sigdelset(&action.sa_mask, SIGBUS);
    sigaction(W2C_HEAP_SIGNAL, &action, NULL);
    heap_has_handler = true;
}

/* Threads that end meanwhile wait for the lock before they go. */
W2C_RT void w2c_heap_stop_others(void) {
    const int stops = __atomic_add_fetch(&heap_stops, 1, __ATOMIC_ACQ_REL);
    for (struct heap_thread *thread = w2c_heap.threads; thread; thread = thread->next) {
        if (thread != &heap_this) {
            pthread_kill(thread->id, W2C_HEAP_SIGNAL);
        }
    }
    for (struct heap_thread *thread = w2c_heap.threads; thread; thread = thread->next) {
        while (thread != &heap_this && __atomic_load_n(&thread->is_stopped, __ATOMIC_ACQUIRE) != stops) {
            poll(NULL, 0, 0);
        }
    }
}

W2C_RT void w2c_heap_resume_others(void) {
    __atomic_add_fetch(&heap_stops, 1, __ATOMIC_ACQ_REL);
#if defined(__linux__)
    if (w2c_heap.threads && w2c_heap.threads->next) {
        syscall(SYS_futex, &heap_stops, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
    }
#endif
}

W2C_RT void w2c_heap_mark_others(void) {
    for (const struct heap_thread *thread = w2c_heap.threads; thread; thread = thread->next) {
        if (thread == &heap_this) {
            continue;
        }
        w2c_heap_mark_words(thread->registers, thread->register_bytes);
        w2c_heap_mark_words((const void *)thread->stack_low, thread->stack_high - thread->stack_low);
    }
}

/* ---- coming and going ---- */

/* Its cells stay unused until the next collection. */
static void heap_detach(void *argument) {
    struct heap_thread *self = argument;
    w2c_lock(&w2c_heap.lock);
    struct heap_thread **at = &w2c_heap.threads;
    while (*at && *at != self) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = self->next;
    }
    self->is_attached = false;
    w2c_heap_forget_ranges(self);
    w2c_unlock(&w2c_heap.lock);
}

static void heap_enter_try(void) {
    if (heap_this.is_attached) {
        return;
    }
    w2c_lock(&w2c_heap.lock);
    w2c_heap_attach();
    w2c_unlock(&w2c_heap.lock);
}

static void heap_tell_end(struct heap_thread *self) {
#if W2C_WEAK_THREADS
    if (!pthread_key_create || !pthread_setspecific) {
        return;
    }
#endif
    if (!heap_has_key) {
        heap_has_key = pthread_key_create(&heap_thread_key, heap_detach) == 0;
    }
    if (heap_has_key) {
        pthread_setspecific(heap_thread_key, self);
    }
}

W2C_RT bool w2c_heap_attach(void) {
    struct heap_thread *self = &heap_this;
    if (self->is_attached) {
        return true;
    }
    self->stack_high = heap_stack_high();
    if (self->stack_high == 0) {
        return false;
    }
    if (w2c_heap.threads && !heap_has_handler) {
        heap_install_handler();
    }
    self->id = pthread_self();
    self->ranges = w2c_heap_ranges;
    for (unsigned i = 0; i < W2C_HEAP_CLASSES; i++) {
        self->cursors[i].block = HEAP_NO_BLOCK;
    }
    self->is_attached = true;
    self->next = w2c_heap.threads;
    w2c_heap.threads = self;
    heap_tell_end(self);
    w2c_try_hook = heap_enter_try;
    return true;
}

#else

W2C_RT void w2c_heap_stop_others(void) {
}

W2C_RT void w2c_heap_resume_others(void) {
}

W2C_RT void w2c_heap_mark_others(void) {
}

W2C_RT bool w2c_heap_attach(void) {
    return false;
}

#endif
