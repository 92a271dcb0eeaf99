/* Carries out a plan with modules that w2c has translated, and prints what oracle.js prints.
 *
 * `driver [ENGINE BOUNDS] PLAN`. A plan has lines `module NAME` (make an instance of it) and `call EXPORT ARGUMENTS`,
 * arguments as the type's letter and hexadecimal digits. An answer is the line and `= RESULTS` or `! TRAP`, then `/`
 * and a hash of the memory and, from the module's export "state", of all else. After a trap there is a new instance. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_modules.h"
#include "w2c/w2c.h"

enum { MAX_VALUES = 2000, MAX_LINE = 65536 };

static struct w2c_instance *make_instance(const struct w2c_module *module) {
    struct w2c_error error;
    struct w2c_instance *instance = w2c_instantiate(module, NULL, 0, &error);
    if (!instance) {
        printf("not instantiated: %s\n", error.message);
        exit(1);
    }
    return instance;
}

static uint32_t hash_memory(struct w2c_instance *instance, const char *name, uint32_t hash) {
    struct w2c_extern memory;
    if (!w2c_find_export(instance, name, strlen(name), &memory, NULL)) return hash;
    for (uint64_t i = 0; i < memory.memory->size_bytes; i += 4) {
        uint32_t word;
        memcpy(&word, memory.memory->base + i, sizeof word);
        hash = (hash ^ word) * 16777619u;
    }
    return hash;
}

static void print_values(const char *types, const union w2c_value *values) {
    for (int i = 0; types[i]; i++) {
        printf("%s%c%" PRIx64, i ? " " : "", types[i], types[i] == 'l' ? values[i].i64 : values[i].i32);
    }
}

static void print_state(struct w2c_instance *instance) {
    static union w2c_value result;
    const uint32_t hash = hash_memory(instance, "memory1", hash_memory(instance, "memory", 2166136261u));
    printf(" / %" PRIx32 " ", hash);
    if (w2c_invoke(instance, "state", 5, NULL, &result, NULL) == W2C_OK) print_values("l", &result);
    printf("\n");
}

static void read_arguments(char *text, union w2c_value *arguments) {
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        const uint64_t bits = strtoull(word + 1, NULL, 16);
        if (word[0] == 'l') {
            arguments->i64 = bits;
        } else {
            arguments->i32 = (uint32_t)bits;
        }
        arguments++;
    }
}

/* `text`: export and arguments. Whether the instance may be used further. */
static bool run_call(struct w2c_instance *instance, char *text) {
    static union w2c_value arguments[MAX_VALUES], results[MAX_VALUES];
    printf("  call %s ", text);
    fflush(stdout); /* should the call never end */
    char *name_end = strchr(text, ' ');
    if (name_end) {
        *name_end = '\0';
        read_arguments(name_end + 1, arguments);
    }
    struct w2c_extern function;
    const struct w2c_export *export;
    if (!w2c_find_export(instance, text, strlen(text), &function, &export)) {
        printf("no such export\n");
        return false;
    }
    struct w2c_error error;
    memset(results, 0xa5, sizeof results);
    const enum w2c_trap trap = w2c_invoke(instance, text, strlen(text), arguments, results, &error);
    printf("%c ", trap == W2C_OK ? '=' : '!');
    if (trap == W2C_OK) {
        print_values(strchr(export->type, ':') + 1, results);
    } else {
        printf("%s", w2c_trap_text(trap));
    }
    print_state(instance);
    return trap == W2C_OK;
}

int main(int argc, char **argv) {
    static char line[MAX_LINE];
    FILE *plan = argc >= 2 ? fopen(argv[argc - 1], "r") : NULL;
    if (!plan || !test_modules_begin(argc - 2, argv + 1)) return 2;
    const struct w2c_module *module = NULL;
    struct w2c_instance *instance = NULL;
    while (fgets(line, sizeof line, plan)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "module ", 7) == 0) {
            if (instance) w2c_instance_delete(instance);
            module = test_modules_find(line + 7);
            instance = module ? make_instance(module) : NULL;
            printf("%s %s\n", line + 7, module ? "made" : "refused");
        } else if (instance && !run_call(instance, line + 5)) {
            w2c_instance_delete(instance);
            instance = make_instance(module);
        }
    }
    if (instance) w2c_instance_delete(instance);
    test_modules_end();
    fclose(plan);
    return 0;
}
