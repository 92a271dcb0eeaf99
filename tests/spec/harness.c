/* Carries out one script of the official suite: `harness [ENGINE BOUNDS] FILE`, one process for each script, so that a
 * crash takes no other script with it.
 *
 * FILE has one command a line, words apart by one space:
 *
 *   INDEX module MODULE NAME                 instantiate; the instance becomes the current one, and is called NAME
 *   INDEX define MODULE NAME                 remember the module as NAME, and as the last one
 *   INDEX instance NAME NAME                 instantiate a definition (second name), call the instance the first
 *   INDEX register NAME NAME                 the instance (first) provides imports under the second name
 *   INDEX action ACTION                      must return, with whatever values
 *   INDEX return ACTION VALUES               must return these
 *   INDEX trap ACTION NAME                   must trap, with this text
 *   INDEX exception ACTION                   must end with an exception that nothing catches
 *   INDEX unlinkable MODULE NAME             must be refused for an import, with this text
 *   INDEX uninstantiable MODULE NAME         must trap with this text while it is instantiated
 *
 * ACTION is `NAME invoke NAME VALUES` or `NAME get NAME -`: an instance, and an export of it. NAME is `=` and the bytes
 * in hexadecimal, for they may be any, or `-` for none: the current instance, the last definition. MODULE is a NAME
 * that test_modules.h knows, or `listed` (it needs what is not supported yet) or `broken` (it failed to compile).
 * VALUES are explained in values.c.
 *
 * Every command is answered by a line at once: `INDEX ok`, `INDEX listed` (what it works on depends on a listed
 * module) or `INDEX FAIL why`; after the last one, and after all has been freed, comes `end`. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "w2c/engine.h"

enum verdict { PASSED, LISTED, FAILED };

/* A name of the script and what it stands for. `state` other than PASSED: there is no instance, for that reason. */
struct binding {
    struct bytes name;
    enum verdict state;
    struct w2c_instance *instance;
    const struct w2c_module *module; /* of a definition */
    struct binding *next;
};

/* Everything alive in this process. Lists have the latest entry first: that is the one a name means. */
static struct binding *instances;
static struct binding *definitions;
static struct binding *registered;
static char detail[4096]; /* why the last command failed */

static enum verdict fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static enum verdict fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    return FAILED;
}

/* The command file is ours: a fault in it, or no memory for it, is none of the module under test. */
static void *need(void *block) {
    if (!block) {
        fputs("harness: out of memory, or a bad command file\n", stderr);
        exit(3);
    }
    return block;
}

/* ---- names ---- */

static int hex_digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Decodes "=616263" in its place. */
static struct bytes read_name(char *text) {
    if (text[0] != '=') {
        return (struct bytes){NULL, 0};
    }
    const size_t size = strlen(text + 1) / 2;
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)(hex_digit(text[1 + 2 * i]) * 16 + hex_digit(text[2 + 2 * i]));
    }
    text[size] = '\0';
    return (struct bytes){text, size};
}

static struct bytes copy_name(struct bytes name) {
    if (!name.data) {
        return name;
    }
    struct bytes copy = {need(malloc(name.size + 1)), name.size};
    memcpy(copy.data, name.data, name.size + 1);
    return copy;
}

static struct binding *find_binding(struct binding *list, struct bytes name) {
    while (list && name.data &&
           !(list->name.size == name.size && list->name.data && memcmp(list->name.data, name.data, name.size) == 0)) {
        list = list->next;
    }
    return list;
}

static struct binding *add_binding(struct binding **list, struct bytes name) {
    struct binding *binding = need(calloc(1, sizeof *binding));
    binding->name = copy_name(name);
    binding->next = *list;
    return *list = binding;
}

static enum verdict find_module(char *text, const struct w2c_module **module) {
    if (strcmp(text, "listed") == 0) {
        return LISTED;
    }
    const struct bytes name = read_name(text);
    *module = name.data ? test_modules_find(name.data) : NULL;
    return *module ? PASSED : fail("the module did not compile");
}

static enum verdict find_instance(char *text, struct w2c_instance **instance) {
    const struct bytes name = read_name(text);
    const struct binding *binding = find_binding(instances, name);
    if (!binding) {
        return fail("no instance %s", name.data ? name.data : "at all");
    }
    *instance = binding->instance;
    return binding->state == FAILED ? fail("its instance failed") : binding->state;
}

