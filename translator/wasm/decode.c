/* From bytes to struct module (spec 5.5): the section loop, and the sections that are lists of small records.
 *
 * Sections come in one order, so everything a section refers to is known when it is read, and is checked right there:
 * a second pass over the module is not needed. Function bodies are only cut out; workers decode and validate them
 * (body.h, validate.h).
 *
 *     types -> imports -> functions -> tables -> memories -> tags -> globals -> exports -> start
 *           -> elements -> data count -> code -> data          custom sections anywhere
 *
 * Each index space is an array that the imports begin and a section of its own continues: it is copied once, when the
 * section tells how many there will be. Malformed (the bytes are no module) and invalid (a rule is broken) are told
 * apart as the specification does; whichever comes first in the file is reported.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/arena.h"
#include "decode_internal.h"
#include "validate.h"

/* ---- helpers ---- */

void *decode_extend(struct decoder *d, const void *old, uint32_t count, uint32_t more, size_t size) {
    void *array = arena_alloc(d->arena, (size_t)count + more, size);
    if (count) memcpy(array, old, count * size);
    return array;
}

/* `array` with room for one more: it doubles whenever its count reaches a power of two. */
static void *extend_by_one(struct decoder *d, void *array, uint32_t count, size_t size) {
    const bool is_full = (count & (count - 1)) == 0;
    return is_full ? decode_extend(d, array, count, count ? count : 1, size) : array;
}

uint32_t decode_index(struct decoder *d, struct reader *r, const char *what, uint32_t count) {
    const size_t offset = reader_offset(r);
    const uint32_t idx = read_u32(r);
    if (idx >= count)
        fail_at(d->diag, DIAG_INVALID, offset, "unknown %s %u (the module has %u)", what, (unsigned)idx,
                (unsigned)count);
    return idx;
}

/* Functions that are named outside of code may be referred to by ref.func inside (spec: C.refs). */
static void declare_funcs(struct decoder *d, const struct constexpr *expression) {
    struct body body;
    body_open_constexpr(&body, d->module, d->diag, expression);
    while (!body_at_end(&body)) {
        struct instr instr;
        body_next(&body, &instr);
        if (instr.op == OP_REF_FUNC) d->funcs[instr.idx].is_declared = true;
    }
    d->diag->op = NULL;
}

struct constexpr decode_constexpr(struct decoder *d, struct reader *r, valtype expected) {
    const struct constexpr expression = validate_constexpr(d->module, d->arena, r, expected, d->module->global_count);
    if (type_is_ref(expected)) declare_funcs(d, &expression);
    return expression;
}

/* ---- types of what can be imported ---- */

static uint32_t read_functype_index(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const uint32_t idx = decode_index(d, r, "type", d->module->type_count);
    if (d->types[idx].composite != COMPOSITE_FUNC)
        fail_at(d->diag, DIAG_INVALID, offset, "type %u is not a function type", (unsigned)idx);
    return idx;
}

enum { HAS_MAX = 1, IS_SHARED = 2, IS_64 = 4, HAS_PAGE_SIZE = 8, FLAGS_END = 16 };

/* Behind flags, of which a table may have those in `allowed`. Sizes are u64 for 32-bit address types too (3.0). */
static struct limits read_limits(struct decoder *d, struct reader *r, unsigned allowed) {
    const size_t offset = reader_offset(r);
    const uint8_t flags = read_u8(r);
    const bool is_shared = (flags & IS_SHARED) != 0;
    if (flags & ~allowed)
        fail_at(d->diag, DIAG_MALFORMED, offset, "malformed limits flags 0x%02x", flags);
    if (is_shared && !(flags & HAS_MAX))
        fail_at(d->diag, DIAG_INVALID, offset, "shared memory must have maximum");
    struct limits limits = {
        .has_max = (flags & HAS_MAX) != 0, .is_shared = is_shared, .is_64 = (flags & IS_64) != 0};
    limits.min = read_u64(r);
    if (limits.has_max) limits.max = read_u64(r);
    if (limits.has_max && limits.min > limits.max)
        fail_at(d->diag, DIAG_INVALID, offset, "size minimum must not be greater than maximum: %llu and %llu",
                (unsigned long long)limits.min, (unsigned long long)limits.max);
    if (limits.is_64) require_feature(d->diag, FEATURE_MEMORY64, offset);
    if (limits.is_shared) require_feature(d->diag, FEATURE_THREADS, offset);
    return limits;
}

