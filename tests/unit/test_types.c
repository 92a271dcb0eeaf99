/* Types: subtyping, equality of recursive groups, declared supertypes, spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "module_bytes.h"
#include "wasm/type_groups.h"

static struct image image;

/* ---- abstract types ---- */

static bool heap_below(enum type_code a, enum type_code b) {
    static const struct module empty;
    return type_matches(&empty, type_ref(a, true), type_ref(b, true));
}

/* Every pair of abstract heap types, against the pairs that the specification lists (3.3.3). */
static void abstract_types_form_four_trees(void **state) {
    (void)state;
    static const uint8_t pairs[][2] = {
        {TYPE_EQ, TYPE_ANY},        {TYPE_I31, TYPE_ANY},         {TYPE_STRUCT, TYPE_ANY}, {TYPE_ARRAY, TYPE_ANY},
        {TYPE_I31, TYPE_EQ},        {TYPE_STRUCT, TYPE_EQ},       {TYPE_ARRAY, TYPE_EQ},   {TYPE_NONE, TYPE_ANY},
        {TYPE_NONE, TYPE_EQ},       {TYPE_NONE, TYPE_I31},        {TYPE_NONE, TYPE_STRUCT}, {TYPE_NONE, TYPE_ARRAY},
        {TYPE_NOFUNC, TYPE_FUNC},   {TYPE_NOEXTERN, TYPE_EXTERN}, {TYPE_NOEXN, TYPE_EXN},
    };
    for (int a = TYPE_EXN; a <= TYPE_NOEXN; a++) {
        for (int b = TYPE_EXN; b <= TYPE_NOEXN; b++) {
            bool expected = a == b;
            for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
                expected |= pairs[i][0] == a && pairs[i][1] == b;
            if (heap_below((enum type_code)a, (enum type_code)b) != expected) fail_msg("0x%x <: 0x%x", a, b);
        }
    }
}

static void numbers_match_themselves_alone(void **state) {
    (void)state;
    static const struct module empty;
    static const valtype types[] = {TYPE_I32, TYPE_I64, TYPE_F32, TYPE_F64, TYPE_V128, TYPE_FUNCREF, TYPE_EXTERNREF};
    for (size_t a = 0; a < 7; a++) {
        for (size_t b = 0; b < 7; b++) assert_int_equal(type_matches(&empty, types[a], types[b]), a == b);
        assert_true(type_matches(&empty, TYPE_BOTTOM, types[a]));
    }
}

static void null_does_not_fit_in_non_null(void **state) {
    (void)state;
    static const struct module empty;
    assert_true(type_matches(&empty, type_ref(TYPE_FUNC, false), TYPE_FUNCREF));
    assert_false(type_matches(&empty, TYPE_FUNCREF, type_ref(TYPE_FUNC, false)));
    assert_true(type_is_defaultable(TYPE_FUNCREF));
    assert_true(type_is_defaultable(TYPE_I64));
    assert_false(type_is_defaultable(type_ref(TYPE_FUNC, false)));
}

/* ---- groups ----
 *
 * Two groups { f = func -> (ref f), g = func -> (ref f) } are equal; with the second result changed they are not. */

struct group_fixture {
    struct arena arena;
    struct type_groups groups;
    struct type types[16];
    valtype results[16];
    uint32_t count;
};

static struct type func_to(struct group_fixture *fixture, uint32_t idx, valtype result) {
    fixture->results[idx] = result;
    return (struct type){.composite = COMPOSITE_FUNC,
                         .is_final = true,
                         .supertype = NO_TYPE,
                         .func = {.results = &fixture->results[idx], .result_count = 1}};
}

static void add_pair(struct group_fixture *fixture, uint32_t first_refers, uint32_t second_refers) {
    const uint32_t start = fixture->count;
    fixture->types[start] = func_to(fixture, start, type_ref_defined(first_refers, false));
    fixture->types[start + 1] = func_to(fixture, start + 1, type_ref_defined(second_refers, false));
    fixture->count += 2;
    type_groups_add(&fixture->groups, &fixture->arena, fixture->types, start, 2);
}

