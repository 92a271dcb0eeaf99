/* Function bodies to C, exactly: each test is one decision of the builder or the emitter (docs/CODEGEN.md).
 *
 * The module around the body is written as a program, guarded:
 *   types      0: [i32 i32] -> [i32]   1: [] -> []   2: [f64] -> [f64]   3: [] -> [i32 i32]   4: [i32] -> [i32]
 *              5: [v128 v128] -> [v128]
 *   functions  0: type 1 "low"   1: the body under test   2: type 4 "high"   3: type 3 "pair"   4: type 1, empty
 *              5: type 4, returns 300   6: type 4, returns INT32_MIN, in five bytes
 *   table 0: funcref     memory 0     global 0: mutable i32
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emit/emit.h"
#include "module_bytes.h"

enum { T_BINARY, T_NOTHING, T_F64, T_PAIR, T_UNARY, T_VECTORS };

static struct image image;
static struct loaded loaded;

static void add_body(struct image *content, const uint8_t *body, size_t size) {
    image_u32(content, (uint32_t)size);
    image_bytes(content, body, size);
}

static void make_module(uint8_t type_idx, const uint8_t *code, size_t size) {
    static struct image bodies;
    image_begin(&image);
    SECTION(&image, 1, 6, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0, 0x60, 1, 0x7c, 1, 0x7c, 0x60, 0, 2, 0x7f, 0x7f,
            0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7b, 0x7b, 1, 0x7b);
    SECTION(&image, 3, 7, T_NOTHING, type_idx, T_UNARY, T_PAIR, T_NOTHING, T_UNARY, T_UNARY);
    SECTION(&image, 4, 1, 0x70, 0, 1);
    SECTION(&image, 5, 1, 0, 1);
    SECTION(&image, 6, 1, 0x7f, 1, 0x41, 0, 0x0b);
    SECTION(&image, 7, 3, 3, 'l', 'o', 'w', 0, 0, 4, 'h', 'i', 'g', 'h', 0, 2, 4, 'p', 'a', 'i', 'r', 0, 3);
    bodies.size = 0;
    image_u32(&bodies, 7);
    add_body(&bodies, BYTES(0, 0x01, 0x0b));
    add_body(&bodies, code, size);
    add_body(&bodies, BYTES(0, 0x20, 0, 0x0b));
    add_body(&bodies, BYTES(0, 0x41, 1, 0x41, 2, 0x0b));
    add_body(&bodies, BYTES(0, 0x0b));
    add_body(&bodies, BYTES(0, 0x41, 0xac, 2, 0x0b));
    add_body(&bodies, BYTES(0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x0b));
    image_section(&image, 10, bodies.bytes, bodies.size);
}

/* Function 1 of `image`, in `out`. */
static void emit_body_under_test(struct text *out) {
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    jmp_buf catcher;
    loaded.context.catcher = &catcher;
    if (setjmp(catcher)) fail_msg("%s", loaded.context.diag.message);
    struct emitter emitter = {.module = &loaded.module,
                              .is_program = true,
                              .is_guarded = true,
                              .arena = &loaded.arena,
                              .diag = &loaded.context};
    emitter_prepare(&emitter, "test.wasm", "test.c", NULL);
    struct text body = {0}, head = {0};
    struct writer writer = {.emitter = &emitter, .out = out, .body = &body, .head = &head};
    emit_function(&writer, build_function(&loaded.module, &loaded.func_arena, &loaded.context, 1));
    text_free(&body);
    text_free(&head);
    unload(&loaded);
}

/* The text between its braces. */
static void assert_emitted(uint8_t type_idx, const uint8_t *code, size_t size, const char *expected) {
    struct text out = {0};
    make_module(type_idx, code, size);
    emit_body_under_test(&out);
    char *text = strchr(text_string(&out), '{') + 2;
    *strrchr(text, '}') = '\0';
    assert_string_equal(text, expected);
    text_free(&out);
}

