/* Decoding operators and their immediates (spec 5.4). What is decoded here is well-formed; that indices lead somewhere
 * and types fit is for the validator.
 *
 * A body is walked by several readers, each for its own purpose: validator, builder, counters of operators. They see
 * struct instr, never bytes, so the binary format is known here alone. The kind of immediates comes from ops.def;
 * read_immediates has one case for each kind and none for single operators.
 *
 * Function bodies are walked by several threads at once: everything that changes is in struct body, struct instr
 * and the thread's own diagnostics.
 */
#include "body.h"

#include "../base/arena.h"
#include "features.h"
#include "module.h"

/* ---- locals ---- */

/* The number of locals is a sum of counts of up to 2^32 - 1 each; more than that is no module (spec 5.5.13). */
static void read_locals(struct body *body, struct arena *arena, uint32_t param_count) {
    struct reader *r = &body->reader;
    const size_t offset = reader_offset(r);
    body->run_count = read_count(r, 2, "groups of locals");
    struct local_run *runs = arena_array(arena, struct local_run, body->run_count);
    body->runs = runs;
    uint64_t total = 0;
    for (uint32_t i = 0; i < body->run_count; i++) {
        runs[i].count = read_u32(r);
        const size_t type_offset = reader_offset(r);
        runs[i].type = read_valtype(r, body->module->type_count);
        require_type(r->diag, runs[i].type, type_offset);
        total += runs[i].count;
        if (total > UINT32_MAX) fail_at(r->diag, DIAG_MALFORMED, offset, "too many locals: more than 2^32 - 1");
    }
    if (total + param_count > MAX_LOCALS)
        fail_at(r->diag, DIAG_LIMIT, offset, "too many locals: %llu, where w2c allows %d",
                (unsigned long long)(total + param_count), MAX_LOCALS);
    body->local_count = (uint32_t)total + param_count;
}

/* `start` is where the file begins, so that offsets in messages count from there. */
static struct reader read_code(const struct span *code, struct diag_context *diag) {
    return (struct reader){
        .start = code->bytes - code->offset, .next = code->bytes, .end = code->bytes + code->size, .diag = diag};
}

void body_open(struct body *body, const struct module *module, struct arena *arena, struct diag_context *diag,
               uint32_t func_idx) {
    diag->func_idx = func_idx;
    diag->op = NULL;
    *body = (struct body){.reader = read_code(&module->funcs[func_idx].body, diag), .module = module};
    read_locals(body, arena, func_type(module, func_idx)->param_count);
}

/* The caller knows the bounds from decode; nothing is left to validate. */
void body_open_constexpr(struct body *body, const struct module *module, struct diag_context *diag,
                         const struct constexpr *expression) {
    *body = (struct body){.reader = read_code(&expression->code, diag), .module = module};
}

/* ---- immediates ---- */

/* One byte for no or one result, else a type index (spec 5.4.1). Both begin with what reads as a number of 33 bits:
 * indices are the positive ones, so that a negative one of a single byte is a value type. */
static struct block_type read_block_type(struct body *body) {
    struct reader *r = &body->reader;
    const size_t offset = reader_offset(r);
    if (!reader_left(r)) fail_at_end(r);
    enum { EMPTY = 0x40, ONE_BYTE_NEGATIVE = 0x40, SIGN_MASK = 0xc0 };
    if (*r->next == EMPTY) {
        r->next++;
        return (struct block_type){.type_idx = NO_TYPE};
    }
    if ((*r->next & SIGN_MASK) == ONE_BYTE_NEGATIVE) {
        const valtype type = read_valtype(r, body->module->type_count);
        require_type(r->diag, type, offset);
        return (struct block_type){.type_idx = NO_TYPE, .result = type};
    }
    const int64_t idx = read_s33(r);
    if (idx < 0) fail_at(r->diag, DIAG_MALFORMED, offset, "malformed block type");
    return (struct block_type){.type_idx = (uint32_t)idx};
}

/* Targets stay in the file's bytes; they are read over here so that the cursor gets behind them. */
static void read_labels(struct reader *r, struct instr *instr) {
    instr->label_count = read_count(r, 1, "labels");
    instr->labels = *r;
    for (uint32_t i = 0; i <= instr->label_count; i++) read_u32(r);
}