/* ---- instances ---- */

/* A null pointer in `out` says that nobody provides the import: to complain is the runtime's part. */
static enum verdict find_import(const struct w2c_import *import, struct w2c_extern *out) {
    *out = (struct w2c_extern){.kind = import->kind};
    const struct bytes module = {(char *)import->module, import->module_bytes};
    const struct binding *provider = find_binding(registered, module);
    if (provider && provider->state != PASSED) {
        return provider->state == FAILED ? fail("it imports from an instance that failed") : LISTED;
    }
    if (provider) {
        w2c_find_export(provider->instance, import->name, import->name_bytes, out, NULL);
    } else if (module.size == 8 && memcmp(module.data, "spectest", 8) == 0) {
        spectest_find(import->name, import->name_bytes, out);
    }
    return PASSED;
}

/* PASSED says no more than that the runtime was asked; *instance is then what w2c_instantiate returned. */
static enum verdict instantiate(const struct w2c_module *module, struct w2c_instance **instance,
                                struct w2c_error *error) {
    struct w2c_extern *imports = need(calloc(module->import_count + 1, sizeof *imports));
    enum verdict verdict = PASSED;
    for (uint32_t i = 0; i < module->import_count && verdict == PASSED; i++) {
        verdict = find_import(&module->imports[i], &imports[i]);
    }
    if (verdict == PASSED) {
        *instance = w2c_instantiate(module, imports, module->import_count, error);
    }
    free(imports);
    return verdict;
}

/* Binds `name` to a new instance of `module`, or to the reason why there is none. */
static enum verdict make_instance(enum verdict state, const struct w2c_module *module, char *name) {
    struct w2c_instance *instance = NULL;
    if (state == PASSED) {
        struct w2c_error error = {0};
        state = instantiate(module, &instance, &error);
        if (state == PASSED && !instance) {
            state = fail("not instantiated: %s", error.message);
        }
    }
    struct binding *binding = add_binding(&instances, read_name(name));
    binding->instance = instance;
    return binding->state = state;
}

static enum verdict run_module(char **words) {
    const struct w2c_module *module = NULL;
    const enum verdict state = find_module(words[0], &module);
    return make_instance(state, module, words[1]);
}

static enum verdict run_define(char **words) {
    struct binding *binding = add_binding(&definitions, read_name(words[1]));
    return binding->state = find_module(words[0], &binding->module);
}

static enum verdict run_instance(char **words) {
    const struct bytes name = read_name(words[1]);
    const struct binding *definition = find_binding(definitions, name);
    if (!definition) {
        return fail("no definition %s", name.data ? name.data : "at all");
    }
    return make_instance(definition->state, definition->module, words[0]);
}

static enum verdict run_register(char **words) {
    struct w2c_instance *instance = NULL;
    const enum verdict state = find_instance(words[0], &instance);
    struct binding *binding = add_binding(&registered, read_name(words[1]));
    binding->instance = instance;
    return binding->state = state;
}

/* ---- actions ---- */

struct outcome {
    enum w2c_trap trap;
    uint32_t types[MAX_VALUES]; /* of the values */
    int count;
    union w2c_value values[MAX_VALUES];
    struct w2c_error error;
};

/* The value types up to ':' or the end; how many, or -1 if they are more than MAX_VALUES. */
static int read_types(const char *text, uint32_t *types) {
    int count = 0;
    while (*text && *text != ':') {
        if (count == MAX_VALUES) {
            return -1;
        }
        text = need((void *)w2c_read_value_type(text, &types[count]));
        if (types[count] == 'V') types[count] = 'v'; /* a vector, however it is passed */
        count++;
    }
    return count;
}

