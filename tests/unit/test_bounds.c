/* Which accesses are compared with the memory's size, under --bounds=check, and which need it no more: each test is one
 * rule of translator/ir/bounds.c, or a place where a comparison must stay.
 *
 * The module around the body is a program: functions 0: [] -> [] and 1: [i32 i32 i32] -> [i32], the body under test;
 * a memory that begins with one page, or what a test says; global 0: mutable i32.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emit/emit.h"
#include "module_bytes.h"
#include "wasm/reach.h"

static struct image image;
static struct loaded loaded;

enum { I32 = 0x7f, GET = 0x20, SET = 0x21, TEE = 0x22, ADD = 0x6a, CONST = 0x41, END = 0x0b, VOID = 0x40 };

/* Operators on what a local and an offset say: l0 + 4 is `AT(0), LOAD(4)`. */
#define AT(local) GET, local
#define PLUS(constant) CONST, constant, ADD
#define LOAD(offset) 0x28, 0, offset
#define LOAD_BYTE(offset) 0x2d, 0, offset
#define STORE(local, offset) GET, local, GET, 1, 0x36, 0, offset
#define ADD_TO_SUM GET, 2, ADD, SET, 2

/* One memory, plain, from one page up. */
static const uint8_t plain[] = {1, 0, 1};

static void make_module(const uint8_t *memories, size_t memories_size, const uint8_t *code, size_t size) {
    static struct image bodies;
    image_begin(&image);
    SECTION(&image, 1, 2, 0x60, 0, 0, 0x60, 3, I32, I32, I32, 1, I32);
    SECTION(&image, 3, 2, 0, 1);
    image_section(&image, 5, memories, memories_size);
    SECTION(&image, 6, 1, I32, 1, CONST, 0, END);
    bodies.size = 0;
    image_u32(&bodies, 2);
    image_u32(&bodies, 3);
    image_bytes(&bodies, BYTES(0, 0x01, END)); /* nop: a call of an empty function is none */
    image_u32(&bodies, (uint32_t)size);
    image_bytes(&bodies, code, size);
    image_section(&image, 10, bodies.bytes, bodies.size);
}

static void assert_emitted(const uint8_t *memories, size_t memories_size, const uint8_t *code, size_t size,
                           const char *expected) {
    make_module(memories, memories_size, code, size);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    jmp_buf catcher;
    loaded.context.catcher = &catcher;
    if (setjmp(catcher)) fail_msg("%s", loaded.context.diag.message);
    struct emitter emitter = {
        .module = &loaded.module, .is_program = true, .arena = &loaded.arena, .diag = &loaded.context};
    emitter_prepare(&emitter, "test.wasm", "test.c", NULL);
    struct text out = {0}, body = {0}, head = {0};
    struct writer writer = {.emitter = &emitter, .out = &out, .body = &body, .head = &head};
    struct function *function = build_function(&loaded.module, &loaded.func_arena, &loaded.context, 1);
    prove_bounds(&loaded.func_arena, function);
    emit_function(&writer, function);
    char *text = strstr(text_string(&out), "    memory_view m0 = MEMORY0;\n");
    text = text ? text + strlen("    memory_view m0 = MEMORY0;\n") : strchr(text_string(&out), '{') + 2;
    while (strncmp(text, "    (void)l", 11) == 0) /* parameters that nothing reads */
        text = strchr(text, '\n') + 1;
    *strrchr(text, '}') = '\0';
    assert_string_equal(text, expected);
    text_free(&out);
    text_free(&body);
    text_free(&head);
    unload(&loaded);
}

#define BODY(expected, ...) assert_emitted(plain, sizeof plain, BYTES(0, __VA_ARGS__, END), (expected))
/* In a module with these memories, as they stand in its section. */
#define BODY_OF(memories, expected, ...) assert_emitted(memories, BYTES(0, __VA_ARGS__, END), (expected))
#define MEMORIES(...) BYTES(__VA_ARGS__)

