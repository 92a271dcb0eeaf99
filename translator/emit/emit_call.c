/* Statements that call: functions of the module, by number or through a table, and functions of the runtime that carry
 * out an operator.
 *
 * Who is called differs most between the kinds of output (a program, a library, text for tcc with literal addresses),
 * so this is where they part; arguments and results are the same in all.
 */
#include "emit_body.h"

/* ---- calls ---- */

/* In a live instance an import takes its context, and no other function one. */
static void emit_live_callee(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->kind == STMT_CALL_INDIRECT) {
        emit_tcc_callee_cast(&b->w, stmt->idx);
    } else {
        emit_tcc_callee(&b->w, stmt->idx);
    }
    text_char(b->w.out, '(');
    const bool is_import = stmt->kind == STMT_CALL && stmt->idx < b->f->module->imported_func_count;
    if (is_import) emit_tcc_context(&b->w, stmt->idx);
    emit_args(b, stmt, is_import ? "," : "");
    text_char(b->w.out, ')');
}

static void emit_call_args(struct body_writer *b, const struct stmt *stmt, const char *context) {
    text_char(b->w.out, '(');
    if (context) text_str(b->w.out, context);
    emit_args(b, stmt, context ? ", " : "");
    text_char(b->w.out, ')');
}

/* What emit_tcc_large_call asks for: `data` is the statement. */
static void emit_large_argument(const struct tcc_call *call, uint32_t param) {
    const struct stmt *stmt = call->data;
    emit_number(call->w, stmt->args[param]);
}

static void emit_large_callee(const struct tcc_call *call) {
    const struct stmt *stmt = call->data;
    if (stmt->kind == STMT_CALL_INDIRECT) {
        text_str(call->w->out, "callee->code");
    } else if (call->w->emitter->places) {
        emit_tcc_callee(call->w, stmt->idx);
    } else {
        emit_func_name(call->w, stmt->idx);
    }
}

static bool emit_large_call(struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    const struct functype *type = stmt->kind == STMT_CALL ? func_type(m, stmt->idx) : &m->types[stmt->idx].func;
    if (!b->w.emitter->is_for_tcc || !tcc_call_is_large(type)) return false;
    const char *context = b->w.emitter->is_program ? NULL : stmt->kind == STMT_CALL ? "context" : "callee->context";
    b->w.uses_context = true;
    emit_tcc_large_call(&(struct tcc_call){&b->w, type, context, emit_large_callee, emit_large_argument, stmt});
    return true;
}

static bool is_by_code(const struct body_writer *b, const struct stmt *stmt) {
    return stmt->kind == STMT_CALL_INDIRECT && stmt->op != OP_CALL_REF && calls_by_code(b->w.emitter);
}

static void emit_code(struct body_writer *b, const struct stmt *stmt) {
    text_format(b->w.out, "TABLE%u_CODE(%u, ", (unsigned)stmt->idx2, (unsigned)canonical_type(b->f->module, stmt->idx));
    emit_table_index(&b->w, stmt->index);
    text_char(b->w.out, ')');
}

void emit_callee(struct body_writer *b, const struct stmt *stmt) {
    if (emit_large_call(b, stmt)) return;
    if (b->w.emitter->places) {
        emit_live_callee(b, stmt);
        return;
    }
    if (stmt->kind == STMT_CALL) {
        const bool is_program = b->w.emitter->is_program;
        if (!is_program) b->w.uses_context = true;
        emit_func_name(&b->w, stmt->idx);
        emit_call_args(b, stmt, is_program ? NULL : "context");
        return;
    }
    text_str(b->w.out, "((type");
    text_u64(b->w.out, canonical_type(b->f->module, stmt->idx));
    text_char(b->w.out, ')');
    if (is_by_code(b, stmt)) {
        emit_code(b, stmt);
    } else {
        text_str(b->w.out, "callee->code");
    }
    text_char(b->w.out, ')');
    emit_call_args(b, stmt, b->w.emitter->is_program ? NULL : "callee->context");
}

/* Functions of types that extend this one may be called as well. */
static bool is_open_type(const struct body_writer *b, const struct stmt *stmt) {
    return !b->f->module->types[stmt->idx].is_final;
}

static void emit_reference(struct body_writer *b, const struct stmt *stmt) {
    emit_line(b, "callee = ref_func(");
    emit_expr(&b->w, stmt->index);
    text_str(b->w.out, ");\n");
}

void emit_lookup(struct body_writer *b, const struct stmt *stmt) {
    b->w.uses_callee = true;
    if (b->w.emitter->is_for_tcc && stmt->op != OP_CALL_REF) {
        emit_tcc_lookup(&b->w, stmt);
        return;
    }
    if (stmt->op == OP_CALL_REF) {
        emit_reference(b, stmt);
        return;
    }
    emit_line(b, is_open_type(b, stmt) ? "callee = table_func_below(" : "callee = table_func(");
    emit_table(&b->w, stmt->idx2);
    text_str(b->w.out, ", ");
    emit_table_index(&b->w, stmt->index);
    text_str(b->w.out, ", ");
    emit_type_id(&b->w, stmt->idx);
    text_str(b->w.out, ");\n");
}

static const struct functype *callee_type(const struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    return stmt->kind == STMT_CALL ? func_type(m, stmt->idx) : &m->types[stmt->idx].func;
}

