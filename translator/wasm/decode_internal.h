/* What the parts of the module decoder share. */
#ifndef W2C_DECODE_INTERNAL_H
#define W2C_DECODE_INTERNAL_H

#include "features.h"
#include "module.h"
#include "reader.h"
#include "type_groups.h"

struct decoder {
    struct module *module;
    struct arena *arena;
    struct diag_context *diag;
    /* The module's arrays, which are const to everybody else. */
    struct type *types;
    struct func *funcs;
    struct table *tables;
    struct memory *memories;
    struct global *globals;
    struct tag *tags;
    uint32_t type_capacity;
    struct type_groups groups;
    /* The type section is checked as a whole before anything in it is refused as unsupported. */
    enum feature missing_feature; /* or FEATURE_COUNT */
    size_t missing_offset;
    uint32_t code_count; /* bodies seen */
    struct span names;   /* of the last custom section called "name" */
};

/* A larger, zeroed array that begins with the `count` elements of `old`. */
void *decode_extend(struct decoder *d, const void *old, uint32_t count, uint32_t more, size_t size);

/* Reads the index of something that must exist: fails with "unknown WHAT". */
uint32_t decode_index(struct decoder *d, struct reader *r, const char *what, uint32_t count);
struct constexpr decode_constexpr(struct decoder *d, struct reader *r, valtype expected);

void decode_types(struct decoder *d, struct reader *r);    /* type_section.c */
void decode_elements(struct decoder *d, struct reader *r); /* segments.c */
void decode_datas(struct decoder *d, struct reader *r);
void decode_data_count(struct decoder *d, struct reader *r);
void decode_custom(struct decoder *d, struct reader *r); /* custom.c */
void decode_names(struct decoder *d);

#endif
