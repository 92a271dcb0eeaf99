/* The function between wasm and C: a flat list of statements over small expression trees.
 *
 * Why not straight from operators to text: C wants to know at the top of a function which variables it has, a label
 * that nothing jumps to is a warning, a variable that is only written is another, and wasm's operand stack becomes
 * readable C only if whole expressions are put together before they are written.
 *
 *     wasm                        IR                                          C
 *     local.get 0                 SET_LOCAL 1 = (I32_ADD (LOCAL 0)            l1 = i32_load(m0, l0, 8) + 1u;
 *     i32.load offset=8                          ... (I32_CONST 1))
 *     i32.const 1
 *     i32.add
 *     local.set 1
 *
 * Expressions have no side effects but traps; what has them is a statement. A tree is used once, has at most
 * MAX_EXPR_SIZE nodes, and so walking it may recurse. Control flow is flat: labels and jumps; `if` keeps its braces as
 * long as they do not nest too deep for C compilers. Everything lives in the function arena.
 */
#ifndef W2C_IR_H
#define W2C_IR_H

#include "../wasm/body.h"

struct arena;

/* The C types of values. */
enum ctype { CTYPE_I32, CTYPE_I64, CTYPE_F32, CTYPE_F64, CTYPE_REF, CTYPE_V128, CTYPE_COUNT };

enum ctype ctype_of(valtype type);

/* A node is an operator of ops.def, or: */
enum { EXPR_SLOT = OP_COUNT };

enum effects {
    READS_MEMORY = 1, /* also its size */
    READS_GLOBAL = 2,
    READS_TABLE = 4,
    MAY_TRAP = 8 /* a load: the only operators in trees that can */
};

enum { MAX_EXPR_SIZE = 24, MAX_BRACES = 24 };

struct expr {
    uint16_t op;  /* enum op, or EXPR_SLOT */
    uint8_t type; /* enum ctype */
    uint8_t size; /* nodes */
    uint8_t effects;
    uint8_t lane;       /* that an access loads */
    bool is_in_bounds;  /* a load that needs no comparison, see prove_bounds */
    uint32_t idx;   /* local, global, function, memory, table; of EXPR_SLOT: the height */
    uint64_t reads; /* set of variables that the tree reads, see variable_set */
    union {
        uint64_t value;       /* constant's bits, offset of an access, lane that is extracted or replaced */
        const uint8_t *bytes; /* v128.const, i8x16.shuffle: see struct instr */
    };
    struct expr *args[3];
};

/* Variables are locals and slots. A slot is a stack position given a C variable, one for each type: `i3` is the
 * i32 at height 3. A set of variables is a 64-bit word with hashed bits: a hit may be false, a miss is sure. */
uint64_t variable_set_of_local(uint32_t local);
uint64_t variable_set_of_slot(enum ctype type, uint32_t height);

/* Where the value of a statement goes. */
enum dest_kind { DEST_NONE, DEST_LOCAL, DEST_SLOT };
struct dest {
    uint8_t kind;
    uint8_t type; /* enum ctype */
    uint32_t idx; /* local, or height */
};

enum stmt_kind {
    STMT_SET,           /* dest = args[0]; with DEST_NONE: evaluated for its traps only */
    STMT_SET_GLOBAL,    /* global idx = args[0] */
    STMT_STORE,         /* op(memory idx, args[0], offset, args[1]) */
    STMT_CALL,          /* dest = function idx (args); several results go to the slots from dest.idx up */
    STMT_CALL_INDIRECT, /* type idx, table idx2, args without the index, which is `index`; with the op OP_CALL_REF:
                           no table, `index` is the reference */
    STMT_RUNTIME,       /* dest = runtime function of op, idx, idx2 and args */
    STMT_ATOMIC,        /* dest = op(memory idx, args[0], offset, other args); atomic.fence has none of them */
    STMT_WIDE,          /* slots dest.idx and the next = both halves of op(args) */
    STMT_IF,
    STMT_ELSE,
    STMT_END_IF,
    STMT_LABEL,   /* idx */
    STMT_GOTO,    /* target */
    STMT_GOTO_IF, /* args[0] not zero; the target needs no values moved */
    STMT_GOTO_UNLESS,
    STMT_SWITCH, /* index, targets; the last is the default */
    STMT_RETURN, /* args: the results */
    STMT_TAIL_CALL, /* function idx (args), which returns to the caller; of a chain that may be endless */
    STMT_TAIL_CALL_INDIRECT,
    STMT_UNREACHABLE,
    STMT_THROW,       /* a new exception with tag idx and values args is pending; goes to throw_label */
    STMT_THROW_REF,   /* args[0] is pending again; goes to throw_label */
    STMT_RETHROW,     /* so is caught exception idx */
    STMT_PASS,        /* what is pending stays so; goes to throw_label */
    STMT_CATCH,       /* if what is pending has tag idx, its values go to the slots from dest.idx up, and control to the
                         target; has_ref: the exception goes to the slot above */
    STMT_CATCH_UNLESS,/* goes to the target if what is pending has another tag than idx; its values to the slots from
                         dest.idx up, itself to caught exception idx2 */
    STMT_COUNT /* block idx of the module begins (profile/blocks.h) */
};

