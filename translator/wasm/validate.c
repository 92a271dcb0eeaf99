/* The stacks of the validator, operators with a signature, and constant expressions.
 *
 * Validation is the algorithm of the specification's appendix A.3: each operator pops the types it takes from an
 * abstract stack and pushes those it gives; blocks put a floor under what their operators can reach. Most operators
 * have a signature in ops.def and are done in apply_signature.
 *
 * This runs for every operator of a module, in the same walk that builds its C. The stacks are arrays in the
 * function's arena, made once a function and grown by doubling; a step allocates nothing. The common pop, a value of
 * exactly the type that is expected, is inlined (validate_internal.h); all else goes through validate_pop_checked.
 */
#include "validate.h"

#include <stdio.h>
#include <string.h>

#include "../base/arena.h"
#include "validate_internal.h"

enum { FIRST_VALUES = 64, FIRST_FRAMES = 16 };

/* ---- errors ---- */

/* All that validation refuses is DIAG_INVALID, at the operator that is being checked. */
void validate_fail(const struct validator *v, const char *format, ...) {
    char message[sizeof v->diag->diag.message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fail_at(v->diag, DIAG_INVALID, v->offset, "%s", message);
}

void validate_index(const struct validator *v, const char *what, uint32_t idx, uint32_t count) {
    if (idx < count) return;
    const char *owner = strcmp(what, "local") == 0 ? "function" : "module";
    validate_fail(v, "unknown %s %u (the %s has %u)", what, (unsigned)idx, owner, (unsigned)count);
}

/* ---- values ---- */

/* The old array stays in the arena; doubling bounds what is wasted by what is used. */
void validate_grow_values(struct validator *v) {
    if (v->height >= MAX_OPERANDS)
        fail_at(v->diag, DIAG_LIMIT, v->offset, "more than %d values on the stack", MAX_OPERANDS);
    valtype *grown = arena_array(v->arena, valtype, (size_t)v->value_capacity * 2);
    memcpy(grown, v->values, v->height * sizeof *grown);
    v->values = grown;
    v->value_capacity *= 2;
}

valtype validate_pop_any(struct validator *v) {
    const struct frame *frame = validate_frame(v);
    if (v->height > frame->height) return v->values[--v->height];
    if (frame->is_unreachable) return TYPE_BOTTOM;
    validate_fail(v, "type mismatch: expected a value, found an empty stack");
}

/* The general case behind validate_pop: subtypes, unknown values, and what is wrong. */
valtype validate_pop_checked(struct validator *v, valtype expected) {
    char expected_text[TYPE_TEXT_BYTES];
    const struct frame *frame = validate_frame(v);
    if (v->height == frame->height && !frame->is_unreachable)
        validate_fail(v, "type mismatch: expected %s, found an empty stack", type_text(expected_text, expected));
    const valtype found = validate_pop_any(v);
    char found_text[TYPE_TEXT_BYTES];
    if (!type_matches(v->module, found, expected))
        validate_fail(v, "type mismatch: expected %s, found %s", type_text(expected_text, expected),
                      type_text(found_text, found));
    return found;
}

void validate_push_all(struct validator *v, const valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) validate_push(v, types[i]);
}

void validate_pop_all(struct validator *v, const valtype *types, uint32_t count) {
    for (uint32_t i = count; i-- > 0;) validate_pop(v, types[i]);
}

valtype validate_top_type(const struct validator *v) {
    return v->height > validate_frame(v)->height ? v->values[v->height - 1] : (valtype)TYPE_BOTTOM;
}

/* ---- frames ---- */

void validate_push_frame(struct validator *v, enum op op, struct block_type block) {
    if (v->frame_count == v->frame_capacity) {
        struct frame *grown = arena_array(v->arena, struct frame, (size_t)v->frame_capacity * 2);
        memcpy(grown, v->frames, v->frame_count * sizeof *grown);
        v->frames = grown;
        v->frame_capacity *= 2;
    }
    v->frames[v->frame_count++] = (struct frame){
        .height = v->height, .set_count = v->set_count, .block = block, .op = (uint16_t)op};
}

