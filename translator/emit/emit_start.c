/* Instantiation (spec 4.7.2), as statements: first everything is made, then active segments are copied in order, then
 * the start function runs (the caller's part). A trap on the way ends it; what was written before stays.
 */
#include <inttypes.h>

#include "emit.h"

static void begin_line(struct writer *w) {
    emit_indent(w);
}

/* "DEST = VALUE;", within braces if the value needs variables. `dest` is written by the caller's text. There may be
 * very many of them, so what each takes is freed. */
static void emit_constant_set(struct writer *w, const struct constexpr *init, valtype type, const char *dest) {
    const struct emitter *e = w->emitter;
    struct arena arena = {0};
    const struct function *f = build_constexpr(e->module, &arena, e->diag, init, type);
    const bool is_single = f->stmt_count == 1;
    if (!is_single) text_str(w->out, "    {\n");
    const struct expr *value = emit_constant_stmts(w, f);
    begin_line(w);
    text_str(w->out, dest);
    emit_expr(w, value);
    text_str(w->out, ";\n");
    if (!is_single) text_str(w->out, "    }\n");
    arena_free(&arena);
}

static const char *format_dest(struct writer *w, const char *format, unsigned a, unsigned b) {
    struct text text = {0};
    text_format(&text, format, a, b);
    const char *copy = arena_copy(w->emitter->arena, text.data, text.size);
    text_free(&text);
    return copy;
}

static const char *self_of(struct writer *w) {
    if (w->emitter->is_program) return "";
    w->uses_self = true;
    return "self->";
}

static void text_max(struct text *out, const struct limits *limits, uint64_t otherwise) {
    text_u64(out, limits->has_max ? limits->max : otherwise);
    text_str(out, limits->has_max ? "u, true" : "u, false");
    text_str(out, limits->is_64 ? ", true" : ", false");
}

void emit_make_memory(struct writer *w, uint32_t idx) {
    const struct emitter *e = w->emitter;
    const struct memory_type *type = &e->module->memories[idx].type;
    const char *object = format_dest(w, e->is_program ? "memory%u" : "self->own_memory%u", idx, 0);
    text_format(w->out, "    if (!w2c_memory_init(&%s, (struct w2c_memory_type){.min_pages = %" PRIu64 "u", object,
                type->limits.min);
    if (type->limits.has_max) text_format(w->out, ", .max_pages = %" PRIu64 "u, .has_max = true", type->limits.max);
    if (type->limits.is_64) text_str(w->out, ", .is_64 = true");
    if (type->limits.is_shared) text_str(w->out, ", .is_shared = true");
    if (type->page_log2 != USUAL_PAGE_LOG2) text_format(w->out, ", .page_bytes = %u", 1u << type->page_log2);
    const bool is_placed = e->is_program && idx == 0 && has_plain_memory0(e->module);
    text_str(w->out, is_placed ? ", .address = MEMORY0_ADDRESS}, " : "}, ");
    text_str(w->out, e->is_guarded ? "W2C_BOUNDS_GUARD" : "W2C_BOUNDS_CHECK");
    text_str(w->out, ")) {\n        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);\n    }\n");
    if (!e->is_program) text_format(w->out, "    self->memory%u = &%s;\n", (unsigned)idx, object);
}

static void emit_make_table(struct writer *w, uint32_t idx) {
    const struct emitter *e = w->emitter;
    const struct table *table = &e->module->tables[idx];
    const char *object = format_dest(w, e->is_program ? "table%u" : "self->own_table%u", idx, 0);
    text_str(w->out, "    {\n    const void *fill = NULL;\n");
    if (table->init.code.size) emit_constant_set(w, &table->init, table->type.element, "fill = ");
    text_format(w->out, "    if (!w2c_table_init(&%s, (struct w2c_table_type){%" PRIu64 "u, ", object,
                table->type.limits.min);
    text_max(w->out, &table->type.limits, UINT32_MAX);
    text_str(w->out, ", ");
    text_value_type_code(w->out, e, table->type.element);
    text_str(w->out, "}, fill)) {\n        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);\n    }\n    }\n");
    if (!e->is_program) text_format(w->out, "    self->table%u = &%s;\n", (unsigned)idx, object);
}

