/* Types in C: value types, signatures as text, result structs, and the function types that call_indirect casts to. */
#include <stdlib.h>

#include "emit.h"

const char *ctype_name(enum ctype type) {
    static const char *const names[] = {"u32", "u64", "f32", "f64", "const void *", "v128"};
    return names[type];
}

/* A program without rich types has no ids, and nobody asks what its tables hold. */
void text_value_type_code(struct text *out, const struct emitter *e, valtype type) {
    const bool has_id = !e->is_program || e->module->has_rich_types;
    if (type_code(type) == TYPE_DEFINED && has_id) {
        text_format(out, "W2C_REFERENCE(%stype_ids[%u])", e->prefix, (unsigned)type_idx_of(type));
    } else {
        text_format(out, "'%c'", type_letter(type));
    }
    if (type_is_ref(type) && !type_is_nullable(type)) text_str(out, " | W2C_NOT_NULL");
}

enum vector_passing vector_passing(const struct emitter *e) {
    return e->is_for_tcc ? VECTORS_AS_STRUCTS : VECTORS_IN_REGISTERS;
}

uint32_t canonical_type(const struct module *module, uint32_t type_idx) {
    return module->types[type_idx].canonical;
}

const char *public_ctype_name(enum ctype type) {
    static const char *const names[] = {"uint32_t", "uint64_t", "float", "double", "const void *", "w2c_v128"};
    return names[type];
}

/* Where there are rich types, a function may be called by a type above its own, whose results are other references.
 * Both are then spelled alike, so that what C sees is one type. */
static valtype spelled_result(const struct emitter *emitter, valtype type) {
    return emitter->module->has_rich_types && type_is_ref(type) ? TYPE_EXTERNREF : type;
}

/* struct NAME_results_i64_i32, and for a long list struct NAME_results_of_iiiiiil: a name says what is in it, and stays
 * the same when the module gets more types. */
static void text_result_struct(struct text *out, const struct emitter *emitter, const struct functype *type) {
    enum { MAX_SPELLED = 6 };
    text_str(out, "struct ");
    if (!emitter->is_program) text_format(out, "%s_", emitter->name);
    const bool is_spelled = type->result_count <= MAX_SPELLED;
    text_str(out, is_spelled ? "results" : "results_of_");
    for (uint32_t i = 0; i < type->result_count; i++) {
        if (is_spelled) {
            text_char(out, '_');
            type_print(out, spelled_result(emitter, type->results[i]));
        } else {
            text_char(out, type_letter(spelled_result(emitter, type->results[i])));
        }
    }
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

static bool has_v128(const valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (type_code(types[i]) == TYPE_V128) return true;
    }
    return false;
}

bool module_mentions_v128(const struct module *module) {
    for (uint32_t i = 0; i < module->type_count; i++) {
        const struct functype *type = &module->types[i].func;
        if (module->types[i].composite != COMPOSITE_FUNC) continue;
        if (has_v128(type->params, type->param_count) || has_v128(type->results, type->result_count)) return true;
    }
    for (uint32_t i = 0; i < module->global_count; i++) {
        if (has_v128(&module->globals[i].type.type, 1)) return true;
    }
    return false;
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

struct result_list {
    const struct functype *type;
    const valtype *spelled;
};

static int compare_results(const void *a, const void *b) {
    const struct result_list *x = a, *y = b;
    const uint32_t x_count = x->type->result_count, y_count = y->type->result_count;
    if (x_count != y_count) return x_count < y_count ? -1 : 1;
    return memcmp(x->spelled, y->spelled, x_count * sizeof *x->spelled);
}

static struct result_list list_results(const struct emitter *e, const struct functype *type) {
    valtype *spelled = arena_array(e->arena, valtype, type->result_count);
    for (uint32_t i = 0; i < type->result_count; i++)
        spelled[i] = spelled_result(e, type->results[i]);
    return (struct result_list){type, spelled};
}

void emit_result_structs(struct text *out, const struct emitter *emitter) {
    const struct module *m = emitter->module;
    struct result_list *lists = arena_array(emitter->arena, struct result_list, m->type_count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct type *type = &m->types[i];
        if (type->composite == COMPOSITE_FUNC && type->func.result_count > 1)
            lists[count++] = list_results(emitter, &type->func);
    }
    qsort(lists, count, sizeof *lists, compare_results);
    for (size_t i = 0; i < count; i++) {
        const bool is_new = i == 0 || compare_results(&lists[i - 1], &lists[i]) != 0;
        if (is_new) emit_result_struct(out, emitter, lists[i].type);
    }
}

void emit_type(struct text *out, const struct emitter *emitter, uint32_t type_idx) {
    const struct functype *type = &emitter->module->types[type_idx].func;
    text_str(out, "typedef ");
    text_result_type(out, emitter, type);
    text_format(out, " (*type%u)(", (unsigned)type_idx);
    text_parameters(out, emitter, type);
    text_str(out, ");\n");
}

void emit_types(struct text *out, const struct emitter *emitter) {
    const struct module *m = emitter->module;
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct type *type = &m->types[i];
        if (type->composite == COMPOSITE_FUNC && type->canonical == i) emit_type(out, emitter, i);
    }
}
