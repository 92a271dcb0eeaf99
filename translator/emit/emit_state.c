/* A module's state in C: file-scope variables in a program, members of `struct NAME` in a library.
 *
 * A program is one instance for ever, so the C compiler may know all about its state: where it is, that nothing else
 * points to it. A library may have many instances and share memories, tables and globals between them: it holds
 * pointers to what it imports, and to its own by the same members, so that code need not know the difference.
 *
 * What never changes is constant data in both: the bytes of data segments, and the functions that references may be
 * made to (func_refs).
 */
#include "emit_body.h"

static uint32_t at_least_one(uint32_t count) {
    return count ? count : 1;
}

static bool is_imported(int32_t import) {
    return import >= 0;
}

static void text_variable(struct text *out, enum ctype type, const char *name) {
    text_format(out, "%s%s%s", ctype_name(type), type == CTYPE_REF ? "" : " ", name);
}

/* ---- programs ---- */

/* In a program with threads all but the memories that they share is each thread's own. */
static const char *own_storage(const struct emitter *e, const char *storage) {
    if (!e->is_threaded) return storage;
    return strcmp(storage, "W2C_DATA") == 0 ? "W2C_DATA W2C_THREAD_LOCAL" : "W2C_DATA_DECL W2C_THREAD_LOCAL";
}

static void declare_program_state(struct text *out, const struct emitter *e, const char *shared_storage) {
    const struct module *m = e->module;
    const char *storage = own_storage(e, shared_storage);
    for (uint32_t i = 0; i < m->memory_count; i++)
        text_format(out, "%s struct w2c_memory memory%u;\n",
                    is_imported(m->memories[i].import) ? shared_storage : storage, (unsigned)i);
    for (uint32_t i = 0; i < m->table_count; i++)
        text_format(out, "%s struct w2c_table table%u;\n", storage, (unsigned)i);
    for (uint32_t i = 0; i < m->global_count; i++) {
        text_format(out, "%s ", storage);
        text_variable(out, ctype_of(m->globals[i].type.type), e->global_names[i]);
        text_str(out, ";\n");
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        const unsigned count = (unsigned)at_least_one(m->elements[i].count);
        text_format(out, "%s const void *elem%u[%u];\n", m->elements[i].func_idxs ? shared_storage : storage,
                    (unsigned)i, count);
        text_format(out, "%s bool elem%u_is_dropped;\n", storage, (unsigned)i);
    }
    for (uint32_t i = 0; i < m->data_count; i++) {
        if (m->datas[i].mode == SEGMENT_PASSIVE) text_format(out, "%s bool data%u_is_dropped;\n", storage, (unsigned)i);
    }
}

/* ---- libraries ---- */

static void emit_pointer_members(struct text *out, const char *kind, uint32_t idx, bool imported) {
    text_format(out, "    struct w2c_%s *%s%u;\n", kind, kind, (unsigned)idx);
    if (!imported) text_format(out, "    struct w2c_%s own_%s%u;\n", kind, kind, (unsigned)idx);
}

static void emit_global_member(struct text *out, const struct emitter *e, uint32_t idx) {
    const struct global *global = &e->module->globals[idx];
    const char *name = global_identifier(e->arena, idx, global->name);
    const enum ctype type = ctype_of(global->type.type);
    text_str(out, "    ");
    if (is_imported(global->import)) {
        text_format(out, "%s *%s;\n", ctype_name(type), name);
    } else {
        text_variable(out, type, name);
        text_str(out, ";\n");
    }
}

static void emit_instance_struct(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_format(out, "struct %s {\n    struct w2c_instance instance;\n", e->name);
    for (uint32_t i = 0; i < m->memory_count; i++) {
        emit_pointer_members(out, "memory", i, is_imported(m->memories[i].import));
    }
    for (uint32_t i = 0; i < m->table_count; i++) {
        emit_pointer_members(out, "table", i, is_imported(m->tables[i].import));
    }
    emit_tag_declarations(out, e);
    for (uint32_t i = 0; i < m->global_count; i++)
        emit_global_member(out, e, i);
    for (uint32_t i = 0; i < m->imported_func_count; i++) {
        text_format(out, "    const struct w2c_func *import%u;\n    struct w2c_func host%u;\n", (unsigned)i,
                    (unsigned)i);
    }
    text_format(out, "    struct w2c_func func_refs[%u];\n", (unsigned)at_least_one(e->func_ref_count));
    for (uint32_t i = 0; i < m->element_count; i++) {
        const unsigned count = (unsigned)at_least_one(m->elements[i].count);
        text_format(out, "    const void *elem%u[%u];\n    bool elem%u_is_dropped;\n", (unsigned)i, count, (unsigned)i);
    }
    for (uint32_t i = 0; i < m->data_count; i++) {
        if (m->datas[i].mode == SEGMENT_PASSIVE) text_format(out, "    bool data%u_is_dropped;\n", (unsigned)i);
    }
    text_str(out, "};\n");
}

/* ---- constant data ---- */

/* In a program whose types have ids of the process, these are put into the records when it starts. */
static const char *func_refs_const(const struct emitter *e) {
    return e->is_program && e->module->has_rich_types ? "" : "const ";
}

