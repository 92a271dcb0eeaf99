/* Instances from a module written by hand, as the translator would write it: linking, start-up that fails,
 * exports by name.
 *
 * The module imports a function, a table, a memory and a global, and exports "sum" (i32 i32 -> i32), "call"
 * (element 0 of the table), "fail" and a global. Its start puts "fail" into the table and traps if told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "rt.h"
#include "w2c/ops_table.h"
#include "w2c/type_records.h"

struct lib {
    struct w2c_instance head;
    const struct w2c_func *host;
    struct w2c_table *table;
    struct w2c_memory own;
    u32 counter;
    struct w2c_func sum_func;
    struct w2c_func fail_func;
};

static bool must_fail_in_link;
static bool must_fail_in_start;
static int free_count;

static u32 lib_sum(void *context, u32 a, u32 b) {
    struct lib *lib = context;
    lib->counter++;
    return ((u32(*)(void *, u32, u32))lib->host->code)(lib->host->context, a, b);
}

static void lib_fail(void *context) {
    (void)context;
    w2c_trap(W2C_TRAP_UNREACHABLE);
}

static void invoke_sum(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results) {
    results[0].i32 =
        ((u32(*)(void *, u32, u32))func->code)(func->context, arguments[0].i32, arguments[1].i32);
}

static void invoke_fail(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results) {
    (void)arguments, (void)results;
    ((void (*)(void *))func->code)(func->context);
}

static uint32_t type_ids[2];

static void lib_link(struct w2c_instance *instance, const struct w2c_extern *imports) {
    struct lib *lib = (struct lib *)instance;
    lib->host = imports[0].func;
    lib->table = imports[1].table;
    lib->sum_func = (struct w2c_func){(w2c_code)lib_sum, lib, type_ids[0], NULL};
    lib->fail_func = (struct w2c_func){(w2c_code)lib_fail, lib, type_ids[1], NULL};
    struct w2c_memory_type type = {.min_pages = 1};
    if (!w2c_memory_init(&lib->own, type, W2C_BOUNDS_CHECK) || must_fail_in_link) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
}

static void lib_start(struct w2c_instance *instance) {
    struct lib *lib = (struct lib *)instance;
    table_set(lib->table, 0, &lib->sum_func);
    if (must_fail_in_start) {
        w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    }
}

static struct w2c_extern lib_get_export(struct w2c_instance *instance, uint32_t index) {
    struct lib *lib = (struct lib *)instance;
    switch (index) {
    case 0:
        return (struct w2c_extern){.kind = W2C_FUNC, .func = &lib->sum_func};
    case 1:
        return (struct w2c_extern){.kind = W2C_FUNC, .func = &lib->fail_func};
    default:
        return (struct w2c_extern){.kind = W2C_GLOBAL, .global = {&lib->counter, 'i', true}};
    }
}

static void lib_free(struct w2c_instance *instance) {
    w2c_memory_free(&((struct lib *)instance)->own);
    free_count++;
}

static struct w2c_import imports[] = {
    {.module = "host", .module_bytes = 4, .name = "add", .name_bytes = 3, .kind = W2C_FUNC, .type = "ii:i"},
    {.module = "host", .module_bytes = 4, .name = "t\0b", .name_bytes = 3, .kind = W2C_TABLE, .type = "F",
     .min = 2, .max = 10, .has_max = true},
    {.module = "host", .module_bytes = 4, .name = "mem", .name_bytes = 3, .kind = W2C_MEMORY, .min = 1},
    {.module = "host", .module_bytes = 4, .name = "g", .name_bytes = 1, .kind = W2C_GLOBAL, .type = "l"},
};
static const struct w2c_export exports[] = {
    {"sum", 3, W2C_FUNC, "ii:i", invoke_sum},
    {"fa\0il", 5, W2C_FUNC, ":", invoke_fail},
    {"", 0, W2C_GLOBAL, "i", NULL},
};
static const char *const types[] = {"ii:i", ":"};
static struct w2c_module lib_module = {
    .abi = W2C_ABI,
    .bounds = W2C_BOUNDS_CHECK,
    .name = "lib",
    .symbol_prefix = "lib_",
    .instance_bytes = sizeof(struct lib),
    .imports = imports,
    .exports = exports,
    .import_count = 4,
    .export_count = 3,
    .types = types,
    .type_ids = type_ids,
    .type_count = 2,
    .link = lib_link,
    .start = lib_start,
    .get_export = lib_get_export,
    .free = lib_free,
};

/* ---- the host's side ---- */

