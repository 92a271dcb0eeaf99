/* The public header of a library: NAME.h. Prototypes of what the module exports, a struct of what it imports, each with
 * its wasm name and type as a comment, in standard C types.
 */
#include "emit.h"

/* C names that the header defines itself; an export of such a name is told apart by its position. */
static bool is_taken(struct name name) {
    static const char *const taken[] = {"new", "delete", "module", "imports"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (name.size == strlen(taken[i]) && memcmp(name.bytes, taken[i], name.size) == 0) return true;
    }
    static const char results[] =
        "results"; /* struct NAME_results5 is a tag, but one name for two things helps nobody */
    return name.size >= sizeof results - 1 && memcmp(name.bytes, results, sizeof results - 1) == 0;
}

void text_export_name(struct text *out, const struct emitter *e, uint32_t export_idx) {
    const struct name name = e->module->exports[export_idx].name;
    text_str(out, e->name);
    text_char(out, '_');
    text_export_identifier(out, name, export_idx);
    if (is_taken(name)) text_format(out, "ZT%u", (unsigned)export_idx);
}

/* The pieces are joined by two underscores, which can be in a name as well: then, and when one thing is imported twice,
 * the position tells apart. */
static bool is_ambiguous(const struct emitter *e, uint32_t import_idx) {
    const struct import *import = &e->module->imports[import_idx];
    for (uint32_t i = 0; i + 1 < import->module.size; i++) {
        if (import->module.bytes[i] == '_' && import->module.bytes[i + 1] == '_') return true;
    }
    if (import->name.size && import->name.bytes[0] == '_') return true;
    if (import->module.size && import->module.bytes[import->module.size - 1] == '_') return true;
    return e->import_is_repeated[import_idx];
}

void text_import_name(struct text *out, const struct emitter *e, uint32_t import_idx) {
    const struct import *import = &e->module->imports[import_idx];
    const bool starts_well =
        import->module.size && (import->module.bytes[0] | 32) >= 'a' && (import->module.bytes[0] | 32) <= 'z';
    if (!starts_well) text_str(out, "import_");
    text_export_identifier(out, import->module, import_idx);
    text_str(out, "__");
    text_export_identifier(out, import->name, import_idx);
    if (is_ambiguous(e, import_idx)) text_format(out, "ZT%u", (unsigned)import_idx);
}

static void text_public_result(struct text *out, const struct emitter *e, const struct functype *type) {
    if (type->result_count == 1) {
        text_str(out, public_ctype_name(ctype_of(type->results[0])));
    } else {
        text_result_type(out, e, type);
    }
    if (type->result_count != 1 || ctype_of(type->results[0]) != CTYPE_REF) text_char(out, ' ');
}

static void text_public_parameters(struct text *out, const struct functype *type) {
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum ctype ctype = ctype_of(type->params[i]);
        text_format(out, ", %s%sl%u", public_ctype_name(ctype), ctype == CTYPE_REF ? "" : " ", (unsigned)i);
    }
}

static void text_functype(struct text *out, const struct functype *type) {
    text_char(out, '[');
    for (uint32_t i = 0; i < type->param_count; i++) {
        if (i) text_char(out, ' ');
        type_print(out, type->params[i]);
    }
    text_str(out, "] -> [");
    for (uint32_t i = 0; i < type->result_count; i++) {
        if (i) text_char(out, ' ');
        type_print(out, type->results[i]);
    }
    text_char(out, ']');
}

/* ---- imports ---- */

static void emit_function_import(struct text *out, const struct emitter *e, uint32_t import_idx) {
    const struct functype *type = func_type(e->module, e->module->imports[import_idx].idx);
    text_public_result(out, e, type);
    text_str(out, "(*");
    text_import_name(out, e, import_idx);
    text_str(out, ")(void *host");
    text_public_parameters(out, type);
    text_str(out, ");");
}

