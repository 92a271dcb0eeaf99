/* What is known of addresses, and which comparisons follow.
 *
 * An address is a variable, or a variable and a constant: `l7 + 1280u`, where the sum wraps. With its offset, which
 * does not wrap, and its width an access needs the bytes from lo = 1280 to hi = 1280 + offset + width. Once
 * (l7 + lo) mod 2^32 + (hi - lo) was compared with the size, every address l7 + k with lo <= k and k + offset + width
 * <= hi is in the memory: between lo and hi nothing wraps, for the memory ends at 2^32 at the latest. It stays so when
 * the memory grows, and as long as the variable is what it was. When a constant is added to the variable, lo and hi
 * move; a copy of it has the same.
 *
 * So much never changes where the code traps. A comparison that is *extended* does: those at l7 and l7 + 4 become one
 * of 8 bytes, ahead of both. It traps if and only if one of the two did,
 *
 *  - because both are certainly reached: they are in statements that follow each other, without a label or a branch
 *    between them;
 *  - and because nothing in between can be seen by those who look on after a trap. That leaves assignments of
 *    variables and other loads. A store, a call, a global, another kind of trap ends the groups, but their operands
 *    still belong to them;
 *  - and because of the sum. If l7 and l7 + k are both in the memory though the sum wraps, then l7 is among the last
 *    MAX_DISTANCE bytes below 2^32. No memory has these that is made by code with comparisons (w2c_memory_grow), but
 *    one that is imported may, and one that begins so large: may_reach_end.
 *
 * A constant address, or one that cannot be large, as l3 & 255, is compared with the least size of the memory, here.
 */
#include "bounds.h"

enum { PAGE_BYTES = 65536, MOST_PAGES = 65536, MAX_DISTANCE = PAGE_BYTES };

/* An access that needs no comparison. Its address is rewritten relative to the group's lo, for then the C compiler has
 * one address of 64 bits for all of the group; or to `lo`, if the group is past. */
struct proven {
    struct access access;
    int64_t constant; /* that the address adds to the variable */
    const struct check_group *group;
    int64_t lo;    /* relative to the variable as it is there */
    int64_t moved; /* as in the fact */
    struct proven *next;
};

uint32_t bounds_slot(const struct bounds *b, uint32_t height) {
    return b->function->local_count + height;
}

/* ---- addresses ---- */

static uint64_t upper_bound(const struct expr *expr);

static uint64_t bound_of_constant(const struct expr *expr) {
    return expr->op == OP_I32_CONST || expr->op == OP_I64_CONST ? expr->value : UINT64_MAX;
}

/* UINT64_MAX if it may wrap. */
static uint64_t bound_of_sum(const struct expr *expr) {
    const uint64_t a = upper_bound(expr->args[0]), b = upper_bound(expr->args[1]);
    return a <= UINT32_MAX && b <= UINT32_MAX ? a + b : UINT64_MAX;
}

static uint64_t bound_of_shift_left(const struct expr *expr) {
    const uint64_t a = upper_bound(expr->args[0]), count = bound_of_constant(expr->args[1]);
    return a <= UINT32_MAX && count < 32 ? a << count : UINT64_MAX;
}

static uint64_t bound_of_operator(const struct expr *expr) {
    switch (expr->op) {
    case OP_I32_CONST:
    case OP_I64_CONST: return expr->value;
    case OP_I32_LOAD8_U:
    case OP_I64_LOAD8_U: return UINT8_MAX;
    case OP_I32_LOAD16_U:
    case OP_I64_LOAD16_U: return UINT16_MAX;
    case OP_I32_WRAP_I64: return upper_bound(expr->args[0]);
    case OP_I32_ADD:
    case OP_I64_ADD: return bound_of_sum(expr);
    case OP_I32_SHL:
    case OP_I64_SHL: return bound_of_shift_left(expr);
    case OP_I32_SHR_U:
    case OP_I64_SHR_U: {
        const uint64_t count = bound_of_constant(expr->args[1]);
        return upper_bound(expr->args[0]) >> (count < 32 ? count : 0);
    }
    case OP_I32_AND:
    case OP_I64_AND: {
        const uint64_t a = upper_bound(expr->args[0]), b = upper_bound(expr->args[1]);
        return a < b ? a : b;
    }
    default: return UINT64_MAX;
    }
}

