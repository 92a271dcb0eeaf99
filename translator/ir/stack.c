/* The symbolic operand stack: wasm's stack of values as a stack of expressions.
 *
 * An expression stays on the stack unwritten until something uses it, so that it ends up inside a larger one. That is
 * right only while nothing happens that it could see. Before a statement that changes a variable, memory or a global,
 * or that may end the function, flush() writes the entries concerned to their slots.
 *
 * A tree at position p was made from entries at p and above, so it reads only slots of heights >= p. Writing the slot
 * at k, be it by settling or by a statement whose result goes there, can therefore hurt only pending entries below k:
 * those that read it are settled before. Settling from the bottom up hurts none.
 */
#include "builder.h"

enum { FIRST_CAPACITY = 32, MAX_UNSETTLED = 256 };

uint64_t variable_set_of_local(uint32_t local) {
    return (uint64_t)1 << (local & 63);
}

uint64_t variable_set_of_slot(enum ctype type, uint32_t height) {
    return (uint64_t)1 << ((height * 7 + (uint32_t)type * 13 + 29) & 63);
}

enum ctype ctype_of(valtype type) {
    switch (type_code(type)) {
    case TYPE_I32: return CTYPE_I32;
    case TYPE_I64: return CTYPE_I64;
    case TYPE_F32: return CTYPE_F32;
    case TYPE_F64: return CTYPE_F64;
    case TYPE_V128: return CTYPE_V128;
    default: return CTYPE_REF;
    }
}

struct expr *make_expr(struct builder *b, unsigned op, enum ctype type) {
    struct expr *expr = arena_new(b->arena, struct expr);
    expr->op = (uint16_t)op;
    expr->type = (uint8_t)type;
    expr->size = 1;
    if (type == CTYPE_V128) b->function->uses_v128 = true;
    return expr;
}

struct expr *make_slot(struct builder *b, enum ctype type, uint32_t height) {
    struct expr *expr = make_expr(b, EXPR_SLOT, type);
    expr->idx = height;
    expr->reads = variable_set_of_slot(type, height);
    return expr;
}

void add_operand(struct expr *expr, unsigned position, struct expr *operand) {
    expr->args[position] = operand;
    expr->size = (uint8_t)(expr->size + operand->size);
    expr->effects |= operand->effects;
    expr->reads |= operand->reads;
}

static bool is_own_slot(const struct expr *expr, uint32_t position) {
    return expr->op == EXPR_SLOT && expr->idx == position;
}

static bool is_pending(const struct expr *expr, uint32_t position) {
    return (expr->reads != 0 || expr->effects != 0) && !is_own_slot(expr, position);
}

/* Brings the sums of one entry up to date; those below it are. */
static void update_sums(struct builder *b, uint32_t position) {
    struct entry *entry = &b->stack[position];
    entry->reads_sum = 0;
    entry->effects_sum = 0;
    if (position > b->settled) {
        entry->reads_sum = entry[-1].reads_sum;
        entry->effects_sum = entry[-1].effects_sum;
    }
    if (is_pending(entry->expr, position)) {
        entry->reads_sum |= entry->expr->reads;
        entry->effects_sum |= entry->expr->effects;
    }
}

static void grow_slots(struct builder *b, uint32_t height) {
    struct function *f = b->function;
    uint32_t capacity = f->slot_capacity ? f->slot_capacity * 2 : FIRST_CAPACITY;
    while (capacity <= height)
        capacity *= 2;
    uint8_t *written = arena_array(b->arena, uint8_t, capacity);
    uint8_t *read = arena_array(b->arena, uint8_t, capacity);
    if (f->slot_capacity) {
        memcpy(written, f->slot_written, f->slot_capacity);
        memcpy(read, f->slot_read, f->slot_capacity);
    }
    f->slot_written = written;
    f->slot_read = read;
    f->slot_capacity = capacity;
}

struct dest slot_dest(struct builder *b, enum ctype type, uint32_t height) {
    if (height >= b->function->slot_capacity) grow_slots(b, height);
    b->function->slot_written[height] |= (uint8_t)(1u << type);
    return (struct dest){DEST_SLOT, (uint8_t)type, height};
}

