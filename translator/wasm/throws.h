/* Which functions can let an exception out: what decides where generated C has to look for one.
 *
 * A program without tags has none, and its C has no trace of exceptions. In a library, functions of others may throw.
 */
#ifndef W2C_THROWS_H
#define W2C_THROWS_H

#include "module.h"

struct arena;

struct throw_facts {
    const bool *funcs; /* by index: a direct call may throw */
    const bool *types; /* by canonical type index: so may a call of a reference of this type */
};

/* NULL if nothing in the module can throw. Bodies need not be valid: of those that are not, the worst is believed. */
const struct throw_facts *find_throws(const struct module *module, struct arena *arena, bool is_program);

static inline bool call_can_throw(const struct module *module, uint32_t func_idx) {
    return module->throws && module->throws->funcs[func_idx];
}
static inline bool indirect_call_can_throw(const struct module *module, uint32_t type_idx) {
    return module->throws && module->throws->types[module->types[type_idx].canonical];
}

#endif
