/* Subtyping (spec 3.3) and the spelling of types. */
#include "types.h"

#include <stdio.h>

#include "../base/text.h"
#include "module.h"

/* ---- abstract heap types ----
 *
 *        any                func      extern      exn
 *         |                   |          |         |
 *         eq               (funcs)       |         |
 *      /  |   \               |          |         |
 *   i31 struct array          |          |         |
 *      \  |   /               |          |         |
 *        none              nofunc    noextern    noexn
 *
 * above[code] has a bit for every abstract type that `code` is below, itself included. */
#define HEAP_BIT(code) (1u << ((code)-TYPE_EXN))
#define ABOVE_EQ (HEAP_BIT(TYPE_EQ) | HEAP_BIT(TYPE_ANY))

static const uint16_t above[] = {
    [TYPE_ANY - TYPE_EXN] = HEAP_BIT(TYPE_ANY),
    [TYPE_EQ - TYPE_EXN] = ABOVE_EQ,
    [TYPE_I31 - TYPE_EXN] = ABOVE_EQ | HEAP_BIT(TYPE_I31),
    [TYPE_STRUCT - TYPE_EXN] = ABOVE_EQ | HEAP_BIT(TYPE_STRUCT),
    [TYPE_ARRAY - TYPE_EXN] = ABOVE_EQ | HEAP_BIT(TYPE_ARRAY),
    [TYPE_NONE - TYPE_EXN] =
        ABOVE_EQ | HEAP_BIT(TYPE_I31) | HEAP_BIT(TYPE_STRUCT) | HEAP_BIT(TYPE_ARRAY) | HEAP_BIT(TYPE_NONE),
    [TYPE_FUNC - TYPE_EXN] = HEAP_BIT(TYPE_FUNC),
    [TYPE_NOFUNC - TYPE_EXN] = HEAP_BIT(TYPE_FUNC) | HEAP_BIT(TYPE_NOFUNC),
    [TYPE_EXTERN - TYPE_EXN] = HEAP_BIT(TYPE_EXTERN),
    [TYPE_NOEXTERN - TYPE_EXN] = HEAP_BIT(TYPE_EXTERN) | HEAP_BIT(TYPE_NOEXTERN),
    [TYPE_EXN - TYPE_EXN] = HEAP_BIT(TYPE_EXN),
    [TYPE_NOEXN - TYPE_EXN] = HEAP_BIT(TYPE_EXN) | HEAP_BIT(TYPE_NOEXN),
};

enum type_code type_composite_code(enum composite composite) {
    switch (composite) {
    case COMPOSITE_STRUCT: return TYPE_STRUCT;
    case COMPOSITE_ARRAY: return TYPE_ARRAY;
    default: return TYPE_FUNC;
    }
}

/* ---- subtyping ---- */

/* Supertypes have lower indices, so the walk ends; MAX_SUBTYPE_DEPTH bounds its length. */
static bool defined_matches(const struct type *types, uint32_t a, uint32_t b) {
    for (; a != NO_TYPE; a = types[a].supertype) {
        if (types[a].canonical == types[b].canonical) return true;
    }
    return false;
}

/* a <: b for heap types (spec 3.3.3): by declaration among defined types, by the tree above for abstract ones. The
 * bottom of a tree is below the defined types in it. */
static bool heap_matches(const struct type *types, valtype a, valtype b) {
    enum type_code below = type_code(a);
    if (type_code(b) == TYPE_DEFINED) {
        if (below == TYPE_DEFINED) return defined_matches(types, type_idx_of(a), type_idx_of(b));
        const enum composite composite = types[type_idx_of(b)].composite;
        return below == (composite == COMPOSITE_FUNC ? TYPE_NOFUNC : TYPE_NONE);
    }
    if (below == TYPE_DEFINED) below = type_composite_code(types[type_idx_of(a)].composite);
    return (above[below - TYPE_EXN] & HEAP_BIT(type_code(b))) != 0;
}

bool type_matches(const struct module *module, valtype a, valtype b) {
    if (a == b || a == TYPE_BOTTOM) return true;
    if (!type_is_ref(a) || !type_is_ref(b)) return false;
    if (a == TYPE_BOTTOM_REF) return true;
    if (type_is_nullable(a) && !type_is_nullable(b)) return false;
    return heap_matches(module->types, a, b);
}

