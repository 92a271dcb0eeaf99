/* Structured control to labels and jumps.
 *
 * A branch with values moves them to the slots where the code at the label expects them: the stack positions from the
 * height of the block up. Moves go from higher to lower or equal heights, in ascending order, so none overwrites a
 * value that a later one still needs.
 *
 * On entry to a block every pending entry below it is settled: a value written to its slot inside the block would be
 * missing on the paths that leave it early, and written twice in a loop.
 */
#include "builder.h"

uint32_t new_label(struct builder *b) {
    struct function *f = b->function;
    if (f->label_count == f->label_capacity) {
        const uint32_t capacity = f->label_capacity ? f->label_capacity * 2 : 32;
        bool *used = arena_array(b->arena, bool, capacity);
        if (f->label_count) memcpy(used, f->label_used, f->label_count * sizeof *used);
        f->label_used = used;
        f->label_capacity = capacity;
    }
    return f->label_count++;
}

static struct frame *push_frame(struct builder *b, enum op op, struct functype type) {
    if (b->depth == b->frame_capacity) {
        const uint32_t capacity = b->frame_capacity ? b->frame_capacity * 2 : 32;
        struct frame *frames = arena_array(b->arena, struct frame, capacity);
        if (b->depth) memcpy(frames, b->frames, b->depth * sizeof *frames);
        b->frames = frames;
        b->frame_capacity = capacity;
    }
    struct frame *frame = &b->frames[b->depth++];
    *frame = (struct frame){.op = op, .type = type, .height = b->height - type.param_count, .handler = LABEL_CALLER};
    if (b->depth > 1) frame->handler = frame[-1].handler;
    return frame;
}

void open_function_frame(struct builder *b, const struct functype *type) {
    const struct functype results_only = {.results = type->results, .result_count = type->result_count};
    push_frame(b, OP_END, results_only);
}

struct stmt *put_label(struct builder *b, uint32_t label) {
    struct stmt *stmt = add_stmt(b, STMT_LABEL);
    stmt->idx = label;
    return stmt;
}

void put_jump(struct builder *b, enum stmt_kind kind, uint32_t label, struct expr *condition) {
    struct stmt *stmt = add_stmt(b, kind);
    stmt->targets = arena_new(b->arena, struct target);
    stmt->targets[0].label = label;
    stmt->target_count = 1;
    b->function->label_used[label] = true;
    if (condition) set_arg(b, stmt, condition);
}

static void put_if(struct builder *b, struct expr *condition) {
    set_arg(b, add_stmt(b, STMT_IF), condition);
}

/* ---- blocks ---- */

static void open_if(struct builder *b, struct frame *frame, struct expr *condition) {
    frame->has_braces = b->brace_depth < MAX_BRACES;
    if (frame->has_braces) {
        put_if(b, condition);
        b->brace_depth++;
        return;
    }
    frame->else_label = new_label(b);
    put_jump(b, STMT_GOTO_UNLESS, frame->else_label, condition);
}

void build_block(struct builder *b, const struct instr *instr) {
    struct expr *condition = instr->op == OP_IF ? pop(b) : NULL;
    flush_all(b);
    valtype single;
    const struct functype type = block_functype(b->module, instr->block, &single);
    if (instr->op == OP_LOOP || instr->op == OP_IF) settle_top(b, type.param_count);
    struct frame *frame = push_frame(b, instr->op, type);
    if (instr->block.type_idx == NO_TYPE && type.result_count == 1) {
        valtype *result = arena_new(b->arena, valtype); /* frames move when their array grows */
        *result = single;
        frame->type.results = result;
    }
    frame->label = new_label(b);
    if (instr->op == OP_LOOP) put_label(b, frame->label)->is_loop = true;
    if (instr->op == OP_IF) open_if(b, frame, condition);
}

void restart(struct builder *b, uint32_t height, const valtype *types, uint32_t count) {
    drop_to(b, height);
    for (uint32_t i = 0; i < count; i++)
        push_slot(b, types[i]);
    b->is_unreachable = false;
}

void build_else(struct builder *b) {
    struct frame *frame = &b->frames[b->depth - 1];
    frame->has_else = true;
    frame->then_reaches_end = !b->is_unreachable;
    if (!b->is_unreachable) settle_top(b, frame->type.result_count);
    if (frame->has_braces) {
        add_stmt(b, STMT_ELSE);
    } else {
        if (!b->is_unreachable) put_jump(b, STMT_GOTO, frame->label, NULL);
        put_label(b, frame->else_label);
    }
    restart(b, frame->height, frame->type.params, frame->type.param_count);
}

static void end_if(struct builder *b, struct frame *frame) {
    if (frame->has_braces) {
        add_stmt(b, STMT_END_IF);
        b->brace_depth--;
    } else if (!frame->has_else) {
        put_label(b, frame->else_label);
    }
}

static void end_function(struct builder *b) {
    if (!b->is_unreachable) build_return(b);
    b->depth--;
}

