/* Vectors in C text: constants, lanes, and constants that must be hidden. All else are spellings of ops_simd.def. */
#include "emit.h"

static uint64_t little_endian(const uint8_t bytes[8]) {
    uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static void emit_half(struct writer *w, const uint8_t bytes[8]) {
    text_hex(w->out, little_endian(bytes));
    text_str(w->out, "ull");
}

void emit_v128_const(struct writer *w, const uint8_t bytes[16]) {
    text_str(w->out, "v128_const(");
    emit_half(w, bytes);
    text_str(w->out, ", ");
    emit_half(w, bytes + 8);
    text_char(w->out, ')');
}

void emit_shuffle_lanes(struct writer *w, const uint8_t lanes[16]) {
    for (unsigned i = 0; i < 16; i++)
        text_format(w->out, i ? ", %u" : "%u", lanes[i]);
}

void emit_lane(struct writer *w, unsigned op, unsigned lane) {
    const enum imm imm = op_infos[op].imm;
    if (imm >= IMM_MEM8_LANE && imm <= IMM_MEM64_LANE) text_format(w->out, ", %u", lane);
}

/* ---- constants ---- */

/* Where compilers know identities: x * 1, x / 1, x - 0 and x + -0 are x for them, also for a signalling NaN. */
static bool has_identities(unsigned op) {
    switch (op) {
    case OP_F32X4_ADD:
    case OP_F32X4_SUB:
    case OP_F32X4_MUL:
    case OP_F32X4_DIV:
    case OP_F64X2_ADD:
    case OP_F64X2_SUB:
    case OP_F64X2_MUL:
    case OP_F64X2_DIV:
    case OP_F32X4_RELAXED_MADD:
    case OP_F32X4_RELAXED_NMADD:
    case OP_F64X2_RELAXED_MADD:
    case OP_F64X2_RELAXED_NMADD: return true;
    default: return false;
    }
}

void emit_argument(struct writer *w, const struct expr *expr, const struct expr *operand) {
    const bool is_constant = operand->reads == 0 && operand->effects == 0;
    if (operand->type != CTYPE_V128 || !is_constant || !has_identities(expr->op)) {
        emit_expr(w, operand);
        return;
    }
    text_str(w->out, "v128_opaque(");
    emit_expr(w, operand);
    text_char(w->out, ')');
}
