/* The walk over a body, and what all lowering does with code, slots and entries of the symbolic stack. See lower.h. */
#include "lower.h"

#include <string.h>

#include "../base/arena.h"
#include "../profile/blocks.h"
#include "../wasm/module_facts.h"

enum { RESULT_SCRATCH = 3, FIRST_CAPACITY = 64, MAX_UNSETTLED = 64 };

/* ---- growing arrays in the arena ---- */

static void *grown(struct arena *arena, const void *old, uint32_t count, uint32_t *capacity, size_t size) {
    if (count > UINT32_MAX / 2) arena_exhausted();
    *capacity = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *array = arena_alloc(arena, *capacity, size);
    if (count) memcpy(array, old, count * size);
    return array;
}

/* ---- code ---- */

static void append(struct lowering *l, union word word) {
    if (l->count == l->capacity) l->code = grown(l->arena, l->code, l->count, &l->capacity, sizeof *l->code);
    l->code[l->count++] = word;
}

uint32_t lower_emit(struct lowering *l, unsigned op, int32_t a, int32_t b, int32_t c) {
    l->last = l->count;
    append(l, (union word){.op = (uint16_t)op, .a = (int16_t)a, .b = (int16_t)b, .c = (int16_t)c});
    return l->last;
}

uint32_t lower_emit_x(struct lowering *l, unsigned op, int32_t a, int32_t x) {
    union word word = {.op = (uint16_t)op, .a = (int16_t)a};
    word.x = x;
    l->last = l->count;
    append(l, word);
    return l->last;
}

void lower_emit_number(struct lowering *l, int32_t number) {
    union word word = {.bits = 0};
    word.x = number;
    append(l, word);
}

void lower_emit_bits(struct lowering *l, uint64_t bits) {
    append(l, (union word){.bits = bits});
}
void lower_emit_pointer(struct lowering *l, const void *pointer) {
    append(l, (union word){.constant_pointer = pointer});
}

/* ---- slots ---- */

enum value_class lower_class(valtype type) {
    switch (type_code(type)) {
    case TYPE_F32: return CLASS_F32;
    case TYPE_F64: return CLASS_F64;
    case TYPE_V128: return CLASS_V128;
    default: return CLASS_INT;
    }
}

int32_t lower_local_slot(const struct lowering *l, uint32_t local) {
    const uint32_t params = l->type->param_count;
    if (local < params) return (int32_t)local - (int32_t)params;
    return l->first_temporary - (int32_t)(l->local_count - local);
}

int32_t lower_scratch_slot(unsigned scratch) {
    return LINK_SLOTS + (int32_t)scratch;
}

void lower_forget_slot(struct lowering *l, int32_t slot) {
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (l->held[class] == slot) l->held[class] = NO_SLOT;
    }
}

void lower_forget_all(struct lowering *l) {
    for (int class = 0; class < CLASS_COUNT; class ++)
        l->held[class] = NO_SLOT;
    l->last = NO_CODE;
    l->known.load = OP_NOP;
}

void lower_forget_memory_in_accumulator(struct lowering *l) {
    if (l->known.place == IN_ACCUMULATOR) l->known.load = OP_NOP;
}

/* ---- entries ---- */

/* Not too many entries are left as locals, so that looking through them when a local is set stays cheap. */
void lower_push(struct lowering *l, struct value value) {
    if (l->height == l->stack_capacity)
        l->stack = grown(l->arena, l->stack, l->height, &l->stack_capacity, sizeof *l->stack);
    l->stack[l->height++] = value;
    if (l->height > l->max_height) l->max_height = l->height;
    if (l->height - l->settled > MAX_UNSETTLED) lower_settle_locals(l, l->height);
}

void lower_push_local(struct lowering *l, uint32_t idx) {
    lower_push(l,
               (struct value){.kind = VALUE_LOCAL, .class = l->local_classes[idx], .local = idx, .producer = NO_CODE});
}

void lower_push_const(struct lowering *l, enum value_class class, uint64_t bits) {
    lower_push(l, (struct value){.kind = VALUE_CONST, .class = (uint8_t)class, .producer = NO_CODE, .bits = bits});
}

