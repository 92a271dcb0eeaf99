/* Validation of operators that a signature cannot describe: blocks, branches, calls, and what takes any type
 * (spec 3.4.1 to 3.4.4). The table at the end has one entry for every row of ops.def without a signature.
 *
 * Blocks have function types. The types of a block's label are what a branch to it carries:
 *
 *     block, if     its results: the branch goes to the end
 *     loop          its parameters: the branch goes to the beginning
 *     the function  its results: the branch returns
 */
#include "validate_internal.h"

/* ---- blocks ---- */

/* The function type with this index; blocks and calls name types that need not be functions' or exist. */
const struct functype *validate_functype(const struct validator *v, uint32_t type_idx) {
    validate_index(v, "type", type_idx, v->module->type_count);
    if (v->module->types[type_idx].composite != COMPOSITE_FUNC)
        validate_fail(v, "type mismatch: type %u is not a function type", (unsigned)type_idx);
    return &v->module->types[type_idx].func;
}

/* Parameters are popped from the outer block and belong to the new one. */
void validate_open_block(struct validator *v, struct instr *instr) {
    if (instr->block.type_idx != NO_TYPE) validate_functype(v, instr->block.type_idx);
    valtype single;
    const struct functype type = block_functype(v->module, instr->block, &single);
    validate_pop_all(v, type.params, type.param_count);
    validate_push_frame(v, instr->op, instr->block);
    validate_push_all(v, type.params, type.param_count);
}

/* The condition lies above the parameters. */
static void open_if(struct validator *v, struct instr *instr) {
    validate_pop(v, TYPE_I32);
    validate_open_block(v, instr);
}

static void begin_else(struct validator *v, struct instr *instr) {
    (void)instr;
    if (validate_frame(v)->op != OP_IF)
        fail_at(v->diag, DIAG_MALFORMED, v->offset, "END opcode expected: else outside of if");
    const struct frame frame = validate_pop_frame(v);
    validate_push_frame(v, OP_ELSE, frame.block);
    valtype single;
    const struct functype type = block_functype(v->module, frame.block, &single);
    validate_push_all(v, type.params, type.param_count);
}

/* Without an else, the parameters themselves are what the block gives if the condition is false. */
static void check_absent_else(const struct validator *v, const struct functype *type) {
    bool fits = type->param_count == type->result_count;
    for (uint32_t i = 0; fits && i < type->param_count; i++)
        fits = type_matches(v->module, type->params[i], type->results[i]);
    if (!fits) validate_fail(v, "type mismatch: an if with results needs an else, or parameters of the same types");
}

/* The results of the function's own block leave the stack for good: with it the validator is done. */
static void close_block(struct validator *v, struct instr *instr) {
    (void)instr;
    const struct frame frame = validate_pop_frame(v);
    valtype single;
    const struct functype type = block_functype(v->module, frame.block, &single);
    if (frame.op == OP_IF) check_absent_else(v, &type);
    if (v->frame_count) validate_push_all(v, type.results, type.result_count);
}

/* ---- branches ---- */

struct type_list validate_label_types(const struct validator *v, uint32_t label, valtype *single) {
    if (label >= v->frame_count)
        validate_fail(v, "unknown label %u (%u can be reached here)", (unsigned)label, (unsigned)v->frame_count);
    const struct frame *frame = &v->frames[v->frame_count - 1 - label];
    const struct functype type = block_functype(v->module, frame->block, single);
    if (frame->op == OP_LOOP) return (struct type_list){type.params, type.param_count};
    return (struct type_list){type.results, type.result_count};
}

static void branch(struct validator *v, struct instr *instr) {
    valtype single;
    const struct type_list types = validate_label_types(v, instr->idx, &single);
    validate_pop_all(v, types.types, types.count);
    validate_set_unreachable(v);
}

/* If the branch is not taken, what it would have carried is still there, of the types that the label gives it. */
static void branch_if(struct validator *v, struct instr *instr) {
    validate_pop(v, TYPE_I32);
    valtype single;
    const struct type_list types = validate_label_types(v, instr->idx, &single);
    validate_pop_all(v, types.types, types.count);
    validate_push_all(v, types.types, types.count);
}

/* Pops what a label takes and puts the same back, as it was: another label may know it as another supertype. Unknown
 * values that came from nowhere stay unknown. */
static void check_label(struct validator *v, struct type_list types) {
    const uint32_t own = v->height - validate_frame(v)->height;
    const uint32_t there = own < types.count ? own : types.count;
    validate_pop_all(v, types.types, types.count);
    v->height += there; /* the popped values are still in place */
}

/* All labels take the same number of values (spec 3.4.3); the values are popped for the last, the default. */
static void branch_table(struct validator *v, struct instr *instr) {
    validate_pop(v, TYPE_I32);
    const struct reader labels = instr->labels;
    uint32_t arity = 0;
    for (uint32_t i = 0; i <= instr->label_count; i++) {
        valtype single;
        const struct type_list types = validate_label_types(v, next_label(instr), &single);
        if (i == 0) arity = types.count;
        if (types.count != arity)
            validate_fail(v, "type mismatch: the labels take %u and %u values", (unsigned)arity, (unsigned)types.count);
        if (arity) check_label(v, types);
    }
    instr->labels = labels; /* whoever comes next reads them again */
    validate_set_unreachable(v);
}

static void return_results(struct validator *v, struct instr *instr) {
    (void)instr;
    validate_pop_all(v, v->type->results, v->type->result_count);
    validate_set_unreachable(v);
}

