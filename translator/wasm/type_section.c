/* The type section (spec 5.5.4): recursive groups of sub types.
 *
 *     group  ::=  0x4e subtype*              or one subtype, a group of its own
 *     subtype ::= 0x50 supertype* composite  open: others may extend it
 *               | 0x4f supertype* composite  final
 *               | composite                  final, extends nothing
 *     composite ::= 0x60 params results | 0x5f field* | 0x5e field
 *
 * Indices count subtypes, not groups. Inside a group types refer to each other in any direction, so a group is read
 * as a whole, then compared with the groups before it (type_groups.c), and only then checked against its supertypes.
 */
#include "../base/arena.h"
#include "decode_internal.h"

enum type_form {
    FORM_REC_GROUP = 0x4e,
    FORM_SUB_FINAL = 0x4f,
    FORM_SUB_OPEN = 0x50,
    FORM_ARRAY_TYPE = 0x5e,
    FORM_STRUCT_TYPE = 0x5f,
    FORM_FUNC_TYPE = 0x60
};

/* Remembers the first thing that is not supported. */
static void note_feature(struct decoder *d, enum feature feature, size_t offset) {
    if (feature_infos[feature].is_supported || d->missing_feature != FEATURE_COUNT) return;
    d->missing_feature = feature;
    d->missing_offset = offset;
}

static valtype read_noted_valtype(struct decoder *d, struct reader *r, uint32_t type_limit) {
    const size_t offset = reader_offset(r);
    const valtype type = read_valtype(r, type_limit);
    note_feature(d, type_feature(type), offset);
    return type;
}

/* Parameters or results. `type_limit` is the end of the group that is being read: types may refer that far. */
static const valtype *read_valtypes(struct decoder *d, struct reader *r, uint32_t type_limit, uint32_t max,
                                    uint32_t *count) {
    const size_t offset = reader_offset(r);
    *count = read_count(r, 1, "types");
    if (*count > max)
        fail_at(d->diag, DIAG_LIMIT, offset, "a function type with %u parameters or results, where w2c allows %u",
                (unsigned)*count, (unsigned)max);
    valtype *types = arena_array(d->arena, valtype, *count);
    for (uint32_t i = 0; i < *count; i++) types[i] = read_noted_valtype(d, r, type_limit);
    return types;
}

/* Packed types are storage types: they stand in fields and nowhere else (spec 5.3.6). */
static struct field read_field(struct decoder *d, struct reader *r, uint32_t type_limit) {
    struct field field;
    if (reader_left(r) && (*r->next == TYPE_I8 || *r->next == TYPE_I16))
        field.type = read_u8(r);
    else
        field.type = read_noted_valtype(d, r, type_limit);
    const size_t offset = reader_offset(r);
    const uint8_t mutability = read_u8(r);
    if (mutability > 1) fail_at(d->diag, DIAG_MALFORMED, offset, "malformed mutability 0x%02x", mutability);
    field.is_mutable = mutability == 1;
    return field;
}

/* As the runtime does it: behind the pointer to the type, and an array's length, each at a multiple of its size. */
static void lay_out(struct decoder *d, struct type *type) {
    enum { HEADER_BYTES = 8, ARRAY_HEADER_BYTES = 12 };
    uint32_t *offsets = arena_array(d->arena, uint32_t, type->field_count);
    uint32_t end = type->composite == COMPOSITE_ARRAY ? ARRAY_HEADER_BYTES : HEADER_BYTES;
    for (uint32_t i = 0; i < type->field_count; i++) {
        const uint32_t bytes = type_bytes(type->fields[i].type);
        offsets[i] = (end + bytes - 1) / bytes * bytes;
        end = offsets[i] + bytes;
    }
    type->offsets = offsets;
    type->object_bytes = end;
    type->element_bytes = type->composite == COMPOSITE_ARRAY ? type_bytes(type->fields[0].type) : 0;
}

static void read_fields(struct decoder *d, struct reader *r, struct type *type, uint32_t type_limit) {
    const size_t offset = reader_offset(r);
    type->field_count = type->composite == COMPOSITE_ARRAY ? 1 : read_count(r, 2, "fields");
    if (type->field_count > MAX_FIELDS)
        fail_at(d->diag, DIAG_LIMIT, offset, "a structure of %u fields, where w2c allows %d",
                (unsigned)type->field_count, MAX_FIELDS);
    struct field *fields = arena_array(d->arena, struct field, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) fields[i] = read_field(d, r, type_limit);
    type->fields = fields;
    lay_out(d, type);
}

static void read_composite(struct decoder *d, struct reader *r, struct type *type, uint32_t type_limit) {
    const size_t offset = reader_offset(r);
    const uint8_t form = read_u8(r);
    switch (form) {
    case FORM_FUNC_TYPE:
        type->composite = COMPOSITE_FUNC;
        type->func.params = read_valtypes(d, r, type_limit, MAX_PARAMS, &type->func.param_count);
        type->func.results = read_valtypes(d, r, type_limit, MAX_RESULTS, &type->func.result_count);
        return;
    case FORM_STRUCT_TYPE:
    case FORM_ARRAY_TYPE:
        note_feature(d, FEATURE_GC, offset);
        type->composite = form == FORM_STRUCT_TYPE ? COMPOSITE_STRUCT : COMPOSITE_ARRAY;
        read_fields(d, r, type, type_limit);
        return;
    default: fail_at(d->diag, DIAG_MALFORMED, offset, "malformed definition type 0x%02x", form);
    }
}

