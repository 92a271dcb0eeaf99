/* Validation of operators on references of any type (spec 3.4.2, 3.4.5), and of locals that have no value at first.
 *
 * In code that cannot be reached, a reference that nobody made has the type TYPE_BOTTOM_REF: it is below all reference
 * types, and no number, so more is known of it than of a value of TYPE_BOTTOM.
 *
 * A local whose type has no null, such as (ref 5), may be read only where it has been set before, by an operator that
 * stands before in the same block or in one around it (spec 3.4.1, instruction types). Which locals are set is a flag
 * for each; `set_list` has them in the order in which they were set, and leaving a block undoes what was set in
 * it. Functions without such locals have neither.
 */
#include <string.h>

#include "../base/arena.h"
#include "validate_internal.h"

/* ---- locals ---- */

static void note_group(struct validator *v, uint32_t first, uint32_t end, valtype type) {
    if (type_is_defaultable(type)) return;
    if (!v->is_unset) v->is_unset = arena_array(v->arena, bool, v->local_count);
    memset(v->is_unset + first, true, end - first);
    v->unset_count += end - first;
}

void validate_open_locals(struct validator *v) {
    uint32_t first = v->type->param_count;
    for (uint32_t i = 0; i < v->local_group_count; i++) {
        note_group(v, first, v->locals[i].end, v->locals[i].type);
        first = v->locals[i].end;
    }
    v->set_list = arena_array(v->arena, uint32_t, v->unset_count);
}

void validate_local_is_set(const struct validator *v, uint32_t idx) {
    if (v->is_unset && v->is_unset[idx])
        validate_fail(v, "uninitialized local: local %u is read before it is set", (unsigned)idx);
}

void validate_set_local(struct validator *v, uint32_t idx) {
    if (!v->is_unset || !v->is_unset[idx]) return;
    v->is_unset[idx] = false;
    v->set_list[v->set_count++] = idx;
}

void validate_unset_locals(struct validator *v, uint32_t set_count) {
    while (v->set_count > set_count)
        v->is_unset[v->set_list[--v->set_count]] = true;
}

/* ---- references ---- */

valtype validate_pop_ref(struct validator *v) {
    const valtype found = validate_pop_any(v);
    if (found == TYPE_BOTTOM) return TYPE_BOTTOM_REF;
    char text[TYPE_TEXT_BYTES];
    if (!type_is_ref(found)) validate_fail(v, "type mismatch: expected a reference, found %s", type_text(text, found));
    return found;
}

void validate_ref_null(struct validator *v, struct instr *instr) {
    validate_push(v, instr->type);
}

void validate_ref_is_null(struct validator *v, struct instr *instr) {
    instr->source = validate_pop_ref(v);
    validate_push(v, TYPE_I32);
}

void validate_ref_as_non_null(struct validator *v, struct instr *instr) {
    instr->source = validate_pop_ref(v);
    validate_push(v, instr->source & ~TYPE_NULLABLE);
}

/* The type of a function reference is the function's own, and never null (3.0); 2.0 said funcref. */
void validate_ref_func(struct validator *v, struct instr *instr) {
    validate_index(v, "function", instr->idx, v->module->func_count);
    const struct func *func = &v->module->funcs[instr->idx];
    if (!v->is_constant && !func->is_declared)
        validate_fail(v, "undeclared function reference: function %u occurs in no export, global or element segment",
                      (unsigned)instr->idx);
    validate_push(v, type_ref_defined(func->type_idx, false));
}

/* The reference lies above the arguments. */
void validate_call_ref(struct validator *v, struct instr *instr) {
    const struct functype *type = validate_functype(v, instr->idx);
    instr->source = validate_pop(v, type_ref_defined(instr->idx, true));
    validate_pop_all(v, type->params, type->param_count);
    validate_push_all(v, type->results, type->result_count);
}

/* ---- branches ---- */

/* If the branch is taken, the null is gone. */
void validate_br_on_null(struct validator *v, struct instr *instr) {
    instr->source = validate_pop_ref(v);
    valtype single;
    const struct type_list types = validate_label_types(v, instr->idx, &single);
    validate_pop_all(v, types.types, types.count);
    validate_push_all(v, types.types, types.count);
    validate_push(v, instr->source & ~TYPE_NULLABLE);
}

/* If the branch is taken, the reference goes with it; if not, it was null and is gone. */
void validate_br_on_non_null(struct validator *v, struct instr *instr) {
    instr->source = validate_pop_ref(v);
    valtype single;
    const struct type_list types = validate_label_types(v, instr->idx, &single);
    if (types.count == 0) validate_fail(v, "type mismatch: label %u takes no reference", (unsigned)instr->idx);
    validate_push(v, instr->source & ~TYPE_NULLABLE);
    validate_pop_all(v, types.types, types.count);
    validate_push_all(v, types.types, types.count - 1);
}
