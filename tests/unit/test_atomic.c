/* Validation of the atomic operators, each by its row: the one alignment that is right, all that are wrong, operands of
 * the row's types and of others; and the meaning of w2c/ops_atomic.h where it does not depend on other threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "module_bytes.h"

enum { FIRST = OP_MEMORY_ATOMIC_NOTIFY, LAST = OP_I64_ATOMIC_RMW32_CMPXCHG };

static struct image image;

/* One function, () -> (), in a module with one memory that `limits` describes; none if `limits_size` is 0. */
static void make_module(const uint8_t *limits, size_t limits_size, const struct image *code) {
    static struct image bodies;
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    SECTION(&image, 3, 1, 0);
    bodies.size = 0;
    if (limits_size) {
        image_u32(&bodies, 1);
        image_bytes(&bodies, limits, limits_size);
        image_section(&image, 5, bodies.bytes, bodies.size);
    }
    bodies.size = 0;
    image_u32(&bodies, 1);
    image_u32(&bodies, (uint32_t)code->size);
    image_bytes(&bodies, code->bytes, code->size);
    image_section(&image, 10, bodies.bytes, bodies.size);
}

static unsigned natural(int op) {
    return (unsigned)op_infos[op].imm - IMM_MEM8;
}

/* Constants of the operator's types, the operator, and its result dropped. `wrong` is the operand that gets the other
 * type, or -1. */
static void write_body(struct image *code, int op, unsigned align, int wrong) {
    const char *letter = op_infos[op].signature;
    code->size = 0;
    image_u32(code, 0);
    for (int i = 0; *letter != ':'; letter++, i++) {
        const bool is_long = (*letter == 'l') != (i == wrong);
        image_bytes(code, BYTES(is_long ? 0x42 : 0x41, 0));
    }
    image_bytes(code, BYTES(0xfe));
    image_u32(code, op_infos[op].code & 0xffff);
    image_u32(code, align);
    if (op != OP_ATOMIC_FENCE) image_u32(code, 0);
    if (letter[1]) image_bytes(code, BYTES(0x1a));
    image_bytes(code, BYTES(0x0b));
}

static const uint8_t shared[] = {3, 1, 2}, unshared[] = {0, 1};

static void each_operator_wants_its_alignment(void **state) {
    (void)state;
    static struct image code;
    for (int op = FIRST; op <= LAST; op++) {
        if (op == OP_ATOMIC_FENCE) continue;
        for (unsigned align = 0; align < 8; align++) {
            write_body(&code, op, align, -1);
            make_module(shared, sizeof shared, &code);
            if (align == natural(op))
                assert_accepted(&image);
            else
                assert_refused(&image, DIAG_INVALID, "atomic alignment must be natural");
        }
    }
}

static void unshared_memories_take_them_all(void **state) {
    (void)state;
    static struct image code;
    for (int op = FIRST; op <= LAST; op++) {
        write_body(&code, op, op == OP_ATOMIC_FENCE ? 0 : natural(op), -1);
        make_module(unshared, sizeof unshared, &code);
        assert_accepted(&image);
        make_module(NULL, 0, &code);
        if (op == OP_ATOMIC_FENCE)
            assert_accepted(&image);
        else
            assert_refused(&image, DIAG_INVALID, "unknown memory 0");
    }
}

static void operands_have_the_types_of_the_row(void **state) {
    (void)state;
    static struct image code;
    for (int op = FIRST; op <= LAST; op++) {
        const int operands = (int)(strchr(op_infos[op].signature, ':') - op_infos[op].signature);
        for (int i = 0; i < operands; i++) {
            write_body(&code, op, natural(op), i);
            make_module(shared, sizeof shared, &code);
            assert_refused(&image, DIAG_INVALID, "type mismatch");
        }
    }
}

static void fences_end_in_zero(void **state) {
    (void)state;
    static struct image code;
    write_body(&code, OP_ATOMIC_FENCE, 1, -1);
    make_module(NULL, 0, &code);
    assert_refused(&image, DIAG_MALFORMED, "zero byte expected");
}

static void codes_without_a_row_are_illegal(void **state) {
    (void)state;
    static const uint8_t absent[] = {0x04, 0x0f, 0x4f, 0x7f};
    for (size_t i = 0; i < sizeof absent; i++) {
        struct image code = {.size = 0};
        image_bytes(&code, BYTES(0, 0xfe, absent[i], 0, 0, 0x0b));
        make_module(shared, sizeof shared, &code);
        assert_refused(&image, DIAG_MALFORMED, "illegal opcode 0xfe");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator_wants_its_alignment),  cmocka_unit_test(unshared_memories_take_them_all),
        cmocka_unit_test(operands_have_the_types_of_the_row), cmocka_unit_test(fences_end_in_zero),
        cmocka_unit_test(codes_without_a_row_are_illegal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
