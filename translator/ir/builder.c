/* From instructions to statements: everything but control flow.
 *
 * The order of wasm's side effects is the order of statements; within one statement C may evaluate in any order, so
 * a statement holds at most one thing that has an effect, and expression trees only such traps (loads) as cannot be
 * told apart. Before a statement with an effect, flush() takes care of what is still on the symbolic stack.
 */
#include "builder.h"
#include "../wasm/reach.h"

enum { FIRST_STMTS = 64 };

struct stmt *add_stmt(struct builder *b, enum stmt_kind kind) {
    struct function *f = b->function;
    if (f->stmt_count == f->stmt_capacity) {
        const uint32_t capacity = f->stmt_capacity ? f->stmt_capacity * 2 : FIRST_STMTS;
        struct stmt *stmts = arena_array(b->arena, struct stmt, capacity);
        if (f->stmt_count) memcpy(stmts, f->stmts, f->stmt_count * sizeof *stmts);
        f->stmts = stmts;
        f->stmt_capacity = capacity;
    }
    struct stmt *stmt = &f->stmts[f->stmt_count++];
    stmt->kind = (uint8_t)kind;
    return stmt;
}

struct dest no_dest(void) {
    return (struct dest){DEST_NONE, 0, 0};
}

static void set_args(struct stmt *stmt, struct expr **args, uint32_t count) {
    stmt->args = args;
    stmt->arg_count = count;
}

void set_arg(struct builder *b, struct stmt *stmt, struct expr *arg) {
    struct expr **args = arena_array(b->arena, struct expr *, 1);
    args[0] = arg;
    set_args(stmt, args, 1);
}

/* The value on top of the stack was just computed into its slot by a call or the like: then that statement may as
 * well put it elsewhere, or nowhere. False if that is not so. */
static bool redirect_last(struct builder *b, struct dest dest) {
    struct function *f = b->function;
    const struct expr *top = b->stack[b->height - 1].expr;
    if (top->op != EXPR_SLOT || top->idx != b->height - 1 || f->stmt_count == 0) return false;
    struct stmt *last = &f->stmts[f->stmt_count - 1];
    if (last->dest.kind != DEST_SLOT || last->dest.idx != top->idx || last->dest.type != top->type) return false;
    /* A handler in this function would see the local changed by a call that gave no value. */
    if (last->may_throw && last->throw_label != LABEL_CALLER && dest.kind == DEST_LOCAL) return false;
    last->dest = dest;
    return true;
}

/* ---- values ---- */

static struct expr *constant(struct builder *b, enum ctype type, enum op op, uint64_t value) {
    struct expr *expr = make_expr(b, op, type);
    expr->value = value;
    return expr;
}

static bool is_constant(const struct expr *expr, uint64_t *value) {
    *value = expr->value;
    return expr->op == OP_I32_CONST || expr->op == OP_I64_CONST;
}

/* With this operand the operator gives the same whatever the other is. */
static bool decides_alone(enum op op, const struct expr *expr, bool is_right) {
    uint64_t value;
    if (!is_constant(expr, &value)) return false;
    const bool is_zero = value == 0, is_all_ones = value == (expr->type == CTYPE_I32 ? UINT32_MAX : UINT64_MAX);
    switch ((unsigned)op) {
    case OP_I32_MUL:
    case OP_I64_MUL:
    case OP_I32_AND:
    case OP_I64_AND: return is_zero;
    case OP_I32_OR:
    case OP_I64_OR: return is_all_ones;
    case OP_I32_REM_S:
    case OP_I64_REM_S:
    case OP_I32_REM_U:
    case OP_I64_REM_U: return is_right && value == 1;
    case OP_I32_LT_U:
    case OP_I64_LT_U:
    case OP_I32_GE_U:
    case OP_I64_GE_U: return is_right ? is_zero : is_all_ones;
    case OP_I32_GT_U:
    case OP_I64_GT_U:
    case OP_I32_LE_U:
    case OP_I64_LE_U: return is_right ? is_all_ones : is_zero;
    case OP_I32_SHL:
    case OP_I64_SHL:
    case OP_I32_SHR_U:
    case OP_I64_SHR_U: return !is_right && is_zero;
    default: return false;
    }
}

