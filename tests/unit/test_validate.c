/* Validation of function bodies: small bodies, each with the reason why it must be refused, or none.
 *
 * The module around them:
 *   types      0: [] -> []   1: [i32] -> [i32]   2: [i32 i64] -> [f32]   3: [] -> [i32 i32]   4: [] -> [funcref]
 *   functions  0: the body under test   1: type 2   2: type 0, never named outside of code
 *   tables     0: funcref   1: externref       memory 0, one page
 *   globals    0: mutable i32   1: i64 constant
 *   elements   0: passive, function 1          data 0: passive
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "module_bytes.h"

/* Operators that the bodies below use by name. */
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
    SELECT = 0x1b,
    SELECT_T = 0x1c,
    LOCAL_GET = 0x20,
    LOCAL_SET = 0x21,
    LOCAL_TEE = 0x22,
    GLOBAL_GET = 0x23,
    GLOBAL_SET = 0x24,
    I32 = 0x41, /* i32.const */
    I64 = 0x42,
    F32 = 0x43,
    ADD = 0x6a,  /* i32.add */
    NONE = 0x40, /* block types */
    GIVES_I32 = 0x7f,
    NULL_REF = 0xd0,
};

enum { T_NONE, T_I32_I32, T_I32_I64_F32, T_TWO, T_FUNCREF };

static struct image image;

static void make_module(uint8_t type_idx, const uint8_t *code, size_t size) {
    image_begin(&image);
    SECTION(&image, 1, 5, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7e, 1, 0x7d, 0x60, 0, 2, 0x7f, 0x7f,
            0x60, 0, 1, 0x70);
    SECTION(&image, 3, 3, type_idx, 2, 0);
    SECTION(&image, 4, 2, 0x70, 0, 1, 0x6f, 0, 1);
    SECTION(&image, 5, 1, 0, 1);
    SECTION(&image, 6, 2, 0x7f, 1, I32, 0, END, 0x7e, 0, I64, 0, END);
    SECTION(&image, 9, 1, 1, 0, 1, 1);
    SECTION(&image, 12, 1);
    static struct image bodies;
    bodies.size = 0;
    image_u32(&bodies, 3);
    image_u32(&bodies, (uint32_t)size);
    image_bytes(&bodies, code, size);
    image_bytes(&bodies, BYTES(3, 0, UNREACHABLE, END));
    image_bytes(&bodies, BYTES(2, 0, END));
    image_section(&image, 10, bodies.bytes, bodies.size);
    SECTION(&image, 11, 1, 1, 1, 'x');
}

/* The body, locals included, is valid in a function of this type. */
static void accept(uint8_t type_idx, const uint8_t *code, size_t size) {
    make_module(type_idx, code, size);
    assert_accepted(&image);
}

static void refuse(const char *message, uint8_t type_idx, const uint8_t *code, size_t size) {
    make_module(type_idx, code, size);
    assert_refused(&image, DIAG_INVALID, message);
}

static void refuse_as(enum diag_kind kind, const char *message, const uint8_t *code, size_t size) {
    make_module(T_NONE, code, size);
    assert_refused(&image, kind, message);
}

/* Without locals. */
#define CODE(...) BYTES(0, __VA_ARGS__)

static void operands_have_their_types(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(LOCAL_GET, 0, I32, 1, ADD, END));
    refuse("type mismatch: expected i32, found i64", T_I32_I32, CODE(LOCAL_GET, 0, I64, 1, ADD, END));
    refuse("type mismatch: expected i32, found f32", T_I32_I32, CODE(F32, 0, 0, 0, 0, I32, 1, ADD, END));
    refuse("type mismatch: expected i32, found an empty stack", T_I32_I32, CODE(I32, 1, ADD, END));
    refuse("type mismatch: expected i32, found an empty stack", T_I32_I32, CODE(END));
    refuse("type mismatch: 1 more values than the block has results", T_NONE, CODE(I32, 1, END));
    refuse("type mismatch: expected a value, found an empty stack", T_NONE, CODE(DROP, END));
}