enum type_answer type_test(const struct module *module, valtype source, valtype target) {
    if (source && type_matches(module, source & ~TYPE_NULLABLE, target & ~TYPE_NULLABLE)) return TYPE_YES;
    switch (type_code(target)) {
    case TYPE_ANY:
    case TYPE_EXTERN:
    case TYPE_FUNC:
    case TYPE_EXN: return TYPE_YES;
    case TYPE_NONE:
    case TYPE_NOEXTERN:
    case TYPE_NOFUNC:
    case TYPE_NOEXN: return TYPE_NO;
    default: return TYPE_UNKNOWN;
    }
}

uint32_t type_bytes(valtype storage) {
    switch (type_code(storage)) {
    case TYPE_I8: return 1;
    case TYPE_I16: return 2;
    case TYPE_I32:
    case TYPE_F32: return 4;
    case TYPE_V128: return 16;
    default: return 8;
    }
}

bool type_is_defaultable(valtype t) { return !type_is_ref(t) || type_is_nullable(t); }

/* ---- declared supertypes ---- */

static bool all_match(const struct module *module, const valtype *a, const valtype *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!type_matches(module, a[i], b[i])) return false;
    }
    return true;
}

/* Parameters the other way round: who calls through the supertype passes what that one takes (spec 3.3.6). */
static bool functype_matches(const struct module *module, const struct functype *a, const struct functype *b) {
    return a->param_count == b->param_count && a->result_count == b->result_count &&
           all_match(module, b->params, a->params, a->param_count) &&
           all_match(module, a->results, b->results, a->result_count);
}

/* A field that can be written must have the same type in both directions. */
static bool field_matches(const struct module *module, const struct field *a, const struct field *b) {
    if (a->is_mutable != b->is_mutable || !type_matches(module, a->type, b->type)) return false;
    return !a->is_mutable || type_matches(module, b->type, a->type);
}

bool type_extends_supertype(const struct module *module, uint32_t idx) {
    const struct type *type = &module->types[idx];
    const struct type *super = &module->types[type->supertype];
    if (super->is_final || super->composite != type->composite) return false;
    if (type->composite == COMPOSITE_FUNC) return functype_matches(module, &type->func, &super->func);
    if (type->field_count < super->field_count) return false;
    for (uint32_t i = 0; i < super->field_count; i++) {
        if (!field_matches(module, &type->fields[i], &super->fields[i])) return false;
    }
    return true;
}

/* ---- text ---- */

static const char *const heap_names[] = {
    [TYPE_ANY - TYPE_EXN] = "any",       [TYPE_EQ - TYPE_EXN] = "eq",
    [TYPE_I31 - TYPE_EXN] = "i31",       [TYPE_STRUCT - TYPE_EXN] = "struct",
    [TYPE_ARRAY - TYPE_EXN] = "array",   [TYPE_NONE - TYPE_EXN] = "none",
    [TYPE_FUNC - TYPE_EXN] = "func",     [TYPE_NOFUNC - TYPE_EXN] = "nofunc",
    [TYPE_EXTERN - TYPE_EXN] = "extern", [TYPE_NOEXTERN - TYPE_EXN] = "noextern",
    [TYPE_EXN - TYPE_EXN] = "exn",       [TYPE_NOEXN - TYPE_EXN] = "noexn",
};

static const char *number_name(enum type_code code) {
    switch (code) {
    case TYPE_I32: return "i32";
    case TYPE_I64: return "i64";
    case TYPE_F32: return "f32";
    case TYPE_F64: return "f64";
    case TYPE_V128: return "v128";
    case TYPE_I8: return "i8";
    case TYPE_I16: return "i16";
    default: return "unknown";
    }
}

const char *type_text(char buffer[TYPE_TEXT_BYTES], valtype t) {
    if (!type_is_ref(t) || t == TYPE_BOTTOM_REF)
        snprintf(buffer, TYPE_TEXT_BYTES, "%s", t == TYPE_BOTTOM_REF ? "(ref unknown)" : number_name(type_code(t)));
    else if (type_code(t) == TYPE_DEFINED)
        snprintf(buffer, TYPE_TEXT_BYTES, "(ref %s%u)", type_is_nullable(t) ? "null " : "", (unsigned)type_idx_of(t));
    else if (t == TYPE_FUNCREF || t == TYPE_EXTERNREF)
        snprintf(buffer, TYPE_TEXT_BYTES, "%sref", heap_names[type_code(t) - TYPE_EXN]);
    else
        snprintf(buffer, TYPE_TEXT_BYTES, "(ref %s%s)", type_is_nullable(t) ? "null " : "",
                 heap_names[type_code(t) - TYPE_EXN]);
    return buffer;
}

void type_print(struct text *out, valtype t) {
    char buffer[TYPE_TEXT_BYTES];
    text_str(out, type_text(buffer, t));
}
