/* How C is spelled for tcc, which compiles fast and improves nothing.
 *
 * It inlines no function and keeps no variable in a register from one statement to the next, and what a macro expands
 * to costs it more than the same text. So here accesses and the common operators are written out as single expressions
 *
 *     cc                              tcc, in a library        tcc, for a live instance
 *     i32_load(m0, l0, 4)             *(u32*)(m0+l0+4ul)       *(u32*)(l0+268435460ul)
 *     i32_rotl(l0, 7)                 (s0=l0,s0<<7|s0>>25)
 *     i32_div_u(l0, 10u)              l0/10u
 *     f64_neg(y3)                     (w0=y3,*(u64*)&w0^=0x8000000000000000ul,w0)
 *
 * and what needs a function is one of the host process (translator/tcc/host.def), compiled by a better compiler.
 *
 * The text is for tcc alone, and relies on what tcc does beyond the standard: operands are evaluated from left to
 * right, no access is reordered, no type is presumed not to alias, and no arithmetic on floats is simplified unless
 * both operands are constants (see emit_operand).
 *
 * For a live instance (emitter.places) addresses of state stand in the text as numbers. There is one instance, made by
 * this process, and the code never leaves it, except into a cache that checks the addresses.
 */
#include <stddef.h>

#include "emit.h"
#include "w2c/w2c.h"

/* An operand that may be written twice: it has no effects and costs little to evaluate. */
static bool is_variable(const struct expr *expr) {
    return expr->op == EXPR_SLOT || expr->op == OP_LOCAL_GET;
}

static bool is_integer_constant(const struct expr *expr) {
    return expr->op == OP_I32_CONST || expr->op == OP_I64_CONST;
}

/* Of W2C_WIDE_BYTES, as a shift count. */
enum { WIDE_BYTES_LOG2 = 38 };
_Static_assert(W2C_WIDE_BYTES == (uint64_t)1 << WIDE_BYTES_LOG2, "one constant");

/* tcc writes a constant address into the instruction, cut to 32 bits, which are extended by their sign. One that does
 * not fit is the sum of a variable, which is 0, and a number. */
void text_tcc_address(struct text *out, uint64_t address) {
    const bool is_near = address < 0x80000000;
    if (!is_near) text_str(out, "(zero+");
    text_u64(out, address);
    text_str(out, is_near ? "ul" : "ul)");
}

void emit_tcc_pointer(struct writer *w, uint64_t address) {
    text_str(w->out, "(void*)");
    text_tcc_address(w->out, address);
}

/* "*(TYPE*)ADDRESS", an object of the live instance. */
void emit_tcc_object(struct writer *w, const char *type, uint64_t address) {
    text_str(w->out, "*(");
    text_str(w->out, type);
    text_str(w->out, "*)");
    text_tcc_address(w->out, address);
}

/* ---- accesses ---- */

struct access {
    uint16_t op;
    const char *type; /* in memory */
    const char *cast; /* of what was loaded; the C conversion extends by the sign of `type` */
};

static const struct access accesses[] = {
    {OP_I32_LOAD, "u32", ""},          {OP_I64_LOAD, "u64", ""},          {OP_F32_LOAD, "f32", ""},
    {OP_F64_LOAD, "f64", ""},          {OP_I32_LOAD8_S, "s8", "(u32)"},   {OP_I32_LOAD8_U, "u8", "(u32)"},
    {OP_I32_LOAD16_S, "s16", "(u32)"}, {OP_I32_LOAD16_U, "u16", "(u32)"}, {OP_I64_LOAD8_S, "s8", "(u64)"},
    {OP_I64_LOAD8_U, "u8", "(u64)"},   {OP_I64_LOAD16_S, "s16", "(u64)"}, {OP_I64_LOAD16_U, "u16", "(u64)"},
    {OP_I64_LOAD32_S, "s32", "(u64)"}, {OP_I64_LOAD32_U, "u32", "(u64)"}, {OP_I32_STORE, "u32", ""},
    {OP_I64_STORE, "u64", ""},         {OP_F32_STORE, "f32", ""},         {OP_F64_STORE, "f64", ""},
    {OP_I32_STORE8, "u8", ""},         {OP_I32_STORE16, "u16", ""},       {OP_I64_STORE8, "u8", ""},
    {OP_I64_STORE16, "u16", ""},       {OP_I64_STORE32, "u32", ""},
};

