/* What a function may come to do, itself or by what it calls. Which can let an exception out decides where generated C
 * has to look for one; which can make a memory grow, where base and size are read again and again.
 *
 * A program without tags has no exceptions, and its C no trace of them. In a library, functions of others may throw.
 */
#ifndef W2C_REACH_H
#define W2C_REACH_H

#include "module.h"

struct arena;

struct reach_facts {
    const bool *funcs; /* by index: a direct call may throw, or make a memory grow */
    const bool *types; /* by canonical type index: so may a call of a reference of this type */
};

/* NULL if nothing in the module can throw. Bodies need not be valid: of those that are not, the worst is believed. */
const struct reach_facts *find_throws(const struct module *module, struct arena *arena, bool is_program);
/* The same of memory.grow, whichever memory it is of; not of what other threads do. Never NULL. */
const struct reach_facts *find_growth(const struct module *module, struct arena *arena, bool is_program);

static inline bool call_can_throw(const struct module *module, uint32_t func_idx) {
    return module->throws && module->throws->funcs[func_idx];
}
static inline bool indirect_call_can_throw(const struct module *module, uint32_t type_idx) {
    return module->throws && module->throws->types[module->types[type_idx].canonical];
}
static inline bool call_can_grow(const struct module *module, uint32_t func_idx) {
    return !module->growth || module->growth->funcs[func_idx];
}

#endif
