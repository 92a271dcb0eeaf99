/* Basic blocks, for counting exactly how often each operator is executed at the price of one addition per block.
 *
 * The interpreter and instrumented C both count by what is decided here, and so agree to the last operator.
 *
 * What counts as an execution, by the reductions of the specification (4.4.8):
 *
 *     any operator     counts when control reaches it
 *     loop             counts on entry and again for each branch to it: a loop's label stands for the loop itself
 *     block, if        count on entry
 *     end              counts when control reaches it from above. A branch to a block continues behind its end,
 *                      as does an `if` without else whose condition is false, and a return: they do not count it
 *     else             counts when the first arm comes to it: it is that arm's end, and control continues behind
 *                      the end of the whole
 *     call             counts in the caller; what a host function does is not made of operators
 *
 * Code that cannot be reached as far as validation knows (behind br, br_table, return, unreachable) is in no block.
 *
 * A block begins
 *     - with a function,
 *     - at a `loop`,
 *     - behind every operator after which control may be elsewhere: branches, if, else, calls, unreachable,
 *     - behind the end of a block that something branches to, and behind the end of an `if`,
 * and goes on to where the next begins. A call ends its block because it may never return: a program may exit or trap
 * in it, and what stands behind it must not have been counted. Any other operator that traps is the one inaccuracy: its
 * block was counted as a whole when it began, so what stands behind it in that block, and never ran, is counted too: by
 * every engine alike. (How deep calls may nest is an engine's own; programs that exhaust the stack cannot be compared.)
 *
 * Blocks are numbered through a module, function after function, each in the order of its instructions, so the
 * numbers are known before anything runs.
 *
 *     struct block_walk walk = {.arena = arena};
 *     block_walk_open(&walk);
 *     for each instruction of a valid body, in order {
 *         switch (block_walk_step(&walk, &instr)) {
 *         case BLOCK_START:       count block plan->first[func_idx] + walk.count - 1; for `loop`, behind its label
 *         case BLOCK_INSIDE:      is in the same block
 *         case BLOCK_UNREACHABLE: is in none
 *         }
 *     }
 */
#ifndef W2C_BLOCKS_H
#define W2C_BLOCKS_H

#include "../wasm/body.h"

enum block_place { BLOCK_UNREACHABLE, BLOCK_START, BLOCK_INSIDE };

struct block_frame;

/* Where a walk over one function's instructions is. Set `arena`, zero the rest; may be used for many functions. */
struct block_walk {
    struct arena *arena;
    struct block_frame *frames;
    uint32_t depth;
    uint32_t capacity;
    uint32_t skipped; /* blocks opened in unreachable code */
    uint32_t count;   /* blocks begun so far in this function */
    bool is_unreachable;
    bool is_starting; /* the next instruction begins a block, if it can be reached */
};

void block_walk_open(struct block_walk *walk);
/* To be called once for each instruction, before or after anybody else looks at it; leaves `instr` as it was. The
 * code must be valid up to and with this instruction. */
enum block_place block_walk_step(struct block_walk *walk, const struct instr *instr);

/* The blocks of a module: those of function i have the numbers first[i] .. first[i + 1] - 1. */
struct block_plan {
    const struct module *module;
    uint32_t *first; /* func_count + 1 numbers */
    uint32_t count;
};

/* Numbers the blocks. Validates all bodies on the way, and fails by fail_at if one is not valid. The plan is in
 * `arena`; `scratch` is another one, and reset. */
struct block_plan *block_plan(const struct module *module, struct arena *arena, struct arena *scratch,
                              struct diag_context *diag);

/* From how often each block ran (plan->count numbers) to how often each operator did: adds to ops[OP_COUNT] and, unless
 * it is NULL, to funcs[func_count], which receives the operators executed in each function. */
void block_sum(const struct block_plan *plan, const uint64_t *block_counts, struct arena *scratch, uint64_t *ops,
               uint64_t *funcs);

#endif
