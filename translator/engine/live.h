/* Instances that are made from a decoded module in this process, without C in between: what the interpreter and the
 * compiler in memory have in common.
 *
 *      struct module ----live_open----> struct live_module, whose first member is a w2c_module
 *                                               │
 *      w2c_instantiate (or w2c_instance_link) --+--> struct live_instance, whose first member is a w2c_instance
 *
 * The runtime knows nothing of this: it sees a descriptor like those that the emitter writes, so linking, import
 * checks, exports by name, traps and deletion work as for compiled modules, and instances of one engine import from
 * each other. What an engine adds is behind struct engine: the code of functions.
 *
 * State is where generated C would have it, by kind and index, reached by pointers, since imported objects belong to
 * somebody else:
 *
 *      memories[i] -> struct w2c_memory      tables[i] -> struct w2c_table      globals[i] -> cell of the C type
 *      funcs[i]    -> struct w2c_func        elements[i], datas[i]: what segments hold, empty once dropped
 */
#ifndef W2C_LIVE_H
#define W2C_LIVE_H

#include "../base/arena.h"
#include "../wasm/module.h"
#include "w2c/engine.h"
#include "w2c/w2c.h"

struct live_instance;
struct live_module;

/* One function of an instance. In the record that references point to, `context` is this. */
struct live_func {
    struct w2c_func record; /* code, context, type; code and context are the engine's to set */
    struct live_instance *instance;
    uint32_t func_idx;
    void *code; /* the engine's own form of it, or NULL while it has none */
};

/* A segment as instructions see it. A dropped one has count 0. */
struct live_element {
    const void **refs;
    uint32_t count;
};

struct live_instance {
    struct w2c_instance head;
    struct live_module *live;
    struct w2c_memory **memories;
    struct w2c_table **tables;
    void **globals;                /* each a cell as w2c_global has it */
    const struct w2c_func **funcs; /* imports: the record of whoever provides it; own: &own_funcs[...].record */
    struct live_func *own_funcs;   /* by func_idx - imported_func_count */
    struct live_element *elements;
    struct span *datas;
    struct arena arena;            /* of the instance */
    void *engine_state;            /* the engine's, made by its `link`, freed by its `free` */
};

/* What an engine is. All functions may be called by several threads for different instances. */
struct engine {
    const char *name;
    /* Sets code and context of every own function's record (record.type and the back links are filled in). May trap. */
    void (*link)(struct live_instance *instance);
    /* Calls any function, the engine's own or a host's. May trap. */
    w2c_invoker invoke;
    void (*free)(struct live_instance *instance);
};

struct live_module {
    struct w2c_module descriptor; /* first: a pointer to it is a pointer to this */
    const struct module *module;
    const struct engine *engine;
    struct arena *arena; /* what the descriptor's texts and arrays are in */
};

/* Describes the module to the runtime. Everything lives in `arena`, which with `module` must outlive the instances.
 * Bodies are not looked at: who calls this has validated them (validate_functions). `name` is for messages. */
struct live_module *live_open(const struct module *module, const struct engine *engine, struct arena *arena,
                              const char *name, enum w2c_bounds bounds);

/* The instance a w2c_instance of a live module is. */
static inline struct live_instance *live_of(struct w2c_instance *instance) {
    return (struct live_instance *)instance;
}

#endif