/* ---- views ---- */

enum shape { PROGRAM, LIBRARY, GUARDED_LIBRARY, UNSEARCHED_LIBRARY };

/* What the body opens a memory with. */
static void assert_view(enum shape shape, const char *view, const uint8_t *memories, size_t memories_size,
                        const uint8_t *code, size_t size) {
    make_module(memories, memories_size, code, size);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    jmp_buf catcher;
    loaded.context.catcher = &catcher;
    if (setjmp(catcher)) fail_msg("%s", loaded.context.diag.message);
    const bool is_program = shape == PROGRAM;
    struct emitter emitter = {.module = &loaded.module,
                              .is_program = is_program,
                              .is_guarded = shape == GUARDED_LIBRARY,
                              .arena = &loaded.arena,
                              .diag = &loaded.context};
    emitter_prepare(&emitter, "test.wasm", "test.c", NULL);
    if (shape != UNSEARCHED_LIBRARY) loaded.module.growth = find_growth(&loaded.module, &loaded.arena, is_program);
    struct text out = {0}, body = {0}, head = {0};
    struct writer writer = {.emitter = &emitter, .out = &out, .body = &body, .head = &head};
    emit_function(&writer, build_function(&loaded.module, &loaded.func_arena, &loaded.context, 1));
    if (!strstr(text_string(&out), view)) fail_msg("no %s in %s", view, text_string(&out));
    text_free(&out);
    text_free(&body);
    text_free(&head);
    unload(&loaded);
}

#define VIEW(shape, view, memories, ...)                                                                               \
    assert_view(shape, "memory_view " view ";\n", memories, BYTES(0, __VA_ARGS__, END))

/* By what ways a memory may grow is tested where modules are linked, in tests/memories/growth.py. */
static void views_are_copied_where_no_memory_grows(void **state) {
    (void)state;
    VIEW(LIBRARY, "m0 = memory_copied(self->memory0)", MEMORIES(1, 0, 1), AT(0), LOAD(0));
    VIEW(LIBRARY, "m0 = memory_copied(self->memory0)", MEMORIES(1, 0, 1), 0x10, 0, AT(0), LOAD(0));
    VIEW(LIBRARY, "m0 = memory_open(self->memory0)", MEMORIES(1, 0, 1), AT(0), 0x40, 0, LOAD(0));
    VIEW(PROGRAM, "m1 = memory_copied(&memory1)", MEMORIES(2, 0, 1, 0, 1), AT(0), 0x28, 0x40, 1, 0);
    VIEW(PROGRAM, "m1 = memory_open(&memory1)", MEMORIES(2, 0, 1, 0, 1), AT(0), 0x40, 0, 0x28, 0x40, 1, 0);
    /* With addresses of 64 bits. */
    VIEW(LIBRARY, "m0 = memory_copied(self->memory0)", MEMORIES(1, 4, 1), AT(0), 0xad, LOAD(0));
}

static void views_are_not_copied_where_nothing_is_known(void **state) {
    (void)state;
    /* Other threads may make it grow, at any time. */
    VIEW(LIBRARY, "m0 = memory_open(self->memory0)", MEMORIES(1, 3, 1, 1), AT(0), LOAD(0));
    VIEW(LIBRARY, "m0 = memory_open(self->memory0)", MEMORIES(2, 0, 1, 3, 1, 1), AT(0), LOAD(0));
    VIEW(UNSEARCHED_LIBRARY, "m0 = memory_open(self->memory0)", MEMORIES(1, 0, 1), AT(0), LOAD(0));
    /* Of guarded memories the view is the base, which stays. */
    VIEW(GUARDED_LIBRARY, "m0 = memory_open(self->memory0)", MEMORIES(1, 0, 1), AT(0), LOAD(0));
}

/* ---- what was compared before ---- */

