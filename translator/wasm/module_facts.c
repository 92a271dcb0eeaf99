/* Facts that follow from a decoded module alone. The table of WASI calls is the runtime's own, so that what counts as a
 * WASI import is exactly what the runtime can provide.
 */
#include "module_facts.h"

#include <stdio.h>
#include <string.h>

#include "../base/arena.h"
#include "../base/demangle.h"
#include "../base/text.h"
#include "w2c/wasi_signatures.h"

/* ---- types in letters ---- */

char type_letter(valtype type) {
    switch (type_code(type)) {
    case TYPE_I32: return 'i';
    case TYPE_I64: return 'l';
    case TYPE_F32: return 'f';
    case TYPE_F64: return 'd';
    case TYPE_V128: return 'v';
    case TYPE_I8: return 'b';
    case TYPE_I16: return 'h';
    case TYPE_FUNC: return 'F';
    case TYPE_NOFUNC: return 'u';
    case TYPE_EXTERN: return 'E';
    case TYPE_NOEXTERN: return 'e';
    case TYPE_ANY: return 'A';
    case TYPE_EQ: return 'Q';
    case TYPE_I31: return 'I';
    case TYPE_STRUCT: return 'S';
    case TYPE_ARRAY: return 'R';
    case TYPE_NONE: return 'a';
    case TYPE_EXN: return 'X';
    case TYPE_NOEXN: return 'x';
    case TYPE_DEFINED: return '#';
    case TYPE_BOTTOM:
    case TYPE_BOTTOM_REF: break;
    }
    return '?';
}

/* Types from `group` on are of the group that is being written; NO_TYPE: none are. */
static void text_index(struct text *out, uint32_t idx, uint32_t group) {
    const bool is_inner = idx >= group;
    text_char(out, is_inner ? '@' : '$');
    text_u64(out, is_inner ? idx - group : idx);
}

static void text_value(struct text *out, valtype type, uint32_t group) {
    if (type_is_ref(type) && !type_is_nullable(type)) text_char(out, '!');
    if (type_code(type) == TYPE_DEFINED) {
        text_index(out, type_idx_of(type), group);
    } else {
        text_char(out, type_letter(type));
    }
}

void text_value_type(struct text *out, valtype type) {
    text_value(out, type, NO_TYPE);
}

static void text_operand(struct text *out, valtype type, uint32_t group, enum vector_passing vectors) {
    if (type_code(type) == TYPE_V128) {
        text_char(out, (char)vectors);
    } else {
        text_value(out, type, group);
    }
}

static void text_functype(struct text *out, const struct functype *type, uint32_t group, enum vector_passing vectors) {
    for (uint32_t i = 0; i < type->param_count; i++)
        text_operand(out, type->params[i], group, vectors);
    text_char(out, ':');
    for (uint32_t i = 0; i < type->result_count; i++)
        text_operand(out, type->results[i], group, vectors);
}

void text_signature(struct text *out, const struct functype *type) {
    text_functype(out, type, NO_TYPE, VECTORS_IN_REGISTERS);
}

static void text_fields(struct text *out, const struct type *type) {
    text_char(out, type->composite == COMPOSITE_STRUCT ? '{' : '[');
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].is_mutable) text_char(out, '~');
        text_value(out, type->fields[i].type, type->group_start);
    }
    text_char(out, type->composite == COMPOSITE_STRUCT ? '}' : ']');
}

static void text_type(struct text *out, const struct type *type, enum vector_passing vectors) {
    if (!type->is_final) text_char(out, '+');
    if (type->supertype != NO_TYPE) {
        text_char(out, '<');
        text_index(out, type->supertype, type->group_start);
    }
    if (type->composite == COMPOSITE_FUNC) {
        text_functype(out, &type->func, type->group_start, vectors);
    } else {
        text_fields(out, type);
    }
}

void text_type_entry(struct text *out, const struct module *module, uint32_t type_idx, enum vector_passing vectors) {
    const struct type *type = &module->types[type_idx];
    if (type->group_start != type_idx) {
        text_format(out, "^%u", (unsigned)(type_idx - type->group_start));
        return;
    }
    for (uint32_t i = 0; i < type->group_size; i++) {
        if (i) text_char(out, ';');
        text_type(out, type + i, vectors);
    }
}

