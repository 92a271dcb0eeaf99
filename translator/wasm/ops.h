/* The operators. ops.def has one row for each; everybody who needs a fact about an operator reads it there. */
#ifndef W2C_OPS_H
#define W2C_OPS_H

#include <stdbool.h>
#include <stdint.h>

enum op {
#define OP(id, code, text, imm, sig, feature, form, c) OP_##id,
#include "ops.def"
#undef OP
    OP_COUNT
};

/* The kinds of immediates (spec 5.4); see struct instr in body.h for where they are put. */
enum imm {
    IMM_NONE,
    IMM_BLOCK,         /* block type */
    IMM_LABEL,
    IMM_LABELS,        /* br_table */
    IMM_FUNC,
    IMM_TYPE_TABLE,    /* call_indirect: type, table */
    IMM_LOCAL,
    IMM_GLOBAL,
    IMM_TABLE,
    IMM_TABLE_TABLE,   /* table.copy: destination, source */
    IMM_ELEM_TABLE,    /* table.init: element, table */
    IMM_ELEM,
    IMM_DATA,
    IMM_DATA_MEMORY,   /* memory.init: data, memory */
    IMM_MEMORY,
    IMM_MEMORY_MEMORY, /* memory.copy: destination, source */
    IMM_MEM8,          /* alignment, memory, offset, for an access of 8 bits ... */
    IMM_MEM16,
    IMM_MEM32,
    IMM_MEM64,
    IMM_MEM128,
    IMM_MEM8_LANE,     /* the same, and a lane, for an access of one lane of 8 bits ... */
    IMM_MEM16_LANE,
    IMM_MEM32_LANE,
    IMM_MEM64_LANE,
    IMM_I32,
    IMM_I64,
    IMM_F32,
    IMM_F64,
    IMM_V128,          /* 16 bytes */
    IMM_SHUFFLE,       /* 16 lanes of two vectors */
    IMM_LANE16,        /* a lane of a vector of 16, of 8 ... */
    IMM_LANE8,
    IMM_LANE4,
    IMM_LANE2,
    IMM_VALTYPES,      /* select with types */
    IMM_HEAPTYPE,      /* as the nullable reference to it */
    IMM_REF_TO,        /* a heap type, as the reference to it that is not null */
    IMM_TYPE,
    IMM_TYPE_FIELD,    /* struct.get: type, field */
    IMM_TYPE_COUNT,    /* array.new_fixed: type, number of elements */
    IMM_TYPE_DATA,     /* array.new_data: type, data */
    IMM_TYPE_ELEM,     /* array.new_elem: type, element */
    IMM_TYPE_TYPE,     /* array.copy: types of destination and source */
    IMM_LABEL_CAST,    /* br_on_cast: label, types before and after */
    IMM_TAG,
    IMM_ZERO,          /* atomic.fence: a byte that is 0 */
    IMM_TRY_TABLE      /* block type, catch clauses */
};

/* What kind of thing an operator is to whoever translates it. */
enum form {
    FORM_PURE,    /* a value from values; cannot trap */
    FORM_COMPARE, /* PURE, and the value is 0 or 1, written as a C condition */
    FORM_TRAP,    /* a value from values; may trap */
    FORM_LOAD,
    FORM_STORE,
    FORM_HEAP,    /* on references and what they refer to: see ops_gc.def */
    FORM_ATOMIC,  /* an access or a wait of ops_atomic.def: as an effect, never dropped or moved */
    FORM_WIDE,    /* two values from values; cannot trap */
    FORM_EFFECT,  /* reads or changes more than its operands, by a call of the runtime */
    FORM_CONTROL  /* needs code of its own in the validator and in the builder */
};

/* Proposals by the names users know. */
enum feature {
#define FEATURE(id, text, is_supported) FEATURE_##id,
#include "features.def"
#undef FEATURE
    FEATURE_COUNT
};

struct op_info {
    uint32_t code;         /* one byte, or prefix << 16 | subcode */
    const char *text;      /* as the text format writes it */
    enum imm imm;
    const char *signature; /* "parameters:results", or NULL: see validate_control.c */
    enum feature feature;
    enum form form;
    const char *c;         /* C spelling, see emit_expr.c; NULL where the emitter has code of its own */
};

extern const struct op_info op_infos[OP_COUNT];

/* Whether an `end` (or a delegate) belongs to it. */
static inline bool op_opens_block(enum op op) {
    return op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY || op == OP_TRY_TABLE;
}

/* How many bytes a load or store is of: its natural alignment is the same. */
static inline unsigned access_bytes(enum op op) {
    const enum imm imm = op_infos[op].imm;
    const bool is_lane = imm >= IMM_MEM8_LANE && imm <= IMM_MEM64_LANE;
    return 1u << ((unsigned)imm - (is_lane ? IMM_MEM8_LANE : IMM_MEM8));
}

/* A signature of the table, parsed: `params` first, then `results`, as value types (types.h). */
enum { MAX_SIGNATURE = 6, TYPE_ADDRESS = 0xff /* 'p': i32 or i64, as the memory says */ };
struct op_signature {
    uint8_t param_count;
    uint8_t result_count;
    bool is_known; /* the row has a signature */
    uint32_t types[MAX_SIGNATURE];
};

/* The rows with codes of one byte: 1 more than the operator, or 0. */
extern const uint16_t op_slots[];
enum op op_find_prefixed(uint32_t code);
/* The operator with this code, or OP_COUNT. */
static inline enum op op_find(uint32_t code) {
    if (code >= 0x100) return op_find_prefixed(code);
    return op_slots[code] ? (enum op)(op_slots[code] - 1) : OP_COUNT;
}

/* One for each operator. Parsed once, by whichever thread asks first. */
const struct op_signature *op_signatures(void);

#endif
