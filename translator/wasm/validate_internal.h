/* What the parts of the validator share: the two stacks and how they are used (spec appendix A.3).
 *
 *      values                        frames
 *     +-------+ <- height           +-------+
 *     | f64   |                     | if    | height ----+
 *     | i32   | <- inner frame      | loop  |            |
 *     | i32   |    begins here <----|-------|------------+
 *     +-------+                     | func  | height 0
 *
 * Values below the height of the innermost frame are out of its reach. After an unconditional branch the frame's own
 * values are gone, and as many of unknown type as anybody asks for come in their place.
 */
#ifndef W2C_VALIDATE_INTERNAL_H
#define W2C_VALIDATE_INTERNAL_H

#include "module.h"
#include "validate.h"

struct frame {
    uint32_t height; /* of the values below */
    uint32_t set_count; /* of locals set before the block, see validate_reference.c */
    struct block_type block;
    uint16_t op; /* OP_BLOCK, OP_LOOP, OP_IF, OP_ELSE, OP_TRY_TABLE, OP_TRY, OP_CATCH, OP_CATCH_ALL; OP_BLOCK for the
                    function itself */
    bool is_unreachable;
};

/* Locals of one type: those below `end`, down to the end of the group before. */
struct local_group {
    uint32_t end;
    valtype type;
};

struct validator {
    const struct module *module;
    const struct body *body;
    const struct op_signature *signatures;
    struct arena *arena;
    struct diag_context *diag;
    size_t offset; /* of the current operator */
    valtype *values;
    uint32_t height;
    uint32_t value_capacity;
    uint32_t frame_count;
    uint32_t frame_capacity;
    struct frame *frames;
    const struct functype *type; /* of the function */
    const struct local_group *locals; /* without the parameters */
    uint32_t local_group_count;
    uint32_t local_count;
    uint32_t unset_count; /* of locals without a default value */
    uint32_t set_count;
    uint32_t *set_list; /* those of them that are set here, in order */
    bool *is_unset;     /* by local, or NULL if all have a default value */
    bool is_constant; /* a constant expression: functions are declared by being named here */
};

/* Bounds what a call with many results can pile up: 1000 values for two bytes of code. */
enum { MAX_OPERANDS = 1 << 20 };

typedef void (*validate_action)(struct validator *v, struct instr *instr);
/* For the operators without a signature in ops.def; NULL for the others. */
extern const validate_action validate_actions[OP_COUNT];

