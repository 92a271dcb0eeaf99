/* What the operators on structures, arrays, i31 and the types of references mean (spec 3.0, 4.6).
 *
 * A reference is a pointer:
 *
 *     null             NULL
 *     i31              bit 63 set, the number in bits 1 to 31, bit 0 set: an address that no object and no host has
 *     an object        leads into the range of the heap (heap.h)
 *     anything else    a function, or a pointer of the host
 *
 * so what a reference is can be told without looking behind it, and i31 takes no memory. An object begins with the
 * record of its type; an array goes on with its length. Where fields are is fixed by their types (type_records.h), and
 * the translator writes it as a number.
 *
 * Accesses may alias anything, for the room of a dead object becomes another one of other types. */
#ifndef W2C_OPS_GC_H
#define W2C_OPS_GC_H

#include "heap.h"
#include "types.h"

/* ---- out of line, in rt/heap_objects.c ---- */

W2C_NORETURN W2C_RT_DECL void w2c_null_struct(void);
W2C_NORETURN W2C_RT_DECL void w2c_null_array(void);
W2C_NORETURN W2C_RT_DECL void w2c_null_i31(void);
W2C_NORETURN W2C_RT_DECL void w2c_array_failed(void);
W2C_NORETURN W2C_RT_DECL void w2c_cast_failed(void);
W2C_RT_DECL const void *w2c_array_new(const struct w2c_type *type, u32 n);
W2C_RT_DECL const void *w2c_array_new_data(const struct w2c_type *type, const u8 *bytes, u64 size, u32 s, u32 n);
W2C_RT_DECL const void *w2c_array_new_elem(const struct w2c_type *type, const void *const *refs, u64 count, u32 s,
                                           u32 n);
W2C_RT_DECL void w2c_array_copy(const void *to, u32 d, const void *from, u32 s, u32 n);
W2C_RT_DECL void w2c_array_init_data(const void *to, u32 d, const u8 *bytes, u64 size, u32 s, u32 n);
W2C_RT_DECL void w2c_array_init_elem(const void *to, u32 d, const void *const *refs, u64 count, u32 s, u32 n);

/* ---- null ---- */

W2C_INLINE const void *not_null_struct(const void *reference) {
    if (W2C_UNLIKELY(!reference)) {
        w2c_null_struct();
    }
    return reference;
}

W2C_INLINE const void *not_null_array(const void *reference) {
    if (W2C_UNLIKELY(!reference)) {
        w2c_null_array();
    }
    return reference;
}

W2C_INLINE const void *not_null_i31(const void *reference) {
    if (W2C_UNLIKELY(!reference)) {
        w2c_null_i31();
    }
    return reference;
}

/* ---- i31 ---- */

W2C_INLINE const void *ref_i31(u32 value) {
    return (const void *)(uintptr_t)((u64)1 << 63 | (u64)(value << 1) | 1);
}

W2C_INLINE u32 i31_get_s(const void *reference) {
    return (u32)((s32)(u32)(uintptr_t)reference >> 1);
}

W2C_INLINE u32 i31_get_u(const void *reference) {
    return (u32)(uintptr_t)reference >> 1;
}

/* ---- what a reference is ---- */

W2C_INLINE bool ref_is_i31(const void *reference) {
    return (u64)(uintptr_t)reference >> 63 != 0;
}

/* Of an object. */
W2C_INLINE const struct w2c_type *object_type(const void *object) {
    return *(const struct w2c_type *const *)object;
}

W2C_INLINE bool ref_is_struct(const void *reference) {
    return w2c_heap_has(reference) && object_type(reference)->kind == W2C_TYPE_STRUCT;
}

W2C_INLINE bool ref_is_array(const void *reference) {
    return w2c_heap_has(reference) && object_type(reference)->kind == W2C_TYPE_ARRAY;
}

W2C_INLINE bool ref_is_eq(const void *reference) {
    return w2c_heap_has(reference) || ref_is_i31(reference);
}

/* Of a type that is known to be a structure's or an array's; the reference is an object. */
W2C_INLINE bool object_is(const void *object, const struct w2c_type *type) {
    const struct w2c_type *own = object_type(object);
    return own == type || (own->depth > type->depth && own->display[type->depth] == type);
}

W2C_INLINE bool object_is_exactly(const void *object, const struct w2c_type *type) {
    return object_type(object) == type;
}

