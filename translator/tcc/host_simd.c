/* The operators on vectors for C that tcc compiles, which has no vectors: a vector is a struct of two halves there
 * (w2c/tcc_types.h), passed in two registers for integers, and each operator a function of the host process, compiled
 * with vectors by the compiler that made w2c. The functions come from ops.def, by way of translator/interp/rows.c:
 *
 *   HOST_SIMD(result, name, parameters, value)
 *
 * An access takes the place that it reads or writes, under guard pages: what is not memory faults. Elements of arrays
 * are here too, and fields are in w2c/tcc_gc.h.
 */
#include <string.h>

#include "../emit/emit.h"
#include "host.h"
#define W2C_BOUNDS_IS_GUARD 1
#include "w2c/ops_simd.h"

#include "w2c/ops_gc_simd.h"

struct w2c_v128 {
    u64 low, high;
};

static inline v128 take(struct w2c_v128 value) {
    return (v128){value.low, value.high};
}

static inline struct w2c_v128 give(v128 value) {
    struct w2c_v128 halves;
    memcpy(&halves, &value, sizeof halves);
    return halves;
}

/* Lanes of 0 to 31, which are those of both vectors; 16 of them, a byte each. */
static v128 shuffle(struct w2c_v128 a, struct w2c_v128 b, u64 low_lanes, u64 high_lanes) {
    const struct w2c_v128 from[2] = {a, b}, lanes = {low_lanes, high_lanes};
    const u8 *bytes = (const u8 *)from;
    struct w2c_v128 to;
    for (unsigned i = 0; i < sizeof to; i++)
        ((u8 *)&to)[i] = bytes[((const u8 *)&lanes)[i]];
    return take(to);
}

typedef struct w2c_v128 wide_v128;
typedef u64 wide_u32; /* see host.c */
typedef u64 wide_u64;
typedef f32 wide_f32;
typedef f64 wide_f64;
typedef const void *wide_ref;
#define wide_void void
#define return_v128 return
#define return_u32 return
#define return_u64 return
#define return_f32 return
#define return_f64 return
#define return_ref return
#define return_void

#define ROWS                                                                                                           \
    HOST_SIMD(v128, v128_const, (u64 low, u64 high), give((v128){low, high}))                                          \
    HOST_SIMD(v128, v128_opaque, (struct w2c_v128 a), a)                                                               \
    HOST_SIMD(void, force_v128, (struct w2c_v128 a), force_v128(take(a)))                                              \
    HOST_SIMD(v128, i8x16_shuffle, (struct w2c_v128 a, struct w2c_v128 b, u64 low, u64 high),                          \
              give(shuffle(a, b, low, high)))                                                                          \
    HOST_SIMD(v128, array_get_v128, (const void *array, u32 i), give(array_get_v128(array, i)))                        \
    HOST_SIMD(void, array_set_v128, (const void *array, u32 i, struct w2c_v128 a), array_set_v128(array, i, take(a)))  \
    HOST_SIMD(void, array_fill_v128, (const void *array, u32 i, struct w2c_v128 a, u32 n),                             \
              array_fill_v128(array, i, take(a), n))                                                                   \
    HOST_SIMD(ref, array_new_v128, (const void *type, struct w2c_v128 a, u32 n), array_new_v128(type, take(a), n))

#define HOST_SIMD(result, name, parameters, value)                                                                     \
    static wide_##result host_##name parameters {                                                                      \
        return_##result value;                                                                                         \
    }
ROWS
#include <host_simd_rows.def>
#undef HOST_SIMD

    const struct host_function host_vectors[] = {
#define HOST_SIMD(result, name, parameters, value) {#name, #result, #parameters, (w2c_code)host_##name},
        ROWS
#include <host_simd_rows.def>
#undef HOST_SIMD
};
const size_t host_vector_count = sizeof host_vectors / sizeof *host_vectors;