static void smaller_offsets_follow(void **state) {
    (void)state;
    BODY("    i32_store(m0, l0, 8, l1);\n"
         "    i32_store_in(m0, l0, 0, l1);\n"
         "    i32_store(m0, l0, 12, l1);\n"
         "    return i32_load8_u_in(m0, l0, 15);\n",
         STORE(0, 8), STORE(0, 0), STORE(0, 12), AT(0), LOAD_BYTE(15));
}

static void calls_and_growth_change_nothing(void **state) {
    (void)state;
    BODY("    u32 i0;\n"
         "    W2C_CHECK_STACK(0);\n"
         "    i32_store(m0, l0, 8, l1);\n"
         "    fn0();\n"
         "    i32_store_in(m0, l0, 8, l1);\n"
         "    i0 = memory_grow(&memory0, 1u);\n"
         "    W2C_KEEP_FRAME();\n"
         "    return i0 + i32_load_in(m0, l0, 4);\n",
         STORE(0, 8), 0x10, 0, STORE(0, 8), CONST, 1, 0x40, 0, AT(0), LOAD(4), ADD);
}

static void a_variable_that_is_set_is_unknown(void **state) {
    (void)state;
    BODY("    i32_store(m0, l0, 8, l1);\n"
         "    l0 = i32_load_in(m0, l0, 0);\n"
         "    return i32_load(m0, l0, 0);\n",
         STORE(0, 8), AT(0), LOAD(0), SET, 0, AT(0), LOAD(0));
}

static void a_variable_that_moves_is_known_as_far(void **state) {
    (void)state;
    /* 16 bytes from the old l0 are 12 from the new one. */
    BODY("    i32_store(m0, l0, 12, l1);\n"
         "    l0 = l0 + 4u;\n"
         "    i32_store_in(m0, l0, 8, l1);\n"
         "    i32_store_in(m0, l0 - 4u, 0, l1);\n"
         "    i32_store(m0, l0, 9, l1);\n"
         "    return l0;\n",
         STORE(0, 12), AT(0), PLUS(4), SET, 0, STORE(0, 8), AT(0), PLUS(0x7c), GET, 1, 0x36, 0, 0, STORE(0, 9), AT(0));
}

static void copies_are_known(void **state) {
    (void)state;
    BODY("    i32_store(m0, l0, 12, l1);\n"
         "    l2 = l0 + 8u;\n"
         "    i32_store_in(m0, l2, 4, l1);\n"
         "    i32_store(m0, l2, 8, l1);\n"
         "    return l2;\n",
         STORE(0, 12), AT(0), PLUS(8), SET, 2, STORE(2, 4), STORE(2, 8), AT(2));
}

static void sums_that_wrap_are_told_apart(void **state) {
    (void)state;
    /* l0 + 8 may be small where l0 is not, and an offset is no part of the sum. */
    BODY("    i32_store(m0, l0 + 8u, 0, l1);\n"
         "    i32_store(m0, l0, 8, l1);\n"
         "    return i32_load_in(m0, l0, 0);\n",
         AT(0), PLUS(8), GET, 1, 0x36, 0, 0, STORE(0, 8), AT(0), LOAD(0));
}

/* ---- several in one comparison ---- */

static void loads_of_an_expression_are_compared_together(void **state) {
    (void)state;
    BODY("    check_bytes(m0, l0, 12);\n"
         "    return i32_load_in(m0, l0, 0) + i32_load_in(m0, l0, 8);\n",
         AT(0), LOAD(0), AT(0), LOAD(8), ADD);
    BODY("    check_bytes(m0, l0 - 8u, 28);\n"
         "    return (i32_load_in(m0, l0 - 8u, 24) + i32_load_in(m0, l0, 4)) + i32_load_in(m0, l0 - 8u, 0);\n",
         AT(0), PLUS(16), LOAD(0), AT(0), LOAD(4), ADD, AT(0), PLUS(0x78), LOAD(0), ADD);
}

