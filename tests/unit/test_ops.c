/* The table of operators: consistent in itself, and every row reachable by its code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "wasm/features.h"
#include "wasm/validate_internal.h"

static void every_row_is_found_by_its_code(void **state) {
    (void)state;
    for (int op = 0; op < OP_COUNT; op++) assert_int_equal(op_find(op_infos[op].code), op);
}

static void other_codes_are_no_operators(void **state) {
    (void)state;
    uint32_t found = 0;
    for (uint32_t code = 0; code < 0x1000000; code += code < 0x100 ? 1 : 0x80) {
        for (uint32_t near = 0; near < (code < 0x100 ? 1u : 0x80u); near++) {
            const enum op op = op_find(code + near);
            if (op == OP_COUNT) continue;
            assert_int_equal(op_infos[op].code, code + near);
            found++;
        }
    }
    assert_int_equal(found, OP_COUNT);
    assert_int_equal(op_find(UINT32_MAX), OP_COUNT);
    assert_int_equal(op_find(0xfd0200), OP_COUNT); /* beyond the slots of a prefix */
}

/* The validator knows each operator in exactly one of two ways. */
static void signature_or_action(void **state) {
    (void)state;
    const struct op_signature *signatures = op_signatures();
    for (int op = 0; op < OP_COUNT; op++) {
        assert_int_equal(signatures[op].is_known, op_infos[op].signature != NULL);
        if (signatures[op].is_known == (validate_actions[op] != NULL)) fail_msg("%s", op_infos[op].text);
    }
}

static char letter_of(uint32_t type) {
    switch (type) {
    case TYPE_I32: return 'i';
    case TYPE_I64: return 'l';
    case TYPE_F32: return 'f';
    case TYPE_F64: return 'd';
    case TYPE_V128: return 'v';
    case TYPE_EQ | TYPE_NULLABLE: return 'q';
    case TYPE_ADDRESS: return 'p';
    default: return '?';
    }
}

/* The parsed signature, written again, is the row's. */
static void signatures_are_parsed(void **state) {
    (void)state;
    const struct op_signature *signatures = op_signatures();
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_signature *signature = &signatures[op];
        if (!signature->is_known) continue;
        char text[MAX_SIGNATURE + 2] = {0};
        int size = 0;
        for (int i = 0; i < signature->param_count; i++) text[size++] = letter_of(signature->types[i]);
        text[size++] = ':';
        for (int i = 0; i < signature->result_count; i++)
            text[size++] = letter_of(signature->types[signature->param_count + i]);
        assert_string_equal(text, op_infos[op].signature);
    }
}

/* An access of memory begins with its address, and nothing else has one. */
static void addresses_belong_to_accesses(void **state) {
    (void)state;
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        const bool is_access = info->form == FORM_LOAD || info->form == FORM_STORE ||
                               (info->form == FORM_ATOMIC && op != OP_ATOMIC_FENCE);
        assert_int_equal(info->imm >= IMM_MEM8 && info->imm <= IMM_MEM64_LANE, is_access);
        const char *p = info->signature ? strchr(info->signature, 'p') : NULL;
        assert_int_equal(p != NULL, is_access);
        if (p) assert_ptr_equal(p, info->signature);
    }
}

static void rows_are_complete(void **state) {
    (void)state;
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        assert_non_null(info->text);
        assert_true(info->feature < FEATURE_COUNT);
        if (info->form == FORM_COMPARE) assert_non_null(strstr(info->signature, ":i"));
        if (info->form == FORM_LOAD || info->form == FORM_STORE || info->form == FORM_TRAP) assert_non_null(info->c);
    }
    for (int feature = 0; feature < FEATURE_COUNT; feature++) assert_non_null(feature_infos[feature].name);
    assert_true(feature_infos[FEATURE_MVP].is_supported);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_code), cmocka_unit_test(other_codes_are_no_operators),
        cmocka_unit_test(signature_or_action),            cmocka_unit_test(signatures_are_parsed),
        cmocka_unit_test(addresses_belong_to_accesses),   cmocka_unit_test(rows_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