static void errors_say_where(void **state) {
    (void)state;
    make_module(T_NONE, CODE(NOP, I64, 1, I32, 2, ADD, DROP, END));
    static struct loaded loaded;
    assert_false(load(&loaded, &image));
    const struct diag *diag = &loaded.context.diag;
    assert_int_equal(diag->func_idx, 0);
    assert_string_equal(diag->op, "i32.add");
    assert_int_equal(image.bytes[diag->offset], ADD);
    assert_int_equal(image.bytes[diag->offset - 1], 2);
    unload(&loaded);
}

static void locals(void **state) {
    (void)state;
    /* i32 i64 | 2 f32, no i32, 1 i64 */
    accept(T_I32_I64_F32,
           BYTES(3, 2, 0x7d, 0, 0x7f, 1, 0x7e, LOCAL_GET, 1, LOCAL_SET, 4, LOCAL_GET, 3, LOCAL_TEE, 2, END));
    refuse("type mismatch: expected i64, found f32", T_I32_I64_F32,
           BYTES(3, 2, 0x7d, 0, 0x7f, 1, 0x7e, LOCAL_GET, 3, LOCAL_SET, 4, LOCAL_GET, 2, END));
    refuse("unknown local 5 (the function has 5)", T_I32_I64_F32,
           BYTES(3, 2, 0x7d, 0, 0x7f, 1, 0x7e, LOCAL_GET, 5, END));
    refuse("unknown local 0 (the function has 0)", T_NONE, CODE(LOCAL_GET, 0, DROP, END));
    refuse("unknown local 1 (the function has 1)", T_I32_I32, CODE(LOCAL_GET, 0, LOCAL_TEE, 1, END));
}

static void counts_of_locals(void **state) {
    (void)state;
    accept(T_NONE, BYTES(1, 0xd0, 0x86, 3, 0x7f, END)); /* 50 000 */
    refuse_as(DIAG_LIMIT, "too many locals: 50001", BYTES(1, 0xd1, 0x86, 3, 0x7f, END));
    refuse_as(DIAG_MALFORMED, "too many locals: more than 2^32 - 1",
              BYTES(2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 1, 0x7e, END));
}

static void globals(void **state) {
    (void)state;
    accept(T_NONE, CODE(GLOBAL_GET, 0, GLOBAL_SET, 0, GLOBAL_GET, 1, DROP, END));
    refuse("immutable global", T_NONE, CODE(I64, 0, GLOBAL_SET, 1, END));
    refuse("unknown global 2", T_NONE, CODE(GLOBAL_GET, 2, DROP, END));
    refuse("type mismatch: expected i32, found i64", T_NONE, CODE(GLOBAL_GET, 1, GLOBAL_SET, 0, END));
}

static void blocks(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(BLOCK, GIVES_I32, I32, 1, END, END));
    accept(T_NONE, CODE(BLOCK, T_TWO, I32, 1, I32, 2, END, DROP, DROP, END)); /* two results */
    accept(T_I32_I32, CODE(I32, 1, LOOP, T_I32_I32, I32, 1, ADD, END, END));  /* a parameter */
    refuse("type mismatch: expected i32, found an empty stack", T_NONE, CODE(I32, 1, BLOCK, GIVES_I32, END, END));
    refuse("type mismatch: 1 more values", T_NONE, CODE(BLOCK, NONE, I32, 1, END, END));
    refuse("type mismatch: expected i32, found an empty stack", T_NONE, CODE(BLOCK, T_I32_I32, END, DROP, END));
    refuse("unknown type 5 (the module has 5)", T_NONE, CODE(BLOCK, 5, END, END));
    refuse_as(DIAG_MALFORMED, "malformed value type", CODE(BLOCK, 0x41, END, END));
    refuse_as(DIAG_MALFORMED, "malformed block type", CODE(BLOCK, 0xff, 0x7f, END, END));
}

static void conditions(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(I32, 0, IF, GIVES_I32, I32, 1, ELSE, I32, 2, END, END));
    accept(T_I32_I32, CODE(I32, 7, I32, 0, IF, T_I32_I32, I32, 1, ADD, END, END)); /* without else, 7 stays */
    refuse("type mismatch: an if with results needs an else", T_I32_I32, CODE(I32, 0, IF, GIVES_I32, I32, 1, END, END));
    refuse("type mismatch: expected i32, found i64", T_I32_I32,
           CODE(I32, 0, IF, GIVES_I32, I32, 1, ELSE, I64, 2, END, END));
    refuse("type mismatch: expected i32, found an empty stack", T_NONE, CODE(IF, NONE, END, END));
    refuse_as(DIAG_MALFORMED, "END opcode expected: else outside of if", CODE(BLOCK, NONE, ELSE, END, END));
    refuse_as(DIAG_MALFORMED, "END opcode expected: else outside of if", CODE(I32, 0, IF, NONE, ELSE, ELSE, END, END));
}