static const struct access *find_access(unsigned op) {
    const struct access *access = accesses;
    while (access->op != op)
        access++;
    return access;
}

/* A variable for the value of an operand. Each in a statement is another one: tcc reads a variable when its value is
 * wanted, which may be after an operand on its right has been evaluated. */
struct temporary {
    char letter;
    unsigned number;
};

static const char temporary_letters[] = "stuwpq"; /* by type */

static struct temporary emit_temporary(struct writer *w, const struct expr *value) {
    const struct temporary temporary = {temporary_letters[value->type], w->temporary_count[value->type]++};
    uint32_t *most = &w->temporary_max[value->type];
    if (*most < w->temporary_count[value->type]) *most = w->temporary_count[value->type];
    text_format(w->out, "(%c%u=", temporary.letter, temporary.number);
    emit_expr(w, value);
    text_char(w->out, ',');
    return temporary;
}

/* tcc 0.9.27 forgets that the value of an operand, once it is in a register, is no longer the constant that it was or
 * that a `?:` chose from. If such a constant is not an int, and the result is used as an address, tcc takes the
 * constant for the address. Reading a variable leaves none behind. */
static bool has_large_constant(const struct expr *expr) {
    const uint64_t value = expr->op == OP_I32_CONST ? (uint32_t)expr->value : expr->value;
    if (is_integer_constant(expr)) return value > INT32_MAX;
    for (unsigned i = 0; i < 3; i++) {
        if (expr->args[i] && has_large_constant(expr->args[i])) return true;
    }
    return false;
}

static void emit_address(struct writer *w, const struct expr *address) {
    if (!w->emitter->places || !has_large_constant(address)) {
        emit_number(w, address);
        return;
    }
    const struct temporary t = emit_temporary(w, address);
    text_format(w->out, "%c%u)", t.letter, t.number);
}

/* What an access is of. */
struct place {
    uint32_t memory_idx;
    const struct expr *address;
    uint64_t offset;
};

/* Where the memory begins, of type u64: of a live instance, where its record says. Memory 0, if it is plain, does not
 * come here then: its base is a number, and added to the offset. */
static void emit_base(struct writer *w, uint32_t memory_idx) {
    const struct places *places = w->emitter->places;
    if (places) {
        emit_tcc_object(w, "u64", places->memories[memory_idx] + offsetof(struct w2c_memory, base));
    } else {
        text_format(w->out, "m%u", (unsigned)memory_idx);
    }
}

/* "(TYPE*)(m0+((t0=ADDRESS)>>38?wide_failed():t0)+4ul)", see w2c/ops_memory64.h. A far offset, and with it a sum that
 * may wrap, is left to a function. */
static void emit_wide_place(struct writer *w, const char *type, const struct place *place) {
    text_format(w->out, "(%s*)(", type);
    emit_base(w, place->memory_idx);
    if (place->offset > UINT32_MAX) {
        text_str(w->out, "+wide_at_far(");
        emit_expr(w, place->address);
        text_format(w->out, ",%lluul))", (unsigned long long)place->offset);
        return;
    }
    text_char(w->out, '+');
    const struct temporary t = emit_temporary(w, place->address);
    text_format(w->out, "%c%u>>%u?wide_failed():%c%u)+%lluul)", t.letter, t.number, WIDE_BYTES_LOG2, t.letter, t.number,
                (unsigned long long)place->offset);
}

static void emit_bytes_place(struct writer *w, const char *type, const struct place *place) {
    text_format(w->out, "(%s*)bytes_place(", type);
    emit_memory(w, place->memory_idx);
    text_char(w->out, ',');
    emit_number(w, place->address);
    text_format(w->out, ",%lluul,sizeof(%s))", (unsigned long long)place->offset, type);
}

