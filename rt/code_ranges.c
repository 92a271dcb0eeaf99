/* Code that is in no object file: what engines in this process (w2c/engine.h) say of their addresses and frames.
 *
 * The list is short, one entry for each live module, and read by fault handlers, so it is walked without a lock. An
 * entry is complete before it can be seen. One that goes must not be in use, which is its owner's promise.
 *
 * Part of the runtime as a library only: a self-contained output has no engine beside it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"
#include "w2c/engine.h"

#if W2C_GNU
#define CODE_LOAD(pointer) __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define CODE_STORE(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELEASE)
#else
#define CODE_LOAD(pointer) (*(pointer))
#define CODE_STORE(pointer, value) (*(pointer) = (value))
#endif

W2C_THREAD_LOCAL w2c_frame_source w2c_engine_frames;
W2C_THREAD_LOCAL w2c_frame_source w2c_engine_samples;
W2C_THREAD_LOCAL void *w2c_engine_position;

static struct w2c_code_range *code_ranges;
static int code_lock;

void w2c_code_add(struct w2c_code_range *range) {
    w2c_lock(&code_lock);
    range->next = code_ranges;
    CODE_STORE(&code_ranges, range);
    w2c_unlock(&code_lock);
}

void w2c_code_remove(struct w2c_code_range *range) {
    w2c_lock(&code_lock);
    struct w2c_code_range **link = &code_ranges;
    while (*link && *link != range) {
        link = &(*link)->next;
    }
    if (*link) {
        CODE_STORE(link, range->next);
    }
    w2c_unlock(&code_lock);
}

/* The names have no symbol prefix: nothing looks these functions up in a symbol table. */
bool w2c_code_find(uintptr_t address, struct w2c_symbol *out) {
    for (const struct w2c_code_range *range = CODE_LOAD(&code_ranges); range; range = CODE_LOAD(&range->next)) {
        uint32_t func_idx;
        if (address >= range->low && address < range->high && range->find(range, address, &func_idx) &&
            func_idx < range->function_count) {
            out->names = (struct w2c_names){range->module, "", NULL, range->function_count};
            out->index = func_idx;
            out->range = range;
            return true;
        }
    }
    return false;
}

void w2c_code_name(const struct w2c_symbol *symbol, char *name, size_t capacity) {
    name[0] = 0;
    if (symbol->range->write_name) {
        symbol->range->write_name(symbol->range->names, symbol->index, name, capacity);
    }
}

uint32_t w2c_code_frames(void **frames, uint32_t capacity) {
    return w2c_engine_frames ? w2c_engine_frames(frames, capacity) : w2c_backtrace(frames, capacity);
}

uint32_t w2c_code_samples(void **frames, uint32_t capacity) {
    return w2c_engine_samples ? w2c_engine_samples(frames, capacity) : 0;
}

void *w2c_code_position(void) {
    return w2c_engine_position;
}

void w2c_code_go_back(void *position) {
    w2c_engine_position = position;
}

/* Its own frame is not the caller's business, but costs a message nothing. */
uint32_t w2c_native_frames(void **frames, uint32_t capacity) {
    return w2c_backtrace(frames, capacity);
}
