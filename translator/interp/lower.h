/* Lowering: from a validated body to the words that the interpreter runs (code.h), in one walk.
 *
 * wasm's operand stack exists here alone. An entry is a value that
 *
 *     VALUE_SLOT    is in the slot of its height (and may be in an accumulator as well)
 *     VALUE_LOCAL   is what a local holds: local.get has emitted nothing
 *     VALUE_CONST   is a constant
 *
 * so `local.get 0; local.get 1; i32.add; local.set 2` is one instruction: the addition finds two locals, goes to the
 * slot of its height, and local.set, coming right behind, changes the destination of that instruction.
 *
 * What the accumulators hold at this point of the code is known (`held`): the value of one slot each. Operands that
 * are there are taken from there, and if such a value was a temporary, which nobody will read again, the
 * instruction that made it is changed not to store it at all.
 *
 * Rules that keep this right:
 *   - before a local changes, entries that stand for its old value are copied to their slots;
 *   - where paths meet (loop, end, else) every value is in its own slot and nothing is known of accumulators;
 *   - a block begins with no pending locals below it, since one path through it might change them;
 *   - the instruction that is changed later is always the one that made the value, nothing in between read it.
 *
 * Instructions address slots by 16 bits. The few that lie beyond, in functions with tens of thousands of locals, are
 * copied to and from slots that are set aside for that.
 */
#ifndef W2C_LOWER_H
#define W2C_LOWER_H

#include "../wasm/body.h"
#include "machine.h"

/* CLASS_V128: one half of a vector, of which no accumulator ever holds anything. */
enum value_class { CLASS_INT, CLASS_F32, CLASS_F64, CLASS_V128, CLASS_COUNT };

enum value_kind { VALUE_SLOT, VALUE_LOCAL, VALUE_CONST };

struct value {
    uint8_t kind;
    uint8_t class;
    uint32_t local;    /* VALUE_LOCAL */
    uint32_t producer; /* VALUE_SLOT: the instruction that stores it, or NO_CODE */
    uint64_t bits;     /* VALUE_CONST */
};

enum { NO_CODE = UINT32_MAX, NO_SLOT = INT32_MIN };

/* Where an operand is when an instruction is about to be emitted. */
enum place { IN_SLOT, IN_ACCUMULATOR, IN_CONSTANT };

struct operand {
    enum place place;
    enum value_class class;
    int32_t slot;      /* where it is, or for a constant may be put */
    uint32_t producer; /* of a temporary, or NO_CODE */
    uint64_t bits;     /* IN_CONSTANT */
};

/* A distance that is filled in when its target is known. */
struct fixup {
    struct fixup *next;
    uint32_t word;
    uint32_t half;
    uint32_t origin; /* where the distance counts from */
};

struct label {
    enum op op; /* OP_BLOCK, OP_LOOP, OP_IF, OP_ELSE, OP_TRY, OP_TRY_TABLE; OP_BLOCK for the function */
    uint32_t height;
    uint32_t param_count;
    uint32_t result_count;
    const valtype *params;
    const valtype *results;
    struct fixup *fixups;  /* branches to the end */
    struct fixup *to_else; /* of an `if` */
    uint32_t start;        /* of a loop */
    uint64_t *set_at_end;  /* locals that are set on all paths seen so far to the end, or NULL */
    uint64_t *set_at_else; /* of an `if` */
    uint32_t handler; /* what is thrown here goes to the handlers of label handler - 1; 0: to the caller */
    /* Of a try: */
    const struct instr *clauses; /* of a try_table: the instruction */
    struct fixup *to_handler;    /* from what throws in this function */
    uint32_t body_start;
    bool is_in_handler;
    bool has_next; /* the handler that is open does not take everything */
    struct fixup next_handler;
    /* While a br_table is lowered: those of its entries that need values moved, and the next such label. */
    uint32_t detour_table; /* the table's instruction, or NO_CODE */
    struct fixup *detour_fixups;
    struct label *next_detour;
};

/* The operator lowered last. While nothing was emitted behind it, it may yet be joined with what uses its value. */
struct made {
    uint32_t at;
    enum op op;
    int32_t held_before; /* what the accumulator of integers held until then */
    /* Of a comparison with zero: the operator right before, whose value it compares, if a branch can carry that out. */
    uint32_t tested_at; /* or NO_CODE */
    enum op tested_op;
    int32_t tested_held_before;
};