static uint64_t largest(const struct limits *limits) { return limits->has_max ? limits->max : limits->min; }

static struct table_type read_table_type(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const valtype element = read_reftype(r, d->module->type_count);
    require_type(d->diag, element, offset);
    const struct table_type type = {.element = element, .limits = read_limits(d, r, HAS_MAX | IS_64)};
    if (!type.limits.is_64 && largest(&type.limits) > UINT32_MAX)
        fail_at(d->diag, DIAG_INVALID, offset, "table size must be at most 2^32 - 1 elements");
    return type;
}

/* Behind the limits, if their flags say so. The proposal leaves room for more sizes than these two. */
static uint8_t read_page_log2(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const uint32_t log2 = read_u32(r);
    if (log2 != 0 && log2 != USUAL_PAGE_LOG2)
        fail_at(d->diag, DIAG_INVALID, offset, "invalid custom page size: 2^%u, where 1 and 65536 are allowed",
                (unsigned)log2);
    require_feature(d->diag, FEATURE_CUSTOM_PAGE_SIZES, offset);
    return (uint8_t)log2;
}

/* The most pages that addresses of this width can tell apart; and their number must be one, too. */
static uint64_t most_pages(const struct memory_type *type) {
    if (type->page_log2 == 0) return type->limits.is_64 ? UINT64_MAX : UINT32_MAX;
    return UINT64_C(1) << ((type->limits.is_64 ? 64 : 32) - type->page_log2);
}

static struct memory_type read_memory_type(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const bool has_page_size = reader_left(r) && (*r->next & HAS_PAGE_SIZE);
    struct memory_type type = {.limits = read_limits(d, r, FLAGS_END - 1), .page_log2 = USUAL_PAGE_LOG2};
    if (has_page_size) type.page_log2 = read_page_log2(d, r);
    if (largest(&type.limits) <= most_pages(&type)) return type;
    if (type.page_log2 == 0)
        fail_at(d->diag, DIAG_INVALID, offset, "memory size must be at most 2^32 - 1 pages of one byte");
    fail_at(d->diag, DIAG_INVALID, offset, type.limits.is_64 ? "memory size must be at most 2^48 pages"
                                                             : "memory size must be at most 65536 pages (4GiB)");
}

static struct global_type read_global_type(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const valtype type = read_valtype(r, d->module->type_count);
    require_type(d->diag, type, offset);
    const uint8_t mutability = read_u8(r);
    if (mutability > 1) fail_at(d->diag, DIAG_MALFORMED, offset, "malformed mutability 0x%02x", mutability);
    return (struct global_type){.type = type, .is_mutable = mutability == 1};
}

static uint32_t read_tag_type(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const uint8_t attribute = read_u8(r);
    if (attribute != 0) fail_at(d->diag, DIAG_MALFORMED, offset, "malformed tag attribute 0x%02x", attribute);
    const uint32_t type_idx = read_functype_index(d, r);
    if (d->types[type_idx].func.result_count)
        fail_at(d->diag, DIAG_INVALID, offset, "non-empty tag result type %u", (unsigned)type_idx);
    require_feature(d->diag, FEATURE_EXCEPTIONS, offset);
    return type_idx;
}

/* ---- adding to index spaces ---- */

static void add_func(struct decoder *d, struct func func) {
    d->funcs[d->module->func_count++] = func;
}

static void add_memory(struct decoder *d, struct memory memory, size_t offset) {
    if (d->module->memory_count) require_feature(d->diag, FEATURE_MULTI_MEMORY, offset);
    d->memories[d->module->memory_count++] = memory;
}

/* The arrays may have moved. */
static void publish(struct decoder *d) {
    struct module *m = d->module;
    m->funcs = d->funcs;
    m->tables = d->tables;
    m->memories = d->memories;
    m->globals = d->globals;
    m->tags = d->tags;
}

/* ---- sections ---- */