static void equal_groups_have_one_canon(void **state) {
    (void)state;
    struct group_fixture f = {0};
    add_pair(&f, 0, 0);
    add_pair(&f, 2, 2); /* the same, one group on */
    add_pair(&f, 4, 5); /* the second refers to itself instead */
    add_pair(&f, 0, 0); /* refers out of the group: not the same as inwards */
    add_pair(&f, 2, 0); /* the same, since 2 equals 0 */
    const uint32_t expected[] = {0, 1, 0, 1, 4, 5, 6, 7, 6, 7};
    for (uint32_t i = 0; i < f.count; i++) assert_int_equal(f.types[i].canonical, expected[i]);
    assert_int_equal(f.types[3].group_start, 2);
    assert_int_equal(f.types[3].group_size, 2);

    const struct module module = {.types = f.types, .type_count = f.count};
    assert_true(type_matches(&module, type_ref_defined(2, false), type_ref_defined(0, true)));
    assert_false(type_matches(&module, type_ref_defined(4, false), type_ref_defined(0, true)));
    assert_true(type_matches(&module, type_ref_defined(4, true), TYPE_FUNCREF));
    assert_false(type_matches(&module, type_ref_defined(4, true), TYPE_EXTERNREF));
    assert_true(type_matches(&module, type_ref(TYPE_NOFUNC, true), type_ref_defined(4, true)));
    assert_false(type_matches(&module, type_ref(TYPE_NONE, true), type_ref_defined(4, true)));
    arena_free(&f.arena);
}

static void many_groups_are_told_apart(void **state) {
    (void)state;
    enum { COUNT = 3000 };
    static struct type types[COUNT];
    static valtype params[COUNT];
    struct arena arena = {0};
    struct type_groups groups = {0};
    for (uint32_t i = 0; i < COUNT; i++) {
        /* Type i takes a reference to type i / 2 - 1; pairs of neighbours are therefore equal. */
        params[i] = i < 2 ? (valtype)TYPE_I32 : type_ref_defined(i / 2 - 1, true);
        const struct functype type = {.params = &params[i], .param_count = 1};
        types[i] = (struct type){.is_final = true, .supertype = NO_TYPE, .func = type};
        type_groups_add(&groups, &arena, types, i, 1);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t expected = i; /* the first type whose parameter is canonically the same */
        for (uint32_t k = 0; k < i && expected == i; k++) {
            const bool both_refer = i >= 2 && k >= 2;
            const bool is_same = both_refer ? types[i / 2 - 1].canonical == types[k / 2 - 1].canonical : i < 2 && k < 2;
            if (is_same) expected = k;
        }
        assert_int_equal(types[i].canonical, expected);
    }
    arena_free(&arena);
}

/* ---- the type section: rules hold although the feature is not supported ---- */

static void assert_types(enum diag_kind kind, const char *message, const uint8_t *bytes, size_t size) {
    image_begin(&image);
    image_section(&image, 1, bytes, size);
    assert_refused(&image, kind, message);
}

/* The types are valid; that they are used may still need a feature. */
static void accept_types(const uint8_t *bytes, size_t size) {
    static struct loaded loaded;
    image_begin(&image);
    image_section(&image, 1, bytes, size);
    if (!load(&loaded, &image) && loaded.context.diag.kind != DIAG_UNSUPPORTED)
        fail_msg("%s", loaded.context.diag.message);
    unload(&loaded);
}

static void supertypes_are_checked(void **state) {
    (void)state;
    /* (sub (struct i32)), (sub 0 (struct i32 i64)) */
    accept_types(BYTES(2, 0x50, 0, 0x5f, 1, 0x7f, 0, 0x50, 1, 0, 0x5f, 2, 0x7f, 0, 0x7e, 0));
    /* a field fewer, another field, another mutability */
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x5f, 1, 0x7f, 0, 0x50, 1, 0, 0x5f, 0));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x5f, 1, 0x7f, 0, 0x50, 1, 0, 0x5f, 1, 0x7e, 0));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x5f, 1, 0x7f, 0, 0x50, 1, 0, 0x5f, 1, 0x7f, 1));
    /* immutable fields may be narrower, mutable ones not: anyref and eqref */
    accept_types(BYTES(2, 0x50, 0, 0x5e, 0x6e, 0, 0x50, 1, 0, 0x5e, 0x6d, 0));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x5e, 0x6e, 1, 0x50, 1, 0, 0x5e, 0x6d, 1));
    /* a final supertype, one of another kind, a later one, itself, two of them */
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x60, 0, 0, 0x50, 1, 0, 0x60, 0, 0));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x60, 0, 0, 0x50, 1, 0, 0x5f, 0));
    assert_types(DIAG_INVALID, "unknown type 1", BYTES(2, 0x50, 1, 1, 0x60, 0, 0, 0x60, 0, 0));
    assert_types(DIAG_INVALID, "unknown type 0", BYTES(1, 0x50, 1, 0, 0x60, 0, 0));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x60, 0, 0, 0x50, 2, 0, 0, 0x60, 0, 0));
}