static void emit_import_member(struct text *out, const struct emitter *e, uint32_t import_idx) {
    const struct import *import = &e->module->imports[import_idx];
    static const char *const types[] = {"", "struct w2c_table *", "struct w2c_memory *", "struct w2c_global ",
                                        "const struct w2c_tag *"};
    text_str(out, "    ");
    if (import->kind == EXTERN_FUNC) {
        emit_function_import(out, e, import_idx);
    } else {
        text_str(out, types[import->kind]);
        text_import_name(out, e, import_idx);
        text_char(out, ';');
    }
    text_str(out, " /* ");
    text_comment(out, import->module);
    text_char(out, ' ');
    text_comment(out, import->name);
    if (import->kind == EXTERN_FUNC) {
        text_str(out, ": ");
        text_functype(out, func_type(e->module, import->idx));
    }
    text_str(out, " */\n");
}

static void emit_imports_struct(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    if (m->import_count == 0) return;
    text_format(out,
                "/* What the module imports. All of it must be given; it is used until %s_delete. */\n"
                "struct %s_imports {\n    void *host; /* first argument of each function below */\n",
                e->name, e->name);
    if (e->needs_wasi) text_str(out, "    struct w2c_wasi *wasi; /* see w2c_wasi_new; one for each instance */\n");
    for (uint32_t i = 0; i < m->import_count; i++) {
        if (!is_wasi_import(m, i)) emit_import_member(out, e, i);
    }
    text_str(out, "};\n\n");
}

/* ---- exports ---- */

static void emit_export_comment(struct text *out, const struct emitter *e, const struct export *export) {
    text_str(out, "/* \"");
    text_comment(out, export->name);
    text_char(out, '"');
    if (export->kind == EXTERN_FUNC) {
        text_str(out, ": ");
        text_functype(out, func_type(e->module, export->idx));
    } else if (export->kind == EXTERN_GLOBAL) {
        text_format(out, ": the %s global", e->module->globals[export->idx].type.is_mutable ? "mutable" : "constant");
    }
    text_str(out, " */\n");
}

void text_object_accessor(struct text *out, const struct emitter *e, uint32_t export_idx) {
    const struct export *export = &e->module->exports[export_idx];
    if (export->kind == EXTERN_GLOBAL) {
        const struct global_type *type = &e->module->globals[export->idx].type;
        const enum ctype ctype = ctype_of(type->type);
        const bool is_ref = ctype == CTYPE_REF;
        text_format(out, "%s%s%s*", type->is_mutable || is_ref ? "" : "const ", public_ctype_name(ctype),
                    is_ref ? (type->is_mutable ? "" : "const ") : " ");
    } else {
        static const char *const types[] = {"", "struct w2c_table *", "struct w2c_memory *", "",
                                            "const struct w2c_tag *"};
        text_str(out, types[export->kind]);
    }
    text_export_name(out, e, export_idx);
    text_format(out, "(struct %s *self)", e->name);
}

static void emit_export_prototype(struct text *out, const struct emitter *e, uint32_t export_idx) {
    const struct export *export = &e->module->exports[export_idx];
    emit_export_comment(out, e, export);
    if (export->kind == EXTERN_FUNC) {
        const struct functype *type = func_type(e->module, export->idx);
        text_public_result(out, e, type);
        text_export_name(out, e, export_idx);
        text_format(out, "(struct %s *self", e->name);
        text_public_parameters(out, type);
        text_char(out, ')');
    } else {
        text_object_accessor(out, e, export_idx);
    }
    text_str(out, ";\n");
}

void emit_header(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_format(out, "/* One instance of the module. Used by one thread at a time. */\nstruct %s;\n\n", e->name);
    emit_result_structs(out, e);
    emit_imports_struct(out, e);
    text_format(out,
                "/* Makes an instance: links it, runs its start function%s. NULL if that fails, with *error\n"
                " * (may be NULL) saying why. Delete it with %s_delete. */\n",
                find_export(m, "_initialize") ? " and _initialize" : "", e->name);
    text_format(out, "struct %s *%s_new(", e->name, e->name);
    if (m->import_count) text_format(out, "const struct %s_imports *imports, ", e->name);
    text_format(out, "struct w2c_error *error);\nvoid %s_delete(struct %s *self);\n\n", e->name, e->name);
    text_format(out,
                "/* For w2c_instantiate and other functions that work with any module. */\n"
                "extern const struct w2c_module %s_module;\n\n",
                e->name);
    text_str(out, "/* Exports. A trap in a function ends the process, unless it is called inside of w2c_try. */\n\n");
    for (uint32_t i = 0; i < m->export_count; i++)
        emit_export_prototype(out, e, i);
}
