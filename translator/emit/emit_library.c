/* What makes a library of a module: the descriptor by which the runtime links it (struct w2c_module), and the functions
 * that its typed header promises.
 */
#include <inttypes.h>

#include "emit.h"

static const char *const kind_names[] = {"W2C_FUNC", "W2C_TABLE", "W2C_MEMORY", "W2C_GLOBAL", "W2C_TAG"};

/* ---- calling imports ---- */

/* What emit_tcc_large_call asks for. */
static void emit_code(const struct tcc_call *call) {
    text_str(call->w->out, "func->code");
}

static void emit_local(const struct tcc_call *call, uint32_t param) {
    text_format(call->w->out, "l%u", (unsigned)param);
}

static bool emit_large_call(struct text *out, const struct emitter *e, const struct functype *type,
                            void (*argument)(const struct tcc_call *call, uint32_t param)) {
    if (!e->is_for_tcc || !tcc_call_is_large(type)) return false;
    struct writer w = {.emitter = e, .out = out};
    emit_tcc_large_call(&(struct tcc_call){&w, type, "func->context", emit_code, argument, NULL});
    return true;
}

static void emit_import_call(struct text *out, const struct emitter *e, uint32_t func_idx) {
    const struct functype *type = func_type(e->module, func_idx);
    if (emit_large_call(out, e, type, emit_local)) return;
    const uint32_t canonical = canonical_type(e->module, e->module->funcs[func_idx].type_idx);
    text_format(out, "((type%u)func->code)(func->context", (unsigned)canonical);
    for (uint32_t k = 0; k < type->param_count; k++)
        text_format(out, ", l%u", (unsigned)k);
    text_char(out, ')');
}

void emit_library_imports(struct text *out, const struct emitter *e) {
    for (uint32_t i = 0; i < e->module->imported_func_count; i++) {
        const struct functype *type = func_type(e->module, i);
        text_str(out, "W2C_INLINE ");
        text_result_type(out, e, type);
        text_format(out, " %s(", e->func_names[i]);
        text_parameters(out, e, type);
        text_format(out, ") {\n    const struct w2c_func *const func = ((struct %s *)context)->import%u;\n    %s",
                    e->name, (unsigned)i, type->result_count ? "return " : "");
        emit_import_call(out, e, i);
        text_str(out, ";\n}\n");
    }
}

/* ---- linking and starting ---- */

static void emit_take_import(struct text *out, const struct emitter *e, uint32_t import_idx) {
    const struct import *import = &e->module->imports[import_idx];
    const unsigned idx = (unsigned)import->idx, at = (unsigned)import_idx;
    switch (import->kind) {
    case EXTERN_FUNC: text_format(out, "    self->import%u = imports[%u].func;\n", idx, at); break;
    case EXTERN_TABLE: text_format(out, "    self->table%u = imports[%u].table;\n", idx, at); break;
    case EXTERN_MEMORY: text_format(out, "    self->memory%u = imports[%u].memory;\n", idx, at); break;
    case EXTERN_GLOBAL: {
        const struct name name = e->module->globals[idx].name;
        text_format(out, "    self->%s = imports[%u].global.cell;\n", global_identifier(e->arena, idx, name), at);
        break;
    }
    case EXTERN_TAG: text_format(out, "    self->tag%u = imports[%u].tag;\n", idx, at); break;
    }
}

static void emit_link(struct text *out, const struct emitter *e) {
    struct writer w = {.emitter = e, .out = out, .indent = 4};
    text_format(out, "static void %slink(struct w2c_instance *instance, const struct w2c_extern *imports) {\n",
                e->prefix);
    text_format(out, "    struct %s *const self = (struct %s *)instance;\n    (void)self;\n    (void)imports;\n",
                e->name, e->name);
    for (uint32_t i = 0; i < e->module->import_count; i++)
        emit_take_import(out, e, i);
    emit_make_state(&w);
    text_str(out, "}\n\n");
}