void lower_push_stored(struct lowering *l, enum value_class class) {
    lower_push(l, (struct value){.kind = VALUE_SLOT, .class = (uint8_t)class, .producer = NO_CODE});
}

static int32_t slot_of_entry(const struct lowering *l, uint32_t height) {
    const struct value *value = &l->stack[height];
    return value->kind == VALUE_LOCAL ? lower_local_slot(l, value->local) : lower_height_slot(l, height);
}

struct operand lower_locate(const struct lowering *l, uint32_t height) {
    const struct value *value = &l->stack[height];
    struct operand operand = {.class = (enum value_class)value->class, .producer = NO_CODE, .bits = value->bits};
    operand.slot = slot_of_entry(l, height);
    if (value->kind == VALUE_CONST) {
        operand.place = IN_CONSTANT;
    } else {
        operand.place = l->held[value->class] == operand.slot ? IN_ACCUMULATOR : IN_SLOT;
        if (value->kind == VALUE_SLOT) operand.producer = value->producer;
    }
    return operand;
}

struct operand lower_take(struct lowering *l) {
    l->height--;
    if (l->settled > l->height) l->settled = l->height;
    return lower_locate(l, l->height);
}

int16_t lower_narrow(struct lowering *l, const struct operand *operand, unsigned scratch) {
    if (lower_is_narrow(operand->slot)) return (int16_t)operand->slot;
    lower_emit_x(l, RUN_COPY_FROM_WIDE, lower_scratch_slot(scratch), operand->slot);
    return (int16_t)lower_scratch_slot(scratch);
}

/* The form with its result in the accumulator alone is the next one. An instruction that only stores the accumulator is
 * not needed at all. */
void lower_use_accumulator(struct lowering *l, const struct operand *operand) {
    if (operand->producer == NO_CODE) return;
    if (l->code[operand->producer].op != RUN_STORE_INT) {
        l->code[operand->producer].op++;
    } else if (operand->producer == l->count - 1) {
        l->count--;
        l->last = NO_CODE;
    }
}

static bool fits_x(enum value_class class, uint64_t bits) {
    return class == CLASS_F32 || (int64_t)bits == (int32_t)bits ||
           (class == CLASS_INT && bits <= UINT32_MAX && (int64_t)bits == (int32_t)bits);
}

static void load_constant(struct lowering *l, enum value_class class, uint64_t bits) {
    if (class == CLASS_F32) {
        lower_emit_x(l, RUN_CONST_F32, 0, (int32_t)bits);
    } else if (class == CLASS_INT && fits_x(class, bits)) {
        lower_emit_x(l, RUN_CONST32_INT, 0, (int32_t)bits);
    } else {
        lower_emit(l, class == CLASS_F64 ? RUN_CONST_F64 : RUN_CONST64_INT, 0, 0, 0);
        lower_emit_bits(l, bits);
    }
}

void lower_load_accumulator(struct lowering *l, struct operand *operand) {
    l->held[operand->class] = NO_SLOT;
    if (operand->class == CLASS_INT) lower_forget_memory_in_accumulator(l);
    if (operand->place == IN_CONSTANT) {
        load_constant(l, operand->class, operand->bits);
    } else {
        lower_emit(l, RUN_TAKE_INT, 0, lower_narrow(l, operand, 0), 0);
    }
    operand->place = IN_ACCUMULATOR;
    operand->producer = NO_CODE;
}

/* ---- putting values into slots ---- */

static void finish_wide(struct lowering *l, int32_t slot, int32_t scratch) {
    if (slot != scratch) lower_emit_x(l, RUN_COPY_TO_WIDE, scratch, slot);
}

static int32_t target_slot(int32_t slot) {
    return lower_is_narrow(slot) ? slot : lower_scratch_slot(RESULT_SCRATCH);
}

