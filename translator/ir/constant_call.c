/* Calls of functions that do nothing, or only return a constant: what they return stands where the call was.
 *
 * Compilers leave such functions where they compile in parts: what finds a variable of the thread, in a program with
 * one thread, returns its address; a hook that is not there is empty. RustPython calls one that returns a constant at
 * about a thousand places. A C compiler would inline them, where it sees them, but here that costs nothing, address and
 * offset of an access become one number, and what is only called for such a value makes no calls.
 *
 * The body is recognised by its bytes: no locals, at most one constant, end. It need not have been validated: if it is
 * not valid, or not spelled as here, the call stays, and whoever validates the body refuses the module.
 */
#include "builder.h"

enum { NO_LOCALS = 0, MAX_BYTES = 1 + 1 + 10 + 1 };

/* A signed LEB128 of up to 32 or 64 bits that fills all the bytes; false if it is anything else. */
static bool read_constant(const uint8_t *bytes, size_t size, unsigned bits, uint64_t *value) {
    const size_t most = (bits + 6) / 7;
    if (size == 0 || size > most) return false;
    *value = 0;
    for (size_t i = 0; i < size; i++) {
        if ((bytes[i] & 0x80) == (i + 1 < size ? 0 : 0x80)) return false;
        *value |= (uint64_t)(bytes[i] & 0x7f) << 7 * i;
    }
    /* The last of the most bytes has bits above those of the number: they repeat its sign. */
    const unsigned sign = bytes[size - 1] & 0x7f, used = bits - 7 * ((unsigned)most - 1);
    const unsigned above = 0x7f & ~((1u << (used - 1)) - 1);
    if (size == most && (sign & above) != 0 && (sign & above) != above) return false;
    if ((sign & 0x40) && 7 * size < 64) *value |= UINT64_MAX << 7 * size;
    if (bits == 32) *value = (uint32_t)*value;
    return true;
}

/* False if the function may do more, or has several results. Else *result is its result, or NULL if it has none. */
static bool find_result(struct builder *b, uint32_t func_idx, struct expr **result) {
    const struct span body = b->module->funcs[func_idx].body;
    const struct functype *type = func_type(b->module, func_idx);
    *result = NULL;
    if (body.size < 2 || body.size > MAX_BYTES || body.bytes[0] != NO_LOCALS) return false;
    if (body.bytes[body.size - 1] != op_infos[OP_END].code) return false;
    if (type->result_count == 0) return body.size == 2;
    if (type->result_count > 1 || body.size < 4) return false;
    const bool is_i64 = type->results[0] == TYPE_I64;
    if (type->results[0] != TYPE_I32 && !is_i64) return false;
    const enum op op = is_i64 ? OP_I64_CONST : OP_I32_CONST;
    uint64_t value;
    if (body.bytes[1] != op_infos[op].code) return false;
    if (!read_constant(body.bytes + 2, body.size - 3, is_i64 ? 64 : 32, &value)) return false;
    *result = make_expr(b, op, is_i64 ? CTYPE_I64 : CTYPE_I32);
    (*result)->value = value;
    return true;
}

void build_direct_call(struct builder *b, uint32_t func_idx) {
    struct expr *result;
    if (b->blocks || !find_result(b, func_idx, &result)) { /* where blocks are counted, its own counts too */
        build_call(b, func_idx);
        return;
    }
    for (uint32_t i = func_type(b->module, func_idx)->param_count; i > 0; i--)
        build_drop(b);
    if (result) push(b, result);
}
