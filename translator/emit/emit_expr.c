/* Expression trees to C text, by the spellings of ops.def.
 *
 * Brackets: an operand that is itself an infix expression gets them, anything else does not; so no reader, and no
 * -Wparentheses, has to remember precedences. Trees are small (MAX_EXPR_SIZE): recursion is bounded.
 */
#include <stdio.h>
#include <stdlib.h>

#include "emit.h"

static void emit_operand(struct writer *w, const struct expr *expr, const struct expr *parent);
static void emit_node(struct writer *w, const struct expr *expr);

static bool is_compare(const struct expr *expr) {
    return expr->op == OP_REF_IS_NULL || expr->op == OP_REF_TEST ||
           (expr->op < OP_COUNT && op_infos[expr->op].form == FORM_COMPARE);
}

static bool is_infix(const struct expr *expr) {
    if (expr->op == OP_SELECT || expr->op == OP_REF_IS_NULL) return true;
    if (expr->op >= OP_COUNT || !op_infos[expr->op].signature) return false;
    const char *spelling = op_infos[expr->op].c;
    return spelling && spelling[0] == '%'; /* an operand comes first; all else begins with a cast or a function */
}

/* ---- constants ---- */

static bool is_integer_constant(const struct expr *expr) {
    return expr->op == OP_I32_CONST || expr->op == OP_I64_CONST;
}

static void emit_unsigned(struct writer *w, const struct expr *expr) {
    if (expr->value < 0x10000 || (expr->op == OP_I64_CONST && expr->value < 0x100000000)) {
        text_u64(w->out, expr->value);
    } else {
        text_hex(w->out, expr->value);
    }
    text_str(w->out, expr->op == OP_I64_CONST ? "ull" : "u");
}

static int64_t signed_value(const struct expr *expr) {
    return expr->op == OP_I32_CONST ? (int32_t)expr->value : (int64_t)expr->value;
}

/* The smallest number has no literal in C: its magnitude is too large for the type before the minus applies. */
static void emit_signed_constant(struct writer *w, const struct expr *expr) {
    const int64_t value = signed_value(expr);
    if (expr->op == OP_I64_CONST) text_str(w->out, "(s64)");
    if (value == INT64_MIN) {
        text_str(w->out, "INT64_MIN");
    } else if (expr->op == OP_I32_CONST && value == INT32_MIN) {
        text_str(w->out, "INT32_MIN");
    } else {
        if (value < 0) text_char(w->out, '-');
        text_u64(w->out, (uint64_t)(value < 0 ? -value : value));
    }
}