/* The export itself and not only its name is looked up, for its type says what the arguments must be. */
static enum verdict invoke(struct w2c_instance *instance, struct bytes name, const struct w2c_func *func,
                           const char *arguments_text, struct outcome *outcome) {
    struct value arguments[MAX_VALUES];
    union w2c_value bits[MAX_VALUES];
    const int count = values_read(arguments_text, arguments);
    const char *signature = w2c_type_signature(func->type);
    uint32_t types[MAX_VALUES];
    if (count < 0 || read_types(signature, types) != count) {
        return fail("arguments %s for a function %s", arguments_text, signature);
    }
    for (int i = 0; i < count; i++) {
        if (!value_is_argument(&arguments[i], types[i])) {
            return fail("arguments %s for a function %s", arguments_text, signature);
        }
        bits[i] = arguments[i].bits;
    }
    outcome->count = read_types(strchr(signature, ':') + 1, outcome->types);
    if (outcome->count < 0) {
        return fail("too many results");
    }
    /* A result that nobody writes must not look right by chance. */
    memset(outcome->values, 0xa5, sizeof outcome->values);
    outcome->trap = w2c_invoke(instance, name.data, name.size, bits, outcome->values, &outcome->error);
    return PASSED;
}

static enum verdict get(const struct w2c_global *global, struct outcome *outcome) {
    outcome->types[0] = global->type;
    outcome->count = 1;
    switch (global->type) {
    case 'i':
    case 'f':
        memcpy(&outcome->values[0], global->cell, 4);
        break;
    case 'l':
    case 'd':
        memcpy(&outcome->values[0], global->cell, 8);
        break;
    case 'v':
        memcpy(&outcome->values[0], global->cell, 16);
        break;
    default:
        memcpy(&outcome->values[0], global->cell, sizeof(void *));
    }
    return PASSED;
}

/* `words`: instance, verb, export, arguments. PASSED says that it was done, be it with values or with a trap. */
static enum verdict act(char **words, struct outcome *outcome) {
    struct w2c_extern found;
    struct w2c_instance *instance;
    const enum verdict state = find_instance(words[0], &instance);
    if (state != PASSED) {
        return state;
    }
    memset(outcome, 0, sizeof *outcome);
    const struct bytes name = read_name(words[2]);
    const struct w2c_export *export = NULL;
    if (!w2c_find_export(instance, name.data, name.size, &found, &export)) {
        return fail("no export \"%s\"", name.data);
    }
    const bool is_get = strcmp(words[1], "get") == 0;
    if (found.kind != export->kind || found.kind != (is_get ? W2C_GLOBAL : W2C_FUNC)) {
        return fail("export \"%s\" is of another kind", name.data);
    }
    return is_get ? get(&found.global, outcome) : invoke(instance, name, found.func, words[3], outcome);
}

static enum verdict run_action(char **words) {
    struct outcome outcome;
    const enum verdict verdict = act(words, &outcome);
    if (verdict == PASSED && outcome.trap != W2C_OK) {
        return fail("trap: %s", outcome.error.message);
    }
    return verdict;
}

static enum verdict run_return(char **words) {
    struct outcome outcome;
    const enum verdict verdict = act(words, &outcome);
    if (verdict != PASSED) {
        return verdict;
    }
    if (outcome.trap != W2C_OK) {
        return fail("expected %s, got trap: %s", words[4], outcome.error.message);
    }
    struct value expected[MAX_VALUES];
    const int count = values_read(words[4], expected);
    if (values_match(expected, count, outcome.types, outcome.values, outcome.count)) {
        return PASSED;
    }
    char got[MAX_VALUES_TEXT];
    values_print(got, outcome.types, outcome.values, outcome.count);
    return fail("expected %s, got %s", words[4], got);
}

/* The suite may say more than the kind of trap ("uninitialized element 2") and so may our message, but both name the
 * kind. */
static enum verdict check_trap(enum w2c_trap trap, const struct w2c_error *error, const char *text) {
    const char *kind = w2c_trap_text(trap);
    if (strncmp(text, kind, strlen(kind)) == 0 && strstr(error->message, kind) && error->trap == trap) {
        return PASSED;
    }
    return fail("expected trap: %s, got trap %d: %s", text, (int)trap, error->message);
}

static enum verdict run_trap(char **words) {
    struct outcome outcome;
    const enum verdict verdict = act(words, &outcome);
    if (verdict != PASSED) {
        return verdict;
    }
    const struct bytes text = read_name(words[4]);
    if (outcome.trap == W2C_OK) {
        char got[MAX_VALUES_TEXT];
        values_print(got, outcome.types, outcome.values, outcome.count);
        return fail("expected trap: %s, got %s", text.data, got);
    }
    return check_trap(outcome.trap, &outcome.error, text.data);
}

