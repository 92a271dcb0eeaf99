/* Finding basic blocks in one pass: all branches to the end of a block stand before it, so whether code behind an
 * `end` begins a new block is known when the walk gets there, and a loop, whose branches come later, always begins one.
 */
#include "blocks.h"

#include <string.h>

#include "../base/arena.h"
#include "../wasm/validate.h"

/* A block, loop, if, or the function itself. */
struct block_frame {
    bool is_loop;
    bool is_if;     /* and has no else so far */
    bool is_target; /* control comes to what is behind its end by another way than through the end */
};

static void push_frame(struct block_walk *walk, struct block_frame frame) {
    if (walk->depth == walk->capacity) {
        const uint32_t capacity = walk->capacity ? walk->capacity * 2 : 64;
        struct block_frame *frames = arena_array(walk->arena, struct block_frame, capacity);
        if (walk->depth) memcpy(frames, walk->frames, walk->depth * sizeof *frames);
        walk->frames = frames;
        walk->capacity = capacity;
    }
    walk->frames[walk->depth++] = frame;
}

static struct block_frame *top_frame(struct block_walk *walk) {
    return &walk->frames[walk->depth - 1];
}

void block_walk_open(struct block_walk *walk) {
    walk->depth = walk->skipped = walk->count = 0;
    walk->is_unreachable = false;
    walk->is_starting = true;
    push_frame(walk, (struct block_frame){0});
}

/* In unreachable code only the structure matters: which else or end makes it reachable again. */
static bool is_skipped(struct block_walk *walk, enum op op) {
    if (!walk->is_unreachable) return false;
    if (op_opens_block(op)) walk->skipped++;
    const bool is_end = op == OP_END || op == OP_DELEGATE;
    if (!is_end && op != OP_ELSE && op != OP_CATCH && op != OP_CATCH_ALL) return true;
    if (walk->skipped == 0) return false;
    if (is_end) walk->skipped--;
    return true;
}

/* A branch to a loop leads backwards, to a block that exists already. */
static void mark_target(struct block_walk *walk, uint32_t label) {
    walk->frames[walk->depth - 1 - label].is_target = true;
}

static void mark_targets(struct block_walk *walk, const struct instr *instr) {
    struct instr copy = *instr; /* reading labels uses them up */
    for (uint32_t i = 0; i <= instr->label_count; i++)
        mark_target(walk, next_label(&copy));
}

/* Labels of clauses count from outside of the try_table, whose own frame is not there yet. */
static void mark_catches(struct block_walk *walk, const struct instr *instr) {
    struct instr copy = *instr;
    for (uint32_t i = 0; i < instr->label_count; i++)
        mark_target(walk, next_catch(&copy).label);
}

/* A handler of a legacy try: whatever was thrown in the body may come here, so behind its end a block begins. */
static void reach_catch(struct block_walk *walk) {
    top_frame(walk)->is_target = true;
    walk->is_unreachable = false;
    walk->is_starting = true;
}

static void reach_else(struct block_walk *walk) {
    struct block_frame *frame = top_frame(walk);
    if (!walk->is_unreachable) frame->is_target = true;
    frame->is_if = false;
    walk->is_unreachable = false;
    walk->is_starting = true;
}

static void reach_end(struct block_walk *walk) {
    const struct block_frame frame = *top_frame(walk);
    walk->depth--;
    if (frame.is_loop || !(frame.is_target || frame.is_if)) return;
    walk->is_unreachable = false;
    walk->is_starting = true;
}