/* One that says all: a group of its own, final, without supertype, made of types that have letters. */
static bool is_plain_letter(valtype type) {
    return type_code(type) != TYPE_DEFINED;
}

static bool is_told_by_signature(const struct type *type) {
    if (type->group_size != 1 || !type->is_final || type->supertype != NO_TYPE) return false;
    bool good = type->composite == COMPOSITE_FUNC;
    for (uint32_t i = 0; i < type->func.param_count; i++)
        good = good && is_plain_letter(type->func.params[i]);
    for (uint32_t i = 0; i < type->func.result_count; i++)
        good = good && is_plain_letter(type->func.results[i]);
    return good;
}

void text_func_type(struct text *out, const struct module *module, uint32_t type_idx, enum vector_passing vectors) {
    if (is_told_by_signature(&module->types[type_idx])) {
        text_functype(out, &module->types[type_idx].func, NO_TYPE, vectors);
    } else {
        text_format(out, "$%u", (unsigned)type_idx);
    }
}

/* ---- objects ---- */

bool type_may_be_object(const struct module *module, valtype type) {
    return type_is_ref(type) && !type_matches(module, type, TYPE_FUNCREF);
}

static bool is_below_any(const struct module *m, valtype type) {
    return type_matches(m, type, type_ref(TYPE_ANY, true));
}

/* Whether a global, a table or an element segment is of such a type. */
static bool any_variable(const struct module *m, bool (*is_wanted)(const struct module *module, valtype type)) {
    bool found = false;
    for (uint32_t i = 0; i < m->global_count && !found; i++)
        found = is_wanted(m, m->globals[i].type.type);
    for (uint32_t i = 0; i < m->table_count && !found; i++)
        found = is_wanted(m, m->tables[i].type.element);
    for (uint32_t i = 0; i < m->element_count && !found; i++)
        found = is_wanted(m, m->elements[i].type);
    return found;
}

bool module_has_objects(const struct module *m) {
    bool found = m->tag_count > 0;
    for (uint32_t i = 0; i < m->type_count && !found; i++)
        found = m->types[i].composite != COMPOSITE_FUNC;
    return found || any_variable(m, is_below_any);
}

bool module_keeps_references(const struct module *m) {
    return any_variable(m, type_may_be_object);
}

/* ---- programs ---- */

const char *wasi_call_name(const struct module *module, uint32_t import_idx) {
    const struct import *import = &module->imports[import_idx];
    if (import->kind != EXTERN_FUNC) return NULL;
    const struct w2c_wasi_signature *row =
        w2c_wasi_find_signature(import->module.bytes, import->module.size, import->name.bytes, import->name.size);
    if (!row) return NULL;
    struct text signature = {0};
    text_signature(&signature, func_type(module, import->idx));
    const bool matches = strcmp(text_string(&signature), row->signature) == 0;
    text_free(&signature);
    return matches ? row->name : NULL;
}

bool is_wasi_import(const struct module *module, uint32_t import_idx) {
    return wasi_call_name(module, import_idx) != NULL;
}

bool module_has_start(const struct module *module) {
    const struct export *start = find_export(module, "_start");
    if (!start || start->kind != EXTERN_FUNC) return false;
    const struct functype *type = func_type(module, start->idx);
    return type->param_count == 0 && type->result_count == 0;
}

static bool is_named(struct name name, const char *text) {
    return name.size == strlen(text) && memcmp(name.bytes, text, name.size) == 0;
}

/* Whether the function has this type, in letters. */
static bool has_signature(const struct module *module, uint32_t func_idx, const char *wanted) {
    struct text signature = {0};
    text_signature(&signature, func_type(module, func_idx));
    const bool matches = strcmp(text_string(&signature), wanted) == 0;
    text_free(&signature);
    return matches;
}

static bool exports_function(const struct module *module, const char *name, const char *signature) {
    const struct export *export = find_export(module, name);
    return export && export->kind == EXTERN_FUNC && has_signature(module, export->idx, signature);
}

/* Threads have in common only what is imported. */
static bool exports_shared_import(const struct module *module) {
    const struct export *memory = find_export(module, "memory");
    return memory && memory->kind == EXTERN_MEMORY && memory->idx < module->imported_memory_count &&
           module->memories[memory->idx].type.limits.is_shared;
}

