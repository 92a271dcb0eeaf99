/* Vectors in structures and arrays: for modules that have both. */
#ifndef W2C_OPS_GC_SIMD_H
#define W2C_OPS_GC_SIMD_H

#include "ops_gc.h"
#include "types_simd.h"

W2C_INLINE v128 struct_get_v128(const void *object, u32 offset) {
    v128 value;
    __builtin_memcpy(&value, (const u8 *)object + offset, sizeof value);
    return value;
}

W2C_INLINE void struct_set_v128(const void *object, u32 offset, v128 value) {
    __builtin_memcpy((void *)((uintptr_t)object + offset), &value, sizeof value);
}

W2C_INLINE v128 array_get_v128(const void *array, u32 i) {
    v128 value;
    array_check(array, i);
    __builtin_memcpy(&value, (const u8 *)array + W2C_ARRAY_START(v128) + (size_t)i * sizeof value, sizeof value);
    return value;
}

W2C_INLINE void array_set_v128(const void *array, u32 i, v128 value) {
    array_check(array, i);
    __builtin_memcpy((u8 *)(uintptr_t)array + W2C_ARRAY_START(v128) + (size_t)i * sizeof value, &value, sizeof value);
}

W2C_INLINE void array_fill_v128(const void *array, u32 i, v128 value, u32 n) {
    array_check_range(array, i, n);
    u8 *const first = (u8 *)(uintptr_t)array + W2C_ARRAY_START(v128) + (size_t)i * sizeof value;
    for (size_t k = 0; k < n; k++) {
        __builtin_memcpy(first + k * sizeof value, &value, sizeof value);
    }
}

W2C_INLINE const void *array_new_v128(const struct w2c_type *type, v128 value, u32 n) {
    const void *const array = w2c_array_new(type, n);
    array_fill_v128(array, 0, value, n);
    return array;
}

#endif
