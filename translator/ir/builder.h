/* Inside of the builder: the symbolic operand stack (stack.c), straight-line code (builder.c) and control flow
 * (control.c) share this state. */
#ifndef W2C_BUILDER_H
#define W2C_BUILDER_H

#include "../base/arena.h"
#include "../profile/blocks.h"
#include "../wasm/validate.h"
#include "ir.h"

/* One position of the operand stack: an expression not yet written. It is *pending* while later statements could
 * change its value or overtake its trap; it is *settled* once it is a constant or its own slot.
 * The sums are over the entries from builder.settled up to this one, so that one test of the top entry tells
 * whether any entry matters. */
struct entry {
    struct expr *expr;
    uint64_t reads_sum;
    uint8_t effects_sum;
};

/* A block, loop, if, or the function itself. */
struct frame {
    enum op op; /* OP_BLOCK, OP_LOOP, OP_IF, or OP_END for the function */
    struct functype type;
    uint32_t height;     /* of the stack below the parameters */
    uint32_t label;      /* loop: its start, else: its end */
    uint32_t else_label; /* `if` without braces */
    bool has_braces;
    bool has_else;
    bool then_reaches_end;
    uint32_t handler; /* where exceptions in it go: a label, or LABEL_CALLER */
    /* Of try_table and the legacy try: */
    uint32_t own_handler;            /* label of its handlers, then of the next one to try */
    const struct instr *clauses;     /* try_table: the instruction */
    bool is_in_handler;              /* try: a catch is open */
    bool has_catch_all;
    uint32_t caught; /* try, in a handler: number of the exception */
};

struct builder {
    const struct module *module;
    const struct op_signature *signatures;
    struct arena *arena;
    struct function *function;
    struct entry *stack;
    uint32_t height;
    uint32_t stack_capacity;
    uint32_t settled; /* every entry below is settled */
    struct frame *frames;
    uint32_t depth;
    uint32_t frame_capacity;
    uint32_t skipped_blocks; /* blocks opened in unreachable code */
    uint32_t brace_depth;
    bool is_unreachable;
    struct block_walk *blocks; /* NULL: blocks are not counted */
    uint32_t first_block;
};

/* ---- stack.c ---- */
struct expr *make_expr(struct builder *b, unsigned op, enum ctype type);
struct expr *make_slot(struct builder *b, enum ctype type, uint32_t height);
/* Adds the operand to the expression: size, effects and variables accumulate. */
void add_operand(struct expr *expr, unsigned position, struct expr *operand);
void push(struct builder *b, struct expr *expr);
void push_slot(struct builder *b, valtype type); /* the slot of the top of the stack to be */
struct expr *pop(struct builder *b);
struct expr **pop_many(struct builder *b, uint32_t count);
void drop_to(struct builder *b, uint32_t height); /* forgets entries, unused */
/* Writes pending entries that read one of the variables, or have one of the effects, to their slots. */
void flush(struct builder *b, uint64_t variables, unsigned effects);
void flush_all(struct builder *b);
/* Puts the entry into its slot even if it is a constant: it is going to be merged with other values. */
void settle(struct builder *b, uint32_t position);
void settle_top(struct builder *b, uint32_t count);

/* ---- builder.c ---- */
struct stmt *add_stmt(struct builder *b, enum stmt_kind kind);
void set_arg(struct builder *b, struct stmt *stmt, struct expr *arg);
struct dest no_dest(void);
struct dest slot_dest(struct builder *b, enum ctype type, uint32_t height);
void build_call(struct builder *b, uint32_t func_idx);
void build_call_indirect(struct builder *b, const struct instr *instr);
void build_step(struct builder *b, struct instr *instr);
void build_local_set(struct builder *b, uint32_t local);
void build_drop(struct builder *b);
void settle_before_lookup(struct builder *b, uint32_t argument_count);

/* ---- constant_call.c ---- */
/* A call, unless all that it does is to return a constant. */
void build_direct_call(struct builder *b, uint32_t func_idx);

/* ---- build_tail.c ---- */
void build_return_call(struct builder *b, uint32_t func_idx);
void build_return_call_indirect(struct builder *b, const struct instr *instr);
void build_return_call_ref(struct builder *b, const struct instr *instr);

/* ---- build_atomic.c ---- */
void build_atomic(struct builder *b, const struct instr *instr);

/* ---- build_reference.c ---- */
void build_call_ref(struct builder *b, const struct instr *instr);
void build_ref_as_non_null(struct builder *b, const struct instr *instr);
void build_br_on_null(struct builder *b, const struct instr *instr);
void build_br_on_non_null(struct builder *b, const struct instr *instr);
/* ---- build_gc.c ---- */
void build_heap_operator(struct builder *b, const struct instr *instr); /* all of form HEAP */

/* ---- keep_frame.c ---- */
void mark_kept_frames(struct arena *arena, struct function *function);

/* ---- liveness.c ---- */
void find_reads(struct arena *arena, struct function *function);

/* ---- try.c ---- */
/* Where an exception that is thrown here goes, for a statement that may do so. */
void set_throw_label(struct builder *b, struct stmt *stmt);
void build_throw(struct builder *b, const struct instr *instr);
void build_try(struct builder *b, const struct instr *instr); /* try, try_table */
void build_catch(struct builder *b, const struct instr *instr);
/* The handlers of a try or try_table that ends; to whom it leaves what none of them takes. */
void end_try(struct builder *b, struct frame *frame, uint32_t otherwise);
void build_delegate(struct builder *b, const struct instr *instr);

/* ---- control.c ---- */
uint32_t new_label(struct builder *b);
void put_jump(struct builder *b, enum stmt_kind kind, uint32_t label, struct expr *condition);
struct stmt *put_label(struct builder *b, uint32_t label);
void put_jump(struct builder *b, enum stmt_kind kind, uint32_t label, struct expr *condition);
struct frame *frame_at(struct builder *b, uint32_t depth);
struct target make_target(struct builder *b, const struct frame *frame);
void restart(struct builder *b, uint32_t height, const valtype *types, uint32_t count);
void open_function_frame(struct builder *b, const struct functype *type);
/* Control operators, in reachable code. */
void build_block(struct builder *b, const struct instr *instr);
void build_else(struct builder *b);
void build_end(struct builder *b);
void build_br(struct builder *b, uint32_t depth);
void build_br_if(struct builder *b, uint32_t depth);
/* A branch if the condition is true, which is popped already; the label's values are on top of the stack. */
void build_branch_when(struct builder *b, uint32_t depth, struct expr *condition);
void build_br_table(struct builder *b, struct instr *instr);
void build_return(struct builder *b);

#endif
