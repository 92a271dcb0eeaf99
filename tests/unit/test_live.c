/* Live instances, with an engine that runs nothing: what is made of a module, in which order, and what is left after a
 * trap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/live.h"
#include "module_bytes.h"

/* ---- a toy ----
 * A call adds the function's index to a log and gives 1000 + index as every result. */

static uint32_t calls[16];
static size_t call_count;
static unsigned link_count, free_count;
static enum w2c_trap link_trap; /* what the toy's link does */

static void toy_body(void) {
    fail();
}

static void toy_link(struct live_instance *instance) {
    const struct module *m = instance->live->module;
    link_count++;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        struct live_func *func = &instance->own_funcs[i - m->imported_func_count];
        assert_ptr_equal(func->instance, instance);
        assert_int_equal(func->func_idx, i);
        assert_ptr_equal(instance->funcs[i], &func->record);
        func->record.code = toy_body;
        func->record.context = func;
    }
    if (link_trap) w2c_trap(link_trap);
}

static void toy_invoke(const struct w2c_func *record, const union w2c_value *arguments, union w2c_value *results) {
    (void)arguments;
    const struct live_func *func = record->context;
    const struct module *m = func->instance->live->module;
    assert_true(record->code == toy_body);
    calls[call_count++] = func->func_idx;
    const struct functype *type = func_type(m, func->func_idx);
    for (uint32_t i = 0; i < type->result_count; i++)
        results[i].i32 = 1000 + func->func_idx;
}

static void trapping_invoke(const struct w2c_func *record, const union w2c_value *arguments, union w2c_value *results) {
    toy_invoke(record, arguments, results);
    w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
}

static void toy_free(struct live_instance *instance) {
    (void)instance;
    free_count++;
}

static const struct engine toy = {.name = "toy", .link = toy_link, .invoke = toy_invoke, .free = toy_free};

static const struct engine trapping_toy = {
    .name = "trapping", .link = toy_link, .invoke = trapping_invoke, .free = toy_free};

static int reset(void **state) {
    (void)state;
    call_count = 0;
    link_count = free_count = 0;
    link_trap = W2C_OK;
    return 0;
}

/* ---- modules ---- */

static struct image image;

/* A module and its description, of the image as it was. */
struct opened {
    struct image image;
    struct loaded loaded;
    struct live_module *live;
};

static struct opened *open_with(const struct engine *engine) {
    struct opened *opened = calloc(1, sizeof *opened);
    opened->image = image;
    if (!load(&opened->loaded, &opened->image)) fail_msg("%s", opened->loaded.context.diag.message);
    opened->live =
        live_open(&opened->loaded.module, engine, &opened->loaded.arena, "test.wasm", W2C_BOUNDS_GUARD);
    return opened;
}

static void close_module(struct opened *opened) {
    unload(&opened->loaded);
    free(opened);
}

static struct live_instance *make(const struct opened *opened, const struct w2c_extern *imports, size_t count) {
    struct w2c_error error;
    struct w2c_instance *instance = w2c_instantiate(&opened->live->descriptor, imports, count, &error);
    if (!instance) fail_msg("%s", error.message);
    return live_of(instance);
}

static void assert_no_instance(const struct opened *opened, const struct w2c_extern *imports, size_t count,
                               const char *message) {
    struct w2c_error error;
    assert_null(w2c_instantiate(&opened->live->descriptor, imports, count, &error));
    assert_begins_with(error.message, message);
}

static struct w2c_extern get(struct live_instance *instance, const char *name) {
    struct w2c_extern found;
    assert_true(w2c_find_export(&instance->head, name, strlen(name), &found, NULL));
    return found;
}

#define I32 0x7f
#define I64 0x7e
#define F64 0x7c
#define FUNCREF 0x70
#define EXTERNREF 0x6f
#define END 0x0b
#define I32_CONST(value) 0x41, value
#define I64_CONST(value) 0x42, value
#define EMPTY_BODY 2, 0, END
#define ZERO_BODY 4, 0, I32_CONST(0), END

/* Types 0: [] -> [], 1: [] -> [i32], 2: [f64] -> [], 3: [i32 i64] -> [f64 externref] */
#define TYPES 4, 0x60, 0, 0, 0x60, 0, 1, I32, 0x60, 1, F64, 0, 0x60, 2, I32, I64, 2, F64, EXTERNREF

/* ---- the description ---- */