/* Compilers fold x * 0 even when they do not optimise, and drop a load in x: so that stands by itself. */
static void settle_absorbed(struct builder *b, enum op op) {
    const uint32_t left = b->height - 2, right = b->height - 1;
    const struct expr *x = b->stack[left].expr, *y = b->stack[right].expr;
    if (x->effects & MAY_TRAP && decides_alone(op, y, true)) settle(b, left);
    if (y->effects & MAY_TRAP && decides_alone(op, x, false)) settle(b, right);
}

/* Takes the operands that the row's signature asks for. */
static struct expr *take_operands(struct builder *b, enum op op) {
    const struct op_signature *signature = &b->signatures[op];
    const unsigned count = signature->param_count;
    if (count == 2) settle_absorbed(b, op);
    struct expr *expr = make_expr(b, op, ctype_of(signature->types[count]));
    for (unsigned i = count; i-- > 0;)
        add_operand(expr, i, pop(b));
    return expr;
}

/* A division by a constant that is neither 0 nor -1 cannot trap. */
static bool cannot_trap(const struct expr *expr) {
    uint64_t divisor;
    if (!expr->args[1] || !is_constant(expr->args[1], &divisor) || divisor == 0) return false;
    return divisor != (expr->type == CTYPE_I32 ? UINT32_MAX : UINT64_MAX);
}

/* The slots that a statement with these results is going to write. An entry below may read them: it was made from
 * values that stood there before, as x + f(1) when f(2) comes next. */
static uint64_t result_slots(const struct builder *b, const valtype *types, uint32_t count) {
    uint64_t set = 0;
    for (uint32_t i = 0; i < count; i++)
        set |= variable_set_of_slot(ctype_of(types[i]), b->height + i);
    return set;
}

static void build_trapping(struct builder *b, enum op op) {
    struct expr *expr = take_operands(b, op);
    if (cannot_trap(expr)) {
        push(b, expr);
        return;
    }
    flush(b, variable_set_of_slot((enum ctype)expr->type, b->height), MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_SET);
    stmt->op = (uint16_t)op;
    stmt->dest = slot_dest(b, (enum ctype)expr->type, b->height);
    set_arg(b, stmt, expr);
    push(b, make_slot(b, (enum ctype)expr->type, b->height));
}

static void use_memory(struct builder *b, uint32_t memory_idx) {
    struct function *f = b->function;
    if (memory_idx == 0) {
        f->uses_memory = true;
        return;
    }
    if (!f->used_memories) f->used_memories = arena_array(b->arena, bool, b->module->memory_count);
    f->used_memories[memory_idx] = true;
}

static void build_load(struct builder *b, const struct instr *instr) {
    struct expr *expr = take_operands(b, instr->op);
    expr->idx = instr->idx;
    expr->value = instr->value;
    expr->lane = instr->lane;
    expr->effects |= READS_MEMORY | MAY_TRAP;
    use_memory(b, instr->idx);
    push(b, expr);
}

static void build_store(struct builder *b, const struct instr *instr) {
    struct expr **args = pop_many(b, 2);
    flush(b, 0, MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_STORE);
    stmt->op = (uint16_t)instr->op;
    stmt->idx = instr->idx;
    stmt->memory_offset = instr->value;
    stmt->lane = instr->lane;
    set_args(stmt, args, 2);
    use_memory(b, instr->idx);
}

/* ---- variables ---- */

static void push_local(struct builder *b, uint32_t local) {
    struct function *f = b->function;
    struct expr *expr = make_expr(b, OP_LOCAL_GET, ctype_of(f->local_types[local]));
    expr->idx = local;
    expr->reads = variable_set_of_local(local);
    push(b, expr);
}

static bool is_local(const struct expr *expr, uint32_t local) {
    return expr->op == OP_LOCAL_GET && expr->idx == local;
}

void build_local_set(struct builder *b, uint32_t local) {
    const uint32_t stmts_before = b->function->stmt_count;
    struct expr *value = b->stack[b->height - 1].expr;
    const struct dest dest = {DEST_LOCAL, value->type, local};
    if (is_local(value, local)) {
        pop(b);
        return;
    }
    /* Whoever else waits to read the old value gets it first; only then may the last statement be redirected. */
    struct entry top = b->stack[b->height - 1];
    drop_to(b, b->height - 1);
    flush(b, variable_set_of_local(local), 0);
    b->stack[b->height++] = top;
    if (b->function->stmt_count == stmts_before && redirect_last(b, dest)) {
        drop_to(b, b->height - 1);
        return;
    }
    struct stmt *stmt = add_stmt(b, STMT_SET);
    stmt->dest = dest;
    set_arg(b, stmt, pop(b));
}

