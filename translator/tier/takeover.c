/* The watcher's side of it.
 *
 * What is changed in a running program are pointers that its code reads at each call: the slot of a function, and the
 * code in the record that references lead to. Both codes may call each other in any order, for they share all state,
 * the stack, and the C calling convention; so pointers can be replaced one by one, while the program runs, and calls
 * that are under way end where they began. Code that the compiler in memory has put into one piece goes on to call its
 * own parts; whoever calls from elsewhere gets the new ones.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "takeover.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../tcc/lazy_program.h"
#include "image.h"
#include "w2c/engine.h"
#include "w2c/wasi.h"
#include "wire.h"

void __register_frame(void *begin);
void __deregister_frame(void *begin);

static struct takeover {
    struct w2c_code_range range; /* first: a pointer to it is a pointer to this */
    int socket;
    struct takeover_options options;
    struct timespec start;
    struct tcc_program *program;
    struct arena arena;
    struct code_list code; /* in the image, by address */
    struct mapped_image image;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    bool is_over; /* the program has ended: nothing of it may be touched */
} takeover = {.socket = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- what the runtime is told of the image ---- */

static bool find_function(const struct w2c_code_range *range, uintptr_t address, uint32_t *func_idx) {
    const struct takeover *t = (const struct takeover *)range;
    return code_list_find(&t->code, address, func_idx);
}

static int compare_entries(const void *a, const void *b) {
    const struct code_entry *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Of functions that are alike, C compilers may make one. */
static void list_functions(struct takeover *t) {
    const struct image_head *head = t->image.head;
    const uint32_t imports = t->program->module->imported_func_count, count = (uint32_t)head->func_count - imports;
    struct code_entry *entries = arena_array(&t->arena, struct code_entry, (size_t)count + 1);
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct code_entry){(uintptr_t)head->functions[imports + i], imports + i};
    qsort(entries, count, sizeof *entries, compare_entries);
    code_list_open(&t->code, &t->arena, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || entries[i].start != entries[i - 1].start)
            code_list_add(&t->code, entries[i].start, entries[i].func_idx);
    }
}

static void announce(struct takeover *t) {
    list_functions(t);
    t->range = t->program->range;
    t->range.low = t->image.code_low;
    t->range.high = t->image.code_high;
    t->range.find = find_function;
    __register_frame(t->image.head->frames);
    w2c_code_add(&t->range);
}

/* ---- taking over ---- */

static void enter_function(struct tcc_program *p, uint32_t func_idx, uint64_t code) {
    struct w2c_func *record = (struct w2c_func *)(uintptr_t)p->places.records[func_idx];
    __atomic_store_n((uint64_t *)&p->slots[func_idx], code, __ATOMIC_RELEASE);
    __atomic_store_n((uint64_t *)(void *)&record->code, code, __ATOMIC_RELEASE);
}

static void tell(const struct takeover *t) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds = (double)(now.tv_sec - t->start.tv_sec) + (double)(now.tv_nsec - t->start.tv_nsec) * 1e-9;
    fprintf(stderr, "w2c: optimised code of %u functions took over after %.1f s\n",
            (unsigned)(t->program->module->func_count - t->program->module->imported_func_count), seconds);
}

static void take_over(struct takeover *t, const char *path) {
    struct tcc_program *p = t->program;
    if (!image_map(&t->image, path, p->places.memory_base, w2c_program_wasi)) return;
    if (t->image.head->func_count != p->module->func_count) {
        t->image.head = NULL;
        return;
    }
    announce(t);
    for (uint32_t i = p->module->imported_func_count; i < p->module->func_count; i++)
        enter_function(p, i, t->image.head->functions[i]);
    if (t->options.is_told) tell(t);
}

static bool send_places(struct takeover *t) {
    const struct tcc_program *p = t->program;
    uint64_t *globals = arena_array(&t->arena, uint64_t, (size_t)p->module->global_count + 1);
    for (uint32_t i = 0; i < p->module->global_count; i++)
        globals[i] = (uint64_t)(uintptr_t)p->instance->globals[i];
    const struct image_places places = {.memory_base = p->places.memory_base,
                                        .memories = p->places.memories,
                                        .tables = p->places.tables,
                                        .globals = globals,
                                        .tags = p->places.tags,
                                        .slots = p->places.slots};
    return wire_send_places(t->socket, p->module, &places);
}

static void *watch(void *argument) {
    struct takeover *t = argument;
    char path[WIRE_PATH_BYTES];
    if (send_places(t) && wire_receive_path(t->socket, path)) {
        pthread_mutex_lock(&t->lock);
        if (!t->is_over) take_over(t, path);
        pthread_mutex_unlock(&t->lock);
    }
    shutdown(t->socket, SHUT_RDWR);
    return NULL;
}

/* Signals are for the program: faults are its own, and the others go to the thread that has them unblocked. */
static void start_watcher(struct takeover *t) {
    enum { STACK_BYTES = 256 << 10 };
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    t->has_thread = pthread_create(&t->thread, &attributes, watch, t) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

/* ---- the engine's hooks ---- */

static void program_is_linked(void *argument, struct tcc_program *program) {
    struct takeover *t = argument;
    t->program = program;
    if (program->zone.is_fixed && image_is_possible(program->module)) start_watcher(t);
    if (!t->has_thread) shutdown(t->socket, SHUT_RDWR);
    if (t->has_thread && t->options.comes_first) {
        pthread_join(t->thread, NULL);
        t->has_thread = false;
    }
}

static void program_ends(void *argument) {
    struct takeover *t = argument;
    pthread_mutex_lock(&t->lock);
    t->is_over = true;
    pthread_mutex_unlock(&t->lock);
    shutdown(t->socket, SHUT_RDWR);
    if (t->has_thread) pthread_join(t->thread, NULL);
    close(t->socket);
    if (t->range.low) {
        w2c_code_remove(&t->range);
        __deregister_frame(t->image.head->frames);
    }
    arena_free(&t->arena);
}

void takeover_begin(int socket, struct takeover_options options) {
    static const struct tcc_hooks hooks = {.argument = &takeover, .linked = program_is_linked, .ending = program_ends};
    takeover.socket = socket;
    takeover.options = options;
    clock_gettime(CLOCK_MONOTONIC, &takeover.start);
    tcc_set_hooks(&hooks);
}
