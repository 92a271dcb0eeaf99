/* Small loops over operators on vectors, which simd_cost.py compiles once with ours (W2C_OWN) and once with SIMDe's.
 *
 * For each it prints: name, nanoseconds a vector, checksum. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef W2C_OWN
#include "vectors_own.h"
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/simd128.h>
typedef simde_v128_t v128_t;
#endif

enum { VECTORS = 1024, ROUNDS = 3000 };

static uint8_t a[16 * VECTORS], b[16 * VECTORS], to[16 * VECTORS];

static void dot(void) {
    v128_t sums = wasm_i32x4_splat(0);
    for (int i = 0; i < 16 * VECTORS; i += 16)
        sums = wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(wasm_v128_load(a + i), wasm_v128_load(b + i)));
    wasm_v128_store(to, sums);
}

static void blend(void) {
    for (int i = 0; i < 16 * VECTORS; i += 16) {
        const v128_t y = wasm_v128_load(b + i);
        const v128_t sum = wasm_u8x16_add_sat(wasm_v128_load(a + i), wasm_u8x16_shr(y, 1));
        wasm_v128_store(to + i, wasm_u8x16_avgr(wasm_u8x16_sub_sat(sum, wasm_i8x16_splat(9)), y));
    }
}

static void base64(void) {
    static const uint8_t offsets[] = {71, 252, 252, 252, 252, 252, 252, 252, 252, 252, 252, 237, 240, 65, 0, 0};
    for (int i = 0; i < 16 * VECTORS; i += 16) {
        const v128_t in = wasm_v128_load(a + i);
        const v128_t spread = wasm_i8x16_shuffle(in, in, 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
        const v128_t first = wasm_u16x8_shr(wasm_v128_and(spread, wasm_i32x4_splat(0xfc00)), 10);
        const v128_t third = wasm_u16x8_shr(wasm_v128_and(spread, wasm_i32x4_splat(0x0fc00000)), 6);
        const v128_t second = wasm_i16x8_shl(wasm_v128_and(spread, wasm_i32x4_splat(0x3f0)), 4);
        const v128_t fourth = wasm_i16x8_shl(wasm_v128_and(spread, wasm_i32x4_splat(0x003f0000)), 8);
        const v128_t indices = wasm_v128_or(wasm_v128_or(first, second), wasm_v128_or(third, fourth));
        const v128_t range = wasm_u8x16_sub_sat(indices, wasm_i8x16_splat(51));
        const v128_t is_upper = wasm_i8x16_lt(indices, wasm_i8x16_splat(26));
        const v128_t kind = wasm_v128_or(range, wasm_v128_and(is_upper, wasm_i8x16_splat(13)));
        wasm_v128_store(to + i, wasm_i8x16_add(indices, wasm_i8x16_swizzle(wasm_v128_load(offsets), kind)));
    }
}

static void mandelbrot(void) {
    for (int i = 0; i < 16 * VECTORS; i += 16 * 8) {
        const v128_t index = wasm_f32x4_convert_i32x4(wasm_v128_load(a + i));
        const v128_t cx = wasm_f32x4_mul(index, wasm_f32x4_splat(0x1p-31f));
        v128_t zx = wasm_f32x4_splat(0), zy = zx, depth = zx;
        for (int k = 0; k < 16; k++) {
            const v128_t xx = wasm_f32x4_mul(zx, zx), yy = wasm_f32x4_mul(zy, zy), xy = wasm_f32x4_mul(zx, zy);
            const v128_t inside = wasm_f32x4_lt(wasm_f32x4_add(xx, yy), wasm_f32x4_splat(4));
            if (!wasm_v128_any_true(inside)) break;
            zx = wasm_v128_bitselect(wasm_f32x4_add(wasm_f32x4_sub(xx, yy), cx), zx, inside);
            zy = wasm_v128_bitselect(wasm_f32x4_add(wasm_f32x4_add(xy, xy), wasm_f32x4_splat(0.3f)), zy, inside);
            depth = wasm_f32x4_add(depth, wasm_v128_and(inside, wasm_f32x4_splat(1)));
        }
        wasm_v128_store(to + i, depth);
    }
}

static void reverse(void) {
    for (int i = 0; i < 16 * VECTORS; i += 16) {
        const v128_t in = wasm_v128_load(a + i);
        wasm_v128_store(to + 16 * (VECTORS - 1) - i,
                        wasm_i8x16_shuffle(in, in, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    }
}

static void sequence(void) {
    for (int i = 0; i < 16 * (VECTORS - 1); i += 16)
        wasm_v128_store(to + i, wasm_i8x16_shuffle(wasm_v128_load(a + i), wasm_v128_load(a + i + 16), 5, 6, 7, 8, 9, 10,
                                                   11, 12, 13, 14, 15, 16, 17, 18, 19, 20));
}

static void cut(void) {
    for (int i = 0; i < 16 * VECTORS; i += 16) {
        const v128_t x = wasm_f32x4_convert_i32x4(wasm_v128_load(a + i));
        const v128_t y = wasm_f32x4_mul(x, wasm_f32x4_splat(0x1.8p-16f));
        const v128_t z = wasm_f32x4_max(wasm_f32x4_min(y, wasm_f32x4_splat(20000)), wasm_f32x4_splat(-9000));
        wasm_v128_store(to + i, wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_floor(z)));
    }
}

static void fixed(void) {
    for (int i = 0; i < 16 * VECTORS; i += 16)
        wasm_v128_store(to + i,
                        wasm_u8x16_narrow_i16x8(wasm_i16x8_q15mulr_sat(wasm_v128_load(a + i), wasm_v128_load(b + i)),
                                                wasm_i16x8_splat(300)));
}

static void bits(void) {
    v128_t sums = wasm_i32x4_splat(0);
    for (int i = 0; i < 16 * VECTORS; i += 16) {
        const v128_t ones = wasm_i8x16_popcnt(wasm_v128_load(a + i));
        sums = wasm_i32x4_add(sums, wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(ones)));
    }
    wasm_v128_store(to, sums);
}

static void wide(void) {
    for (int i = 0; i < 16 * VECTORS; i += 16) {
        const v128_t x = wasm_v128_load(a + i), y = wasm_v128_load(b + i);
        const v128_t mixed = wasm_i64x2_mul(wasm_v128_xor(x, wasm_u64x2_shr(x, 31)), y);
        wasm_v128_store(to + i, wasm_v128_bitselect(mixed, y, wasm_i64x2_lt(x, y)));
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure(const char *name, void (*kernel)(void)) {
    memset(to, 0, sizeof to);
    kernel();
    uint32_t sum = 0;
    for (size_t i = 0; i < sizeof to; i++)
        sum = sum * 31 + to[i];
    const double start = now();
    for (int i = 0; i < ROUNDS; i++) {
        kernel();
        __asm__ volatile("" : : : "memory");
    }
    printf("%s %.4f %08x\n", name, (now() - start) / ROUNDS / VECTORS, sum);
}

int main(void) {
    uint32_t state = 2463534242u;
    for (size_t i = 0; i < sizeof a; i++) {
        state = state * 1664525 + 1013904223;
        a[i] = (uint8_t)(state >> 24);
        b[i] = (uint8_t)(state >> 16);
    }
    measure("dot", dot);
    measure("blend", blend);
    measure("base64", base64);
    measure("mandelbrot", mandelbrot);
    measure("reverse", reverse);
    measure("sequence", sequence);
    measure("cut", cut);
    measure("fixed", fixed);
    measure("bits", bits);
    measure("wide", wide);
    return 0;
}
