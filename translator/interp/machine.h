/* What the parts of the interpreter share beside the code: instances, and the slow ways that handlers take. */
#ifndef W2C_MACHINE_H
#define W2C_MACHINE_H

#include "../base/diag.h"
#include "code.h"
#include "w2c/config.h"

struct host_type;

struct interp_instance {
    struct live_instance *live;
    struct interp_func *funcs; /* as live->own_funcs; their addresses stand for frames in backtraces */
    const void *memory;
    const struct handler_table *handlers;
    struct host_type **host_types; /* by type index, made when needed */
    const struct functype *types;  /* by type index: see interp_slot_types */
    struct arena scratch;          /* of the lowering */
    struct diag_context diag;
    struct w2c_code_range range;
};

static inline struct interp_instance *interp_instance_of(const struct live_instance *instance) {
    return instance->engine_state;
}

/* What the record of every function of the interpreter has for code. Nobody calls it. */
void interp_code(void);

/* Gives the function its code. */
void interp_lower(const struct interp_func *func);
/* A function's frame has this size. */
void interp_note_frame(uint32_t bytes);
/* Traps: no room for another frame. */
W2C_NORETURN void interp_exhausted(void);

/* Calls a function that is not the interpreter's. Its arguments are in the slots below `top`; results take their place.
 * The first result as a number. */
uint64_t interp_call_host(const struct w2c_func *func, const struct host_type *type, union slot *top);
/* The same from outside, by the type in the record. */
void interp_invoke_host(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results);
/* How to call functions of this type. */
const struct host_type *interp_host_type(struct interp_instance *instance, uint32_t type_idx);

/* ---- slot_types.c ---- */

bool interp_is_vector(valtype type);
/* The type with each vector in it twice: once for each of its slots. */
struct functype interp_slot_type(struct arena *arena, const struct functype *type);
/* Those of all function types of the module, by type index. */
const struct functype *interp_slot_types(struct arena *arena, const struct module *module);
/* Values of these types, a vector once, to and from slots. */
void interp_put_values(union slot *slots, const valtype *types, uint32_t count, const union w2c_value *values);
void interp_get_values(union w2c_value *values, const valtype *types, uint32_t count, const union slot *slots);

/* The place where executions of basic blocks are counted, or NULL: see interp_configure. */
uint64_t *interp_block_counts(const struct live_instance *instance, uint32_t func_idx);

#endif