/* A body without locals of its own. */
#define BODY(type, expected, ...) assert_emitted((type), BYTES(0, __VA_ARGS__, 0x0b), (expected))

static void whole_trees_are_written(void **state) {
    (void)state;
    /* (l0 + l1) * 4, minus 1 */
    BODY(T_BINARY, "    return ((l0 + l1) * 4u) - 1u;\n", 0x20, 0, 0x20, 1, 0x6a, 0x41, 4, 0x6c, 0x41, 0x7f, 0x6a);
}

static void signed_operators_cast(void **state) {
    (void)state;
    BODY(T_BINARY, "    (void)l1;\n    return (s32)l0 < -3;\n", 0x20, 0, 0x41, 0x7d, 0x48);
}

static void shifts_reduce_their_count(void **state) {
    (void)state;
    BODY(T_BINARY, "    return (l0 << 1) >> (l1 & 31);\n", 0x20, 0, 0x41, 33, 0x74, 0x20, 1, 0x76);
}

static void comparisons_used_as_numbers_are_unsigned(void **state) {
    (void)state;
    BODY(T_BINARY, "    return (u32)(l0 == l1) << 3;\n", 0x20, 0, 0x20, 1, 0x46, 0x41, 3, 0x74);
}

static void a_local_is_read_before_it_changes(void **state) {
    (void)state;
    /* local.get 0; local.get 0; i32.const 1; i32.add; local.set 0; local.get 0; i32.add: old + new */
    BODY(T_BINARY, "    (void)l1;\n    u32 i0;\n    i0 = l0;\n    l0 = l0 + 1u;\n    return i0 + l0;\n", 0x20, 0, 0x20,
         0, 0x41, 1, 0x6a, 0x21, 0, 0x20, 0, 0x6a);
}

static void a_load_comes_before_the_store_after_it(void **state) {
    (void)state;
    BODY(T_BINARY,
         "    memory_view m0 = MEMORY0;\n    u32 i0;\n    i0 = i32_load(m0, l0, 8);\n    i32_store(m0, l0, 8, l1);\n"
         "    return i0;\n",
         0x20, 0, 0x28, 2, 8, 0x20, 0, 0x20, 1, 0x36, 2, 8);
}

static void loads_share_an_expression(void **state) {
    (void)state;
    BODY(T_BINARY, "    memory_view m0 = MEMORY0;\n    return i32_load(m0, l0, 0) + i32_load(m0, l1, 4);\n", 0x20, 0,
         0x28, 2, 0, 0x20, 1, 0x28, 2, 4, 0x6a);
}

static void a_load_comes_before_a_division(void **state) {
    (void)state;
    BODY(T_BINARY,
         "    memory_view m0 = MEMORY0;\n    u32 i0, i1;\n    i0 = i32_load(m0, l0, 0);\n    i1 = i32_div_u(l0, l1);\n"
         "    return i0 + i1;\n",
         0x20, 0, 0x28, 2, 0, 0x20, 0, 0x20, 1, 0x6e, 0x6a);
}

static void a_harmless_division_stays_in_its_tree(void **state) {
    (void)state;
    BODY(T_BINARY, "    (void)l1;\n    return i32_div_s(l0, 10u) + 1u;\n", 0x20, 0, 0x41, 10, 0x6d, 0x41, 1, 0x6a);
    BODY(T_BINARY, "    (void)l1;\n    u32 i0;\n    i0 = i32_div_s(l0, 0xffffffffu);\n    return i0 + 1u;\n", 0x20, 0,
         0x41, 0x7f, 0x6d, 0x41, 1, 0x6a);
}

static void a_dropped_load_is_forced(void **state) {
    (void)state;
    BODY(T_NOTHING, "    memory_view m0 = MEMORY0;\n    force_i32(i32_load(m0, 0u, 0));\n", 0x41, 0, 0x28, 2, 0, 0x1a);
}