static void branches(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(BLOCK, GIVES_I32, I32, 1, BR, 0, END, END));
    accept(T_I32_I32, CODE(I32, 1, BR, 0, END)); /* out of the function */
    accept(T_NONE, CODE(LOOP, NONE, I32, 1, BR_IF, 0, END, END));
    accept(T_I32_I32, CODE(I32, 1, I32, 0, BR_IF, 0, END));
    /* a loop's label takes its parameters, not its results */
    accept(T_I32_I32, CODE(LOOP, GIVES_I32, BR, 0, END, END));
    refuse("type mismatch: expected i32, found an empty stack", T_NONE,
           CODE(I32, 1, LOOP, T_I32_I32, DROP, BR, 0, END, DROP, END));
    refuse("unknown label 2 (2 can be reached here)", T_NONE, CODE(BLOCK, NONE, BR, 2, END, END));
    refuse("unknown label 1", T_NONE, CODE(I32, 0, BR_IF, 1, END));
    refuse("type mismatch: expected i32, found i64", T_I32_I32, CODE(I64, 1, BR, 0, END));
    refuse("type mismatch: expected i32, found i64", T_I32_I32, CODE(I64, 1, RETURN, END));
}

static void branch_tables(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(BLOCK, GIVES_I32, I32, 1, I32, 2, BR_TABLE, 2, 0, 1, 0, END, END));
    refuse("type mismatch: the labels take 0 and 1 values", T_I32_I32,
           CODE(BLOCK, NONE, I32, 1, I32, 2, BR_TABLE, 1, 0, 1, END, I32, 1, END));
    refuse("type mismatch: expected i64, found i32", T_I32_I32,
           CODE(BLOCK, 0x7e, I32, 1, I32, 2, BR_TABLE, 1, 1, 0, END, DROP, I32, 1, END));
    refuse("unknown label 9", T_NONE, CODE(I32, 0, BR_TABLE, 1, 9, 0, END));
    refuse("unknown label 9", T_NONE, CODE(I32, 0, BR_TABLE, 1, 0, 9, END)); /* the default */
    /* unknown values fit any label of the same arity, of whatever types */
    accept(T_I32_I32, CODE(BLOCK, 0x7e, UNREACHABLE, BR_TABLE, 1, 0, 1, END, DROP, I32, 1, END));
    refuse("type mismatch: expected i64, found i32", T_I32_I32,
           CODE(BLOCK, 0x7e, UNREACHABLE, I32, 5, I32, 0, BR_TABLE, 1, 1, 0, END, DROP, I32, 1, END));
    refuse_as(DIAG_MALFORMED, "unexpected end: 4294967295 labels",
              CODE(I32, 0, BR_TABLE, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, END));
}

/* The labels can be read again after the step. */
static void labels_are_left_for_the_next(void **state) {
    (void)state;
    make_module(T_NONE, CODE(BLOCK, NONE, LOOP, NONE, I32, 0, BR_TABLE, 3, 0, 1, 2, 1, END, END, END));
    struct arena arena = {0};
    static struct module module;
    struct diag_context context = {0};
    jmp_buf here;
    context.catcher = &here;
    if (setjmp(here)) fail_msg("%s", context.diag.message);
    decode_module(&module, &arena, &context, "test.wasm", image.bytes, image.size);
    struct body body;
    body_open(&body, &module, &arena, &context, 0);
    struct validator *validator = validate_open(&module, &arena, &body, 0);
    struct instr instr;
    do {
        body_next(&body, &instr);
        validate_step(validator, &instr);
    } while (instr.op != OP_BR_TABLE);
    assert_int_equal(instr.label_count, 3);
    const uint32_t expected[] = {0, 1, 2, 1};
    for (int i = 0; i < 4; i++)
        assert_int_equal(next_label(&instr), expected[i]);
    assert_false(validate_is_reachable(validator));
    body_next(&body, &instr);
    assert_int_equal(instr.op, OP_END);
    arena_free(&arena);
}

