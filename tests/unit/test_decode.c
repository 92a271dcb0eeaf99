/* The module decoder: what it makes of each section, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "module_bytes.h"

static struct image image;
static struct loaded loaded;

/* Types 0: [] -> [], 1: [i32] -> [i32] */
#define TYPES 2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f

static void assert_name(struct name name, const char *expected) {
    assert_int_equal(name.size, strlen(expected));
    assert_memory_equal(name.bytes, expected, name.size);
}

/* ---- header and order of sections ---- */

static void header_is_checked(void **state) {
    (void)state;
    image_begin(&image);
    assert_accepted(&image);
    image.size = 7;
    assert_refused(&image, DIAG_MALFORMED, "unexpected end");
    image.size = 3;
    assert_refused(&image, DIAG_MALFORMED, "magic header not detected");
    image_begin(&image);
    image.bytes[4] = 2;
    assert_refused(&image, DIAG_MALFORMED, "unknown binary version 2");
    image_begin(&image);
    memcpy(image.bytes + 4, "\x0d\0\1\0", 4);
    assert_refused(&image, DIAG_MALFORMED, "unknown binary version 0x1000d: a component");
}

static void sections_have_one_order(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 5, 1, 0, 1);
    SECTION(&image, 0, 1, 'x'); /* custom sections stand anywhere */
    SECTION(&image, 4, 0);
    assert_refused(&image, DIAG_MALFORMED, "unexpected content after last section: the table section");
    image_begin(&image);
    SECTION(&image, 1, 0);
    SECTION(&image, 1, 0);
    assert_refused(&image, DIAG_MALFORMED, "unexpected content after last section: the type section");
    image_begin(&image);
    SECTION(&image, 14, 0);
    assert_refused(&image, DIAG_MALFORMED, "malformed section id 14");
    /* tag comes before global, data count before code */
    image_begin(&image);
    SECTION(&image, 6, 0);
    SECTION(&image, 13, 0);
    assert_refused(&image, DIAG_MALFORMED, "unexpected content after last section: the tag section");
    image_begin(&image);
    SECTION(&image, 5, 0);
    SECTION(&image, 13, 0);
    SECTION(&image, 6, 0);
    SECTION(&image, 12, 0);
    SECTION(&image, 10, 0);
    SECTION(&image, 11, 0);
    assert_accepted(&image);
}

static void sections_have_their_size(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, 0, 0);
    assert_refused(&image, DIAG_MALFORMED, "section size mismatch");
    image_begin(&image);
    SECTION(&image, 5, 1, 0);
    assert_refused(&image, DIAG_MALFORMED, "unexpected end");
    image_begin(&image);
    image_bytes(&image, BYTES(1, 5, 0));
    assert_refused(&image, DIAG_MALFORMED, "length out of bounds");
    image_begin(&image);
    SECTION(&image, 1, 0xff, 0xff, 0xff, 0xff, 0x0f); /* 2^32 - 1 types in no bytes */
    assert_refused(&image, DIAG_MALFORMED, "unexpected end: 4294967295 types");
}

/* ---- a module with everything ---- */

static void make_full_module(void) {
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 2, 4, 1, 'm', 1, 'f', 0, 1, 1, 'm', 1, 't', 1, 0x70, 1, 2, 9, 1, 'm', 1, 'g', 3, 0x7f, 0, 1, 'm', 1,
            'h', 3, 0x7e, 1);
    SECTION(&image, 3, 2, 0, 0);
    SECTION(&image, 4, 1, 0x6f, 0, 5);
    SECTION(&image, 5, 1, 1, 1, 16);
    SECTION(&image, 6, 2, 0x7f, 1, 0x23, 0, 0x0b, 0x70, 0, 0xd2, 1, 0x0b); /* global.get 0; ref.func 1 */
    SECTION(&image, 7, 2, 3, 'r', 'u', 'n', 0, 2, 3, 'm', 'e', 'm', 2, 0);
    SECTION(&image, 8, 1);
    SECTION(&image, 9, 3, 0, 0x41, 1, 0x0b, 2, 0, 0, 1, 0, 1, 0, 5, 0x6f, 1, 0xd0, 0x6f, 0x0b);
    SECTION(&image, 12, 2);
    SECTION(&image, 10, 2, 2, 0, 0x0b, 2, 0, 0x0b);
    SECTION(&image, 11, 2, 0, 0x41, 8, 0x0b, 2, 'h', 'i', 1, 1, '!');
    SECTION(&image, 0, 4, 'n', 'a', 'm', 'e', 0, 4, 3, 'a', 'p', 'p', 1, 7, 2, 0, 1, 'f', 1, 1, 'g', 7, 4, 1, 2, 1,
            'c');
}