static void a_dropped_sum_of_loads_is_forced_load_by_load(void **state) {
    (void)state;
    BODY(T_NOTHING,
         "    memory_view m0 = MEMORY0;\n    force_i32(i32_load(m0, 0u, 0));\n    force_i32(i32_load(m0, 4u, 0));\n",
         0x41, 0, 0x28, 2, 0, 0x41, 4, 0x28, 2, 0, 0x6a, 0x1a);
}

static void a_local_that_is_never_read_is_not_written(void **state) {
    (void)state;
    assert_emitted(T_NOTHING, BYTES(1, 1, 0x7f, 0x41, 5, 0x21, 0, 0x0b), "");
    assert_emitted(T_NOTHING, BYTES(1, 1, 0x7f, 0x41, 5, 0x28, 2, 0, 0x21, 0, 0x0b),
                   "    memory_view m0 = MEMORY0;\n    force_i32(i32_load(m0, 5u, 0));\n");
}

static void a_call_puts_its_result_where_it_is_wanted(void **state) {
    (void)state;
    BODY(T_BINARY, "    l0 = fn2_high(l1);\n    return l0;\n", 0x20, 1, 0x10, 2, 0x21, 0, 0x20, 0);
    BODY(T_NOTHING, "    fn2_high(3u);\n", 0x41, 3, 0x10, 2, 0x1a);
}

static void several_results_come_in_a_struct(void **state) {
    (void)state;
    BODY(T_PAIR,
         "    u32 i0, i1;\n    { const struct results_i32_i32 results = fn3_pair(); (void)results; i0 = results.v0; "
         "i1 = results.v1; }\n    return (struct results_i32_i32){i0, i1};\n",
         0x10, 3);
}

static void a_result_does_not_overwrite_what_is_pending(void **state) {
    (void)state;
    /* l0 + high(l0) + high(l1): both calls leave their result at height 1 */
    BODY(T_BINARY,
         "    u32 i0, i1;\n    i1 = fn2_high(l0);\n    i0 = l0 + i1;\n    i1 = fn2_high(l1);\n    return i0 + i1;\n",
         0x20, 0, 0x20, 0, 0x10, 2, 0x6a, 0x20, 1, 0x10, 2, 0x6a);
    BODY(
        T_BINARY,
        "    u32 i0, i1;\n    i1 = i32_div_s(l0, l1);\n    i0 = l0 + i1;\n    i1 = i32_div_s(l1, l0);\n    return i0 + "
        "i1;\n",
        0x20, 0, 0x20, 0, 0x20, 1, 0x6d, 0x6a, 0x20, 1, 0x20, 0, 0x6d, 0x6a);
}

static void only_calls_that_can_close_a_cycle_keep_their_frame(void **state) {
    (void)state;
    BODY(T_NOTHING, "    fn0_low();\n    W2C_KEEP_FRAME();\n", 0x10, 0);
    BODY(T_BINARY, "    (void)l1;\n    u32 i0;\n    i0 = fn2_high(l0);\n    return i0;\n", 0x20, 0, 0x10, 2);
    /* what follows the call may come to nothing: a store of what is there, a callee that does nothing */
    BODY(T_NOTHING, "    fn0_low();\n    g0 = g0;\n    W2C_KEEP_FRAME();\n", 0x10, 0, 0x23, 0, 0x24, 0);
    BODY(T_BINARY,
         "    (void)l1;\n    u32 i0;\n    fn0_low();\n    i0 = fn2_high(l0);\n    W2C_KEEP_FRAME();\n    return i0;\n",
         0x10, 0, 0x20, 0, 0x10, 2);
}

static void kept_frames_follow_branches(void **state) {
    (void)state;
    /* if (l0) { low(); return l1 } return l1 */
    BODY(T_BINARY,
         "    if (l0) {\n        fn0_low();\n        W2C_KEEP_FRAME();\n        return l1;\n    }\n    return l1;\n",
         0x20, 0, 0x04, 0x40, 0x10, 0, 0x20, 1, 0x0f, 0x0b, 0x20, 1);
}