/* What the memory at a local's value plus an offset holds, since it was just stored there or loaded from there. */
struct known {
    enum op load; /* the load that would give it; OP_NOP: nothing is known */
    uint32_t local;
    uint64_t offset;
    enum place place; /* where it is as well; IN_SLOT: in the local `value` */
    uint32_t value;
    uint64_t bits; /* IN_CONSTANT */
};

/* A try's body, and where its handlers begin, in words of the code. */
struct lowered_range {
    uint32_t from;
    uint32_t to;
    uint32_t handler;
};

struct lowering {
    const struct module *module;
    struct live_instance *instance;
    struct interp_instance *interp;
    struct arena *arena;
    struct body body;
    const struct functype *type; /* in slots, as all types are here: see interp_slot_types */
    uint64_t *block_counts;      /* of this function, or NULL */
    uint32_t local_count;        /* a vector counts as two */
    uint32_t *local_numbers;     /* by index in wasm, the number of its first slot here; NULL if it is the same */
    uint8_t *local_classes;
    union word *code;
    uint32_t count;
    uint32_t capacity;
    uint32_t last; /* the instruction emitted last, or NO_CODE where paths meet */
    struct made made;
    uint32_t vector_at; /* the last instruction that made a vector, or NO_CODE */
    struct known known;
    uint32_t global_read;      /* the last global.get */
    int32_t held[CLASS_COUNT]; /* the slot whose value is in each accumulator, or NO_SLOT */
    struct value *stack;
    uint32_t height;
    uint32_t stack_capacity;
    uint32_t max_height;
    uint32_t settled; /* below this height no entry is a local */
    struct label *labels;
    uint32_t depth;
    uint32_t label_capacity;
    uint32_t skipped; /* blocks opened in unreachable code */
    bool is_unreachable;
    struct lowered_range *ranges;
    uint32_t range_count;
    uint32_t range_capacity;
    int32_t first_temporary; /* slot of height 0 */
    bool is_wide;
    uint64_t *set_locals; /* a bit for each of the first locals: it has been set on every path to here */
    uint32_t set_words;
    uint32_t clear_from; /* locals that may be read before they are set are among these */
    uint32_t clear_to;   /* exclusive */
};

/* ---- lower.c: code, slots, values ---- */

enum value_class lower_class(valtype type);
/* Of the operator's one result. */
static inline enum value_class lower_result_class(enum op op) {
    const struct op_signature *signature = &op_signatures()[op];
    return lower_class(signature->types[signature->param_count]);
}
int32_t lower_local_slot(const struct lowering *l, uint32_t local);
static inline int32_t lower_height_slot(const struct lowering *l, uint32_t height) {
    return l->first_temporary + (int32_t)height;
}

/* An instruction has room for its number. */
static inline bool lower_is_narrow(int32_t slot) {
    return slot >= INT16_MIN && slot <= INT16_MAX;
}

/* Appends a word; its index. emit and emit_x begin an instruction, the others go on with it. */
uint32_t lower_emit(struct lowering *l, unsigned op, int32_t a, int32_t b, int32_t c);
uint32_t lower_emit_x(struct lowering *l, unsigned op, int32_t a, int32_t x);
void lower_emit_bits(struct lowering *l, uint64_t bits);
void lower_emit_number(struct lowering *l, int32_t number); /* as x */
void lower_emit_pointer(struct lowering *l, const void *pointer);

void lower_push(struct lowering *l, struct value value);
void lower_push_local(struct lowering *l, uint32_t idx);
void lower_push_const(struct lowering *l, enum value_class class, uint64_t bits);
/* Pushes what is in the slot of its height. */
void lower_push_stored(struct lowering *l, enum value_class class);
/* Slots that are set aside in functions with too many for an instruction; the first three are for lower_narrow. */
enum { VECTOR_SCRATCH = 4, SCRATCH_SLOTS = 12 };
int32_t lower_scratch_slot(unsigned scratch);

