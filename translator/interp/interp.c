/* The engine: instances, entering and leaving the loop of handlers, frames for backtraces.
 *
 * Each thread has one array of slots, made when it first runs something. Whoever calls a function from outside (a
 * host, or a host function that was called from inside) starts an activation above the frame that ran last:
 *
 *      slots of the thread
 *     +---------------------------+------------------------+--------------------- - - -
 *     | frames of activation 1    | frames of activation 2 | free
 *     +---------------------------+------------------------+--------------------- - - -
 *                          native: the host function in between, on the native stack
 *
 * The innermost activation is w2c_engine_position, which w2c_try restores when it catches a trap: so frames that a
 * trap has left are neither shown in a backtrace nor in the way of what runs next.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "interp.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/arena.h"
#include "machine.h"
#include "run.h"
#include "w2c/heap.h"
#include "w2c/ops_stack.h"

/* ---- slots of a thread ---- */

enum { THREAD_BYTES = 64 << 20, NATIVE_BYTES = 16 << 10, SLOTS_OF_VALUE = 2 /* at most */ };

static pthread_key_t slots_key;
static pthread_once_t slots_once = PTHREAD_ONCE_INIT;
static W2C_THREAD_LOCAL union slot *thread_slots;

/* What a thread's slots are to the heap: they may hold references, as far as they are in use. */
struct slots_source {
    struct w2c_heap_source source;
    const union slot *slots;
    void **position; /* w2c_engine_position of the thread */
};

static W2C_THREAD_LOCAL struct slots_source thread_source;
static uint32_t largest_frame; /* in bytes, of all functions that were lowered */

/* The thread may stand in the middle of a call, so its frame is taken for the largest that there is. */
static void slots_extent(const struct w2c_heap_source *source, const void **start, size_t *bytes) {
    const struct slots_source *thread = (const struct slots_source *)source;
    const struct activation *activation = *thread->position;
    if (!activation) return;
    const size_t used = (size_t)((const char *)activation->frame - (const char *)thread->slots);
    const size_t most = (size_t)((const char *)activation->limit - (const char *)thread->slots);
    const size_t end = used + __atomic_load_n(&largest_frame, __ATOMIC_RELAXED);
    *start = thread->slots;
    *bytes = end < most ? end : most;
}

