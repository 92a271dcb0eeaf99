/* Inside of the emitter of function bodies: emit_func.c, and emit_call.c for the statements that call. */
#ifndef W2C_EMIT_BODY_H
#define W2C_EMIT_BODY_H

#include "emit.h"

struct body_writer {
    struct writer w;
    const struct function *f;
};

/* ---- emit_func.c ---- */
/* The beginning of a line, indented, or all of it if the string ends so. */
void emit_line(struct body_writer *b, const char *string);
/* Whether anything reads the slot, which otherwise is not declared. */
bool emit_slot_is_read(const struct function *f, enum ctype type, uint32_t height);
bool emit_is_wanted(const struct function *f, struct dest dest);
/* "    l5 = ", or the indentation alone if the value is not wanted. */
void emit_dest(struct body_writer *b, struct dest dest);
/* The statement's operands with commas between, `separator` before the first. */
void emit_args(struct body_writer *b, const struct stmt *stmt, const char *separator);

/* ---- emit_call.c ---- */
void emit_call(struct body_writer *b, const struct stmt *stmt);    /* STMT_CALL, STMT_CALL_INDIRECT */
void emit_runtime(struct body_writer *b, const struct stmt *stmt); /* STMT_RUNTIME */

/* ---- emit_atomic.c ---- */
void emit_atomic(struct body_writer *b, const struct stmt *stmt); /* STMT_ATOMIC */
/* ---- emit_wide.c ---- */
void emit_wide(struct body_writer *b, const struct stmt *stmt); /* STMT_WIDE */

#endif
