/* Data segments in C: their bytes, and the statements that copy the active ones when the module is instantiated.
 *
 * Usually there are two or three segments, and each is an array with a statement of its own, which can be read. A
 * module that was made from the memory of a running program has one for every run of bytes that are not zero, CPython
 * for instance 24 171. A declaration in every file and a statement for each would keep C compilers busy for minutes. So
 * many segments become one array of bytes and a list:
 *
 *     static const u8 data[] = "...";
 *     static const struct { u32 offset, size; } data_list[24171] = {{4398416u, 71u}, ...};
 *
 *     for (u32 i = 0, at = 0; i < 24171; at += data_list[i++].size)
 *         memory_init(&memory0, data + at, data_list[i].size, data_list[i].offset, 0, data_list[i].size);
 *
 * That is possible where nothing else names segments (the module has no data count section) and where they go is
 * written down as a constant.
 */
#include "emit.h"

enum { MIN_LISTED = 32, ENTRIES_PER_LINE = 8 };

/* `offset` is what a single i32.const says. */
static bool read_offset(const struct emitter *e, const struct constexpr *expression, uint32_t *offset) {
    struct body body;
    struct instr instr;
    struct diag_context diag = {0}; /* it was decoded before, so nothing fails */
    body_open_constexpr(&body, e->module, &diag, expression);
    body_next(&body, &instr);
    *offset = (uint32_t)instr.value;
    if (instr.op != OP_I32_CONST) return false;
    body_next(&body, &instr);
    return instr.op == OP_END;
}

void emitter_list_data(struct emitter *e) {
    const struct module *m = e->module;
    if (m->has_data_count || m->data_count < MIN_LISTED) return;
    uint32_t *offsets = arena_array(e->arena, uint32_t, m->data_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct data *data = &m->datas[i];
        if (data->mode != SEGMENT_ACTIVE || data->memory_idx != 0 || memory_kind(m, 0) != MEMORY_PLAIN) return;
        if (!read_offset(e, &data->offset, &offsets[i])) return;
    }
    e->data_offsets = offsets;
}

void emit_data_declarations(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    for (uint32_t i = 0; !e->data_offsets && i < m->data_count; i++) {
        /* One more byte for the NUL that a string literal ends in. */
        text_format(out, "W2C_DATA_DECL const u8 %sdata%u[%zu];\n", e->prefix, (unsigned)i, m->datas[i].bytes.size + 1);
    }
}

/* The bytes of segments need not lie together in the file. */
static void define_bytes(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_format(out, "static const u8 %sdata[] =\n", e->prefix);
    for (uint32_t i = 0; i < m->data_count; i++) {
        text_str(out, "    ");
        text_literal(out, m->datas[i].bytes.bytes, m->datas[i].bytes.size);
        text_str(out, i + 1 < m->data_count ? "\n" : ";\n");
        text_relieve(out);
    }
}

static void define_list(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_format(out, "static const struct { u32 offset, size; } %sdata_list[%u] = {", e->prefix,
                (unsigned)m->data_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        text_str(out, i % ENTRIES_PER_LINE ? " {" : "\n    {");
        text_u64(out, e->data_offsets[i]);
        text_str(out, "u, ");
        text_u64(out, m->datas[i].bytes.size);
        text_str(out, "u},");
    }
    text_str(out, "\n};\n");
}

void emit_data_definitions(struct text *out, const struct emitter *e) {
    if (e->data_offsets) {
        define_bytes(out, e);
        define_list(out, e);
        return;
    }
    for (uint32_t i = 0; i < e->module->data_count; i++) {
        const struct span bytes = e->module->datas[i].bytes;
        text_format(out, "W2C_DATA const u8 %sdata%u[%zu] =\n    ", e->prefix, (unsigned)i, bytes.size + 1);
        text_literal(out, bytes.bytes, bytes.size);
        text_str(out, ";\n");
    }
}

void emit_copy_listed_data(struct writer *w) {
    const char *prefix = w->emitter->prefix;
    text_format(w->out, "    for (u32 i = 0, at = 0; i < %u; at += %sdata_list[i++].size) {\n        memory_init(",
                (unsigned)w->emitter->module->data_count, prefix);
    emit_memory(w, 0);
    text_format(w->out,
                ", %sdata + at, %sdata_list[i].size, %sdata_list[i].offset, 0,\n"
                "                    %sdata_list[i].size);\n    }\n",
                prefix, prefix, prefix, prefix);
}
