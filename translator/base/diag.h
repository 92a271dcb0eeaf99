/* Errors in the input. One function reports them, and it does not return.
 *
 *     app.wasm:0x1a3f: func 12 "parse": i32.add: expected i32, found f64
 *     app.wasm:0x2c: global section: unknown type 7
 *
 * The law of fail_at: it longjmps to the frame set up by diag_catch, once per worker (translate.c). No lock,
 * FILE or descriptor may be held across code that can fail; memory is in arenas. It never crosses the public API.
 * Several workers may fail; the error at the lowest offset is the one that is told, so that the message
 * does not depend on the number of threads.
 */
#ifndef W2C_DIAG_H
#define W2C_DIAG_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "text.h"

enum diag_kind {
    DIAG_MALFORMED,   /* the bytes are no module */
    DIAG_INVALID,     /* a module that breaks a validation rule */
    DIAG_UNSUPPORTED, /* valid or not, w2c does not do it yet: the message names the feature */
    DIAG_LIMIT        /* beyond a limit of this implementation */
};

enum { DIAG_NO_FUNC = UINT32_MAX };

struct diag {
    enum diag_kind kind;
    size_t offset;       /* in the file */
    uint32_t func_idx;   /* or DIAG_NO_FUNC */
    const char *section; /* the section that is decoded, or NULL */
    const char *op;      /* text of the operator, or NULL */
    char message[480];
};

struct diag_context {
    jmp_buf *catcher;
    struct diag diag;  /* filled by fail_at */
    uint32_t func_idx; /* where we are: kept current by whoever walks, used by fail_at */
    const char *section;
    const char *op;
};

/* Records the error and jumps to context->catcher. */
_Noreturn void fail_at(struct diag_context *context, enum diag_kind kind, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "FILE:0xOFFSET: func N "NAME": OP: message", or "SECTION section: " instead of the function, and a newline.
 * `func_name` (bytes, may be NULL) is escaped. */
void diag_print(const struct diag *diag, const char *file, const char *func_name, size_t func_name_bytes, FILE *stream);

#endif