static void build_local_tee(struct builder *b, uint32_t local) {
    build_local_set(b, local);
    push_local(b, local);
}

static void build_global_get(struct builder *b, uint32_t global) {
    const struct global_type *type = &b->module->globals[global].type;
    struct expr *expr = make_expr(b, OP_GLOBAL_GET, ctype_of(type->type));
    expr->idx = global;
    if (type->is_mutable) expr->effects = READS_GLOBAL;
    push(b, expr);
}

static void build_global_set(struct builder *b, uint32_t global) {
    struct expr *value = pop(b);
    flush(b, 0, READS_GLOBAL | MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_SET_GLOBAL);
    stmt->idx = global;
    set_arg(b, stmt, value);
}

void build_drop(struct builder *b) {
    struct expr *value = b->stack[b->height - 1].expr;
    if (!redirect_last(b, no_dest()) && value->effects & MAY_TRAP) {
        struct stmt *stmt = add_stmt(b, STMT_SET);
        stmt->dest = no_dest();
        set_arg(b, stmt, value);
    }
    drop_to(b, b->height - 1);
}

/* C evaluates only the operand it selects, so neither may have a trap left to spring. */
static void build_select(struct builder *b) {
    for (uint32_t i = b->height - 3; i < b->height - 1; i++) {
        if (b->stack[i].expr->effects & MAY_TRAP) settle(b, i);
    }
    struct expr *condition = pop(b);
    struct expr *otherwise = pop(b);
    struct expr *then = pop(b);
    struct expr *expr = make_expr(b, OP_SELECT, (enum ctype)then->type);
    add_operand(expr, 0, then);
    add_operand(expr, 1, otherwise);
    add_operand(expr, 2, condition);
    push(b, expr);
}

/* ---- calls ---- */

static void push_results(struct builder *b, struct stmt *stmt, const struct functype *type) {
    stmt->dest = no_dest();
    if (type->result_count == 1) stmt->dest = slot_dest(b, ctype_of(type->results[0]), b->height);
    /* Several results: no single variable takes them, and redirect_last must not think so. */
    if (type->result_count > 1) stmt->dest = (struct dest){DEST_SLOT, CTYPE_COUNT, b->height};
    for (uint32_t i = 0; i < type->result_count; i++)
        push_slot(b, type->results[i]);
}

void build_call(struct builder *b, uint32_t func_idx) {
    const struct functype *type = func_type(b->module, func_idx);
    struct expr **args = pop_many(b, type->param_count);
    flush(b, result_slots(b, type->results, type->result_count), READS_MEMORY | READS_GLOBAL | READS_TABLE | MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_CALL);
    stmt->idx = func_idx;
    set_args(stmt, args, type->param_count);
    push_results(b, stmt, type);
    if (call_can_throw(b->module, func_idx)) set_throw_label(b, stmt);
    b->function->makes_calls = true;
}

/* The callee is looked up, and may trap, before the arguments, on top of the stack, are evaluated. */
void settle_before_lookup(struct builder *b, uint32_t argument_count) {
    for (uint32_t i = b->height - argument_count; i < b->height; i++) {
        if (b->stack[i].expr->effects & MAY_TRAP) settle(b, i);
    }
}

void build_call_indirect(struct builder *b, const struct instr *instr) {
    const struct functype *type = &b->module->types[instr->idx].func;
    struct expr *index = pop(b);
    settle_before_lookup(b, type->param_count);
    struct expr **args = pop_many(b, type->param_count);
    flush(b, result_slots(b, type->results, type->result_count), READS_MEMORY | READS_GLOBAL | READS_TABLE | MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_CALL_INDIRECT);
    stmt->idx = instr->idx;
    if (instr->op == OP_CALL_REF) stmt->op = OP_CALL_REF;
    if (instr->op == OP_CALL_INDIRECT) stmt->idx2 = instr->idx2;
    stmt->index = index;
    set_args(stmt, args, type->param_count);
    push_results(b, stmt, type);
    if (indirect_call_can_throw(b->module, instr->idx)) set_throw_label(b, stmt);
    b->function->makes_calls = true;
}

