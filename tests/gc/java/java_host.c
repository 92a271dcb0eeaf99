/* What a module that TeaVM has made of Java wants of its host, as far as a program needs it that only prints: strings
 * of the host, numbers in boxes, standard output. The module's `main` is a reference to a function; its argument is an
 * array of the host with no elements. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "java.h"
#include "w2c/ops_gc.h"

struct string {
    uint32_t length;
    uint16_t units[];
};

static uint32_t no_elements = 0;

static struct string *make_string(uint32_t length) {
    struct string *made = malloc(sizeof *made + length * sizeof *made->units);
    if (!made) abort();
    made->length = length;
    return made;
}

static const void *from_char_code(void *host, uint32_t unit) {
    (void)host;
    struct string *made = make_string(1);
    made->units[0] = (uint16_t)unit;
    return made;
}

static const void *from_char_code_array(void *host, const void *array, uint32_t start, uint32_t end) {
    (void)host;
    struct string *made = make_string(end - start);
    for (uint32_t i = 0; i < end - start; i++)
        made->units[i] = (uint16_t)array_get_u16(array, start + i);
    return made;
}

static uint32_t into_char_code_array(void *host, const void *string, const void *array, uint32_t start) {
    (void)host;
    const struct string *from = string;
    for (uint32_t i = 0; i < from->length; i++)
        array_set_u16(array, start + i, from->units[i]);
    return from->length;
}

static const void *substring(void *host, const void *string, uint32_t start, uint32_t end) {
    (void)host;
    struct string *made = make_string(end - start);
    memcpy(made->units, ((const struct string *)string)->units + start, (end - start) * sizeof *made->units);
    return made;
}

static const void *concat(void *host, const void *first, const void *second) {
    (void)host;
    const struct string *a = first, *b = second;
    struct string *made = make_string(a->length + b->length);
    memcpy(made->units, a->units, a->length * sizeof *a->units);
    memcpy(made->units + a->length, b->units, b->length * sizeof *b->units);
    return made;
}

static uint32_t length(void *host, const void *string) {
    (void)host;
    return ((const struct string *)string)->length;
}

static uint32_t char_code_at(void *host, const void *string, uint32_t i) {
    (void)host;
    return ((const struct string *)string)->units[i];
}

static void put(void *host, uint32_t unit) {
    (void)host;
    putchar((int)unit);
}

static const void *wrap_int(void *host, uint32_t number) {
    (void)host;
    uint32_t *box = malloc(sizeof *box);
    if (!box) abort();
    *box = number;
    return box;
}

static uint32_t unwrap_int(void *host, const void *box) {
    (void)host;
    return *(const uint32_t *)box;
}

/* What asks for a property, or calls a function of the host, asks for the length of main's argument. */
static const void *get_length(void *host, const void *object, const void *name) {
    (void)host, (void)object, (void)name;
    return &no_elements;
}

static const void *define_function(void *host, const void *function) {
    (void)host;
    return function;
}

static const void *create_class(void *host, const void *name, const void *parent, const void *constructor) {
    (void)host, (void)parent, (void)constructor;
    return name;
}

static void define_static_method(void *host, const void *class, const void *name, const void *function) {
    (void)host, (void)class, (void)name, (void)function;
}

static const void *no_trace(void *host, const void *exception) {
    (void)host, (void)exception;
    return NULL;
}

static void decorate(void *host, const void *exception) {
    (void)host, (void)exception;
}

static const void *no_object(void *host, const void *object) {
    (void)host, (void)object;
    w2c_trap_message(W2C_TRAP_HOST, "this host has no objects");
}

static const void *no_object_of(void *host, const void *object, const void *class) {
    (void)class;
    return no_object(host, object);
}

static uint32_t is_primitive(void *host, const void *object, const void *type) {
    (void)host, (void)object, (void)type;
    return 0;
}

static uint32_t is_undefined(void *host, const void *object) {
    (void)host;
    return object == NULL;
}

static uint32_t has_strings(void *host) {
    (void)host;
    return 1;
}

static const struct java_imports imports = {
    .teavmConsole__putcharStdout = put,
    .teavm__decorateException = decorate,
    .teavm__takeStackTrace = no_trace,
    .teavmJso__callFunction1 = get_length,
    .teavmJso__createClass = create_class,
    .teavmJso__createFunction1 = get_length,
    .teavmJso__defineFunction = define_function,
    .teavmJso__defineStaticMethod = define_static_method,
    .teavmJso__getProperty = get_length,
    .teavmJso__isPrimitive = is_primitive,
    .teavmJso__isUndefined = is_undefined,
    .teavmJso__javaObjectToJS = no_object_of,
    .teavmJso__stringBuiltinsSupported = has_strings,
    .teavmJso__unwrapInt = unwrap_int,
    .teavmJso__unwrapJavaObject = no_object,
    .teavmJso__wrapInt = wrap_int,
    .teavmJso__wrapObject = no_object,
    .wasmZ3AjsZ2Dstring__charCodeAt = char_code_at,
    .wasmZ3AjsZ2Dstring__concat = concat,
    .wasmZ3AjsZ2Dstring__fromCharCode = from_char_code,
    .wasmZ3AjsZ2Dstring__fromCharCodeArray = from_char_code_array,
    .wasmZ3AjsZ2Dstring__intoCharCodeArray = into_char_code_array,
    .wasmZ3AjsZ2Dstring__length = length,
    .wasmZ3AjsZ2Dstring__substring = substring,
};

static void run_main(void *instance) {
    const struct w2c_func *function = *java_main(instance);
    ((void (*)(void *, const void *))function->code)(function->context, &no_elements);
}

int main(void) {
    struct w2c_error error;
    struct java *instance = java_new(&imports, &error);
    if (!instance || w2c_try(run_main, instance, &error) != W2C_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    java_delete(instance);
    return 0;
}
