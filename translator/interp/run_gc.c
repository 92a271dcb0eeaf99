/* Handlers of operators on objects and on what references are (lower_gc.c). Operands stand in slots next to each other
 * and stay there until the operation is done, so a collection in the middle of it finds them.
 */
#include "run_gc.h"

#include <string.h>

#include "run.h"
#include "w2c/ops_gc.h"
#define FIELD(n) const union field_word word = {.bits = pc[n].bits}

static inline const struct w2c_type *record_at(const union word *word) {
    return word->constant_pointer;
}

/* The machine is little-endian: a value begins with the bytes that a field has of it. */
static inline void put_field(const void *object, size_t offset, const union field_word *word, const union slot *value) {
    memcpy((u8 *)(uintptr_t)object + offset, value, word->field.bytes);
}

static inline void get_field(const void *object, size_t offset, const union field_word *word, union slot *value) {
    const u8 *const place = (const u8 *)object + offset;
    switch (word->field.bytes) {
    case 1: value->i64 = word->field.is_signed ? (u32)(s8)*place : *place; break;
    case 2: {
        u16 bits;
        memcpy(&bits, place, sizeof bits);
        value->i64 = word->field.is_signed ? (u32)(s16)bits : bits;
        break;
    }
    case 4: {
        u32 bits;
        memcpy(&bits, place, sizeof bits);
        value->i64 = bits;
        break;
    }
    case 8: memcpy(value, place, sizeof value->i64); break;
    default: memcpy(value, place, 2 * sizeof *value); break;
    }
}

static inline size_t element_offset(const union field_word *word, u32 i) {
    return word->field.offset + (size_t)i * word->field.bytes;
}

/* ---- structures ---- */

HANDLER(STRUCT_NEW) {
    OPERANDS;
    const struct w2c_type *const type = record_at(&pc[1]);
    const size_t count = pc[2].bits;
    const void *const object = w2c_heap_new(type, type->bytes);
    const union slot *value = operands;
    for (size_t i = 0; i < count; i++) {
        FIELD(3 + i);
        put_field(object, word.field.offset, &word, value);
        value += word.field.slots;
    }
    operands[0].ref = object;
    NEXT(3 + count);
}
HANDLER(STRUCT_GET) {
    OPERANDS;
    FIELD(1);
    get_field(not_null_struct(operands[0].ref), word.field.offset, &word, operands);
    NEXT(2);
}
HANDLER(STRUCT_SET) {
    OPERANDS;
    FIELD(1);
    put_field(not_null_struct(operands[0].ref), word.field.offset, &word, operands + 1);
    NEXT(2);
}

/* ---- arrays ---- */

static void fill(const void *array, u32 i, const union field_word *word, const union slot *value, u32 n) {
    array_check_range(array, i, n);
    for (u32 k = 0; k < n; k++) {
        put_field(array, element_offset(word, i + k), word, value);
    }
}

