/* Calls through the tables of a program, by code.
 *
 * Most programs never change a table once its segments are in it: compilers of C, C++ and Rust make one table, which is
 * what function pointers are indices into. Then the translator knows each element. For every function type there is an
 * array of the code of those elements that have the type, with NULL in place of the others,
 *
 *     static const w2c_code table0_type3[14] = {[5] = (w2c_code)fn9_add, [7] = (w2c_code)fn11_mul};
 *
 * and a call compares the index with a constant, and the code with NULL: no signature is looked at, nor is there a
 * record to be fetched before the code. The call itself says only TABLE0_CODE(3, l0), and is written before it is known
 * whether the table is such a one: an operator of any function may change it. What the macro stands for is decided when
 * all functions are written.
 */
#include "emit.h"

/* Entries of all arrays together: 8 bytes each in the program. One entry at a low index does not make it worth
 * subtracting the first index. */
enum { MAX_CODES = 1 << 18, MAX_TABLE = 1 << 16, MAX_LEADING_HOLES = 64 };

/* Elements of one type: [first, end). */
struct range {
    uint32_t first;
    uint32_t end;
};

bool calls_by_code(const struct emitter *e) {
    return e->is_program && !e->is_for_tcc && !e->module->has_rich_types;
}

static bool is_function_type(const struct module *m, uint32_t type_idx) {
    return m->types[type_idx].composite == COMPOSITE_FUNC && canonical_type(m, type_idx) == type_idx;
}

/* ---- what is in a table ---- */

/* False if the offset is not a plain constant. */
static bool constant_offset(const struct emitter *e, const struct element *element, valtype type, uint64_t *offset) {
    const struct function *f = build_constexpr(e->module, e->arena, e->diag, &element->offset, type);
    const struct expr *value = f->stmts[f->stmt_count - 1].args[0];
    *offset = value->value;
    return f->stmt_count == 1 && (value->op == OP_I32_CONST || value->op == OP_I64_CONST);
}

static bool place_segment(const struct emitter *e, const struct element *element, uint32_t *funcs, uint64_t size) {
    const struct limits *limits = &e->module->tables[element->table_idx].type.limits;
    uint64_t offset;
    if (element->inits || !constant_offset(e, element, limits->is_64 ? TYPE_I64 : TYPE_I32, &offset)) return false;
    if (offset > size || element->count > size - offset) return false; /* the program will not come to a call */
    if (element->count) memcpy(funcs + offset, element->func_idxs, element->count * sizeof *funcs);
    return true;
}

/* The functions in the table, by index, or NULL if they are not known. */
static uint32_t *table_functions(const struct emitter *e, uint32_t table_idx) {
    const struct module *m = e->module;
    const struct table *table = &m->tables[table_idx];
    const uint64_t size = table->type.limits.min;
    if (e->changes_tables || table->import >= 0 || table->init.code.size || size > MAX_TABLE) return NULL;
    uint32_t *funcs = arena_array(e->arena, uint32_t, size + 1);
    for (uint64_t i = 0; i < size; i++)
        funcs[i] = NO_FUNC;
    for (uint32_t i = 0; i < m->element_count; i++) {
        const struct element *element = &m->elements[i];
        if (element->mode != SEGMENT_ACTIVE || element->table_idx != table_idx) continue;
        if (!place_segment(e, element, funcs, size)) return NULL;
    }
    return funcs;
}

static void add_to_range(struct range *range, uint32_t at) {
    if (range->end == 0) range->first = at < MAX_LEADING_HOLES ? 0 : at;
    range->end = at + 1;
}

/* By canonical type. NULL if the arrays would be too large. */
static struct range *find_ranges(const struct emitter *e, uint32_t table_idx, const uint32_t *funcs) {
    const struct module *m = e->module;
    struct range *ranges = arena_array(e->arena, struct range, m->type_count + 1);
    for (uint32_t i = 0; i < m->tables[table_idx].type.limits.min; i++) {
        if (funcs[i] != NO_FUNC) add_to_range(&ranges[canonical_type(m, m->funcs[funcs[i]].type_idx)], i);
    }
    uint64_t total = 0;
    for (uint32_t i = 0; i < m->type_count; i++)
        total += ranges[i].end - ranges[i].first;
    return total <= MAX_CODES ? ranges : NULL;
}