void interp_note_frame(uint32_t bytes) {
    uint32_t largest = __atomic_load_n(&largest_frame, __ATOMIC_RELAXED);
    while (bytes > largest &&
           !__atomic_compare_exchange_n(&largest_frame, &largest, bytes, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

static void free_slots(void *slots) {
    w2c_heap_source_remove(&thread_source.source);
    munmap(slots, THREAD_BYTES);
}

static void make_slots_key(void) {
    pthread_key_create(&slots_key, free_slots);
}

static union slot *make_slots(void) {
    pthread_once(&slots_once, make_slots_key);
    void *slots = mmap(NULL, THREAD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slots == MAP_FAILED) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    pthread_setspecific(slots_key, slots);
    thread_slots = slots;
    thread_source =
        (struct slots_source){.source = {.extent = slots_extent}, .slots = slots, .position = &w2c_engine_position};
    w2c_heap_source_add(&thread_source.source);
    return slots;
}

void interp_exhausted(void) {
    w2c_trap(W2C_TRAP_STACK_EXHAUSTED);
}

/* ---- the handlers' table ---- */

enum { MEMORY_WAYS = INTERP_MEMORY_FIXED_SWITCH + 1 };

typedef void (*fill_memory)(struct handler_table *table);

static const fill_memory memory_fills[2][MEMORY_WAYS] = {
    {[INTERP_MEMORY_FIXED] = run_fill_memory_check_fixed,
     [INTERP_MEMORY_LENGTH] = run_fill_memory_check_length,
     [INTERP_MEMORY_SWITCH] = run_fill_memory_check_switch,
     [INTERP_MEMORY_FIXED_SWITCH] = run_fill_memory_check_fixed_switch},
    {[INTERP_MEMORY_FIXED] = run_fill_memory_guard_fixed,
     [INTERP_MEMORY_LENGTH] = run_fill_memory_guard_length,
     [INTERP_MEMORY_SWITCH] = run_fill_memory_guard_switch,
     [INTERP_MEMORY_FIXED_SWITCH] = run_fill_memory_guard_fixed_switch},
};

static struct {
    enum interp_memory memory;
    const struct block_plan *plan;
    uint64_t *counts;
} configuration;

/* For memories that are checked and that are guarded, and for each way to access them. */
static struct handler_table tables[2][MEMORY_WAYS];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

void interp_configure(enum interp_memory memory, const struct block_plan *plan, uint64_t *counts) {
    configuration.memory = memory;
    configuration.plan = plan;
    configuration.counts = counts;
}

uint64_t *interp_block_counts(const struct live_instance *instance, uint32_t func_idx) {
    const struct block_plan *plan = configuration.plan;
    return plan && plan->module == instance->live->module ? configuration.counts + plan->first[func_idx] : NULL;
}

static void fill_table(struct handler_table *table, fill_memory fill) {
    run_fill_values(table);
    run_fill_branches(table);
    run_fill_calls(table);
    run_fill_tail(table);
    run_fill_objects(table);
    run_fill_exceptions(table);
    run_fill_heap(table);
    run_fill_atomic(table);
    run_fill_objects64(table);
    run_fill_simd(table);
    fill(table);
}

static void fill_tables(void) {
    for (int is_guarded = 0; is_guarded < 2; is_guarded++) {
        for (int way = 0; way < MEMORY_WAYS; way++)
            fill_table(&tables[is_guarded][way], memory_fills[is_guarded][way]);
    }
}

/* ---- the loop ---- */

static const union word lower_code[] = {{.op = RUN_LOWER}};
static const union word exit_code[] = {{.op = RUN_EXIT}};

/* One call of the first handler, which jumps on and on; or many, where handlers return after each operation. Its frame
 * on the native stack is where backtraces go on with frames of slots, so it is not merged with its caller. */
W2C_NOINLINE static void run(struct activation *activation, const struct interp_func *func, union slot *frame) {
    activation->return_address = __builtin_return_address(0);
#if INTERP_IS_THREADED
    const union word *code = func->code;
    func->handlers->run[code->op](code, frame, func->memory, 0, activation, func->handlers, 0, 0);
#else
    activation->code = func->code;
    activation->memory = func->memory;
    activation->handlers = func->handlers;
    while (activation->handlers->run[activation->code->op](activation->code, activation->frame, activation->memory,
                                                           activation->integer, activation, activation->handlers,
                                                           activation->f32, activation->f64)) {
    }
#endif
    (void)frame;
}

/* Above everything that is in use. */
static union slot *free_slots_of_thread(void) {
    const struct activation *outer = w2c_engine_position;
    if (outer) return outer->frame + outer->frame[LINK_FUNC].func->frame_bytes / sizeof *outer->frame;
    return thread_slots ? thread_slots : make_slots();
}

static const struct functype *type_of(const struct interp_func *func) {
    return func_type(func->live->instance->live->module, func->live->func_idx);
}

static uint32_t frame_source(void **frames, uint32_t capacity);
static uint32_t sample_source(void **frames, uint32_t capacity);

/* Runs a function of ours whose parameters are in slots from `base` on. */
static void start(const struct interp_func *func, union slot *base) {
    union slot *const frame = base + func->param_count;
    struct activation activation = {.frame = frame, .outer = w2c_engine_position};
    activation.limit = thread_slots + THREAD_BYTES / sizeof *thread_slots;
    if (!interp_fits(&activation, frame, func)) interp_exhausted();
    frame[LINK_FUNC].func = func;
    frame[LINK_CODE].code = exit_code;
    frame[LINK_FRAME].frame = frame;
    w2c_engine_frames = frame_source;
    w2c_engine_samples = sample_source;
    w2c_engine_position = &activation;
    run(&activation, func, frame);
    w2c_engine_position = activation.outer;
}

static void invoke_own(const struct interp_func *func, const union w2c_value *arguments, union w2c_value *results) {
    const struct functype *type = type_of(func);
    union slot *const base = free_slots_of_thread();
    const uint32_t slots =
        SLOTS_OF_VALUE * (type->param_count > type->result_count ? type->param_count : type->result_count);
    if (thread_slots + THREAD_BYTES / sizeof *base - base < (ptrdiff_t)slots + LINK_SLOTS) interp_exhausted();
    interp_put_values(base, type->params, type->param_count, arguments);
    start(func, base);
    interp_get_values(results, type->results, type->result_count, base);
}

static void invoke(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results) {
    w2c_check_stack(NATIVE_BYTES);
    if (func->code == interp_code) {
        invoke_own(((const struct live_func *)func->context)->code, arguments, results);
    } else {
        interp_invoke_host(func, arguments, results);
    }
}

/* ---- backtraces ---- */

/* Frames of one activation: the address of the function's record stands for each. */
static uint32_t add_slot_frames(const struct activation *activation, void **frames, uint32_t count, uint32_t capacity) {
    const union slot *frame = activation->frame;
    for (bool is_last = false; !is_last && count < capacity; frame = frame[LINK_FRAME].frame) {
        frames[count++] = (void *)(uintptr_t)frame[LINK_FUNC].func;
        is_last = frame[LINK_CODE].code == exit_code;
    }
    return count;
}

/* The native frames, and those of each activation where the one stands that started it. */
static uint32_t frame_source(void **frames, uint32_t capacity) {
    void *native[W2C_MAX_FRAMES];
    const uint32_t native_count = w2c_native_frames(native, W2C_MAX_FRAMES);
    const struct activation *activation = w2c_engine_position;
    uint32_t count = 0;
    for (uint32_t i = 0; i < native_count && count < capacity; i++) {
        /* The unwinder's addresses are those of the call, one before the return. */
        if (activation && (char *)native[i] + 1 == (char *)activation->return_address) {
            count = add_slot_frames(activation, frames, count, capacity);
            activation = activation->outer;
        }
        if (count < capacity) frames[count++] = native[i];
    }
    return count;
}

/* A sample may be taken in the middle of a call or a return, when a link is not complete, or an old value: so a link is
 * followed only to lower slots of this thread, and what is no function of ours is not known by its address. */
static uint32_t add_sampled_frames(const struct activation *activation, void **frames, uint32_t count,
                                   uint32_t capacity) {
    const union slot *frame = activation->frame;
    for (const union slot *above = activation->limit; count < capacity && frame >= thread_slots && frame < above;) {
        frames[count++] = (void *)(uintptr_t)frame[LINK_FUNC].func;
        if (frame[LINK_CODE].code == exit_code) break;
        above = frame;
        frame = frame[LINK_FRAME].frame;
    }
    return count;
}

static uint32_t sample_source(void **frames, uint32_t capacity) {
    uint32_t count = 0;
    for (const struct activation *at = w2c_engine_position; at; at = at->outer)
        count = add_sampled_frames(at, frames, count, capacity);
    return count;
}

static bool find_func(const struct w2c_code_range *range, uintptr_t address, uint32_t *func_idx) {
    const struct interp_func *func = (const struct interp_func *)address;
    (void)range;
    *func_idx = func->live->func_idx;
    return true;
}

/* ---- instances ---- */

/* Nobody calls it: what has it for code is called as a function of the interpreter. */
void interp_code(void) {
    w2c_trap_message(W2C_TRAP_HOST, "a function of the interpreter was called as native code");
}

/* Plain memories are guarded all or none; others are checked in any case (run_memory.h). */
static const void *memory_view_of(const struct live_instance *instance, bool *is_guarded) {
    const struct module *module = instance->live->module;
    *is_guarded = true;
    for (uint32_t i = 0; i < module->memory_count; i++)
        *is_guarded &= memory_kind(module, i) != MEMORY_PLAIN || instance->memories[i]->is_guarded;
    if (module->memory_count == 0) return NULL;
    return *is_guarded ? (const void *)instance->memories[0]->base : instance->memories[0];
}

static void register_range(struct interp_instance *interp, uint32_t func_count) {
    const struct live_module *live = interp->live->live;
    interp->range = (struct w2c_code_range){.low = (uintptr_t)interp->funcs,
                                            .high = (uintptr_t)(interp->funcs + func_count),
                                            .module = live->descriptor.name,
                                            .write_name = live_write_name,
                                            .names = live->module,
                                            .function_count = live->descriptor.function_count,
                                            .find = find_func};
    w2c_code_add(&interp->range);
}

static void link_instance(struct live_instance *instance) {
    const struct module *module = instance->live->module;
    const uint32_t own_count = module->func_count - module->imported_func_count;
    pthread_once(&tables_once, fill_tables);
    struct interp_instance *interp = arena_new(&instance->arena, struct interp_instance);
    bool is_guarded;
    interp->live = instance;
    interp->memory = memory_view_of(instance, &is_guarded);
    interp->handlers = &tables[is_guarded][configuration.memory];
    interp->host_types = arena_array(&instance->arena, struct host_type *, module->type_count + 1);
    interp->types = interp_slot_types(&instance->arena, module);
    interp->funcs = arena_array(&instance->arena, struct interp_func, own_count + 1);
    instance->engine_state = interp;
    for (uint32_t i = 0; i < own_count; i++) {
        struct live_func *live = &instance->own_funcs[i];
        struct interp_func *func = &interp->funcs[i];
        *func = (struct interp_func){.code = lower_code,
                                     .memory = interp->memory,
                                     .home = module->makes_tail_calls[live->func_idx] ? lower_code : interp->memory,
                                     .handlers = interp->handlers,
                                     .frame_bytes = LINK_SLOTS * sizeof(union slot),
                                     .param_count = interp->types[module->funcs[live->func_idx].type_idx].param_count,
                                     .live = live};
        live->code = func;
        live->record.code = interp_code;
        live->record.context = live;
    }
    register_range(interp, own_count);
}

static void free_instance(struct live_instance *instance) {
    struct interp_instance *interp = instance->engine_state;
    if (!interp) return;
    w2c_code_remove(&interp->range);
    arena_free(&interp->scratch);
}

const struct engine interp_engine = {.name = "interp", .link = link_instance, .invoke = invoke, .free = free_instance};
