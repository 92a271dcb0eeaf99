/* See host_gc.def; and host.c for what i32 results are. */
#include "../emit/emit.h"
#include "host.h"
#include "w2c/ops_gc.h"

typedef const void *ref;

static ref null_struct(void) {
    w2c_null_struct();
}

static ref null_array(void) {
    w2c_null_array();
}

static ref null_i31(void) {
    w2c_null_i31();
}

#define RESULT_u32 u64
#define RESULT_u64 u64
#define RESULT_f32 f32
#define RESULT_f64 f64
#define RESULT_ref ref
#define RESULT_void void
#define RETURN_u32 return
#define RETURN_u64 return
#define RETURN_f32 return
#define RETURN_f64 return
#define RETURN_ref return
#define RETURN_void

#define HOST(result, name, parameters, arguments)                                                                      \
    static RESULT_##result host_##name parameters {                                                                    \
        RETURN_##result name arguments;                                                                                \
    }
#include "host_gc.def"
#undef HOST

const struct host_function host_heap[HOST_HEAP] = {
#define HOST(result, name, parameters, arguments) {#name, #result, #parameters, (w2c_code)host_##name},
#include "host_gc.def"
#undef HOST
};

void host_heap_prototypes(struct text *out) {
    for (size_t i = 0; i < HOST_HEAP; i++)
        text_format(out, "%s %s%s;\n", host_heap[i].result, host_heap[i].name, host_heap[i].parameters);
}

void host_heap_macros(struct text *out, uint64_t table) {
    for (size_t i = 0; i < HOST_HEAP; i++) {
        text_format(out, "#define %s (*(%s(**)%s)", host_heap[i].name, host_heap[i].result, host_heap[i].parameters);
        text_tcc_address(out, table + 8 * (uint64_t)i);
        text_str(out, ")\n");
    }
}
