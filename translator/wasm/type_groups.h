/* Equality of defined types (spec 3.3.10): two types are equal if their recursive groups are and they stand at the same
 * place in them. A group is compared with its inner references as places in the group, and its outer ones by the
 * canonical index of their target, which is known already; so each group is hashed and compared once, and
 * groups within groups cost nothing more. */
#ifndef W2C_TYPE_GROUPS_H
#define W2C_TYPE_GROUPS_H

#include <stdint.h>

#include "types.h"

struct arena;

struct type_groups { /* start out zeroed */
    uint32_t *slots; /* first type of a group plus one, or 0; open addressing */
    uint32_t capacity; /* a power of two */
    uint32_t count;
};

/* Fills group_start, group_size and canonical of types[start .. start+size); those before are done. */
void type_groups_add(struct type_groups *groups, struct arena *arena, struct type *types, uint32_t start,
                     uint32_t size);

#endif