static void emit_make_global(struct writer *w, uint32_t idx) {
    const struct emitter *e = w->emitter;
    const struct global *global = &e->module->globals[idx];
    struct text dest = {0};
    text_format(&dest, "%s = ", e->global_names[idx]);
    emit_constant_set(w, &global->init, global->type.type, text_string(&dest));
    text_free(&dest);
}

static void emit_make_element(struct writer *w, uint32_t idx) {
    const struct emitter *e = w->emitter;
    const struct element *element = &e->module->elements[idx];
    const char *self = self_of(w);
    if (element->func_idxs && !e->is_program) {
        text_format(w->out, "    for (u32 i = 0; i < %u; i++) self->elem%u[i] = &self->func_refs[%selem%u_refs[i]];\n",
                    (unsigned)element->count, (unsigned)idx, e->prefix, (unsigned)idx);
    }
    for (uint32_t i = 0; element->inits && i < element->count; i++) {
        const char *dest = format_dest(w, e->is_program ? "elem%u[%u] = " : "self->elem%u[%u] = ", idx, i);
        emit_constant_set(w, &element->inits[i], element->type, dest);
    }
    if (element->mode == SEGMENT_DECLARATIVE)
        text_format(w->out, "    %selem%u_is_dropped = true;\n", self, (unsigned)idx);
}

static void emit_make_func_refs(struct writer *w) {
    const struct emitter *e = w->emitter;
    text_format(w->out,
                "    for (u32 i = 0; i < %u; i++) {\n"
                "        self->func_refs[i] = %sfunc_refs[i];\n"
                "        self->func_refs[i].context = self;\n"
                "        self->func_refs[i].type = %stype_ids[%sfunc_refs[i].type];\n"
                "    }\n",
                (unsigned)e->func_ref_count, e->prefix, e->prefix, e->prefix);
    for (uint32_t i = 0; i < e->module->imported_func_count; i++) {
        if (!e->module->funcs[i].is_declared) continue;
        text_format(w->out, "    self->func_refs[%u] = *self->import%u;\n", (unsigned)e->func_refs[i], (unsigned)i);
    }
    w->uses_self = true;
}

/* In a program: what the runtime does for a library when it makes an instance. Once, for it changes the records of
 * functions, which threads share. */
void emit_define_types(struct writer *w) {
    const struct emitter *e = w->emitter;
    if (!e->module->has_rich_types) return;
    const unsigned count = (unsigned)e->module->type_count;
    text_format(w->out, "    static const char *const types[%u] = {\n", count);
    for (uint32_t i = 0; i < count; i++) {
        text_str(w->out, "        \"");
        text_type_entry(w->out, e->module, i, vector_passing(e));
        text_str(w->out, "\",\n");
    }
    text_format(w->out, "    };\n    w2c_type_define(types, type_ids, type_records, %u);\n", count);
    if (e->func_ref_count == 0) return;
    text_format(w->out, "    for (u32 i = 0; i < %u; i++) func_refs[i].type = type_ids[func_refs[i].type];\n",
                (unsigned)e->func_ref_count);
}

/* What collections must look at: references in variables, tables, and segments. In a library one range has it all but
 * what others own. */
static void emit_program_roots(struct text *out, const struct emitter *e, bool are_added) {
    const struct module *m = e->module;
    const char *verb = are_added ? "add" : "remove";
    for (uint32_t i = 0; i < m->global_count; i++) {
        if (!type_may_be_object(m, m->globals[i].type.type)) continue;
        text_format(out, "    w2c_heap_root_%s(&%s", verb, e->global_names[i]);
        if (are_added) text_format(out, ", sizeof %s", e->global_names[i]);
        text_str(out, ");\n");
    }
    for (uint32_t i = 0; i < m->table_count; i++) {
        if (type_may_be_object(m, m->tables[i].type.element))
            text_format(out, "    w2c_heap_table_%s(&table%u);\n", verb, (unsigned)i);
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        if (!type_may_be_object(m, m->elements[i].type)) continue;
        text_format(out, "    w2c_heap_root_%s(elem%u", verb, (unsigned)i);
        if (are_added) text_format(out, ", sizeof elem%u", (unsigned)i);
        text_str(out, ");\n");
    }
}

