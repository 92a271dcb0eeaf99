/* Threads that share a memory: waiting for each other, and waking each other.
 *
 * A shared memory is made like any other, with a maximum:
 *
 *     struct w2c_memory memory;
 *     struct w2c_memory_type type = {.min_pages = 1, .max_pages = 256, .has_max = true, .is_shared = true};
 *     if (!w2c_memory_init(&memory, type, W2C_BOUNDS_GUARD)) return 1;
 *
 * and given to several instances as what they import. Then each of these instances may be used by a thread of its own,
 * all at the same time; an instance itself is still one thread's. The memory must outlive them. Its base never
 * moves and its size only grows, so that pointers into it stay good.
 *
 * A host function that reads what another thread may be writing reads it once (atomically, or by copying it first)
 * before it checks and uses it.
 */
#ifndef W2C_THREADS_H
#define W2C_THREADS_H

#include "w2c.h"

/* What the operators memory.atomic.wait32, wait64 and notify do, for host threads and functions as well. The address is
 * a sum already. All three trap if it is not a multiple of the width or not in the memory; the waits if the memory is
 * not shared.
 *
 * wait: 0 after a notify; 1 at once if the memory does not hold `expected` there; 2 after `timeout` nanoseconds, if
 * that is not negative. notify: how many were woken, at most `count`, those first who have waited longest. */
W2C_RT_DECL uint32_t w2c_memory_wait32(const struct w2c_memory *memory, uint64_t address, uint32_t expected,
                                       int64_t timeout);
W2C_RT_DECL uint32_t w2c_memory_wait64(const struct w2c_memory *memory, uint64_t address, uint64_t expected,
                                       int64_t timeout);
W2C_RT_DECL uint32_t w2c_memory_notify(const struct w2c_memory *memory, uint64_t address, uint32_t count);

/* ---- threads of a program: for code that w2c writes, and its engines ---- */
struct w2c_wasi;

/* The parts of a program of which every thread has its own instance. All may trap. */
struct w2c_thread_program {
    void (*run)(void);                              /* the memory, the first thread's instance, _start */
    void (*start)(uint32_t id, uint32_t argument);  /* this thread's instance, wasi_thread_start */
    void (*leave)(void);                            /* gives back what start has made, after it returned */
};

/* Runs `run` in a thread of its own, and what it makes by thread-spawn in others, at most `limit` at a time beside it.
 * When it returns, *error says how the guest ended, as w2c_try does; the other threads may still run then, and nothing
 * of the guest may be freed. Once in a process. */
W2C_RT_DECL void w2c_threads_run(const struct w2c_thread_program *program, struct w2c_wasi *wasi, uint32_t limit,
                                 struct w2c_error *error);

/* The import "wasi" "thread-spawn" of such a program: the new thread's number from 1 on, or if there can be none now a
 * negative number, WASI's AGAIN. */
W2C_RT_DECL uint32_t w2c_wasi_thread_spawn(void *wasi, uint32_t argument);

#endif
