/* Which locals have to be cleared when a function is entered: those that may be read before they are set.
 *
 * Compilers set nearly all of them first, so most functions need to clear nothing. "Set on every path to here" is known
 * in one walk, since wasm's control is structured: a set of locals holds at the current place; a branch intersects it
 * into that of its target, where an end takes it over. A loop needs nothing: who comes back to its start has come
 * through it before, so no fewer locals are set.
 *
 * Only the first locals are watched, to bound what a branch costs in functions with tens of thousands of them.
 */
#include <string.h>

#include "../base/arena.h"
#include "lower.h"

enum { WORD_BITS = 64, MAX_WORDS = 32 };

static uint64_t bit_of(uint32_t local) {
    return (uint64_t)1 << local % WORD_BITS;
}

void lower_open_locals(struct lowering *l) {
    const uint32_t words = l->local_count / WORD_BITS + 1;
    l->set_words = words < MAX_WORDS ? words : MAX_WORDS;
    l->set_locals = arena_array(l->arena, uint64_t, l->set_words);
    l->clear_from = l->local_count;
}

void lower_mark_set(struct lowering *l, uint32_t local) {
    if (local / WORD_BITS < l->set_words) l->set_locals[local / WORD_BITS] |= bit_of(local);
}

void lower_read_local(struct lowering *l, uint32_t local) {
    const bool is_set = local / WORD_BITS < l->set_words && l->set_locals[local / WORD_BITS] & bit_of(local);
    if (is_set || local < l->type->param_count) return;
    if (local < l->clear_from) l->clear_from = local;
    if (local >= l->clear_to) l->clear_to = local + 1;
}

static uint64_t *copy_of(struct lowering *l, const uint64_t *set) {
    uint64_t *copy = arena_array(l->arena, uint64_t, l->set_words);
    memcpy(copy, set, l->set_words * sizeof *copy);
    return copy;
}

static void join(struct lowering *l, uint64_t **into, const uint64_t *set) {
    if (!*into) {
        *into = copy_of(l, set);
        return;
    }
    for (uint32_t i = 0; i < l->set_words; i++)
        (*into)[i] &= set[i];
}

void lower_join_locals(struct lowering *l, struct label *label) {
    if (label->op != OP_LOOP) join(l, &label->set_at_end, l->set_locals);
}

void lower_keep_locals(struct lowering *l, struct label *label) {
    label->set_at_else = copy_of(l, l->set_locals);
}

void lower_handler_locals(struct lowering *l, const struct label *label) {
    memcpy(l->set_locals, label->set_at_else, l->set_words * sizeof *l->set_locals);
}

void lower_else_locals(struct lowering *l, struct label *label) {
    memcpy(l->set_locals, label->set_at_else, l->set_words * sizeof *l->set_locals);
    label->set_at_else = NULL;
}

void lower_end_locals(struct lowering *l, struct label *label) {
    if (!l->is_unreachable) join(l, &label->set_at_end, l->set_locals);
    if (label->set_at_else) join(l, &label->set_at_end, label->set_at_else);
    memcpy(l->set_locals, label->set_at_end, l->set_words * sizeof *l->set_locals);
}
