/* Basic blocks: where each begins, for bodies written by hand. A letter for each instruction:
 *     S  begins a block     .  is in the block of the one before     -  cannot be reached
 *
 * The function under test is function 1, [i32] -> [i32]; function 0 is imported, [] -> []; there is a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module_bytes.h"
#include "profile/blocks.h"

enum {
    UNREACHABLE = 0x00,
    NOP = 0x01,
    BLOCK = 0x02,
    LOOP = 0x03,
    IF = 0x04,
    ELSE = 0x05,
    END = 0x0b,
    BR = 0x0c,
    BR_IF = 0x0d,
    BR_TABLE = 0x0e,
    RETURN = 0x0f,
    CALL = 0x10,
    CALL_INDIRECT = 0x11,
    DROP = 0x1a,
    GET = 0x20,
    GROW = 0x40,
    NONE = 0x40, /* block type */
    I32 = 0x7f,  /* block type */
};

static struct image image;
static struct loaded loaded;

/* Module and plan for a body without locals. */
static struct block_plan *plan_of(const uint8_t *code, size_t size) {
    static struct image body;
    body.size = 0;
    image_bytes(&body, BYTES(0));
    image_bytes(&body, code, size);
    image_begin(&image);
    SECTION(&image, 1, 2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f);
    SECTION(&image, 2, 1, 1, 'm', 1, 'f', 0, 0);
    SECTION(&image, 3, 1, 1);
    SECTION(&image, 4, 1, 0x70, 0, 1);
    SECTION(&image, 5, 1, 0, 1);
    image_code(&image, body.bytes, body.size);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    return block_plan(&loaded.module, &loaded.arena, &loaded.func_arena, &loaded.context);
}

static void check(const char *expected, const uint8_t *code, size_t size) {
    const struct block_plan *plan = plan_of(code, size);
    struct body body;
    body_open(&body, &loaded.module, &loaded.func_arena, &loaded.context, 1);
    struct block_walk walk = {.arena = &loaded.func_arena};
    block_walk_open(&walk);
    char found[64] = "";
    size_t starts = 0;
    for (size_t i = 0; !body_at_end(&body); i++) {
        struct instr instr;
        body_next(&body, &instr);
        const enum block_place place = block_walk_step(&walk, &instr);
        found[i] = place == BLOCK_START ? 'S' : place == BLOCK_INSIDE ? '.' : '-';
        starts += place == BLOCK_START;
    }
    assert_string_equal(found, expected);
    assert_int_equal(walk.count, starts);
    assert_int_equal(plan->first[1], 0);
    assert_int_equal(plan->first[2], starts);
    assert_int_equal(plan->count, starts);
    unload(&loaded);
}

#define CHECK(expected, ...) check(expected, BYTES(__VA_ARGS__))

static void straight_code_is_one_block(void **state) {
    (void)state;
    CHECK("S.", GET, 0, END);
    CHECK("S.....", NOP, GET, 0, GET, 0, GROW, 0, DROP, END);
}

static void a_call_ends_its_block(void **state) {
    (void)state;
    CHECK("S.S.", NOP, CALL, 0, GET, 0, END);
    CHECK("SSS.", CALL, 0, CALL, 0, GET, 0, END);
    CHECK("S.S.", GET, 0, CALL_INDIRECT, 0, 0, GET, 0, END);
    CHECK("S.S", GET, 0, CALL, 1, END);
}

static void an_end_that_nothing_branches_to_is_inside(void **state) {
    (void)state;
    CHECK("S...", BLOCK, I32, GET, 0, END, END);
    CHECK("S.....", BLOCK, NONE, BLOCK, NONE, END, END, GET, 0, END);
}

static void behind_a_label_that_is_used_a_block_begins(void **state) {
    (void)state;
    CHECK("S..SS.", BLOCK, NONE, GET, 0, BR_IF, 0, END, GET, 0, END);
    CHECK("S...S.S.", BLOCK, NONE, BLOCK, NONE, GET, 0, BR_IF, 1, END, END, GET, 0, END);
    CHECK("S..-S.", BLOCK, NONE, NOP, BR, 0, END, GET, 0, END);
    CHECK("S...-S.S.", BLOCK, NONE, BLOCK, NONE, GET, 0, BR_TABLE, 1, 0, 1, END, NOP, END, GET, 0, END);
}

static void a_loop_begins_a_block_and_its_end_does_not(void **state) {
    (void)state;
    CHECK("SS..S..", NOP, LOOP, NONE, GET, 0, BR_IF, 0, END, GET, 0, END);
    CHECK("S.---", LOOP, NONE, BR, 0, END, GET, 0, END);
}

static void arms_of_an_if_and_what_follows_begin_blocks(void **state) {
    (void)state;
    CHECK("S.S.S.", GET, 0, IF, NONE, NOP, END, GET, 0, END);
    CHECK("S.S.S.S.", GET, 0, IF, NONE, NOP, ELSE, NOP, END, GET, 0, END);
}