/* An import joins the index space of its kind; spaces of imports alone come before all that the module defines. */
static void read_imported(struct decoder *d, struct reader *r, struct import *import, int32_t place) {
    struct module *m = d->module;
    const size_t offset = reader_offset(r);
    switch (import->kind) {
    case EXTERN_FUNC:
        import->idx = m->func_count;
        d->funcs = extend_by_one(d, d->funcs, m->func_count, sizeof *d->funcs);
        add_func(d, (struct func){.type_idx = read_functype_index(d, r), .import = place});
        break;
    case EXTERN_TABLE:
        import->idx = m->table_count;
        d->tables = extend_by_one(d, d->tables, m->table_count, sizeof *d->tables);
        d->tables[m->table_count++] = (struct table){.type = read_table_type(d, r), .import = place};
        break;
    case EXTERN_MEMORY:
        import->idx = m->memory_count;
        d->memories = extend_by_one(d, d->memories, m->memory_count, sizeof *d->memories);
        add_memory(d, (struct memory){.type = read_memory_type(d, r), .import = place}, offset);
        break;
    case EXTERN_GLOBAL:
        import->idx = m->global_count;
        d->globals = extend_by_one(d, d->globals, m->global_count, sizeof *d->globals);
        d->globals[m->global_count++] = (struct global){.type = read_global_type(d, r), .import = place};
        break;
    case EXTERN_TAG:
        import->idx = m->tag_count;
        d->tags = extend_by_one(d, d->tags, m->tag_count, sizeof *d->tags);
        d->tags[m->tag_count++] = (struct tag){.type_idx = read_tag_type(d, r), .import = place};
        break;
    }
}

static enum extern_kind read_kind(struct decoder *d, struct reader *r, const char *what) {
    const size_t offset = reader_offset(r);
    const uint8_t kind = read_u8(r);
    if (kind > EXTERN_TAG) fail_at(d->diag, DIAG_MALFORMED, offset, "malformed %s kind 0x%02x", what, kind);
    return (enum extern_kind)kind;
}

/* Names need not be unique: the same function may be imported twice, as different types even (spec 3.5.8). */
static void decode_imports(struct decoder *d, struct reader *r) {
    struct module *m = d->module;
    const uint32_t count = read_count(r, 4, "imports");
    struct import *imports = arena_array(d->arena, struct import, count);
    for (uint32_t i = 0; i < count; i++) {
        imports[i].module = read_name(r);
        imports[i].name = read_name(r);
        imports[i].kind = read_kind(d, r, "import");
        read_imported(d, r, &imports[i], (int32_t)i);
    }
    m->imports = imports;
    m->import_count = count;
    m->imported_func_count = m->func_count;
    m->imported_table_count = m->table_count;
    m->imported_memory_count = m->memory_count;
    m->imported_global_count = m->global_count;
    m->imported_tag_count = m->tag_count;
    publish(d);
}

/* Types only; the bodies come in the code section. */
static void decode_functions(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 1, "functions");
    d->funcs = decode_extend(d, d->funcs, d->module->func_count, count, sizeof *d->funcs);
    publish(d);
    for (uint32_t i = 0; i < count; i++)
        add_func(d, (struct func){.type_idx = read_functype_index(d, r), .import = -1});
}

/* A table may begin with an expression for its elements, behind two bytes that no type begins with (3.0). */
static void read_table(struct decoder *d, struct reader *r, struct table *table) {
    enum { WITH_INIT = 0x40, RESERVED = 0x00 };
    const size_t offset = reader_offset(r);
    const bool has_init = reader_left(r) && *r->next == WITH_INIT;
    if (has_init) {
        r->next++;
        if (read_u8(r) != RESERVED) fail_at(d->diag, DIAG_MALFORMED, offset, "malformed table");
    }
    *table = (struct table){.type = read_table_type(d, r), .import = -1};
    if (has_init)
        table->init = decode_constexpr(d, r, table->type.element);
    else if (!type_is_defaultable(table->type.element))
        fail_at(d->diag, DIAG_INVALID, offset, "type mismatch: a table whose elements cannot be null needs a value");
}

static void decode_tables(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 3, "tables");
    d->tables = decode_extend(d, d->tables, d->module->table_count, count, sizeof *d->tables);
    publish(d);
    for (uint32_t i = 0; i < count; i++) read_table(d, r, &d->tables[d->module->table_count++]);
}

/* Two memories are refused here rather than at their uses. */
static void decode_memories(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 2, "memories");
    d->memories = decode_extend(d, d->memories, d->module->memory_count, count, sizeof *d->memories);
    publish(d);
    for (uint32_t i = 0; i < count; i++) {
        const size_t offset = reader_offset(r);
        add_memory(d, (struct memory){.type = read_memory_type(d, r), .import = -1}, offset);
    }
}