/* "(TYPE*)(ADDRESS)". The address is 32 bits, so adding 64 makes a sum that cannot wrap. */
static void emit_plain_place(struct writer *w, const char *type, const struct place *place) {
    const struct places *places = w->emitter->places;
    const uint64_t known_base = places && place->memory_idx == 0 ? places->memory_base : 0;
    if (known_base && place->address->op == OP_I32_CONST) {
        text_format(w->out, "(%s*)", type);
        text_tcc_address(w->out, known_base + place->offset + (uint32_t)place->address->value);
        return;
    }
    text_format(w->out, "(%s*)(", type);
    if (!known_base) {
        emit_base(w, place->memory_idx);
        text_char(w->out, '+');
    }
    emit_address(w, place->address);
    text_char(w->out, '+');
    text_u64(w->out, place->offset + known_base);
    text_str(w->out, "ul)");
}

static void emit_pointer(struct writer *w, const char *type, const struct place *place) {
    switch (memory_kind(w->emitter->module, place->memory_idx)) {
    case MEMORY_PLAIN: emit_plain_place(w, type, place); break;
    case MEMORY_WIDE: emit_wide_place(w, type, place); break;
    case MEMORY_BYTES: emit_bytes_place(w, type, place); break;
    }
}

static void emit_place(struct writer *w, const char *type, const struct place *place) {
    text_char(w->out, '*');
    emit_pointer(w, type, place);
}

static void emit_loaded(struct writer *w, const char *type, const struct expr *load) {
    emit_place(w, type, &(struct place){load->idx, load->args[0], load->value});
}

/* A function of the host that is given the place, and for stores and lanes a vector. The pointer is never written as
 * &*POINTER: tcc takes what is left of a comparison in the address for the name of a variable, and crashes. */
static void emit_vector_access(struct writer *w, unsigned op, const struct place *place, const struct expr *vector,
                               unsigned lane) {
    const unsigned bytes = access_bytes((enum op)op);
    text_format(w->out, "%s((u8*)", op_infos[op].c);
    emit_pointer(w, bytes == 16 ? "v128" : bytes == 8 ? "u64" : bytes == 4 ? "u32" : bytes == 2 ? "u16" : "u8", place);
    if (vector) {
        text_char(w->out, ',');
        emit_expr(w, vector);
    }
    emit_lane(w, op, lane);
    text_char(w->out, ')');
}

static bool is_vector_access(unsigned op) {
    return strchr(op_infos[op].signature, 'v') != NULL;
}

void emit_tcc_load(struct writer *w, const struct expr *expr) {
    if (is_vector_access(expr->op)) {
        const struct place place = {expr->idx, expr->args[0], expr->value};
        emit_vector_access(w, expr->op, &place, expr->args[1], expr->lane);
        return;
    }
    const struct access *access = find_access(expr->op);
    text_str(w->out, access->cast);
    emit_loaded(w, access->type, expr);
}

void emit_tcc_store(struct writer *w, const struct stmt *stmt) {
    const struct place place = {stmt->idx, stmt->args[0], stmt->memory_offset};
    if (is_vector_access(stmt->op)) {
        emit_vector_access(w, stmt->op, &place, stmt->args[1], stmt->lane);
        text_str(w->out, ";\n");
        return;
    }
    emit_place(w, find_access(stmt->op)->type, &place);
    text_char(w->out, '=');
    emit_stored(w, stmt->args[1]);
    text_str(w->out, ";\n");
}

/* ---- operators ---- */

void emit_tcc_temporaries(struct writer *w) {
    for (unsigned type = 0; type < CTYPE_COUNT; type++) {
        for (uint32_t i = 0; i < w->temporary_max[type]; i++)
            text_format(w->out, "%s %c%u;", ctype_name((enum ctype)type), temporary_letters[type], (unsigned)i);
    }
}

/* "(T=VALUE,*(TYPE*)&T)": the same bits as another type. */
static void emit_bits(struct writer *w, const struct expr *value, const char *type) {
    const struct temporary t = emit_temporary(w, value);
    text_format(w->out, "*(%s*)&%c%u)", type, t.letter, t.number);
}

