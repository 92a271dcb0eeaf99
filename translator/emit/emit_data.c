/* Data segments in C: their bytes, and the statements that copy the active ones when the module is instantiated.
 *
 * Usually there are two or three small segments, and each is an array with a statement of its own, which can be read.
 * There are two other forms, both for active segments that go to memory 0 and say where by a constant.
 *
 * An image. Copying megabytes takes milliseconds at each start, for every page is read from the program's file and
 * written to a new one, needed or not. So a program whose segments are not small has its memory's first content as
 * arrays of whole pages, with zeros where there are no segments:
 *
 *     static const u8 W2C_ON_PAGE image0[7340032] = "...";
 *
 *     w2c_memory_take(&memory0, image0, 520192u, 7335936u)
 *
 * The loader has mapped them already, privately and without reading them, and the runtime moves that mapping to where
 * the guest's memory is. Then a page is read when the guest first reads it, from the page cache and without a copy, and
 * copied when the guest first writes it. That asks for room in the file where segments are sparse: far gaps part one
 * array from the next, and if the pages are more than twice the bytes there is no image. Nor if segments overlap, or if
 * one is out of bounds.
 *
 * A list. A module that was made from the memory of a running program has one segment for every run of bytes that are
 * not zero, CPython for instance 24 171. A declaration in every file and a statement for each would keep C compilers
 * busy for minutes. Where there is no image, so many segments become one array of bytes and a list:
 *
 *     static const u8 data[] = "...";
 *     static const struct { u32 offset, size; } data_list[24171] = {{4398416u, 71u}, ...};
 *
 *     for (u32 i = 0, at = 0; i < 24171; at += data_list[i++].size)
 *         memory_init(&memory0, data + at, data_list[i].size, data_list[i].offset, 0, data_list[i].size);
 *
 * No function can name the bytes of an active segment: it is dropped before any of them runs.
 */
#include <stdlib.h>

#include "emit.h"

enum {
    MIN_LISTED = 32,
    ENTRIES_PER_LINE = 8,
    PAGE = 4096,
    MIN_IMAGE_BYTES = 65536, /* less is copied as fast as it is mapped */
    MIN_PART_BYTES = 16384,  /* on average */
    MOST_GAP_PAGES = 4       /* between segments of one part */
};

/* A segment that has bytes. */
struct placed_data {
    uint32_t offset;
    uint32_t idx;
};

/* Pages [offset, offset + size) of memory 0, which are those of the `count` segments from `first` on. */
struct image_part {
    uint64_t offset, size;
    uint32_t first, count;
};

struct data_image {
    struct placed_data *placed; /* by ascending offset */
    struct image_part *parts;
    uint32_t placed_count, part_count;
};

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

/* Where active segments go, by segment, if all of them go to memory 0, a plain one, and say where by a constant. */
static const uint32_t *find_offsets(const struct emitter *e) {
    const struct module *m = e->module;
    uint32_t *offsets = arena_array(e->arena, uint32_t, m->data_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct data *data = &m->datas[i];
        if (data->mode != SEGMENT_ACTIVE) continue;
        if (data->memory_idx != 0 || memory_kind(m, 0) != MEMORY_PLAIN) return NULL;
        if (!read_offset(e, &data->offset, &offsets[i])) return NULL;
    }
    return offsets;
}

/* ---- the image ---- */

static int compare_placed(const void *a, const void *b) {
    const uint32_t left = ((const struct placed_data *)a)->offset, right = ((const struct placed_data *)b)->offset;
    return (left > right) - (left < right);
}

static uint64_t placed_end(const struct module *m, struct placed_data placed) {
    return placed.offset + (uint64_t)m->datas[placed.idx].bytes.size;
}