/* The binary format has a list; validation allows one (spec 3.2.9). */
static void read_supertype(struct decoder *d, struct reader *r, struct type *type, uint32_t own_idx) {
    const size_t offset = reader_offset(r);
    const uint32_t count = read_count(r, 1, "supertypes");
    if (count > 1) fail_at(d->diag, DIAG_INVALID, offset, "sub type: %u supertypes, at most one is allowed", count);
    if (count == 0) return;
    type->supertype = read_u32(r);
    if (type->supertype >= own_idx)
        fail_at(d->diag, DIAG_INVALID, offset, "unknown type %u: a supertype stands before its subtypes",
                (unsigned)type->supertype);
}

/* Without a sub form a type is final and has no supertype: types of WebAssembly 1.0 are that. */
static void read_subtype(struct decoder *d, struct reader *r, uint32_t idx, uint32_t type_limit) {
    struct type *type = &d->types[idx];
    *type = (struct type){.is_final = true, .supertype = NO_TYPE};
    const uint8_t form = reader_left(r) ? *r->next : 0;
    if (form == FORM_SUB_OPEN || form == FORM_SUB_FINAL) {
        r->next++;
        type->is_final = form == FORM_SUB_FINAL;
        read_supertype(d, r, type, idx);
    }
    read_composite(d, r, type, type_limit);
}

/* Grows by doubling, since the section counts groups and not types. */
static void reserve_types(struct decoder *d, uint32_t more, size_t offset) {
    struct module *m = d->module;
    if (more > MAX_TYPES - m->type_count)
        fail_at(d->diag, DIAG_LIMIT, offset, "more than %d types", MAX_TYPES);
    if (m->type_count + more > d->type_capacity) {
        const uint32_t added = more > d->type_capacity ? more : d->type_capacity;
        const uint32_t room = d->type_capacity - m->type_count + added;
        d->types = decode_extend(d, d->types, m->type_count, room, sizeof *d->types);
        d->type_capacity += added;
    }
    m->types = d->types;
}

/* Canonical indices of the whole group are known by now, and matching needs them. */
static void check_supertype(struct decoder *d, uint32_t idx, size_t offset) {
    const struct type *types = d->types;
    if (types[idx].supertype == NO_TYPE) return;
    uint32_t depth = 0;
    for (uint32_t i = idx; types[i].supertype != NO_TYPE; i = types[i].supertype) {
        if (++depth > MAX_SUBTYPE_DEPTH)
            fail_at(d->diag, DIAG_LIMIT, offset, "type %u has more than %d supertypes", (unsigned)idx,
                    MAX_SUBTYPE_DEPTH);
    }
    if (!type_extends_supertype(d->module, idx))
        fail_at(d->diag, DIAG_INVALID, offset, "sub type: type %u does not match its supertype %u", (unsigned)idx,
                (unsigned)types[idx].supertype);
}

/* A type outside of any group is a group of its own. Types of a group may refer to each other in any direction. */
static void read_group(struct decoder *d, struct reader *r) {
    const size_t offset = reader_offset(r);
    uint32_t size = 1;
    if (reader_left(r) && *r->next == FORM_REC_GROUP) {
        r->next++;
        size = read_count(r, 2, "types");
    }
    reserve_types(d, size, offset);
    const uint32_t start = d->module->type_count;
    for (uint32_t i = 0; i < size; i++) read_subtype(d, r, start + i, start + size);
    d->module->type_count += size;
    type_groups_add(&d->groups, d->arena, d->types, start, size);
    for (uint32_t i = 0; i < size; i++) check_supertype(d, start + i, offset);
}

static bool all_plain(const valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (type_is_ref(types[i]) && types[i] != TYPE_FUNCREF && types[i] != TYPE_EXTERNREF) return false;
    }
    return true;
}

/* Types of WebAssembly 2.0: nothing has to be known of another type to tell two of them apart. */
static bool is_plain(const struct type *type) {
    return type->group_size == 1 && type->composite == COMPOSITE_FUNC && type->is_final && type->supertype == NO_TYPE &&
           all_plain(type->func.params, type->func.param_count) &&
           all_plain(type->func.results, type->func.result_count);
}

void decode_types(struct decoder *d, struct reader *r) {
    const uint32_t count = read_count(r, 2, "types");
    reserve_types(d, count, reader_offset(r));
    for (uint32_t i = 0; i < count; i++) read_group(d, r);
    for (uint32_t i = 0; i < d->module->type_count && !d->module->has_rich_types; i++)
        d->module->has_rich_types = !is_plain(&d->types[i]);
    if (d->missing_feature != FEATURE_COUNT) require_feature(d->diag, d->missing_feature, d->missing_offset);
}