void build_end(struct builder *b) {
    struct frame *frame = &b->frames[b->depth - 1];
    if (frame->op == OP_END) {
        end_function(b);
        return;
    }
    if (frame->op == OP_TRY || frame->op == OP_TRY_TABLE) end_try(b, frame, b->frames[b->depth - 2].handler);
    const bool is_target = frame->op != OP_LOOP && b->function->label_used[frame->label];
    const bool is_if = frame->op == OP_IF;
    /* Where control only falls through, the values just stay on the stack. */
    if (!b->is_unreachable && !is_target && !is_if) {
        b->depth--;
        return;
    }
    if (!b->is_unreachable) settle_top(b, frame->type.result_count);
    const bool is_reached = !b->is_unreachable || is_target || (is_if && (!frame->has_else || frame->then_reaches_end));
    if (is_if) end_if(b, frame);
    if (is_target) put_label(b, frame->label);
    b->depth--;
    if (is_reached) {
        restart(b, frame->height, frame->type.results, frame->type.result_count);
    } else {
        drop_to(b, frame->height);
    }
}

/* ---- branches ---- */

struct frame *frame_at(struct builder *b, uint32_t depth) {
    return &b->frames[b->depth - 1 - depth];
}

static void label_types(const struct frame *frame, const valtype **types, uint32_t *count) {
    const bool is_loop = frame->op == OP_LOOP;
    *types = is_loop ? frame->type.params : frame->type.results;
    *count = is_loop ? frame->type.param_count : frame->type.result_count;
}

/* The slots that a branch moves values to exist from here on. */
static void make_moved_slots(struct builder *b, const struct target *target) {
    if (target->label == LABEL_RETURN || target->from == target->to) return;
    for (uint32_t i = 0; i < target->count; i++)
        slot_dest(b, ctype_of(target->types[i]), target->to + i);
}

/* The target for a branch whose values are in the slots on top of the stack. */
struct target make_target(struct builder *b, const struct frame *frame) {
    struct target target = {.label = frame->op == OP_END ? LABEL_RETURN : frame->label, .to = frame->height};
    label_types(frame, &target.types, &target.count);
    target.from = b->height - target.count;
    if (target.label != LABEL_RETURN) b->function->label_used[target.label] = true;
    make_moved_slots(b, &target);
    return target;
}

void build_return(struct builder *b) {
    const uint32_t count = b->frames[0].type.result_count;
    struct expr **results = pop_many(b, count);
    flush(b, 0, MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_RETURN);
    stmt->args = results;
    stmt->arg_count = count;
    b->is_unreachable = true;
}

/* One value needs no detour over its own slot. */
static void move_single(struct builder *b, uint32_t height) {
    struct expr *value = pop(b);
    flush(b, 0, MAY_TRAP);
    if (value->op == EXPR_SLOT && value->idx == height) return;
    struct stmt *stmt = add_stmt(b, STMT_SET);
    stmt->dest = slot_dest(b, (enum ctype)value->type, height);
    set_arg(b, stmt, value);
}

static void put_goto(struct builder *b, uint32_t depth) {
    struct target *targets = arena_new(b->arena, struct target);
    targets[0] = make_target(b, frame_at(b, depth));
    struct stmt *stmt = add_stmt(b, STMT_GOTO);
    stmt->targets = targets;
    stmt->target_count = 1;
}

void build_br(struct builder *b, uint32_t depth) {
    const struct frame *frame = frame_at(b, depth);
    if (frame->op == OP_END) {
        build_return(b);
        return;
    }
    const valtype *types;
    uint32_t count;
    label_types(frame, &types, &count);
    if (count == 1) {
        move_single(b, frame->height);
        put_jump(b, STMT_GOTO, frame->label, NULL);
    } else {
        settle_top(b, count);
        flush(b, 0, MAY_TRAP);
        put_goto(b, depth);
    }
    b->is_unreachable = true;
}

void build_branch_when(struct builder *b, uint32_t depth, struct expr *condition) {
    const struct frame *frame = frame_at(b, depth);
    const valtype *types;
    uint32_t count;
    label_types(frame, &types, &count);
    settle_top(b, count);
    flush(b, 0, MAY_TRAP);
    const bool moves = count > 0 && frame->height != b->height - count;
    if (frame->op != OP_END && !moves) {
        put_jump(b, STMT_GOTO_IF, frame->label, condition);
        return;
    }
    put_if(b, condition);
    put_goto(b, depth);
    add_stmt(b, STMT_END_IF);
}

void build_br_if(struct builder *b, uint32_t depth) {
    struct expr *condition = pop(b);
    build_branch_when(b, depth, condition);
}

void build_br_table(struct builder *b, struct instr *instr) {
    struct expr *index = pop(b);
    const uint32_t count = instr->label_count + 1;
    struct target *targets = arena_array(b->arena, struct target, count);
    uint32_t *depths = arena_array(b->arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        depths[i] = next_label(instr);
    const valtype *types;
    uint32_t arity;
    label_types(frame_at(b, depths[count - 1]), &types, &arity);
    settle_top(b, arity);
    flush(b, 0, MAY_TRAP);
    for (uint32_t i = 0; i < count; i++)
        targets[i] = make_target(b, frame_at(b, depths[i]));
    struct stmt *stmt = add_stmt(b, STMT_SWITCH);
    stmt->index = index;
    stmt->targets = targets;
    stmt->target_count = count;
    b->is_unreachable = true;
}
