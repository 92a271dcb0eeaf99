/* A hash table of recursive groups, keyed by structure.
 *
 * Types refer to each other in circles, but only inside of a group; so what a group looks like from outside is a
 * finite text, in which an inner reference is written as a place and an outer one as the canonical index of its
 * target. Two groups are equal if their texts are. The text is never built: hashing and comparing walk the types as
 * if it were there.
 */
#include "type_groups.h"

#include "../base/arena.h"

/* A reference as it counts for equality: to the n-th type of its own group, or to a canonical type before. */
struct reference {
    bool is_inner;
    uint32_t place;
};

static struct reference resolve(const struct type *types, const struct type *owner, uint32_t idx) {
    if (idx >= owner->group_start) return (struct reference){.is_inner = true, .place = idx - owner->group_start};
    return (struct reference){.place = types[idx].canonical};
}

/* ---- hashing ---- */

/* Multiplication spreads the low bits up, the shift brings the high ones back to where the table looks. */
static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint64_t mix_index(uint64_t hash, const struct type *types, const struct type *owner, uint32_t idx) {
    const struct reference reference = resolve(types, owner, idx);
    return mix(mix(hash, reference.is_inner), reference.place);
}

static uint64_t mix_type(uint64_t hash, const struct type *types, const struct type *owner, valtype type) {
    hash = mix(hash, type & 0xfff); /* all but the index */
    return type_code(type) == TYPE_DEFINED ? mix_index(hash, types, owner, type_idx_of(type)) : hash;
}

/* Lengths go in before the lists, so that moving a type from one list to the next changes the hash. */
static uint64_t mix_entry(uint64_t hash, const struct type *types, const struct type *entry) {
    hash = mix(hash, (uint64_t)entry->composite << 1 | entry->is_final);
    if (entry->supertype != NO_TYPE) hash = mix_index(hash, types, entry, entry->supertype);
    hash = mix(hash, entry->func.param_count);
    hash = mix(hash, entry->func.result_count);
    hash = mix(hash, entry->field_count);
    for (uint32_t i = 0; i < entry->func.param_count; i++)
        hash = mix_type(hash, types, entry, entry->func.params[i]);
    for (uint32_t i = 0; i < entry->func.result_count; i++)
        hash = mix_type(hash, types, entry, entry->func.results[i]);
    for (uint32_t i = 0; i < entry->field_count; i++)
        hash = mix(mix_type(hash, types, entry, entry->fields[i].type), entry->fields[i].is_mutable);
    return hash;
}

static uint64_t hash_group(const struct type *types, uint32_t start, uint32_t size) {
    uint64_t hash = size;
    for (uint32_t i = 0; i < size; i++) hash = mix_entry(hash, types, &types[start + i]);
    return hash;
}

/* ---- comparing ---- */

static bool same_index(const struct type *types, const struct type *a, uint32_t a_idx, const struct type *b,
                       uint32_t b_idx) {
    if (a_idx == NO_TYPE || b_idx == NO_TYPE) return a_idx == b_idx;
    const struct reference in_a = resolve(types, a, a_idx);
    const struct reference in_b = resolve(types, b, b_idx);
    return in_a.is_inner == in_b.is_inner && in_a.place == in_b.place;
}

static bool same_type(const struct type *types, const struct type *a, valtype a_type, const struct type *b,
                      valtype b_type) {
    if ((a_type & 0xfff) != (b_type & 0xfff)) return false;
    return type_code(a_type) != TYPE_DEFINED || same_index(types, a, type_idx_of(a_type), b, type_idx_of(b_type));
}

static bool same_types(const struct type *types, const struct type *a, const valtype *a_list, const struct type *b,
                       const valtype *b_list, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!same_type(types, a, a_list[i], b, b_list[i])) return false;
    }
    return true;
}

static bool same_fields(const struct type *types, const struct type *a, const struct type *b) {
    for (uint32_t i = 0; i < a->field_count; i++) {
        if (a->fields[i].is_mutable != b->fields[i].is_mutable) return false;
        if (!same_type(types, a, a->fields[i].type, b, b->fields[i].type)) return false;
    }
    return true;
}

static bool same_entry(const struct type *types, const struct type *a, const struct type *b) {
    return a->composite == b->composite && a->is_final == b->is_final && a->field_count == b->field_count &&
           a->func.param_count == b->func.param_count && a->func.result_count == b->func.result_count &&
           same_index(types, a, a->supertype, b, b->supertype) &&
           same_types(types, a, a->func.params, b, b->func.params, a->func.param_count) &&
           same_types(types, a, a->func.results, b, b->func.results, a->func.result_count) && same_fields(types, a, b);
}

static bool same_group(const struct type *types, uint32_t a, uint32_t b) {
    const uint32_t size = types[a].group_size;
    if (size != types[b].group_size) return false;
    for (uint32_t i = 0; i < size; i++) {
        if (!same_entry(types, &types[a + i], &types[b + i])) return false;
    }
    return true;
}

/* ---- the table ---- */

/* The slot of an equal group, or the empty one where it belongs. */
static uint32_t *find_slot(const struct type_groups *groups, const struct type *types, uint32_t start) {
    const uint32_t mask = groups->capacity - 1;
    uint32_t i = (uint32_t)hash_group(types, start, types[start].group_size) & mask;
    while (groups->slots[i] && !same_group(types, groups->slots[i] - 1, start)) i = (i + 1) & mask;
    return &groups->slots[i];
}

/* Kept at most half full, so that a search ends after a few steps. */
static void grow(struct type_groups *groups, struct arena *arena, const struct type *types) {
    const struct type_groups old = *groups;
    groups->capacity = old.capacity ? old.capacity * 2 : 64;
    groups->slots = arena_array(arena, uint32_t, groups->capacity);
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (old.slots[i]) *find_slot(groups, types, old.slots[i] - 1) = old.slots[i];
    }
}

void type_groups_add(struct type_groups *groups, struct arena *arena, struct type *types, uint32_t start,
                     uint32_t size) {
    if (!size) return;
    for (uint32_t i = 0; i < size; i++) {
        types[start + i].group_start = start;
        types[start + i].group_size = size;
    }
    if (groups->count * 2 >= groups->capacity) grow(groups, arena, types);
    uint32_t *slot = find_slot(groups, types, start);
    if (!*slot) {
        *slot = start + 1;
        groups->count++;
    }
    for (uint32_t i = 0; i < size; i++) types[start + i].canonical = *slot - 1 + i;
}