/* False if one is out of bounds (an empty one may be, too) or they overlap. */
static bool place_segments(const struct emitter *e, const uint32_t *offsets, struct data_image *image) {
    const struct module *m = e->module;
    const uint64_t bytes = m->memories[0].type.limits.min << USUAL_PAGE_LOG2;
    image->placed = arena_array(e->arena, struct placed_data, m->data_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        if (m->datas[i].mode != SEGMENT_ACTIVE) continue;
        const struct placed_data placed = {offsets[i], i};
        if (placed_end(m, placed) > bytes) return false;
        if (m->datas[i].bytes.size) image->placed[image->placed_count++] = placed;
    }
    qsort(image->placed, image->placed_count, sizeof *image->placed, compare_placed);
    for (uint32_t i = 1; i < image->placed_count; i++) {
        if (placed_end(m, image->placed[i - 1]) > image->placed[i].offset) return false;
    }
    return true;
}

/* Into parts without large gaps; the bytes of all. */
static uint64_t part_image(const struct emitter *e, struct data_image *image) {
    uint64_t bytes = 0;
    image->parts = arena_array(e->arena, struct image_part, image->placed_count);
    for (uint32_t i = 0; i < image->placed_count; i++) {
        const uint64_t start = image->placed[i].offset / PAGE * PAGE;
        const uint64_t end = (placed_end(e->module, image->placed[i]) + PAGE - 1) / PAGE * PAGE;
        struct image_part *part = image->part_count ? &image->parts[image->part_count - 1] : NULL;
        if (!part || start > part->offset + part->size + MOST_GAP_PAGES * PAGE) {
            part = &image->parts[image->part_count++];
            *part = (struct image_part){.offset = start, .first = i};
        }
        bytes += end - part->offset - part->size;
        part->size = end - part->offset;
        part->count++;
    }
    return bytes;
}

static uint64_t placed_bytes(const struct module *m, const struct data_image *image) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < image->placed_count; i++)
        bytes += m->datas[image->placed[i].idx].bytes.size;
    return bytes;
}

/* NULL if there is none. Threads of a program are instances that are made one after another, each with its segments. */
static const struct data_image *make_image(const struct emitter *e, const uint32_t *offsets) {
    const struct module *m = e->module;
    if (!e->is_program || e->is_threaded || m->memory_count == 0) return NULL;
    struct data_image *image = arena_array(e->arena, struct data_image, 1);
    *image = (struct data_image){0};
    if (!place_segments(e, offsets, image)) return NULL;
    const uint64_t data_bytes = placed_bytes(m, image);
    if (data_bytes < MIN_IMAGE_BYTES) return NULL;
    const uint64_t bytes = part_image(e, image);
    return bytes <= 2 * data_bytes && image->part_count <= bytes / MIN_PART_BYTES ? image : NULL;
}

/* One more byte than the literal has, for the NUL that it ends in; pages that follow belong to nobody else. */
static void define_part(struct text *out, const struct emitter *e, uint32_t idx) {
    static const char zeros[MOST_GAP_PAGES * PAGE + 2 * PAGE];
    const struct data_image *image = e->data_image;
    const struct image_part *part = &image->parts[idx];
    const uint64_t literal = placed_end(e->module, image->placed[part->first + part->count - 1]) - part->offset;
    text_format(out, "static const u8 W2C_ON_PAGE image%u[%llu] =\n", (unsigned)idx,
                (unsigned long long)(literal / PAGE * PAGE + PAGE));
    uint64_t at = part->offset;
    for (uint32_t i = 0; i < part->count; i++) {
        const struct placed_data placed = image->placed[part->first + i];
        text_str(out, "    ");
        if (placed.offset > at) text_literal(out, zeros, (size_t)(placed.offset - at));
        text_literal(out, e->module->datas[placed.idx].bytes.bytes, e->module->datas[placed.idx].bytes.size);
        text_str(out, i + 1 < part->count ? "\n" : ";\n");
        text_relieve(out);
        at = placed_end(e->module, placed);
    }
}

