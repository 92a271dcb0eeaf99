/* One live instance from link to free (spec 4.7.2): first everything is made, then active segments are copied in order,
 * then the start function runs. A trap on the way ends it; what was written before stays. The order and the checks are
 * those of the C that emit_start.c writes, by the same operators (w2c/ops_bulk.h, w2c/ops_table.h).
 *
 * Between the functions here only `live` tells how far an instance has come: it is zeroed when the runtime makes it,
 * and freeing what is still zero does nothing.
 */
#include <string.h>

#include "../wasm/module_facts.h"
#include "live.h"
#include "w2c/heap.h"
#include "w2c/ops_bulk64.h"
#include "w2c/ops_table.h"

/* ---- room ---- */

void *live_allocate(struct live_instance *instance, size_t bytes) {
    const struct engine *engine = instance->live->engine;
    if (bytes == 0) bytes = 1;
    return engine->allocate ? engine->allocate(instance, bytes) : arena_alloc(&instance->arena, 1, bytes);
}

static void make_arrays(struct live_instance *instance, const struct module *m) {
    struct arena *arena = &instance->arena;
    instance->memories = arena_array(arena, struct w2c_memory *, m->memory_count);
    instance->tables = arena_array(arena, struct w2c_table *, m->table_count);
    instance->globals = arena_array(arena, void *, m->global_count);
    instance->tags = arena_array(arena, const struct w2c_tag *, m->tag_count);
    instance->funcs = arena_array(arena, const struct w2c_func *, m->func_count);
    instance->elements = arena_array(arena, struct live_element, m->element_count);
    instance->datas = arena_array(arena, struct span, m->data_count);
}

/* ---- roots: what may hold references to objects, also if it is somebody else's ---- */

static void add_global_root(const struct live_instance *instance, uint32_t idx) {
    const struct module *m = instance->live->module;
    if (type_may_be_object(m, m->globals[idx].type.type))
        w2c_heap_root_add(instance->globals[idx], sizeof(const void *));
}

static void add_table_root(const struct live_instance *instance, uint32_t idx) {
    const struct module *m = instance->live->module;
    if (type_may_be_object(m, m->tables[idx].type.element)) w2c_heap_table_add(instance->tables[idx]);
}

/* Those that were added last are looked for first. */
static void remove_roots(struct live_instance *instance) {
    const struct module *m = instance->live->module;
    live_forget_constant(instance);
    for (uint32_t i = m->element_count; i-- > 0;) {
        if (instance->elements[i].refs && type_may_be_object(m, m->elements[i].type))
            w2c_heap_root_remove(instance->elements[i].refs);
    }
    for (uint32_t i = m->table_count; i-- > 0;) {
        if (instance->tables[i] && type_may_be_object(m, m->tables[i].type.element))
            w2c_heap_table_remove(instance->tables[i]);
    }
    for (uint32_t i = m->global_count; i-- > 0;) {
        if (instance->globals[i] && type_may_be_object(m, m->globals[i].type.type))
            w2c_heap_root_remove(instance->globals[i]);
    }
}

/* ---- link ---- */

/* An engine with type ids of its own cannot use somebody else's record. */
static const struct w2c_func *import_func(struct live_instance *instance, uint32_t func_idx,
                                          const struct w2c_func *provided) {
    const struct live_module *live = instance->live;
    if (!live->engine->type_id) return provided;
    struct w2c_func *record = live_allocate(instance, sizeof *record);
    *record = *provided;
    record->type = live->type_ids[live->module->funcs[func_idx].type_idx];
    return record;
}

static void take_imports(struct live_instance *instance, const struct w2c_extern *imports) {
    const struct module *m = instance->live->module;
    for (uint32_t i = 0; i < m->import_count; i++) {
        const uint32_t idx = m->imports[i].idx;
        switch (m->imports[i].kind) {
        case EXTERN_FUNC: instance->funcs[idx] = import_func(instance, idx, imports[i].func); break;
        case EXTERN_TABLE: instance->tables[idx] = imports[i].table; break;
        case EXTERN_MEMORY: instance->memories[idx] = imports[i].memory; break;
        case EXTERN_GLOBAL: instance->globals[idx] = imports[i].global.cell; break;
        case EXTERN_TAG: instance->tags[idx] = imports[i].tag; break;
        }
    }
}