/* ---- operators that call the runtime ---- */

/* `result` is the type of the value it leaves, or 0. */
static void build_runtime(struct builder *b, const struct instr *instr, uint32_t operands, valtype result,
                          unsigned effects) {
    struct expr **args = pop_many(b, operands);
    flush(b, result_slots(b, &result, result != 0), effects | MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_RUNTIME);
    stmt->op = (uint16_t)instr->op;
    stmt->idx = instr->idx;
    stmt->idx2 = instr->idx2;
    set_args(stmt, args, operands);
    stmt->dest = no_dest();
    if (!result) return;
    stmt->dest = slot_dest(b, ctype_of(result), b->height);
    push_slot(b, result);
}

static valtype address_type(const struct limits *limits) {
    return limits->is_64 ? TYPE_I64 : TYPE_I32;
}

static valtype memory_address(const struct builder *b, uint32_t memory_idx) {
    return address_type(&b->module->memories[memory_idx].type.limits);
}

static valtype table_address(const struct builder *b, uint32_t table_idx) {
    return address_type(&b->module->tables[table_idx].type.limits);
}

static void build_size(struct builder *b, const struct instr *instr, valtype type, unsigned effects) {
    struct expr *expr = make_expr(b, instr->op, ctype_of(type));
    expr->idx = instr->idx;
    expr->effects = (uint8_t)effects;
    push(b, expr);
}

static void build_reference(struct builder *b, const struct instr *instr) {
    /* A function's reference is never null, and C compilers warn of the question. */
    if (instr->op == OP_REF_IS_NULL && b->stack[b->height - 1].expr->op == OP_REF_FUNC) {
        pop(b);
        push(b, constant(b, CTYPE_I32, OP_I32_CONST, 0));
        return;
    }
    struct expr *expr = make_expr(b, instr->op, instr->op == OP_REF_IS_NULL ? CTYPE_I32 : CTYPE_REF);
    expr->idx = instr->idx;
    if (instr->op == OP_REF_IS_NULL) add_operand(expr, 0, pop(b));
    push(b, expr);
}

static void build_table_change(struct builder *b, const struct instr *instr, uint32_t operands, valtype result) {
    build_runtime(b, instr, operands, result, result ? READS_TABLE : 0);
    b->function->changes_tables = true;
}

static void build_table_or_memory(struct builder *b, const struct instr *instr) {
    switch (instr->op) {
    case OP_MEMORY_SIZE: build_size(b, instr, memory_address(b, instr->idx), READS_MEMORY); break;
    case OP_MEMORY_GROW: build_runtime(b, instr, 1, memory_address(b, instr->idx), READS_MEMORY); break;
    case OP_MEMORY_INIT:
    case OP_MEMORY_COPY:
    case OP_MEMORY_FILL: build_runtime(b, instr, 3, 0, READS_MEMORY); break;
    case OP_TABLE_SIZE: build_size(b, instr, table_address(b, instr->idx), READS_TABLE); break;
    case OP_TABLE_GET: build_runtime(b, instr, 1, b->module->tables[instr->idx].type.element, 0); break;
    case OP_TABLE_SET: build_table_change(b, instr, 2, 0); break;
    case OP_TABLE_GROW: build_table_change(b, instr, 2, table_address(b, instr->idx)); break;
    case OP_TABLE_FILL:
    case OP_TABLE_COPY:
    case OP_TABLE_INIT: build_table_change(b, instr, 3, 0); break;
    default: build_runtime(b, instr, 0, 0, 0); break; /* data.drop, elem.drop */
    }
}

/* Two results: as those of a call, they are in no variable that a statement behind could ask for instead. */
static void build_wide(struct builder *b, enum op op) {
    static const valtype results[] = {TYPE_I64, TYPE_I64};
    const struct functype type = {.results = results, .result_count = 2};
    const uint32_t operands = op_signatures()[op].param_count;
    struct expr **args = pop_many(b, operands);
    flush(b, result_slots(b, results, type.result_count), 0);
    struct stmt *stmt = add_stmt(b, STMT_WIDE);
    stmt->op = (uint16_t)op;
    set_args(stmt, args, operands);
    push_results(b, stmt, &type);
    b->function->uses_wide = true;
}

/* ---- dispatch ---- */