static void unreachable_code_is_polymorphic(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(UNREACHABLE, ADD, END));
    accept(T_I32_I32, CODE(UNREACHABLE, I32, 1, ADD, END));
    accept(T_I32_I32, CODE(UNREACHABLE, SELECT, END));
    accept(T_I32_I32, CODE(I32, 1, RETURN, DROP, DROP, END));
    accept(T_NONE, BYTES(1, 1, 0x7e, BR, 0, LOCAL_SET, 0, END));
    refuse("type mismatch: expected i32, found i64", T_I32_I32, CODE(UNREACHABLE, I64, 1, ADD, END));
    refuse("type mismatch: 1 more values", T_NONE, CODE(UNREACHABLE, I32, 1, END));
    /* what comes after the block is reachable again, as far as types go */
    refuse("type mismatch: expected i32, found an empty stack", T_I32_I32, CODE(BLOCK, NONE, UNREACHABLE, END, END));
}

static void calls(void **state) {
    (void)state;
    accept(T_NONE, CODE(I32, 1, I64, 2, CALL, 1, DROP, END));
    accept(T_NONE, CODE(I32, 1, I64, 2, I32, 0, CALL_INDIRECT, 2, 0, DROP, END));
    refuse("type mismatch: expected i64, found i32", T_NONE, CODE(I64, 1, I32, 2, CALL, 1, DROP, END));
    refuse("unknown function 3", T_NONE, CODE(CALL, 3, END));
    refuse("unknown type 7", T_NONE, CODE(I32, 0, CALL_INDIRECT, 7, 0, END));
    refuse("unknown table 2", T_NONE, CODE(I32, 0, CALL_INDIRECT, 0, 2, END));
    refuse("type mismatch: expected a table of funcref", T_NONE, CODE(I32, 0, CALL_INDIRECT, 0, 1, END));
}

static void selections(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(I32, 1, I32, 2, I32, 0, SELECT, END));
    accept(T_FUNCREF, CODE(NULL_REF, 0x70, NULL_REF, 0x70, I32, 0, SELECT_T, 1, 0x70, END));
    refuse("type mismatch: expected i64, found i32", T_I32_I32, CODE(I32, 1, I64, 2, I32, 0, SELECT, END));
    refuse("type mismatch: expected a number, found funcref", T_FUNCREF,
           CODE(NULL_REF, 0x70, NULL_REF, 0x70, I32, 0, SELECT, END));
    refuse("invalid result arity", T_NONE, CODE(SELECT_T, 0, END));
    refuse("invalid result arity", T_NONE, CODE(UNREACHABLE, SELECT_T, 2, 0x7f, 0x7f, END));
}

static void references(void **state) {
    (void)state;
    accept(T_FUNCREF, CODE(0xd2, 1, END));
    refuse("undeclared function reference: function 2", T_FUNCREF, CODE(0xd2, 2, END));
    refuse("unknown function 3", T_FUNCREF, CODE(0xd2, 3, END));
    accept(T_I32_I32, CODE(NULL_REF, 0x6f, 0xd1, END));
    refuse("type mismatch: expected a reference, found i32", T_I32_I32, CODE(I32, 0, 0xd1, END));
    refuse("type mismatch: expected funcref, found externref", T_FUNCREF, CODE(NULL_REF, 0x6f, END));
}

static void accesses(void **state) {
    (void)state;
    accept(T_I32_I32, CODE(LOCAL_GET, 0, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, END)); /* i32.load */
    accept(T_NONE, CODE(I32, 0, I64, 0, 0x37, 3, 0, END));                             /* i64.store */
    refuse("alignment must not be larger than natural: 2^3, where 4 bytes are accessed", T_I32_I32,
           CODE(LOCAL_GET, 0, 0x28, 3, 0, END));
    refuse("alignment must not be larger than natural", T_I32_I32, CODE(LOCAL_GET, 0, 0x2d, 1, 0, END));
    refuse("offset out of range", T_I32_I32, CODE(LOCAL_GET, 0, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10, END));
    refuse("type mismatch: expected i64, found i32", T_NONE, CODE(I32, 0, I32, 0, 0x37, 3, 0, END));
    refuse("unknown memory 1", T_I32_I32, CODE(0x3f, 1, END));
    refuse_as(DIAG_MALFORMED, "malformed memop flags", CODE(I32, 0, 0x28, 0x80, 1, 0, DROP, END));
    accept(T_NONE, CODE(I32, 0, 0x28, 0x40, 0, 0, DROP, END)); /* memory 0, said explicitly */
    refuse("unknown memory 1", T_NONE, CODE(I32, 0, 0x28, 0x40, 1, 0, DROP, END));
}