struct w2c_memory_type live_memory_type(const struct module *m, uint32_t idx) {
    const struct memory_type *type = &m->memories[idx].type;
    return (struct w2c_memory_type){.min_pages = type->limits.min,
                                    .max_pages = type->limits.max,
                                    .has_max = type->limits.has_max,
                                    .is_64 = type->limits.is_64,
                                    .is_shared = type->limits.is_shared,
                                    .page_bytes = 1u << type->page_log2};
}

static void make_funcs(struct live_instance *instance) {
    const struct live_module *live = instance->live;
    const struct module *m = live->module;
    const uint32_t first = m->imported_func_count;
    instance->own_funcs = live_allocate(instance, (m->func_count - first) * sizeof *instance->own_funcs);
    for (uint32_t i = first; i < m->func_count; i++) {
        struct live_func *func = &instance->own_funcs[i - first];
        func->record.type = live->type_ids[m->funcs[i].type_idx];
        func->instance = instance;
        func->func_idx = i;
        instance->funcs[i] = &func->record;
    }
}

static void make_memory(struct live_instance *instance, uint32_t idx) {
    const struct w2c_memory_type type = live_memory_type(instance->live->module, idx);
    struct w2c_memory *memory = live_allocate(instance, sizeof *memory);
    if (!w2c_memory_init(memory, type, instance->live->descriptor.bounds)) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    instance->memories[idx] = memory;
}

static void make_global(struct live_instance *instance, uint32_t idx) {
    const struct global *global = &instance->live->module->globals[idx];
    const union w2c_value value = live_constant(instance, &global->init);
    instance->globals[idx] = live_allocate(instance, sizeof value);
    memcpy(instance->globals[idx], &value, live_cell_bytes(global->type.type));
    add_global_root(instance, idx);
}

static void make_table(struct live_instance *instance, uint32_t idx) {
    const struct table *table = &instance->live->module->tables[idx];
    const struct limits *limits = &table->type.limits;
    const void *fill = table->init.code.size ? live_constant(instance, &table->init).ref : NULL;
    const struct w2c_table_type type = {.min = limits->min,
                                        .max = limits->has_max ? limits->max : UINT32_MAX,
                                        .has_max = limits->has_max,
                                        .is_64 = limits->is_64,
                                        .type = live_value_type(instance->live, table->type.element)};
    struct w2c_table *record = live_allocate(instance, sizeof *record);
    if (!w2c_table_init(record, type, fill)) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    instance->tables[idx] = record;
    add_table_root(instance, idx);
}

static void make_element(struct live_instance *instance, uint32_t idx) {
    const struct element *element = &instance->live->module->elements[idx];
    if (element->mode == SEGMENT_DECLARATIVE) return;
    const void **refs = arena_array(&instance->arena, const void *, element->count);
    instance->elements[idx] = (struct live_element){refs, element->count};
    if (type_may_be_object(instance->live->module, element->type))
        w2c_heap_root_add(refs, element->count * sizeof *refs);
    for (uint32_t i = 0; i < element->count; i++) {
        refs[i] = element->func_idxs ? (const void *)instance->funcs[element->func_idxs[i]]
                                     : live_constant(instance, &element->inits[i]).ref;
    }
}

static void make_state(struct live_instance *instance, const struct module *m) {
    make_funcs(instance);
    live_make_tags(instance);
    for (uint32_t i = 0; i < m->imported_global_count; i++)
        add_global_root(instance, i);
    for (uint32_t i = 0; i < m->imported_table_count; i++)
        add_table_root(instance, i);
    for (uint32_t i = m->imported_memory_count; i < m->memory_count; i++)
        make_memory(instance, i);
    for (uint32_t i = m->imported_global_count; i < m->global_count; i++)
        make_global(instance, i);
    for (uint32_t i = m->imported_table_count; i < m->table_count; i++)
        make_table(instance, i);
    for (uint32_t i = 0; i < m->element_count; i++)
        make_element(instance, i);
    for (uint32_t i = 0; i < m->data_count; i++)
        instance->datas[i] = m->datas[i].bytes;
}

