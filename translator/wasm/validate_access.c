/* Validation of operators on variables, tables and memories (spec 3.4.5 to 3.4.9).
 *
 * Their types depend on what their indices name: the type of a local, of a table's elements, the address type of a
 * memory. Each function checks the indices and then pops, from the top of the stack down, and pushes. Addresses and
 * sizes are i32 or i64 by the limits of what is addressed, so 64-bit memories and tables need no change here.
 */
#include "validate_internal.h"

/* ---- variables ---- */

/* The group of a local is searched for: modules have few groups in a function, four as compilers write them. */
valtype validate_local_type(const struct validator *v, uint32_t idx) {
    validate_index(v, "local", idx, v->local_count);
    if (idx < v->type->param_count) return v->type->params[idx];
    uint32_t first = 0;
    uint32_t last = v->local_group_count - 1;
    while (first < last) {
        const uint32_t middle = (first + last) / 2;
        if (idx < v->locals[middle].end)
            last = middle;
        else
            first = middle + 1;
    }
    return v->locals[first].type;
}

void validate_local_get(struct validator *v, struct instr *instr) {
    validate_push(v, validate_local_type(v, instr->idx));
    validate_local_is_set(v, instr->idx);
}

void validate_local_set(struct validator *v, struct instr *instr) {
    validate_pop(v, validate_local_type(v, instr->idx));
    validate_set_local(v, instr->idx);
}

void validate_local_tee(struct validator *v, struct instr *instr) {
    const valtype type = validate_local_type(v, instr->idx);
    validate_pop(v, type);
    validate_push(v, type);
    validate_set_local(v, instr->idx);
}

static struct global_type global_type(const struct validator *v, uint32_t idx) {
    validate_index(v, "global", idx, v->module->global_count);
    return v->module->globals[idx].type;
}

void validate_global_get(struct validator *v, struct instr *instr) {
    validate_push(v, global_type(v, instr->idx).type);
}

void validate_global_set(struct validator *v, struct instr *instr) {
    const struct global_type type = global_type(v, instr->idx);
    if (!type.is_mutable) validate_fail(v, "immutable global: global %u cannot be set", (unsigned)instr->idx);
    validate_pop(v, type.type);
}

/* ---- tables ---- */

static valtype address_type(const struct limits *limits) { return limits->is_64 ? TYPE_I64 : TYPE_I32; }

/* A length that counts in two memories or tables fits in the smaller of their address types. */
static valtype shorter_address(valtype a, valtype b) { return a == TYPE_I64 ? b : a; }

static const struct table_type *table_type(const struct validator *v, uint32_t idx) {
    validate_index(v, "table", idx, v->module->table_count);
    return &v->module->tables[idx].type;
}

valtype validate_table_address(const struct validator *v, uint32_t table_idx) {
    return address_type(&table_type(v, table_idx)->limits);
}

void validate_table_get(struct validator *v, struct instr *instr) {
    const struct table_type *table = table_type(v, instr->idx);
    validate_pop(v, address_type(&table->limits));
    validate_push(v, table->element);
}

void validate_table_set(struct validator *v, struct instr *instr) {
    const struct table_type *table = table_type(v, instr->idx);
    validate_pop(v, table->element);
    validate_pop(v, address_type(&table->limits));
}

static void check_elements_match(const struct validator *v, valtype from, valtype to) {
    if (type_matches(v->module, from, to)) return;
    char from_text[TYPE_TEXT_BYTES];
    char to_text[TYPE_TEXT_BYTES];
    validate_fail(v, "type mismatch: elements of type %s do not fit in a table of %s", type_text(from_text, from),
                  type_text(to_text, to));
}

/* The segment is counted in i32 whatever the table: segments are never longer than that. */
void validate_table_init(struct validator *v, struct instr *instr) {
    const struct table_type *table = table_type(v, instr->idx2);
    validate_index(v, "elem segment", instr->idx, v->module->element_count);
    check_elements_match(v, v->module->elements[instr->idx].type, table->element);
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    validate_pop(v, address_type(&table->limits));
}

void validate_table_copy(struct validator *v, struct instr *instr) {
    const struct table_type *to = table_type(v, instr->idx);
    const struct table_type *from = table_type(v, instr->idx2);
    check_elements_match(v, from->element, to->element);
    const valtype to_address = address_type(&to->limits);
    const valtype from_address = address_type(&from->limits);
    validate_pop(v, shorter_address(to_address, from_address));
    validate_pop(v, from_address);
    validate_pop(v, to_address);
}

/* Operands: the value for new elements, then their number. */
void validate_table_grow(struct validator *v, struct instr *instr) {
    const struct table_type *table = table_type(v, instr->idx);
    validate_pop(v, address_type(&table->limits));
    validate_pop(v, table->element);
    validate_push(v, address_type(&table->limits));
}

void validate_table_size(struct validator *v, struct instr *instr) {
    validate_push(v, validate_table_address(v, instr->idx));
}

void validate_table_fill(struct validator *v, struct instr *instr) {
    const struct table_type *table = table_type(v, instr->idx);
    validate_pop(v, address_type(&table->limits));
    validate_pop(v, table->element);
    validate_pop(v, address_type(&table->limits));
}

void validate_elem_drop(struct validator *v, struct instr *instr) {
    validate_index(v, "elem segment", instr->idx, v->module->element_count);
}

/* ---- memories ---- */

valtype validate_memory_address(const struct validator *v, uint32_t memory_idx) {
    validate_index(v, "memory", memory_idx, v->module->memory_count);
    return address_type(&v->module->memories[memory_idx].type.limits);
}

void validate_memory_size(struct validator *v, struct instr *instr) {
    validate_push(v, validate_memory_address(v, instr->idx));
}

void validate_memory_grow(struct validator *v, struct instr *instr) {
    const valtype address = validate_memory_address(v, instr->idx);
    validate_pop(v, address);
    validate_push(v, address);
}

/* The data section comes after the code: a one-pass decoder needs the count before (spec 5.5.17). */
void validate_data(const struct validator *v, uint32_t idx) {
    if (!v->module->has_data_count) fail_at(v->diag, DIAG_MALFORMED, v->offset, "data count section required");
    validate_index(v, "data segment", idx, v->module->data_count);
}

/* As for tables: offset and length in the segment are i32 for every memory. */
void validate_memory_init(struct validator *v, struct instr *instr) {
    const valtype address = validate_memory_address(v, instr->idx2);
    validate_data(v, instr->idx);
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    validate_pop(v, address);
}

void validate_data_drop(struct validator *v, struct instr *instr) { validate_data(v, instr->idx); }

void validate_memory_copy(struct validator *v, struct instr *instr) {
    const valtype to = validate_memory_address(v, instr->idx);
    const valtype from = validate_memory_address(v, instr->idx2);
    validate_pop(v, shorter_address(to, from));
    validate_pop(v, from);
    validate_pop(v, to);
}

/* Operands: where, the byte, how many. */
void validate_memory_fill(struct validator *v, struct instr *instr) {
    const valtype address = validate_memory_address(v, instr->idx);
    validate_pop(v, address);
    validate_pop(v, TYPE_I32);
    validate_pop(v, address);
}