static void the_descriptor_says_what_the_module_says(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 2, 5, 1, 'a', 2, 'f', 0, 0, 3, 1, 'a', 1, 't', 1, FUNCREF, 1, 2, 9, 1, 'a', 1, 'm', 2, 0, 3, 1,
            'a', 1, 'g', 3, I64, 1, 1, 'b', 1, 'c', 3, EXTERNREF, 0);
    SECTION(&image, 7, 4, 1, 'x', 0, 0, 1, 'y', 1, 0, 1, 'z', 2, 0, 2, 'w', 0, 3, 1);
    struct opened *opened = open_with(&toy);
    const struct w2c_module *d = &opened->live->descriptor;
    assert_int_equal(d->abi, W2C_ABI);
    assert_string_equal(d->name, "test.wasm");
    assert_int_equal(d->import_count, 5);
    assert_int_equal(d->imports[0].name_bytes, 2);
    assert_memory_equal(d->imports[0].name, "f\0", 3);
    assert_int_equal(d->imports[0].kind, W2C_FUNC);
    assert_string_equal(d->imports[0].type, "il:dE");
    assert_string_equal(d->imports[1].type, "F");
    assert_true(d->imports[1].has_max && d->imports[1].min == 2 && d->imports[1].max == 9);
    assert_true(!d->imports[2].has_max && d->imports[2].min == 3 && d->imports[2].kind == W2C_MEMORY);
    assert_true(d->imports[3].is_mutable && strcmp(d->imports[3].type, "l") == 0);
    assert_true(!d->imports[4].is_mutable && strcmp(d->imports[4].type, "E") == 0);
    assert_int_equal(d->export_count, 4);
    assert_string_equal(d->exports[0].type, "il:dE");
    assert_true(d->exports[0].invoke == toy_invoke);
    assert_true(d->exports[1].kind == W2C_TABLE && !d->exports[1].invoke);
    assert_memory_equal(d->exports[3].name, "w\0", 3);
    assert_int_equal(d->function_count, 1);
    close_module(opened);
}

/* ---- state ---- */

static void globals_have_the_values_of_their_expressions(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 3, 1, 0);
    SECTION(&image, 6, 7,                                                                   /* */
            I32, 0, I32_CONST(0x7f), END,                                                   /* -1 */
            I64, 1, I64_CONST(0x7e), END,                                                   /* -2 */
            F64, 0, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, END,                                /* 1.5 */
            I32, 0, 0x23, 0, END,                                                           /* global 0 */
            FUNCREF, 0, 0xd2, 0, END,                                                       /* function 0 */
            EXTERNREF, 0, 0xd0, EXTERNREF, END,                                             /* null */
            I32, 1, I32_CONST(7), I32_CONST(3), 0x23, 0, 0x6a, 0x6c, I32_CONST(5), 0x6b, END /* 7 * (3 + -1) - 5 */
    );
    SECTION(&image, 7, 1, 1, 'g', 3, 6);
    SECTION(&image, 10, 1, EMPTY_BODY);
    struct opened *opened = open_with(&toy);
    struct live_instance *instance = make(opened, NULL, 0);
    assert_int_equal(*(uint32_t *)instance->globals[0], UINT32_MAX);
    assert_true(*(uint64_t *)instance->globals[1] == UINT64_MAX - 1);
    assert_true(*(double *)instance->globals[2] == 1.5);
    assert_int_equal(*(uint32_t *)instance->globals[3], UINT32_MAX);
    assert_ptr_equal(*(const void **)instance->globals[4], instance->funcs[0]);
    assert_null(*(const void **)instance->globals[5]);
    assert_int_equal(*(uint32_t *)instance->globals[6], 9);
    const struct w2c_extern global = get(instance, "g");
    assert_true(global.kind == W2C_GLOBAL && global.global.type == 'i' && global.global.is_mutable);
    assert_ptr_equal(global.global.cell, instance->globals[6]);
    w2c_instance_delete(&instance->head);
    close_module(opened);
}

/* 40 constants on the stack at once, more than the evaluator has room for without asking the arena. */
static void deep_expressions_are_evaluated(void **state) {
    (void)state;
    enum { DEPTH = 40 };
    static struct image content;
    content.size = 0;
    image_bytes(&content, BYTES(1, I32, 0));
    for (int i = 0; i < DEPTH; i++)
        image_bytes(&content, BYTES(I32_CONST(1)));
    for (int i = 1; i < DEPTH; i++)
        image_bytes(&content, BYTES(0x6a));
    image_bytes(&content, BYTES(END));
    image_begin(&image);
    image_section(&image, 6, content.bytes, content.size);
    struct opened *opened = open_with(&toy);
    struct live_instance *instance = make(opened, NULL, 0);
    assert_int_equal(*(uint32_t *)instance->globals[0], DEPTH);
    w2c_instance_delete(&instance->head);
    close_module(opened);
}