static void blocks_are_labels(void **state) {
    (void)state;
    BODY(T_BINARY, "  B0:;\n    l0 = l0 - 1u;\n    if (l0 != l1) goto B0;\n    return l0;\n", 0x03, 0x40, 0x20, 0, 0x41,
         1, 0x6b, 0x22, 0, 0x20, 1, 0x47, 0x0d, 0, 0x0b, 0x20, 0);
}

static void a_label_that_nothing_jumps_to_is_not_written(void **state) {
    (void)state;
    BODY(T_NOTHING, "    fn0_low();\n    g0 = 2u;\n    W2C_KEEP_FRAME();\n", 0x02, 0x40, 0x10, 0, 0x0b, 0x41, 2, 0x24,
         0);
}

static void values_move_to_where_the_label_wants_them(void **state) {
    (void)state;
    /* block (result i32): 7, l0, br_if 0 with l1 below: the value goes from height 1 to height 0 */
    BODY(T_BINARY,
         "    u32 i0, i1;\n    i1 = l0;\n    if (l1) {\n        i0 = i1; goto B0;\n    }\n    i0 = 7u;\n  B0:;\n    "
         "return i0;\n",
         0x02, 0x7f, 0x41, 7, 0x20, 0, 0x20, 1, 0x0d, 0, 0x1a, 0x0b);
}

static void if_and_else_fill_one_variable(void **state) {
    (void)state;
    BODY(T_BINARY,
         "    u32 i0;\n    if (l0 < l1) {\n        i0 = 1u;\n    } else {\n        i0 = 2u;\n    }\n    return i0;\n",
         0x20, 0, 0x20, 1, 0x49, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b);
}

static void br_table_is_a_switch(void **state) {
    (void)state;
    /* block block block br_table 0 1 0 2 end end end */
    BODY(T_BINARY,
         "    switch (l0) {\n    case 0: goto B2;\n    case 1: goto B1;\n    case 2: goto B2;\n    default: goto B0;\n "
         "   }\n"
         "  B2:;\n    g0 = 1u;\n  B1:;\n    g0 = 2u;\n  B0:;\n    return l1;\n",
         0x02, 0x40, 0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 3, 0, 1, 0, 2, 0x0b, 0x41, 1, 0x24, 0, 0x0b, 0x41, 2, 0x24,
         0, 0x0b, 0x20, 1);
}

static void code_that_cannot_be_reached_is_left_out(void **state) {
    (void)state;
    BODY(T_NOTHING, "    w2c_trap(W2C_TRAP_UNREACHABLE);\n", 0x00, 0x02, 0x40, 0x10, 0, 0x0b, 0x10, 0);
}

static void special_float_constants_are_hidden(void **state) {
    (void)state;
    BODY(T_F64, "    return l0 * f64_opaque(1.0);\n", 0x20, 0, 0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0xa2);
    BODY(T_F64, "    return l0 * 2.5;\n", 0x20, 0, 0x44, 0, 0, 0, 0, 0, 0, 4, 0x40, 0xa2);
    BODY(T_F64, "    return l0 + 0x1.5555555555555p-2;\n", 0x20, 0, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5,
         0x3f, 0xa0);
    BODY(T_F64, "    return l0 + f64_opaque(f64_reinterpret_i64(0x7ff8000000000001ull));\n", 0x20, 0, 0x44, 1, 0, 0, 0,
         0, 0, 0xf8, 0x7f, 0xa0);
    BODY(T_F64, "    return l0 * f64_opaque((f64)1);\n", 0x20, 0, 0x41, 1, 0xb7, 0xa2);
}

