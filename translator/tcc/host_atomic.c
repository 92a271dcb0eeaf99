/* The functions of the host process that carry out atomic operators for C that tcc compiles, which has no atomic
 * accesses of its own. Made from the rows of ops_atomic.def, as those of the interpreter are.
 */
#include "../emit/emit.h"
#include "host.h"
#include "w2c/ops_atomic.h"

/* As in host.c: an i32 comes back as 64 bits. */
#define RESULT_i u64
#define RESULT_l u64
#define RESULT_none void
#define TYPE_i u32
#define TYPE_l u64
#define RETURN_i return
#define RETURN_l return
#define RETURN_none

#define ATOMIC0(id, result, function)                                                                                  \
    static RESULT_##result host_##id(const struct w2c_memory *m, u64 a, u64 o) {                                       \
        RETURN_##result function(m, a, o);                                                                             \
    }
#define ATOMIC1(id, result, function, type)                                                                            \
    static RESULT_##result host_##id(const struct w2c_memory *m, u64 a, u64 o, TYPE_##type x) {                        \
        RETURN_##result function(m, a, o, x);                                                                          \
    }
#define ATOMIC2(id, result, function, type, type2)                                                                     \
    static RESULT_##result host_##id(const struct w2c_memory *m, u64 a, u64 o, TYPE_##type x, TYPE_##type2 y) {        \
        RETURN_##result function(m, a, o, x, y);                                                                       \
    }
#include <atomic_rows.def>
#undef ATOMIC0
#undef ATOMIC1
#undef ATOMIC2

static void host_ATOMIC_FENCE(void) {
    atomic_fence();
}

#define RESULT_TEXT_i "u32"
#define RESULT_TEXT_l "u64"
#define RESULT_TEXT_none "void"
#define TYPE_TEXT_i ",u32"
#define TYPE_TEXT_l ",u64"
#define PLACE_TEXT "(const struct w2c_memory*,u64,u64"
#define ENTER(id, name, result, parameters)                                                                            \
    [OP_##id - OP_MEMORY_ATOMIC_NOTIFY] = {name, result, parameters, (w2c_code)host_##id},
const struct host_function host_atomics[HOST_ATOMICS] = {ENTER(ATOMIC_FENCE, "atomic_fence", "void", "(void)")
#define ATOMIC0(id, result, function) ENTER(id, #function, RESULT_TEXT_##result, PLACE_TEXT ")")
#define ATOMIC1(id, result, function, type) ENTER(id, #function, RESULT_TEXT_##result, PLACE_TEXT TYPE_TEXT_##type ")")
#define ATOMIC2(id, result, function, type, type2)                                                                     \
    ENTER(id, #function, RESULT_TEXT_##result, PLACE_TEXT TYPE_TEXT_##type TYPE_TEXT_##type2 ")")
#include <atomic_rows.def>
};

void host_atomic_prototypes(struct text *out) {
    for (size_t i = 0; i < HOST_ATOMICS; i++)
        text_format(out, "%s %s%s;\n", host_atomics[i].result, host_atomics[i].name, host_atomics[i].parameters);
}
