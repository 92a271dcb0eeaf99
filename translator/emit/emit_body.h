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

void emit_signature(struct text *out, const struct emitter *e, const struct functype *type, const char *name,
                    const char *suffix);
/* A call, with the parameters of the same names, of the function whose name has this suffix. */
void emit_inner_call(struct writer *w, const struct function *f, const char *suffix);

/* ---- emit_tail.c ---- */
/* The function is written as a body, for tail calls, and an entry around it, for all others. */
bool has_tail_body(const struct emitter *e, uint32_t func_idx);
void emit_tail_entry(struct writer *w, const struct function *f);
void emit_tail_call(struct body_writer *b, const struct stmt *stmt); /* STMT_TAIL_CALL, STMT_TAIL_CALL_INDIRECT */
/* Moves and jump, on the current line. */
void emit_jump(struct body_writer *b, const struct stmt *stmt, const struct target *target);

/* ---- emit_gc.c ---- */
void emit_heap_stmt(struct body_writer *b, const struct stmt *stmt); /* STMT_RUNTIME of an operator of form HEAP */

/* ---- emit_call.c ---- */
/* The call of STMT_CALL and STMT_CALL_INDIRECT, an expression; and before an indirect one, whom it calls. */
void emit_callee(struct body_writer *b, const struct stmt *stmt);
void emit_lookup(struct body_writer *b, const struct stmt *stmt);
/* "BYTES, SIZE" of a segment: `kind` is "data" or "elem". */
void emit_segment(struct body_writer *b, const char *kind, uint32_t idx);
void emit_call(struct body_writer *b, const struct stmt *stmt);    /* STMT_CALL, STMT_CALL_INDIRECT */
void emit_runtime(struct body_writer *b, const struct stmt *stmt); /* STMT_RUNTIME */

/* ---- emit_atomic.c ---- */
void emit_atomic(struct body_writer *b, const struct stmt *stmt); /* STMT_ATOMIC */
/* ---- emit_wide.c ---- */
void emit_wide(struct body_writer *b, const struct stmt *stmt); /* STMT_WIDE */
/* ---- emit_exception.c ---- */
void emit_throw_test(struct body_writer *b, const struct stmt *stmt); /* behind a call that may throw */
void emit_throw(struct body_writer *b, const struct stmt *stmt);      /* STMT_THROW, _THROW_REF, _RETHROW, _PASS */
void emit_catch(struct body_writer *b, const struct stmt *stmt);
void emit_catch_unless(struct body_writer *b, const struct stmt *stmt);
void emit_exception_variables(struct writer *w, const struct function *f);

#endif