static void decode_tags(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 2, "tags");
    d->tags = decode_extend(d, d->tags, d->module->tag_count, count, sizeof *d->tags);
    publish(d);
    for (uint32_t i = 0; i < count; i++)
        d->tags[d->module->tag_count++] = (struct tag){.type_idx = read_tag_type(d, r), .import = -1};
}

/* Each global joins the index space when its own initial value is read: it may use those before it. */
static void decode_globals(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 3, "globals");
    d->globals = decode_extend(d, d->globals, d->module->global_count, count, sizeof *d->globals);
    publish(d);
    for (uint32_t i = 0; i < count; i++) {
        struct global *global = &d->globals[d->module->global_count];
        *global = (struct global){.type = read_global_type(d, r), .import = -1};
        global->init = decode_constexpr(d, r, global->type.type);
        d->module->global_count++;
    }
}

static uint32_t count_of_kind(const struct module *m, enum extern_kind kind) {
    switch (kind) {
    case EXTERN_FUNC: return m->func_count;
    case EXTERN_TABLE: return m->table_count;
    case EXTERN_MEMORY: return m->memory_count;
    case EXTERN_GLOBAL: return m->global_count;
    default: return m->tag_count;
    }
}

static int compare_names(const struct name *a, const struct name *b) {
    const int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Equal names are ordered by place, so that the message does not depend on the sort. */
static int compare_exports(const void *a, const void *b) {
    const struct export *const *left = a;
    const struct export *const *right = b;
    const int order = compare_names(&(*left)->name, &(*right)->name);
    return order ? order : (*left > *right) - (*left < *right);
}

/* Sorted rather than hashed: no choice of names makes it slow. */
static void check_export_names(struct decoder *d, const struct reader *r, const struct export *exports,
                               uint32_t count) {
    const struct export **sorted = arena_array(d->arena, const struct export *, count);
    for (uint32_t i = 0; i < count; i++) sorted[i] = &exports[i];
    if (count) qsort(sorted, count, sizeof *sorted, compare_exports);
    for (uint32_t i = 1; i < count; i++) {
        if (compare_names(&sorted[i - 1]->name, &sorted[i]->name) != 0) continue;
        const size_t offset = (size_t)((const uint8_t *)sorted[i]->name.bytes - r->start);
        fail_at(d->diag, DIAG_INVALID, offset, "duplicate export name of exports %td and %td", sorted[i - 1] - exports,
                sorted[i] - exports);
    }
}

/* An exported function counts as declared for ref.func; the start function does not. */
static void decode_exports(struct decoder *d, struct reader *r) {
    static const char *const kind_names[] = {"function", "table", "memory", "global", "tag"};
    const uint32_t count = read_count(r, 3, "exports");
    struct export *exports = arena_array(d->arena, struct export, count);
    for (uint32_t i = 0; i < count; i++) {
        exports[i].name = read_name(r);
        const enum extern_kind kind = read_kind(d, r, "export");
        exports[i].kind = kind;
        exports[i].idx = decode_index(d, r, kind_names[kind], count_of_kind(d->module, kind));
        if (kind == EXTERN_FUNC) d->funcs[exports[i].idx].is_declared = true;
    }
    check_export_names(d, r, exports, count);
    d->module->exports = exports;
    d->module->export_count = count;
}

static void decode_start(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    const uint32_t idx = decode_index(d, r, "function", d->module->func_count);
    const struct functype *type = func_type(d->module, idx);
    if (type->param_count || type->result_count)
        fail_at(d->diag, DIAG_INVALID, offset, "start function %u must have no parameters and no results",
                (unsigned)idx);
    d->module->start_func = idx;
}

/* Asked twice: where the code is, and at the end, for there may be no code section. */
static void check_code_count(struct decoder *d, uint32_t count, size_t offset) {
    const uint32_t own = d->module->func_count - d->module->imported_func_count;
    if (count != own)
        fail_at(d->diag, DIAG_MALFORMED, offset,
                "function and code section have inconsistent lengths: %u functions and %u bodies", (unsigned)own,
                (unsigned)count);
}

/* Cuts out the bodies. What is in them is checked when they are translated, by several threads. */
static void decode_code(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    d->code_count = read_count(r, 1, "function bodies");
    check_code_count(d, d->code_count, offset);
    for (uint32_t i = 0; i < d->code_count; i++) {
        const uint32_t size = read_u32(r);
        d->funcs[d->module->imported_func_count + i].body = read_span(r, size, "a function body");
    }
}

/* ---- the module ---- */

struct section {
    const char *name;
    uint8_t place; /* in the order that the specification demands; custom sections stand anywhere */
    void (*decode)(struct decoder *d, struct reader *r);
};

static const struct section sections[] = {
    [0] = {"custom", 0, decode_custom},       [1] = {"type", 1, decode_types},
    [2] = {"import", 2, decode_imports},      [3] = {"function", 3, decode_functions},
    [4] = {"table", 4, decode_tables},        [5] = {"memory", 5, decode_memories},
    [13] = {"tag", 6, decode_tags},           [6] = {"global", 7, decode_globals},
    [7] = {"export", 8, decode_exports},      [8] = {"start", 9, decode_start},
    [9] = {"element", 10, decode_elements},   [12] = {"data count", 11, decode_data_count},
    [10] = {"code", 12, decode_code},         [11] = {"data", 13, decode_datas},
};

/* The version is two numbers of 16 bits; the second is the layer, 1 for components. */
static void check_header(struct reader *r) {
    static const uint8_t magic[4] = {0x00, 'a', 's', 'm'};
    enum { MODULE_VERSION = 1, COMPONENT_LAYER = 0x10000 };
    if (reader_left(r) < sizeof magic || memcmp(r->next, magic, sizeof magic) != 0)
        fail_at(r->diag, DIAG_MALFORMED, 0, "magic header not detected: this is not a binary WebAssembly module");
    r->next += sizeof magic;
    const size_t offset = reader_offset(r);
    const uint32_t version = read_f32_bits(r); /* any four bytes, little-endian */
    if (version >= COMPONENT_LAYER)
        fail_at(r->diag, DIAG_MALFORMED, offset, "unknown binary version 0x%x: a component, or no module at all",
                (unsigned)version);
    if (version != MODULE_VERSION)
        fail_at(r->diag, DIAG_MALFORMED, offset, "unknown binary version %u", (unsigned)version);
}

/* Reads one section; `place` is that of the last one in the prescribed order. */
static void decode_section(struct decoder *d, struct reader *r, uint8_t *place) {
    const size_t offset = reader_offset(r);
    const uint8_t id = read_u8(r);
    const uint32_t size = read_u32(r);
    if (id >= sizeof sections / sizeof sections[0])
        fail_at(d->diag, DIAG_MALFORMED, offset, "malformed section id %u", id);
    const struct section *section = &sections[id];
    if (section->place && section->place <= *place)
        fail_at(d->diag, DIAG_MALFORMED, offset,
                "unexpected content after last section: the %s section is out of order or there twice", section->name);
    if (section->place) *place = section->place;
    struct reader content = read_sub(r, size, "a section");
    d->diag->section = section->name;
    section->decode(d, &content);
    d->diag->section = NULL;
    if (reader_left(&content))
        fail_at(d->diag, DIAG_MALFORMED, reader_offset(&content),
                "section size mismatch: %zu bytes are left over in the %s section", reader_left(&content),
                section->name);
}

/* Section sizes are u32, and counts add up over sections: within 4 GiB none of the sums here overflows. */
void decode_module(struct module *module, struct arena *arena, struct diag_context *diag, const char *file_name,
                   const uint8_t *bytes, size_t size) {
    *module = (struct module){.file_name = file_name, .start_func = NO_FUNC};
    struct decoder d = {.module = module, .arena = arena, .diag = diag, .missing_feature = FEATURE_COUNT};
    diag->func_idx = DIAG_NO_FUNC;
    diag->section = NULL;
    diag->op = NULL;
    if (size > UINT32_MAX) fail_at(diag, DIAG_LIMIT, 0, "modules of 4 GiB and more are not supported");
    struct reader r = {.start = bytes, .next = bytes, .end = bytes + size, .diag = diag};
    check_header(&r);
    uint8_t place = 0;
    while (reader_left(&r)) decode_section(&d, &r, &place);
    check_code_count(&d, d.code_count, size);
    if (module->data_count && !module->datas)
        fail_at(diag, DIAG_MALFORMED, size, "data count and data section have inconsistent lengths: %u and none",
                (unsigned)module->data_count);
    decode_names(&d);
    module->makes_tail_calls = arena_array(arena, bool, (size_t)module->func_count + 1);
}

const struct export *find_export(const struct module *module, const char *name) {
    const size_t size = strlen(name);
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct export *export = &module->exports[i];
        if (export->name.size == size && memcmp(export->name.bytes, name, size) == 0) return export;
    }
    return NULL;
}
