/* Modules that are part of the program. */
#include <string.h>

#include "../test_modules.h"

bool test_modules_begin(int count, char **words) {
    (void)words;
    return count == 0;
}

const struct w2c_module *test_modules_find(const char *name) {
    const struct test_module *entry = test_modules;
    while (entry->name && strcmp(entry->name, name) != 0)
        entry++;
    return entry->module;
}

enum w2c_bounds test_modules_bounds(void) {
    return test_bounds;
}

void test_modules_end(void) {
}
