/* Validation of exceptions (spec 3.4.4, and the legacy form).
 *
 * A clause of try_table is a branch: it pushes the values of its tag, and perhaps the exception, and these must be
 * what its label takes. Labels of clauses count from outside of the block that has them.
 *
 * A legacy try is several blocks in a row with one type and one label:
 *
 *     try BODY catch $tag HANDLER catch_all HANDLER end        try BODY delegate $label
 *
 * so `catch` closes the block before it and opens another; frame.op says which part is open.
 */
#include "validate_internal.h"

static const struct functype *tag_type(const struct validator *v, uint32_t tag) {
    validate_index(v, "tag", tag, v->module->tag_count);
    return &v->module->types[v->module->tags[tag].type_idx].func;
}

void validate_throw(struct validator *v, struct instr *instr) {
    const struct functype *type = tag_type(v, instr->idx);
    validate_pop_all(v, type->params, type->param_count);
    validate_set_unreachable(v);
}

void validate_throw_ref(struct validator *v, struct instr *instr) {
    (void)instr;
    validate_pop(v, type_ref(TYPE_EXN, true));
    validate_set_unreachable(v);
}

/* ---- try_table ---- */

static void check_clause(const struct validator *v, const struct catch_clause *clause) {
    valtype single;
    const struct type_list wanted = validate_label_types(v, clause->label, &single);
    struct functype given = {0};
    if (catch_has_tag(clause->kind)) given = *tag_type(v, clause->tag);
    const bool has_ref = catch_has_ref(clause->kind);
    if (given.param_count + has_ref != wanted.count)
        validate_fail(v, "type mismatch: a catch clause gives %u values, its label takes %u",
                      (unsigned)(given.param_count + has_ref), (unsigned)wanted.count);
    for (uint32_t i = 0; i < wanted.count; i++) {
        const valtype found = i < given.param_count ? given.params[i] : type_ref(TYPE_EXN, false);
        char expected_text[TYPE_TEXT_BYTES], found_text[TYPE_TEXT_BYTES];
        if (!type_matches(v->module, found, wanted.types[i]))
            validate_fail(v, "type mismatch: the label of a catch clause takes %s, it gives %s",
                          type_text(expected_text, wanted.types[i]), type_text(found_text, found));
    }
}

void validate_try_table(struct validator *v, struct instr *instr) {
    const struct reader clauses = instr->labels;
    for (uint32_t i = 0; i < instr->label_count; i++) {
        const struct catch_clause clause = next_catch(instr);
        check_clause(v, &clause);
    }
    instr->labels = clauses; /* whoever comes next reads them again */
    validate_open_block(v, instr);
}

/* ---- the legacy form ---- */

/* Closes the try or the handler that is open, and opens the next handler. */
static void begin_handler(struct validator *v, enum op op) {
    const uint16_t open = validate_frame(v)->op;
    if (open != OP_TRY && open != OP_CATCH)
        fail_at(v->diag, DIAG_MALFORMED, v->offset, "%s outside of try, or behind catch_all", op_infos[op].text);
    const struct frame frame = validate_pop_frame(v);
    validate_push_frame(v, op, frame.block);
}

void validate_catch(struct validator *v, struct instr *instr) {
    const struct functype *type = tag_type(v, instr->idx);
    begin_handler(v, OP_CATCH);
    validate_push_all(v, type->params, type->param_count);
}

void validate_catch_all(struct validator *v, struct instr *instr) {
    (void)instr;
    begin_handler(v, OP_CATCH_ALL);
}

void validate_rethrow(struct validator *v, struct instr *instr) {
    valtype single;
    validate_label_types(v, instr->idx, &single);
    const uint16_t op = v->frames[v->frame_count - 1 - instr->idx].op;
    if (op != OP_CATCH && op != OP_CATCH_ALL)
        validate_fail(v, "invalid rethrow label %u: not that of a catch", (unsigned)instr->idx);
    validate_set_unreachable(v);
}

/* Ends its try; the label counts from outside of it, and the function's own is allowed. */
void validate_delegate(struct validator *v, struct instr *instr) {
    if (validate_frame(v)->op != OP_TRY)
        fail_at(v->diag, DIAG_MALFORMED, v->offset, "delegate outside of try, or behind a catch");
    const struct frame frame = validate_pop_frame(v);
    valtype single;
    validate_label_types(v, instr->idx, &single);
    const struct functype type = block_functype(v->module, frame.block, &single);
    validate_push_all(v, type.results, type.result_count);
}
