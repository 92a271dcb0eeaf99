/* Atomic operators to C: calls of what w2c/ops_atomic.h names, the same in every shape of output and for every
 * compiler. They take the memory itself, not a view of it, and its size of that moment. */
#include "emit_body.h"

/* For a live instance: through the table of the host's functions, whose types follow from the operators'. */
static void emit_table_call(struct body_writer *b, const struct stmt *stmt) {
    const struct op_signature *signature = &op_signatures()[stmt->op];
    const uint32_t *types = signature->types;
    const char *result = signature->result_count ? ctype_name(ctype_of(types[signature->param_count])) : "void";
    struct text *out = b->w.out;
    text_format(out, "(*(%s(**)(%s", result, signature->param_count ? "const struct w2c_memory*,u64,u64" : "void");
    for (unsigned i = 1; i < signature->param_count; i++)
        text_format(out, ",%s", ctype_name(ctype_of(types[i])));
    text_str(out, "))");
    text_tcc_address(out, b->w.emitter->places->atomics + 8 * (uint64_t)(stmt->op - OP_MEMORY_ATOMIC_NOTIFY));
    text_char(out, ')');
}

static void emit_operands(struct body_writer *b, const struct stmt *stmt) {
    struct text *out = b->w.out;
    text_char(out, '(');
    emit_memory(&b->w, stmt->idx);
    text_str(out, ", ");
    emit_expr(&b->w, stmt->args[0]);
    text_str(out, ", ");
    text_u64(out, stmt->memory_offset);
    text_str(out, stmt->memory_offset > UINT32_MAX ? "ull" : "u");
    for (uint32_t i = 1; i < stmt->arg_count; i++) {
        text_str(out, ", ");
        emit_expr(&b->w, stmt->args[i]);
    }
    text_str(out, ");\n");
}

void emit_atomic(struct body_writer *b, const struct stmt *stmt) {
    if (emit_is_wanted(b->f, stmt->dest)) {
        emit_dest(b, stmt->dest);
    } else {
        emit_indent(&b->w);
    }
    if (b->w.emitter->places) {
        emit_table_call(b, stmt);
    } else {
        text_str(b->w.out, op_infos[stmt->op].c);
    }
    if (stmt->op == OP_ATOMIC_FENCE) {
        text_str(b->w.out, "();\n");
    } else {
        emit_operands(b, stmt);
    }
}