static void store_constant(struct lowering *l, enum value_class class, uint64_t bits, int32_t slot) {
    const int32_t target = target_slot(slot);
    if (fits_x(class, bits)) {
        lower_emit_x(l, RUN_CONST32_SLOT, target, (int32_t)bits);
    } else {
        lower_emit(l, RUN_CONST64_SLOT, target, 0, 0);
        lower_emit_bits(l, bits);
    }
    finish_wide(l, slot, target);
}

void lower_spill_constant(struct lowering *l, struct operand *operand) {
    store_constant(l, operand->class, operand->bits, operand->slot);
    lower_forget_slot(l, operand->slot);
    operand->place = IN_SLOT;
}

static const uint16_t stores[CLASS_COUNT] = {RUN_STORE_INT, RUN_STORE_F32, RUN_STORE_F64, 0};

void lower_store_entry(struct lowering *l, uint32_t height, int32_t slot) {
    const struct operand operand = lower_locate(l, height);
    if (operand.place != IN_CONSTANT && operand.slot == slot) return;
    const int32_t target = target_slot(slot);
    if (operand.place == IN_CONSTANT) {
        store_constant(l, operand.class, operand.bits, slot);
    } else if (operand.place == IN_ACCUMULATOR) {
        lower_use_accumulator(l, &operand);
        lower_emit(l, stores[operand.class], target, 0, 0);
        finish_wide(l, slot, target);
    } else {
        lower_emit(l, RUN_COPY, target, lower_narrow(l, &operand, 0), 0);
        finish_wide(l, slot, target);
    }
    lower_forget_slot(l, slot);
}

/* Two neighbours that are copied from slots to slots go together. */
static bool settle_two(struct lowering *l, uint32_t height) {
    const int32_t slot = lower_height_slot(l, height);
    const struct operand first = lower_locate(l, height), second = lower_locate(l, height + 1);
    const bool are_copied = l->stack[height].kind == VALUE_LOCAL && l->stack[height + 1].kind == VALUE_LOCAL &&
                            first.place == IN_SLOT && second.place == IN_SLOT;
    if (!are_copied || !lower_is_narrow(slot + 1) || !lower_is_narrow(first.slot) || !lower_is_narrow(second.slot))
        return false;
    lower_emit(l, RUN_COPY2, slot, first.slot, second.slot);
    lower_forget_slot(l, slot);
    lower_forget_slot(l, slot + 1);
    return true;
}

static void mark_settled(struct lowering *l, uint32_t height) {
    l->stack[height].kind = VALUE_SLOT;
    l->stack[height].producer = NO_CODE;
}

void lower_settle(struct lowering *l, uint32_t from, uint32_t to) {
    for (uint32_t height = from; height < to; height++) {
        if (l->stack[height].kind == VALUE_SLOT) {
            l->stack[height].producer = NO_CODE;
            continue;
        }
        if (height + 1 < to && settle_two(l, height)) {
            mark_settled(l, height++);
        } else {
            lower_store_entry(l, height, lower_height_slot(l, height));
        }
        mark_settled(l, height);
    }
}

void lower_settle_locals(struct lowering *l, uint32_t to) {
    for (uint32_t height = l->settled; height < to; height++) {
        if (l->stack[height].kind == VALUE_LOCAL) lower_settle(l, height, height + 1);
    }
    if (l->settled < to) l->settled = to;
}

void lower_settle_local(struct lowering *l, uint32_t local) {
    for (uint32_t height = l->settled; height < l->height; height++) {
        if (l->stack[height].kind == VALUE_LOCAL && l->stack[height].local == local)
            lower_settle(l, height, height + 1);
    }
}

/* ---- results ---- */

int16_t lower_result_slot(const struct lowering *l) {
    return (int16_t)target_slot(lower_height_slot(l, l->height));
}

void lower_push_result(struct lowering *l, enum value_class class, uint32_t at) {
    const int32_t slot = lower_height_slot(l, l->height);
    finish_wide(l, slot, target_slot(slot));
    lower_forget_slot(l, slot);
    l->held[class] = slot;
    if (class == CLASS_INT && l->code[at].op != RUN_STORE_INT) lower_forget_memory_in_accumulator(l);
    lower_push(l, (struct value){
                      .kind = VALUE_SLOT, .class = (uint8_t)class, .producer = lower_is_narrow(slot) ? at : NO_CODE});
}