static void imports_come_first(void **state) {
    (void)state;
    make_full_module();
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    const struct module *m = &loaded.module;
    assert_int_equal(m->import_count, 4);
    assert_int_equal(m->func_count, 3);
    assert_int_equal(m->imported_func_count, 1);
    assert_int_equal(m->funcs[0].import, 0);
    assert_int_equal(m->funcs[0].type_idx, 1);
    assert_int_equal(m->funcs[0].body.size, 0);
    assert_int_equal(m->funcs[1].import, -1);
    assert_int_equal(m->funcs[1].body.size, 2);
    assert_memory_equal(image.bytes + m->funcs[1].body.offset, "\x00\x0b", 2);
    assert_int_equal(m->table_count, 2);
    assert_int_equal(m->tables[0].type.limits.max, 9);
    assert_false(m->tables[1].type.limits.has_max);
    assert_int_equal(m->tables[1].type.element, TYPE_EXTERNREF);
    assert_int_equal(m->memories[0].type.limits.max, 16);
    assert_int_equal(m->memories[0].type.page_log2, 16);
    assert_int_equal(m->imports[3].idx, 1);
    assert_int_equal(m->imports[3].kind, EXTERN_GLOBAL);
    assert_name(m->imports[3].name, "h");
    assert_true(m->globals[1].type.is_mutable);
    assert_int_equal(m->global_count, 4);
    assert_int_equal(m->globals[2].init.code.size, 3);
    assert_memory_equal(m->globals[2].init.code.bytes, "\x23\x00\x0b", 3);
    unload(&loaded);
}

static void segments_are_kept(void **state) {
    (void)state;
    make_full_module();
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    const struct module *m = &loaded.module;
    assert_int_equal(m->element_count, 3);
    assert_int_equal(m->elements[0].mode, SEGMENT_ACTIVE);
    assert_int_equal(m->elements[0].count, 2);
    assert_int_equal(m->elements[0].func_idxs[1], 0);
    assert_null(m->elements[0].inits);
    assert_int_equal(m->elements[1].mode, SEGMENT_PASSIVE);
    assert_int_equal(m->elements[2].type, TYPE_EXTERNREF);
    assert_null(m->elements[2].func_idxs);
    assert_int_equal(m->elements[2].inits[0].code.size, 3);
    assert_int_equal(m->data_count, 2);
    assert_true(m->has_data_count);
    assert_int_equal(m->datas[0].mode, SEGMENT_ACTIVE);
    assert_memory_equal(m->datas[0].bytes.bytes, "hi", 2);
    assert_int_equal(m->datas[1].mode, SEGMENT_PASSIVE);
    assert_int_equal(m->datas[1].bytes.size, 1);
    assert_int_equal(m->start_func, 1);
    unload(&loaded);
}

static void names_and_exports(void **state) {
    (void)state;
    make_full_module();
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    const struct module *m = &loaded.module;
    assert_name(m->name, "app");
    assert_name(m->funcs[0].name, "f");
    assert_name(m->funcs[1].name, "g");
    assert_int_equal(m->funcs[2].name.size, 0);
    assert_name(m->globals[2].name, "c");
    assert_ptr_equal(find_export(m, "run"), &m->exports[0]);
    assert_ptr_equal(find_export(m, "mem"), &m->exports[1]);
    assert_null(find_export(m, "ru"));
    assert_null(find_export(m, "runs"));
    /* 0: by element segments; 1: by a global; 2: by an export */
    for (uint32_t i = 0; i < m->func_count; i++) assert_true(m->funcs[i].is_declared);
    unload(&loaded);
}

/* Cut short, the module is malformed wherever the cut is, except behind the header, the types, the imports and the
 * data, where a whole module ends. The bytes are in memory of their own: a sanitizer sees reading beyond them. */