/* The same for any reference. */
W2C_INLINE bool ref_is(const void *reference, const struct w2c_type *type) {
    return w2c_heap_has(reference) && object_is(reference, type);
}

/* Of a type that has no subtypes. */
W2C_INLINE bool ref_is_exactly(const void *reference, const struct w2c_type *type) {
    return w2c_heap_has(reference) && object_type(reference) == type;
}

/* A function, of a function type. */
W2C_INLINE bool func_is(const void *reference, const struct w2c_type *type) {
    const u32 id = ((const struct w2c_func *)reference)->type;
    return id == type->id || w2c_type_is_subtype(id, type->id);
}

/* ---- objects ---- */

W2C_INLINE const void *struct_new(const struct w2c_type *type, u32 bytes) {
    return w2c_heap_new_small(type, bytes);
}

W2C_INLINE u32 array_len(const void *array) {
    return *(const u32 *)(const void *)((const u8 *)array + W2C_ARRAY_LENGTH);
}

W2C_INLINE void array_check(const void *array, u32 i) {
    if (W2C_UNLIKELY(i >= array_len(array))) {
        w2c_array_failed();
    }
}

W2C_INLINE void array_check_range(const void *array, u32 i, u32 n) {
    if (W2C_UNLIKELY((u64)i + n > array_len(array))) {
        w2c_array_failed();
    }
}

/* Behind type and length, at a multiple of their size. */
#define W2C_ARRAY_START(type) (sizeof(type) <= 4 ? 12 : 16)

#if W2C_GNU
#define W2C_ALIASED __attribute__((may_alias))
#else
#define W2C_ALIASED
#endif

/* Reading what memory has as `stored`, where the operand stack has `value`. */
#define W2C_OBJECT_GET(name, value, stored)                                                                            \
    typedef stored W2C_ALIASED w2c_aliased_##name;                                                                     \
    W2C_INLINE value struct_get_##name(const void *object, u32 offset) {                                               \
        return (value)*(const w2c_aliased_##name *)(const void *)((const u8 *)object + offset);                        \
    }                                                                                                                  \
    W2C_INLINE value array_get_##name(const void *array, u32 i) {                                                      \
        array_check(array, i);                                                                                         \
        return (value)((const w2c_aliased_##name *)(const void *)((const u8 *)array + W2C_ARRAY_START(stored)))[i];    \
    }

#define W2C_OBJECT_KIND(name, value, stored)                                                                           \
    W2C_OBJECT_GET(name, value, stored)                                                                                \
    W2C_INLINE void struct_set_##name(const void *object, u32 offset, value v) {                                       \
        *(w2c_aliased_##name *)((uintptr_t)object + offset) = (stored)v;                                               \
    }                                                                                                                  \
    W2C_INLINE void array_set_##name(const void *array, u32 i, value v) {                                              \
        array_check(array, i);                                                                                         \
        ((w2c_aliased_##name *)((uintptr_t)array + W2C_ARRAY_START(stored)))[i] = (stored)v;                           \
    }                                                                                                                  \
    W2C_INLINE void array_fill_##name(const void *array, u32 i, value v, u32 n) {                                      \
        array_check_range(array, i, n);                                                                                \
        w2c_aliased_##name *const first = (w2c_aliased_##name *)((uintptr_t)array + W2C_ARRAY_START(stored)) + i;      \
        for (size_t k = 0; k < n; k++) {                                                                               \
            first[k] = (stored)v;                                                                                      \
        }                                                                                                              \
    }                                                                                                                  \
    W2C_INLINE const void *array_new_##name(const struct w2c_type *type, value v, u32 n) {                             \
        const void *const array = w2c_array_new(type, n);                                                              \
        array_fill_##name(array, 0, v, n);                                                                             \
        return array;                                                                                                  \
    }

typedef const void *w2c_reference;

W2C_OBJECT_GET(s8, u32, s8)
W2C_OBJECT_GET(s16, u32, s16)
W2C_OBJECT_KIND(u8, u32, u8)
W2C_OBJECT_KIND(u16, u32, u16)
W2C_OBJECT_KIND(u32, u32, u32)
W2C_OBJECT_KIND(u64, u64, u64)
W2C_OBJECT_KIND(f32, f32, f32)
W2C_OBJECT_KIND(f64, f64, f64)
W2C_OBJECT_KIND(ref, w2c_reference, w2c_reference)

#endif