/* The value is not above this. */
static uint64_t upper_bound(const struct expr *expr) {
    const uint64_t most = expr->type == CTYPE_I32 ? UINT32_MAX : UINT64_MAX;
    const uint64_t bound = bound_of_operator(expr);
    return bound < most ? bound : most;
}

static bool is_below_least_size(const struct bounds *b, const struct access *access) {
    const uint64_t least = b->function->module->memories[access->memory_idx].type.limits.min * PAGE_BYTES;
    return upper_bound(*access->address) + *access->offset + access->bytes <= least;
}

static bool is_variable(const struct bounds *b, const struct expr *expr, uint32_t *variable) {
    if (expr->type != CTYPE_I32) return false;
    *variable = expr->op == EXPR_SLOT ? bounds_slot(b, expr->idx) : expr->idx;
    return expr->op == EXPR_SLOT || expr->op == OP_LOCAL_GET;
}

/* A variable and a constant between -2^31 and 2^31. */
static bool split_sum(const struct bounds *b, const struct expr *expr, uint32_t *variable, int64_t *constant) {
    *constant = 0;
    if (expr->op == OP_I32_ADD && expr->args[1]->op == OP_I32_CONST) {
        *constant = (int32_t)(uint32_t)expr->args[1]->value;
        expr = expr->args[0];
    }
    return is_variable(b, expr, variable);
}

/* ---- facts ---- */

/* Only what there is: functions are full of branches. */
void facts_copy(struct facts *to, const struct facts *from) {
    to->is_reached = from->is_reached;
    to->count = from->count;
    memcpy(to->list, from->list, from->count * sizeof *from->list);
}

static void remove_fact(struct facts *facts, uint32_t i) {
    facts->list[i] = facts->list[--facts->count];
}

/* The one that was not used for the longest time makes room. */
static void add_fact(struct facts *facts, const struct fact *fact) {
    uint32_t oldest = 0;
    if (facts->count < MAX_FACTS) {
        facts->list[facts->count++] = *fact;
        return;
    }
    for (uint32_t i = 1; i < MAX_FACTS; i++) {
        if (facts->list[i].used_at < facts->list[oldest].used_at) oldest = i;
    }
    facts->list[oldest] = *fact;
}

void facts_close_groups(struct bounds *b) {
    for (uint32_t i = 0; i < b->facts.count; i++)
        b->facts.list[i].group = NULL;
}

void facts_forget(struct bounds *b, uint32_t variable) {
    for (uint32_t i = b->facts.count; i-- > 0;) {
        if (b->facts.list[i].variable == variable) remove_fact(&b->facts, i);
    }
}

void facts_forget_slots_from(struct bounds *b, uint32_t height) {
    for (uint32_t i = b->facts.count; i-- > 0;) {
        if (b->facts.list[i].variable >= bounds_slot(b, height)) remove_fact(&b->facts, i);
    }
}

static void move_facts(struct facts *facts, uint32_t variable, int64_t by) {
    for (uint32_t i = facts->count; i-- > 0;) {
        struct fact *fact = &facts->list[i];
        if (fact->variable != variable) continue;
        fact->lo -= by;
        fact->hi -= by;
        fact->moved += by;
        if (fact->lo < INT32_MIN || fact->lo > INT32_MAX) remove_fact(facts, i);
    }
}

