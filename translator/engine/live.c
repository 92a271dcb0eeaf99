/* From a decoded module to the descriptor by which the runtime links it: the tables that emit_library.c writes as C,
 * made in memory.
 *
 * Functions have no symbols, and the prefix under which the runtime would look for some is one that no symbol has. An
 * engine registers its addresses instead (w2c/engine.h).
 */
#include "live.h"

#include <string.h>

#include "../base/text.h"
#include "../wasm/module_facts.h"

static const enum w2c_kind kinds[] = {[EXTERN_FUNC] = W2C_FUNC,
                                      [EXTERN_TABLE] = W2C_TABLE,
                                      [EXTERN_MEMORY] = W2C_MEMORY,
                                      [EXTERN_GLOBAL] = W2C_GLOBAL,
                                      [EXTERN_TAG] = W2C_TAG};

static const char *keep_text(struct arena *arena, struct text *text) {
    const char *copy = arena_copy(arena, text->data, text->size);
    text_free(text);
    return copy;
}

/* ---- types ---- */

static const char *const *type_texts(const struct module *m, struct arena *arena) {
    const char **texts = arena_array(arena, const char *, m->type_count);
    for (uint32_t i = 0; i < m->type_count; i++) {
        struct text text = {0};
        text_type_entry(&text, m, i, VECTORS_AS_STRUCTS);
        texts[i] = keep_text(arena, &text);
    }
    return texts;
}

/* The runtime fills in its own ids when the first instance is made; an engine's are known now. An engine's own ones say
 * nothing of subtypes, so rich types have the process's. */
static void describe_types(struct live_module *live) {
    const struct module *m = live->module;
    uint32_t *ids = arena_array(live->arena, uint32_t, m->type_count);
    live->type_ids = ids;
    live->descriptor.types = type_texts(m, live->arena);
    if (!live->engine->type_id || m->has_rich_types) {
        live->type_records = arena_array(live->arena, const struct w2c_type *, m->type_count);
        live->descriptor.type_ids = ids;
        live->descriptor.type_records = live->type_records;
        live->descriptor.type_count = m->type_count;
        return;
    }
    for (uint32_t i = 0; i < m->type_count; i++) {
        if (m->types[i].composite == COMPOSITE_FUNC) ids[i] = live->engine->type_id(m, i);
    }
}

static const char *extern_type(const struct live_module *live, enum extern_kind kind, uint32_t idx,
                               enum vector_passing vectors) {
    const struct module *m = live->module;
    struct text text = {0};
    if (kind == EXTERN_FUNC) text_func_type(&text, m, m->funcs[idx].type_idx, vectors);
    if (kind == EXTERN_TAG) text_func_type(&text, m, m->tags[idx].type_idx, vectors);
    if (kind == EXTERN_GLOBAL) text_value_type(&text, m->globals[idx].type.type);
    if (kind == EXTERN_TABLE) text_value_type(&text, m->tables[idx].type.element);
    return keep_text(live->arena, &text);
}

uint32_t live_value_type(const struct live_module *live, valtype type) {
    const uint32_t not_null = type_is_ref(type) && !type_is_nullable(type) ? W2C_NOT_NULL : 0;
    if (type_code(type) == TYPE_DEFINED) return W2C_REFERENCE(live->type_ids[type_idx_of(type)]) | not_null;
    return (unsigned char)type_letter(type) | not_null;
}

/* ---- imports and exports ---- */

static void describe_limits(struct w2c_import *out, const struct limits *limits) {
    out->min = limits->min;
    out->has_max = limits->has_max;
    out->max = limits->has_max ? limits->max : 0;
    out->is_64 = limits->is_64;
    out->is_shared = limits->is_shared;
}

static void describe_import(const struct live_module *live, const struct import *import, struct w2c_import *out) {
    const struct module *m = live->module;
    out->module = arena_copy(live->arena, import->module.bytes, import->module.size);
    out->module_bytes = import->module.size;
    out->name = arena_copy(live->arena, import->name.bytes, import->name.size);
    out->name_bytes = import->name.size;
    out->kind = kinds[import->kind];
    out->type = extern_type(live, import->kind, import->idx, VECTORS_AS_STRUCTS);
    if (import->kind == EXTERN_GLOBAL) out->is_mutable = m->globals[import->idx].type.is_mutable;
    if (import->kind == EXTERN_MEMORY) {
        describe_limits(out, &m->memories[import->idx].type.limits);
        out->page_bytes = 1u << m->memories[import->idx].type.page_log2;
    }
    if (import->kind == EXTERN_TABLE) describe_limits(out, &m->tables[import->idx].type.limits);
}

static void describe_imports(struct live_module *live) {
    const struct module *m = live->module;
    struct w2c_import *imports = arena_array(live->arena, struct w2c_import, m->import_count);
    for (uint32_t i = 0; i < m->import_count; i++)
        describe_import(live, &m->imports[i], &imports[i]);
    live->descriptor.imports = imports;
    live->descriptor.import_count = m->import_count;
}

static void describe_exports(struct live_module *live) {
    const struct module *m = live->module;
    struct w2c_export *exports = arena_array(live->arena, struct w2c_export, m->export_count);
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        exports[i] = (struct w2c_export){.name = arena_copy(live->arena, export->name.bytes, export->name.size),
                                         .name_bytes = export->name.size,
                                         .kind = kinds[export->kind],
                                         .type = extern_type(live, export->kind, export->idx, VECTORS_IN_REGISTERS),
                                         .invoke = export->kind == EXTERN_FUNC ? live->engine->invoke : NULL};
    }
    live->descriptor.exports = exports;
    live->descriptor.export_count = m->export_count;
}

void live_write_name(const void *names, uint32_t func_idx, char *name, size_t capacity) {
    module_write_display_name(names, func_idx, name, capacity);
}

struct live_module *live_open(const struct module *module, const struct engine *engine, struct arena *arena,
                              const char *name, enum w2c_bounds bounds) {
    struct live_module *live = arena_new(arena, struct live_module);
    live->module = module;
    live->engine = engine;
    live->arena = arena;
    live->descriptor = (struct w2c_module){.abi = W2C_ABI,
                                           .bounds = bounds,
                                           .name = arena_copy(arena, name, strlen(name)),
                                           .symbol_prefix = "\n",
                                           .function_count = module->func_count,
                                           .instance_bytes = sizeof(struct live_instance),
                                           .link = live_link,
                                           .start = live_start,
                                           .get_export = live_get_export,
                                           .free = live_free};
    describe_types(live);
    describe_imports(live);
    describe_exports(live);
    return live;
}
