/* A host that gives a library functions by typed references, and takes one from it (check.py has the library). */
#include <stdio.h>
#include <string.h>

#include "references.h"

static uint32_t times_three(void *context, uint32_t n) {
    *(uint32_t *)context += 1;
    return n * 3;
}

static int failures;

static void expect(bool condition, const char *what) {
    if (!condition) printf("not so: %s\n", what);
    failures += !condition;
}

static void apply_null(void *library) {
    references_apply(library, NULL, 1);
}

int main(void) {
    struct w2c_error error;
    struct references *library = references_new(&error);
    if (!library) {
        w2c_error_print(&error, stderr);
        return 1;
    }
    /* The type that the library wants: of a global, so that the host need not spell it. */
    struct w2c_extern cell;
    expect(w2c_find_export((struct w2c_instance *)library, "cell", 4, &cell, NULL), "the global is exported");
    const uint32_t type = W2C_REFERENCE_ID(cell.global.type);
    expect(cell.global.type == W2C_REFERENCE(type), "the global's type is a reference that may be null");
    expect(type == w2c_type_id("+i:i"), "a host can spell the type");
    expect(type != w2c_type_id("i:i"), "a final type is another one");

    uint32_t calls = 0;
    const struct w2c_func triple = {.code = (w2c_code)times_three, .context = &calls, .type = type};
    expect(references_apply(library, &triple, 5) == 15, "the host's function is called");
    expect(references_kept(library) == 0, "the global is null at first");
    references_keep(library, &triple);
    expect(references_kept(library) == 60 && calls == 2, "the host's function is kept");
    expect(w2c_try(apply_null, library, &error) == W2C_TRAP_NULL_FUNCTION, "a null is not called");
    expect(strstr(error.message, "null function reference") != NULL, "the message is the specification's");

    const struct w2c_func *successor = references_successor(library);
    expect(w2c_value_type_matches(W2C_REFERENCE(successor->type) | W2C_NOT_NULL, cell.global.type),
           "the function's type extends the library's");
    expect(!w2c_value_type_matches(cell.global.type, W2C_REFERENCE(successor->type)), "and not the other way round");
    expect(references_apply(library, successor, 5) == 6, "the library's own function is called");
    references_delete(library);
    return failures != 0;
}