/* "(T=VALUE,*(TYPE*)&T OPERATION,T)" */
static void emit_on_bits(struct writer *w, const struct expr *value, const char *type, const char *operation) {
    const struct temporary t = emit_temporary(w, value);
    text_format(w->out, "*(%s*)&%c%u%s,%c%u)", type, t.letter, t.number, operation, t.letter, t.number);
}

/* A value that was just loaded is loaded as the other type. */
static void emit_reinterpret(struct writer *w, const struct expr *value, unsigned load, const char *type) {
    if (value->op == load) {
        emit_loaded(w, type, value);
    } else {
        emit_bits(w, value, type);
    }
}

static bool emit_float_bits(struct writer *w, const struct expr *expr) {
    const struct expr *value = expr->args[0];
    switch (expr->op) {
    case OP_I32_REINTERPRET_F32: emit_reinterpret(w, value, OP_F32_LOAD, "u32"); return true;
    case OP_I64_REINTERPRET_F64: emit_reinterpret(w, value, OP_F64_LOAD, "u64"); return true;
    case OP_F32_REINTERPRET_I32: emit_reinterpret(w, value, OP_I32_LOAD, "f32"); return true;
    case OP_F64_REINTERPRET_I64: emit_reinterpret(w, value, OP_I64_LOAD, "f64"); return true;
    case OP_F32_NEG: emit_on_bits(w, value, "u32", "^=0x80000000u"); return true;
    case OP_F32_ABS: emit_on_bits(w, value, "u32", "&=0x7fffffffu"); return true;
    case OP_F64_NEG: emit_on_bits(w, value, "u64", "^=0x8000000000000000ul"); return true;
    case OP_F64_ABS: emit_on_bits(w, value, "u64", "&=0x7ffffffffffffffful"); return true;
    default: return false;
    }
}

/* By a constant, which is how nearly all code rotates; else the function does it. */
static bool emit_rotate(struct writer *w, const struct expr *expr) {
    const bool is_32 = expr->op == OP_I32_ROTL || expr->op == OP_I32_ROTR;
    const bool is_left = expr->op == OP_I32_ROTL || expr->op == OP_I64_ROTL;
    if (!is_32 && expr->op != OP_I64_ROTL && expr->op != OP_I64_ROTR) return false;
    const unsigned width = is_32 ? 32 : 64;
    const unsigned count = (unsigned)expr->args[1]->value % width;
    if (!is_integer_constant(expr->args[1]) || count == 0) return false;
    const unsigned left = is_left ? count : width - count;
    const struct temporary t = emit_temporary(w, expr->args[0]);
    text_format(w->out, "%c%u<<%u|%c%u>>%u)", t.letter, t.number, left, t.letter, t.number, width - left);
    return true;
}

static void emit_quotient(struct writer *w, const struct expr *expr, bool is_signed, char operator) {
    const bool is_32 = expr->type == CTYPE_I32;
    const char *cast = is_32 ? "(s32)" : "(s64)";
    text_str(w->out, !is_signed ? "(" : is_32 ? "(u32)(" : "(u64)(");
    if (is_signed) text_str(w->out, cast);
    emit_number(w, expr->args[0]);
    text_char(w->out, operator);
    if (is_signed) text_str(w->out, cast);
    emit_number(w, expr->args[1]);
    text_char(w->out, ')');
}

/* Divisors that cannot trap: constants but 0, and, where the sign counts, -1. */
static bool is_safe_divisor(const struct expr *divisor, bool is_signed) {
    if (!is_integer_constant(divisor)) return false;
    const int64_t value = divisor->op == OP_I32_CONST ? (int32_t)divisor->value : (int64_t)divisor->value;
    return value != 0 && (!is_signed || value != -1);
}

/* The dangerous divisors are left to the function. For 0 and -1, and for these alone, the divisor plus one is at
 * most 1 as an unsigned number. */