static void emit_take_image(struct writer *w) {
    const struct data_image *image = w->emitter->data_image;
    for (uint32_t i = 0; i < image->part_count; i++) {
        text_format(w->out, "    if (!w2c_memory_take(&memory0, image%u, %lluu, %lluu)) {\n", (unsigned)i,
                    (unsigned long long)image->parts[i].offset, (unsigned long long)image->parts[i].size);
        text_str(w->out, "        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);\n    }\n");
    }
}

/* ---- the list ---- */

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

static void emit_copy_list(struct writer *w) {
    const char *prefix = w->emitter->prefix;
    text_format(w->out, "    for (u32 i = 0, at = 0; i < %u; at += %sdata_list[i++].size) {\n        memory_init(",
                (unsigned)w->emitter->module->data_count, prefix);
    emit_memory(w, 0);
    text_format(w->out,
                ", %sdata + at, %sdata_list[i].size, %sdata_list[i].offset, 0,\n"
                "                    %sdata_list[i].size);\n    }\n",
                prefix, prefix, prefix, prefix);
}

static bool is_list(const struct module *m) {
    uint32_t active_count = 0;
    for (uint32_t i = 0; i < m->data_count; i++)
        active_count += m->datas[i].mode == SEGMENT_ACTIVE;
    return active_count >= MIN_LISTED && active_count == m->data_count;
}

/* ---- all forms ---- */

void emitter_plan_data(struct emitter *e) {
    const uint32_t *offsets = find_offsets(e);
    if (!offsets) return;
    e->data_image = make_image(e, offsets);
    if (!e->data_image && is_list(e->module)) e->data_offsets = offsets;
}

/* Whether the segment is an array of its own. */
static bool is_array(const struct emitter *e, uint32_t idx) {
    if (e->data_offsets) return false;
    return !e->data_image || e->module->datas[idx].mode == SEGMENT_PASSIVE;
}

void emit_data_declarations(struct text *out, const struct emitter *e) {
    for (uint32_t i = 0; i < e->module->data_count; i++) {
        if (!is_array(e, i)) continue;
        /* One more byte for the NUL that a string literal ends in. */
        text_format(out, "W2C_DATA_DECL const u8 %sdata%u[%zu];\n", e->prefix, (unsigned)i,
                    e->module->datas[i].bytes.size + 1);
    }
}

void emit_data_definitions(struct text *out, const struct emitter *e) {
    if (e->data_offsets) {
        define_bytes(out, e);
        define_list(out, e);
    }
    for (uint32_t i = 0; e->data_image && i < e->data_image->part_count; i++)
        define_part(out, e, i);
    for (uint32_t i = 0; i < e->module->data_count; i++) {
        if (!is_array(e, i)) continue;
        const struct span bytes = e->module->datas[i].bytes;
        text_format(out, "W2C_DATA const u8 %sdata%u[%zu] =\n    ", e->prefix, (unsigned)i, bytes.size + 1);
        text_literal(out, bytes.bytes, bytes.size);
        text_str(out, ";\n");
    }
}

static void emit_copy_array(struct writer *w, uint32_t idx) {
    const struct emitter *e = w->emitter;
    const struct data *data = &e->module->datas[idx];
    if (data->mode != SEGMENT_ACTIVE) return;
    emit_offset(w, &data->offset, &e->module->memories[data->memory_idx].type.limits);
    text_str(w->out, "    ");
    emit_object_function(w, OP_MEMORY_INIT, idx, data->memory_idx);
    emit_memory(w, data->memory_idx);
    text_format(w->out, ", %sdata%u, %zu, offset, 0, %zuu);\n    }\n", e->prefix, (unsigned)idx, data->bytes.size,
                data->bytes.size);
}

void emit_copy_data(struct writer *w) {
    const struct emitter *e = w->emitter;
    if (e->data_offsets) emit_copy_list(w);
    if (e->data_image) emit_take_image(w);
    for (uint32_t i = 0; i < e->module->data_count; i++) {
        if (is_array(e, i)) emit_copy_array(w, i);
    }
}