/* Takes the entry on top away, for an instruction that is emitted next. */
struct operand lower_take(struct lowering *l);
struct operand lower_locate(const struct lowering *l, uint32_t height);
/* A number that fits an instruction for the slot of an operand, which may first be copied to another. Operands of one
 * instruction differ in `scratch`, 0 to 2. */
int16_t lower_narrow(struct lowering *l, const struct operand *operand, unsigned scratch);
/* The operand is read from the accumulator: nobody needs what its producer stores. */
void lower_use_accumulator(struct lowering *l, const struct operand *operand);
/* Puts a constant, or an integer in a slot, into the accumulator of its class. */
void lower_load_accumulator(struct lowering *l, struct operand *operand);
/* A constant that an operation can hold in 16 bits. */
static inline bool lower_fits_short(const struct operand *operand) {
    return operand->class == CLASS_INT && (int64_t)operand->bits == (int16_t)operand->bits;
}
/* Puts a constant into its slot. Touches no accumulator. */
void lower_spill_constant(struct lowering *l, struct operand *operand);

/* For an instruction with a result: where it goes, for `a`; and after all of its words, the entry for it. */
int16_t lower_result_slot(const struct lowering *l);
void lower_push_result(struct lowering *l, enum value_class class, uint32_t at);

/* Puts the value of the entry at `height` into `slot`. Touches no accumulator, changes no entry. */
void lower_store_entry(struct lowering *l, uint32_t height, int32_t slot);
/* Puts entries [from, to) into their slots, and sees to it that those which are there stay there. */
void lower_settle(struct lowering *l, uint32_t from, uint32_t to);
/* Those that are locals, below `to`. */
void lower_settle_locals(struct lowering *l, uint32_t to);
/* Those that are this local. */
void lower_settle_local(struct lowering *l, uint32_t local);
/* The accumulator of integers changes. */
void lower_forget_memory_in_accumulator(struct lowering *l);
/* A slot changes by other means than through an accumulator. */
void lower_forget_slot(struct lowering *l, int32_t slot);
/* Paths meet here: nothing is known of accumulators, and no instruction is the last. */
void lower_forget_all(struct lowering *l);

/* ---- lower_locals.c: which locals have to be cleared ---- */

void lower_open_locals(struct lowering *l);
void lower_read_local(struct lowering *l, uint32_t local);
void lower_mark_set(struct lowering *l, uint32_t local);
/* Control may go from here to the end of the label's block. */
void lower_join_locals(struct lowering *l, struct label *label);
/* From the start of an `if` to its end or else. */
void lower_keep_locals(struct lowering *l, struct label *label);
/* Here a handler begins: in the body that it belongs to, nothing is sure to have been set. */
void lower_handler_locals(struct lowering *l, const struct label *label);
/* Here else begins, and here is the end where paths meet. */
void lower_else_locals(struct lowering *l, struct label *label);
void lower_end_locals(struct lowering *l, struct label *label);

/* ---- lower_control.c ---- */

void lower_push_label(struct lowering *l, enum op op, struct functype type);
/* Of a block type. */
struct functype lower_block_type(struct lowering *l, struct block_type block);
void lower_block(struct lowering *l, const struct instr *instr);
void lower_loop(struct lowering *l, const struct instr *instr);
void lower_if(struct lowering *l, const struct instr *instr);
void lower_else(struct lowering *l);
void lower_end(struct lowering *l);
void lower_br(struct lowering *l, uint32_t idx);
void lower_br_if(struct lowering *l, uint32_t idx);
void lower_br_on_null(struct lowering *l, uint32_t idx);
void lower_br_on_non_null(struct lowering *l, uint32_t idx);
void lower_br_table(struct lowering *l, struct instr *instr);
void lower_return(struct lowering *l);
/* What follows cannot be reached. */
void lower_leave_reach(struct lowering *l);
void lower_unreachable(struct lowering *l);

/* The label with this number, as branches count. */
struct label *lower_label_at(const struct lowering *l, uint32_t idx);
void lower_set_distance(struct lowering *l, const struct fixup *fixup, uint32_t target);
/* These branches lead here. */
void lower_bind(struct lowering *l, const struct fixup *fixups);
/* Moves the values on top and goes to the label. */
void lower_emit_way(struct lowering *l, struct label *label);
/* The stack as it is where paths meet: `types` in slots above the label's height. */
void lower_meet(struct lowering *l, const struct label *label, const valtype *types, uint32_t count);

