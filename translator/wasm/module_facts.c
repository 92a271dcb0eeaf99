/* Facts that follow from a decoded module alone. The table of WASI calls is the runtime's own, so that what counts as a
 * WASI import is exactly what the runtime can provide.
 */
#include "module_facts.h"

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
    case TYPE_FUNC: return 'F';
    default: return 'E';
    }
}

void text_signature(struct text *out, const struct functype *type) {
    for (uint32_t i = 0; i < type->param_count; i++)
        text_char(out, type_letter(type->params[i]));
    text_char(out, ':');
    for (uint32_t i = 0; i < type->result_count; i++)
        text_char(out, type_letter(type->results[i]));
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

const struct import *module_foreign_import(const struct module *module) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        if (!is_wasi_import(module, i)) return &module->imports[i];
    }
    return NULL;
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
