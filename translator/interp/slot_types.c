/* Types as slots have them. A vector takes two slots, one above the other, so that everything that is said in numbers
 * of values (parameters, results, heights of the stack, numbers of locals) is said in numbers of slots here, and a
 * type that stands twice in a list is one vector. */
#include <string.h>

#include "../base/arena.h"
#include "machine.h"

bool interp_is_vector(valtype type) {
    return type_code(type) == TYPE_V128;
}

static uint32_t slot_count(const valtype *types, uint32_t count) {
    uint32_t slots = count;
    for (uint32_t i = 0; i < count; i++)
        slots += interp_is_vector(types[i]);
    return slots;
}

static const valtype *expand(struct arena *arena, const valtype *types, uint32_t *count) {
    const uint32_t slots = slot_count(types, *count);
    if (slots == *count) return types;
    valtype *expanded = arena_array(arena, valtype, slots);
    uint32_t slot = 0;
    for (uint32_t i = 0; i < *count; i++) {
        expanded[slot++] = types[i];
        if (interp_is_vector(types[i])) expanded[slot++] = types[i];
    }
    *count = slots;
    return expanded;
}

struct functype interp_slot_type(struct arena *arena, const struct functype *type) {
    struct functype slots = *type;
    slots.params = expand(arena, type->params, &slots.param_count);
    slots.results = expand(arena, type->results, &slots.result_count);
    return slots;
}

const struct functype *interp_slot_types(struct arena *arena, const struct module *module) {
    struct functype *types = arena_array(arena, struct functype, (size_t)module->type_count + 1);
    for (uint32_t i = 0; i < module->type_count; i++) {
        if (module->types[i].composite == COMPOSITE_FUNC) types[i] = interp_slot_type(arena, &module->types[i].func);
    }
    return types;
}

static bool is_short(valtype type) {
    return type_code(type) == TYPE_I32 || type_code(type) == TYPE_F32;
}

void interp_put_values(union slot *slots, const valtype *types, uint32_t count, const union w2c_value *values) {
    for (uint32_t i = 0; i < count; i++) {
        if (interp_is_vector(types[i])) {
            memcpy(slots, values[i].v128, sizeof values[i].v128);
            slots += 2;
        } else {
            (slots++)->i64 = is_short(types[i]) ? values[i].i32 : values[i].i64;
        }
    }
}

void interp_get_values(union w2c_value *values, const valtype *types, uint32_t count, const union slot *slots) {
    for (uint32_t i = 0; i < count; i++) {
        if (interp_is_vector(types[i])) {
            memcpy(values[i].v128, slots, sizeof values[i].v128);
            slots += 2;
        } else if (is_short(types[i])) {
            values[i].i32 = (slots++)->i32;
        } else {
            values[i].i64 = (slots++)->i64;
        }
    }
}