bool is_spawn_import(const struct module *module, uint32_t import_idx) {
    const struct import *import = &module->imports[import_idx];
    return import->kind == EXTERN_FUNC && is_named(import->module, "wasi") && is_named(import->name, "thread-spawn") &&
           has_signature(module, import->idx, "i:i") && exports_function(module, "wasi_thread_start", "ii:") &&
           exports_shared_import(module);
}

/* A program makes a shared memory that it imports by itself, for its threads. One that is not shared it would have
 * declared, not imported. */
static bool is_own_memory(const struct module *module, const struct import *import) {
    return import->kind == EXTERN_MEMORY && module->memories[import->idx].type.limits.is_shared;
}

bool module_is_threaded(const struct module *module) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        if (is_spawn_import(module, i) || is_own_memory(module, &module->imports[i])) return true;
    }
    return false;
}

const struct import *module_foreign_import(const struct module *module) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        const bool is_ours =
            is_wasi_import(module, i) || is_spawn_import(module, i) || is_own_memory(module, &module->imports[i]);
        if (!is_ours) return &module->imports[i];
    }
    return NULL;
}

/* Code for 64-bit addresses that was made for a WASI of its own, for one. */
void module_report_wasi_types(const struct module *module, const char *path) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct import *import = &module->imports[i];
        const struct w2c_wasi_signature *row =
            w2c_wasi_find_signature(import->module.bytes, import->module.size, import->name.bytes, import->name.size);
        if (!row || is_wasi_import(module, i)) continue;
        struct text found = {0};
        if (import->kind == EXTERN_FUNC) text_signature(&found, func_type(module, import->idx));
        fprintf(stderr,
                "%s: import %u, %s, has the type %s, and in WASI preview 1 %s, whose pointers are i32 for 64-bit "
                "memories too\n",
                path, (unsigned)i, row->name, import->kind == EXTERN_FUNC ? text_string(&found) : "of no function",
                row->signature);
        text_free(&found);
        return;
    }
}

/* ---- names ---- */

/* Without an export's name. */
static struct name own_name(const struct module *m, uint32_t func_idx) {
    const struct func *func = &m->funcs[func_idx];
    return func->name.size == 0 && func->import >= 0 ? m->imports[func->import].name : func->name;
}

static struct name *find_names(const struct module *m, struct arena *arena) {
    struct name *names = arena_array(arena, struct name, m->func_count + 1);
    for (uint32_t i = 0; i < m->func_count; i++)
        names[i] = own_name(m, i);
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        if (export->kind == EXTERN_FUNC && names[export->idx].size == 0) names[export->idx] = export->name;
    }
    return names;
}

const struct name *module_func_names(const struct module *m, struct arena *arena) {
    return find_names(m, arena);
}

const struct name *module_display_names(const struct module *m, struct arena *arena) {
    struct name *names = find_names(m, arena);
    struct text text = {0};
    for (uint32_t i = 0; i < m->func_count; i++) {
        text_clear(&text);
        if (!demangle(&text, names[i].bytes, names[i].size)) continue;
        names[i] = (struct name){arena_copy(arena, text.data, text.size), (uint32_t)text.size};
    }
    text_free(&text);
    return names;
}

static struct name func_name(const struct module *m, uint32_t func_idx) {
    struct name name = own_name(m, func_idx);
    for (uint32_t i = 0; i < m->export_count && name.size == 0; i++) {
        if (m->exports[i].kind == EXTERN_FUNC && m->exports[i].idx == func_idx) name = m->exports[i].name;
    }
    return name;
}

void module_write_display_name(const struct module *m, uint32_t func_idx, char *name, size_t capacity) {
    const struct name raw = func_name(m, func_idx);
    struct text text = {0};
    if (raw.size && !demangle(&text, raw.bytes, raw.size)) text_bytes(&text, raw.bytes, raw.size);
    const size_t size = text.size < capacity ? text.size : capacity - 1;
    for (size_t i = 0; i < size; i++)
        name[i] = text.data[i] ? text.data[i] : ' ';
    name[size] = 0;
    text_free(&text);
}

void text_function_names(struct text *out, const struct name *names, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < names[i].size; k++)
            text_char(out, names[i].bytes[k] ? names[i].bytes[k] : ' ');
        text_char(out, 0);
    }
}