static void loads_that_assignments_follow_are_compared_together(void **state) {
    (void)state;
    BODY("    check_bytes(m0, l0, 20);\n"
         "    l2 = i32_load_in(m0, l0, 0);\n"
         "    l0 = l0 + 4u;\n"
         "    l2 = l2 + i32_load_in(m0, l0, 4);\n"
         "    i32_store_in(m0, l0 - 4u, 16, l1);\n"
         "    return l2;\n",
         AT(0), LOAD(0), SET, 2, AT(0), PLUS(4), SET, 0, GET, 2, AT(0), LOAD(4), ADD, SET, 2, AT(0), PLUS(4), GET, 1,
         0x36, 0, 8, GET, 2);
}

static void what_can_be_seen_stays_before_the_trap(void **state) {
    (void)state;
    BODY("    i32_store(m0, l0, 0, l1);\n"
         "    i32_store(m0, l0, 4, l1);\n"
         "    return l0;\n",
         STORE(0, 0), STORE(0, 4), AT(0));
    BODY("    l2 = i32_load(m0, l0, 0);\n"
         "    g0 = l2;\n"
         "    return i32_load(m0, l0, 4);\n",
         AT(0), LOAD(0), SET, 2, GET, 2, 0x24, 0, AT(0), LOAD(4));
    BODY("    u32 i0;\n"
         "    l2 = i32_load(m0, l0, 0);\n"
         "    i0 = i32_div_u(l1, l2);\n"
         "    return i0 + i32_load(m0, l0, 4);\n",
         AT(0), LOAD(0), SET, 2, AT(1), GET, 2, 0x6e, AT(0), LOAD(4), ADD);
}

static void what_is_far_away_is_compared_alone(void **state) {
    (void)state;
    /* 65536 and 70000 bytes: behind that, one page below 2^32 would not be enough. */
    BODY("    check_bytes(m0, l0, 65536);\n"
         "    return i32_load_in(m0, l0, 0) + i32_load8_u_in(m0, l0, 65535);\n",
         AT(0), LOAD(0), AT(0), CONST, 0xff, 0xff, 3, ADD, LOAD_BYTE(0), ADD);
    BODY("    return i32_load(m0, l0, 0) + i32_load8_u(m0, l0 + 0x11170u, 0);\n", AT(0), LOAD(0), AT(0), CONST, 0xf0,
         0xa2, 4, ADD, LOAD_BYTE(0), ADD);
}

static void a_memory_that_may_reach_the_end_is_compared_exactly(void **state) {
    (void)state;
    /* 65536 pages: l0 may be in it where l0 + 8 wraps; but an offset does not. */
    BODY_OF(MEMORIES(1, 0, 0x80, 0x80, 4), "    return i32_load(m0, l0, 0) + i32_load(m0, l0 + 8u, 0);\n", AT(0),
            LOAD(0), AT(0), PLUS(8), LOAD(0), ADD);
    BODY_OF(MEMORIES(1, 0, 0x80, 0x80, 4),
            "    check_bytes(m0, l0, 12);\n"
            "    return i32_load_in(m0, l0, 0) + i32_load_in(m0, l0, 8);\n",
            AT(0), LOAD(0), AT(0), LOAD(8), ADD);
}

/* ---- control ---- */

static void an_arm_that_may_not_run_proves_nothing(void **state) {
    (void)state;
    BODY("    if (l1) {\n"
         "        i32_store(m0, l0, 8, l1);\n"
         "        i32_store_in(m0, l0, 4, l1);\n"
         "    }\n"
         "    return i32_load(m0, l0, 0);\n",
         AT(1), 0x04, VOID, STORE(0, 8), STORE(0, 4), END, AT(0), LOAD(0));
}