static u32 host_add(void *context, u32 a, u32 b) {
    return a + b + *(u32 *)context;
}

static u32 host_bias;
static u64 host_global;
static struct w2c_func host_func;
static struct w2c_table host_table;
static struct w2c_memory host_memory;
static struct w2c_extern given[4];
static struct w2c_error error;

static int set_up(void **state) {
    (void)state;
    struct w2c_table_type table_type = {.min = 2, .max = 5, .has_max = true, .type = 'F'};
    struct w2c_memory_type memory_type = {.min_pages = 1};
    host_bias = 0;
    host_func = (struct w2c_func){(w2c_code)host_add, &host_bias, w2c_type_id("ii:i"), NULL};
    assert_true(w2c_table_init(&host_table, table_type, NULL));
    assert_true(w2c_memory_init(&host_memory, memory_type, W2C_BOUNDS_CHECK));
    given[0] = (struct w2c_extern){.kind = W2C_FUNC, .func = &host_func};
    given[1] = (struct w2c_extern){.kind = W2C_TABLE, .table = &host_table};
    given[2] = (struct w2c_extern){.kind = W2C_MEMORY, .memory = &host_memory};
    given[3] = (struct w2c_extern){.kind = W2C_GLOBAL, .global = {&host_global, 'l', false}};
    must_fail_in_link = must_fail_in_start = false;
    free_count = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    w2c_table_free(&host_table);
    w2c_memory_free(&host_memory);
    lib_module.bounds = W2C_BOUNDS_CHECK;
    lib_module.abi = W2C_ABI;
    return 0;
}

static void exports_are_called_by_name(void **state) {
    (void)state;
    struct w2c_instance *lib = w2c_instantiate(&lib_module, given, 4, &error);
    assert_non_null(lib);
    union w2c_value arguments[2] = {{.i32 = 2}, {.i32 = 3}}, result;
    host_bias = 10;
    assert_int_equal(w2c_invoke(lib, "sum", 3, arguments, &result, &error), W2C_OK);
    assert_int_equal(result.i32, 15);
    assert_int_equal(w2c_invoke(lib, "fa\0il", 5, NULL, NULL, &error), W2C_TRAP_UNREACHABLE);
    assert_int_equal(w2c_invoke(lib, "fa", 2, NULL, NULL, &error), W2C_TRAP_LINK);
    assert_string_equal(error.message, "unknown function \"fa\"");
    assert_int_equal(w2c_invoke(lib, "", 0, NULL, NULL, &error), W2C_TRAP_LINK);
    struct w2c_extern found;
    assert_true(w2c_find_export(lib, "", 0, &found, NULL));
    assert_int_equal(found.kind, W2C_GLOBAL);
    assert_int_equal(*(u32 *)found.global.cell, 1);
    assert_false(w2c_find_export(lib, "sun", 3, &found, NULL));
    w2c_instance_delete(lib);
    assert_int_equal(free_count, 1);
}

static void refuses(const char *message) {
    assert_null(w2c_instantiate(&lib_module, given, 4, &error));
    assert_int_equal(error.trap, W2C_TRAP_LINK);
    assert_string_equal(error.message, message);
    assert_int_equal(free_count, 1);
    free_count = 0;
}

static void functions_must_match(void **state) {
    (void)state;
    given[0].func = NULL;
    refuses("unknown import \"host\" \"add\": expected func (i32 i32) -> (i32)");
    given[0].func = &host_func;
    host_func.type = w2c_type_id("id:lE");
    refuses("incompatible import type \"host\" \"add\": expected func (i32 i32) -> (i32), "
            "found func (i32 f64) -> (i64 externref)");
    given[0] = given[2];
    refuses("incompatible import type \"host\" \"add\": expected func (i32 i32) -> (i32), "
            "found unguarded memory of pages 1..");
}