static void tables_and_segments(void **state) {
    (void)state;
    accept(T_NONE, CODE(I32, 0, NULL_REF, 0x6f, 0x26, 1, END)); /* table.set 1 */
    refuse("type mismatch: expected externref, found funcref", T_NONE, CODE(I32, 0, NULL_REF, 0x70, 0x26, 1, END));
    accept(T_NONE, CODE(I32, 0, I32, 0, I32, 0, 0xfc, 12, 0, 0, END)); /* table.init elem 0, table 0 */
    refuse("type mismatch: elements of type (ref func) do not fit in a table of externref", T_NONE,
           CODE(I32, 0, I32, 0, I32, 0, 0xfc, 12, 0, 1, END));
    refuse("type mismatch: elements of type externref do not fit in a table of funcref", T_NONE,
           CODE(I32, 0, I32, 0, I32, 0, 0xfc, 14, 0, 1, END));
    refuse("unknown elem segment 1", T_NONE, CODE(0xfc, 13, 1, END));
    accept(T_NONE, CODE(I32, 0, I32, 0, I32, 0, 0xfc, 8, 0, 0, 0xfc, 9, 0, END)); /* memory.init, data.drop */
    refuse("unknown data segment 1", T_NONE, CODE(0xfc, 9, 1, END));
    accept(T_I32_I32, CODE(NULL_REF, 0x70, I32, 1, 0xfc, 15, 0, END)); /* table.grow */
}

/* Without the data count section, code cannot name data segments, even those that exist. */
static void data_count_is_needed(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    SECTION(&image, 3, 1, 0);
    image_code(&image, CODE(0xfc, 9, 0, END));
    SECTION(&image, 11, 1, 1, 1, 'x');
    assert_refused(&image, DIAG_MALFORMED, "data count section required");
}

static void ends(void **state) {
    (void)state;
    refuse_as(DIAG_MALFORMED, "unexpected end: END opcode expected", CODE(NOP));
    refuse_as(DIAG_MALFORMED, "unexpected end: END opcode expected", CODE(BLOCK, NONE, END));
    refuse_as(DIAG_MALFORMED, "END opcode expected: 1 bytes follow", CODE(END, NOP));
    refuse_as(DIAG_MALFORMED, "unexpected end", CODE(I32));
}

static void other_features_are_named(void **state) {
    (void)state;
    refuse_as(DIAG_MALFORMED, "illegal opcode 0xff", CODE(0xff, END));
    refuse_as(DIAG_MALFORMED, "illegal opcode 0xfc 0x12", CODE(0xfc, 18, END));
    refuse_as(DIAG_MALFORMED, "illegal opcode 0xfc 0x10000", CODE(0xfc, 0x80, 0x80, 4, END));
}

enum {
    CALL_REF = 0x14,
    REF_FUNC = 0xd2,
    AS_NON_NULL = 0xd4,
    BR_ON_NULL = 0xd5,
    BR_ON_NON_NULL = 0xd6,
    REF = 0x64,
    REF_OR_NULL = 0x63,
    IS_NULL = 0xd1
};

