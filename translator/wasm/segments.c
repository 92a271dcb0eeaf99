/* Element and data segments (spec 5.5.12, 5.5.14).
 *
 * Segments grew with the proposals: 1.0 had active ones for table 0 and memory 0 alone. Today's forms are told apart by
 * flags in what used to be the index, so that old segments read as they always did.
 *
 *     active       copied to its table or memory when the module is instantiated, then dropped
 *     passive      copied by table.init or memory.init
 *     declarative  elements only: never copied; says which functions ref.func may name
 */
#include "../base/arena.h"
#include "decode_internal.h"

/* The flags of an element segment. Without EXPLICIT the segment has the form of WebAssembly 1.0: table 0, functions. */
enum { NOT_ACTIVE = 1, EXPLICIT = 2, EXPRESSIONS = 4, ELEMENT_FLAGS_END = 8 };

/* ---- elements ---- */

static enum segment_mode element_mode(uint32_t flags) {
    if (!(flags & NOT_ACTIVE)) return SEGMENT_ACTIVE;
    return flags & EXPLICIT ? SEGMENT_DECLARATIVE : SEGMENT_PASSIVE;
}

static valtype address_type(const struct limits *limits) { return limits->is_64 ? TYPE_I64 : TYPE_I32; }

static void read_element_offset(struct decoder *d, struct reader *r, struct element *element, uint32_t flags) {
    const size_t offset = reader_offset(r);
    element->table_idx = flags & EXPLICIT ? read_u32(r) : 0;
    if (element->table_idx >= d->module->table_count)
        fail_at(d->diag, DIAG_INVALID, offset, "unknown table %u (the module has %u)", (unsigned)element->table_idx,
                (unsigned)d->module->table_count);
    element->offset = decode_constexpr(d, r, address_type(&d->tables[element->table_idx].type.limits));
}

/* Functions listed by index are references that are never null. */
static valtype read_element_type(struct decoder *d, struct reader *r, uint32_t flags) {
    const size_t offset = reader_offset(r);
    const bool is_written = (flags & (NOT_ACTIVE | EXPLICIT)) != 0;
    if (!(flags & EXPRESSIONS)) {
        const uint8_t kind = is_written ? read_u8(r) : 0;
        if (kind != 0) fail_at(d->diag, DIAG_MALFORMED, offset, "malformed element kind 0x%02x", kind);
        return type_ref(TYPE_FUNC, false);
    }
    if (!is_written) return TYPE_FUNCREF;
    const valtype type = read_reftype(r, d->module->type_count);
    require_type(d->diag, type, offset);
    return type;
}

static void check_table_takes(struct decoder *d, const struct element *element, size_t offset) {
    const valtype to = d->tables[element->table_idx].type.element;
    if (type_matches(d->module, element->type, to)) return;
    char from_text[TYPE_TEXT_BYTES];
    char to_text[TYPE_TEXT_BYTES];
    fail_at(d->diag, DIAG_INVALID, offset, "type mismatch: elements of type %s do not fit in a table of %s",
            type_text(from_text, element->type), type_text(to_text, to));
}

static const uint32_t *read_func_idxs(struct decoder *d, struct reader *r, uint32_t count) {
    uint32_t *func_idxs = arena_array(d->arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++) {
        func_idxs[i] = decode_index(d, r, "function", d->module->func_count);
        d->funcs[func_idxs[i]].is_declared = true;
    }
    return func_idxs;
}

/* Each is a span of the file; whoever instantiates walks it as code. */
static const struct constexpr *read_inits(struct decoder *d, struct reader *r, uint32_t count, valtype type) {
    struct constexpr *inits = arena_array(d->arena, struct constexpr, count);
    for (uint32_t i = 0; i < count; i++) inits[i] = decode_constexpr(d, r, type);
    return inits;
}

/* Flags decide which of the parts are written (spec 5.5.12, eight forms):
 *
 *     flags | table index | offset | kind or type | functions or expressions
 *
 * A table index only with EXPLICIT and active, a kind or type unless neither bit is set. */
static void read_element(struct decoder *d, struct reader *r, struct element *element) {
    const size_t offset = reader_offset(r);
    const uint32_t flags = read_u32(r);
    if (flags >= ELEMENT_FLAGS_END)
        fail_at(d->diag, DIAG_MALFORMED, offset, "malformed elements segment kind %u", (unsigned)flags);
    element->mode = element_mode(flags);
    if (element->mode == SEGMENT_ACTIVE) read_element_offset(d, r, element, flags);
    element->type = read_element_type(d, r, flags);
    if (element->mode == SEGMENT_ACTIVE) check_table_takes(d, element, offset);
    enum { MIN_EXPRESSION_BYTES = 3 }; /* an operator, its immediate, end */
    element->count = read_count(r, flags & EXPRESSIONS ? MIN_EXPRESSION_BYTES : 1, "elements");
    if (element->count == 0) return;
    if (flags & EXPRESSIONS)
        element->inits = read_inits(d, r, element->count, element->type);
    else
        element->func_idxs = read_func_idxs(d, r, element->count);
}

void decode_elements(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 2, "element segments");
    struct element *elements = arena_array(d->arena, struct element, count);
    for (uint32_t i = 0; i < count; i++) read_element(d, r, &elements[i]);
    d->module->elements = elements;
    d->module->element_count = count;
}

/* ---- data ---- */

/* Passive segments have neither memory nor offset (spec 5.5.14). Their bytes are not copied. */
static void read_data(struct decoder *d, struct reader *r, struct data *data) {
    enum { ACTIVE, PASSIVE, ACTIVE_EXPLICIT, DATA_FLAGS_END };
    const size_t offset = reader_offset(r);
    const uint32_t flags = read_u32(r);
    if (flags >= DATA_FLAGS_END)
        fail_at(d->diag, DIAG_MALFORMED, offset, "malformed data segment kind %u", (unsigned)flags);
    data->mode = flags == PASSIVE ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
    if (data->mode == SEGMENT_ACTIVE) {
        const struct module *m = d->module;
        data->memory_idx = flags == ACTIVE_EXPLICIT ? read_u32(r) : 0;
        if (data->memory_idx >= m->memory_count)
            fail_at(d->diag, DIAG_INVALID, offset, "unknown memory %u (the module has %u)", (unsigned)data->memory_idx,
                    (unsigned)m->memory_count);
        data->offset = decode_constexpr(d, r, address_type(&m->memories[data->memory_idx].type.limits));
    }
    const uint32_t size = read_u32(r);
    data->bytes = read_span(r, size, "a data segment");
}

/* Only a promise, checked when the data comes: nothing is sized by it. */
void decode_data_count(struct decoder *d, struct reader *r) {
    d->module->data_count = read_u32(r);
    d->module->has_data_count = true;
}

void decode_datas(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const uint32_t count = read_count(r, 2, "data segments");
    if (d->module->has_data_count && d->module->data_count != count)
        fail_at(d->diag, DIAG_MALFORMED, offset,
                "data count and data section have inconsistent lengths: %u are announced and %u are there",
                (unsigned)d->module->data_count, (unsigned)count);
    struct data *datas = arena_array(d->arena, struct data, count);
    for (uint32_t i = 0; i < count; i++) read_data(d, r, &datas[i]);
    d->module->datas = datas;
    d->module->data_count = count;
}