static double float_value(const struct expr *expr) {
    if (expr->op == OP_F64_CONST) {
        double value;
        memcpy(&value, &expr->value, sizeof value);
        return value;
    }
    const uint32_t bits = (uint32_t)expr->value;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void emit_float_bits(struct writer *w, const struct expr *expr) {
    text_str(w->out, expr->op == OP_F64_CONST ? "f64_reinterpret_i64(" : "f32_reinterpret_i32(");
    text_hex(w->out, expr->value);
    text_str(w->out, expr->op == OP_F64_CONST ? "ull)" : "u)");
}

/* Decimal if six digits say it exactly, else hexadecimal, which always does. */
static void emit_float(struct writer *w, const struct expr *expr) {
    const double value = float_value(expr);
    const bool is_finite = value - value == 0;
    if (!is_finite) {
        emit_float_bits(w, expr);
        return;
    }
    char digits[40];
    snprintf(digits, sizeof digits, "%.6g", value);
    if (strtod(digits, NULL) != value) snprintf(digits, sizeof digits, "%a", value);
    text_str(w->out, digits);
    if (!strpbrk(digits, ".ep")) text_str(w->out, ".0");
    if (expr->op == OP_F32_CONST) text_char(w->out, 'f');
}

/* Zero, one and NaN are the constants by which compilers simplify what wasm does not (w2c/ops_float.h). They may also
 * be computed: a tree without variables is a constant for a compiler, whatever its value. */
static bool must_be_opaque(const struct expr *expr) {
    if (expr->type != CTYPE_F32 && expr->type != CTYPE_F64) return false;
    if (expr->op != OP_F32_CONST && expr->op != OP_F64_CONST) return expr->reads == 0 && expr->effects == 0;
    const double value = float_value(expr);
    return value == 0 || value == 1 || value == -1 || value != value;
}

static void emit_opaque_float(struct writer *w, const struct expr *expr) {
    text_str(w->out, expr->type == CTYPE_F64 ? "f64_opaque(" : "f32_opaque(");
    emit_node(w, expr);
    text_char(w->out, ')');
}

/* ---- leaves ---- */

void emit_slot(struct writer *w, enum ctype type, uint32_t height) {
    text_char(w->out, "ijxyrv"[type]);
    text_u64(w->out, height);
}

void emit_self(struct writer *w) {
    if (w->emitter->is_program) return;
    w->uses_self = true;
    text_str(w->out, "self->");
}

static void emit_owned(struct writer *w, const char *what, uint32_t idx) {
    if (w->emitter->is_program) {
        text_char(w->out, '&');
    } else {
        emit_self(w); /* instances hold pointers: what they point to may be another's */
    }
    text_str(w->out, what);
    text_u64(w->out, idx);
}

void emit_memory(struct writer *w, uint32_t memory_idx) {
    const struct places *places = w->emitter->places;
    if (places) {
        emit_tcc_pointer(w, places->memories[memory_idx]);
    } else {
        emit_owned(w, "memory", memory_idx);
    }
}
void emit_table(struct writer *w, uint32_t table_idx) {
    const struct places *places = w->emitter->places;
    if (places) {
        emit_tcc_pointer(w, places->tables[table_idx]);
    } else {
        emit_owned(w, "table", table_idx);
    }
}

void emit_func_name(struct writer *w, uint32_t func_idx) {
    if (w->called) set_bit(w->called, func_idx);
    text_str(w->out, w->emitter->func_names[func_idx]);
}

void emit_func_ref(struct writer *w, uint32_t func_idx) {
    if (w->emitter->places) {
        emit_tcc_pointer(w, w->emitter->places->records[func_idx]);
        return;
    }
    text_char(w->out, '&');
    emit_self(w);
    text_str(w->out, "func_refs[");
    text_u64(w->out, w->emitter->func_refs[func_idx]);
    text_char(w->out, ']');
}

void emit_type_id(struct writer *w, uint32_t type_idx) {
    const struct emitter *e = w->emitter;
    const uint32_t canonical = canonical_type(e->module, type_idx);
    if (e->places && e->module->has_rich_types) {
        emit_tcc_object(w, "u32", e->places->type_ids + 4 * (uint64_t)canonical);
        return;
    }
    if (e->is_program && !e->module->has_rich_types) {
        text_u64(w->out, canonical + 1);
        return;
    }
    text_str(w->out, e->prefix);
    text_str(w->out, "type_ids[");
    text_u64(w->out, canonical);
    text_char(w->out, ']');
}

void emit_type_record(struct writer *w, uint32_t type_idx) {
    const struct emitter *e = w->emitter;
    const uint32_t canonical = canonical_type(e->module, type_idx);
    if (e->places) {
        emit_tcc_object(w, "const struct w2c_type*", e->places->type_records + 8 * (uint64_t)canonical);
        return;
    }
    text_str(w->out, e->prefix);
    text_str(w->out, "type_records[");
    text_u64(w->out, canonical);
    text_char(w->out, ']');
}

static void emit_global(struct writer *w, uint32_t global_idx) {
    if (!w->emitter->is_program) w->uses_self = true;
    text_str(w->out, w->emitter->global_names[global_idx]);
}

/* ---- operators ---- */

static void emit_load(struct writer *w, const struct expr *expr) {
    if (w->emitter->is_for_tcc) {
        emit_tcc_load(w, expr);
        return;
    }
    text_str(w->out, op_infos[expr->op].c);
    text_str(w->out, expr->is_in_bounds ? "_in(" : "(");
    emit_access(w, (enum op)expr->op, expr->idx, expr->args[0], expr->value);
    if (expr->args[1]) {
        text_str(w->out, ", ");
        emit_expr(w, expr->args[1]);
    }
    emit_lane(w, expr->op, expr->lane);
    text_char(w->out, ')');
}

static void emit_select(struct writer *w, const struct expr *expr) {
    emit_condition(w, expr->args[2]);
    text_str(w->out, " ? ");
    emit_operand(w, expr->args[0], expr);
    text_str(w->out, " : ");
    emit_operand(w, expr->args[1], expr);
}

static void emit_size(struct writer *w, const struct expr *expr) {
    emit_object_function(w, (enum op)expr->op, expr->idx, expr->idx);
    if (expr->op == OP_MEMORY_SIZE) {
        emit_memory(w, expr->idx);
    } else {
        emit_table(w, expr->idx);
    }
    text_char(w->out, ')');
}

static void emit_signed_operand(struct writer *w, const struct expr *expr) {
    if (is_integer_constant(expr)) {
        emit_signed_constant(w, expr);
        return;
    }
    text_str(w->out, expr->type == CTYPE_I64 ? "(s64)" : "(s32)");
    emit_operand(w, expr, NULL);
}

static void emit_shift_count(struct writer *w, const struct expr *expr) {
    const unsigned mask = expr->type == CTYPE_I64 ? 63 : 31;
    if (is_integer_constant(expr)) {
        text_u64(w->out, expr->value & mask);
        return;
    }
    text_char(w->out, '(');
    emit_operand(w, expr, NULL);
    text_str(w->out, mask == 63 ? " & 63)" : " & 31)");
}

void emit_spelling(struct writer *w, const struct expr *expr, const char *spelling) {
    for (const char *c = spelling; *c; c++) {
        if (*c != '%') {
            text_char(w->out, *c);
            continue;
        }
        switch (*++c) {
        case 'a': emit_operand(w, expr->args[0], expr); break;
        case 'b': emit_operand(w, expr->args[1], expr); break;
        case 'A': emit_argument(w, expr, expr->args[0]); break;
        case 'B': emit_argument(w, expr, expr->args[1]); break;
        case 'C': emit_argument(w, expr, expr->args[2]); break;
        case 'l': text_u64(w->out, expr->value); break;
        case 's': emit_shuffle_lanes(w, expr->bytes); break;
        case 'x': emit_signed_operand(w, expr->args[0]); break;
        case 'y': emit_signed_operand(w, expr->args[1]); break;
        default: emit_shift_count(w, expr->args[1]); break;
        }
    }
}

/* x + 0xfffffff0 is x - 16 to everybody but wasm. */
static bool emit_subtraction(struct writer *w, const struct expr *expr) {
    const struct expr *right = expr->args[1];
    if ((expr->op != OP_I32_ADD && expr->op != OP_I64_ADD) || !is_integer_constant(right)) return false;
    const int64_t value = signed_value(right);
    if (value >= 0 || value == INT64_MIN || value == INT32_MIN) return false;
    emit_operand(w, expr->args[0], expr);
    text_str(w->out, " - ");
    struct expr positive = *right;
    positive.value = (uint64_t)-value;
    emit_unsigned(w, &positive);
    return true;
}

static void emit_operator(struct writer *w, const struct expr *expr) {
    if (emit_subtraction(w, expr)) return;
    if (expr->op == OP_I32_EQZ && is_compare(expr->args[0])) {
        text_str(w->out, "!(");
        emit_expr(w, expr->args[0]);
        text_char(w->out, ')');
        return;
    }
    if (w->emitter->is_for_tcc && emit_tcc_operator(w, expr)) return;
    emit_spelling(w, expr, op_infos[expr->op].c);
}

static void emit_node(struct writer *w, const struct expr *expr) {
    switch (expr->op) {
    case EXPR_SLOT: emit_slot(w, (enum ctype)expr->type, expr->idx); break;
    case OP_LOCAL_GET:
        text_char(w->out, 'l');
        text_u64(w->out, expr->idx);
        break;
    case OP_GLOBAL_GET: emit_global(w, expr->idx); break;
    case OP_I32_CONST:
    case OP_I64_CONST: emit_unsigned(w, expr); break;
    case OP_F32_CONST:
    case OP_F64_CONST: emit_float(w, expr); break;
    case OP_V128_CONST: emit_v128_const(w, expr->bytes); break;
    case OP_SELECT: emit_select(w, expr); break;
    case OP_MEMORY_SIZE:
    case OP_TABLE_SIZE: emit_size(w, expr); break;
    case OP_REF_NULL: text_str(w->out, "NULL"); break;
    case OP_REF_FUNC: emit_func_ref(w, expr->idx); break;
    case OP_REF_IS_NULL:
        emit_operand(w, expr->args[0], expr);
        text_str(w->out, " == NULL");
        break;
    default:
        if (op_infos[expr->op].form == FORM_HEAP) {
            emit_heap_expr(w, expr);
        } else if (op_infos[expr->op].form == FORM_LOAD) {
            emit_load(w, expr);
        } else {
            emit_operator(w, expr);
        }
    }
}

/* C's comparisons are of type int: as a number they must become unsigned again before C's own rules (shifting into the
 * sign bit) apply to them. */
static void emit_operand(struct writer *w, const struct expr *expr, const struct expr *parent) {
    const bool keeps_int = parent && is_compare(parent);
    const bool is_opaque = w->emitter->is_for_tcc ? is_folded_by_tcc(expr, parent) : must_be_opaque(expr);
    if (is_opaque && !keeps_int) {
        emit_opaque_float(w, expr);
        return;
    }
    if (is_compare(expr)) text_str(w->out, "(u32)");
    if (is_infix(expr)) text_char(w->out, '(');
    emit_node(w, expr);
    if (is_infix(expr)) text_char(w->out, ')');
}

void emit_expr(struct writer *w, const struct expr *expr) {
    if (!w->emitter->is_for_tcc && must_be_opaque(expr)) {
        emit_opaque_float(w, expr);
    } else {
        emit_node(w, expr);
    }
}

void emit_number(struct writer *w, const struct expr *expr) {
    emit_operand(w, expr, NULL);
}

void emit_stored(struct writer *w, const struct expr *expr) {
    emit_node(w, expr);
}

void emit_condition(struct writer *w, const struct expr *expr) {
    if (is_compare(expr) || !is_infix(expr)) {
        emit_node(w, expr);
        return;
    }
    text_char(w->out, '(');
    emit_node(w, expr);
    text_str(w->out, ") != 0");
}

void emit_forced(struct writer *w, const struct expr *expr) {
    for (unsigned i = 0; i < 3; i++) {
        if (expr->args[i] && expr->args[i]->effects & MAY_TRAP) emit_forced(w, expr->args[i]);
    }
    if (expr->op >= OP_COUNT || op_infos[expr->op].form != FORM_LOAD) return;
    static const char *const names[] = {"force_i32(", "force_i64(", "force_f32(", "force_f64(", NULL, "force_v128("};
    emit_indent(w);
    text_str(w->out, names[expr->type]);
    emit_node(w, expr);
    text_str(w->out, ");\n");
}