/* ---- text ---- */

static void declare_codes(struct text *out, uint32_t table_idx, uint32_t type_idx, struct range range) {
    const unsigned table = table_idx, type = type_idx, count = range.end - range.first;
    if (count == 0) {
        text_format(out, "#define TABLE%u_TYPE%u NULL, 0, 0\n", table, type);
        return;
    }
    text_format(out, "W2C_DATA_DECL const w2c_code table%u_type%u[%u];\n", table, type, count);
    text_format(out, "#define TABLE%u_TYPE%u table%u_type%u, %u, %u\n", table, type, table, type, (unsigned)range.first,
                count);
}

static void declare_table(struct text *out, const struct emitter *e, uint32_t table_idx) {
    const unsigned table = table_idx;
    const uint32_t *funcs = table_functions(e, table_idx);
    const struct range *ranges = funcs ? find_ranges(e, table_idx, funcs) : NULL;
    if (!ranges) {
        text_format(out, "#define TABLE%u_CODE(type, index) (table_func(&table%u, index, (type) + 1)->code)\n", table,
                    table);
        return;
    }
    for (uint32_t i = 0; i < e->module->type_count; i++) {
        if (is_function_type(e->module, i)) declare_codes(out, table_idx, i, ranges[i]);
    }
    text_format(out, "#define TABLE%u_CODE(type, index) table_code(&table%u, index, TABLE%u_TYPE##type)\n", table,
                table, table);
}

void emit_table_declarations(struct text *out, const struct emitter *e) {
    if (!calls_by_code(e)) return;
    for (uint32_t i = 0; i < e->module->table_count; i++)
        declare_table(out, e, i);
}

static void define_codes(struct text *out, const struct emitter *e, uint32_t table_idx, uint32_t type_idx,
                         struct range range, const uint32_t *funcs) {
    const struct module *m = e->module;
    text_format(out, "W2C_DATA const w2c_code table%u_type%u[%u] = {\n", (unsigned)table_idx, (unsigned)type_idx,
                (unsigned)(range.end - range.first));
    for (uint32_t i = range.first; i < range.end; i++) {
        if (funcs[i] == NO_FUNC || canonical_type(m, m->funcs[funcs[i]].type_idx) != type_idx) continue;
        text_format(out, "    [%u] = (w2c_code)%s,\n", (unsigned)(i - range.first), e->func_names[funcs[i]]);
    }
    text_str(out, "};\n");
}

void emit_table_definitions(struct text *out, const struct emitter *e) {
    if (!calls_by_code(e)) return;
    for (uint32_t table = 0; table < e->module->table_count; table++) {
        const uint32_t *funcs = table_functions(e, table);
        const struct range *ranges = funcs ? find_ranges(e, table, funcs) : NULL;
        for (uint32_t i = 0; ranges && i < e->module->type_count; i++) {
            if (ranges[i].end) define_codes(out, e, table, i, ranges[i], funcs);
        }
    }
}

static void assemble_codes(struct text *out, const struct emitter *e, uint32_t table_idx, uint32_t type_idx,
                           struct range range, const uint32_t *funcs) {
    const struct module *m = e->module;
    const unsigned table = table_idx, type = type_idx;
    text_format(out, "    .globl table%u_type%u\n    .balign 8\ntable%u_type%u:\n", table, type, table, type);
    for (uint32_t i = range.first; i < range.end; i++) {
        const bool is_it = funcs[i] != NO_FUNC && canonical_type(m, m->funcs[funcs[i]].type_idx) == type_idx;
        text_format(out, "    .quad %s\n", is_it ? e->func_names[funcs[i]] : "0");
    }
}

void emit_table_assembly(struct text *out, const struct emitter *e) {
    for (uint32_t table = 0; calls_by_code(e) && table < e->module->table_count; table++) {
        const uint32_t *funcs = table_functions(e, table);
        const struct range *ranges = funcs ? find_ranges(e, table, funcs) : NULL;
        for (uint32_t i = 0; ranges && i < e->module->type_count; i++) {
            if (ranges[i].end) assemble_codes(out, e, table, i, ranges[i], funcs);
        }
    }
}