static bool emit_division(struct writer *w, const struct expr *expr) {
    enum { MAX_REPEATED = 6 };
    bool is_signed = false;
    char operator= '/';
    switch (expr->op) {
    case OP_I32_DIV_U:
    case OP_I64_DIV_U: break;
    case OP_I32_REM_U:
    case OP_I64_REM_U: operator= '%'; break;
    case OP_I32_DIV_S:
    case OP_I64_DIV_S: is_signed = true; break;
    case OP_I32_REM_S:
    case OP_I64_REM_S: is_signed = true, operator= '%'; break;
    default: return false;
    }
    if (is_safe_divisor(expr->args[1], is_signed)) {
        emit_quotient(w, expr, is_signed, operator);
        return true;
    }
    if (!is_variable(expr->args[1]) || expr->args[0]->size > MAX_REPEATED) return false;
    text_char(w->out, '(');
    emit_expr(w, expr->args[1]);
    if (is_signed) text_str(w->out, "+1u>1u");
    text_char(w->out, '?');
    emit_quotient(w, expr, is_signed, operator);
    text_char(w->out, ':');
    emit_spelling(w, expr, op_infos[expr->op].c);
    text_char(w->out, ')');
    return true;
}

/* What the machine converts as wasm wants it: a NaN becomes quiet on the way. */
static bool emit_conversion(struct writer *w, const struct expr *expr) {
    switch (expr->op) {
    case OP_F32_DEMOTE_F64: text_str(w->out, "(f32)"); break;
    case OP_F64_PROMOTE_F32: text_str(w->out, "(f64)"); break;
    case OP_F32_CONVERT_I64_U: text_str(w->out, "f32_convert_i64_u("); break;
    case OP_F64_CONVERT_I64_U: text_str(w->out, "f64_convert_i64_u("); break;
    default: return false;
    }
    emit_number(w, expr->args[0]);
    if (expr->op == OP_F32_CONVERT_I64_U || expr->op == OP_F64_CONVERT_I64_U) text_char(w->out, ')');
    return true;
}

/* The lanes as two numbers, so that all arguments are in registers. */
static bool emit_shuffle(struct writer *w, const struct expr *expr) {
    if (expr->op != OP_I8X16_SHUFFLE) return false;
    uint64_t lanes[2];
    memcpy(lanes, expr->bytes, sizeof lanes);
    text_str(w->out, "i8x16_shuffle(");
    emit_expr(w, expr->args[0]);
    text_char(w->out, ',');
    emit_expr(w, expr->args[1]);
    for (unsigned i = 0; i < 2; i++) {
        text_char(w->out, ',');
        text_u64(w->out, lanes[i]);
        text_str(w->out, "ul");
    }
    text_char(w->out, ')');
    return true;
}

bool emit_tcc_operator(struct writer *w, const struct expr *expr) {
    return emit_shuffle(w, expr) || emit_float_bits(w, expr) || emit_rotate(w, expr) || emit_division(w, expr) ||
           emit_conversion(w, expr);
}

/* tcc folds arithmetic on constants in a wider format, and rounds twice. One that it cannot see through stops it. */
bool is_folded_by_tcc(const struct expr *expr, const struct expr *parent) {
    const bool is_constant = expr->op == OP_F32_CONST || expr->op == OP_F64_CONST;
    return is_constant && parent && parent->reads == 0 && parent->effects == 0;
}

/* ---- calls ---- */

/* The typedef of a function type; that it is needed is noted in `used`, if that is not NULL. */
static void emit_function_type(struct writer *w, uint32_t type_idx, const char *name, unsigned char *used) {
    const uint32_t canonical = canonical_type(w->emitter->module, type_idx);
    if (used) set_bit(used, canonical);
    text_str(w->out, name);
    text_u64(w->out, canonical);
}

void emit_tcc_callee_cast(struct writer *w, uint32_t type_idx) {
    text_str(w->out, "((");
    emit_function_type(w, type_idx, "type", w->types);
    text_str(w->out, ")callee->code)");
}