static void grow_stack(struct builder *b) {
    uint32_t capacity = b->stack_capacity ? b->stack_capacity * 2 : FIRST_CAPACITY;
    struct entry *stack = arena_array(b->arena, struct entry, capacity);
    if (b->height) memcpy(stack, b->stack, b->height * sizeof *stack);
    b->stack = stack;
    b->stack_capacity = capacity;
}

void push_slot(struct builder *b, valtype type) {
    const enum ctype ctype = ctype_of(type);
    slot_dest(b, ctype, b->height);
    push(b, make_slot(b, ctype, b->height));
}

struct expr *pop(struct builder *b) {
    struct expr *expr = b->stack[--b->height].expr;
    if (b->settled > b->height) b->settled = b->height;
    return expr;
}

struct expr **pop_many(struct builder *b, uint32_t count) {
    struct expr **exprs = arena_array(b->arena, struct expr *, count);
    for (uint32_t i = count; i-- > 0;)
        exprs[i] = pop(b);
    return exprs;
}

void drop_to(struct builder *b, uint32_t height) {
    b->height = height;
    if (b->settled > height) b->settled = height;
}

static void write_to_slot(struct builder *b, uint32_t position) {
    struct expr *expr = b->stack[position].expr;
    struct stmt *stmt = add_stmt(b, STMT_SET);
    stmt->dest = slot_dest(b, (enum ctype)expr->type, position);
    set_arg(b, stmt, expr);
    b->stack[position].expr = make_slot(b, (enum ctype)expr->type, position);
}

/* Settles every pending entry below `end`, from the bottom. */
static void settle_below(struct builder *b, uint32_t end) {
    for (uint32_t i = b->settled; i < end; i++) {
        if (is_pending(b->stack[i].expr, i)) write_to_slot(b, i);
    }
    if (b->settled < end) b->settled = end;
}

/* Leaves the sums of the entries from `position` up to be refreshed. */
static void settle_one(struct builder *b, uint32_t position) {
    struct expr *expr = b->stack[position].expr;
    if (is_own_slot(expr, position)) return;
    const uint64_t slot = variable_set_of_slot((enum ctype)expr->type, position);
    if (position > b->settled && b->stack[position - 1].reads_sum & slot) settle_below(b, position);
    write_to_slot(b, position);
}

static void refresh_sums(struct builder *b, uint32_t from) {
    for (uint32_t i = from; i < b->height; i++)
        update_sums(b, i);
}

/* Bounds what flush() looks at: else n values that wait, and n loads and calls above them, would take n * n steps. */
static void settle_old(struct builder *b) {
    const uint32_t end = b->height - MAX_UNSETTLED / 2;
    settle_below(b, end);
    refresh_sums(b, end);
}

void push(struct builder *b, struct expr *expr) {
    if (b->height == b->stack_capacity) grow_stack(b);
    b->stack[b->height++].expr = expr;
    update_sums(b, b->height - 1);
    if (expr->size > MAX_EXPR_SIZE) settle(b, b->height - 1);
    if (b->height - b->settled > MAX_UNSETTLED) settle_old(b);
}

void settle(struct builder *b, uint32_t position) {
    settle_one(b, position);
    refresh_sums(b, position);
}

void settle_top(struct builder *b, uint32_t count) {
    const uint32_t first = b->height - count;
    for (uint32_t i = first; i < b->height; i++)
        settle_one(b, i);
    refresh_sums(b, first);
}

void flush(struct builder *b, uint64_t variables, unsigned effects) {
    if (b->height == b->settled) return;
    const struct entry *top = &b->stack[b->height - 1];
    if (!(top->reads_sum & variables) && !(top->effects_sum & effects)) return;
    const uint32_t first = b->settled;
    for (uint32_t i = first; i < b->height; i++) {
        const struct expr *expr = b->stack[i].expr;
        const bool matters = (expr->reads & variables) || (expr->effects & effects);
        if (matters && is_pending(expr, i)) settle_one(b, i);
    }
    refresh_sums(b, first);
}

void flush_all(struct builder *b) {
    settle_below(b, b->height);
}
