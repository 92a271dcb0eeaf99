/* Calls of more arguments than tcc can hold while it compiles one: its expression stack has 256 places, wasm functions
 * have up to 1000 parameters.
 *
 * What does not fit into registers is passed in memory, one argument after another in 8 bytes each (System V ABI for
 * x86-64, 3.2.3), and so is a struct of these arguments, given as the last one. So the call is made through a type that
 * has the arguments in registers and such a struct, and the function, which knows nothing of it, finds what it expects:
 *
 *     ({struct rest{u64 a[894];}rest;rest.a[0]=...;*(f32*)&rest.a[1]=...;
 *       ((u32(*)(u32,...,f64,struct rest))fn12)(l0,...,x3,rest);})
 *
 * A vector is a struct of two words, which goes into two registers or, if only one is left, into memory; what comes
 * after it may then still take that one.
 */
#include "emit.h"

enum { MAX_ARGUMENTS = 200, INTEGER_REGISTERS = 6, FLOAT_REGISTERS = 8, MAX_IN_REGISTERS = 16 };

static bool is_float(valtype type) {
    const enum ctype ctype = ctype_of(type);
    return ctype == CTYPE_F32 || ctype == CTYPE_F64;
}

static bool is_vector(valtype type) {
    return ctype_of(type) == CTYPE_V128;
}

/* Of 8 bytes each. */
static unsigned words_of(valtype type) {
    return is_vector(type) ? 2 : 1;
}

/* Results of more than 16 bytes are written to memory, whose address is passed in the first register. */
static bool returns_in_memory(const struct functype *type) {
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < type->result_count && bytes <= 16; i++) {
        const enum ctype ctype = ctype_of(type->results[i]);
        const uint32_t size = ctype == CTYPE_V128 ? 16 : ctype == CTYPE_I32 || ctype == CTYPE_F32 ? 4 : 8;
        bytes = (bytes + size - 1) / size * size + size;
    }
    return bytes > 16;
}

bool tcc_call_is_large(const struct functype *type) {
    return type->param_count > MAX_ARGUMENTS;
}

/* Which arguments go where: those in registers are listed, the others are the rest, in order. */
struct distribution {
    uint32_t in_registers[MAX_IN_REGISTERS];
    uint32_t register_count;
    uint32_t rest_words;
};

static void emit_rest(const struct tcc_call *call, uint32_t argument, uint32_t place) {
    struct text *out = call->w->out;
    const valtype type = call->type->params[argument];
    const bool is_copied = is_float(type) || is_vector(type);
    if (is_copied) {
        text_format(out, "*(%s*)&rest.a[%u]=", ctype_name(ctype_of(type)), (unsigned)place);
    } else {
        text_format(out, "rest.a[%u]=(u64)(", (unsigned)place);
    }
    call->argument(call, argument);
    text_str(out, is_copied ? ";" : ");");
}

static struct distribution distribute(const struct tcc_call *call) {
    const struct functype *type = call->type;
    struct distribution d = {.register_count = 0};
    unsigned integers = (call->context ? 1 : 0) + (returns_in_memory(type) ? 1 : 0), floats = 0;
    for (uint32_t i = 0; i < type->param_count; i++) {
        unsigned *used = is_float(type->params[i]) ? &floats : &integers;
        const unsigned most = is_float(type->params[i]) ? FLOAT_REGISTERS : INTEGER_REGISTERS;
        const unsigned words = words_of(type->params[i]);
        if (*used + words <= most) {
            d.in_registers[d.register_count++] = i;
            *used += words;
        } else {
            d.rest_words += words;
        }
    }
    return d;
}

static void emit_rests(const struct tcc_call *call, const struct distribution *d) {
    for (uint32_t i = 0, next = 0, place = 0; i < call->type->param_count; i++) {
        if (next < d->register_count && d->in_registers[next] == i) {
            next++;
        } else {
            emit_rest(call, i, place);
            place += words_of(call->type->params[i]);
        }
    }
}

void emit_tcc_large_call(const struct tcc_call *call) {
    struct text *out = call->w->out;
    const struct distribution d = distribute(call);
    text_format(out, "({struct rest{u64 a[%u];}rest;", (unsigned)d.rest_words);
    emit_rests(call, &d);
    text_str(out, "((");
    text_result_type(out, call->w->emitter, call->type);
    text_str(out, call->context ? "(*)(void*," : "(*)(");
    for (uint32_t i = 0; i < d.register_count; i++)
        text_format(out, "%s,", ctype_name(ctype_of(call->type->params[d.in_registers[i]])));
    text_str(out, "struct rest))");
    call->callee(call);
    text_str(out, ")(");
    if (call->context) text_format(out, "%s,", call->context);
    for (uint32_t i = 0; i < d.register_count; i++) {
        call->argument(call, d.in_registers[i]);
        text_char(out, ',');
    }
    text_str(out, "rest);})");
}