static void emit_start(struct text *out, const struct emitter *e) {
    struct writer w = {.emitter = e, .out = out, .indent = 4};
    text_format(out, "static void %sstart(struct w2c_instance *instance) {\n", e->prefix);
    text_format(out, "    struct %s *const self = (struct %s *)instance;\n    (void)self;\n", e->name, e->name);
    emit_copy_segments(&w);
    if (e->module->start_func != NO_FUNC) text_format(out, "    %s(self);\n", e->func_names[e->module->start_func]);
    text_str(out, "}\n\n");
}

static void emit_free(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_format(out, "static void %sfree(struct w2c_instance *instance) {\n", e->prefix);
    text_format(out, "    struct %s *const self = (struct %s *)instance;\n    (void)self;\n", e->name, e->name);
    emit_forget_roots(out, e);
    for (uint32_t i = m->imported_memory_count; i < m->memory_count; i++) {
        text_format(out, "    w2c_memory_free(&self->own_memory%u);\n", (unsigned)i);
    }
    for (uint32_t i = m->imported_table_count; i < m->table_count; i++) {
        text_format(out, "    w2c_table_free(&self->own_table%u);\n", (unsigned)i);
    }
    text_str(out, "}\n\n");
}

/* ---- exports ---- */

static void emit_export_case(struct text *out, const struct emitter *e, uint32_t export_idx) {
    const struct export *export = &e->module->exports[export_idx];
    const unsigned idx = (unsigned)export->idx;
    text_format(out, "    case %u: return (struct w2c_extern){%s, ", (unsigned)export_idx, kind_names[export->kind]);
    switch (export->kind) {
    case EXTERN_FUNC: text_format(out, "{.func = &self->func_refs[%u]}", (unsigned)e->func_refs[idx]); break;
    case EXTERN_TABLE: text_format(out, "{.table = self->table%u}", idx); break;
    case EXTERN_MEMORY: text_format(out, "{.memory = self->memory%u}", idx); break;
    case EXTERN_TAG: text_format(out, "{.tag = self->tag%u}", idx); break;
    default: {
        const struct global_type *type = &e->module->globals[idx].type;
        text_format(out, "{.global = {&%s, ", e->global_names[idx]);
        text_value_type_code(out, e, type->type);
        text_str(out, type->is_mutable ? ", true}}" : ", false}}");
    }
    }
    text_str(out, "};\n");
}

static void emit_get_export(struct text *out, const struct emitter *e) {
    text_format(out, "static struct w2c_extern %sget_export(struct w2c_instance *instance, uint32_t index) {\n",
                e->prefix);
    text_format(out, "    struct %s *const self = (struct %s *)instance;\n    (void)self;\n    switch (index) {\n",
                e->name, e->name);
    for (uint32_t i = 0; i < e->module->export_count; i++)
        emit_export_case(out, e, i);
    text_str(out, "    default: return (struct w2c_extern){W2C_FUNC, {.func = NULL}};\n    }\n}\n\n");
}

void text_value_member(struct text *out, const char *array, uint32_t i, valtype type) {
    static const char *const members[] = {"i32", "i64", "f32", "f64", "ref", "v128"};
    const enum ctype ctype = ctype_of(type);
    const char *cast = ctype == CTYPE_V128 ? "*(v128_bytes *)" : "";
    text_format(out, "%s%s[%u].%s", cast, array, (unsigned)i, members[ctype]);
}

static void emit_value_argument(const struct tcc_call *call, uint32_t param) {
    text_value_member(call->w->out, "a", param, call->type->params[param]);
}

static void emit_invoked_call(struct text *out, const struct emitter *e, uint32_t type_idx) {
    const struct functype *type = &e->module->types[type_idx].func;
    if (emit_large_call(out, e, type, emit_value_argument)) return;
    text_format(out, "((type%u)func->code)(func->context", (unsigned)type_idx);
    for (uint32_t i = 0; i < type->param_count; i++) {
        text_str(out, ", ");
        text_value_member(out, "a", i, type->params[i]);
    }
    text_char(out, ')');
}