static void every_truncation_is_refused(void **state) {
    (void)state;
    make_full_module();
    int accepted = 0;
    for (size_t size = 0; size < image.size; size++) {
        uint8_t *bytes = malloc(size + !size);
        memcpy(bytes, image.bytes, size);
        if (load_bytes(&loaded, bytes, size))
            accepted++;
        else
            assert_int_equal(loaded.context.diag.kind, DIAG_MALFORMED);
        unload(&loaded);
        free(bytes);
    }
    assert_int_equal(accepted, 4);
}

/* ---- rules ---- */

static void wrong_names_are_no_error(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 3, 2, 0, 0);
    SECTION(&image, 10, 2, 2, 0, 0x0b, 2, 0, 0x0b);
    /* a name of a function that does not exist, and one that is cut off */
    SECTION(&image, 0, 4, 'n', 'a', 'm', 'e', 1, 13, 3, 0, 1, 'f', 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 'x', 1, 5, 'g');
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    assert_name(loaded.module.funcs[0].name, "f");
    assert_int_equal(loaded.module.funcs[1].name.size, 0);
    unload(&loaded);
    /* what is wrong after the names is an error as ever */
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 3, 1, 0);
    SECTION(&image, 10, 1, 3, 0, 0x1a, 0x0b);
    SECTION(&image, 0, 4, 'n', 'a', 'm', 'e', 1, 100, 0);
    assert_refused(&image, DIAG_INVALID, "type mismatch");
    image_begin(&image);
    SECTION(&image, 0, 1, 0x80);
    assert_refused(&image, DIAG_MALFORMED, "malformed UTF-8 encoding");
    image_begin(&image);
    SECTION(&image, 0, 9, 'x');
    assert_refused(&image, DIAG_MALFORMED, "length out of bounds");
}

static void export_names_are_unique(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 5, 1, 0, 1);
    SECTION(&image, 7, 4, 1, 'b', 2, 0, 1, 'a', 2, 0, 2, 'a', 'a', 2, 0, 0, 2, 0);
    assert_accepted(&image);
    image_begin(&image);
    SECTION(&image, 5, 1, 0, 1);
    SECTION(&image, 7, 3, 1, 'a', 2, 0, 1, 'b', 2, 0, 1, 'a', 2, 0);
    assert_refused(&image, DIAG_INVALID, "duplicate export name of exports 0 and 2");
    image_begin(&image);
    SECTION(&image, 7, 1, 1, 'a', 0, 3);
    assert_refused(&image, DIAG_INVALID, "unknown function 3 (the module has 0)");
}

static void limits_are_checked(void **state) {
    (void)state;
#define MEMORY(...) image_begin(&image), image_section(&image, 5, BYTES(1, __VA_ARGS__))
    MEMORY(0, 0x80, 0x80, 4);
    assert_accepted(&image);
    MEMORY(0, 0x81, 0x80, 4);
    assert_refused(&image, DIAG_INVALID, "memory size must be at most 65536 pages (4GiB)");
    MEMORY(1, 2, 1);
    assert_refused(&image, DIAG_INVALID, "size minimum must not be greater than maximum");
    MEMORY(16, 1);
    assert_refused(&image, DIAG_MALFORMED, "malformed limits flags");
    MEMORY(2, 1);
    assert_refused(&image, DIAG_INVALID, "shared memory must have maximum");
    MEMORY(3, 1, 1);
    assert_accepted(&image);
    MEMORY(3, 2, 1);
    assert_refused(&image, DIAG_INVALID, "size minimum must not be greater than maximum");
    image_begin(&image);
    SECTION(&image, 4, 1, 0x70, 3, 1, 1);
    assert_refused(&image, DIAG_MALFORMED, "malformed limits flags");
    image_begin(&image);
    SECTION(&image, 5, 2, 0, 1, 0, 1);
    assert_accepted(&image);
    image_begin(&image);
    SECTION(&image, 4, 1, 0x70, 0, 0x80, 0x80, 0x80, 0x80, 0x10);
    assert_refused(&image, DIAG_INVALID, "table size");
    image_begin(&image);
    SECTION(&image, 4, 1, 0x70, 4, 0x80, 0x80, 0x80, 0x80, 0x10);
    assert_accepted(&image);
}

/* 2^48 pages in LEB128, which is 6 bytes of 7 bits and a 64. */
#define PAGES_2_48 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40