/* ---- lower_try.c ---- */

void lower_throw(struct lowering *l, const struct instr *instr);
void lower_throw_ref(struct lowering *l);
void lower_rethrow(struct lowering *l, uint32_t idx);
void lower_try(struct lowering *l, const struct instr *instr);
void lower_catch(struct lowering *l, const struct instr *instr);
void lower_delegate(struct lowering *l, uint32_t idx);
/* What these words call throws past all handlers of the function. Follows code that does not come here. */
void lower_leave_tries(struct lowering *l, uint32_t start, uint32_t end);
/* The handlers of a try that ends; what none of them takes goes to the handler of label `otherwise` - 1. */
/* The function's list of handlers, for the code that it got. */
void lower_place_ranges(const struct lowering *l, struct interp_func *func, const union word *code);
void lower_end_handlers(struct lowering *l, struct label *label, uint32_t otherwise);

/* ---- lower_memory.c ---- */

void lower_load(struct lowering *l, const struct instr *instr);
void lower_store(struct lowering *l, const struct instr *instr);
/* The local changes: what is known of memory by it is not known any more. */
void lower_forget_memory_of_local(struct lowering *l, uint32_t local);

/* For an access that has forms of its own, and its address in a slot: takes the address. The slot, and the
 * offset for the instruction. After its words: close. */
int16_t lower_open_access(struct lowering *l, const struct instr *instr, uint32_t *offset);
void lower_close_access(struct lowering *l, const struct instr *instr);

/* ---- lower_simd.c ---- */

static inline bool lower_is_vector(enum op op) {
    enum { VECTOR_PREFIX = 0xfd };
    return op_infos[op].code >> 16 == VECTOR_PREFIX;
}
void lower_vector(struct lowering *l, const struct instr *instr);
void lower_vector_select(struct lowering *l);
/* local.get, local.set, local.tee of the vector whose lower half is this local. */
void lower_vector_local(struct lowering *l, enum op op, uint32_t local);
void lower_vector_global(struct lowering *l, const struct instr *instr);
void lower_drop(struct lowering *l);

/* ---- lower_values.c ---- */

void lower_value_operator(struct lowering *l, enum op op);
void lower_select(struct lowering *l);
void lower_local_get(struct lowering *l, uint32_t idx);
void lower_local_set(struct lowering *l, uint32_t idx);
void lower_local_tee(struct lowering *l, uint32_t idx);
void lower_global_get(struct lowering *l, uint32_t idx);
void lower_global_set(struct lowering *l, uint32_t idx);
/* Emits a branch on the condition on top, and pops it. *fixup says where the distance goes. */
void lower_branch_on_top(struct lowering *l, bool if_true, struct fixup *fixup);

/* ---- lower_tail.c ---- */

void lower_return_call(struct lowering *l, uint32_t func_idx);
void lower_return_call_indirect(struct lowering *l, const struct instr *instr);

/* ---- lower_gc.c ---- */

void lower_heap_operator(struct lowering *l, const struct instr *instr);

/* ---- lower_objects.c: calls, tables, memories ---- */

void lower_call(struct lowering *l, uint32_t func_idx);
void lower_call_indirect(struct lowering *l, const struct instr *instr);
/* Behind a call: its arguments are gone, its results are in the slots of their heights. */
void lower_push_call_results(struct lowering *l, const struct functype *type);
/* False if it is none of them. */
bool lower_object_operator(struct lowering *l, const struct instr *instr);

/* ---- lower_atomic.c ---- */

void lower_atomic(struct lowering *l, const struct instr *instr);
/* ---- lower_objects64.c: what is not plain, and wide arithmetic ---- */

/* The operation that carries out the operator, whose operands are in the slots from height `first` on. `plain` is the
 * one for plain memories and tables. */
unsigned lower_operation_64(struct lowering *l, const struct instr *instr, uint32_t first, unsigned plain);
/* The index on top, of a 64-bit table, becomes one of 32 bits. */
void lower_table_index(struct lowering *l);
void lower_wide(struct lowering *l, enum op op);

#endif