static void build_variable(struct builder *b, const struct instr *instr) {
    switch (instr->op) {
    case OP_LOCAL_GET: push_local(b, instr->idx); break;
    case OP_LOCAL_SET: build_local_set(b, instr->idx); break;
    case OP_LOCAL_TEE: build_local_tee(b, instr->idx); break;
    case OP_GLOBAL_GET: build_global_get(b, instr->idx); break;
    default: build_global_set(b, instr->idx); break;
    }
}

static void build_control(struct builder *b, struct instr *instr) {
    switch (instr->op) {
    case OP_NOP: break;
    case OP_UNREACHABLE:
        flush(b, 0, MAY_TRAP);
        add_stmt(b, STMT_UNREACHABLE);
        b->is_unreachable = true;
        break;
    case OP_BLOCK:
    case OP_LOOP:
    case OP_IF: build_block(b, instr); break;
    case OP_TRY:
    case OP_TRY_TABLE: build_try(b, instr); break;
    case OP_CATCH:
    case OP_CATCH_ALL: build_catch(b, instr); break;
    case OP_DELEGATE: build_delegate(b, instr); break;
    case OP_THROW:
    case OP_THROW_REF:
    case OP_RETHROW: build_throw(b, instr); break;
    case OP_ELSE: build_else(b); break;
    case OP_END: build_end(b); break;
    case OP_BR: build_br(b, instr->idx); break;
    case OP_BR_IF: build_br_if(b, instr->idx); break;
    case OP_BR_TABLE: build_br_table(b, instr); break;
    case OP_RETURN: build_return(b); break;
    case OP_CALL: build_direct_call(b, instr->idx); break;
    case OP_CALL_INDIRECT: build_call_indirect(b, instr); break;
    case OP_CALL_REF: build_call_ref(b, instr); break;
    case OP_BR_ON_NULL: build_br_on_null(b, instr); break;
    case OP_BR_ON_NON_NULL: build_br_on_non_null(b, instr); break;
    case OP_REF_AS_NON_NULL: build_ref_as_non_null(b, instr); break;
    case OP_RETURN_CALL: build_return_call(b, instr->idx); break;
    case OP_RETURN_CALL_INDIRECT: build_return_call_indirect(b, instr); break;
    case OP_RETURN_CALL_REF: build_return_call_ref(b, instr); break;
    case OP_DROP: build_drop(b); break;
    case OP_SELECT:
    case OP_SELECT_T: build_select(b); break;
    case OP_LOCAL_GET:
    case OP_LOCAL_SET:
    case OP_LOCAL_TEE:
    case OP_GLOBAL_GET:
    case OP_GLOBAL_SET: build_variable(b, instr); break;
    case OP_REF_NULL:
    case OP_REF_IS_NULL:
    case OP_REF_FUNC: build_reference(b, instr); break;
    default: build_table_or_memory(b, instr); break;
    }
}

/* Most have no immediates. */
static void build_vector(struct builder *b, const struct instr *instr) {
    struct expr *expr = take_operands(b, instr->op);
    switch (op_infos[instr->op].imm) {
    case IMM_NONE: break;
    case IMM_V128:
    case IMM_SHUFFLE: expr->bytes = instr->bytes; break;
    default: expr->value = instr->value; break;
    }
    push(b, expr);
}

/* In code that cannot be reached only the structure matters: which end or else makes it reachable again. */
static bool is_skipped(struct builder *b, enum op op) {
    if (!b->is_unreachable) return false;
    if (op_opens_block(op)) b->skipped_blocks++;
    const bool is_end = op == OP_END || op == OP_DELEGATE;
    if (!is_end && op != OP_ELSE && op != OP_CATCH && op != OP_CATCH_ALL) return true;
    if (b->skipped_blocks == 0) return false;
    if (is_end) b->skipped_blocks--;
    return true;
}