static void what_both_arms_prove_is_known(void **state) {
    (void)state;
    BODY("    if (l1) {\n"
         "        i32_store(m0, l0, 8, l1);\n"
         "    } else {\n"
         "        i32_store(m0, l0, 4, l1);\n"
         "    }\n"
         "    i32_store_in(m0, l0, 4, l1);\n"
         "    return i32_load(m0, l0, 8);\n",
         AT(1), 0x04, VOID, STORE(0, 8), 0x05, STORE(0, 4), END, STORE(0, 4), AT(0), LOAD(8));
}

static void what_was_known_before_an_arm_stays(void **state) {
    (void)state;
    BODY("    i32_store(m0, l0, 8, l1);\n"
         "    i32_store(m0, l1, 8, l1);\n"
         "    if (l1) {\n"
         "        l1 = i32_load_in(m0, l0, 0);\n"
         "    }\n"
         "    return i32_load_in(m0, l0, 4) + i32_load(m0, l1, 4);\n",
         STORE(0, 8), STORE(1, 8), AT(1), 0x04, VOID, AT(0), LOAD(0), SET, 1, END, AT(0), LOAD(4), AT(1), LOAD(4), ADD);
}

static void branches_bring_what_they_know(void **state) {
    (void)state;
    /* The second store is not on the way of the branch. */
    BODY("    i32_store(m0, l0, 4, l1);\n"
         "    if (l1) goto B0;\n"
         "    i32_store(m0, l0, 8, l1);\n"
         "  B0:;\n"
         "    i32_store_in(m0, l0, 0, l1);\n"
         "    return i32_load(m0, l0, 8);\n",
         0x02, VOID, STORE(0, 4), AT(1), 0x0d, 0, STORE(0, 8), END, STORE(0, 0), AT(0), LOAD(8));
    /* A branch past all of it. */
    BODY("    if (l1) goto B0;\n"
         "    i32_store(m0, l0, 8, l1);\n"
         "  B0:;\n"
         "    return i32_load(m0, l0, 0);\n",
         0x02, VOID, AT(1), 0x0d, 0, STORE(0, 8), END, AT(0), LOAD(0));
}

static void a_loop_keeps_what_it_does_not_assign(void **state) {
    (void)state;
    BODY("    i32_store(m0, l0, 8, l1);\n"
         "    i32_store(m0, l1, 8, l1);\n"
         "  B0:;\n"
         "    i32_store_in(m0, l0, 4, l1);\n"
         "    i32_store(m0, l1, 4, l1);\n"
         "    l1 = l1 - 1u;\n"
         "    if (l1) goto B0;\n"
         "    return l0;\n",
         STORE(0, 8), STORE(1, 8), 0x03, VOID, STORE(0, 4), STORE(1, 4), AT(1), PLUS(0x7f), TEE, 1, 0x0d, 0, END,
         AT(0));
}

static void a_slot_that_a_branch_writes_is_unknown(void **state) {
    (void)state;
    BODY("    u32 i0;\n"
         "    i0 = l0;\n"
         "    if (l1) goto B0;\n"
         "    i0 = i32_load(m0, l0, 0);\n"
         "  B0:;\n"
         "    return i32_load(m0, i0, 0);\n",
         0x02, I32, AT(0), AT(1), 0x0d, 0, 0x1a, AT(0), LOAD(0), END, LOAD(0));
}

/* ---- sizes that are known ---- */

static void what_is_in_the_first_pages_is_not_compared(void **state) {
    (void)state;
    BODY("    return i32_load_in(m0, 65532u, 0) + i32_load(m0, 65532u, 1);\n", CONST, 0xfc, 0xff, 3, LOAD(0), CONST,
         0xfc, 0xff, 3, LOAD(1), ADD);
    BODY("    return i32_load_in(m0, (l0 & 255u) << 2, 8) + i32_load8_u(m0, l0 >> 16, 1);\n", AT(0), CONST, 0xff, 1,
         0x71, CONST, 2, 0x74, LOAD(8), AT(0), CONST, 16, 0x76, LOAD_BYTE(1), ADD);
}

