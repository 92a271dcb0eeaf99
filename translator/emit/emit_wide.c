/* Operators of wide arithmetic: one statement, two results.
 *
 *     cc      { const struct w2c_wide wide = i64_add128(j0, j1, j2, j3); j0 = wide.low; j1 = wide.high; }
 *     tcc     {u64 a=j0,b=j1,c=j2,d=j3,low=a+c,high=b+d+(low<a);j0=low;j1=high;}
 *
 * tcc has no type of 128 bits: the upper half of a product comes from a function of the host process.
 */
#include "emit_body.h"

enum { MAX_OPERANDS = 4 };

static void emit_half(struct body_writer *b, const struct stmt *stmt, uint32_t half, const char *value) {
    if (!emit_slot_is_read(b->f, CTYPE_I64, stmt->dest.idx + half)) return;
    emit_slot(&b->w, CTYPE_I64, stmt->dest.idx + half);
    text_format(b->w.out, "=%s;", value);
}

static const char *tcc_halves(enum op op) {
    switch (op) {
    case OP_I64_ADD128: return "low=a+c,high=b+d+(low<a);";
    case OP_I64_SUB128: return "low=a-c,high=b-d-(a<c);";
    case OP_I64_MUL_WIDE_S: return "low=a*b,high=mul_high_s(a,b);";
    default: return "low=a*b,high=mul_high_u(a,b);";
    }
}

static void emit_tcc_wide(struct body_writer *b, const struct stmt *stmt) {
    text_str(b->w.out, "{u64 ");
    for (uint32_t i = 0; i < stmt->arg_count && i < MAX_OPERANDS; i++) {
        text_format(b->w.out, "%c=", "abcd"[i]);
        emit_expr(&b->w, stmt->args[i]);
        text_char(b->w.out, ',');
    }
    text_str(b->w.out, tcc_halves((enum op)stmt->op));
    emit_half(b, stmt, 0, "low");
    emit_half(b, stmt, 1, "high");
    text_str(b->w.out, "}\n");
}

static void emit_cc_half(struct body_writer *b, const struct stmt *stmt, uint32_t half, const char *member) {
    if (!emit_slot_is_read(b->f, CTYPE_I64, stmt->dest.idx + half)) return;
    text_char(b->w.out, ' ');
    emit_slot(&b->w, CTYPE_I64, stmt->dest.idx + half);
    text_format(b->w.out, " = wide.%s;", member);
}

void emit_wide(struct body_writer *b, const struct stmt *stmt) {
    if (b->w.emitter->is_for_tcc) {
        emit_tcc_wide(b, stmt);
        return;
    }
    emit_line(b, "{ const struct w2c_wide wide = ");
    text_format(b->w.out, "%s(", op_infos[stmt->op].c);
    emit_args(b, stmt, "");
    text_str(b->w.out, "); (void)wide;");
    emit_cc_half(b, stmt, 0, "low");
    emit_cc_half(b, stmt, 1, "high");
    text_str(b->w.out, " }\n");
}