static void typed_references(void **state) {
    (void)state;
    accept(T_NONE, CODE(I32, 1, I64, 1, REF_FUNC, 1, CALL_REF, T_I32_I64_F32, DROP, END));
    accept(T_NONE, CODE(NULL_REF, T_NONE, AS_NON_NULL, CALL_REF, T_NONE, END));
    refuse("type mismatch: expected (ref null 0), found (ref 2)", T_NONE, CODE(REF_FUNC, 1, CALL_REF, T_NONE, END));
    refuse("type mismatch: expected (ref null 0), found funcref", T_NONE, CODE(NULL_REF, 0x70, CALL_REF, T_NONE, END));
    refuse("unknown type 9", T_NONE, CODE(NULL_REF, 0x70, CALL_REF, 9, END));
    /* What is not null after the branch, and what is gone. */
    accept(T_NONE, CODE(BLOCK, NONE, NULL_REF, T_NONE, BR_ON_NULL, 0, CALL_REF, T_NONE, END, END));
    accept(T_NONE, CODE(BLOCK, REF, T_NONE, NULL_REF, T_NONE, BR_ON_NON_NULL, 0, RETURN, END, CALL_REF, T_NONE, END));
    refuse("type mismatch: label 0 takes no reference", T_NONE,
           CODE(BLOCK, NONE, NULL_REF, T_NONE, BR_ON_NON_NULL, 0, END, END));
    refuse("type mismatch: expected i32, found (ref 0)", T_NONE,
           CODE(BLOCK, GIVES_I32, NULL_REF, T_NONE, BR_ON_NON_NULL, 0, I32, 1, END, DROP, END));
    refuse("type mismatch: expected a reference, found i32", T_NONE, CODE(I32, 1, BR_ON_NULL, 0, DROP, END));
    /* A reference of unknown type is still none of the numbers. */
    accept(T_NONE, CODE(UNREACHABLE, AS_NON_NULL, CALL_REF, T_NONE, END));
    refuse("type mismatch: expected i32, found (ref unknown)", T_NONE,
           CODE(UNREACHABLE, AS_NON_NULL, IF, NONE, END, END));
    refuse("type mismatch: expected a number", T_NONE, CODE(UNREACHABLE, AS_NON_NULL, I32, 0, SELECT, DROP, END));
}

enum { RETURN_CALL = 0x12, RETURN_CALL_INDIRECT, RETURN_CALL_REF = 0x15 };

static void tail_calls_give_the_results_of_the_function(void **state) {
    (void)state;
    accept(T_NONE, CODE(RETURN_CALL, 2, END));
    accept(T_I32_I32, CODE(LOCAL_GET, 0, RETURN_CALL, 0, ADD, END)); /* behind it nothing is reached */
    accept(T_NONE, CODE(I32, 0, RETURN_CALL_INDIRECT, T_NONE, 0, END));
    accept(T_NONE, CODE(NULL_REF, T_NONE, RETURN_CALL_REF, T_NONE, END));
    accept(T_NONE, CODE(I32, 7, RETURN_CALL, 2, END)); /* what else is on the stack is left behind */
    refuse("type mismatch: the results of a tail call", T_I32_I32, CODE(RETURN_CALL, 2, END));
    refuse("type mismatch: the results of a tail call", T_NONE, CODE(I32, 1, I64, 1, RETURN_CALL, 1, END));
    refuse("type mismatch: the results of a tail call", T_I32_I32,
           CODE(NULL_REF, T_NONE, RETURN_CALL_REF, T_NONE, END));
    refuse("type mismatch: expected i32, found i64", T_I32_I32, CODE(I64, 1, RETURN_CALL, 0, END));
    refuse("type mismatch: expected i32, found an empty stack", T_NONE, CODE(RETURN_CALL_INDIRECT, T_NONE, 0, END));
    refuse("type mismatch: expected a table of funcref", T_NONE, CODE(I32, 0, RETURN_CALL_INDIRECT, T_NONE, 1, END));
    refuse("type mismatch: expected (ref null 0), found (ref 2)", T_NONE,
           CODE(REF_FUNC, 1, RETURN_CALL_REF, T_NONE, END));
    refuse("unknown function 3", T_NONE, CODE(RETURN_CALL, 3, END));
    refuse("unknown type 9", T_NONE, CODE(I32, 0, RETURN_CALL_INDIRECT, 9, 0, END));
}

/* One local of type (ref 0). */
#define WITH_LOCAL(...) BYTES(1, 1, REF, T_NONE, __VA_ARGS__)

