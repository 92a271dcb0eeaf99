/* Checks a module of hostile names against a list of them: names_host LIST
 *
 * The list is binary: the number of imports, then the module and the field of each, then the number of exports to be
 * called, then their names; a name is its length in bytes (uint32_t) and its bytes. Import i is given as a function or
 * global of the value value_of(i); every listed export must return value_of of its number, too. Prints what is wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subject.h"

struct name {
    uint32_t bytes;
    char *text;
};

static unsigned failures;

static void fail(const char *what, uint32_t index) {
    printf("%s %u\n", what, index);
    failures++;
}

static uint32_t value_of(uint32_t index) {
    return (index * 2654435761u + 12345) & 0x3fffffff;
}

static uint32_t read_number(FILE *list) {
    uint32_t number = 0;
    if (fread(&number, sizeof number, 1, list) != 1) exit(2);
    return number;
}

static struct name read_name(FILE *list) {
    struct name name = {.bytes = read_number(list)};
    name.text = malloc(name.bytes + 1);
    if (!name.text || fread(name.text, 1, name.bytes, list) != name.bytes) exit(2);
    return name;
}

static int is_name(struct name name, const char *text, uint32_t bytes) {
    return name.bytes == bytes && memcmp(name.text, text, bytes) == 0;
}

/* Every import is a function of no parameters or a global; `context` is its value. */
static uint32_t imported_function(void *context) {
    return *(const uint32_t *)context;
}

static struct w2c_extern make_import(const struct w2c_import *import, uint32_t *value) {
    static struct w2c_memory memory;
    static struct w2c_table table;
    struct w2c_extern given = {.kind = import->kind};
    if (import->kind == W2C_GLOBAL) {
        given.global = (struct w2c_global){.cell = value, .type = 'i'};
    } else if (import->kind == W2C_MEMORY) {
        w2c_memory_init(&memory, (struct w2c_memory_type){.min_pages = 1, .max_pages = 1}, subject_module.bounds);
        given.memory = &memory;
    } else if (import->kind == W2C_TABLE) {
        w2c_table_init(&table, (struct w2c_table_type){.min = 1, .max = 1, .type = 'F'}, NULL);
        given.table = &table;
    } else {
        struct w2c_func *func = malloc(sizeof *func);
        *func = (struct w2c_func){.code = (w2c_code)imported_function, .context = value, .type = w2c_type_id(":i")};
        given.func = func;
    }
    return given;
}

static struct w2c_extern *read_imports(FILE *list, uint32_t *count) {
    *count = read_number(list);
    if (*count != subject_module.import_count) fail("number of imports", subject_module.import_count);
    struct w2c_extern *imports = calloc(*count + 1, sizeof *imports);
    uint32_t *values = calloc(*count + 1, sizeof *values);
    for (uint32_t i = 0; i < *count && i < subject_module.import_count; i++) {
        const struct w2c_import *import = &subject_module.imports[i];
        const struct name module = read_name(list), field = read_name(list);
        if (!is_name(module, import->module, import->module_bytes)) fail("module of import", i);
        if (!is_name(field, import->name, import->name_bytes)) fail("name of import", i);
        values[i] = value_of(i);
        imports[i] = make_import(import, &values[i]);
    }
    return imports;
}

static void call_exports(struct w2c_instance *instance, FILE *list) {
    const uint32_t count = read_number(list);
    for (uint32_t i = 0; i < count; i++) {
        const struct name name = read_name(list);
        union w2c_value result = {0};
        if (w2c_invoke(instance, name.text, name.bytes, NULL, &result, NULL) != W2C_OK) fail("no export", i);
        if (result.i32 != value_of(i)) fail("wrong result of export", i);
    }
}

int main(int argc, char **argv) {
    FILE *list = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!list) return 2;
    uint32_t count;
    const struct w2c_extern *imports = read_imports(list, &count);
    struct w2c_error error;
    struct w2c_instance *instance = failures ? NULL : w2c_instantiate(&subject_module, imports, count, &error);
    if (!instance) {
        printf("no instance: %s\n", failures ? "" : error.message);
        return 1;
    }
    call_exports(instance, list);
    printf("%u failures\n", failures);
    return failures != 0;
}