struct frame validate_pop_frame(struct validator *v) {
    const struct frame frame = *validate_frame(v);
    valtype single;
    const struct functype type = block_functype(v->module, frame.block, &single);
    validate_pop_all(v, type.results, type.result_count);
    if (v->height != frame.height)
        validate_fail(v, "type mismatch: %u more values than the block has results",
                      (unsigned)(v->height - frame.height));
    if (v->is_unset) validate_unset_locals(v, frame.set_count);
    v->frame_count--;
    return frame;
}

void validate_set_unreachable(struct validator *v) {
    struct frame *frame = validate_frame(v);
    v->height = frame->height;
    frame->is_unreachable = true;
}

bool validate_is_done(const struct validator *v) { return v->frame_count == 0; }

/* A block that only a branch leaves is taken for reachable at its end: this is about types, not flow. */
bool validate_is_reachable(const struct validator *v) { return v->frame_count && !validate_frame(v)->is_unreachable; }

/* ---- operators with a signature ---- */

/* The address type of the memory of a load or store, whose immediates are checked (spec 3.4.7). */
static valtype check_access(const struct validator *v, const struct instr *instr) {
    const valtype address = validate_memory_address(v, instr->idx);
    const enum imm imm = op_infos[instr->op].imm;
    const bool is_lane = imm >= IMM_MEM8_LANE && imm <= IMM_MEM64_LANE;
    const unsigned natural = (unsigned)imm - (is_lane ? IMM_MEM8_LANE : IMM_MEM8);
    if (is_lane) validate_lane(v, instr->lane, 16u >> natural);
    if (op_infos[instr->op].form == FORM_ATOMIC && instr->align_log2 != natural)
        validate_fail(v, "atomic alignment must be natural: 2^%u, where %u bytes are accessed",
                      (unsigned)instr->align_log2, 1u << natural);
    if (instr->align_log2 > natural)
        validate_fail(v, "alignment must not be larger than natural: 2^%u, where %u bytes are accessed",
                      (unsigned)instr->align_log2, 1u << natural);
    if (address == TYPE_I32 && instr->value > UINT32_MAX)
        validate_fail(v, "offset out of range: 0x%llx does not fit in 32 bits", (unsigned long long)instr->value);
    return address;
}

/* Last parameter first: it is on top. */
static void apply_signature(struct validator *v, const struct op_signature *signature, valtype address) {
    const uint32_t *types = signature->types;
    for (unsigned i = signature->param_count; i-- > 0;)
        validate_pop(v, types[i] == TYPE_ADDRESS ? address : types[i]);
    for (unsigned i = 0; i < signature->result_count; i++) validate_push(v, types[signature->param_count + i]);
}

void validate_step(struct validator *v, struct instr *instr) {
    v->offset = instr->offset;
    const struct op_signature *signature = &v->signatures[instr->op];
    if (!signature->is_known) {
        validate_actions[instr->op](v, instr);
        return;
    }
    valtype address = TYPE_I32;
    if (signature->types[0] == TYPE_ADDRESS) address = check_access(v, instr);
    if (signature->types[0] == TYPE_V128) validate_vector_immediates(v, instr);
    apply_signature(v, signature, address);
}

/* ---- functions ---- */

/* Groups, not one entry for each local: two bytes of a body can declare 50 000, and a module has many bodies. */
static void list_locals(struct validator *v, const struct body *body) {
    struct local_group *groups = arena_array(v->arena, struct local_group, body->run_count);
    uint32_t end = v->type->param_count;
    for (uint32_t i = 0; i < body->run_count; i++) {
        end += body->runs[i].count;
        groups[i] = (struct local_group){.end = end, .type = body->runs[i].type};
    }
    v->locals = groups;
    v->local_group_count = body->run_count;
    v->local_count = body->local_count;
}