static void stop(struct validator *v, struct instr *instr) {
    (void)instr;
    validate_set_unreachable(v);
}

static void do_nothing(struct validator *v, struct instr *instr) {
    (void)v;
    (void)instr;
}

/* ---- calls ---- */

static void apply_call(struct validator *v, const struct functype *type) {
    validate_pop_all(v, type->params, type->param_count);
    validate_push_all(v, type->results, type->result_count);
}

static void call(struct validator *v, struct instr *instr) {
    validate_index(v, "function", instr->idx, v->module->func_count);
    apply_call(v, func_type(v->module, instr->idx));
}

const struct functype *validate_table_call(struct validator *v, const struct instr *instr) {
    const valtype address = validate_table_address(v, instr->idx2);
    const valtype element = v->module->tables[instr->idx2].type.element;
    char text[TYPE_TEXT_BYTES];
    if (!type_matches(v->module, element, TYPE_FUNCREF))
        validate_fail(v, "type mismatch: expected a table of funcref, found one of %s", type_text(text, element));
    const struct functype *type = validate_functype(v, instr->idx);
    validate_pop(v, address);
    return type;
}

static void call_indirect(struct validator *v, struct instr *instr) {
    apply_call(v, validate_table_call(v, instr));
}

/* ---- any type ---- */

static void drop(struct validator *v, struct instr *instr) {
    (void)instr;
    validate_pop_any(v);
}

/* Without a type, only numbers and vectors can be selected: what it yields is known without subtyping. */
static void check_is_number(const struct validator *v, valtype type) {
    char text[TYPE_TEXT_BYTES];
    if (type_is_ref(type))
        validate_fail(v, "type mismatch: expected a number, found %s; select on references needs a type",
                      type_text(text, type));
}

static void select_number(struct validator *v, struct instr *instr) {
    (void)instr;
    validate_pop(v, TYPE_I32);
    const valtype second = validate_pop_any(v);
    check_is_number(v, second);
    const valtype first = second == TYPE_BOTTOM ? validate_pop_any(v) : validate_pop(v, second);
    check_is_number(v, first);
    validate_push(v, second == TYPE_BOTTOM ? first : second);
}

static void select_typed(struct validator *v, struct instr *instr) {
    validate_pop(v, TYPE_I32);
    validate_pop(v, instr->type);
    validate_pop(v, instr->type);
    validate_push(v, instr->type);
}

const validate_action validate_actions[OP_COUNT] = {
    [OP_UNREACHABLE] = stop,
    [OP_NOP] = do_nothing,
    [OP_BLOCK] = validate_open_block,
    [OP_LOOP] = validate_open_block,
    [OP_IF] = open_if,
    [OP_ELSE] = begin_else,
    [OP_END] = close_block,
    [OP_BR] = branch,
    [OP_BR_IF] = branch_if,
    [OP_BR_TABLE] = branch_table,
    [OP_RETURN] = return_results,
    [OP_CALL] = call,
    [OP_CALL_INDIRECT] = call_indirect,
    [OP_THROW] = validate_throw,
    [OP_THROW_REF] = validate_throw_ref,
    [OP_TRY_TABLE] = validate_try_table,
    [OP_TRY] = validate_open_block,
    [OP_CATCH] = validate_catch,
    [OP_CATCH_ALL] = validate_catch_all,
    [OP_RETHROW] = validate_rethrow,
    [OP_DELEGATE] = validate_delegate,
    [OP_RETURN_CALL] = validate_return_call,
    [OP_RETURN_CALL_INDIRECT] = validate_return_call_indirect,
    [OP_RETURN_CALL_REF] = validate_return_call_ref,
    [OP_DROP] = drop,
    [OP_SELECT] = select_number,
    [OP_SELECT_T] = select_typed,
    [OP_LOCAL_GET] = validate_local_get,
    [OP_LOCAL_SET] = validate_local_set,
    [OP_LOCAL_TEE] = validate_local_tee,
    [OP_GLOBAL_GET] = validate_global_get,
    [OP_GLOBAL_SET] = validate_global_set,
    [OP_TABLE_GET] = validate_table_get,
    [OP_TABLE_SET] = validate_table_set,
    [OP_TABLE_INIT] = validate_table_init,
    [OP_TABLE_COPY] = validate_table_copy,
    [OP_TABLE_GROW] = validate_table_grow,
    [OP_TABLE_SIZE] = validate_table_size,
    [OP_TABLE_FILL] = validate_table_fill,
    [OP_ELEM_DROP] = validate_elem_drop,
    [OP_REF_NULL] = validate_ref_null,
    [OP_REF_IS_NULL] = validate_ref_is_null,
    [OP_REF_FUNC] = validate_ref_func,
    [OP_CALL_REF] = validate_call_ref,
    [OP_REF_AS_NON_NULL] = validate_ref_as_non_null,
    [OP_BR_ON_NULL] = validate_br_on_null,
    [OP_BR_ON_NON_NULL] = validate_br_on_non_null,
    [OP_MEMORY_SIZE] = validate_memory_size,
    [OP_MEMORY_GROW] = validate_memory_grow,
    [OP_MEMORY_INIT] = validate_memory_init,
    [OP_MEMORY_COPY] = validate_memory_copy,
    [OP_MEMORY_FILL] = validate_memory_fill,
    [OP_DATA_DROP] = validate_data_drop,
#define OP(id, code, text, imm, sig, feature, form, c) [OP_##id] = validate_heap_operator,
#include "ops_gc.def"
#undef OP
};