/* What becomes of control after the operator. */
static void follow(struct block_walk *walk, const struct instr *instr) {
    switch (instr->op) {
    case OP_BLOCK: push_frame(walk, (struct block_frame){0}); break;
    case OP_LOOP: push_frame(walk, (struct block_frame){.is_loop = true}); break;
    case OP_IF:
        push_frame(walk, (struct block_frame){.is_if = true});
        walk->is_starting = true;
        break;
    case OP_ELSE: reach_else(walk); break;
    case OP_TRY: push_frame(walk, (struct block_frame){0}); break;
    case OP_TRY_TABLE:
        mark_catches(walk, instr);
        push_frame(walk, (struct block_frame){0});
        break;
    case OP_CATCH:
    case OP_CATCH_ALL: reach_catch(walk); break;
    case OP_DELEGATE:
    case OP_END: reach_end(walk); break;
    case OP_BR_ON_NULL:
    case OP_BR_ON_NON_NULL:
    case OP_BR_IF:
        mark_target(walk, instr->idx);
        walk->is_starting = true;
        break;
    case OP_BR:
        mark_target(walk, instr->idx);
        walk->is_unreachable = true;
        break;
    case OP_BR_TABLE:
        mark_targets(walk, instr);
        walk->is_unreachable = true;
        break;
    case OP_THROW:
    case OP_THROW_REF:
    case OP_RETHROW:
    case OP_RETURN:
    case OP_RETURN_CALL:
    case OP_RETURN_CALL_INDIRECT:
    case OP_RETURN_CALL_REF:
    case OP_UNREACHABLE: walk->is_unreachable = true; break;
    case OP_CALL:
    case OP_CALL_REF:
    case OP_CALL_INDIRECT: walk->is_starting = true; break;
    default: break;
    }
}

enum block_place block_walk_step(struct block_walk *walk, const struct instr *instr) {
    if (is_skipped(walk, instr->op)) return BLOCK_UNREACHABLE;
    enum block_place place = BLOCK_UNREACHABLE;
    if (!walk->is_unreachable) {
        const bool is_start = walk->is_starting || instr->op == OP_LOOP;
        place = is_start ? BLOCK_START : BLOCK_INSIDE;
        walk->count += is_start;
        walk->is_starting = false;
    }
    follow(walk, instr);
    return place;
}

static uint32_t count_blocks(const struct module *module, struct arena *arena, struct diag_context *diag,
                             uint32_t func_idx) {
    diag->func_idx = func_idx;
    struct body body;
    body_open(&body, module, arena, diag, func_idx);
    struct validator *validator = validate_open(module, arena, &body, func_idx);
    struct block_walk walk = {.arena = arena};
    block_walk_open(&walk);
    struct instr instr;
    while (!validate_is_done(validator)) {
        body_next(&body, &instr);
        validate_step(validator, &instr);
        block_walk_step(&walk, &instr);
    }
    validate_close(validator);
    return walk.count;
}

struct block_plan *block_plan(const struct module *module, struct arena *arena, struct arena *scratch,
                              struct diag_context *diag) {
    struct block_plan *plan = arena_new(arena, struct block_plan);
    plan->module = module;
    plan->first = arena_array(arena, uint32_t, (size_t)module->func_count + 1);
    for (uint32_t i = module->imported_func_count; i < module->func_count; i++) {
        plan->first[i] = plan->count;
        arena_reset(scratch);
        plan->count += count_blocks(module, scratch, diag, i);
    }
    plan->first[module->func_count] = plan->count;
    diag->func_idx = DIAG_NO_FUNC;
    diag->op = NULL;
    return plan;
}

/* Returns how many operators were executed in the function. */
static uint64_t sum_func(const struct module *module, struct arena *scratch, uint32_t func_idx, const uint64_t *counts,
                         uint64_t *ops) {
    struct diag_context diag = {0}; /* the bodies are valid: nobody jumps */
    struct body body;
    body_open(&body, module, scratch, &diag, func_idx);
    struct block_walk walk = {.arena = scratch};
    block_walk_open(&walk);
    struct instr instr;
    uint64_t sum = 0;
    while (walk.depth > 0) {
        body_next(&body, &instr);
        if (block_walk_step(&walk, &instr) == BLOCK_UNREACHABLE) continue;
        const uint64_t count = counts[walk.count - 1];
        ops[instr.op] += count;
        sum += count;
    }
    return sum;
}

void block_sum(const struct block_plan *plan, const uint64_t *block_counts, struct arena *scratch, uint64_t *ops,
               uint64_t *funcs) {
    const struct module *module = plan->module;
    for (uint32_t i = module->imported_func_count; i < module->func_count; i++) {
        arena_reset(scratch);
        const uint64_t sum = sum_func(module, scratch, i, block_counts + plan->first[i], ops);
        if (funcs) funcs[i] += sum;
    }
}