static void functions_vary_as_they_must(void **state) {
    (void)state;
    /* parameters may be wider, results narrower: (eqref) -> anyref above (anyref) -> eqref */
    accept_types(BYTES(2, 0x50, 0, 0x60, 1, 0x6d, 1, 0x6e, 0x50, 1, 0, 0x60, 1, 0x6e, 1, 0x6d));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x60, 1, 0x6e, 0, 0x50, 1, 0, 0x60, 1, 0x6d, 0));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x60, 0, 1, 0x6d, 0x50, 1, 0, 0x60, 0, 1, 0x6e));
    assert_types(DIAG_INVALID, "sub type", BYTES(2, 0x50, 0, 0x60, 0, 0, 0x50, 1, 0, 0x60, 0, 1, 0x7f));
}

static void groups_bound_references(void **state) {
    (void)state;
    /* rec { struct (ref null 1), struct (ref null 0) }, and the same with 2, which does not exist */
    accept_types(BYTES(1, 0x4e, 2, 0x5f, 1, 0x63, 1, 0, 0x5f, 1, 0x63, 0, 0));
    assert_types(DIAG_INVALID, "unknown type 2", BYTES(1, 0x4e, 2, 0x5f, 1, 0x63, 2, 0, 0x5f, 1, 0x63, 0, 0));
    /* without a group a type can refer to itself, not onwards */
    accept_types(BYTES(1, 0x60, 1, 0x64, 0, 0));
    assert_types(DIAG_INVALID, "unknown type 1", BYTES(2, 0x60, 1, 0x63, 1, 0, 0x60, 0, 0));
    /* packed types are for fields, and mutability is 0 or 1 */
    accept_types(BYTES(1, 0x5e, 0x78, 1));
    assert_types(DIAG_MALFORMED, "malformed value type", BYTES(1, 0x60, 1, 0x78, 0));
    assert_types(DIAG_MALFORMED, "malformed mutability", BYTES(1, 0x5e, 0x78, 2));
    assert_types(DIAG_MALFORMED, "malformed definition type", BYTES(1, 0x40, 0, 0));
}

static void deep_chains_are_refused(void **state) {
    (void)state;
    static struct image types;
    types.size = 0;
    image_u32(&types, MAX_SUBTYPE_DEPTH + 2);
    image_bytes(&types, BYTES(0x50, 0, 0x60, 0, 0));
    for (uint32_t i = 0; i <= MAX_SUBTYPE_DEPTH; i++) {
        image_bytes(&types, BYTES(0x50, 1));
        image_u32(&types, i);
        image_bytes(&types, BYTES(0x60, 0, 0));
    }
    image_begin(&image);
    image_section(&image, 1, types.bytes, types.size);
    assert_refused(&image, DIAG_LIMIT, "type 64 has more than 63 supertypes");
}

/* ---- spelling ---- */

static void types_are_spelled(void **state) {
    (void)state;
    struct text text = {0};
    const valtype types[] = {TYPE_I32,
                             TYPE_V128,
                             TYPE_FUNCREF,
                             TYPE_EXTERNREF,
                             type_ref(TYPE_FUNC, false),
                             type_ref(TYPE_NOEXTERN, true),
                             type_ref_defined(5, true),
                             type_ref_defined(MAX_TYPES - 1, false),
                             TYPE_BOTTOM};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        type_print(&text, types[i]);
        text_char(&text, ';');
    }
    assert_string_equal(text_string(&text), "i32;v128;funcref;externref;(ref func);(ref null noextern);(ref null 5);"
                                            "(ref 999999);unknown;");
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(abstract_types_form_four_trees), cmocka_unit_test(numbers_match_themselves_alone),
        cmocka_unit_test(null_does_not_fit_in_non_null),  cmocka_unit_test(equal_groups_have_one_canon),
        cmocka_unit_test(many_groups_are_told_apart),     cmocka_unit_test(supertypes_are_checked),
        cmocka_unit_test(functions_vary_as_they_must),    cmocka_unit_test(groups_bound_references),
        cmocka_unit_test(deep_chains_are_refused),        cmocka_unit_test(types_are_spelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