uint32_t next_label(struct instr *instr) { return read_u32(&instr->labels); }

static struct catch_clause read_catch(struct reader *r) {
    const size_t offset = reader_offset(r);
    const uint8_t kind = read_u8(r);
    if (kind > CATCH_ALL_REF) fail_at(r->diag, DIAG_MALFORMED, offset, "malformed catch clause 0x%02x", kind);
    struct catch_clause clause = {.kind = (enum catch_kind)kind};
    if (catch_has_tag(clause.kind)) clause.tag = read_u32(r);
    clause.label = read_u32(r);
    return clause;
}

/* Clauses stay in the file's bytes, as targets of br_table do. */
static void read_catches(struct reader *r, struct instr *instr) {
    instr->label_count = read_count(r, 2, "catch clauses");
    instr->labels = *r;
    for (uint32_t i = 0; i < instr->label_count; i++) read_catch(r);
}

struct catch_clause next_catch(struct instr *instr) { return read_catch(&instr->labels); }

/* Alignment, of which bit 6 says that a memory index follows, and offset (spec 5.4.7). */
static void read_memarg(struct reader *r, struct instr *instr) {
    enum { HAS_MEMORY = 0x40, FLAGS_END = 0x80 };
    const size_t offset = reader_offset(r);
    const uint32_t flags = read_u32(r);
    if (flags >= FLAGS_END) fail_at(r->diag, DIAG_MALFORMED, offset, "malformed memop flags");
    instr->idx = 0;
    if (flags & HAS_MEMORY) {
        require_feature(r->diag, FEATURE_MULTI_MEMORY, offset);
        instr->idx = read_u32(r);
    }
    instr->align_log2 = flags & (HAS_MEMORY - 1);
    instr->value = read_u64(r);
}

/* An access of one lane, whose number comes last (spec 5.4.13). */
static void read_lane_access(struct reader *r, struct instr *instr) {
    read_memarg(r, instr);
    instr->lane = read_u8(r);
}

/* The binary format has a list of types; no rule of 3.0 allows any length but one. */
static void read_select_types(struct body *body, struct instr *instr) {
    struct reader *r = &body->reader;
    const size_t offset = reader_offset(r);
    const uint32_t count = read_count(r, 1, "types");
    for (uint32_t i = 0; i < count; i++) {
        const size_t type_offset = reader_offset(r);
        instr->type = read_valtype(r, body->module->type_count);
        require_type(r->diag, instr->type, type_offset);
    }
    if (count != 1)
        fail_at(r->diag, DIAG_INVALID, offset, "invalid result arity: select has %u types, and must have one",
                (unsigned)count);
}

/* ref.null names a heap type; the value is the nullable reference to it. */
static void read_null_type(struct body *body, struct instr *instr) {
    const size_t offset = reader_offset(&body->reader);
    instr->type = read_heaptype(&body->reader, body->module->type_count);
    require_type(body->reader.diag, instr->type, offset);
}

static void read_type_to(struct body *body, struct instr *instr) {
    read_null_type(body, instr);
    instr->type &= ~TYPE_NULLABLE;
}

/* br_on_cast: flags that say which of the two types are nullable, the label, the types (spec 5.4.5). */
static void read_label_cast(struct body *body, struct instr *instr) {
    enum { SOURCE_NULLABLE = 1, TARGET_NULLABLE = 2 };
    struct reader *r = &body->reader;
    const size_t offset = reader_offset(r);
    const uint8_t flags = read_u8(r);
    if (flags > (SOURCE_NULLABLE | TARGET_NULLABLE))
        fail_at(r->diag, DIAG_MALFORMED, offset, "malformed br_on_cast flags 0x%02x", flags);
    instr->idx = read_u32(r);
    read_null_type(body, instr);
    instr->source = flags & SOURCE_NULLABLE ? instr->type : instr->type & ~TYPE_NULLABLE;
    read_null_type(body, instr);
    if (!(flags & TARGET_NULLABLE)) instr->type &= ~TYPE_NULLABLE;
}

/* Room that the format keeps for later: which order a fence is to have. */
static void read_zero(struct reader *r) {
    const size_t offset = reader_offset(r);
    if (read_u8(r) != 0) fail_at(r->diag, DIAG_MALFORMED, offset, "zero byte expected");
}

