/* Types in C: value types, signatures as text, result structs, and the function types that call_indirect casts to. */
#include "emit.h"

const char *ctype_name(enum ctype type) {
    static const char *const names[] = {"u32", "u64", "f32", "f64", "const void *"};
    return names[type];
}

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
    for (uint32_t i = 0; i < type->param_count; i++) text_char(out, type_letter(type->params[i]));
    text_char(out, ':');
    for (uint32_t i = 0; i < type->result_count; i++) text_char(out, type_letter(type->results[i]));
}

uint32_t canonical_type(const struct module *module, uint32_t type_idx) { return module->types[type_idx].canonical; }

static bool same_results(const struct functype *a, const struct functype *b) {
    return a->result_count == b->result_count &&
           memcmp(a->results, b->results, a->result_count * sizeof *a->results) == 0;
}

uint32_t result_struct_idx(const struct module *module, const struct functype *type) {
    for (uint32_t i = 0; i < module->type_count; i++) {
        if (module->types[i].composite == COMPOSITE_FUNC && same_results(&module->types[i].func, type)) return i;
    }
    return 0;
}

const char *public_ctype_name(enum ctype type) {
    static const char *const names[] = {"uint32_t", "uint64_t", "float", "double", "const void *"};
    return names[type];
}

/* struct NAME_results_i64_i32: says what is in it and stays the same when types are added. Long lists go by number. */
static void text_result_struct(struct text *out, const struct emitter *emitter, const struct functype *type) {
    enum { MAX_SPELLED = 6 };
    text_str(out, "struct ");
    if (!emitter->is_program) text_format(out, "%s_", emitter->name);
    text_str(out, "results");
    for (uint32_t i = 0; i < type->result_count && type->result_count <= MAX_SPELLED; i++) {
        text_char(out, '_');
        type_print(out, type->results[i]);
    }
    if (type->result_count > MAX_SPELLED) text_u64(out, result_struct_idx(emitter->module, type));
}

void text_result_type(struct text *out, const struct emitter *emitter, const struct functype *type) {
    if (type->result_count == 0) {
        text_str(out, "void");
    } else if (type->result_count == 1) {
        text_str(out, ctype_name(ctype_of(type->results[0])));
    } else {
        text_result_struct(out, emitter, type);
    }
}

static void text_typed(struct text *out, enum ctype type, char letter, uint32_t number) {
    text_str(out, ctype_name(type));
    if (type != CTYPE_REF) text_char(out, ' ');
    text_char(out, letter);
    text_u64(out, number);
}

void text_parameters(struct text *out, const struct emitter *emitter, const struct functype *type) {
    if (!emitter->is_program) text_str(out, type->param_count ? "void *context, " : "void *context");
    if (emitter->is_program && type->param_count == 0) text_str(out, "void");
    for (uint32_t i = 0; i < type->param_count; i++) {
        if (i) text_str(out, ", ");
        text_typed(out, ctype_of(type->params[i]), 'l', i);
    }
}

static void emit_result_struct(struct text *out, const struct emitter *emitter, const struct functype *type) {
    text_result_type(out, emitter, type);
    text_str(out, " {\n");
    for (uint32_t i = 0; i < type->result_count; i++) {
        const enum ctype ctype = ctype_of(type->results[i]);
        text_format(out, "    %s%sv%u;\n", public_ctype_name(ctype), ctype == CTYPE_REF ? "" : " ", (unsigned)i);
    }
    text_str(out, "};\n");
}

void emit_result_structs(struct text *out, const struct emitter *emitter) {
    const struct module *m = emitter->module;
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct type *type = &m->types[i];
        if (type->composite != COMPOSITE_FUNC || type->func.result_count < 2) continue;
        if (result_struct_idx(m, &type->func) == i) emit_result_struct(out, emitter, &type->func);
    }
}

void emit_types(struct text *out, const struct emitter *emitter) {
    const struct module *m = emitter->module;
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct type *type = &m->types[i];
        if (type->composite != COMPOSITE_FUNC || type->canonical != i) continue;
        text_str(out, "typedef ");
        text_result_type(out, emitter, &type->func);
        text_format(out, " (*type%u)(", (unsigned)i);
        text_parameters(out, emitter, &type->func);
        text_str(out, ");\n");
    }
}
