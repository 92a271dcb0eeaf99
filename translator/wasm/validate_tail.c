/* Validation of tail calls (spec 3.4.1): the callee returns to the caller's caller, so its results must be what the
 * caller promises. That the function makes one is noted, see module.makes_tail_calls. */
#include "validate_internal.h"

static void apply_tail_call(struct validator *v, const struct functype *type) {
    const struct functype *own = v->type;
    bool fits = type->result_count == own->result_count;
    for (uint32_t i = 0; fits && i < type->result_count; i++)
        fits = type_matches(v->module, type->results[i], own->results[i]);
    if (!fits) validate_fail(v, "type mismatch: the results of a tail call must be those of the function");
    validate_pop_all(v, type->params, type->param_count);
    validate_set_unreachable(v);
    v->module->makes_tail_calls[v->diag->func_idx] = true;
}

void validate_return_call(struct validator *v, struct instr *instr) {
    validate_index(v, "function", instr->idx, v->module->func_count);
    apply_tail_call(v, func_type(v->module, instr->idx));
}

void validate_return_call_indirect(struct validator *v, struct instr *instr) {
    apply_tail_call(v, validate_table_call(v, instr));
}

void validate_return_call_ref(struct validator *v, struct instr *instr) {
    const struct functype *type = validate_functype(v, instr->idx);
    instr->source = validate_pop(v, type_ref_defined(instr->idx, true));
    apply_tail_call(v, type);
}
