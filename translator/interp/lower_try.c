/* Lowering of exceptions. What runs in the body of a try knows nothing of its handlers: when something is thrown in a
 * function that was called, the place of the call is looked up in a list of ranges (run_exceptions.c), so a body costs
 * what it would cost without the try. Bodies nest; the list has the innermost for each place, so that it can be
 * searched by bisection. What is thrown in the function itself goes to its handler by a branch.
 *
 *     body          one range of the code
 *     jump to end
 *     handler:      CATCH tag, else go to next; values are in their slots; the branch of the clause
 *     next:         ...
 *                   branch to the handler around, or UNWIND, which goes on in the caller
 *     end:
 *
 * A handler of a legacy try keeps its exception, which rethrow may want, in the slot of the try's height; values lie
 * above, and move down by one where the handler ends.
 */
#include "lower.h"

#include <stdlib.h>

#include "../base/arena.h"

enum { NO_REF = INT32_MIN };
enum { NO_TAG = UINT32_MAX };

static const struct functype no_values;

/* What handlers convert: the values of the exception. */
static const struct functype *tag_type(const struct lowering *l, uint32_t tag) {
    return &l->module->types[l->module->tags[tag].type_idx].func;
}

/* The same in slots, of which a vector takes two. */
static const struct functype *slot_type(const struct lowering *l, uint32_t tag) {
    return &l->interp->types[l->module->tags[tag].type_idx];
}

/* ---- throwing ---- */

/* With something pending, control goes to the handler of label `handler` - 1, or to the caller. */
static void emit_raise(struct lowering *l, uint32_t handler) {
    if (handler == 0) {
        lower_emit(l, RUN_UNWIND, 0, 0, 0);
        return;
    }
    struct label *label = &l->labels[handler - 1];
    struct fixup *fixup = arena_new(l->arena, struct fixup);
    const uint32_t at = lower_emit_x(l, RUN_BRANCH, 0, 0);
    *fixup = (struct fixup){.next = label->to_handler, .word = at, .half = 1, .origin = at};
    label->to_handler = fixup;
}

static void raise_from_here(struct lowering *l) {
    emit_raise(l, lower_label_at(l, 0)->handler);
    lower_leave_reach(l);
}

void lower_throw(struct lowering *l, const struct instr *instr) {
    const uint32_t first = l->height - slot_type(l, instr->idx)->param_count;
    lower_settle(l, first, l->height);
    lower_emit_x(l, RUN_THROW, 0, lower_height_slot(l, first));
    lower_emit_pointer(l, l->instance->tags[instr->idx]);
    lower_emit_pointer(l, tag_type(l, instr->idx));
    raise_from_here(l);
}

void lower_throw_ref(struct lowering *l) {
    lower_settle(l, l->height - 1, l->height);
    lower_emit_x(l, RUN_THROW_REF, 0, lower_height_slot(l, l->height - 1));
    raise_from_here(l);
}

void lower_rethrow(struct lowering *l, uint32_t idx) {
    lower_emit_x(l, RUN_THROW_REF, 0, lower_height_slot(l, lower_label_at(l, idx)->height));
    raise_from_here(l);
}

/* ---- bodies ---- */

void lower_try(struct lowering *l, const struct instr *instr) {
    lower_block(l, instr);
    struct label *label = lower_label_at(l, 0);
    label->handler = l->depth;
    label->body_start = l->count;
    lower_keep_locals(l, label);
    if (instr->op == OP_TRY) return;
    struct instr *clauses = arena_new(l->arena, struct instr);
    *clauses = *instr;
    label->clauses = clauses;
}

static void add_range(struct lowering *l, struct lowered_range range) {
    if (l->range_count == l->range_capacity) {
        const uint32_t capacity = l->range_capacity ? l->range_capacity * 2 : 16;
        struct lowered_range *ranges = arena_array(l->arena, struct lowered_range, capacity);
        for (uint32_t i = 0; i < l->range_count; i++)
            ranges[i] = l->ranges[i];
        l->ranges = ranges;
        l->range_capacity = capacity;
    }
    l->ranges[l->range_count++] = range;
}

void lower_leave_tries(struct lowering *l, uint32_t start, uint32_t end) {
    if (lower_label_at(l, 0)->handler == 0) return;
    add_range(l, (struct lowered_range){start, end, l->count});
    lower_emit(l, RUN_UNWIND, 0, 0, 0);
}

/* What is inside comes behind what is around it, whose handlers are further on in the code. */
static int compare_ranges(const void *one, const void *other) {
    const struct lowered_range *a = one;
    const struct lowered_range *b = other;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    return (a->handler < b->handler) - (a->handler > b->handler);
}

/* From `from` on things go to the handler of `range`, if there is one. What was said of the same place is replaced. */
static void add_step(struct interp_func *func, struct handler_range *steps, const union word *code, uint32_t from,
                     const struct lowered_range *range) {
    if (func->range_count > 0 && steps[func->range_count - 1].from == code + from) func->range_count--;
    steps[func->range_count++] = (struct handler_range){code + from, range ? code + range->handler : NULL};
}