static void an_empty_memory_is_always_compared(void **state) {
    (void)state;
    BODY_OF(MEMORIES(1, 0, 0), "    return i32_load(m0, 0u, 0);\n", CONST, 0, LOAD(0));
}

/* ---- other memories ---- */

static void memories_are_told_apart(void **state) {
    (void)state;
    BODY_OF(MEMORIES(2, 0, 1, 0, 1),
            "    memory_view m1 = memory_open(&memory1);\n"
            "    i32_store(m0, l0, 8, l1);\n"
            "    l2 = i32_load(m1, l0, 0);\n"
            "    return l2 + (i32_load_in(m1, l0, 0) + i32_load_in(m0, l0, 0));\n",
            STORE(0, 8), AT(0), 0x28, 0x40, 1, 0, SET, 2, GET, 2, GET, 0, 0x28, 0x40, 1, 0, AT(0), LOAD(0), ADD, ADD);
}

static void addresses_of_64_bits_are_compared_by_their_own_functions(void **state) {
    (void)state;
    BODY_OF(MEMORIES(1, 4, 1),
            "    memory_view m0 = memory_open(&memory0);\n"
            "    (void)l2;\n"
            "    i32_store(m0, wide_at(m0, (u64)l0, 8ull, 4), 0, l1);\n"
            "    return i32_load(m0, wide_at(m0, (u64)l0, 8ull, 4), 0);\n",
            AT(0), 0xad, GET, 1, 0x36, 0, 8, AT(0), 0xad, LOAD(8));
}

static void atomic_operators_prove_nothing_and_need_all(void **state) {
    (void)state;
    BODY_OF(MEMORIES(1, 3, 1, 1),
            "    u32 i0;\n"
            "    i32_store(m0, l0, 8, l1);\n"
            "    i0 = i32_atomic_load(&memory0, l1, 8u);\n"
            "    return i0 + i32_load(m0, l1, 8);\n",
            STORE(0, 8), AT(1), 0xfe, 0x10, 2, 8, AT(1), LOAD(8), ADD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_copied_where_no_memory_grows),
        cmocka_unit_test(views_are_not_copied_where_nothing_is_known),
        cmocka_unit_test(smaller_offsets_follow),
        cmocka_unit_test(calls_and_growth_change_nothing),
        cmocka_unit_test(a_variable_that_is_set_is_unknown),
        cmocka_unit_test(a_variable_that_moves_is_known_as_far),
        cmocka_unit_test(copies_are_known),
        cmocka_unit_test(sums_that_wrap_are_told_apart),
        cmocka_unit_test(loads_of_an_expression_are_compared_together),
        cmocka_unit_test(loads_that_assignments_follow_are_compared_together),
        cmocka_unit_test(what_can_be_seen_stays_before_the_trap),
        cmocka_unit_test(what_is_far_away_is_compared_alone),
        cmocka_unit_test(a_memory_that_may_reach_the_end_is_compared_exactly),
        cmocka_unit_test(an_arm_that_may_not_run_proves_nothing),
        cmocka_unit_test(what_both_arms_prove_is_known),
        cmocka_unit_test(what_was_known_before_an_arm_stays),
        cmocka_unit_test(branches_bring_what_they_know),
        cmocka_unit_test(a_loop_keeps_what_it_does_not_assign),
        cmocka_unit_test(a_slot_that_a_branch_writes_is_unknown),
        cmocka_unit_test(what_is_in_the_first_pages_is_not_compared),
        cmocka_unit_test(an_empty_memory_is_always_compared),
        cmocka_unit_test(memories_are_told_apart),
        cmocka_unit_test(addresses_of_64_bits_are_compared_by_their_own_functions),
        cmocka_unit_test(atomic_operators_prove_nothing_and_need_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