void build_step(struct builder *b, struct instr *instr) {
    if (is_skipped(b, instr->op)) return;
    switch (op_infos[instr->op].form) {
    case FORM_PURE:
        if (op_infos[instr->op].feature == FEATURE_SIMD) {
            build_vector(b, instr);
            break;
        }
        if (instr->op == OP_I32_CONST || instr->op == OP_F32_CONST || instr->op == OP_I64_CONST ||
            instr->op == OP_F64_CONST) {
            push(b, constant(b, ctype_of(b->signatures[instr->op].types[0]), instr->op, instr->value));
            break;
        }
        /* fall through */
    case FORM_COMPARE: push(b, take_operands(b, instr->op)); break;
    case FORM_TRAP: build_trapping(b, instr->op); break;
    case FORM_LOAD: build_load(b, instr); break;
    case FORM_STORE: build_store(b, instr); break;
    case FORM_HEAP: build_heap_operator(b, instr); break;
    case FORM_ATOMIC: build_atomic(b, instr); break;
    case FORM_WIDE: build_wide(b, instr->op); break;
    default: build_control(b, instr); break;
    }
}

static const valtype *expand_locals(struct arena *arena, const struct functype *type, const struct body *body) {
    valtype *types = arena_array(arena, valtype, body->local_count);
    uint32_t count = type->param_count;
    if (count) memcpy(types, type->params, count * sizeof *types);
    for (uint32_t run = 0; run < body->run_count; run++) {
        for (uint32_t i = 0; i < body->runs[run].count; i++)
            types[count++] = body->runs[run].type;
    }
    return types;
}

static void count_block(struct builder *b) {
    add_stmt(b, STMT_COUNT)->idx = b->first_block + b->blocks->count - 1;
}

/* Where a block begins, nothing is pending that could trap: the control operator before it has seen to that. Branches
 * to a loop come to its label, and each is counted. */
static void build_counted_step(struct builder *b, struct instr *instr) {
    const bool begins = block_walk_step(b->blocks, instr) == BLOCK_START;
    if (begins && instr->op != OP_LOOP) count_block(b);
    build_step(b, instr);
    if (begins && instr->op == OP_LOOP) count_block(b);
}

static void build_body(struct builder *b, struct body *body) {
    struct function *f = b->function;
    struct validator *validator = validate_open(b->module, b->arena, body, f->func_idx);
    f->local_count = body->local_count;
    f->local_types = expand_locals(b->arena, f->type, body);
    f->local_read = arena_array(b->arena, bool, f->local_count);
    open_function_frame(b, f->type);
    struct instr instr;
    while (!validate_is_done(validator)) {
        body_next(body, &instr);
        validate_step(validator, &instr);
        if (b->blocks)
            build_counted_step(b, &instr);
        else
            build_step(b, &instr);
    }
    validate_close(validator);
    mark_kept_frames(b->arena, f);
    find_reads(b->arena, f);
}

static struct function *build(struct builder *b, struct diag_context *diag, uint32_t func_idx) {
    struct body body;
    body_open(&body, b->module, b->arena, diag, func_idx);
    struct function *f = arena_new(b->arena, struct function);
    f->module = b->module;
    f->func_idx = func_idx;
    f->type = func_type(b->module, func_idx);
    b->function = f;
    build_body(b, &body);
    return f;
}

struct function *build_function(const struct module *module, struct arena *arena, struct diag_context *diag,
                                uint32_t func_idx) {
    struct builder b = {.module = module, .signatures = op_signatures(), .arena = arena};
    return build(&b, diag, func_idx);
}

struct function *build_counting_function(const struct module *module, struct arena *arena, struct diag_context *diag,
                                         uint32_t func_idx, uint32_t first_block) {
    struct block_walk blocks = {.arena = arena};
    block_walk_open(&blocks);
    struct builder b = {
        .module = module, .signatures = op_signatures(), .arena = arena, .blocks = &blocks, .first_block = first_block};
    return build(&b, diag, func_idx);
}

struct function *build_constexpr(const struct module *module, struct arena *arena, struct diag_context *diag,
                                 const struct constexpr *expression, valtype type) {
    struct body body;
    body_open_constexpr(&body, module, diag, expression);
    struct functype *functype = arena_new(arena, struct functype);
    valtype *result = arena_new(arena, valtype);
    *result = type;
    *functype = (struct functype){.results = result, .result_count = 1};
    struct function *f = arena_new(arena, struct function);
    f->module = module;
    f->func_idx = NO_FUNC;
    f->type = functype;
    struct builder b = {.module = module, .signatures = op_signatures(), .arena = arena, .function = f};
    open_function_frame(&b, functype);
    struct instr instr;
    while (b.depth > 0) {
        body_next(&body, &instr);
        build_step(&b, &instr);
    }
    find_reads(arena, f);
    return f;
}