/* An invoker unpacks values, calls, and packs the results: one for each type among the exported functions. */
static void emit_invoker(struct text *out, const struct emitter *e, uint32_t type_idx) {
    const struct functype *type = &e->module->types[type_idx].func;
    text_format(out,
                "static void %sinvoke%u(const struct w2c_func *func, const union w2c_value *a, union w2c_value *r) {\n"
                "    (void)a;\n    (void)r;\n    ",
                e->prefix, (unsigned)type_idx);
    if (type->result_count == 1) {
        text_value_member(out, "r", 0, type->results[0]);
        text_str(out, " = ");
    } else if (type->result_count > 1) {
        text_str(out, "const ");
        text_result_type(out, e, type);
        text_str(out, " results = ");
    }
    emit_invoked_call(out, e, type_idx);
    text_str(out, ";\n");
    for (uint32_t i = 0; type->result_count > 1 && i < type->result_count; i++) {
        text_str(out, "    ");
        text_value_member(out, "r", i, type->results[i]);
        text_format(out, " = results.v%u;\n", (unsigned)i);
    }
    text_str(out, "}\n\n");
}

static uint32_t export_type(const struct module *m, const struct export *export) {
    return canonical_type(m, m->funcs[export->idx].type_idx);
}

static void emit_invokers(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    bool *done = arena_array(e->arena, bool, m->type_count + 1);
    for (uint32_t i = 0; i < m->export_count; i++) {
        if (m->exports[i].kind != EXTERN_FUNC) continue;
        const uint32_t type = export_type(m, &m->exports[i]);
        if (!done[type]) emit_invoker(out, e, type);
        done[type] = true;
    }
}

/* ---- the descriptor ---- */

static void text_extern_type(struct text *out, const struct emitter *e, enum extern_kind kind, uint32_t idx,
                             enum vector_passing vectors) {
    const struct module *m = e->module;
    text_char(out, '"');
    if (kind == EXTERN_FUNC) text_func_type(out, m, m->funcs[idx].type_idx, vectors);
    if (kind == EXTERN_TAG) text_func_type(out, m, m->tags[idx].type_idx, vectors);
    if (kind == EXTERN_GLOBAL) text_value_type(out, m->globals[idx].type.type);
    if (kind == EXTERN_TABLE) text_value_type(out, m->tables[idx].type.element);
    text_char(out, '"');
}

static void emit_import_limits(struct text *out, const struct module *m, const struct import *import) {
    if (import->kind == EXTERN_GLOBAL && m->globals[import->idx].type.is_mutable) text_str(out, ", .is_mutable = true");
    if (import->kind != EXTERN_MEMORY && import->kind != EXTERN_TABLE) return;
    const struct limits *limits =
        import->kind == EXTERN_MEMORY ? &m->memories[import->idx].type.limits : &m->tables[import->idx].type.limits;
    text_format(out, ", .min = %" PRIu64 "u", limits->min);
    if (limits->has_max) text_format(out, ", .has_max = true, .max = %" PRIu64 "u", limits->max);
    if (limits->is_64) text_str(out, ", .is_64 = true");
    if (limits->is_shared) text_str(out, ", .is_shared = true");
    if (import->kind != EXTERN_MEMORY || m->memories[import->idx].type.page_log2 == USUAL_PAGE_LOG2) return;
    text_format(out, ", .page_bytes = %u", 1u << m->memories[import->idx].type.page_log2);
}

static void emit_import_table(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    if (m->import_count == 0) return;
    text_format(out, "static const struct w2c_import %simports[] = {\n", e->prefix);
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct import *import = &m->imports[i];
        text_str(out, "    {.module = ");
        text_literal(out, import->module.bytes, import->module.size);
        text_str(out, ", .name = ");
        text_literal(out, import->name.bytes, import->name.size);
        text_format(out, ", .module_bytes = %u, .name_bytes = %u, .kind = %s, .type = ", (unsigned)import->module.size,
                    (unsigned)import->name.size, kind_names[import->kind]);
        text_extern_type(out, e, import->kind, import->idx, vector_passing(e));
        emit_import_limits(out, m, import);
        text_str(out, "},\n");
    }
    text_str(out, "};\n\n");
}

