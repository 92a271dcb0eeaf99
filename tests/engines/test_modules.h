/* Where the modules come from that a test program runs. The program asks by name; two files answer, one of which is
 * linked:
 *
 *   compiled/compiled_modules.c   modules that were compiled to C and linked with the program, from a table that the
 *                                 runner writes (test_modules)
 *   engine_modules.c              files, which an engine in this process runs; the name is the path
 *
 * So whatever judges the modules is the same for all. */
#ifndef TEST_MODULES_H
#define TEST_MODULES_H

#include "w2c/w2c.h"

struct test_module {
    const char *name;
    const struct w2c_module *module;
};
extern const struct test_module test_modules[]; /* closed by a NULL name */
extern const enum w2c_bounds test_bounds;       /* what all of them were translated with */

/* Reads the words of the command line that say what runs modules: none for compiled ones, else `ENGINE guard|check`.
 * False if they are wrong. */
bool test_modules_begin(int count, char **words);
/* NULL if there is none, or it is not valid (said on standard error). The same for the same name. */
const struct w2c_module *test_modules_find(const char *name);
enum w2c_bounds test_modules_bounds(void);
/* No instance may be left, but those that the runtime keeps. */
void test_modules_end(void);

#endif