enum { LABEL_RETURN = UINT32_MAX };

/* Where exceptions go: to the label of a handler, or to the caller. NO_TAG: whatever the tag. */
enum { LABEL_CALLER = UINT32_MAX, NO_TAG = UINT32_MAX };

/* Where a branch goes, and the moves its values need: `count` slots of `types`, from height `from` to `to`. */
struct target {
    uint32_t label; /* or LABEL_RETURN: the values from `from` up are returned */
    uint32_t from;
    uint32_t to;
    uint32_t count;
    const valtype *types;
};

/* "All of these bytes are in the memory": a comparison ahead of a statement. */
struct range_check {
    struct expr *address;
    uint64_t bytes;
    uint32_t memory_idx;
    struct range_check *next; /* of the same statement */
};

struct stmt {
    uint8_t kind;
    bool is_loop;     /* STMT_LABEL: of a loop, so jumps to it come later */
    bool may_throw;   /* STMT_CALL, STMT_CALL_INDIRECT: then throw_label says where that goes */
    bool has_ref;     /* STMT_CATCH */
    bool keeps_frame; /* where it returns, the call before must not become a tail call */
    bool is_in_bounds; /* STMT_STORE: needs no comparison, see prove_bounds */
    uint8_t lane; /* STMT_STORE of one lane */
    uint16_t op;
    struct dest dest;
    uint32_t idx;
    uint32_t idx2;
    valtype source; /* STMT_RUNTIME on an object: what type the reference to it has */
    uint32_t arg_count;
    struct expr **args;
    union {
        uint64_t memory_offset; /* STMT_STORE, STMT_ATOMIC */
        struct expr *index;     /* STMT_SWITCH, STMT_CALL_INDIRECT, STMT_TAIL_CALL_INDIRECT */
    };
    struct target *targets;
    uint32_t target_count;
    uint32_t throw_label;
    struct range_check *checks; /* that come before it */
};

/* One translated function body. */
struct function {
    const struct module *module;
    uint32_t func_idx;
    const struct functype *type;
    const valtype *local_types; /* parameters first */
    uint32_t local_count;
    struct stmt *stmts;
    uint32_t stmt_count;
    uint32_t stmt_capacity;
    uint32_t label_count;
    uint32_t label_capacity;
    bool *label_used;
    bool *local_read;
    uint32_t slot_capacity; /* heights with room in the arrays below */
    uint8_t *slot_written;  /* by height, a bit for each ctype */
    uint8_t *slot_read;
    uint32_t start_label; /* in front of everything, if it starts again: by a call of itself in tail position */
    bool starts_again;
    bool makes_calls; /* ordinary ones */
    uint32_t caught_count; /* handlers of legacy try */
    uint32_t caught_capacity;
    bool *caught_used; /* by a rethrow */
    bool has_throws;   /* something may be pending in it */
    bool uses_memory; /* reads or writes memory 0 by loads or stores */
    bool *used_memories; /* by index, of the others; NULL: none */
    bool changes_tables;
    bool uses_heap; /* has operators on objects or on what references are */
    bool uses_v128; /* computes with vectors */
    bool uses_atomics;
    bool uses_wide; /* has operators of wide arithmetic */
};

/* Decodes, validates and builds one function. Fails by fail_at. */
struct function *build_function(const struct module *module, struct arena *arena, struct diag_context *diag,
                                uint32_t func_idx);
/* The same, with a STMT_COUNT where each basic block begins; the function's first one has the number `first_block`. */
struct function *build_counting_function(const struct module *module, struct arena *arena, struct diag_context *diag,
                                         uint32_t func_idx, uint32_t first_block);
/* The same for a constant expression of this type, already validated: its value is the argument of the one
 * STMT_RETURN that ends the statements. */
struct function *build_constexpr(const struct module *module, struct arena *arena, struct diag_context *diag,
                                 const struct constexpr *expression, valtype type);
/* For memories that are protected by comparisons: finds the accesses that need none, sets their is_in_bounds, and puts
 * checks of several accesses at once ahead of statements. */
void prove_bounds(struct arena *arena, struct function *function);

#endif
