/* What the programs with threads are written in: the same names by POSIX threads, when they are compiled for this
 * machine, and by wasi-threads and atomic operators, when they are compiled to WebAssembly, without a C library. */
#ifndef PROGRAM_THREADS_H
#define PROGRAM_THREADS_H

#include <stdint.h>

#ifdef __wasm__
#include <stddef.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
struct vector {
    const void *bytes;
    size_t size;
};
IMPORT("wasi_snapshot_preview1", "fd_write") int wasi_write(int fd, const struct vector *, size_t count, size_t *);
IMPORT("wasi_snapshot_preview1", "args_sizes_get") int wasi_args_sizes(size_t *count, size_t *bytes);
IMPORT("wasi_snapshot_preview1", "proc_exit") _Noreturn void wasi_exit(int code);
IMPORT("wasi", "thread-spawn") int wasi_spawn(void *argument);

/* The first member is where the new thread's stack begins: wasi_thread_start puts it into the stack pointer. */
struct thread {
    char *stack;
    void (*body)(int);
    int number;
    int is_done;
};

__asm__(".globaltype __stack_pointer, i32\n"
        ".functype thread_main (i32) -> ()\n"
        ".globl wasi_thread_start\n"
        ".type wasi_thread_start,@function\n"
        "wasi_thread_start:\n"
        ".functype wasi_thread_start (i32, i32) -> ()\n"
        "local.get 1\n"
        "i32.load 0\n"
        "global.set __stack_pointer\n"
        "local.get 1\n"
        "call thread_main\n"
        "end_function\n"
        ".export_name wasi_thread_start, wasi_thread_start\n");

__attribute__((used)) void thread_main(struct thread *thread) {
    thread->body(thread->number);
    __atomic_store_n(&thread->is_done, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&thread->is_done, ~0u);
}

enum { STACK_BYTES = 16384, MOST_THREADS = 64 };
static _Alignas(16) char stacks[MOST_THREADS][STACK_BYTES];

static int thread_start(struct thread *thread, void (*body)(int), int number) {
    *thread = (struct thread){stacks[number] + STACK_BYTES, body, number, 0};
    return wasi_spawn(thread);
}

static inline void thread_join(struct thread *thread) {
    while (!__atomic_load_n(&thread->is_done, __ATOMIC_SEQ_CST))
        __builtin_wasm_memory_atomic_wait32(&thread->is_done, 0, -1);
}

/* 0 free, 1 taken, 2 taken and somebody may wait. */
struct mutex {
    int state;
};

static inline void mutex_lock(struct mutex *mutex) {
    int state = 0;
    if (__atomic_compare_exchange_n(&mutex->state, &state, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
    while (__atomic_exchange_n(&mutex->state, 2, __ATOMIC_SEQ_CST) != 0)
        __builtin_wasm_memory_atomic_wait32(&mutex->state, 2, -1);
}

static inline void mutex_unlock(struct mutex *mutex) {
    if (__atomic_exchange_n(&mutex->state, 0, __ATOMIC_SEQ_CST) == 2)
        __builtin_wasm_memory_atomic_notify(&mutex->state, 1);
}

struct condition {
    int turn;
};

static inline void condition_wait(struct condition *condition, struct mutex *mutex) {
    const int turn = __atomic_load_n(&condition->turn, __ATOMIC_SEQ_CST);
    mutex_unlock(mutex);
    __builtin_wasm_memory_atomic_wait32(&condition->turn, turn, -1);
    mutex_lock(mutex);
}

static inline void condition_wake_all(struct condition *condition) {
    __atomic_fetch_add(&condition->turn, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&condition->turn, ~0u);
}

static void print(const char *text) {
    struct vector vector = {text, 0};
    size_t written;
    while (text[vector.size])
        vector.size++;
    wasi_write(1, &vector, 1, &written);
}

/* Zeroed memory that is never given back. */
static inline char *new_bytes(size_t bytes) {
    const size_t page = __builtin_wasm_memory_grow(0, (bytes + 65535) / 65536);
    return page == (size_t)-1 ? (char *)0 : (char *)(page * 65536);
}

static inline int argument_count(void) {
    size_t count, bytes;
    wasi_args_sizes(&count, &bytes);
    return (int)count;
}

static void run_program(void);
__attribute__((export_name("_start"))) void _start(void) {
    run_program();
}

#else
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct thread {
    pthread_t handle;
    void (*body)(int);
    int number;
};

static void *thread_main(void *argument) {
    struct thread *thread = argument;
    thread->body(thread->number);
    return 0;
}

static int thread_start(struct thread *thread, void (*body)(int), int number) {
    thread->body = body;
    thread->number = number;
    return pthread_create(&thread->handle, 0, thread_main, thread) == 0 ? number + 1 : -1;
}

static void thread_join(struct thread *thread) {
    pthread_join(thread->handle, 0);
}

/* All zero is their initial state on Linux. */
struct mutex {
    pthread_mutex_t native;
};
struct condition {
    pthread_cond_t native;
};
static void mutex_lock(struct mutex *mutex) {
    pthread_mutex_lock(&mutex->native);
}
static void mutex_unlock(struct mutex *mutex) {
    pthread_mutex_unlock(&mutex->native);
}
static void condition_wait(struct condition *condition, struct mutex *mutex) {
    pthread_cond_wait(&condition->native, &mutex->native);
}
static void condition_wake_all(struct condition *condition) {
    pthread_cond_broadcast(&condition->native);
}
static void print(const char *text) {
    fputs(text, stdout);
}
static char *new_bytes(size_t bytes) {
    return calloc(bytes, 1);
}

static void run_program(void);
int main(void) {
    run_program();
    return 0;
}
#endif

static void print_number(const char *what, uint64_t number) {
    char digits[24];
    int at = sizeof digits - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    print(what);
    print(" ");
    print(digits + at);
    print("\n");
}

#endif