void emit_tcc_callee(struct writer *w, uint32_t func_idx) {
    const struct places *places = w->emitter->places;
    const struct module *m = w->emitter->module;
    const bool is_import = func_idx < m->imported_func_count;
    if (w->called) set_bit(w->called, func_idx);
    if (!is_import && has_bit(w->group, func_idx)) {
        text_str(w->out, w->emitter->func_names[func_idx]);
        return;
    }
    text_str(w->out, "(*(");
    emit_function_type(w, m->funcs[func_idx].type_idx, is_import ? "hosttype" : "type",
                       is_import ? w->host_types : w->types);
    text_str(w->out, "*)");
    text_tcc_address(w->out, is_import ? places->imports + IMPORT_BYTES * (uint64_t)func_idx
                                       : places->slots + 8 * (uint64_t)func_idx);
    text_char(w->out, ')');
}

/* The context of an import, where it is the first argument. */
void emit_tcc_context(struct writer *w, uint32_t func_idx) {
    emit_tcc_object(w, "void*", w->emitter->places->imports + IMPORT_BYTES * (uint64_t)func_idx + 8);
}

/* Finds the function that is called, as table_func does, or says why there is none. */
void emit_tcc_lookup(struct writer *w, const struct stmt *stmt) {
    const struct places *places = w->emitter->places;
    text_str(w->out, "if((entry=");
    emit_table_index(w, stmt->index);
    text_str(w->out, ")>=");
    if (places) {
        emit_tcc_object(w, "u32", places->tables[stmt->idx2] + offsetof(struct w2c_table, size));
        text_str(w->out, "||!(callee=(");
        emit_tcc_object(w, "const struct w2c_func**", places->tables[stmt->idx2]);
        text_str(w->out, ")[entry])");
    } else {
        emit_table(w, stmt->idx2);
        text_str(w->out, "->size||!(callee=");
        emit_table(w, stmt->idx2);
        text_str(w->out, "->elements[entry])");
    }
    text_str(w->out, "||callee->type!=");
    emit_type_id(w, stmt->idx);
    if (!w->emitter->module->types[stmt->idx].is_final) {
        text_str(w->out, "&&!w2c_type_is_subtype(callee->type,");
        emit_type_id(w, stmt->idx);
        text_char(w->out, ')');
    }
    text_str(w->out, ")w2c_table_func_failed(");
    emit_table(w, stmt->idx2);
    text_str(w->out, ",entry);\n");
}

/* ---- segments ---- */

/* "BYTES, SIZE" of a segment: 0 once it has been dropped. */
void emit_tcc_segment(struct writer *w, bool is_data, uint32_t idx) {
    const uint64_t address = is_data ? w->emitter->places->datas[idx] : w->emitter->places->elements[idx];
    emit_tcc_object(w, "void*", address);
    text_char(w->out, ',');
    emit_tcc_object(w, is_data ? "u64" : "u32", address + 8);
}

void emit_tcc_drop(struct writer *w, bool is_data, uint32_t idx) {
    const uint64_t address = is_data ? w->emitter->places->datas[idx] : w->emitter->places->elements[idx];
    emit_tcc_object(w, is_data ? "u64" : "u32", address + 8);
    text_str(w->out, "=0;\n");
}

/* ---- imports ---- */

void emit_tcc_host_type(struct text *out, const struct emitter *e, uint32_t type_idx) {
    const struct functype *type = &e->module->types[type_idx].func;
    text_str(out, "typedef ");
    text_result_type(out, e, type);
    text_format(out, "(*hosttype%u)(void*", (unsigned)type_idx);
    for (uint32_t i = 0; i < type->param_count; i++)
        text_format(out, ",%s", ctype_name(ctype_of(type->params[i])));
    text_str(out, ");\n");
}

void emit_tcc_import(struct writer *w, uint32_t func_idx) {
    const struct functype *type = func_type(w->emitter->module, func_idx);
    text_result_type(w->out, w->emitter, type);
    text_format(w->out, " %s(", w->emitter->func_names[func_idx]);
    text_parameters(w->out, w->emitter, type);
    text_str(w->out, type->result_count ? "){return " : "){");
    emit_tcc_callee(w, func_idx);
    text_char(w->out, '(');
    emit_tcc_context(w, func_idx);
    for (uint32_t i = 0; i < type->param_count; i++)
        text_format(w->out, ",l%u", (unsigned)i);
    text_str(w->out, ");}\n");
}
