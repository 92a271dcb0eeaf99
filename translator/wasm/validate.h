/* Validation of function bodies, one instruction at a time (spec 3.4 and appendix A.3).
 *
 *     body_open(&body, ...);
 *     validate_open(&v, ...);
 *     while (!validate_is_done(&v)) { body_next(&body, &instr); validate_step(&v, &instr); ... use instr ... }
 *
 * After a step that returned, the instruction is valid in its place: who uses it next needs no checks. Rows of
 * ops.def with a signature are checked by it; the rest in validate_control.c and validate_access.c. `body` must
 * outlive the validator. */
#ifndef W2C_VALIDATE_H
#define W2C_VALIDATE_H

#include "body.h"

struct validator;

/* Makes a validator in the function arena. */
struct validator *validate_open(const struct module *module, struct arena *arena, const struct body *body,
                                uint32_t func_idx);
void validate_step(struct validator *v, struct instr *instr);
/* The function's own block is closed. Trailing bytes are the caller's to refuse (validate_close). */
bool validate_is_done(const struct validator *v);
void validate_close(struct validator *v); /* fails unless the body ends exactly here */
/* After a step: is the code that follows reachable, as far as validation knows? */
bool validate_is_reachable(const struct validator *v);
/* Before the step of `drop` or `select`: the type on top of the stack; TYPE_BOTTOM if unknown. */
valtype validate_top_type(const struct validator *v);

/* Reads a constant expression (spec 3.4.12) whose value is an `expected`; `reader` moves behind it. Only the first
 * `global_limit` globals may be read. `arena` is touched by very deep expressions alone. */
struct constexpr validate_constexpr(const struct module *module, struct arena *arena, struct reader *reader,
                                    valtype expected, uint32_t global_limit);

#endif
