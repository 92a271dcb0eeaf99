/* See host.def.
 *
 * An i32 comes back as 64 bits: tcc takes it that the upper half of the register that a u32 is returned in is zero,
 * and other compilers do not care what is there.
 */
#include "host.h"

#include "../emit/emit.h"
#define W2C_BOUNDS_IS_GUARD 1 /* as code for tcc has it */
#define W2C_HAS_SHARED_MEMORY 1 /* it may be */
#include "w2c/exception.h"
#include "w2c/ops_bulk.h"
#include "w2c/ops_bulk64.h"
#include "w2c/ops_float.h"
#include "w2c/ops_int.h"
#include "w2c/ops_memory.h"
#include "w2c/ops_memory64.h"
#include "w2c/ops_stack.h"
#include "w2c/ops_table.h"
#include "w2c/ops_wide.h"
#include "w2c/type_records.h"
#include "w2c/ops_tail.h"

static f32 f32_convert_i64_u(u64 value) {
    return (f32)value;
}

static f64 f64_convert_i64_u(u64 value) {
    return (f64)value;
}

/* What accesses of memories other than plain ones are in C for tcc: emit_tcc.c. */
static u64 wide_failed(void) {
    w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
}

static u64 wide_at_far(u64 address, u64 offset) {
    return wide_at(NULL, address, offset, 0);
}

static u64 bytes_place(const struct w2c_memory *memory, u64 address, u64 offset, u32 width) {
    return (u64)(uintptr_t)(memory->base + bytes_at(memory, address, offset, width));
}

static u64 mul_high_s(u64 a, u64 b) {
    return i64_mul_wide_s(a, b).high;
}

static u64 mul_high_u(u64 a, u64 b) {
    return i64_mul_wide_u(a, b).high;
}

typedef u64 wide_u32;
typedef u64 wide_u64;
typedef f32 wide_f32;
typedef f64 wide_f64;
typedef const void *wide_ref;
typedef union w2c_value *wide_exception_values;
typedef const struct w2c_exception **wide_pending;
#define return_u32 return
#define return_u64 return
#define return_f32 return
#define return_f64 return
#define return_ref return
#define return_exception_values return
#define return_pending return
#define return_void
#define wide_void void

#define HOST(result, name, parameters, arguments)                                                                      \
    static wide_##result host_##name parameters {                                                                      \
        return_##result name arguments;                                                                                \
    }
#include "host.def"
#undef HOST

const struct host_function host_functions[] = {
#define HOST(result, name, parameters, arguments) {#name, #result, #parameters, (w2c_code)host_##name},
#include "host.def"
#undef HOST
};
const size_t host_function_count = sizeof host_functions / sizeof *host_functions;

static void write_prototypes(struct text *out, const struct host_function *functions, size_t count) {
    for (size_t i = 0; i < count; i++)
        text_format(out, "%s %s%s;\n", functions[i].result, functions[i].name, functions[i].parameters);
}

void host_prototypes(struct text *out, bool with_vectors) {
    write_prototypes(out, host_functions, host_function_count);
    if (with_vectors) write_prototypes(out, host_vectors, host_vector_count);
}

static void write_macros(struct text *out, const struct host_function *functions, size_t count, uint64_t table) {
    for (size_t i = 0; i < count; i++) {
        const struct host_function *function = &functions[i];
        text_format(out, "#define %s (*(%s(**)%s)", function->name, function->result, function->parameters);
        text_tcc_address(out, table + 8 * (uint64_t)i);
        text_str(out, ")\n");
    }
}

void host_macros(struct text *out, uint64_t table) {
    write_macros(out, host_functions, host_function_count, table);
}

void host_vector_macros(struct text *out, uint64_t table) {
    write_macros(out, host_vectors, host_vector_count, table + 8 * (uint64_t)host_function_count);
}