static void limits_of_64_bits(void **state) {
    (void)state;
    MEMORY(4, 1);
    assert_accepted(&image);
    MEMORY(5, 0, PAGES_2_48);
    assert_accepted(&image);
    MEMORY(4, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40);
    assert_refused(&image, DIAG_INVALID, "memory size must be at most 2^48 pages");
    MEMORY(5, PAGES_2_48, 1);
    assert_refused(&image, DIAG_INVALID, "size minimum must not be greater than maximum: 281474976710656 and 1");
}

static void page_sizes(void **state) {
    (void)state;
    MEMORY(8, 1, 0);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    assert_int_equal(loaded.module.memories[0].type.page_log2, 0);
    assert_int_equal(memory_kind(&loaded.module, 0), MEMORY_BYTES);
    unload(&loaded);
    MEMORY(9, 1, 2, 16);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    assert_int_equal(memory_kind(&loaded.module, 0), MEMORY_PLAIN);
    unload(&loaded);
    MEMORY(12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0); /* 64 bits: 2^64 - 1 bytes */
    assert_accepted(&image);
    MEMORY(8, 0xff, 0xff, 0xff, 0xff, 0x0f, 0);
    assert_accepted(&image);
    MEMORY(8, 0x80, 0x80, 0x80, 0x80, 0x10, 0);
    assert_refused(&image, DIAG_INVALID, "memory size must be at most 2^32 - 1 pages of one byte");
    MEMORY(8, 1, 12);
    assert_refused(&image, DIAG_INVALID, "invalid custom page size: 2^12");
    MEMORY(8, 1, 63);
    assert_refused(&image, DIAG_INVALID, "invalid custom page size: 2^63");
    MEMORY(8, 1);
    assert_refused(&image, DIAG_MALFORMED, "unexpected end");
    image_begin(&image);
    SECTION(&image, 4, 1, 0x70, 8, 0, 0); /* tables have no pages */
    assert_refused(&image, DIAG_MALFORMED, "malformed limits flags 0x08");
#undef MEMORY
}

static void start_takes_and_gives_nothing(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 3, 1, 1);
    SECTION(&image, 8, 0);
    assert_refused(&image, DIAG_INVALID, "start function 0");
}

static void counts_of_sections_agree(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 3, 1, 0);
    assert_refused(&image, DIAG_MALFORMED, "function and code section have inconsistent lengths");
    image_begin(&image);
    SECTION(&image, 10, 1, 2, 0, 0x0b);
    assert_refused(&image, DIAG_MALFORMED, "function and code section have inconsistent lengths");
    image_begin(&image);
    SECTION(&image, 12, 1);
    assert_refused(&image, DIAG_MALFORMED, "data count and data section have inconsistent lengths");
    image_begin(&image);
    SECTION(&image, 12, 1);
    SECTION(&image, 11, 0);
    assert_refused(&image, DIAG_MALFORMED, "data count and data section have inconsistent lengths");
}

/* ---- constant expressions ---- */

static void assert_global(enum diag_kind kind, const char *message, const uint8_t *bytes, size_t size) {
    image_begin(&image);
    SECTION(&image, 2, 2, 0, 0, 3, 0x7f, 0, 0, 0, 3, 0x7f, 1); /* an immutable and a mutable i32 */
    image_section(&image, 6, bytes, size);
    if (message)
        assert_refused(&image, kind, message);
    else
        assert_accepted(&image);
}

static void constant_expressions(void **state) {
    (void)state;
    /* (global.get 0 + 5) * -1 */
    assert_global(0, NULL, BYTES(1, 0x7f, 0, 0x23, 0, 0x41, 5, 0x6a, 0x41, 0x7f, 0x6c, 0x0b));
    assert_global(0, NULL, BYTES(1, 0x7e, 0, 0x42, 1, 0x42, 2, 0x7d, 0x0b));
    /* a global before it, not itself */
    assert_global(0, NULL, BYTES(2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 2, 0x0b));
    assert_global(DIAG_INVALID, "unknown global 2", BYTES(1, 0x7f, 0, 0x23, 2, 0x0b));
    assert_global(DIAG_INVALID, "constant expression required: global 1 is mutable", BYTES(1, 0x7f, 0, 0x23, 1, 0x0b));
    assert_global(DIAG_INVALID, "constant expression required", BYTES(1, 0x7f, 0, 0x41, 0, 0x45, 0x0b));
    assert_global(DIAG_INVALID, "type mismatch: expected i32, found i64", BYTES(1, 0x7f, 0, 0x42, 0, 0x0b));
    assert_global(DIAG_INVALID, "type mismatch: expected i32, found an empty stack", BYTES(1, 0x7f, 0, 0x0b));
    assert_global(DIAG_INVALID, "type mismatch: 1 more values", BYTES(1, 0x7f, 0, 0x41, 0, 0x41, 0, 0x0b));
    assert_global(DIAG_MALFORMED, "unexpected end: END opcode expected", BYTES(1, 0x7f, 0, 0x41, 0));
    assert_global(DIAG_MALFORMED, "malformed mutability", BYTES(1, 0x7f, 2, 0x41, 0, 0x0b));
}

