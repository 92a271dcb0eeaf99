/* Arrays as wholes, and the ways in which operators on objects trap (spec 4.6). Ranges are checked before anything is
 * written or allocated: an operator is all or nothing. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <string.h>

#include "w2c/ops_gc.h"

W2C_RT void w2c_null_struct(void) {
    w2c_trap(W2C_TRAP_NULL_STRUCT);
}

W2C_RT void w2c_null_array(void) {
    w2c_trap(W2C_TRAP_NULL_ARRAY);
}

W2C_RT void w2c_null_i31(void) {
    w2c_trap(W2C_TRAP_NULL_I31);
}

W2C_RT void w2c_array_failed(void) {
    w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_ARRAY);
}

W2C_RT void w2c_cast_failed(void) {
    w2c_trap(W2C_TRAP_CAST_FAILURE);
}

/* At most 2^36 and a little: the heap says whether it has so much. */
W2C_RT const void *w2c_array_new(const struct w2c_type *type, u32 n) {
    u8 *const array = w2c_heap_new(type, type->bytes + (u64)n * type->element_bytes);
    memcpy(array + W2C_ARRAY_LENGTH, &n, sizeof n);
    return array;
}

static u8 *heap_element(const void *array, u32 i) {
    const struct w2c_type *type = object_type(array);
    return (u8 *)(uintptr_t)array + type->bytes + (size_t)i * type->element_bytes;
}

/* A segment's bytes need not fill its last element. */
static void heap_check_data(u64 size, u32 s, u64 bytes) {
    if (s + bytes > size) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    }
}

static void heap_check_elem(u64 count, u32 s, u32 n) {
    if ((u64)s + n > count) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_TABLE);
    }
}

static void heap_copy(u8 *to, const void *from, size_t bytes) {
    if (bytes != 0) {
        memcpy(to, from, bytes);
    }
}

W2C_RT const void *w2c_array_new_data(const struct w2c_type *type, const u8 *bytes, u64 size, u32 s, u32 n) {
    const u64 copied = (u64)n * type->element_bytes;
    heap_check_data(size, s, copied);
    const void *const array = w2c_array_new(type, n);
    heap_copy(heap_element(array, 0), bytes + s, (size_t)copied);
    return array;
}

W2C_RT const void *w2c_array_new_elem(const struct w2c_type *type, const void *const *refs, u64 count, u32 s, u32 n) {
    heap_check_elem(count, s, n);
    const void *const array = w2c_array_new(type, n);
    heap_copy(heap_element(array, 0), refs + s, (size_t)n * sizeof *refs);
    return array;
}

/* The two may be one array. */
W2C_RT void w2c_array_copy(const void *to, u32 d, const void *from, u32 s, u32 n) {
    array_check_range(to, d, n);
    array_check_range(from, s, n);
    if (n != 0) {
        memmove(heap_element(to, d), heap_element(from, s), (size_t)n * object_type(to)->element_bytes);
    }
}

W2C_RT void w2c_array_init_data(const void *to, u32 d, const u8 *bytes, u64 size, u32 s, u32 n) {
    const u64 copied = (u64)n * object_type(to)->element_bytes;
    array_check_range(to, d, n);
    heap_check_data(size, s, copied);
    heap_copy(heap_element(to, d), bytes + s, (size_t)copied);
}

W2C_RT void w2c_array_init_elem(const void *to, u32 d, const void *const *refs, u64 count, u32 s, u32 n) {
    array_check_range(to, d, n);
    heap_check_elem(count, s, n);
    heap_copy(heap_element(to, d), refs + s, (size_t)n * sizeof *refs);
}
