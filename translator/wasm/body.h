/* One function body (or constant expression) as a stream of instructions. The one decoder of operators:
 * validator, builder, and whoever else walks code gets its instructions here. */
#ifndef W2C_BODY_H
#define W2C_BODY_H

#include "ops.h"
#include "reader.h"

/* A block type: no type index means `result` alone ([] -> [result]) or nothing (result == 0). */
struct block_type {
    uint32_t type_idx; /* or NO_TYPE */
    valtype result;
};

/* One instruction. Which members mean something follows from op_infos[op].imm. */
struct instr {
    enum op op;
    size_t offset; /* of the operator, in the file */
    uint32_t idx;  /* label, func, local, global, table, element, data, memory of an access; or the first of two */
    uint32_t idx2; /* table of call_indirect and table.init, source of copies, memory of memory.init */
    struct block_type block;
    valtype type;  /* select with a type; ref.null, ref.test, br_on_cast: the reference type; else 0 */
    valtype source; /* of operators of form HEAP: what type the reference has that they look at */
    uint32_t align_log2;
    uint64_t value; /* constant's bits; offset of a memory access; lane that is extracted or replaced */
    uint8_t lane;   /* lane of a vector that a memory access loads or stores */
    const uint8_t *bytes; /* v128.const: its 16 bytes; i8x16.shuffle: its 16 lanes; in the file */
    /* br_table: count targets and then the default; decode with next_label. try_table: count clauses, with
     * next_catch. */
    uint32_t label_count;
    struct reader labels;
};

struct local_run { /* locals as the file writes them: count times one type */
    uint32_t count;
    valtype type;
};

enum { MAX_LOCALS = 50000 }; /* parameters included; the limit that other engines have */

struct body {
    struct reader reader;
    const struct module *module;
    const struct local_run *runs;
    uint32_t run_count;
    uint32_t local_count; /* parameters included */
};

/* Opens a function body: reads the locals. `arena` holds the runs. */
void body_open(struct body *body, const struct module *module, struct arena *arena, struct diag_context *diag,
               uint32_t func_idx);
/* Opens a constant expression. */
void body_open_constexpr(struct body *body, const struct module *module, struct diag_context *diag,
                         const struct constexpr *expression);
/* The next instruction; body->reader.diag->op names it from here on. Fails at the end of the bytes. */
void body_next(struct body *body, struct instr *instr);
static inline bool body_at_end(const struct body *body) { return body->reader.next == body->reader.end; }
/* The next target of a br_table, label_count + 1 times. */
uint32_t next_label(struct instr *instr);

/* A clause of try_table: which exceptions it catches, and what it pushes before it branches. */
enum catch_kind { CATCH_TAG, CATCH_TAG_REF, CATCH_ALL, CATCH_ALL_REF };
struct catch_clause {
    enum catch_kind kind;
    uint32_t tag;   /* CATCH_TAG, CATCH_TAG_REF */
    uint32_t label; /* counted from outside of the try_table */
};
static inline bool catch_has_tag(enum catch_kind kind) { return kind == CATCH_TAG || kind == CATCH_TAG_REF; }
static inline bool catch_has_ref(enum catch_kind kind) { return kind == CATCH_TAG_REF || kind == CATCH_ALL_REF; }
/* The next clause of a try_table, label_count times. */
struct catch_clause next_catch(struct instr *instr);

/* Parameters and results of a block type. `single` has room for the one result of the short form. */
struct functype block_functype(const struct module *module, struct block_type block, valtype *single);

#endif
