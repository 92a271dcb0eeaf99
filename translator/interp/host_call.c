/* Calls of functions that are not the interpreter's, through libffi: what it must know of a type is prepared once.
 *
 * Native code takes the record's context and then the parameters, and gives one result as a value, several as a struct
 * with a member for each (docs/CODEGEN.md). */
#include <ffi.h>
#include <string.h>

#include "../base/arena.h"
#include "machine.h"
#include "w2c/ops_stack.h"

struct host_type {
    ffi_cif cif;
    uint32_t param_count; /* in slots */
    uint32_t result_count;
    const valtype *params;
    const valtype *results;
    size_t *offsets; /* of its members */
};

/* What a call may need of the native stack: arguments, a struct of results, and what libffi copies of them. */
enum { VALUE_BYTES = 16, NATIVE_BYTES = 4 * MAX_PARAMS * VALUE_BYTES + (16 << 10) };

/* Engines in one process pass a vector as a struct of its halves: libffi knows of no vectors, nor does tcc. */
static ffi_type vector_type = {.type = FFI_TYPE_STRUCT,
                               .elements = (ffi_type *[]){&ffi_type_uint64, &ffi_type_uint64, NULL}};

static ffi_type *ffi_type_of(valtype type) {
    switch (type_code(type)) {
    case TYPE_I32: return &ffi_type_uint32;
    case TYPE_I64: return &ffi_type_uint64;
    case TYPE_F32: return &ffi_type_float;
    case TYPE_F64: return &ffi_type_double;
    case TYPE_V128: return &vector_type;
    default: return &ffi_type_pointer;
    }
}

/* ---- types ---- */

static ffi_type *result_struct(struct arena *arena, const struct functype *type) {
    ffi_type *result = arena_new(arena, ffi_type);
    result->type = FFI_TYPE_STRUCT;
    result->elements = arena_array(arena, ffi_type *, type->result_count + 1);
    for (uint32_t i = 0; i < type->result_count; i++)
        result->elements[i] = ffi_type_of(type->results[i]);
    return result;
}

static ffi_type *result_type(struct arena *arena, const struct functype *type) {
    if (type->result_count == 0) return &ffi_type_void;
    if (type->result_count == 1) return ffi_type_of(type->results[0]);
    return result_struct(arena, type);
}

static struct host_type *make_type(struct arena *arena, const struct functype *type) {
    struct host_type *host = arena_new(arena, struct host_type);
    host->param_count = interp_slot_type(arena, type).param_count;
    host->params = type->params;
    host->result_count = type->result_count;
    host->results = type->results;
    ffi_type **params = arena_array(arena, ffi_type *, type->param_count + 1);
    params[0] = &ffi_type_pointer;
    for (uint32_t i = 0; i < type->param_count; i++)
        params[i + 1] = ffi_type_of(type->params[i]);
    ffi_type *result = result_type(arena, type);
    if (ffi_prep_cif(&host->cif, FFI_DEFAULT_ABI, type->param_count + 1, result, params) != FFI_OK)
        w2c_trap_message(W2C_TRAP_HOST, "a function type that libffi cannot call");
    if (type->result_count > 1) {
        host->offsets = arena_array(arena, size_t, type->result_count);
        ffi_get_struct_offsets(FFI_DEFAULT_ABI, result, host->offsets);
    }
    return host;
}

const struct host_type *interp_host_type(struct interp_instance *interp, uint32_t type_idx) {
    const struct module *module = interp->live->live->module;
    struct host_type **type = &interp->host_types[module->types[type_idx].canonical];
    if (!*type) *type = make_type(&interp->live->arena, &module->types[type_idx].func);
    return *type;
}

/* ---- calls ---- */

/* How many slots it takes. */
static uint32_t read_result(valtype type, const void *value, union slot *slot) {
    const bool is_short = type_code(type) == TYPE_I32 || type_code(type) == TYPE_F32;
    const uint32_t slots = interp_is_vector(type) ? 2 : 1;
    slot->i64 = 0;
    memcpy(slot, value, is_short ? sizeof(uint32_t) : slots * sizeof *slot);
    return slots;
}

/* libffi wants integers narrower than a register in a whole one, and puts them there. */
union one_result {
    ffi_arg integer;
    float f32;
    double f64;
    uint64_t i64;
    uint8_t v128[16];
};

static uint64_t call_for_one(const struct w2c_func *func, const struct host_type *type, void **arguments,
                             union slot *results) {
    union one_result result = {0};
    ffi_call((ffi_cif *)&type->cif, func->code, &result, arguments);
    if (type->result_count == 0) return 0;
    read_result(type->results[0], &result, results);
    return results[0].i64;
}

static void call_for_many(const struct w2c_func *func, const struct host_type *type, void **arguments,
                          union slot *results) {
    _Alignas(16) char structure[MAX_RESULTS * VALUE_BYTES];
    ffi_call((ffi_cif *)&type->cif, func->code, structure, arguments);
    for (uint32_t i = 0; i < type->result_count; i++)
        results += read_result(type->results[i], structure + type->offsets[i], results);
}

/* Arguments are passed where they are: the machine is little-endian, so a narrow one is at the start of its slot. */
uint64_t interp_call_host(const struct w2c_func *func, const struct host_type *type, union slot *top) {
    w2c_check_stack(NATIVE_BYTES);
    void *arguments[MAX_PARAMS + 1];
    union slot *const base = top - type->param_count;
    void *context = func->context;
    arguments[0] = &context;
    union slot *next = base;
    for (uint32_t i = 0; next < top; i++) {
        arguments[i + 1] = next;
        next += interp_is_vector(type->params[i]) ? 2 : 1;
    }
    if (type->result_count <= 1) return call_for_one(func, type, arguments, base);
    call_for_many(func, type, arguments, base);
    return 0;
}

/* ---- calls from outside, by the text of the type ---- */

static valtype type_of(uint32_t value_type) {
    switch (value_type) {
    case 'i': return TYPE_I32;
    case 'l': return TYPE_I64;
    case 'f': return TYPE_F32;
    case 'd': return TYPE_F64;
    case 'v':
    case 'V': return TYPE_V128;
    default: return TYPE_EXTERNREF;
    }
}

static const char *read_type(const char *text, valtype *type) {
    uint32_t value_type;
    const char *rest = w2c_read_value_type(text, &value_type);
    *type = type_of(value_type);
    return rest;
}

/* The runtime has checked the text. */
static struct functype parse_signature(struct arena *arena, const char *signature) {
    valtype *types = arena_array(arena, valtype, strlen(signature) + 1);
    struct functype type = {.params = types};
    const char *at = signature;
    while (at && *at != ':')
        at = read_type(at, &types[type.param_count++]);
    type.results = types + type.param_count;
    if (at) at++;
    while (at && *at)
        at = read_type(at, &types[type.param_count + type.result_count++]);
    return type;
}

/* A trap in the function leaves the arena behind: it is the caller's thread's, and used again. */
void interp_invoke_host(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results) {
    static W2C_THREAD_LOCAL struct arena arena;
    const char *signature = w2c_type_signature(func->type);
    if (!signature) w2c_trap_message(W2C_TRAP_HOST, "a function without a type");
    arena_reset(&arena);
    const struct functype type = parse_signature(&arena, signature);
    const struct host_type *host = make_type(&arena, &type);
    union slot *slots = arena_array(&arena, union slot, 2 * ((size_t)type.param_count + type.result_count));
    interp_put_values(slots, type.params, type.param_count, arguments);
    interp_call_host(func, host, slots + host->param_count);
    interp_get_values(results, type.results, type.result_count, slots);
}
