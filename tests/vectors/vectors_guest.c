/* A library that is given vectors and gives some (check.py, vectors_host.c). */
#include <wasm_simd128.h>

__attribute__((import_module("host"), import_name("scale"))) v128_t scale(v128_t lanes, int factor);

static v128_t kept;

__attribute__((export_name("dot"))) int dot(v128_t a, v128_t b) {
    const v128_t product = wasm_i32x4_mul(a, b);
    return wasm_i32x4_extract_lane(product, 0) + wasm_i32x4_extract_lane(product, 1) +
           wasm_i32x4_extract_lane(product, 2) + wasm_i32x4_extract_lane(product, 3);
}

/* The second argument of nine, so that some are in memory. */
__attribute__((export_name("add_all"))) v128_t add_all(int start, v128_t a, v128_t b, v128_t c, v128_t d, v128_t e,
                                                       v128_t f, v128_t g, v128_t h, v128_t last) {
    v128_t sum = wasm_i32x4_add(wasm_i32x4_splat(start), a);
    sum = wasm_i32x4_add(wasm_i32x4_add(sum, b), wasm_i32x4_add(c, d));
    sum = wasm_i32x4_add(wasm_i32x4_add(sum, e), wasm_i32x4_add(f, g));
    return wasm_i32x4_add(wasm_i32x4_add(sum, h), last);
}

__attribute__((export_name("keep"))) void keep(v128_t lanes) {
    kept = scale(lanes, 3);
}

__attribute__((export_name("kept"))) v128_t get_kept(void) {
    return kept;
}