static void locals_without_null_are_set_first(void **state) {
    (void)state;
    accept(T_NONE, WITH_LOCAL(END));
    accept(T_NONE, WITH_LOCAL(REF_FUNC, 1, DROP, NULL_REF, T_NONE, AS_NON_NULL, LOCAL_SET, 0, LOCAL_GET, 0, DROP, END));
    accept(T_NONE, WITH_LOCAL(NULL_REF, T_NONE, AS_NON_NULL, LOCAL_TEE, 0, DROP, BLOCK, NONE, LOCAL_GET, 0, DROP, END,
                              LOCAL_GET, 0, DROP, END));
    refuse("uninitialized local: local 0", T_NONE, WITH_LOCAL(LOCAL_GET, 0, DROP, END));
    refuse("uninitialized local: local 0", T_NONE, WITH_LOCAL(UNREACHABLE, LOCAL_GET, 0, DROP, END));
    /* What a block or one arm of an if sets counts to its end. */
    refuse("uninitialized local: local 0", T_NONE,
           WITH_LOCAL(BLOCK, NONE, NULL_REF, T_NONE, AS_NON_NULL, LOCAL_SET, 0, END, LOCAL_GET, 0, DROP, END));
    refuse(
        "uninitialized local: local 0", T_NONE,
        WITH_LOCAL(I32, 0, IF, NONE, NULL_REF, T_NONE, AS_NON_NULL, LOCAL_SET, 0, ELSE, LOCAL_GET, 0, DROP, END, END));
    accept(T_NONE, BYTES(1, 1, REF_OR_NULL, T_NONE, LOCAL_GET, 0, DROP, END));
}

/* Nesting grows the stacks of the validator, not its own. */
static void nesting_is_not_recursion(void **state) {
    (void)state;
    enum { DEPTH = 15000 };
    static struct image code;
    code.size = 0;
    image_bytes(&code, BYTES(0));
    for (int i = 0; i < DEPTH; i++)
        image_bytes(&code, BYTES(BLOCK, NONE));
    image_bytes(&code, BYTES(BR));
    image_u32(&code, DEPTH);
    for (int i = 0; i <= DEPTH; i++)
        image_bytes(&code, BYTES(END));
    accept(T_NONE, code.bytes, code.size);
    code.size = 0;
    image_bytes(&code, BYTES(0));
    for (int i = 0; i < DEPTH; i++)
        image_bytes(&code, BYTES(I32, 1));
    for (int i = 1; i < DEPTH; i++)
        image_bytes(&code, BYTES(ADD));
    image_bytes(&code, BYTES(END));
    accept(T_I32_I32, code.bytes, code.size);
}

/* Calls with 1000 results pile up values faster than bytes of code: there is a limit. */
static void operands_are_limited(void **state) {
    (void)state;
    static struct image part;
    part.size = 0;
    image_bytes(&part, BYTES(1, 0x60, 0));
    image_u32(&part, MAX_RESULTS);
    for (int i = 0; i < MAX_RESULTS; i++)
        image_bytes(&part, BYTES(0x7f));
    image_begin(&image);
    image_section(&image, 1, part.bytes, part.size);
    SECTION(&image, 3, 1, 0);
    part.size = 0;
    image_bytes(&part, BYTES(0));
    for (int i = 0; i < 2000; i++)
        image_bytes(&part, BYTES(CALL, 0));
    image_bytes(&part, BYTES(END));
    image_code(&image, part.bytes, part.size);
    assert_refused(&image, DIAG_LIMIT, "more than 1048576 values on the stack");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands_have_their_types),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(locals),
        cmocka_unit_test(counts_of_locals),
        cmocka_unit_test(globals),
        cmocka_unit_test(blocks),
        cmocka_unit_test(conditions),
        cmocka_unit_test(branches),
        cmocka_unit_test(branch_tables),
        cmocka_unit_test(labels_are_left_for_the_next),
        cmocka_unit_test(unreachable_code_is_polymorphic),
        cmocka_unit_test(calls),
        cmocka_unit_test(selections),
        cmocka_unit_test(references),
        cmocka_unit_test(accesses),
        cmocka_unit_test(tables_and_segments),
        cmocka_unit_test(data_count_is_needed),
        cmocka_unit_test(ends),
        cmocka_unit_test(other_features_are_named),
        cmocka_unit_test(typed_references),
        cmocka_unit_test(tail_calls_give_the_results_of_the_function),
        cmocka_unit_test(locals_without_null_are_set_first),
        cmocka_unit_test(nesting_is_not_recursion),
        cmocka_unit_test(operands_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