static void emit_many_results(struct body_writer *b, const struct stmt *stmt, const struct functype *type) {
    emit_indent(&b->w);
    text_str(b->w.out, "{ const ");
    text_result_type(b->w.out, b->w.emitter, type);
    text_str(b->w.out, " results = ");
    emit_callee(b, stmt);
    text_str(b->w.out, "; (void)results;");
    for (uint32_t i = 0; i < type->result_count; i++) {
        const enum ctype ctype = ctype_of(type->results[i]);
        if (!emit_slot_is_read(b->f, ctype, stmt->dest.idx + i)) continue;
        text_char(b->w.out, ' ');
        emit_slot(&b->w, ctype, stmt->dest.idx + i);
        text_format(b->w.out, " = results.v%u;", (unsigned)i);
    }
    text_str(b->w.out, " }\n");
}

static void emit_one_result(struct body_writer *b, const struct stmt *stmt) {
    emit_dest(b, stmt->dest);
    emit_callee(b, stmt);
    text_str(b->w.out, ";\n");
}

void emit_call(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->kind == STMT_CALL_INDIRECT && !is_by_code(b, stmt)) emit_lookup(b, stmt);
    const struct functype *type = callee_type(b, stmt);
    if (type->result_count > 1) {
        emit_many_results(b, stmt, type);
    } else {
        emit_one_result(b, stmt);
    }
    if (stmt->may_throw) emit_throw_test(b, stmt);
}

/* ---- operators that call the runtime ---- */

void emit_segment(struct body_writer *b, const char *kind, uint32_t idx) {
    struct writer *w = &b->w;
    const bool is_data = kind[0] == 'd'; /* its bytes are the module's; references are the instance's */
    if (w->emitter->places) {
        emit_tcc_segment(w, is_data, idx);
        return;
    }
    if (is_data && w->emitter->module->datas[idx].mode == SEGMENT_ACTIVE) {
        text_str(w->out, "NULL, 0"); /* it was dropped before any function could run */
        return;
    }
    if (is_data) {
        text_str(w->out, w->emitter->prefix);
    } else {
        emit_self(w);
    }
    const struct module *m = w->emitter->module;
    text_format(w->out, "%s%u, (", kind, (unsigned)idx);
    emit_self(w);
    const size_t size = is_data ? m->datas[idx].bytes.size : m->elements[idx].count;
    text_format(w->out, "%s%u_is_dropped ? 0 : %zuu)", kind, (unsigned)idx, size);
}

static void emit_drop(struct body_writer *b, const char *kind, uint32_t idx) {
    if (b->w.emitter->places) {
        emit_tcc_drop(&b->w, kind[0] == 'd', idx);
        return;
    }
    if (kind[0] == 'd' && b->w.emitter->module->datas[idx].mode == SEGMENT_ACTIVE) return;
    emit_indent(&b->w);
    emit_self(&b->w);
    text_format(b->w.out, "%s%u_is_dropped = true;\n", kind, (unsigned)idx);
}

static void emit_runtime_subject(struct body_writer *b, const struct stmt *stmt) {
    struct writer *w = &b->w;
    switch (op_infos[stmt->op].imm) {
    case IMM_MEMORY: emit_memory(w, stmt->idx); break;
    case IMM_TABLE: emit_table(w, stmt->idx); break;
    case IMM_MEMORY_MEMORY:
        emit_memory(w, stmt->idx);
        text_str(w->out, ", ");
        emit_memory(w, stmt->idx2);
        break;
    case IMM_TABLE_TABLE:
        emit_table(w, stmt->idx);
        text_str(w->out, ", ");
        emit_table(w, stmt->idx2);
        break;
    case IMM_DATA_MEMORY:
        emit_memory(w, stmt->idx2);
        text_str(w->out, ", ");
        emit_segment(b, "data", stmt->idx);
        break;
    default:
        emit_table(w, stmt->idx2);
        text_str(w->out, ", ");
        emit_segment(b, "elem", stmt->idx);
    }
}

/* Of the operands of a table's operator those of type i64 are indices and counts. The number of new elements alone is
 * not cut: its function takes it as it is. */
static void emit_runtime_args(struct body_writer *b, const struct stmt *stmt) {
    const enum imm imm = op_infos[stmt->op].imm;
    const bool is_table = imm == IMM_TABLE || imm == IMM_TABLE_TABLE || imm == IMM_ELEM_TABLE;
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        text_str(b->w.out, ", ");
        if (is_table && stmt->op != OP_TABLE_GROW) {
            emit_table_index(&b->w, stmt->args[i]);
        } else {
            emit_expr(&b->w, stmt->args[i]);
        }
    }
}

void emit_runtime(struct body_writer *b, const struct stmt *stmt) {
    if (op_infos[stmt->op].form == FORM_HEAP) {
        emit_heap_stmt(b, stmt);
        return;
    }
    if (stmt->op == OP_DATA_DROP || stmt->op == OP_ELEM_DROP) {
        emit_drop(b, stmt->op == OP_DATA_DROP ? "data" : "elem", stmt->idx);
        return;
    }
    if (emit_is_wanted(b->f, stmt->dest)) {
        emit_dest(b, stmt->dest);
    } else {
        emit_line(b, stmt->dest.kind == DEST_NONE ? "" : "(void)");
    }
    if (is_short_copy(&b->w, stmt)) {
        text_str(b->w.out, "memory_copy_short(");
    } else {
        emit_object_function(&b->w, (enum op)stmt->op, stmt->idx, stmt->idx2);
    }
    emit_runtime_subject(b, stmt);
    emit_runtime_args(b, stmt);
    text_str(b->w.out, ");\n");
}