static void deep_constant_expressions(void **state) {
    (void)state;
    static struct image content;
    content.size = 0;
    image_bytes(&content, BYTES(1, 0x7f, 0));
    for (int i = 0; i < 1000; i++) image_bytes(&content, BYTES(0x41, 1));
    for (int i = 0; i < 999; i++) image_bytes(&content, BYTES(0x6a));
    image_bytes(&content, BYTES(0x0b));
    assert_global(0, NULL, content.bytes, content.size);
}

static void segments_fit_their_target(void **state) {
    (void)state;
#define WITH_TABLE(element, ...)                                                                                       \
    image_begin(&image), image_section(&image, 4, BYTES(1, element, 0, 1)), image_section(&image, 9, BYTES(__VA_ARGS__))
    WITH_TABLE(0x70, 1, 4, 0x41, 0, 0x0b, 1, 0xd0, 0x70, 0x0b);
    assert_accepted(&image);
    WITH_TABLE(0x6f, 1, 4, 0x41, 0, 0x0b, 1, 0xd0, 0x70, 0x0b);
    assert_refused(&image, DIAG_INVALID, "type mismatch: elements of type funcref");
    WITH_TABLE(0x70, 1, 2, 1, 0x41, 0, 0x0b, 0, 0);
    assert_refused(&image, DIAG_INVALID, "unknown table 1");
    WITH_TABLE(0x70, 1, 8, 0);
    assert_refused(&image, DIAG_MALFORMED, "malformed elements segment kind 8");
    WITH_TABLE(0x70, 1, 1, 1, 0);
    assert_refused(&image, DIAG_MALFORMED, "malformed element kind");
    WITH_TABLE(0x70, 1, 0, 0x42, 0, 0x0b, 0);
    assert_refused(&image, DIAG_INVALID, "type mismatch: expected i32, found i64");
#undef WITH_TABLE
    image_begin(&image);
    SECTION(&image, 11, 1, 0, 0x41, 0, 0x0b, 0);
    assert_refused(&image, DIAG_INVALID, "unknown memory 0");
    image_begin(&image);
    SECTION(&image, 11, 1, 3, 0);
    assert_refused(&image, DIAG_MALFORMED, "malformed data segment kind 3");
}

static void tables_may_have_a_value(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 4, 1, 0x40, 0, 0x70, 0, 3, 0xd0, 0x70, 0x0b);
    if (!load(&loaded, &image)) fail_msg("%s", loaded.context.diag.message);
    assert_int_equal(loaded.module.tables[0].init.code.size, 3);
    unload(&loaded);
    image_begin(&image);
    SECTION(&image, 4, 1, 0x64, 0x70, 0, 3);
    assert_refused(&image, DIAG_INVALID, "type mismatch: a table whose elements cannot be null needs a value");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_checked),           cmocka_unit_test(sections_have_one_order),
        cmocka_unit_test(sections_have_their_size),    cmocka_unit_test(imports_come_first),
        cmocka_unit_test(segments_are_kept),           cmocka_unit_test(names_and_exports),
        cmocka_unit_test(every_truncation_is_refused), cmocka_unit_test(wrong_names_are_no_error),
        cmocka_unit_test(export_names_are_unique),     cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(limits_of_64_bits),
        cmocka_unit_test(page_sizes),
        cmocka_unit_test(start_takes_and_gives_nothing), cmocka_unit_test(counts_of_sections_agree),
        cmocka_unit_test(constant_expressions),        cmocka_unit_test(deep_constant_expressions),
        cmocka_unit_test(segments_fit_their_target),   cmocka_unit_test(tables_may_have_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
