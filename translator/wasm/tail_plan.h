/* Which functions need a body that can be called in tail position, see tail_plan.c. */
#ifndef W2C_TAIL_PLAN_H
#define W2C_TAIL_PLAN_H

#include "module.h"

/* All bodies have been validated. */
bool module_makes_tail_calls(const struct module *module);

/* By function: chains of tail calls that begin with it may be of any length. NULL if no function is such.
 * In a program imports are functions of the host, which return to their caller. The result is in `arena`; `scratch` is
 * reset. Fails by fail_at only where validation would. */
const bool *tail_plan(const struct module *module, bool is_program, struct arena *arena, struct arena *scratch,
                      struct diag_context *diag);

#endif
