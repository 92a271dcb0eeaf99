/* A host between two calls of guests through which exceptions pass: `throwing_host [ENGINE BOUNDS] MODULE`, by the
 * public API alone, with the module of host_calls.py. */
#include <stdio.h>
#include <string.h>

#include "test_modules.h"
#include "w2c/exception.h"

/* What the guest's import does. */
enum deed { RETURN, THROW, PASS, CATCH, INVOKE, THROW_AGAIN };

static struct w2c_tag tag = {.count = 1, .types = "i"};
static struct w2c_instance *guest;
static enum deed deed;
static bool is_interpreted;
static int failures;

static void expect(bool condition, const char *what) {
    if (!condition) printf("not so: %s\n", what);
    failures += !condition;
}

static const struct w2c_func *find(const char *name) {
    struct w2c_extern found = {.kind = W2C_FUNC};
    return w2c_find_export(guest, name, strlen(name), &found, NULL) ? found.func : NULL;
}

static enum w2c_trap invoke(const char *name, uint32_t n, uint32_t *result, struct w2c_error *error) {
    union w2c_value results[1] = {0};
    const enum w2c_trap trap = w2c_invoke(guest, name, strlen(name), &(union w2c_value){.i32 = n}, results, error);
    *result = results[0].i32;
    return trap;
}

/* With something pending if it throws. Functions of the interpreter are no machine code, and called by their names. */
static uint32_t call(const char *name, uint32_t n) {
    if (is_interpreted) {
        struct w2c_error error;
        uint32_t result;
        if (invoke(name, n, &result, &error) == W2C_TRAP_EXCEPTION) w2c_throw_ref(error.exception);
        return result;
    }
    const struct w2c_func *func = find(name);
    return ((uint32_t (*)(void *, uint32_t))func->code)(func->context, n);
}

/* The guest throws with the host's tag when the host calls it back. */
static uint32_t imported(void *context, uint32_t n) {
    expect(context == &deed, "the context is the host's");
    struct w2c_error error;
    uint32_t result;
    const struct w2c_exception *caught;
    switch (deed) {
    case RETURN: return n;
    case THROW: w2c_throw(&tag, &(union w2c_value){.i32 = n}); return 0;
    case PASS: result = call("throw", n); return w2c_pending ? 0 : result;
    case CATCH:
        call("throw", n);
        caught = w2c_catch();
        expect(caught && caught->tag == &tag && !w2c_pending, "what was thrown is caught");
        return caught ? caught->values[0].i32 + 1000 : 0;
    case INVOKE:
        expect(invoke("throw", n, &result, &error) == W2C_TRAP_EXCEPTION && !w2c_pending, "w2c_invoke catches");
        return error.exception->values[0].i32 + 2000;
    case THROW_AGAIN:
        call("throw", n);
        caught = w2c_catch();
        deed = CATCH;
        expect(call("plain", 7) == 1007, "another exception meanwhile");
        w2c_throw_ref(caught);
        return 0;
    }
    return 0;
}

static void check_result(enum deed what, const char *name, uint32_t n, uint32_t expected, const char *text) {
    struct w2c_error error = {0};
    uint32_t result;
    deed = what;
    const enum w2c_trap trap = invoke(name, n, &result, &error);
    expect(trap == W2C_OK && result == expected, text);
    if (trap != W2C_OK) printf("%s\n", error.message);
}

static void check_uncaught(enum deed what, const char *name, uint32_t n, const char *text) {
    struct w2c_error error = {0};
    uint32_t result;
    deed = what;
    expect(invoke(name, n, &result, &error) == W2C_TRAP_EXCEPTION, text);
    expect(error.exception && error.exception->tag == &tag && error.exception->values[0].i32 == n, text);
    char message[64];
    snprintf(message, sizeof message, "uncaught exception (i32 %u)", (unsigned)n);
    expect(strstr(error.message, message) != NULL, "the message has the value");
    expect(!w2c_pending, "nothing is pending behind w2c_invoke");
}

static void call_guest(void *n) {
    call("plain", *(uint32_t *)n);
}

static void check_all(void) {
    check_result(RETURN, "plain", 3, 3, "the host is called");
    check_result(THROW, "catching", 4, 4, "the guest catches what the host throws");
    check_uncaught(THROW, "plain", 5, "nobody catches what the host throws");
    check_result(PASS, "catching", 6, 6, "an exception passes the host");
    check_uncaught(PASS, "plain", 7, "and nobody catches it");
    check_result(CATCH, "plain", 8, 1008, "the host catches");
    check_result(INVOKE, "plain", 9, 2009, "the host catches by w2c_invoke");
    check_result(THROW_AGAIN, "catching", 10, 10, "the host throws again");
    check_uncaught(THROW_AGAIN, "plain", 11, "the host throws again, and nobody catches");
    for (uint32_t i = 0; i < 100000 && !failures; i++)
        check_result(PASS, "catching", i, i, "many times");
    uint32_t n = 12;
    struct w2c_error error;
    deed = PASS;
    expect(w2c_try(call_guest, &n, &error) == W2C_TRAP_EXCEPTION && !w2c_pending, "w2c_try catches");
    check_result(RETURN, "plain", 13, 13, "all is as before");
}

int main(int count, char **words) {
    if (count < 2 || !test_modules_begin(count - 2, words + 1)) return 2;
    const struct w2c_module *module = test_modules_find(words[count - 1]);
    if (!module) return 2;
    is_interpreted = count > 2 && strcmp(words[1], "interp") == 0;
    tag.type = w2c_type_id("i:");
    const struct w2c_func func = {.code = (w2c_code)imported, .context = &deed, .type = w2c_type_id("i:i")};
    const struct w2c_extern imports[] = {{.kind = W2C_FUNC, .func = &func}, {.kind = W2C_TAG, .tag = &tag}};
    struct w2c_error error;
    guest = w2c_instantiate(module, imports, 2, &error);
    if (!guest) {
        printf("%s\n", error.message);
        return 1;
    }
    check_all();
    w2c_instance_delete(guest);
    test_modules_end();
    return failures != 0;
}