static void emit_export_table(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    if (m->export_count == 0) return;
    text_format(out, "static const struct w2c_export %sexports[] = {\n", e->prefix);
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        text_str(out, "    {");
        text_literal(out, export->name.bytes, export->name.size);
        text_format(out, ", %u, %s, ", (unsigned)export->name.size, kind_names[export->kind]);
        text_extern_type(out, e, export->kind, export->idx, VECTORS_IN_REGISTERS);
        if (export->kind == EXTERN_FUNC) {
            text_format(out, ", %sinvoke%u},\n", e->prefix, (unsigned)export_type(m, export));
        } else {
            text_str(out, ", NULL},\n");
        }
    }
    text_str(out, "};\n\n");
}

static void emit_type_table(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    if (m->type_count == 0) return;
    text_format(out, "static const char *const %stypes[] = {\n", e->prefix);
    for (uint32_t i = 0; i < m->type_count; i++) {
        text_str(out, "    \"");
        text_type_entry(out, m, i, vector_passing(e));
        text_str(out, "\",\n");
    }
    text_str(out, "};\n\n");
}

static void emit_module(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    const char *p = e->prefix;
    text_format(out,
                "const struct w2c_module %s_module = {\n    .abi = W2C_ABI,\n    .bounds = %s,\n    .name = ", e->name,
                e->is_guarded ? "W2C_BOUNDS_GUARD" : "W2C_BOUNDS_CHECK");
    text_literal(out, e->source_name, strlen(e->source_name));
    text_format(out, ",\n    .symbol_prefix = \"%s\",\n    .function_names = %sfunction_names,\n", p, p);
    text_format(out, "    .function_count = %u,\n    .instance_bytes = sizeof(struct %s),\n", (unsigned)m->func_count,
                e->name);
    if (m->import_count) text_format(out, "    .imports = %simports,\n", p);
    if (m->export_count) text_format(out, "    .exports = %sexports,\n", p);
    if (m->type_count) text_format(out, "    .types = %stypes,\n", p);
    text_format(
        out, "    .import_count = %u,\n    .export_count = %u,\n    .type_ids = %stype_ids,\n    .type_count = %u,\n",
        (unsigned)m->import_count, (unsigned)m->export_count, p, (unsigned)m->type_count);
    if (m->has_rich_types) text_format(out, "    .type_records = %stype_records,\n", p);
    text_format(
        out, "    .link = %slink,\n    .start = %sstart,\n    .get_export = %sget_export,\n    .free = %sfree\n};\n\n",
        p, p, p, p);
}

/* ---- the typed interface ---- */

static void emit_function_export(struct text *out, const struct emitter *e, uint32_t export_idx) {
    const struct export *export = &e->module->exports[export_idx];
    const struct functype *type = func_type(e->module, export->idx);
    text_result_type(out, e, type);
    text_char(out, ' ');
    text_export_name(out, e, export_idx);
    text_format(out, "(struct %s *self", e->name);
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum ctype ctype = ctype_of(type->params[i]);
        text_format(out, ", %s%sl%u", ctype_name(ctype), ctype == CTYPE_REF ? "" : " ", (unsigned)i);
    }
    text_format(out, ") {\n    %s%s(self", type->result_count ? "return " : "", e->func_names[export->idx]);
    for (uint32_t i = 0; i < type->param_count; i++)
        text_format(out, ", l%u", (unsigned)i);
    text_str(out, ");\n}\n\n");
}

static void emit_object_export(struct text *out, const struct emitter *e, uint32_t export_idx) {
    const struct export *export = &e->module->exports[export_idx];
    const unsigned idx = (unsigned)export->idx;
    text_object_accessor(out, e, export_idx);
    text_str(out, " {\n    return ");
    static const char *const names[] = {"", "table", "memory", "", "tag"};
    if (export->kind == EXTERN_GLOBAL) {
        text_format(out, "&%s", e->global_names[idx]);
    } else {
        text_format(out, "self->%s%u", names[export->kind], idx);
    }
    text_str(out, ";\n}\n\n");
}

