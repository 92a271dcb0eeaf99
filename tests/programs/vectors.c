/* Kernels written with the intrinsics of wasm_simd128.h, as programs have them: base64 by swizzles, blending of pixels
 * by saturation, products of samples, searching in text, fractals, hashing. Natively the same kernels are plain loops.
 *
 * cflags: -msimd128
 * native:
 * run:
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

enum { SIZE = 4800 };

static uint8_t bytes[SIZE + 16], other[SIZE + 16], result[2 * SIZE];
static int16_t samples[SIZE], weights[SIZE];
static float column[1024];
static uint32_t state = 2463534242u;

static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static uint32_t checksum(const void *data, size_t size) {
    uint32_t sum = 2166136261u;
    for (const uint8_t *at = data; size--; at++)
        sum = (sum ^ *at) * 16777619u;
    return sum;
}

/* ---- base64: twelve bytes become sixteen letters ---- */

static void encode(const uint8_t *from, uint8_t *to, int size) {
#ifdef __wasm_simd128__
    const v128_t offsets = wasm_i8x16_const('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                            '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    for (; size >= 12; size -= 12, from += 12, to += 16) {
        const v128_t in = wasm_v128_load(from);
        const v128_t spread = wasm_i8x16_shuffle(in, in, 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
        const v128_t high = wasm_v128_and(spread, wasm_u32x4_splat(0x0fc0fc00));
        const v128_t low = wasm_v128_and(spread, wasm_u32x4_splat(0x003f03f0));
        const v128_t first = wasm_u16x8_shr(wasm_v128_and(high, wasm_u32x4_splat(0xfc00)), 10);
        const v128_t third = wasm_u16x8_shr(wasm_v128_and(high, wasm_u32x4_splat(0x0fc00000)), 6);
        const v128_t second = wasm_i16x8_shl(wasm_v128_and(low, wasm_u32x4_splat(0x3f0)), 4);
        const v128_t fourth = wasm_i16x8_shl(wasm_v128_and(low, wasm_u32x4_splat(0x003f0000)), 8);
        const v128_t indices = wasm_v128_or(wasm_v128_or(first, second), wasm_v128_or(third, fourth));
        const v128_t range = wasm_u8x16_sub_sat(indices, wasm_u8x16_splat(51));
        const v128_t is_upper = wasm_i8x16_lt(indices, wasm_i8x16_splat(26));
        const v128_t kind = wasm_v128_or(range, wasm_v128_and(is_upper, wasm_i8x16_splat(13)));
        wasm_v128_store(to, wasm_i8x16_add(indices, wasm_i8x16_swizzle(offsets, kind)));
    }
#else
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; size >= 12; size -= 12) {
        for (int i = 0; i < 4; i++, from += 3, to += 4) {
            const uint32_t three = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
            for (int j = 0; j < 4; j++)
                to[j] = (uint8_t)letters[three >> (18 - 6 * j) & 63];
        }
    }
#endif
}

/* ---- pixels: brighter by a part of another picture, and the average ---- */

static void blend(uint8_t *to, const uint8_t *a, const uint8_t *b, int size) {
    for (int i = 0; i < size; i += 16) {
#ifdef __wasm_simd128__
        const v128_t x = wasm_v128_load(a + i);
        const v128_t y = wasm_v128_load(b + i);
        const v128_t sum = wasm_u8x16_add_sat(x, wasm_u8x16_shr(y, 1));
        wasm_v128_store(to + i, wasm_u8x16_avgr(wasm_u8x16_sub_sat(sum, wasm_u8x16_splat(9)), y));
#else
        for (int j = i; j < i + 16; j++) {
            const unsigned exact = a[j] + (b[j] >> 1);
            const unsigned sum = exact < 255 ? exact : 255;
            to[j] = (uint8_t)(((sum > 9 ? sum - 9 : 0) + b[j] + 1) / 2);
        }
#endif
    }
}

/* ---- samples ---- */

static int32_t dot(const int16_t *a, const int16_t *b, int size) {
    int32_t sum = 0;
#ifdef __wasm_simd128__
    v128_t sums = wasm_i32x4_splat(0);
    for (int i = 0; i < size; i += 8)
        sums = wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(wasm_v128_load(a + i), wasm_v128_load(b + i)));
    for (int i = 0; i < 4; i++)
        sum += ((int32_t *)&sums)[i];
#else
    for (int i = 0; i < size; i++)
        sum += a[i] * b[i];
#endif
    return sum;
}

static void scale(int16_t *to, const int16_t *a, const int16_t *b, int size) {
    for (int i = 0; i < size; i += 8) {
#ifdef __wasm_simd128__
        wasm_v128_store(to + i, wasm_i16x8_q15mulr_sat(wasm_v128_load(a + i), wasm_v128_load(b + i)));
#else
        for (int j = i; j < i + 8; j++) {
            const int32_t product = (a[j] * b[j] + 0x4000) >> 15;
            to[j] = (int16_t)(product > 32767 ? 32767 : product);
        }
#endif
    }
}

/* ---- text ---- */

/* Position of the first byte of the kind, or size. */
static int find(const uint8_t *text, int size, uint8_t wanted) {
    for (int i = 0; i < size; i += 16) {
#ifdef __wasm_simd128__
        const v128_t hits = wasm_i8x16_eq(wasm_v128_load(text + i), wasm_u8x16_splat(wanted));
        if (wasm_v128_any_true(hits)) return i + __builtin_ctz(wasm_i8x16_bitmask(hits));
#else
        for (int j = i; j < i + 16; j++) {
            if (text[j] == wanted) return j;
        }
#endif
    }
    return size;
}

