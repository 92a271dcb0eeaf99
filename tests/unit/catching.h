/* For tests of code that fails by fail_at: runs it, and tells whether it came back. */
#ifndef W2C_CATCHING_H
#define W2C_CATCHING_H

#include "base/diag.h"

typedef void (*caught_body)(struct diag_context *context, void *argument);

/* True if body(context, argument) failed; context->diag then says how. */
static inline bool catches(struct diag_context *context, caught_body body, void *argument) {
    jmp_buf here;
    context->catcher = &here;
    context->func_idx = DIAG_NO_FUNC;
    context->op = NULL;
    if (setjmp(here)) return true;
    body(context, argument);
    return false;
}

/* cmocka prints both strings if `message` does not begin with `expected`. */
#define assert_begins_with(message, expected)                                                                          \
    do {                                                                                                               \
        if (strncmp((message), (expected), strlen(expected)) != 0) assert_string_equal((message), (expected));         \
    } while (0)

#endif