/* ---- the walk ---- */

/* A feature that the validator knows and this engine does not. */
_Noreturn static void refuse(const struct lowering *l, size_t offset, const char *what) {
    fail_at(l->body.reader.diag, DIAG_UNSUPPORTED, offset, "the interpreter does not support %s", what);
}

static void lower_local(struct lowering *l, const struct instr *instr) {
    const uint32_t local = l->local_numbers ? l->local_numbers[instr->idx] : instr->idx;
    if (l->local_classes[local] == CLASS_V128) {
        lower_vector_local(l, instr->op, local);
    } else if (instr->op == OP_LOCAL_GET) {
        lower_local_get(l, local);
    } else if (instr->op == OP_LOCAL_SET) {
        lower_local_set(l, local);
    } else {
        lower_local_tee(l, local);
    }
}

static void lower_global(struct lowering *l, const struct instr *instr) {
    if (interp_is_vector(l->module->globals[instr->idx].type.type)) {
        lower_vector_global(l, instr);
    } else if (instr->op == OP_GLOBAL_GET) {
        lower_global_get(l, instr->idx);
    } else {
        lower_global_set(l, instr->idx);
    }
}

static void lower_simple(struct lowering *l, struct instr *instr) {
    switch (instr->op) {
    case OP_NOP: break;
    case OP_DROP: lower_drop(l); break;
    case OP_I32_CONST: lower_push_const(l, CLASS_INT, (uint64_t)(int64_t)(int32_t)instr->value); break;
    case OP_I64_CONST: lower_push_const(l, CLASS_INT, instr->value); break;
    case OP_F32_CONST: lower_push_const(l, CLASS_F32, instr->value); break;
    case OP_F64_CONST: lower_push_const(l, CLASS_F64, instr->value); break;
    case OP_REF_NULL: lower_push_const(l, CLASS_INT, 0); break;
    case OP_REF_FUNC: lower_push_const(l, CLASS_INT, (uintptr_t)l->instance->funcs[instr->idx]); break;
    case OP_REF_IS_NULL: lower_value_operator(l, OP_I64_EQZ); break;
    case OP_SELECT:
    case OP_SELECT_T: lower_select(l); break;
    case OP_LOCAL_GET:
    case OP_LOCAL_SET:
    case OP_LOCAL_TEE: lower_local(l, instr); break;
    case OP_GLOBAL_GET:
    case OP_GLOBAL_SET: lower_global(l, instr); break;
    default:
        if (!lower_object_operator(l, instr)) refuse(l, instr->offset, op_infos[instr->op].text);
        break;
    }
}

static void lower_instr(struct lowering *l, struct instr *instr) {
    const struct op_info *info = &op_infos[instr->op];
    switch (instr->op) {
    case OP_BLOCK: lower_block(l, instr); return;
    case OP_LOOP: lower_loop(l, instr); return;
    case OP_IF: lower_if(l, instr); return;
    case OP_ELSE: lower_else(l); return;
    case OP_END: lower_end(l); return;
    case OP_BR: lower_br(l, instr->idx); return;
    case OP_BR_IF: lower_br_if(l, instr->idx); return;
    case OP_BR_TABLE: lower_br_table(l, instr); return;
    case OP_TRY:
    case OP_TRY_TABLE: lower_try(l, instr); return;
    case OP_CATCH:
    case OP_CATCH_ALL: lower_catch(l, instr); return;
    case OP_DELEGATE: lower_delegate(l, instr->idx); return;
    case OP_THROW: lower_throw(l, instr); return;
    case OP_THROW_REF: lower_throw_ref(l); return;
    case OP_RETHROW: lower_rethrow(l, instr->idx); return;
    case OP_RETURN: lower_return(l); return;
    case OP_UNREACHABLE: lower_unreachable(l); return;
    case OP_CALL: lower_call(l, instr->idx); return;
    case OP_CALL_REF:
    case OP_CALL_INDIRECT: lower_call_indirect(l, instr); return;
    case OP_BR_ON_NULL: lower_br_on_null(l, instr->idx); return;
    case OP_BR_ON_NON_NULL: lower_br_on_non_null(l, instr->idx); return;
    case OP_RETURN_CALL: lower_return_call(l, instr->idx); return;
    case OP_RETURN_CALL_REF:
    case OP_RETURN_CALL_INDIRECT: lower_return_call_indirect(l, instr); return;
    default: break;
    }
    if (info->form == FORM_HEAP) {
        lower_heap_operator(l, instr);
        return;
    }
    if (info->form == FORM_ATOMIC) {
        lower_atomic(l, instr);
        return;
    }
    if (lower_is_vector(instr->op)) {
        lower_vector(l, instr);
    } else if (info->form == FORM_LOAD) {
        lower_load(l, instr);
    } else if (info->form == FORM_STORE) {
        lower_store(l, instr);
    } else if (info->form == FORM_WIDE) {
        lower_wide(l, instr->op);
    } else if (info->form != FORM_CONTROL && info->c) {
        lower_value_operator(l, instr->op);
    } else {
        lower_simple(l, instr);
    }
}