static void emit_library_roots(struct text *out, const struct emitter *e, bool are_added) {
    const struct module *m = e->module;
    text_str(out, are_added ? "    w2c_heap_root_add(self, sizeof *self);\n" : "    w2c_heap_root_remove(self);\n");
    for (uint32_t i = 0; i < m->imported_global_count; i++) {
        if (!type_may_be_object(m, m->globals[i].type.type)) continue;
        text_format(out,
                    are_added ? "    w2c_heap_root_add(&%s, sizeof(void *));\n" : "    w2c_heap_root_remove(&%s);\n",
                    e->global_names[i]);
    }
    for (uint32_t i = 0; i < m->table_count; i++) {
        if (!type_may_be_object(m, m->tables[i].type.element)) continue;
        const char *own = m->tables[i].import < 0 ? "&self->own_table" : "self->table";
        text_format(out, "    w2c_heap_table_%s(%s%u);\n", are_added ? "add" : "remove", own, (unsigned)i);
    }
}

static void emit_all_roots(struct text *out, const struct emitter *e, bool are_added) {
    if (!e->uses_heap) return;
    if (e->is_program) {
        emit_program_roots(out, e, are_added);
    } else {
        emit_library_roots(out, e, are_added);
    }
}

void emit_forget_roots(struct text *out, const struct emitter *e) {
    emit_all_roots(out, e, false);
}

void emit_make_state(struct writer *w) {
    const struct module *m = w->emitter->module;
    emit_all_roots(w->out, w->emitter, true);
    if (!w->emitter->is_program && w->emitter->uses_heap) w->uses_self = true;
    if (w->emitter->is_program && !w->emitter->is_threaded) emit_define_types(w);
    emit_make_tags(w->out, w->emitter);
    if (!w->emitter->is_program && w->emitter->func_ref_count) emit_make_func_refs(w);
    for (uint32_t i = m->imported_memory_count; i < m->memory_count; i++)
        emit_make_memory(w, i);
    for (uint32_t i = m->imported_global_count; i < m->global_count; i++)
        emit_make_global(w, i);
    for (uint32_t i = m->imported_table_count; i < m->table_count; i++)
        emit_make_table(w, i);
    for (uint32_t i = 0; i < m->element_count; i++)
        emit_make_element(w, i);
}

void emit_offset(struct writer *w, const struct constexpr *offset, const struct limits *limits) {
    text_str(w->out, limits->is_64 ? "    {\n    u64 offset;\n" : "    {\n    u32 offset;\n");
    emit_constant_set(w, offset, limits->is_64 ? TYPE_I64 : TYPE_I32, "offset = ");
}

static void emit_copy_element(struct writer *w, uint32_t idx) {
    const struct element *element = &w->emitter->module->elements[idx];
    if (element->mode != SEGMENT_ACTIVE) return;
    const struct limits *limits = &w->emitter->module->tables[element->table_idx].type.limits;
    emit_offset(w, &element->offset, limits);
    text_str(w->out, "    table_init(");
    emit_table(w, element->table_idx);
    text_format(w->out, ", %selem%u, %u, %s, 0, %u);\n    }\n", self_of(w), (unsigned)idx, (unsigned)element->count,
                limits->is_64 ? "table_index(offset)" : "offset", (unsigned)element->count);
    text_format(w->out, "    %selem%u_is_dropped = true;\n", self_of(w), (unsigned)idx);
}

void emit_copy_segments(struct writer *w) {
    const struct module *m = w->emitter->module;
    for (uint32_t i = 0; i < m->element_count; i++)
        emit_copy_element(w, i);
    emit_copy_data(w);
}
