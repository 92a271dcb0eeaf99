/* Types while code runs: one record for each distinct type of the process, whatever module it stands in.
 *
 * Two types are equal if their recursive groups are, and they stand at the same place in them (spec 3.3.10). So a group
 * is interned as a whole, by a text in which types of the same group are places and all others are the numbers that
 * they have got already (w2c.h explains the texts). Equal groups thus have equal texts, and a text is as long as the
 * group is, however large the types are that it refers to. Records and numbers are never given back: any table or
 * object may hold them.
 *
 * A record says what is needed to test a value for its type and to walk an object: what the supertypes are, and where
 * in an object references stand. An object begins with a pointer to its record.
 */
#ifndef W2C_TYPE_RECORDS_H
#define W2C_TYPE_RECORDS_H

#include "ops_table.h"
#include "w2c.h"

enum w2c_type_kind { W2C_TYPE_FUNC, W2C_TYPE_STRUCT, W2C_TYPE_ARRAY };

enum {
    W2C_MAX_TYPE_DEPTH = 63, /* supertypes above a type, as in the JS API */
    W2C_OBJECT_HEADER = 8,   /* bytes of an object before its fields: the pointer to its record */
    W2C_ARRAY_LENGTH = 8     /* where an array's length is: a u32 */
};

/* Offsets and sizes are in bytes, from the beginning of an object. Fields stand in the order of the declaration, each
 * at a multiple of its own size (i8 and i16 are packed), so that equal types look alike in all code. */
struct w2c_type {
    uint32_t id; /* w2c_type_id */
    uint8_t kind;
    bool is_final;
    uint8_t depth;                    /* number of supertypes */
    bool has_references;              /* objects hold some */
    uint32_t bytes;                   /* struct: of an object; array: where the first element stands */
    uint32_t element_bytes;           /* array */
    uint32_t field_count;             /* struct, array (1) */
    uint32_t reference_count;         /* struct */
    const uint32_t *fields;           /* struct: offsets of the fields */
    const uint32_t *references;       /* struct: offsets of those that are references */
    const char *text;                 /* "il:d", "{~i#7}", "[~b]": without supertype, with numbers for all types */
    const struct w2c_type *display[]; /* the supertypes, from the topmost on; display[depth] is the type itself */
};

/* The record of a type id, NULL if nothing has that id. Takes no lock. */
W2C_RT_DECL const struct w2c_type *w2c_type_of(uint32_t id);

/* Whether type `a` is `b` or declared to be below it. Constant time. */
W2C_INLINE bool w2c_type_extends(const struct w2c_type *a, const struct w2c_type *b) {
    return a == b || (a->depth > b->depth && a->display[b->depth] == b);
}
/* The same for ids; false if there is no such type. */
W2C_RT_DECL bool w2c_type_is_subtype(uint32_t a, uint32_t b);

/* Gives a module's types their ids, and their records if `records` is not NULL. Both arrays are zeroed at first. Traps
 * with OUT_OF_MEMORY, or with LINK if a text is malformed. Thread-safe. */
W2C_RT_DECL void w2c_type_define(const char *const *texts, uint32_t *ids, const struct w2c_type **records,
                                 uint32_t count);

/* The function to call in element `i` of the table, which is of a type that others may extend: as table_func, and
 * only where the ids differ are supertypes looked at. */
W2C_INLINE const struct w2c_func *table_func_below(const struct w2c_table *t, uint32_t i, uint32_t type) {
    if (W2C_LIKELY(i < t->size)) {
        const struct w2c_func *func = (const struct w2c_func *)t->elements[i];
        if (W2C_LIKELY(func != NULL && (func->type == type || w2c_type_is_subtype(func->type, type)))) {
            return func;
        }
    }
    w2c_table_func_failed(t, i);
}

#endif