static void tables_must_match(void **state) {
    (void)state;
    host_table.max = 11;
    refuses("incompatible import type \"host\" \"t\\x00b\": expected table of funcref 2..10, "
            "found table of funcref 2..11");
    host_table.has_max = false;
    refuses("incompatible import type \"host\" \"t\\x00b\": expected table of funcref 2..10, "
            "found table of funcref 2..");
    host_table.has_max = true;
    host_table.max = 10;
    host_table.size = 1;
    refuses("incompatible import type \"host\" \"t\\x00b\": expected table of funcref 2..10, "
            "found table of funcref 1..10");
    host_table.size = 2;
    host_table.type = 'E';
    refuses("incompatible import type \"host\" \"t\\x00b\": expected table of funcref 2..10, "
            "found table of externref 2..10");
}

static void memories_must_match(void **state) {
    (void)state;
    lib_module.bounds = W2C_BOUNDS_GUARD;
    refuses("incompatible import type \"host\" \"mem\": expected memory of pages 1.., "
            "found unguarded memory of pages 1..");
    lib_module.bounds = W2C_BOUNDS_CHECK;
    host_memory.size_bytes = 0;
    refuses("incompatible import type \"host\" \"mem\": expected memory of pages 1.., "
            "found unguarded memory of pages 0..");
}

/* A memory that threads share is another type, in both directions, whatever its limits. */
static void shared_memories_must_match(void **state) {
    (void)state;
    const struct w2c_memory_type shared = {.min_pages = 1, .max_pages = 2, .has_max = true, .is_shared = true};
    const struct w2c_import plain = imports[2];
    struct w2c_memory memory;
    assert_true(w2c_memory_init(&memory, shared, W2C_BOUNDS_CHECK));
    given[2].memory = &memory;
    refuses("incompatible import type \"host\" \"mem\": expected memory of pages 1.., "
            "found unguarded shared memory of pages 1..2");
    imports[2].is_shared = imports[2].has_max = true;
    imports[2].max = 4;
    struct w2c_instance *instance = w2c_instantiate(&lib_module, given, 4, &error);
    assert_non_null(instance);
    w2c_instance_delete(instance);
    free_count = 0;
    w2c_memory_free(&memory);
    given[2].memory = &host_memory;
    refuses("incompatible import type \"host\" \"mem\": expected shared memory of pages 1..4, "
            "found unguarded memory of pages 1..");
    imports[2] = plain;
}

static void globals_must_match(void **state) {
    (void)state;
    given[3].global.is_mutable = true;
    refuses("incompatible import type \"host\" \"g\": expected constant global i64, found mutable global i64");
    given[3].global = (struct w2c_global){&host_global, 'd', false};
    refuses("incompatible import type \"host\" \"g\": expected constant global i64, found constant global f64");
    given[3].global.cell = NULL;
    refuses("unknown import \"host\" \"g\": expected constant global i64");
}