static enum verdict run_exception(char **words) {
    struct outcome outcome;
    const enum verdict verdict = act(words, &outcome);
    if (verdict != PASSED || (outcome.trap == W2C_TRAP_EXCEPTION && outcome.error.exception)) {
        return verdict;
    }
    return fail("expected an exception, got %s", outcome.trap == W2C_OK ? "values" : outcome.error.message);
}

/* ---- modules that must not become instances ---- */

static enum verdict refuse(char **words, bool is_link) {
    const struct w2c_module *module;
    const enum verdict state = find_module(words[0], &module);
    if (state != PASSED) {
        return state;
    }
    struct w2c_instance *instance = NULL;
    struct w2c_error error = {0};
    const enum verdict verdict = instantiate(module, &instance, &error);
    if (verdict != PASSED) {
        return verdict;
    }
    const struct bytes text = read_name(words[1]);
    if (instance) {
        w2c_instance_delete(instance);
        return fail("expected %s, but it was instantiated", text.data);
    }
    if (is_link != (error.trap == W2C_TRAP_LINK)) {
        return fail("expected %s, got %s", text.data, error.message);
    }
    if (!is_link) {
        return check_trap(error.trap, &error, text.data);
    }
    return strncmp(error.message, text.data, text.size) == 0
               ? PASSED
               : fail("expected link error: %s, got %s", text.data, error.message);
}

static enum verdict run_unlinkable(char **words) {
    return refuse(words, true);
}

static enum verdict run_uninstantiable(char **words) {
    return refuse(words, false);
}

/* ---- the script ---- */

static const struct {
    const char *name;
    int words; /* after the name */
    enum verdict (*run)(char **words);
} commands[] = {
    {"module", 2, run_module},
    {"define", 2, run_define},
    {"instance", 2, run_instance},
    {"register", 2, run_register},
    {"action", 4, run_action},
    {"return", 5, run_return},
    {"trap", 5, run_trap},
    {"exception", 4, run_exception},
    {"unlinkable", 2, run_unlinkable},
    {"uninstantiable", 2, run_uninstantiable},
};

enum { MAX_WORDS = 7 };

static enum verdict run_command(char **words, int count) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (count >= 2 && strcmp(words[1], commands[i].name) == 0 && count == commands[i].words + 2) {
            return commands[i].run(words + 2);
        }
    }
    need(NULL);
    return FAILED;
}

/* Answers at once: after a crash the last answer tells which command it was. */
static void run_line(char *line) {
    static const char *const answers[] = {"ok", "listed", "FAIL "};
    char *words[MAX_WORDS];
    char *rest = line;
    int count = 0;
    line[strcspn(line, "\n")] = '\0';
    while (rest && count < MAX_WORDS) {
        words[count++] = strsep(&rest, " ");
    }
    detail[0] = '\0';
    const enum verdict verdict = run_command(words, rest ? 0 : count);
    printf("%s %s%s\n", words[0], answers[verdict], verdict == FAILED ? detail : "");
    fflush(stdout);
}

static void free_bindings(struct binding *list) {
    while (list) {
        struct binding *next = list->next;
        free(list->name.data);
        free(list);
        list = next;
    }
}

/* Latest first: nothing that is still there uses what is freed. */
static void free_all(void) {
    for (const struct binding *binding = instances; binding; binding = binding->next) {
        if (binding->instance) {
            w2c_instance_delete(binding->instance);
        }
    }
    free_bindings(instances);
    free_bindings(definitions);
    free_bindings(registered);
    spectest_free();
    test_modules_end();
}

int main(int argument_count, char **arguments) {
    const int before_file = argument_count - 2;
    FILE *file = before_file >= 0 ? fopen(arguments[argument_count - 1], "r") : NULL;
    if (!file || !test_modules_begin(before_file, arguments + 1) || !spectest_make()) {
        fputs("usage: harness [ENGINE guard|check] COMMANDS\n", stderr);
        return 2;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0) {
        run_line(line);
    }
    free(line);
    fclose(file);
    free_all();
    puts("end");
    return 0;
}