static void an_arm_that_never_reaches_its_end_joins_nothing(void **state) {
    (void)state;
    CHECK("S.S.-S...", GET, 0, IF, NONE, GET, 0, RETURN, ELSE, NOP, END, GET, 0, END);
    CHECK("S.S-S...", GET, 0, IF, NONE, UNREACHABLE, ELSE, NOP, END, GET, 0, END);
    CHECK("S.S-S.", GET, 0, IF, NONE, UNREACHABLE, END, GET, 0, END);
    CHECK("S.S.-S.---", GET, 0, IF, NONE, GET, 0, RETURN, ELSE, GET, 0, RETURN, END, GET, 0, END);
}

static void unreachable_code_is_in_no_block(void **state) {
    (void)state;
    CHECK("S-------", UNREACHABLE, GET, 0, IF, NONE, NOP, ELSE, NOP, END, END);
    CHECK("S.----", BLOCK, NONE, UNREACHABLE, BR, 0, END, GET, 0, END);
    CHECK("S----", UNREACHABLE, LOOP, NONE, BR, 0, END, END);
    CHECK("S.-", GET, 0, BR, 0, END);
}

static void the_labels_of_a_br_table_can_still_be_read(void **state) {
    (void)state;
    plan_of(BYTES(BLOCK, NONE, GET, 0, BR_TABLE, 1, 0, 0, END, GET, 0, END));
    struct body body;
    body_open(&body, &loaded.module, &loaded.func_arena, &loaded.context, 1);
    struct block_walk walk = {.arena = &loaded.func_arena};
    block_walk_open(&walk);
    struct instr instr;
    do {
        body_next(&body, &instr);
        block_walk_step(&walk, &instr);
    } while (instr.op != OP_BR_TABLE);
    assert_int_equal(next_label(&instr), 0);
    unload(&loaded);
}

static void deep_nesting_is_followed(void **state) {
    (void)state;
    enum { DEPTH = 1000 };
    static struct image code;
    code.size = 0;
    for (int i = 0; i < DEPTH; i++)
        image_bytes(&code, BYTES(BLOCK, NONE));
    image_bytes(&code, BYTES(GET, 0, BR_IF));
    image_u32(&code, DEPTH - 1);
    for (int i = 0; i < DEPTH; i++)
        image_bytes(&code, BYTES(END));
    image_bytes(&code, BYTES(GET, 0, END));
    const struct block_plan *plan = plan_of(code.bytes, code.size);
    assert_int_equal(plan->count, 3);
    unload(&loaded);
}

static void operators_are_summed_from_blocks(void **state) {
    (void)state;
    const struct block_plan *plan = plan_of(BYTES(BLOCK, NONE, GET, 0, BR_IF, 0, END, GET, 0, END));
    uint64_t ops[OP_COUNT] = {0}, funcs[2] = {7, 0};
    block_sum(plan, (const uint64_t[]){5, 3, 5}, &loaded.func_arena, ops, funcs);
    assert_int_equal(ops[OP_BLOCK], 5);
    assert_int_equal(ops[OP_LOCAL_GET], 5 + 5);
    assert_int_equal(ops[OP_BR_IF], 5);
    assert_int_equal(ops[OP_END], 3 + 5);
    assert_int_equal(funcs[0], 7);
    assert_int_equal(funcs[1], 3 * 5 + 3 + 2 * 5);
    block_sum(plan, (const uint64_t[]){1, 0, 0}, &loaded.func_arena, ops, NULL);
    assert_int_equal(ops[OP_BLOCK], 6);
    unload(&loaded);
}

static void plan_loaded(struct diag_context *context, void *argument) {
    struct loaded *plain = argument;
    decode_module(&plain->module, &plain->arena, context, "test.wasm", plain->bytes, plain->size);
    block_plan(&plain->module, &plain->arena, &plain->func_arena, context);
}

static void a_plan_needs_valid_bodies(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    SECTION(&image, 3, 1, 0);
    image_code(&image, BYTES(0, BR, 7, END));
    static struct loaded plain;
    plain = (struct loaded){.bytes = image.bytes, .size = image.size};
    assert_true(catches(&plain.context, plan_loaded, &plain));
    assert_begins_with(plain.context.diag.message, "unknown label 7");
    assert_int_equal(plain.context.diag.func_idx, 0);
    unload(&plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(straight_code_is_one_block),
        cmocka_unit_test(a_call_ends_its_block),
        cmocka_unit_test(an_end_that_nothing_branches_to_is_inside),
        cmocka_unit_test(behind_a_label_that_is_used_a_block_begins),
        cmocka_unit_test(a_loop_begins_a_block_and_its_end_does_not),
        cmocka_unit_test(arms_of_an_if_and_what_follows_begin_blocks),
        cmocka_unit_test(an_arm_that_never_reaches_its_end_joins_nothing),
        cmocka_unit_test(unreachable_code_is_in_no_block),
        cmocka_unit_test(the_labels_of_a_br_table_can_still_be_read),
        cmocka_unit_test(deep_nesting_is_followed),
        cmocka_unit_test(operators_are_summed_from_blocks),
        cmocka_unit_test(a_plan_needs_valid_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
