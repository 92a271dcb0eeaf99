/* What the table operators and calls by reference do, for tables with 32-bit indices (spec 4.6).
 *
 * Reading, writing and calling through an element are inline, with the failure paths out of line so that a call
 * site costs one compare for the index and one for the type. Operations on ranges check before they write. */
#ifndef W2C_OPS_TABLE_H
#define W2C_OPS_TABLE_H

#include "types.h"
#include "w2c.h"

/* Out of line parts, in rt/table.c. */
W2C_NORETURN W2C_RT_DECL void w2c_table_access_failed(void);
/* Says why element `i` cannot be called as `type`: no such element, a null, or another type. */
W2C_NORETURN W2C_RT_DECL void w2c_table_func_failed(const struct w2c_table *t, u32 i);
W2C_RT_DECL void w2c_table_fill(struct w2c_table *t, u32 i, const void *reference, u32 n);
W2C_RT_DECL void w2c_table_copy(struct w2c_table *destination, const struct w2c_table *source, u32 d, u32 s, u32 n);
W2C_RT_DECL void w2c_table_copy_in(struct w2c_table *t, const void *const *segment, u64 segment_count, u32 d, u32 s,
                                   u32 n);

W2C_INLINE const void *table_get(const struct w2c_table *t, u32 i) {
    if (W2C_UNLIKELY(i >= t->size)) {
        w2c_table_access_failed();
    }
    return t->elements[i];
}

W2C_INLINE void table_set(struct w2c_table *t, u32 i, const void *reference) {
    if (W2C_UNLIKELY(i >= t->size)) {
        w2c_table_access_failed();
    }
    t->elements[i] = reference;
}

W2C_INLINE u32 table_size(const struct w2c_table *t) {
    return (u32)t->size;
}

/* The size before, or 0xffffffff if the limit or the host refuses. */
W2C_INLINE u32 table_grow(struct w2c_table *t, const void *reference, u32 n) {
    return (u32)w2c_table_grow(t, n, reference);
}

W2C_INLINE void table_fill(struct w2c_table *t, u32 i, const void *reference, u32 n) {
    w2c_table_fill(t, i, reference, n);
}

/* Source and destination may overlap, also when they are the same table. */
W2C_INLINE void table_copy(struct w2c_table *destination, const struct w2c_table *source, u32 d, u32 s, u32 n) {
    w2c_table_copy(destination, source, d, s, n);
}

/* Copies elements [s, s + n) of an element segment; `segment_count` is 0 once it has been dropped. */
W2C_INLINE void table_init(struct w2c_table *t, const void *const *segment, u64 segment_count, u32 d, u32 s, u32 n) {
    w2c_table_copy_in(t, segment, segment_count, d, s, n);
}

/* The function to call in element `i`, which is of type `type` (a w2c_type_id). */
W2C_INLINE const struct w2c_func *table_func(const struct w2c_table *t, u32 i, u32 type) {
    if (W2C_LIKELY(i < t->size)) {
        const struct w2c_func *func = (const struct w2c_func *)t->elements[i];
        if (W2C_LIKELY(func != NULL && func->type == type)) {
            return func;
        }
    }
    w2c_table_func_failed(t, i);
}

/* The same for a program's table that nothing changes: `codes` has the code of elements [first, first + count) that are
 * of the type, and NULL for others. */
W2C_INLINE w2c_code table_code(const struct w2c_table *t, u32 i, const w2c_code *codes, u32 first, u32 count) {
    if (W2C_LIKELY(i - first < count)) {
        const w2c_code code = codes[i - first];
        if (W2C_LIKELY(code != NULL)) {
            return code;
        }
    }
    w2c_table_func_failed(t, i);
}

/* ---- references ---- */

W2C_INLINE const void *ref_as_non_null(const void *reference) {
    if (W2C_UNLIKELY(!reference)) {
        w2c_trap(W2C_TRAP_NULL_REFERENCE);
    }
    return reference;
}

/* The function that call_ref calls: its type was validated. */
W2C_INLINE const struct w2c_func *ref_func(const void *reference) {
    if (W2C_UNLIKELY(!reference)) {
        w2c_trap(W2C_TRAP_NULL_FUNCTION);
    }
    return (const struct w2c_func *)reference;
}

#endif
