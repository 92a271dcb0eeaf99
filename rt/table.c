/* Tables, and the operators on ranges of them.
 *
 * A table's block is always as large as the next power of two from its size, so that growing one element at a
 * time moves it rarely and no capacity has to be stored: it follows from the size.
 *
 * Limit of this implementation: 10 million elements (80 MB), as engines in browsers have it. A larger minimum
 * fails like lack of memory, growing further is refused with -1, as the specification permits (4.6, table.grow). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdlib.h>
#include <string.h>

#include "w2c/ops_table.h"

enum { W2C_TABLE_LIMIT = 10000000, W2C_TABLE_SMALLEST = 8 };

/* At most 2^24 for a size within the limit, so that its bytes fit a size_t of 32 bits. */
static size_t table_capacity(u64 size) {
    size_t capacity = W2C_TABLE_SMALLEST;
    while (capacity < size) {
        capacity *= 2;
    }
    return capacity;
}

/* The caller has checked the range. */
static void table_set_range(struct w2c_table *t, u64 start, u64 count, const void *reference) {
    for (u64 i = 0; i < count; i++) {
        t->elements[start + i] = reference;
    }
}

W2C_RT bool w2c_table_init(struct w2c_table *table, struct w2c_table_type type, const void *fill) {
    memset(table, 0, sizeof *table);
    table->max = type.has_max ? type.max : type.is_64 ? UINT64_MAX : UINT32_MAX;
    table->type = type.type;
    table->has_max = type.has_max;
    table->is_64 = type.is_64;
    if (type.min > table->max || type.min > W2C_TABLE_LIMIT) {
        return false;
    }
    table->elements = malloc(table_capacity(type.min) * sizeof *table->elements);
    if (!table->elements) {
        return false;
    }
    table->size = type.min;
    table_set_range(table, 0, type.min, fill);
    return true;
}

W2C_RT void w2c_table_free(struct w2c_table *table) {
    free(table->elements);
    memset(table, 0, sizeof *table);
}

W2C_RT uint64_t w2c_table_grow(struct w2c_table *table, uint64_t count, const void *fill) {
    u64 old_size = table->size;
    u64 limit = table->max < W2C_TABLE_LIMIT ? table->max : W2C_TABLE_LIMIT;
    if (count > limit - old_size) {
        return UINT64_MAX;
    }
    /* At most 10 million together: the sum cannot wrap. */
    size_t capacity = table_capacity(old_size + count);
    if (capacity != table_capacity(old_size)) {
        const void **elements = realloc(table->elements, capacity * sizeof *elements);
        if (!elements) {
            return UINT64_MAX;
        }
        table->elements = elements;
    }
    table->size += count;
    table_set_range(table, old_size, count, fill);
    return old_size;
}

W2C_RT void w2c_table_access_failed(void) {
    w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_TABLE);
}

/* The specification's texts, with the index behind them: its test suite compares only the beginning, and some
 * of its scripts expect the index of an uninitialized element there. */
W2C_RT void w2c_table_func_failed(const struct w2c_table *t, u32 i) {
    char text[64];
    enum w2c_trap trap = W2C_TRAP_INDIRECT_CALL_MISMATCH;
    if (i >= t->size) {
        trap = W2C_TRAP_UNDEFINED_ELEMENT;
    } else if (!t->elements[i]) {
        trap = W2C_TRAP_UNINITIALIZED_ELEMENT;
    }
    struct w2c_message message = w2c_message_open(text, sizeof text);
    w2c_message_add(&message, trap == W2C_TRAP_INDIRECT_CALL_MISMATCH ? "%s (element %lu)" : "%s %lu",
                    w2c_trap_text(trap), (unsigned long)i);
    w2c_trap_message(trap, text);
}

/* Traps before anything is written: an operator on a range is all or nothing (spec 4.6, table instructions). */
static void table_check(u64 size, u32 start, u32 count) {
    if ((u64)start + count > size) {
        w2c_table_access_failed();
    }
}

W2C_RT void w2c_table_fill(struct w2c_table *t, u32 i, const void *reference, u32 n) {
    table_check(t->size, i, n);
    table_set_range(t, i, n, reference);
}

W2C_RT void w2c_table_copy(struct w2c_table *destination, const struct w2c_table *source, u32 d, u32 s, u32 n) {
    table_check(source->size, s, n);
    table_check(destination->size, d, n);
    if (n != 0) {
        memmove(destination->elements + d, source->elements + s, n * sizeof *source->elements);
    }
}

W2C_RT void w2c_table_copy_in(struct w2c_table *t, const void *const *segment, u64 segment_count, u32 d, u32 s,
                              u32 n) {
    table_check(segment_count, s, n);
    table_check(t->size, d, n);
    if (n != 0) {
        memcpy(t->elements + d, segment + s, n * sizeof *t->elements);
    }
}