/* Code that cannot be reached is read over, up to the end or else of the block it is in. True if so. */
static bool skip(struct lowering *l, const struct instr *instr) {
    if (!l->is_unreachable) return false;
    switch (instr->op) {
    case OP_BLOCK:
    case OP_LOOP:
    case OP_TRY:
    case OP_TRY_TABLE:
    case OP_IF: l->skipped++; return true;
    case OP_CATCH:
    case OP_CATCH_ALL:
    case OP_ELSE: return l->skipped != 0;
    case OP_DELEGATE:
    case OP_END:
        if (l->skipped == 0) return false;
        l->skipped--;
        return true;
    default: return true;
    }
}

static void emit_count(struct lowering *l, uint32_t block) {
    lower_emit(l, module_is_threaded(l->module) ? RUN_COUNT_SHARED : RUN_COUNT, 0, 0, 0);
    lower_emit_pointer(l, &l->block_counts[block]);
}

static void lower_counted(struct lowering *l, struct block_walk *walk, struct instr *instr) {
    const bool is_start = block_walk_step(walk, instr) == BLOCK_START;
    if (skip(l, instr)) return;
    const bool is_counted = is_start && !l->is_unreachable;
    if (is_counted && instr->op != OP_LOOP) emit_count(l, walk->count - 1);
    lower_instr(l, instr);
    if (is_counted && instr->op == OP_LOOP) emit_count(l, walk->count - 1);
}

static void lower_body(struct lowering *l) {
    struct block_walk walk = {.arena = l->arena};
    struct instr instr;
    if (l->block_counts) block_walk_open(&walk);
    while (l->depth) {
        body_next(&l->body, &instr);
        if (l->block_counts) {
            lower_counted(l, &walk, &instr);
        } else if (!skip(l, &instr)) {
            lower_instr(l, &instr);
        }
    }
}

/* ---- one function ---- */

static uint32_t slots_of_run(const struct local_run *run) {
    return run->count * (interp_is_vector(run->type) ? 2 : 1);
}

/* Where indices of wasm lead, if there are vectors. */
static void number_locals(struct lowering *l, const struct functype *type) {
    if (l->local_count == l->body.local_count) return;
    l->local_numbers = arena_array(l->arena, uint32_t, l->body.local_count + 1);
    uint32_t local = 0, slot = 0;
    for (uint32_t i = 0; i < type->param_count; i++) {
        l->local_numbers[local++] = slot;
        slot += interp_is_vector(type->params[i]) ? 2 : 1;
    }
    for (uint32_t i = 0; i < l->body.run_count; i++) {
        const struct local_run *run = &l->body.runs[i];
        for (uint32_t k = 0; k < run->count; k++, slot += interp_is_vector(run->type) ? 2 : 1)
            l->local_numbers[local++] = slot;
    }
}