HANDLER(ARRAY_NEW) {
    OPERANDS;
    FIELD(2);
    const u32 length = operands[word.field.slots].i32;
    const void *const array = w2c_array_new(record_at(&pc[1]), length);
    fill(array, 0, &word, operands, length);
    operands[0].ref = array;
    NEXT(4);
}
HANDLER(ARRAY_NEW_DEFAULT) {
    OPERANDS;
    operands[0].ref = w2c_array_new(record_at(&pc[1]), operands[0].i32);
    NEXT(4);
}
HANDLER(ARRAY_NEW_FIXED) {
    OPERANDS;
    FIELD(2);
    const u32 length = (u32)pc[3].bits;
    const void *const array = w2c_array_new(record_at(&pc[1]), length);
    for (u32 i = 0; i < length; i++) {
        put_field(array, element_offset(&word, i), &word, operands + (size_t)i * word.field.slots);
    }
    operands[0].ref = array;
    NEXT(4);
}
HANDLER(ARRAY_NEW_DATA) {
    OPERANDS;
    const struct span *const data = pc[2].constant_pointer;
    operands[0].ref = w2c_array_new_data(record_at(&pc[1]), data->bytes, data->size, operands[0].i32, operands[1].i32);
    NEXT(3);
}
HANDLER(ARRAY_NEW_ELEM) {
    OPERANDS;
    const struct live_element *const element = pc[2].constant_pointer;
    operands[0].ref =
        w2c_array_new_elem(record_at(&pc[1]), element->refs, element->count, operands[0].i32, operands[1].i32);
    NEXT(3);
}
HANDLER(ARRAY_GET) {
    OPERANDS;
    FIELD(1);
    const void *const array = not_null_array(operands[0].ref);
    const u32 i = operands[1].i32;
    array_check(array, i);
    get_field(array, element_offset(&word, i), &word, operands);
    NEXT(2);
}
HANDLER(ARRAY_SET) {
    OPERANDS;
    FIELD(1);
    const void *const array = not_null_array(operands[0].ref);
    const u32 i = operands[1].i32;
    array_check(array, i);
    put_field(array, element_offset(&word, i), &word, operands + 2);
    NEXT(2);
}
HANDLER(ARRAY_LEN) {
    OPERANDS;
    operands[0].i64 = array_len(not_null_array(operands[0].ref));
    NEXT(1);
}
HANDLER(ARRAY_FILL) {
    OPERANDS;
    FIELD(1);
    fill(not_null_array(operands[0].ref), operands[1].i32, &word, operands + 2, operands[2 + word.field.slots].i32);
    NEXT(2);
}
HANDLER(ARRAY_COPY) {
    OPERANDS;
    w2c_array_copy(not_null_array(operands[0].ref), operands[1].i32, not_null_array(operands[2].ref), operands[3].i32,
                   operands[4].i32);
    NEXT(1);
}
HANDLER(ARRAY_INIT_DATA) {
    OPERANDS;
    const struct span *const data = pc[2].constant_pointer;
    w2c_array_init_data(not_null_array(operands[0].ref), operands[1].i32, data->bytes, data->size, operands[2].i32,
                        operands[3].i32);
    NEXT(3);
}
HANDLER(ARRAY_INIT_ELEM) {
    OPERANDS;
    const struct live_element *const element = pc[2].constant_pointer;
    w2c_array_init_elem(not_null_array(operands[0].ref), operands[1].i32, element->refs, element->count,
                        operands[2].i32, operands[3].i32);
    NEXT(3);
}

/* ---- what a reference is ---- */

static bool test(const void *reference, const union word *pc) {
    const union test_word word = {.bits = pc[1].bits};
    if (!reference) return word.test.takes_null;
    switch ((enum test_kind)word.test.kind) {
    case TEST_ALL: return true;
    case TEST_NONE: return false;
    case TEST_EQ: return ref_is_eq(reference);
    case TEST_I31: return ref_is_i31(reference);
    case TEST_STRUCT: return ref_is_struct(reference);
    case TEST_ARRAY: return ref_is_array(reference);
    case TEST_OBJECT: return ref_is(reference, record_at(&pc[2]));
    case TEST_FUNC: return func_is(reference, record_at(&pc[2]));
    }
    return false;
}

HANDLER(REF_TEST) {
    OPERANDS;
    operands[0].i64 = test(operands[0].ref, pc);
    NEXT(3);
}
HANDLER(REF_CAST) {
    OPERANDS;
    if (W2C_UNLIKELY(!test(operands[0].ref, pc))) w2c_cast_failed();
    NEXT(3);
}
HANDLER(REF_I31) {
    OPERANDS;
    operands[0].ref = ref_i31(operands[0].i32);
    NEXT(1);
}
HANDLER(I31_GET_S) {
    OPERANDS;
    operands[0].i64 = i31_get_s(not_null_i31(operands[0].ref));
    NEXT(1);
}
HANDLER(I31_GET_U) {
    OPERANDS;
    operands[0].i64 = i31_get_u(not_null_i31(operands[0].ref));
    NEXT(1);
}

void run_fill_heap(struct handler_table *table) {
    run_handler **run = table->run;
#define ENTER(id) run[RUN_##id] = run_##id;
    ENTER(STRUCT_NEW)
    ENTER(STRUCT_GET)
    ENTER(STRUCT_SET)
    ENTER(ARRAY_NEW)
    ENTER(ARRAY_NEW_DEFAULT)
    ENTER(ARRAY_NEW_FIXED)
    ENTER(ARRAY_NEW_DATA)
    ENTER(ARRAY_NEW_ELEM)
    ENTER(ARRAY_GET)
    ENTER(ARRAY_SET)
    ENTER(ARRAY_LEN)
    ENTER(ARRAY_FILL)
    ENTER(ARRAY_COPY)
    ENTER(ARRAY_INIT_DATA)
    ENTER(ARRAY_INIT_ELEM)
    ENTER(REF_TEST)
    ENTER(REF_CAST)
    ENTER(REF_I31)
    ENTER(I31_GET_S)
    ENTER(I31_GET_U)
#undef ENTER
}
