/* Relaxed SIMD: what w2c chose where the specification leaves a choice, spelled out natively in plain C.
 *
 * cflags: -msimd128 -mrelaxed-simd
 * native:
 * run:
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

enum { COUNT = 64 };

union lanes {
    uint8_t u8[16];
    int8_t s8[16];
    uint16_t u16[8];
    int16_t s16[8];
    uint32_t u32[4];
    int32_t s32[4];
    float f32[4];
    double f64[2];
};

static union lanes inputs[COUNT];

static void print(const char *what, const union lanes *value) {
    printf("%-12s", what);
    for (int i = 0; i < 4; i++)
        printf(" %08x", value->u32[i]);
    printf("\n");
}

#ifdef __wasm_simd128__

#define OPERATOR(name, call)                                                                                           \
    static void name(union lanes *r, const union lanes *x, const union lanes *y, const union lanes *z) {               \
        const v128_t a = wasm_v128_load(x), b = wasm_v128_load(y), c = wasm_v128_load(z);                              \
        (void)a, (void)b, (void)c;                                                                                     \
        wasm_v128_store(r, call);                                                                                      \
    }
#define POSITIVE(a) wasm_v128_and(a, wasm_i32x4_splat(0x3fffffff))
#define FLOATS(a) wasm_f32x4_convert_i32x4(a)
#define DOUBLES(a) wasm_f64x2_convert_low_i32x4(a)
OPERATOR(swizzle, wasm_i8x16_relaxed_swizzle(a, b))
OPERATOR(trunc_s, wasm_i32x4_relaxed_trunc_f32x4(a))
OPERATOR(trunc_u, wasm_u32x4_relaxed_trunc_f32x4(a))
OPERATOR(trunc_zero_s, wasm_i32x4_relaxed_trunc_f64x2_zero(a))
OPERATOR(trunc_zero_u, wasm_u32x4_relaxed_trunc_f64x2_zero(a))
OPERATOR(madd, wasm_f32x4_relaxed_madd(POSITIVE(a), POSITIVE(b), POSITIVE(c)))
OPERATOR(nmadd, wasm_f64x2_relaxed_nmadd(DOUBLES(a), DOUBLES(b), wasm_f64x2_splat(0.1)))
OPERATOR(laneselect, wasm_i8x16_relaxed_laneselect(a, b, c))
OPERATOR(smaller, wasm_f32x4_relaxed_min(FLOATS(a), FLOATS(b)))
OPERATOR(larger, wasm_f32x4_relaxed_max(FLOATS(a), FLOATS(b)))
OPERATOR(q15mulr, wasm_i16x8_relaxed_q15mulr(a, b))
OPERATOR(dot, wasm_i16x8_relaxed_dot_i8x16_i7x16(a, b))
OPERATOR(dot_add, wasm_i32x4_relaxed_dot_i8x16_i7x16_add(a, b, c))

#else

static int32_t cut(double value, double smallest, double largest) {
    if (value != value) return 0;
    return (int32_t)(uint32_t)(int64_t)(value < smallest ? smallest : value > largest ? largest : value);
}

static float positive(const union lanes *x, int i) {
    const uint32_t bits = x->u32[i] & 0x3fffffff;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* -128 * -128 twice is the one sum that does not fit. */
static int16_t pair(const union lanes *x, const union lanes *y, int i) {
    const int sum = x->s8[2 * i] * y->s8[2 * i] + x->s8[2 * i + 1] * y->s8[2 * i + 1];
    return (int16_t)(sum > 32767 ? 32767 : sum);
}

static int16_t fixed_product(int a, int b) {
    const int product = (a * b + 0x4000) >> 15;
    return (int16_t)(product > 32767 ? 32767 : product);
}

#define OPERATOR(name, array, count, value)                                                                            \
    static void name(union lanes *r, const union lanes *x, const union lanes *y, const union lanes *z) {               \
        (void)x, (void)y, (void)z;                                                                                     \
        memset(r, 0, sizeof *r);                                                                                       \
        for (int i = 0; i < (count); i++)                                                                              \
            r->array[i] = value;                                                                                       \
    }
OPERATOR(swizzle, u8, 16, y->u8[i] < 16 ? x->u8[y->u8[i]] : 0)
OPERATOR(trunc_s, s32, 4, cut(x->f32[i], -0x1p31, 0x1p31 - 1))
OPERATOR(trunc_u, s32, 4, cut(x->f32[i], 0, 0x1p32 - 1))
OPERATOR(trunc_zero_s, s32, 2, cut(x->f64[i], -0x1p31, 0x1p31 - 1))
OPERATOR(trunc_zero_u, s32, 2, cut(x->f64[i], 0, 0x1p32 - 1))
OPERATOR(madd, f32, 4, positive(x, i) * positive(y, i) + positive(z, i))
OPERATOR(nmadd, f64, 2, -(double)x->s32[i] * y->s32[i] + 0.1)
OPERATOR(laneselect, u32, 4, (x->u32[i] & z->u32[i]) | (y->u32[i] & ~z->u32[i]))
OPERATOR(smaller, f32, 4, (float)(x->s32[i] < y->s32[i] ? x->s32[i] : y->s32[i]))
OPERATOR(larger, f32, 4, (float)(x->s32[i] > y->s32[i] ? x->s32[i] : y->s32[i]))
OPERATOR(q15mulr, s16, 8, fixed_product(x->s16[i], y->s16[i]))
OPERATOR(dot, s16, 8, pair(x, y, i))
OPERATOR(dot_add, u32, 4, (uint32_t)(pair(x, y, 2 * i) + pair(x, y, 2 * i + 1)) + z->u32[i])

#endif

struct row {
    const char *name;
    void (*run)(union lanes *r, const union lanes *x, const union lanes *y, const union lanes *z);
};

static const struct row rows[] = {{"swizzle", swizzle},
                                  {"trunc_s", trunc_s},
                                  {"trunc_u", trunc_u},
                                  {"trunc_zero_s", trunc_zero_s},
                                  {"trunc_zero_u", trunc_zero_u},
                                  {"madd", madd},
                                  {"nmadd", nmadd},
                                  {"laneselect", laneselect},
                                  {"smaller", smaller},
                                  {"larger", larger},
                                  {"q15mulr", q15mulr},
                                  {"dot", dot},
                                  {"dot_add", dot_add}};

static void run_all(const union lanes *x, const union lanes *y, const union lanes *z) {
    for (size_t j = 0; j < sizeof rows / sizeof *rows; j++) {
        union lanes r;
        rows[j].run(&r, x, y, z);
        print(rows[j].name, &r);
    }
}

int main(void) {
    uint32_t state = 2463534242u;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < 16; j++) {
            state = state * 1664525 + 1013904223;
            inputs[i].u8[j] = (uint8_t)(i % 8 == 0 ? 0x80 : i % 5 == 1 ? state >> 28 : state >> 24);
        }
    }
    const float edges[] = {2147483648.0f, -2147483904.0f, __builtin_nanf(""), 4294967296.0f, -0.5f, 1e30f, -1e30f,
                           2.5f};
    memcpy(&inputs[2], edges, 16);
    memcpy(&inputs[5], edges + 4, 16);
    for (int i = 0; i + 2 < COUNT; i += 3)
        run_all(&inputs[i + 2], &inputs[i], &inputs[i + 1]);
    run_all(&inputs[8], &inputs[16], &inputs[1]);
    return 0;
}