static int count_bits(const uint8_t *text, int size) {
    int count = 0;
    for (int i = 0; i < size; i += 16) {
#ifdef __wasm_simd128__
        const v128_t ones = wasm_i8x16_popcnt(wasm_v128_load(text + i));
        const v128_t sums = wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(ones));
        count += wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) +
                 wasm_i32x4_extract_lane(sums, 2) + wasm_i32x4_extract_lane(sums, 3);
#else
        for (int j = i; j < i + 16; j++)
            count += __builtin_popcount(text[j]);
#endif
    }
    return count;
}

/* ---- floats ---- */

static void mandelbrot_row(float y, float *depths, int size) {
    for (int i = 0; i < size; i += 4) {
#ifdef __wasm_simd128__
        const v128_t step = wasm_f32x4_splat(3.0f / 1024);
        const v128_t index = wasm_f32x4_convert_i32x4(wasm_i32x4_make(i, i + 1, i + 2, i + 3));
        const v128_t cx = wasm_f32x4_sub(wasm_f32x4_mul(index, step), wasm_f32x4_splat(2));
        v128_t zx = wasm_f32x4_splat(0), zy = zx, depth = zx;
        for (int k = 0; k < 50; k++) {
            const v128_t xx = wasm_f32x4_mul(zx, zx), yy = wasm_f32x4_mul(zy, zy);
            const v128_t inside = wasm_f32x4_lt(wasm_f32x4_add(xx, yy), wasm_f32x4_splat(4));
            if (!wasm_v128_any_true(inside)) break;
            const v128_t xy = wasm_f32x4_mul(zx, zy);
            zx = wasm_v128_bitselect(wasm_f32x4_add(wasm_f32x4_sub(xx, yy), cx), zx, inside);
            zy = wasm_v128_bitselect(wasm_f32x4_add(wasm_f32x4_add(xy, xy), wasm_f32x4_splat(y)), zy, inside);
            depth = wasm_f32x4_add(depth, wasm_v128_and(inside, wasm_f32x4_splat(1)));
        }
        const v128_t size_squared = wasm_f32x4_add(wasm_f32x4_mul(zx, zx), wasm_f32x4_mul(zy, zy));
        wasm_v128_store(depths + i, wasm_f32x4_add(depth, wasm_f32x4_floor(wasm_f32x4_sqrt(size_squared))));
#else
        for (int j = i; j < i + 4; j++) {
            const float cx = (float)j * (3.0f / 1024) - 2;
            float zx = 0, zy = 0, depth = 0;
            for (int k = 0; k < 50 && zx * zx + zy * zy < 4; k++, depth += 1) {
                const float xx = zx * zx, yy = zy * zy, xy = zx * zy;
                zx = xx - yy + cx;
                zy = xy + xy + y;
            }
            depths[j] = depth + (float)(int)__builtin_sqrtf(zx * zx + zy * zy);
        }
#endif
    }
}

/* Doubles, wide integers: the sum of the squares of what lies in a range, rounded to nearest. */
static int64_t squares(const int16_t *a, int size) {
    int64_t sum = 0;
    for (int i = 0; i < size; i += 2) {
#ifdef __wasm_simd128__
        const v128_t pair = wasm_i32x4_make(a[i], a[i + 1], 0, 0);
        const v128_t scaled = wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(pair), wasm_f64x2_splat(0.75));
        const v128_t cut = wasm_f64x2_max(wasm_f64x2_min(scaled, wasm_f64x2_splat(9000.5)), wasm_f64x2_splat(-7000));
        const v128_t whole = wasm_i32x4_trunc_sat_f64x2_zero(wasm_f64x2_nearest(cut));
        const v128_t products = wasm_i64x2_extmul_low_i32x4(whole, whole);
        sum += wasm_i64x2_extract_lane(products, 0) + wasm_i64x2_extract_lane(products, 1);
#else
        for (int j = i; j < i + 2; j++) {
            double scaled = a[j] * 0.75;
            scaled = scaled > 9000.5 ? 9000.5 : scaled < -7000 ? -7000 : scaled;
            const int64_t whole = (int64_t)__builtin_rint(scaled);
            sum += whole * whole;
        }
#endif
    }
    return sum;
}

int main(void) {
    for (int i = 0; i < SIZE; i++) {
        bytes[i] = (uint8_t)next();
        other[i] = (uint8_t)(next() >> 8);
        samples[i] = (int16_t)next();
        weights[i] = (int16_t)(next() >> 9);
    }
    samples[5] = weights[5] = -32768;
    encode(bytes, result, SIZE);
    printf("base64 %.32s %08x\n", (char *)result, checksum(result, SIZE / 3 * 4));
    blend(result, bytes, other, SIZE);
    printf("blend %08x\n", checksum(result, SIZE));
    printf("dot %d\n", dot(samples, weights, 8));
    static int16_t scaled[SIZE];
    scale(scaled, samples, weights, SIZE);
    printf("scale %d %08x\n", scaled[5], checksum(scaled, sizeof scaled));
    memset(result, ' ', SIZE);
    result[SIZE - 7] = '\n';
    printf("find %d %d\n", find(result, SIZE, '\n'), find(result, SIZE, 'x'));
    printf("bits %d\n", count_bits(bytes, SIZE));
    uint32_t sum = 0;
    for (int row = 0; row < 8; row++) {
        mandelbrot_row((float)row / 8, column, 1024);
        sum = sum * 31 + checksum(column, sizeof column);
    }
    printf("mandelbrot %08x\n", sum);
    printf("squares %lld\n", (long long)squares(samples, SIZE));
    return 0;
}