static void declare_constants(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    emit_data_declarations(out, e);
    text_format(out, "W2C_DATA_DECL %sstruct w2c_func %sfunc_refs[%u];\n", func_refs_const(e), e->prefix,
                (unsigned)at_least_one(e->func_ref_count));
    if (!e->is_program || m->has_rich_types) {
        text_format(out, "W2C_DATA_DECL u32 %stype_ids[%u];\n", e->prefix, (unsigned)at_least_one(m->type_count));
    }
    if (m->has_rich_types) {
        text_format(out, "W2C_DATA_DECL const struct w2c_type *%stype_records[%u];\n", e->prefix,
                    (unsigned)m->type_count);
    }
}

/* In a program every function has one, so that no call has to ask. */
static void define_body(struct text *out, const struct emitter *e, uint32_t func_idx) {
    if (!e->module->has_endless_tail_calls) return;
    if (has_tail_body(e, func_idx)) {
        text_format(out, ", (w2c_code)%s_tail", e->func_names[func_idx]);
    } else if (e->is_program) {
        text_format(out, ", (w2c_code)%s", e->func_names[func_idx]);
    }
}

/* The records that references point to: in a program these are final, in a library the pattern for the instance's. */
static void define_func_refs(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    const bool is_final = e->is_program && !m->has_rich_types;
    text_format(out, "W2C_DATA %sstruct w2c_func %sfunc_refs[%u] = {\n", func_refs_const(e), e->prefix,
                (unsigned)at_least_one(e->func_ref_count));
    for (uint32_t i = 0; i < m->func_count; i++) {
        if (!m->funcs[i].is_declared) continue;
        const unsigned type = (unsigned)canonical_type(m, m->funcs[i].type_idx);
        text_format(out, "    {(w2c_code)%s, NULL, %u", e->func_names[i], is_final ? type + 1 : type);
        define_body(out, e, i);
        text_str(out, "},\n");
    }
    if (e->func_ref_count == 0) text_str(out, "    {NULL, NULL, 0}\n");
    text_str(out, "};\n");
}

static void define_elem_refs(struct text *out, const struct emitter *e, uint32_t idx) {
    const struct element *element = &e->module->elements[idx];
    if (!element->func_idxs) return;
    if (e->is_program) {
        text_format(out, "W2C_DATA const void *elem%u[%u] = {", (unsigned)idx, (unsigned)element->count);
    } else {
        text_format(out, "static const u32 %selem%u_refs[%u] = {", e->prefix, (unsigned)idx, (unsigned)element->count);
    }
    for (uint32_t i = 0; i < element->count; i++) {
        text_str(out, i % 8 ? " " : "\n    ");
        const unsigned ref = (unsigned)e->func_refs[element->func_idxs[i]];
        text_format(out, e->is_program ? "&func_refs[%u]," : "%u,", ref);
    }
    text_str(out, "\n};\n");
}

static void define_memory_view(struct text *out, const struct emitter *e) {
    const bool may_be_placed = may_place_memory(e);
    if (may_be_placed) {
        text_str(out, "#ifdef W2C_PLACED_MEMORY\nextern u8 w2c_guest_memory[];\n"
                      "#define MEMORY0_ADDRESS w2c_guest_memory\n");
        text_str(out, e->is_guarded ? "#define MEMORY0 w2c_guest_memory\n"
                                    : "#define MEMORY0 memory_open(&memory0)\n"
                                      "#undef W2C_BASE\n#define W2C_BASE(view) ((void)(view), w2c_guest_memory)\n");
        text_str(out, "#else\n");
    }
    text_str(out, "#define MEMORY0 memory_open(&memory0)\n#define MEMORY0_ADDRESS NULL\n");
    if (may_be_placed) text_str(out, "#endif\n");
}

void emit_state_declarations(struct text *out, const struct emitter *e) {
    declare_constants(out, e);
    if (e->is_program) {
        declare_program_state(out, e, "W2C_DATA_DECL");
        if (has_plain_memory0(e->module)) define_memory_view(out, e);
        emit_tag_declarations(out, e);
        emit_table_declarations(out, e);
        if (e->blocks)
            text_format(out, "W2C_DATA_DECL u64 block_counts[%u];\n", (unsigned)at_least_one(e->blocks->count));
    } else {
        emit_instance_struct(out, e);
    }
}

void emit_state_definitions(struct text *out, const struct emitter *e) {
    if (e->is_program && e->is_split) declare_program_state(out, e, "W2C_DATA");
    if (!e->is_program || e->module->has_rich_types) {
        text_format(out, "W2C_DATA u32 %stype_ids[%u];\n", e->prefix, (unsigned)at_least_one(e->module->type_count));
    }
    if (e->module->has_rich_types) {
        text_format(out, "W2C_DATA const struct w2c_type *%stype_records[%u];\n", e->prefix,
                    (unsigned)e->module->type_count);
    }
    if (e->blocks && e->is_split) {
        text_format(out, "W2C_DATA u64 block_counts[%u];\n", (unsigned)at_least_one(e->blocks->count));
    }
    emit_tag_definitions(out, e);
    define_func_refs(out, e);
    for (uint32_t i = 0; i < e->module->element_count; i++)
        define_elem_refs(out, e, i);
    emit_table_definitions(out, e);
}