void live_link(struct w2c_instance *head, const struct w2c_extern *imports) {
    struct live_instance *instance = live_of(head);
    instance->live = (struct live_module *)(uintptr_t)head->module;
    const struct module *m = instance->live->module;
    make_arrays(instance, m);
    take_imports(instance, imports);
    make_state(instance, m);
    instance->live->engine->link(instance);
}

/* ---- start ---- */

/* The value of a segment's offset; as 64 bits it is in range only if it is by its own type. */
static uint64_t offset_of(struct live_instance *instance, const struct constexpr *offset, const struct limits *limits) {
    const union w2c_value value = live_constant(instance, offset);
    return limits->is_64 ? value.i64 : value.i32;
}

static void copy_element(struct live_instance *instance, uint32_t idx) {
    const struct element *element = &instance->live->module->elements[idx];
    if (element->mode != SEGMENT_ACTIVE) return;
    struct live_element *from = &instance->elements[idx];
    const struct limits *limits = &instance->live->module->tables[element->table_idx].type.limits;
    const uint32_t offset = table_index(offset_of(instance, &element->offset, limits));
    table_init(instance->tables[element->table_idx], from->refs, from->count, offset, 0, from->count);
    from->count = 0; /* its references stay a root until the instance is freed */
}

static void copy_data(struct live_instance *instance, uint32_t idx) {
    const struct data *data = &instance->live->module->datas[idx];
    if (data->mode != SEGMENT_ACTIVE) return;
    struct span *from = &instance->datas[idx];
    const struct limits *limits = &instance->live->module->memories[data->memory_idx].type.limits;
    const uint64_t offset = offset_of(instance, &data->offset, limits);
    memory_init_64(instance->memories[data->memory_idx], from->bytes, from->size, offset, 0, from->size);
    *from = (struct span){0};
}

void live_start(struct w2c_instance *head) {
    struct live_instance *instance = live_of(head);
    const struct module *m = instance->live->module;
    for (uint32_t i = 0; i < m->element_count; i++)
        copy_element(instance, i);
    for (uint32_t i = 0; i < m->data_count; i++)
        copy_data(instance, i);
    if (m->start_func != NO_FUNC) instance->live->engine->invoke(instance->funcs[m->start_func], NULL, NULL);
}

/* ---- exports ---- */

struct w2c_extern live_get_export(struct w2c_instance *head, uint32_t index) {
    struct live_instance *instance = live_of(head);
    const struct module *m = instance->live->module;
    const struct export *export = &m->exports[index];
    switch (export->kind) {
    case EXTERN_FUNC: return (struct w2c_extern){W2C_FUNC, {.func = instance->funcs[export->idx]}};
    case EXTERN_TABLE: return (struct w2c_extern){W2C_TABLE, {.table = instance->tables[export->idx]}};
    case EXTERN_MEMORY: return (struct w2c_extern){W2C_MEMORY, {.memory = instance->memories[export->idx]}};
    case EXTERN_GLOBAL: {
        const struct global_type *type = &m->globals[export->idx].type;
        const uint32_t value_type = live_value_type(instance->live, type->type);
        return (struct w2c_extern){W2C_GLOBAL,
                                   {.global = {instance->globals[export->idx], value_type, type->is_mutable}}};
    }
    case EXTERN_TAG: return (struct w2c_extern){W2C_TAG, {.tag = instance->tags[export->idx]}};
    }
    return (struct w2c_extern){W2C_TAG, {.func = NULL}};
}

/* ---- free ---- */

/* Memories and tables have memory of their own; all else is in the arena or with the engine. */
void live_free(struct w2c_instance *head) {
    struct live_instance *instance = live_of(head);
    if (!instance->live) return;
    const struct module *m = instance->live->module;
    remove_roots(instance);
    for (uint32_t i = m->imported_memory_count; i < m->memory_count; i++) {
        if (instance->memories[i]) w2c_memory_free(instance->memories[i]);
    }
    for (uint32_t i = m->imported_table_count; i < m->table_count; i++) {
        if (instance->tables[i]) w2c_table_free(instance->tables[i]);
    }
    instance->live->engine->free(instance);
    arena_free(&instance->arena);
}