_Noreturn void validate_fail(const struct validator *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails with "unknown WHAT IDX" unless idx < count. */
void validate_index(const struct validator *v, const char *what, uint32_t idx, uint32_t count);

void validate_grow_values(struct validator *v);
valtype validate_pop_checked(struct validator *v, valtype expected);

static inline struct frame *validate_frame(const struct validator *v) { return &v->frames[v->frame_count - 1]; }

static inline void validate_push(struct validator *v, valtype type) {
    if (v->height == v->value_capacity) validate_grow_values(v);
    v->values[v->height++] = type;
}
/* The type that was there: `expected`, one below it, or TYPE_BOTTOM. */
static inline valtype validate_pop(struct validator *v, valtype expected) {
    if (v->height > validate_frame(v)->height && v->values[v->height - 1] == expected)
        return v->values[--v->height];
    return validate_pop_checked(v, expected);
}
valtype validate_pop_any(struct validator *v);
void validate_push_all(struct validator *v, const valtype *types, uint32_t count);
void validate_pop_all(struct validator *v, const valtype *types, uint32_t count);

void validate_push_frame(struct validator *v, enum op op, struct block_type block);
/* Checks that exactly the results of the innermost block are there, and leaves it. */
struct frame validate_pop_frame(struct validator *v);
void validate_set_unreachable(struct validator *v);

/* What a branch to a label takes: a loop begins again, any other block ends. */
struct type_list {
    const valtype *types;
    uint32_t count;
};
struct type_list validate_label_types(const struct validator *v, uint32_t label, valtype *single);
/* The function type with this index, which may be any number. */
const struct functype *validate_functype(const struct validator *v, uint32_t type_idx);
void validate_open_block(struct validator *v, struct instr *instr);

/* validate_gc.c: all operators of form HEAP. */
void validate_heap_operator(struct validator *v, struct instr *instr);
/* validate_exception.c */
void validate_throw(struct validator *v, struct instr *instr);
void validate_throw_ref(struct validator *v, struct instr *instr);
void validate_try_table(struct validator *v, struct instr *instr);
void validate_catch(struct validator *v, struct instr *instr);
void validate_catch_all(struct validator *v, struct instr *instr);
void validate_rethrow(struct validator *v, struct instr *instr);
void validate_delegate(struct validator *v, struct instr *instr);
/* The type of a call by way of a table, whose index is popped here: it lies above the arguments. */
const struct functype *validate_table_call(struct validator *v, const struct instr *instr);

/* validate_tail.c */
void validate_return_call(struct validator *v, struct instr *instr);
void validate_return_call_indirect(struct validator *v, struct instr *instr);
void validate_return_call_ref(struct validator *v, struct instr *instr);

/* validate_access.c: variables, tables, memories */
valtype validate_local_type(const struct validator *v, uint32_t idx);
/* That operators may name this data segment. */
void validate_data(const struct validator *v, uint32_t idx);
valtype validate_memory_address(const struct validator *v, uint32_t memory_idx);
void validate_local_get(struct validator *v, struct instr *instr);
void validate_local_set(struct validator *v, struct instr *instr);
void validate_local_tee(struct validator *v, struct instr *instr);
void validate_global_get(struct validator *v, struct instr *instr);
void validate_global_set(struct validator *v, struct instr *instr);
void validate_table_get(struct validator *v, struct instr *instr);
void validate_table_set(struct validator *v, struct instr *instr);
void validate_table_init(struct validator *v, struct instr *instr);
void validate_table_copy(struct validator *v, struct instr *instr);
void validate_table_grow(struct validator *v, struct instr *instr);
void validate_table_size(struct validator *v, struct instr *instr);
void validate_table_fill(struct validator *v, struct instr *instr);
void validate_elem_drop(struct validator *v, struct instr *instr);

/* validate_reference.c */
void validate_open_locals(struct validator *v);
void validate_local_is_set(const struct validator *v, uint32_t idx);
void validate_set_local(struct validator *v, uint32_t idx);
void validate_unset_locals(struct validator *v, uint32_t set_count);
/* The reference on top, which is TYPE_BOTTOM_REF if it is of unknown type. */
valtype validate_pop_ref(struct validator *v);
void validate_call_ref(struct validator *v, struct instr *instr);
void validate_ref_as_non_null(struct validator *v, struct instr *instr);
void validate_br_on_null(struct validator *v, struct instr *instr);
void validate_br_on_non_null(struct validator *v, struct instr *instr);
void validate_ref_null(struct validator *v, struct instr *instr);
void validate_ref_is_null(struct validator *v, struct instr *instr);
void validate_ref_func(struct validator *v, struct instr *instr);

void validate_memory_size(struct validator *v, struct instr *instr);
void validate_memory_grow(struct validator *v, struct instr *instr);
void validate_memory_init(struct validator *v, struct instr *instr);
void validate_memory_copy(struct validator *v, struct instr *instr);
void validate_memory_fill(struct validator *v, struct instr *instr);
void validate_data_drop(struct validator *v, struct instr *instr);
/* validate_simd.c: lanes. `count` is how many the vector has. */
void validate_lane(const struct validator *v, unsigned lane, unsigned count);
/* The immediates of an operator whose first operand is a vector. */
void validate_vector_immediates(const struct validator *v, const struct instr *instr);
/* The type of a table's indices. */
valtype validate_table_address(const struct validator *v, uint32_t table_idx);

#endif