static void copy_facts(struct facts *facts, uint32_t to, uint32_t from, int64_t by) {
    const uint32_t count = facts->count;
    struct fact copies[MAX_FACTS];
    memcpy(copies, facts->list, count * sizeof *copies);
    for (uint32_t i = 0; i < count; i++) {
        struct fact *fact = &copies[i];
        if (fact->variable != from) continue;
        fact->variable = to;
        fact->group = NULL;
        fact->lo -= by;
        fact->hi -= by;
        if (fact->lo >= INT32_MIN && fact->lo <= INT32_MAX) add_fact(facts, fact);
    }
}

void facts_assign(struct bounds *b, uint32_t variable, const struct expr *value) {
    uint32_t source;
    int64_t by;
    const bool is_sum = split_sum(b, value, &source, &by);
    if (is_sum && source == variable) {
        move_facts(&b->facts, variable, by);
        return;
    }
    facts_forget(b, variable);
    if (is_sum) copy_facts(&b->facts, variable, source, by);
}

/* The part of `fact` that is true in `other`, too. */
static bool intersect(struct fact *fact, const struct facts *other) {
    for (uint32_t i = 0; i < other->count; i++) {
        const struct fact *same = &other->list[i];
        if (same->variable != fact->variable || same->memory_idx != fact->memory_idx) continue;
        const int64_t lo = same->lo > fact->lo ? same->lo : fact->lo;
        const int64_t hi = same->hi < fact->hi ? same->hi : fact->hi;
        if (lo >= hi) continue;
        fact->lo = lo;
        fact->hi = hi;
        return true;
    }
    return false;
}

void facts_join(struct facts *facts, const struct facts *other) {
    if (!other->is_reached) return;
    if (!facts->is_reached) {
        facts_copy(facts, other);
        return;
    }
    for (uint32_t i = facts->count; i-- > 0;) {
        if (!intersect(&facts->list[i], other)) remove_fact(facts, i);
    }
}

/* ---- accesses ---- */

static struct expr *make_address(const struct bounds *b, const struct expr *variable, int64_t distance) {
    struct expr *copy = arena_new(b->arena, struct expr);
    *copy = *variable;
    if (distance == 0) return copy;
    struct expr *constant = arena_new(b->arena, struct expr);
    *constant = (struct expr){.op = OP_I32_CONST, .type = CTYPE_I32, .size = 1, .value = (uint32_t)distance};
    struct expr *sum = arena_new(b->arena, struct expr);
    *sum = (struct expr){
        .op = OP_I32_ADD, .type = CTYPE_I32, .size = 3, .reads = variable->reads, .args = {copy, constant}};
    return sum;
}

static const struct expr *variable_of(const struct expr *address) {
    return address->op == OP_I32_ADD ? address->args[0] : address;
}

static void mark_proven(struct bounds *b, const struct access *access, int64_t constant, const struct fact *fact) {
    *access->is_in_bounds = true;
    if (constant == 0) return;
    struct proven *proven = arena_new(b->arena, struct proven);
    *proven = (struct proven){*access, constant, fact->group, fact->lo, fact->moved, b->proven};
    b->proven = proven;
}

void facts_write_addresses(struct bounds *b) {
    for (const struct proven *proven = b->proven; proven; proven = proven->next) {
        const int64_t lo = proven->group ? proven->group->lo - proven->moved : proven->lo;
        if (lo == proven->constant) continue;
        *proven->access.address = make_address(b, variable_of(*proven->access.address), lo);
        *proven->access.offset += (uint64_t)(proven->constant - lo);
    }
}

/* ---- groups ---- */

static void update_check(struct bounds *b, const struct check_group *group) {
    group->check->address = make_address(b, variable_of(group->check->address), group->lo);
    group->check->bytes = (uint64_t)(group->hi - group->lo);
}

/* From now on the comparison stands ahead of the group's statement, and the first access has none of its own. */
static void make_check(struct bounds *b, const struct fact *fact) {
    struct check_group *group = fact->group;
    if (group->check) return;
    group->check = arena_new(b->arena, struct range_check);
    group->check->memory_idx = fact->memory_idx;
    group->check->address = *group->first.address;
    group->check->next = group->stmt->checks;
    group->stmt->checks = group->check;
    update_check(b, group);
    const struct fact first = {.group = group};
    mark_proven(b, &group->first, group->first_lo, &first);
}