static void read_locals(struct lowering *l, const struct functype *type) {
    l->local_count = l->type->param_count;
    for (uint32_t i = 0; i < l->body.run_count; i++)
        l->local_count += slots_of_run(&l->body.runs[i]);
    l->local_classes = arena_array(l->arena, uint8_t, l->local_count + 1);
    uint32_t local = 0;
    for (uint32_t i = 0; i < l->type->param_count; i++)
        l->local_classes[local++] = (uint8_t)lower_class(l->type->params[i]);
    for (uint32_t i = 0; i < l->body.run_count; i++) {
        const uint32_t slots = slots_of_run(&l->body.runs[i]);
        memset(l->local_classes + local, lower_class(l->body.runs[i].type), slots);
        local += slots;
    }
    number_locals(l, type);
}

static void open_lowering(struct lowering *l, struct live_func *func, struct diag_context *diag, bool is_wide) {
    struct interp_instance *interp = interp_instance_of(func->instance);
    *l = (struct lowering){.module = func->instance->live->module,
                           .instance = func->instance,
                           .interp = interp,
                           .arena = &interp->scratch,
                           .is_wide = is_wide};
    l->block_counts = interp_block_counts(func->instance, func->func_idx);
    l->type = &interp->types[l->module->funcs[func->func_idx].type_idx];
    body_open(&l->body, l->module, l->arena, diag, func->func_idx);
    read_locals(l, func_type(l->module, func->func_idx));
    l->first_temporary = LINK_SLOTS + (is_wide ? SCRATCH_SLOTS : 0) + (int32_t)(l->local_count - l->type->param_count);
    lower_open_locals(l);
    l->made.at = l->global_read = l->vector_at = NO_CODE;
    lower_forget_all(l);
    lower_push_label(l, OP_BLOCK,
                     (struct functype){.results = l->type->results, .result_count = l->type->result_count});
}

/* The code begins with the words that clear locals, and is entered behind them if there is nothing to clear. */
static void finish(struct lowering *l, struct interp_func *func) {
    enum { CLEAR_WORDS = 2 };
    union word *code = arena_array(&l->instance->arena, union word, l->count);
    memcpy(code, l->code, l->count * sizeof *code);
    const bool clears = l->clear_from < l->clear_to;
    if (clears) {
        code[0].x = lower_local_slot(l, l->clear_from);
        code[1].bits = l->clear_to - l->clear_from;
    }
    func->frame_bytes = ((uint32_t)l->first_temporary + l->max_height) * (uint32_t)sizeof(union slot);
    interp_note_frame(func->frame_bytes);
    func->code = clears ? code : code + CLEAR_WORDS;
    lower_place_ranges(l, func, code);
}

struct lower_job {
    struct lowering *lowering;
    struct live_func *func;
};

static void lower_once(struct lower_job *job, struct diag_context *diag, bool is_wide) {
    struct lowering *l = job->lowering;
    open_lowering(l, job->func, diag, is_wide);
    lower_emit(l, RUN_CLEAR, 0, 0, 0);
    lower_emit_bits(l, 0);
    lower_body(l);
}

/* Whether slots beyond 16 bits are needed is known at the end: then once more, with scratch slots set aside. */
static void lower_function(struct lower_job *job, struct diag_context *diag) {
    lower_once(job, diag, false);
    if (!lower_is_narrow(lower_height_slot(job->lowering, job->lowering->max_height + 1))) lower_once(job, diag, true);
}

/* The body is valid, so nothing fails but what refuse() is about. */
void interp_lower(const struct interp_func *lowered) {
    struct live_func *func = lowered->live;
    struct lowering lowering;
    struct lower_job job = {&lowering, func};
    struct diag_context *diag = &interp_instance_of(func->instance)->diag;
    jmp_buf catcher;
    diag->catcher = &catcher;
    if (setjmp(catcher)) w2c_trap_message(W2C_TRAP_HOST, diag->diag.message);
    lower_function(&job, diag);
    finish(&lowering, func->code);
    arena_reset(lowering.arena);
}