struct validator *validate_open(const struct module *module, struct arena *arena, const struct body *body,
                                uint32_t func_idx) {
    struct validator *v = arena_new(arena, struct validator);
    *v = (struct validator){
        .module = module,
        .body = body,
        .signatures = op_signatures(),
        .arena = arena,
        .diag = body->reader.diag,
        .values = arena_array(arena, valtype, FIRST_VALUES),
        .value_capacity = FIRST_VALUES,
        .frames = arena_array(arena, struct frame, FIRST_FRAMES),
        .frame_capacity = FIRST_FRAMES,
        .type = func_type(module, func_idx),
    };
    list_locals(v, body);
    validate_open_locals(v);
    /* The function's block takes no parameters from the stack: they are locals. Only its results are ever asked for. */
    validate_push_frame(v, OP_BLOCK, (struct block_type){.type_idx = module->funcs[func_idx].type_idx});
    return v;
}

void validate_close(struct validator *v) {
    v->diag->op = NULL;
    if (body_at_end(v->body)) return;
    fail_at(v->diag, DIAG_MALFORMED, reader_offset(&v->body->reader),
            "END opcode expected: %zu bytes follow the end of the function", reader_left(&v->body->reader));
}

/* ---- constant expressions (spec 3.4.12) ---- */

static void check_constant_global(const struct validator *v, uint32_t idx, uint32_t global_limit) {
    if (idx >= global_limit)
        validate_fail(v, "unknown global %u (%u can be read here)", (unsigned)idx, (unsigned)global_limit);
    if (v->module->globals[idx].type.is_mutable)
        validate_fail(v, "constant expression required: global %u is mutable", (unsigned)idx);
}

/* What is constant (spec 3.4.12, with extended constants) and supported. Operators of blocks are not among them, so
 * the first `end` ends the expression. */
static void check_constant(const struct validator *v, const struct instr *instr, uint32_t global_limit) {
    switch (instr->op) {
    case OP_I32_CONST:
    case OP_I64_CONST:
    case OP_F32_CONST:
    case OP_F64_CONST:
    case OP_V128_CONST:
    case OP_I32_ADD:
    case OP_I32_SUB:
    case OP_I32_MUL:
    case OP_I64_ADD:
    case OP_I64_SUB:
    case OP_I64_MUL:
    case OP_REF_NULL:
    case OP_REF_FUNC:
    case OP_STRUCT_NEW:
    case OP_STRUCT_NEW_DEFAULT:
    case OP_ARRAY_NEW:
    case OP_ARRAY_NEW_DEFAULT:
    case OP_ARRAY_NEW_FIXED:
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY:
    case OP_REF_I31:
    case OP_END: return;
    case OP_GLOBAL_GET: check_constant_global(v, instr->idx, global_limit); return;
    default: validate_fail(v, "constant expression required");
    }
}

/* Nearly all are one operator long, and a module may have millions: the stacks begin on our own stack. */
struct constexpr validate_constexpr(const struct module *module, struct arena *arena, struct reader *reader,
                                    valtype expected, uint32_t global_limit) {
    valtype values[8];
    struct frame frames[1];
    struct body body = {.reader = *reader, .module = module};
    struct validator v = {
        .module = module,
        .body = &body,
        .signatures = op_signatures(),
        .arena = arena,
        .diag = reader->diag,
        .values = values,
        .value_capacity = sizeof values / sizeof values[0],
        .frames = frames,
        .frame_capacity = 1,
        .is_constant = true,
    };
    validate_push_frame(&v, OP_BLOCK, (struct block_type){.type_idx = NO_TYPE, .result = expected});
    while (!validate_is_done(&v)) {
        struct instr instr;
        body_next(&body, &instr);
        v.offset = instr.offset;
        check_constant(&v, &instr, global_limit);
        validate_step(&v, &instr);
    }
    reader->diag->op = NULL;
    const size_t size = (size_t)(body.reader.next - reader->next);
    return (struct constexpr){.code = read_span(reader, size, "a constant expression")};
}
