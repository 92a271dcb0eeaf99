/* The decoded module (spec 2.5): plain structs, in index order, frozen once decode_module returns.
 *
 * In every index space the imports come first:
 *
 *     funcs[0 .. imported_func_count-1]   imports, body.size == 0
 *     funcs[imported_func_count .. ]      own, body = bytes of the code entry
 *
 * All pointers lead into the module's arena or into the file's bytes.
 */
#ifndef W2C_MODULE_H
#define W2C_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types.h"

/* Bytes of the file. `offset` is where they stand, for messages. */
struct span {
    const uint8_t *bytes;
    size_t size;
    size_t offset;
};

struct name { /* UTF-8, checked where the specification says so; may contain NUL */
    const char *bytes;
    uint32_t size;
};

struct limits {
    uint64_t min;
    uint64_t max; /* valid if has_max */
    bool has_max;
    bool is_64;
    bool is_shared;
};

struct table_type {
    valtype element;
    struct limits limits;
};

enum { USUAL_PAGE_LOG2 = 16 };

struct memory_type {
    struct limits limits;
    uint8_t page_log2; /* 16 or 0 */
};

struct global_type {
    valtype type;
    bool is_mutable;
};

/* A constant expression, validated at decode: the operators between its bounds, ending with `end`.
 * Walked with the same body cursor as code. */
struct constexpr {
    struct span code;
};

struct func {
    uint32_t type_idx;
    struct span body; /* locals and code, without the size; empty for imports */
    struct name name; /* from the name section, else empty */
    bool is_declared; /* may stand in ref.func (spec: C.refs), that is: occurs outside of function bodies */
    int32_t import;   /* index into imports, or -1 */
};

struct table {
    struct table_type type;
    struct constexpr init; /* size 0: null */
    int32_t import;
};

struct memory {
    struct memory_type type;
    int32_t import;
};

struct global {
    struct global_type type;
    struct constexpr init;
    struct name name;
    int32_t import;
};

struct tag {
    uint32_t type_idx;
    int32_t import;
};

enum extern_kind { EXTERN_FUNC, EXTERN_TABLE, EXTERN_MEMORY, EXTERN_GLOBAL, EXTERN_TAG };

struct import {
    struct name module;
    struct name name;
    enum extern_kind kind;
    uint32_t idx; /* in the index space of its kind */
};

struct export {
    struct name name;
    enum extern_kind kind;
    uint32_t idx;
};

enum segment_mode { SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_DECLARATIVE };

struct element {
    enum segment_mode mode;
    valtype type;
    uint32_t table_idx;
    struct constexpr offset;
    uint32_t count;
    /* Exactly one is set (both NULL when count is 0). */
    const uint32_t *func_idxs;
    const struct constexpr *inits;
};

struct data {
    enum segment_mode mode;
    uint32_t memory_idx;
    struct constexpr offset;
    struct span bytes;
};

enum { NO_FUNC = UINT32_MAX };

struct module {
    const char *file_name; /* for messages */
    struct name name;      /* from the name section, else empty */
    const struct type *types;
    const struct import *imports;
    const struct func *funcs;
    const struct table *tables;
    const struct memory *memories;
    const struct global *globals;
    const struct tag *tags;
    const struct export *exports;
    const struct element *elements;
    const struct data *datas;
    uint32_t type_count, import_count, func_count, table_count, memory_count, global_count, tag_count, export_count,
        element_count, data_count;
    uint32_t imported_func_count, imported_table_count, imported_memory_count, imported_global_count,
        imported_tag_count;
    uint32_t start_func; /* or NO_FUNC */
    bool *makes_tail_calls; /* by function; written by whoever validates the body, so complete when all are valid */
    const bool *has_endless_tail_calls; /* by function, once it is known (tail_plan.h); NULL: none has */
    const struct reach_facts *throws; /* for who writes C (reach.h), who sets it; NULL: nothing throws */
    const struct reach_facts *growth; /* likewise; NULL: every function may make memories grow */
    bool has_data_count; /* the section was there: memory.init and data.drop are allowed */
    bool has_rich_types; /* some type is more than a function of numbers, funcref and externref: see module_facts.h */
};

struct arena;
struct diag_context;

/* Decodes and validates everything but function bodies. Fails by fail_at. */
void decode_module(struct module *module, struct arena *arena, struct diag_context *diag, const char *file_name,
                   const uint8_t *bytes, size_t size);

static inline const struct functype *func_type(const struct module *m, uint32_t func_idx) {
    return &m->types[m->funcs[func_idx].type_idx].func;
}

/* How accesses are written and checked. */
enum memory_kind {
    MEMORY_PLAIN, /* 32-bit addresses, pages of 64 KiB: guard pages alone do it */
    MEMORY_WIDE,  /* 64-bit addresses, pages of 64 KiB: a comparison with a constant, and guard pages */
    MEMORY_BYTES  /* pages of one byte: comparisons with the size, whatever the bounds mode */
};

static inline enum memory_kind memory_kind(const struct module *m, uint32_t memory_idx) {
    const struct memory_type *type = &m->memories[memory_idx].type;
    if (type->page_log2 != USUAL_PAGE_LOG2) return MEMORY_BYTES;
    return type->limits.is_64 ? MEMORY_WIDE : MEMORY_PLAIN;
}
/* The export called `name`, or NULL. */
const struct export *find_export(const struct module *module, const char *name);

#endif
