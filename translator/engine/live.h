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
#include "w2c/type_records.h"
#include "w2c/w2c.h"

struct live_instance;
struct live_module;

/* One function of an instance. In the record that references point to, `context` is this, if the engine sets it so. */
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
    struct live_module *live; /* NULL until it is linked */
    struct w2c_memory **memories;
    struct w2c_table **tables;
    void **globals;                /* each a cell as w2c_global has it */
    const struct w2c_tag **tags;
    const struct w2c_func **funcs; /* imports: the record of whoever provides it; own: &own_funcs[...].record */
    struct live_func *own_funcs;   /* by func_idx - imported_func_count */
    struct live_element *elements;
    struct span *datas;
    struct arena arena; /* of the instance */
    const void *constant_stack; /* of a deep constant expression that is being evaluated: a root of the heap */
    void *engine_state; /* the engine's, made by its `link`, freed by its `free` */
};

/* What an engine is. All functions may be called by several threads for different instances. */
struct engine {
    const char *name;
    /* Called when all state is made and nothing has run: sets code and context of every own function's record
     * (record.type and the back links are filled in). May trap. */
    void (*link)(struct live_instance *instance);
    /* Calls any function, the engine's own or a host's. May trap. */
    w2c_invoker invoke;
    /* Called once for every instance whose linking began, also if `link` trapped or was never reached. Memories and
     * tables are empty by then. */
    void (*free)(struct live_instance *instance);

    /* The rest is for engines that are particular about it, and may be NULL.
     *
     * Zeroed room, aligned to 16, for a part of the state: the records of memories, tables and functions, the cells
     * of globals. It must stay until `free`. Without it, the room is in the instance's arena. May trap. */
    void *(*allocate)(struct live_instance *instance, size_t bytes);
    /* The number that stands for a type in function records. Without it that is its w2c_type_id, as everywhere in the
     * process. With it, functions cannot be given to anybody else, and imported ones get records of their own. */
    uint32_t (*type_id)(const struct module *module, uint32_t type_idx);
};

struct live_module {
    struct w2c_module descriptor; /* first: a pointer to it is a pointer to this */
    const struct module *module;
    const struct engine *engine;
    struct arena *arena;      /* what the descriptor's texts and arrays are in */
    const uint32_t *type_ids; /* by type index: what the records of functions of that type have; complete when the
                                 first instance is made */
    const struct w2c_type **type_records; /* and the records of these, unless the ids are the engine's own */
};

/* Describes the module to the runtime. Everything lives in `arena`, which with `module` must outlive the instances.
 * Bodies are not looked at: who calls this has validated them (module_validate). `name` is for messages. */
struct live_module *live_open(const struct module *module, const struct engine *engine, struct arena *arena,
                              const char *name, enum w2c_bounds bounds);

/* A value type as the runtime has it. The module has an instance. */
uint32_t live_value_type(const struct live_module *live, valtype type);

/* For w2c_code_range, whose `names` is the struct module. */
void live_write_name(const void *names, uint32_t func_idx, char *name, size_t capacity);

/* The instance a w2c_instance of a live module is. */
static inline struct live_instance *live_of(struct w2c_instance *instance) {
    return (struct live_instance *)instance;
}

/* The descriptor's functions, in live_instance.c. */
void live_link(struct w2c_instance *instance, const struct w2c_extern *imports);
void live_start(struct w2c_instance *instance);
struct w2c_extern live_get_export(struct w2c_instance *instance, uint32_t index);
void live_free(struct w2c_instance *instance);

/* What the module says of a memory, for w2c_memory_init. */
struct w2c_memory_type live_memory_type(const struct module *module, uint32_t memory_idx);
/* Makes the tags that are the instance's own. live_tag.c. */
void live_make_tags(struct live_instance *instance);
/* Zeroed room for a part of the state. */
void *live_allocate(struct live_instance *instance, size_t bytes);

/* The value of a constant expression, in whose instance all that it may read has been made. live_constant.c. */
union w2c_value live_constant(struct live_instance *instance, const struct constexpr *expression);
void live_forget_constant(struct live_instance *instance);
/* Bytes of a global's cell, and of the values in it. */
size_t live_cell_bytes(valtype type);

#endif