static void both_arms_of_a_select_are_evaluated(void **state) {
    (void)state;
    BODY(T_BINARY,
         "    memory_view m0 = MEMORY0;\n    u32 i0;\n    i0 = i32_load(m0, l0, 0);\n    return l1 ? i0 : l0;\n", 0x20,
         0, 0x28, 2, 0, 0x20, 0, 0x20, 1, 0x1b);
}

static void an_indirect_call_checks_before_it_calls(void **state) {
    (void)state;
    BODY(T_BINARY, "    u32 i0;\n    i0 = ((type4)TABLE0_CODE(4, l1))(l0);\n    W2C_KEEP_FRAME();\n    return i0;\n",
         0x20, 0, 0x20, 1, 0x11, 4, 0);
}

static void short_copies_are_inlined(void **state) {
    (void)state;
    /* i32.const n, in LEB128, is the last operand; 15 and 129 bytes are not few enough, or too few */
    BODY(T_BINARY, "    memory_copy_short(&memory0, &memory0, l0, l1, 16u);\n    return 0u;\n", 0x20, 0, 0x20, 1, 0x41,
         16, 0xfc, 10, 0, 0, 0x41, 0);
    BODY(T_BINARY, "    memory_copy_short(&memory0, &memory0, l0, l1, 128u);\n    return 0u;\n", 0x20, 0, 0x20, 1, 0x41,
         0x80, 1, 0xfc, 10, 0, 0, 0x41, 0);
    BODY(T_BINARY, "    memory_copy(&memory0, &memory0, l0, l1, 15u);\n    return 0u;\n", 0x20, 0, 0x20, 1, 0x41, 15,
         0xfc, 10, 0, 0, 0x41, 0);
    BODY(T_BINARY, "    memory_copy(&memory0, &memory0, l0, l1, 129u);\n    return 0u;\n", 0x20, 0, 0x20, 1, 0x41, 0x81,
         1, 0xfc, 10, 0, 0, 0x41, 0);
    BODY(T_BINARY, "    memory_copy(&memory0, &memory0, l0, 0u, l1);\n    return 0u;\n", 0x20, 0, 0x41, 0, 0x20, 1,
         0xfc, 10, 0, 0, 0x41, 0);
}

static void a_call_that_returns_a_constant_is_one(void **state) {
    (void)state;
    BODY(T_NOTHING, "", 0x10, 4);
    BODY(T_BINARY, "    (void)l1;\n    return l0 + 300u;\n", 0x20, 0, 0x20, 1, 0x10, 5, 0x6a);
    BODY(T_BINARY, "    (void)l1;\n    return l0 + 0x80000000u;\n", 0x20, 0, 0x20, 1, 0x10, 6, 0x6a);
    /* its argument may trap */
    BODY(T_BINARY,
         "    memory_view m0 = MEMORY0;\n    (void)l0;\n    force_i32(i32_load(m0, l1, 0));\n    return 300u;\n", 0x20,
         1, 0x28, 2, 0, 0x10, 5);
}

static void vectors_are_values(void **state) {
    (void)state;
    BODY(T_VECTORS,
         "    (void)l1;\n    return i32x4_add(l0, v128_const(0x807060504030201ull, 0x100f0e0d0c0b0a09ull));\n", 0x20, 1,
         0x1a, 0x20, 0, 0xfd, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0xfd, 0xae, 1);
    /* a block with a vector, which a branch takes out of it */
    BODY(T_VECTORS,
         "    v128 v0;\n    v0 = l0;\n    if (v128_any_true(l1)) goto B0;\n    v0 = l1;\n  B0:;\n    return v0;\n", 2,
         0x7b, 0x20, 0, 0x20, 1, 0xfd, 83, 0x0d, 0, 0x1a, 0x20, 1, 0x0b);
    /* each operand is a vector, the condition a number */
    BODY(T_VECTORS, "    l1 = i32x4_extract_lane(l0, 3) ? l0 : l1;\n    return i32x4_add(l1, l1);\n", 0x20, 0, 0x20, 1,
         0x20, 0, 0xfd, 0x1b, 3, 0x1c, 1, 0x7b, 0x22, 1, 0x20, 1, 0xfd, 0xae, 1);
    /* a local of its own, whose old value is wanted */
    assert_emitted(T_VECTORS, BYTES(1, 1, 0x7b, 0x20, 2, 0x20, 0, 0x21, 2, 0x20, 2, 0xfd, 80, 0x0b),
                   "    (void)l1;\n    v128 l2 = {0, 0};\n    v128 v0;\n    v0 = l2;\n    l2 = l0;\n"
                   "    return v128_or(v0, l2);\n");
}

