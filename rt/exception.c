/* Exceptions on their way: the variable that every function looks at, and what becomes of those that nobody catches.
 *
 * Part of every library, since functions of others may throw through it, and of programs with tags. What makes
 * exceptions is in throw.c, and only where there are tags.
 */
#include "w2c/exception.h"

#include "rt.h"

W2C_RT W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL const struct w2c_exception *w2c_pending;

W2C_RT const struct w2c_exception *w2c_catch(void) {
    const struct w2c_exception *caught = w2c_pending;
    w2c_pending = NULL;
    return caught;
}

W2C_RT const struct w2c_exception **w2c_pending_place(void) {
    return &w2c_pending;
}

W2C_RT void *w2c_exception_thrower(const struct w2c_exception *exception) {
    return exception->thrower;
}

static void exception_add_value(struct w2c_message *message, char letter, const union w2c_value *value) {
    switch (letter) {
    case 'i':
        w2c_message_add(message, "i32 %ld", (long)(int32_t)value->i32);
        break;
    case 'l':
        w2c_message_add(message, "i64 %lld", (long long)value->i64);
        break;
    case 'f':
        w2c_message_add(message, "f32 %g", (double)value->f32);
        break;
    case 'd':
        w2c_message_add(message, "f64 %g", value->f64);
        break;
    case 'v':
    case 'V':
        w2c_message_add(message, "v128");
        break;
    default:
        w2c_message_add(message, value->ref ? "ref" : "null");
    }
}

/* "uncaught exception (i32 7, f64 1.5)". */
W2C_RT void w2c_exception_describe(struct w2c_message *message, const struct w2c_exception *exception) {
    const struct w2c_tag *tag = exception->tag;
    w2c_message_add(message, "%s", w2c_trap_text(W2C_TRAP_EXCEPTION));
    for (uint32_t i = 0; i < tag->count && tag->types && tag->types[i]; i++) {
        w2c_message_add(message, i == 0 ? " (" : ", ");
        exception_add_value(message, tag->types[i], &exception->values[i]);
        if (i + 1 == tag->count) {
            w2c_message_add(message, ")");
        }
    }
}