static void read_two(struct reader *r, struct instr *instr) {
    instr->idx = read_u32(r);
    instr->idx2 = read_u32(r);
}

/* Indices of two kinds come in the order of the binary format, which for table.init and memory.init is the reverse
 * of the text format: the segment first. */
static void read_immediates(struct body *body, struct instr *instr, enum imm imm) {
    struct reader *r = &body->reader;
    switch (imm) {
    case IMM_NONE: break;
    case IMM_BLOCK: instr->block = read_block_type(body); break;
    case IMM_TRY_TABLE:
        instr->block = read_block_type(body);
        read_catches(r, instr);
        break;
    case IMM_LABELS: read_labels(r, instr); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_DATA:
    case IMM_TAG:
    case IMM_TYPE:
    case IMM_MEMORY: instr->idx = read_u32(r); break;
    case IMM_TYPE_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_DATA_MEMORY:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE:
    case IMM_MEMORY_MEMORY: read_two(r, instr); break;
    case IMM_MEM8:
    case IMM_MEM16:
    case IMM_MEM32:
    case IMM_MEM64:
    case IMM_MEM128: read_memarg(r, instr); break;
    case IMM_MEM8_LANE:
    case IMM_MEM16_LANE:
    case IMM_MEM32_LANE:
    case IMM_MEM64_LANE: read_lane_access(r, instr); break;
    case IMM_I32: instr->value = (uint32_t)read_s32(r); break;
    case IMM_I64: instr->value = (uint64_t)read_s64(r); break;
    case IMM_F32: instr->value = read_f32_bits(r); break;
    case IMM_F64: instr->value = read_f64_bits(r); break;
    case IMM_V128:
    case IMM_SHUFFLE: instr->bytes = read_span(r, 16, "the bytes of a vector").bytes; break;
    case IMM_LANE16:
    case IMM_LANE8:
    case IMM_LANE4:
    case IMM_LANE2: instr->value = read_u8(r); break;
    case IMM_VALTYPES: read_select_types(body, instr); break;
    case IMM_HEAPTYPE: read_null_type(body, instr); break;
    case IMM_REF_TO: read_type_to(body, instr); break;
    case IMM_LABEL_CAST: read_label_cast(body, instr); break;
    case IMM_ZERO: read_zero(r); break;
    }
}

/* ---- operators ---- */

/* One byte, or a prefix and a number: as ops.def writes it. */
static uint32_t read_opcode(struct reader *r) {
    enum { FIRST_PREFIX = 0xfb, LAST_PREFIX = 0xfe, MAX_SUBCODE = 0xffff };
    const size_t offset = reader_offset(r);
    const uint32_t first = read_u8(r);
    if (first < FIRST_PREFIX || first > LAST_PREFIX) return first;
    const uint32_t subcode = read_u32(r);
    if (subcode > MAX_SUBCODE)
        fail_at(r->diag, DIAG_MALFORMED, offset, "illegal opcode 0x%02x 0x%x", (unsigned)first, (unsigned)subcode);
    return first << 16 | subcode;
}

/* instr is not cleared: only what the operator has is written, since this runs for every operator of the module. */
void body_next(struct body *body, struct instr *instr) {
    struct reader *r = &body->reader;
    instr->offset = reader_offset(r);
    r->diag->op = NULL;
    if (body_at_end(body)) fail_at(r->diag, DIAG_MALFORMED, instr->offset, "unexpected end: END opcode expected");
    const uint32_t code = read_opcode(r);
    const enum op op = op_find(code);
    if (op == OP_COUNT) refuse_opcode(r->diag, code, instr->offset);
    const struct op_info *info = &op_infos[op];
    r->diag->op = info->text;
    require_feature(r->diag, info->feature, instr->offset);
    instr->op = op;
    instr->type = 0;
    read_immediates(body, instr, info->imm);
}

/* ---- block types ---- */

/* Types with an index live in the module; the short form has its one type in *single. */
struct functype block_functype(const struct module *module, struct block_type block, valtype *single) {
    if (block.type_idx != NO_TYPE) return module->types[block.type_idx].func;
    *single = block.result;
    return (struct functype){.results = single, .result_count = block.result != 0};
}