/* See the essay: then sums that wrap must be told apart. */
static bool may_reach_end(const struct module *m, uint32_t memory_idx) {
    const struct memory *memory = &m->memories[memory_idx];
    const struct limits *limits = &memory->type.limits;
    if (limits->has_max && limits->max < MOST_PAGES) return false;
    return memory->import >= 0 || limits->min >= MOST_PAGES;
}

static bool extend(struct bounds *b, struct fact *fact, int64_t lo, int64_t hi) {
    if (!fact->group) return false;
    const int64_t new_lo = lo < fact->lo ? lo : fact->lo;
    const int64_t new_hi = hi > fact->hi ? hi : fact->hi;
    if (lo != fact->lo) {
        if (new_hi - new_lo > MAX_DISTANCE || may_reach_end(b->function->module, fact->memory_idx)) return false;
    }
    fact->lo = new_lo;
    fact->hi = new_hi;
    fact->group->lo = new_lo + fact->moved;
    fact->group->hi = new_hi + fact->moved;
    make_check(b, fact);
    update_check(b, fact->group);
    return true;
}

/* C does not say in which order the accesses of a statement happen: so they rely on what was compared before it. */
static bool follows(struct bounds *b, const struct fact *fact, int64_t lo, int64_t hi) {
    if (lo < fact->lo || hi > fact->hi) return false;
    if (fact->made_at < b->stmt_idx) return true;
    if (fact->group) make_check(b, fact);
    return fact->group != NULL;
}

static bool is_proven(struct bounds *b, const struct access *access, uint32_t variable, int64_t constant) {
    const int64_t hi = constant + (int64_t)(*access->offset + access->bytes);
    for (unsigned may_extend = 0; may_extend < 2; may_extend++) {
        for (uint32_t i = 0; i < b->facts.count; i++) {
            struct fact *fact = &b->facts.list[i];
            if (fact->variable != variable || fact->memory_idx != access->memory_idx) continue;
            if (!(may_extend ? extend(b, fact, constant, hi) : follows(b, fact, constant, hi))) continue;
            fact->used_at = b->stmt_idx;
            mark_proven(b, access, constant, fact);
            return true;
        }
    }
    return false;
}

static void remove_contained(struct facts *facts, const struct fact *larger) {
    for (uint32_t i = facts->count; i-- > 0;) {
        const struct fact *fact = &facts->list[i];
        if (fact->variable != larger->variable || fact->memory_idx != larger->memory_idx) continue;
        if (fact->lo >= larger->lo && fact->hi <= larger->hi) remove_fact(facts, i);
    }
}

/* Its own comparison says something about what comes later. */
static void learn(struct bounds *b, const struct access *access, uint32_t variable, int64_t constant) {
    struct fact fact = {.variable = variable,
                        .memory_idx = access->memory_idx,
                        .lo = constant,
                        .made_at = b->stmt_idx,
                        .used_at = b->stmt_idx};
    fact.hi = constant + (int64_t)(*access->offset + access->bytes);
    if (access->has_unchecked_form) {
        fact.group = arena_new(b->arena, struct check_group);
        *fact.group = (struct check_group){&b->function->stmts[b->stmt_idx], *access, constant, fact.lo, fact.hi, NULL};
    }
    remove_contained(&b->facts, &fact);
    add_fact(&b->facts, &fact);
}

void facts_meet_access(struct bounds *b, const struct access *access) {
    uint32_t variable;
    int64_t constant;
    if (access->has_unchecked_form && is_below_least_size(b, access)) {
        *access->is_in_bounds = true;
        return;
    }
    if (!split_sum(b, *access->address, &variable, &constant)) return;
    if (access->has_unchecked_form && is_proven(b, access, variable, constant)) return;
    learn(b, access, variable, constant);
}