/* A table of 4, a memory of a page, a start function, and segments of all modes. */
static void segments_module(uint8_t data_offset) {
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 3, 3, 0, 1, 2);
    SECTION(&image, 4, 1, FUNCREF, 0, 4);
    SECTION(&image, 5, 1, 1, 1, 5);
    SECTION(&image, 7, 3, 1, 't', 1, 0, 1, 'm', 2, 0, 1, 'f', 0, 1);
    SECTION(&image, 8, 0);
    SECTION(&image, 9, 3, 0, I32_CONST(2), END, 2, 1, 2, /* active at 2: functions 1, 2 */
            1, 0, 1, 0,                                  /* passive: function 0 */
            3, 0, 1, 0);                                 /* declarative */
    SECTION(&image, 12, 3);
    SECTION(&image, 10, 3, EMPTY_BODY, ZERO_BODY, EMPTY_BODY);
    SECTION(&image, 11, 3, 0, I32_CONST(8), END, 3, 'a', 'b', 'c', 1, 2, 'p', 'q', 0, 0x41, data_offset, 0x80 | 0x7c,
            0x03, END, 2, 'y', 'z');
}

static void active_segments_are_copied_and_dropped(void **state) {
    (void)state;
    segments_module(0xfe); /* 0xfe 0xfc 0x03: 65150 */
    struct opened *opened = open_with(&toy);
    struct live_instance *instance = make(opened, NULL, 0);
    const struct w2c_table *table = get(instance, "t").table;
    assert_int_equal(table->size, 4);
    assert_int_equal(table->type, 'F');
    assert_null(table->elements[1]);
    assert_ptr_equal(table->elements[2], instance->funcs[1]);
    assert_ptr_equal(table->elements[3], instance->funcs[2]);
    assert_int_equal(instance->elements[0].count, 0);
    assert_int_equal(instance->elements[1].count, 1);
    assert_ptr_equal(instance->elements[1].refs[0], instance->funcs[0]);
    assert_int_equal(instance->elements[2].count, 0);
    const struct w2c_memory *memory = get(instance, "m").memory;
    assert_memory_equal(memory->base + 8, "abc", 4);
    assert_int_equal(memory->base[65150], 'y');
    assert_int_equal(instance->datas[0].size, 0);
    assert_int_equal(instance->datas[1].size, 2);
    assert_int_equal(calls[0], 0);
    assert_int_equal(call_count, 1);
    assert_int_equal(link_count, 1);
    w2c_instance_delete(&instance->head);
    assert_int_equal(free_count, 1);
    close_module(opened);
}

static void exported_functions_can_be_called(void **state) {
    (void)state;
    segments_module(0xfe);
    struct opened *opened = open_with(&toy);
    struct live_instance *instance = make(opened, NULL, 0);
    union w2c_value result = {0};
    assert_int_equal(w2c_invoke(&instance->head, "f", 1, NULL, &result, NULL), W2C_OK);
    assert_int_equal(result.i32, 1001);
    assert_int_equal(get(instance, "f").func->type, w2c_type_id(":i"));
    w2c_instance_delete(&instance->head);
    close_module(opened);
}

/* ---- imports ---- */

/* Imports all that segments_module exports, and writes into it: an element, a byte; then a data segment traps. */
static void importing_module(uint8_t data_offset) {
    image_begin(&image);
    SECTION(&image, 1, TYPES);
    SECTION(&image, 2, 3, 1, 'a', 1, 't', 1, FUNCREF, 0, 2, 1, 'a', 1, 'm', 2, 0, 1, 1, 'a', 1, 'f', 0, 1);
    SECTION(&image, 3, 1, 1);
    SECTION(&image, 7, 1, 1, 'f', 0, 0);
    SECTION(&image, 9, 1, 0, I32_CONST(0), END, 2, 0, 1);
    SECTION(&image, 10, 1, ZERO_BODY);
    SECTION(&image, 11, 2, 0, I32_CONST(0), END, 1, '!', 0, 0x41, data_offset, 0xff, 0x03, END, 2, 'y', 'z');
}

static void instances_import_from_each_other(void **state) {
    (void)state;
    segments_module(0xfe);
    struct opened *provider = open_with(&toy);
    struct live_instance *first = make(provider, NULL, 0);
    importing_module(0xfe); /* 65534: the last two bytes */
    struct opened *user = open_with(&toy);
    const struct w2c_extern imports[] = {get(first, "t"), get(first, "m"), get(first, "f")};
    struct live_instance *second = make(user, imports, 3);
    assert_ptr_equal(second->tables[0], first->tables[0]);
    assert_ptr_equal(second->memories[0], first->memories[0]);
    assert_ptr_equal(second->funcs[0], first->funcs[1]);
    assert_ptr_equal(first->tables[0]->elements[0], first->funcs[1]);
    assert_ptr_equal(first->tables[0]->elements[1], second->funcs[1]);
    assert_memory_equal(first->memories[0]->base + 65534, "yz", 2);
    assert_ptr_equal(get(second, "f").func, first->funcs[1]);
    assert_no_instance(user, imports, 2, "2 imports given, 3 needed");
    const struct w2c_extern wrong[] = {imports[0], imports[0], imports[2]};
    assert_no_instance(user, wrong, 3, "incompatible import type \"a\" \"m\"");
    w2c_instance_delete(&second->head);
    assert_int_equal(first->memories[0]->size_bytes, 65536);
    w2c_instance_delete(&first->head);
    close_module(user);
    close_module(provider);
}