/* Where types are references, messages say to what; and what is only read may be narrower than declared. */
static void typed_references_must_match(void **state) {
    (void)state;
    static struct w2c_import typed[4];
    static const char *const more_types[] = {"ii:i", ":", "+i:i", "<$2i:i", "!$2:"};
    static uint32_t more_ids[5];
    memcpy(typed, imports, sizeof typed);
    typed[0].type = "$4";
    typed[1].type = "$2";
    typed[3].type = "!$2";
    struct w2c_module module = lib_module;
    module.imports = typed;
    module.types = more_types;
    module.type_ids = more_ids;
    module.type_count = 5;
    w2c_type_define(more_types, more_ids, NULL, 5);
    char message[160];
    assert_null(w2c_instantiate(&module, given, 4, &error));
    snprintf(message, sizeof message,
             "incompatible import type \"host\" \"add\": expected func ((ref type %u)) -> (), "
             "found func (i32 i32) -> (i32)",
             (unsigned)more_ids[2]);
    assert_string_equal(error.message, message);
    host_func.type = more_ids[4];
    assert_null(w2c_instantiate(&module, given, 4, &error));
    assert_string_equal(error.message, "incompatible import type \"host\" \"t\\x00b\": expected table of "
                                       "(ref null func (i32) -> (i32)) 2..10, found table of funcref 2..5");
    /* A table's type is the declared one, nothing below it. */
    host_table.type = W2C_REFERENCE(more_ids[3]);
    assert_null(w2c_instantiate(&module, given, 4, &error));
    host_table.type = W2C_REFERENCE(more_ids[2]);
    const void *cell = &host_func;
    given[3].global = (struct w2c_global){&cell, 'F' | W2C_NOT_NULL, false};
    assert_null(w2c_instantiate(&module, given, 4, &error));
    assert_string_equal(error.message, "incompatible import type \"host\" \"g\": expected constant global "
                                       "(ref func (i32) -> (i32)), found constant global (ref func)");
    given[3].global.type = W2C_REFERENCE(more_ids[3]) | W2C_NOT_NULL;
    struct w2c_instance *instance = w2c_instantiate(&module, given, 4, &error);
    assert_non_null(instance);
    w2c_instance_delete(instance);
    typed[3].is_mutable = given[3].global.is_mutable = true;
    assert_null(w2c_instantiate(&module, given, 4, &error));
    given[3].global.type = W2C_REFERENCE(more_ids[2]) | W2C_NOT_NULL;
    instance = w2c_instantiate(&module, given, 4, &error);
    assert_non_null(instance);
    w2c_instance_delete(instance);
}

static void counts_and_versions_must_match(void **state) {
    (void)state;
    assert_null(w2c_instantiate(&lib_module, given, 3, &error));
    assert_string_equal(error.message, "3 imports given, 4 needed");
    lib_module.abi = W2C_ABI + 1;
    assert_null(w2c_instantiate(&lib_module, given, 4, &error));
    assert_int_equal(error.trap, W2C_TRAP_LINK);
}

static void failed_link_is_undone(void **state) {
    (void)state;
    must_fail_in_link = true;
    assert_null(w2c_instantiate(&lib_module, given, 4, &error));
    assert_int_equal(error.trap, W2C_TRAP_OUT_OF_MEMORY);
    assert_int_equal(free_count, 1);
}

/* What start-up wrote into the imported table before it failed can still be called. */
static void failed_start_keeps_references_alive(void **state) {
    (void)state;
    must_fail_in_start = true;
    assert_null(w2c_instantiate(&lib_module, given, 4, &error));
    assert_int_equal(error.trap, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    assert_int_equal(free_count, 0);
    const struct w2c_func *func = table_func(&host_table, 0, w2c_type_id("ii:i"));
    assert_int_equal(((u32(*)(void *, u32, u32))func->code)(func->context, 20, 22), 42);
}

static void equal_signatures_share_an_id(void **state) {
    (void)state;
    char copy[] = "ld:f";
    uint32_t id = w2c_type_id("ld:f");
    assert_int_not_equal(id, 0);
    assert_int_equal(w2c_type_id(copy), id);
    assert_int_not_equal(w2c_type_id("ld:d"), id);
    assert_string_equal(w2c_type_signature(id), "ld:f");
    assert_null(w2c_type_signature(1000000));
    for (int i = 0; i < 5000; i++) {
        char text[] = "iiiiiiiiiiiii:";
        for (int bit = 0; bit < 13; bit++) {
            if (i >> bit & 1) {
                text[bit] = 'l';
            }
        }
        assert_int_equal(w2c_type_id(text), w2c_type_id(text));
        assert_string_equal(w2c_type_signature(w2c_type_id(text)), text);
    }
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LINK_TEST(exports_are_called_by_name),
        LINK_TEST(functions_must_match),
        LINK_TEST(tables_must_match),
        LINK_TEST(memories_must_match),
        LINK_TEST(shared_memories_must_match),
        LINK_TEST(globals_must_match),
        LINK_TEST(typed_references_must_match),
        LINK_TEST(counts_and_versions_must_match),
        LINK_TEST(failed_link_is_undone),
        LINK_TEST(failed_start_keeps_references_alive),
        cmocka_unit_test(equal_signatures_share_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
