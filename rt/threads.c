/* Threads of a program (wasi-threads): made when the guest asks, each with an instance of its own, ended all at once.
 *
 *     main()  waits for the end
 *       └─ first thread    program->run: the memory, an instance, _start
 *       └─ thread 1 ...    program->start: an instance on the same memory, wasi_thread_start(id, argument)
 *
 * The guest is over when its first thread returns, or when any thread traps or calls proc_exit. Then main() gets that
 * result, tells what there is to tell and ends the process, which ends all threads wherever they are: in a loop, asleep
 * in the kernel or in a queue. So nobody has to be woken, and no state of theirs may be freed any more: from the moment
 * that `is_over` is set, under the lock, instances stay as they are.
 *
 * main() itself runs nothing of the guest, so that it is free to go at any time.
 *
 * A thread that ends by returning gives back its instance. What it cannot have (a number, memory, a kernel's thread)
 * makes thread-spawn fail with a negative number, and harms nobody else. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "w2c/threads.h"
#include "w2c/wasi.h"
#include "wasi/wasi_abi.h"

#if !W2C_GNU || defined(__TINYC__)
#error "w2c: threads need a compiler with thread-local variables and atomic operations, as gcc and clang are"
#endif

enum {
    THREADS_FIRST_STACK = 64 << 20, /* as much as main() has in other programs; taken as it is used */
    THREADS_STACK = 8 << 20,
    THREADS_GUARD = 64 << 10,
    THREADS_LAST_ID = 0x1fffffff /* what the interface allows */
};

struct threads_group {
    const struct w2c_thread_program *program;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over;
    struct w2c_error result; /* once it is over */
    u32 *ids;                /* of the threads that live */
    u32 count;
    u32 limit;
    u32 last_id;
};

static struct threads_group threads_group = {.lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};

/* The first who ends the guest decides how it ended. */
static void threads_end(const struct w2c_error *result) {
    struct threads_group *group = &threads_group;
    pthread_mutex_lock(&group->lock);
    if (!group->is_over) {
        group->is_over = true;
        group->result = *result;
        pthread_cond_signal(&group->over);
    }
    pthread_mutex_unlock(&group->lock);
}

/* ---- numbers ---- */

static bool threads_has_id(const struct threads_group *group, u32 id) {
    for (u32 i = 0; i < group->count; i++) {
        if (group->ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* A number that no living thread has; 0 if there are as many as may be. Numbers come again after half a billion. */
static u32 threads_take_id(void) {
    struct threads_group *group = &threads_group;
    u32 id = 0;
    pthread_mutex_lock(&group->lock);
    if (group->count < group->limit) {
        do {
            group->last_id = group->last_id < THREADS_LAST_ID ? group->last_id + 1 : 1;
        } while (threads_has_id(group, group->last_id));
        id = group->ids[group->count++] = group->last_id;
    }
    pthread_mutex_unlock(&group->lock);
    return id;
}

static void threads_drop_id(struct threads_group *group, u32 id) {
    u32 at = 0;
    while (group->ids[at] != id) {
        at++;
    }
    group->ids[at] = group->ids[--group->count];
}

/* ---- threads ---- */

struct threads_start {
    u32 id;
    u32 argument;
};

/* In the kernel's thread, with the guest's stack limits; detached, for nobody waits for a single one. */
static int threads_create(void *(*body)(void *), void *argument, size_t stack_bytes) {
    pthread_attr_t attributes;
    pthread_t thread;
    int problem = pthread_attr_init(&attributes);
    if (problem) {
        return problem;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setguardsize(&attributes, THREADS_GUARD);
    problem = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    return problem;
}

static void threads_run_start(void *argument) {
    const struct threads_start *start = argument;
    threads_group.program->start(start->id, start->argument);
}

/* Under the lock: see `is_over` above. False if it is too late to leave. */
static bool threads_leave(u32 id) {
    struct threads_group *group = &threads_group;
    pthread_mutex_lock(&group->lock);
    const bool may_leave = !group->is_over;
    if (may_leave) {
        group->program->leave();
        threads_drop_id(group, id);
    }
    pthread_mutex_unlock(&group->lock);
    return may_leave;
}

/* To the end of the process. What a thread has, thread-local variables and all, is gone with it, and others may still
 * run that look there: a collection, where instances have references. */
static void threads_stay(void) {
    for (;;) {
        pause();
    }
}

static void *threads_main(void *argument) {
    struct threads_start start = *(struct threads_start *)argument;
    struct w2c_error error;
    free(argument);
    if (w2c_try(threads_run_start, &start, &error) != W2C_OK) {
        threads_end(&error);
        threads_stay();
    }
    if (!threads_leave(start.id)) {
        threads_stay();
    }
    return NULL;
}

W2C_RT uint32_t w2c_wasi_thread_spawn(void *wasi, uint32_t argument) {
    const u32 refused = 0u - WASI_EAGAIN;
    (void)wasi;
    u32 id = threads_take_id();
    struct threads_start *start = id ? malloc(sizeof *start) : NULL;
    if (start) {
        *start = (struct threads_start){id, argument};
        if (threads_create(threads_main, start, THREADS_STACK) == 0) {
            return id;
        }
        free(start);
    }
    if (id) {
        pthread_mutex_lock(&threads_group.lock);
        threads_drop_id(&threads_group, id);
        pthread_mutex_unlock(&threads_group.lock);
    }
    return refused;
}

/* ---- the program ---- */

static void threads_run_first(void *argument) {
    (void)argument;
    threads_group.program->run();
}

static void *threads_first(void *argument) {
    struct w2c_error error;
    (void)argument;
    w2c_try(threads_run_first, NULL, &error);
    threads_end(&error);
    threads_stay();
    return NULL;
}

static void threads_fail(struct w2c_error *error, const char *message) {
    *error = (struct w2c_error){.trap = W2C_TRAP_LINK};
    memcpy(error->message, message, strlen(message) + 1);
}

/* The first thread counts for none: it has no number, and thread-spawn does not make it. */
W2C_RT void w2c_threads_run(const struct w2c_thread_program *program, struct w2c_wasi *wasi, uint32_t limit,
                            struct w2c_error *error) {
    struct threads_group *group = &threads_group;
    group->program = program;
    group->limit = limit;
    group->ids = malloc((limit != 0 ? limit : 1) * sizeof *group->ids);
    if (!group->ids || !w2c_wasi_share(wasi)) {
        threads_fail(error, "out of memory for threads");
        return;
    }
    if (threads_create(threads_first, NULL, THREADS_FIRST_STACK) != 0) {
        threads_fail(error, "the system gives no thread to run in");
        return;
    }
    pthread_mutex_lock(&group->lock);
    while (!group->is_over) {
        pthread_cond_wait(&group->over, &group->lock);
    }
    *error = group->result;
    pthread_mutex_unlock(&group->lock);
}