/* The specification keeps what was written before the trap, and the functions that it let out. */
static void what_was_written_before_a_trap_stays(void **state) {
    (void)state;
    segments_module(0xfe);
    struct opened *provider = open_with(&toy);
    struct live_instance *first = make(provider, NULL, 0);
    importing_module(0xff); /* 65535: one byte too far */
    struct opened *user = open_with(&toy);
    const struct w2c_extern imports[] = {get(first, "t"), get(first, "m"), get(first, "f")};
    assert_no_instance(user, imports, 3, "trap: out of bounds memory access");
    assert_int_equal(first->memories[0]->base[0], '!');
    assert_int_equal(first->memories[0]->base[65535], 0);
    const struct w2c_func *left = first->tables[0]->elements[1];
    assert_int_equal(((const struct live_func *)left->context)->func_idx, 1);
    assert_int_equal(free_count, 0);
    w2c_instance_delete(&first->head);
    close_module(provider); /* the user's module stays, as its instance does */
}

static void a_trap_while_linking_frees_the_instance(void **state) {
    (void)state;
    segments_module(0xfe);
    struct opened *opened = open_with(&toy);
    link_trap = W2C_TRAP_UNREACHABLE;
    assert_no_instance(opened, NULL, 0, "trap: unreachable");
    assert_int_equal(free_count, 1);
    assert_int_equal(call_count, 0);
    close_module(opened);
}

static void a_trap_in_the_start_function_frees_what_nobody_else_has(void **state) {
    (void)state;
    segments_module(0xfe);
    struct opened *opened = open_with(&trapping_toy);
    assert_no_instance(opened, NULL, 0, "trap: integer divide by zero");
    assert_int_equal(free_count, 1);
    assert_int_equal(call_count, 1);
    close_module(opened);
}

/* ---- engines that are particular ---- */

static char room[4096] __attribute__((aligned(16)));
static size_t room_used;

static void *toy_allocate(struct live_instance *instance, size_t bytes) {
    assert_non_null(instance->live);
    void *place = room + room_used;
    room_used += (bytes + 15) / 16 * 16;
    assert_true(room_used <= sizeof room);
    return place;
}

static uint32_t toy_type_id(const struct module *m, uint32_t type_idx) {
    return m->types[type_idx].canonical + 1;
}

static bool is_in_room(const void *place) {
    return (const char *)place >= room && (const char *)place < room + room_used;
}

static void an_engine_may_place_state_and_number_types(void **state) {
    (void)state;
    const struct engine particular = {.name = "particular",
                                      .link = toy_link,
                                      .invoke = toy_invoke,
                                      .free = toy_free,
                                      .allocate = toy_allocate,
                                      .type_id = toy_type_id};
    segments_module(0xfe);
    struct opened *provider = open_with(&toy);
    struct live_instance *first = make(provider, NULL, 0);
    importing_module(0xfe);
    struct opened *user = open_with(&particular);
    const struct w2c_extern imports[] = {get(first, "t"), get(first, "m"), get(first, "f")};
    room_used = 0;
    struct live_instance *second = make(user, imports, 3);
    assert_true(is_in_room(second->own_funcs));
    assert_true(is_in_room(second->funcs[0]));
    assert_false(is_in_room(second->memories[0]));
    assert_int_equal(second->funcs[0]->type, 2);
    assert_int_equal(second->funcs[1]->type, 2);
    assert_ptr_equal(second->funcs[0]->context, first->funcs[1]->context);
    w2c_instance_delete(&second->head);
    w2c_instance_delete(&first->head);
    close_module(user);
    close_module(provider);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_descriptor_says_what_the_module_says, reset),
        cmocka_unit_test_setup(globals_have_the_values_of_their_expressions, reset),
        cmocka_unit_test_setup(deep_expressions_are_evaluated, reset),
        cmocka_unit_test_setup(active_segments_are_copied_and_dropped, reset),
        cmocka_unit_test_setup(exported_functions_can_be_called, reset),
        cmocka_unit_test_setup(instances_import_from_each_other, reset),
        cmocka_unit_test_setup(what_was_written_before_a_trap_stays, reset),
        cmocka_unit_test_setup(a_trap_while_linking_frees_the_instance, reset),
        cmocka_unit_test_setup(a_trap_in_the_start_function_frees_what_nobody_else_has, reset),
        cmocka_unit_test_setup(an_engine_may_place_state_and_number_types, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