/* `open` are the ranges around the place, as far as it has come; each adds a step where it begins and one where it
 * ends. */
void lower_place_ranges(const struct lowering *l, struct interp_func *func, const union word *code) {
    func->range_count = 0;
    if (l->range_count == 0) return;
    struct handler_range *steps = arena_array(&l->instance->arena, struct handler_range, l->range_count * 2);
    const struct lowered_range **open = arena_array(l->arena, const struct lowered_range *, l->range_count + 1);
    uint32_t depth = 0; /* open[0] is none */
    qsort(l->ranges, l->range_count, sizeof *l->ranges, compare_ranges);
    for (uint32_t i = 0; i <= l->range_count; i++) {
        const struct lowered_range *range = i < l->range_count ? &l->ranges[i] : NULL;
        for (; depth > 0 && (!range || open[depth]->to <= range->from); depth--)
            add_step(func, steps, code, open[depth]->to, open[depth - 1]);
        if (!range || range->from == range->to) continue;
        open[++depth] = range;
        add_step(func, steps, code, range->from, range);
    }
    func->ranges = steps;
}

/* Leaves the body or the handler that ends here, and begins the next handler. */
static void begin_handlers(struct lowering *l, struct label *label) {
    const uint32_t end = l->count;
    if (!l->is_unreachable) lower_emit_way(l, label);
    if (label->is_in_handler) {
        if (label->has_next) lower_set_distance(l, &label->next_handler, l->count);
        return;
    }
    label->is_in_handler = true;
    label->handler = l->labels[l->depth - 2].handler;
    lower_bind(l, label->to_handler);
    add_range(l, (struct lowered_range){label->body_start, end, l->count});
}

/* ---- handlers ---- */

/* Emits the test; the symbolic stack is what the handler finds: with `keeps_ref` the exception below the values, with
 * `has_ref` above them. The distance to the next handler is missing. */
static struct fixup emit_catch(struct lowering *l, struct label *label, uint32_t tag, bool keeps_ref, bool has_ref) {
    const struct functype *slots = tag == NO_TAG ? &no_values : slot_type(l, tag);
    lower_handler_locals(l, label);
    lower_meet(l, label, NULL, 0);
    const uint32_t at = lower_emit_x(l, RUN_CATCH, 0, 0);
    lower_emit_pointer(l, tag == NO_TAG ? NULL : l->instance->tags[tag]);
    lower_emit_pointer(l, tag == NO_TAG ? &no_values : tag_type(l, tag));
    if (keeps_ref) lower_push_stored(l, CLASS_INT);
    lower_emit_number(l, lower_height_slot(l, l->height));
    for (uint32_t i = 0; i < slots->param_count; i++)
        lower_push_stored(l, lower_class(slots->params[i]));
    if (has_ref) lower_push_stored(l, CLASS_INT);
    const uint32_t ref = label->height + (has_ref ? slots->param_count : 0);
    lower_emit_number(l, keeps_ref || has_ref ? lower_height_slot(l, ref) : NO_REF);
    l->last = NO_CODE;
    return (struct fixup){.word = at, .half = 1, .origin = at};
}

/* True if one of the clauses takes everything. */
static bool emit_clauses(struct lowering *l, struct label *label) {
    struct instr clauses = *label->clauses;
    for (uint32_t i = 0; i < clauses.label_count; i++) {
        const struct catch_clause clause = next_catch(&clauses);
        const bool has_tag = catch_has_tag(clause.kind);
        const struct fixup next =
            emit_catch(l, label, has_tag ? clause.tag : NO_TAG, false, catch_has_ref(clause.kind));
        lower_emit_way(l, lower_label_at(l, clause.label + 1)); /* counted from outside */
        if (!has_tag) return true;
        lower_set_distance(l, &next, l->count);
    }
    return false;
}

void lower_catch(struct lowering *l, const struct instr *instr) {
    struct label *label = lower_label_at(l, 0);
    begin_handlers(l, label);
    const bool has_tag = instr->op == OP_CATCH;
    label->next_handler = emit_catch(l, label, has_tag ? instr->idx : NO_TAG, true, false);
    label->has_next = has_tag;
}

/* The end of the block follows. */
void lower_end_handlers(struct lowering *l, struct label *label, uint32_t otherwise) {
    const bool takes_all = label->is_in_handler && !label->has_next;
    begin_handlers(l, label);
    if (!takes_all && !(label->clauses && emit_clauses(l, label))) emit_raise(l, otherwise);
    label->set_at_else = NULL;
    label->op = OP_BLOCK; /* what is left of it is an end */
    lower_leave_reach(l);
}

/* The label counts from outside of the try. */
void lower_delegate(struct lowering *l, uint32_t idx) {
    lower_end_handlers(l, lower_label_at(l, 0), lower_label_at(l, idx + 1)->handler);
    lower_end(l);
}