/* `variable_count` with the two parameters; each statement is a store to where one of them says. */
static bool is_called_crowded(uint32_t stmt_count, uint32_t variable_count) {
    static struct image code;
    struct text out = {0};
    code.size = 0;
    image_bytes(&code, BYTES(1, (uint8_t)(variable_count - 2), 0x7f));
    for (uint32_t i = 0; i < stmt_count; i++) {
        const uint8_t local = (uint8_t)(i % variable_count);
        image_bytes(&code, BYTES(0x20, local, 0x20, 0, 0x36, 2, 0));
    }
    image_bytes(&code, BYTES(0x20, 0, 0x0b));
    make_module(T_BINARY, code.bytes, code.size);
    emit_body_under_test(&out);
    const bool is_called = strstr(text_string(&out), "W2C_CROWDED W2C_CODE u32 fn1") != NULL;
    text_free(&out);
    return is_called;
}

static void long_functions_of_many_variables_are_crowded(void **state) {
    (void)state;
    assert_true(is_called_crowded(4100, 32));
    assert_false(is_called_crowded(4100, 31));
    assert_false(is_called_crowded(3900, 32));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_trees_are_written),
        cmocka_unit_test(signed_operators_cast),
        cmocka_unit_test(shifts_reduce_their_count),
        cmocka_unit_test(comparisons_used_as_numbers_are_unsigned),
        cmocka_unit_test(a_local_is_read_before_it_changes),
        cmocka_unit_test(a_load_comes_before_the_store_after_it),
        cmocka_unit_test(loads_share_an_expression),
        cmocka_unit_test(a_load_comes_before_a_division),
        cmocka_unit_test(a_harmless_division_stays_in_its_tree),
        cmocka_unit_test(a_dropped_load_is_forced),
        cmocka_unit_test(a_dropped_sum_of_loads_is_forced_load_by_load),
        cmocka_unit_test(a_local_that_is_never_read_is_not_written),
        cmocka_unit_test(a_call_puts_its_result_where_it_is_wanted),
        cmocka_unit_test(several_results_come_in_a_struct),
        cmocka_unit_test(a_result_does_not_overwrite_what_is_pending),
        cmocka_unit_test(only_calls_that_can_close_a_cycle_keep_their_frame),
        cmocka_unit_test(kept_frames_follow_branches),
        cmocka_unit_test(blocks_are_labels),
        cmocka_unit_test(a_label_that_nothing_jumps_to_is_not_written),
        cmocka_unit_test(values_move_to_where_the_label_wants_them),
        cmocka_unit_test(if_and_else_fill_one_variable),
        cmocka_unit_test(br_table_is_a_switch),
        cmocka_unit_test(code_that_cannot_be_reached_is_left_out),
        cmocka_unit_test(special_float_constants_are_hidden),
        cmocka_unit_test(both_arms_of_a_select_are_evaluated),
        cmocka_unit_test(an_indirect_call_checks_before_it_calls),
        cmocka_unit_test(short_copies_are_inlined),
        cmocka_unit_test(a_call_that_returns_a_constant_is_one),
        cmocka_unit_test(vectors_are_values),
        cmocka_unit_test(long_functions_of_many_variables_are_crowded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