static void emit_give_import(struct text *out, const struct emitter *e, uint32_t import_idx) {
    const struct module *m = e->module;
    const struct import *import = &m->imports[import_idx];
    const unsigned at = (unsigned)import_idx, idx = (unsigned)import->idx;
    text_format(out, "    externs[%u].kind = %s;\n    ", at, kind_names[import->kind]);
    if (import->kind == EXTERN_FUNC) {
        const unsigned type = (unsigned)canonical_type(m, m->funcs[idx].type_idx);
        const bool is_wasi = is_wasi_import(m, import_idx);
        text_format(out, "self->host%u = (struct w2c_func){(w2c_code)", idx);
        if (is_wasi) {
            text_format(out, "w2c_wasi_%s, imports->wasi", wasi_call_name(m, import_idx));
        } else {
            text_str(out, "imports->");
            text_import_name(out, e, import_idx);
            text_str(out, ", imports->host");
        }
        text_format(out, m->has_rich_types ? ", %stype_ids[%u]};\n" : ", w2c_type_id(%stypes[%u])};\n", e->prefix,
                    type);
        text_format(out, "    externs[%u].func = ", at);
        text_str(out, "imports->");
        if (is_wasi) {
            text_str(out, "wasi");
        } else {
            text_import_name(out, e, import_idx);
        }
        text_format(out, " ? &self->host%u : NULL;\n", idx);
        return;
    }
    static const char *const members[] = {"func", "table", "memory", "global", "tag"};
    text_format(out, "externs[%u].%s = imports->", at, members[import->kind]);
    text_import_name(out, e, import_idx);
    text_str(out, ";\n");
}

static bool has_initialize(const struct module *m) {
    const struct export *export = find_export(m, "_initialize");
    if (!export || export->kind != EXTERN_FUNC) return false;
    const struct functype *type = func_type(m, export->idx);
    return type->param_count == 0 && type->result_count == 0;
}

static void emit_new(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    const bool has_imports = m->import_count > 0;
    if (has_initialize(m)) {
        text_format(out, "static void %sinitialize(void *self) {\n    %s(self);\n}\n\n", e->prefix,
                    e->func_names[find_export(m, "_initialize")->idx]);
    }
    text_format(out, "struct %s *%s_new(%s%s%sstruct w2c_error *error) {\n", e->name, e->name,
                has_imports ? "const struct " : "", has_imports ? e->name : "",
                has_imports ? "_imports *imports, " : "");
    text_format(out, "    struct %s *const self = (struct %s *)w2c_instance_make(&%s_module, error);\n", e->name,
                e->name, e->name);
    text_str(out, "    if (!self) return NULL;\n");
    if (has_imports) text_format(out, "    struct w2c_extern externs[%u];\n", (unsigned)m->import_count);
    for (uint32_t i = 0; i < m->import_count; i++)
        emit_give_import(out, e, i);
    text_format(out, "    if (!w2c_instance_link(&self->instance, %s, %u, error)) return NULL;\n",
                has_imports ? "externs" : "NULL", (unsigned)m->import_count);
    const struct export *memory = find_export(m, "memory");
    if (e->needs_wasi && memory && memory->kind == EXTERN_MEMORY) {
        text_format(out, "    w2c_wasi_set_memory(imports->wasi, self->memory%u);\n", (unsigned)memory->idx);
    }
    if (has_initialize(m)) {
        text_format(out,
                    "    if (w2c_try(%sinitialize, self, error) != W2C_OK) {\n"
                    "        w2c_instance_delete(&self->instance);\n        return NULL;\n    }\n",
                    e->prefix);
    }
    text_str(out, "    return self;\n}\n\n");
    text_format(out, "void %s_delete(struct %s *self) {\n    if (self) w2c_instance_delete(&self->instance);\n}\n",
                e->name, e->name);
}

void emit_descriptor_of_library(struct text *out, const struct emitter *e) {
    emit_type_table(out, e);
    emit_import_table(out, e);
    emit_link(out, e);
    emit_start(out, e);
    emit_free(out, e);
    emit_get_export(out, e);
    emit_invokers(out, e);
    emit_export_table(out, e);
    emit_function_names(out, e);
    emit_module(out, e);
}

void emit_library(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    emit_descriptor_of_library(out, e);
    for (uint32_t i = 0; i < m->export_count; i++) {
        if (m->exports[i].kind == EXTERN_FUNC) {
            emit_function_export(out, e, i);
        } else {
            emit_object_export(out, e, i);
        }
    }
    emit_new(out, e);
}
