/* Validation of operators on structures, arrays, i31 and the types of references (spec 3.4.6 to 3.4.10).
 *
 * Each function checks the indices and then pops, from the top of the stack down, and pushes. Where an operator looks
 * at an object through a reference, what validation knows of that reference is left in instr->source: whoever
 * translates it checks for null only where there may be one, and tests no more of a type than is unknown.
 */
#include "validate_internal.h"

/* ---- types and their fields ---- */

static const struct type *type_at(const struct validator *v, uint32_t type_idx, enum composite composite) {
    validate_index(v, "type", type_idx, v->module->type_count);
    const struct type *type = &v->module->types[type_idx];
    if (type->composite != composite)
        validate_fail(v, "type mismatch: type %u is not %s type", (unsigned)type_idx,
                      composite == COMPOSITE_STRUCT ? "a structure" : "an array");
    return type;
}

static const struct field *element_of(const struct validator *v, uint32_t type_idx) {
    return type_at(v, type_idx, COMPOSITE_ARRAY)->fields;
}

static const struct field *field_of(const struct validator *v, const struct instr *instr) {
    const struct type *type = type_at(v, instr->idx, COMPOSITE_STRUCT);
    if (instr->idx2 >= type->field_count)
        validate_fail(v, "unknown field %u (type %u has %u)", (unsigned)instr->idx2, (unsigned)instr->idx,
                      (unsigned)type->field_count);
    return &type->fields[instr->idx2];
}

static bool is_packed(valtype storage) {
    return storage == TYPE_I8 || storage == TYPE_I16;
}

/* What a field holds, on the operand stack. */
static valtype unpacked(valtype storage) {
    return is_packed(storage) ? (valtype)TYPE_I32 : storage;
}

static bool is_number_or_vector(valtype storage) {
    return !type_is_ref(storage);
}

static void check_mutable(const struct validator *v, const struct field *field, const char *what) {
    if (!field->is_mutable) validate_fail(v, "immutable %s: it cannot be written", what);
}

/* Packed fields are read with a sign or without, others with neither word. */
static void check_reading(const struct validator *v, const struct field *field, bool says_sign) {
    if (is_packed(field->type) == says_sign) return;
    validate_fail(v, says_sign ? "field is not packed: it is read without a sign"
                               : "field is packed: it is read as signed or unsigned");
}

/* The operand that a reference to a defined type is; in code that cannot be reached, one that is not null. */
static void pop_object(struct validator *v, struct instr *instr, valtype expected) {
    instr->source = validate_pop(v, expected);
}

static void pop_defined(struct validator *v, struct instr *instr) {
    pop_object(v, instr, type_ref_defined(instr->idx, true));
}

static void push_new(struct validator *v, const struct instr *instr) {
    validate_push(v, type_ref_defined(instr->idx, false));
}

static void check_default(const struct validator *v, const struct field *field) {
    char text[TYPE_TEXT_BYTES];
    if (!type_is_defaultable(field->type))
        validate_fail(v, "type mismatch: a field of type %s has no default value", type_text(text, field->type));
}

/* ---- structures ---- */

static void struct_new(struct validator *v, struct instr *instr) {
    const struct type *type = type_at(v, instr->idx, COMPOSITE_STRUCT);
    for (uint32_t i = type->field_count; i-- > 0;)
        validate_pop(v, unpacked(type->fields[i].type));
    push_new(v, instr);
}

static void struct_new_default(struct validator *v, struct instr *instr) {
    const struct type *type = type_at(v, instr->idx, COMPOSITE_STRUCT);
    for (uint32_t i = 0; i < type->field_count; i++)
        check_default(v, &type->fields[i]);
    push_new(v, instr);
}

static void struct_get(struct validator *v, struct instr *instr) {
    const struct field *field = field_of(v, instr);
    check_reading(v, field, instr->op != OP_STRUCT_GET);
    pop_defined(v, instr);
    validate_push(v, unpacked(field->type));
}

static void struct_set(struct validator *v, struct instr *instr) {
    const struct field *field = field_of(v, instr);
    check_mutable(v, field, "field");
    validate_pop(v, unpacked(field->type));
    pop_defined(v, instr);
}

/* ---- arrays ---- */

static void array_new(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    validate_pop(v, TYPE_I32);
    validate_pop(v, unpacked(element->type));
    push_new(v, instr);
}

static void array_new_default(struct validator *v, struct instr *instr) {
    check_default(v, element_of(v, instr->idx));
    validate_pop(v, TYPE_I32);
    push_new(v, instr);
}

/* The number of elements is a number in the code: what is not on the stack ends the loop. */
static void array_new_fixed(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    if (instr->idx2 > MAX_OPERANDS)
        fail_at(v->diag, DIAG_LIMIT, v->offset, "an array of %u elements, where w2c allows %d", (unsigned)instr->idx2,
                MAX_OPERANDS);
    for (uint32_t i = 0; i < instr->idx2; i++)
        validate_pop(v, unpacked(element->type));
    push_new(v, instr);
}

static void check_data_elements(const struct validator *v, const struct field *element) {
    char text[TYPE_TEXT_BYTES];
    if (!is_number_or_vector(element->type))
        validate_fail(v, "type mismatch: array type is not numeric or vector: data cannot be of type %s",
                      type_text(text, element->type));
}

static void check_elem_elements(const struct validator *v, uint32_t elem_idx, const struct field *element) {
    validate_index(v, "elem segment", elem_idx, v->module->element_count);
    char from[TYPE_TEXT_BYTES];
    char to[TYPE_TEXT_BYTES];
    const valtype type = v->module->elements[elem_idx].type;
    if (!type_matches(v->module, type, element->type))
        validate_fail(v, "type mismatch: elements of type %s do not fit in an array of %s", type_text(from, type),
                      type_text(to, element->type));
}

/* Where in the segment, and how many. */
static void array_new_data(struct validator *v, struct instr *instr) {
    check_data_elements(v, element_of(v, instr->idx));
    validate_data(v, instr->idx2);
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    push_new(v, instr);
}

static void array_new_elem(struct validator *v, struct instr *instr) {
    check_elem_elements(v, instr->idx2, element_of(v, instr->idx));
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    push_new(v, instr);
}

static void array_get(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    check_reading(v, element, instr->op != OP_ARRAY_GET);
    validate_pop(v, TYPE_I32);
    pop_defined(v, instr);
    validate_push(v, unpacked(element->type));
}

static void array_set(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    check_mutable(v, element, "array");
    validate_pop(v, unpacked(element->type));
    validate_pop(v, TYPE_I32);
    pop_defined(v, instr);
}

static void array_len(struct validator *v, struct instr *instr) {
    pop_object(v, instr, type_ref(TYPE_ARRAY, true));
    validate_push(v, TYPE_I32);
}

/* Operands: the array, where, the value, how many. */
static void array_fill(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    check_mutable(v, element, "array");
    validate_pop(v, TYPE_I32);
    validate_pop(v, unpacked(element->type));
    validate_pop(v, TYPE_I32);
    pop_defined(v, instr);
}

/* Destination and where in it, source and where in it, how many. Packed types match only themselves. */
static void array_copy(struct validator *v, struct instr *instr) {
    const struct field *to = element_of(v, instr->idx);
    const struct field *from = element_of(v, instr->idx2);
    check_mutable(v, to, "array");
    if (!type_matches(v->module, from->type, to->type)) validate_fail(v, "array types do not match");
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    validate_pop(v, type_ref_defined(instr->idx2, true));
    validate_pop(v, TYPE_I32);
    pop_defined(v, instr);
}

/* The array and where in it, where in the segment, how many. */
static void pop_init(struct validator *v, struct instr *instr) {
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    validate_pop(v, TYPE_I32);
    pop_defined(v, instr);
}

static void array_init_data(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    check_mutable(v, element, "array");
    check_data_elements(v, element);
    validate_data(v, instr->idx2);
    pop_init(v, instr);
}

static void array_init_elem(struct validator *v, struct instr *instr) {
    const struct field *element = element_of(v, instr->idx);
    check_mutable(v, element, "array");
    check_elem_elements(v, instr->idx2, element);
    pop_init(v, instr);
}

/* ---- tests and casts ---- */

/* The nullable reference to the type above all that a heap type is compared with. */
static valtype top_of(const struct validator *v, valtype type) {
    enum type_code code = type_code(type);
    if (code == TYPE_DEFINED) code = type_composite_code(v->module->types[type_idx_of(type)].composite);
    switch (code) {
    case TYPE_FUNC:
    case TYPE_NOFUNC: return type_ref(TYPE_FUNC, true);
    case TYPE_EXTERN:
    case TYPE_NOEXTERN: return type_ref(TYPE_EXTERN, true);
    case TYPE_EXN:
    case TYPE_NOEXN: return type_ref(TYPE_EXN, true);
    default: return type_ref(TYPE_ANY, true);
    }
}

static void ref_test(struct validator *v, struct instr *instr) {
    pop_object(v, instr, top_of(v, instr->type));
    validate_push(v, TYPE_I32);
}

static void ref_cast(struct validator *v, struct instr *instr) {
    pop_object(v, instr, top_of(v, instr->type));
    validate_push(v, instr->type);
}

/* What is left of `source` if the reference is not of type `target` (spec 3.3, difference of reference types). */
static valtype difference(valtype source, valtype target) {
    return type_is_nullable(target) ? source & ~TYPE_NULLABLE : source;
}

/* A branch with a reference on top of what its label takes: `taken` is its type if the branch is taken, `left` if not.
 * The values below it stay, of the types that the label gives them. */
static void branch_on_cast(struct validator *v, struct instr *instr, valtype taken, valtype left) {
    char source_text[TYPE_TEXT_BYTES];
    char target_text[TYPE_TEXT_BYTES];
    if (!type_matches(v->module, instr->type, instr->source))
        validate_fail(v, "type mismatch: %s is not below %s, which is cast", type_text(target_text, instr->type),
                      type_text(source_text, instr->source));
    valtype single;
    const struct type_list label = validate_label_types(v, instr->idx, &single);
    if (label.count == 0) validate_fail(v, "type mismatch: the label takes no reference");
    const valtype last = label.types[label.count - 1];
    if (!type_matches(v->module, taken, last))
        validate_fail(v, "type mismatch: expected %s, found %s", type_text(target_text, last),
                      type_text(source_text, taken));
    validate_pop(v, instr->source);
    validate_pop_all(v, label.types, label.count - 1);
    validate_push_all(v, label.types, label.count - 1);
    validate_push(v, left);
}

static void br_on_cast(struct validator *v, struct instr *instr) {
    branch_on_cast(v, instr, instr->type, difference(instr->source, instr->type));
}

static void br_on_cast_fail(struct validator *v, struct instr *instr) {
    branch_on_cast(v, instr, difference(instr->source, instr->type), instr->type);
}

/* ---- conversions, i31 ---- */

/* Null stays null and nothing else becomes it. An unknown value is taken for one that is not null, the lower type. */
static void convert(struct validator *v, enum type_code from, enum type_code to) {
    const valtype found = validate_pop(v, type_ref(from, true));
    validate_push(v, type_ref(to, type_is_nullable(found)));
}

static void any_convert_extern(struct validator *v, struct instr *instr) {
    (void)instr;
    convert(v, TYPE_EXTERN, TYPE_ANY);
}

static void extern_convert_any(struct validator *v, struct instr *instr) {
    (void)instr;
    convert(v, TYPE_ANY, TYPE_EXTERN);
}

static void ref_i31(struct validator *v, struct instr *instr) {
    (void)instr;
    validate_pop(v, TYPE_I32);
    validate_push(v, type_ref(TYPE_I31, false));
}

static void i31_get(struct validator *v, struct instr *instr) {
    pop_object(v, instr, type_ref(TYPE_I31, true));
    validate_push(v, TYPE_I32);
}

static const validate_action actions[] = {
    [OP_STRUCT_NEW - OP_STRUCT_NEW] = struct_new,
    [OP_STRUCT_NEW_DEFAULT - OP_STRUCT_NEW] = struct_new_default,
    [OP_STRUCT_GET - OP_STRUCT_NEW] = struct_get,
    [OP_STRUCT_GET_S - OP_STRUCT_NEW] = struct_get,
    [OP_STRUCT_GET_U - OP_STRUCT_NEW] = struct_get,
    [OP_STRUCT_SET - OP_STRUCT_NEW] = struct_set,
    [OP_ARRAY_NEW - OP_STRUCT_NEW] = array_new,
    [OP_ARRAY_NEW_DEFAULT - OP_STRUCT_NEW] = array_new_default,
    [OP_ARRAY_NEW_FIXED - OP_STRUCT_NEW] = array_new_fixed,
    [OP_ARRAY_NEW_DATA - OP_STRUCT_NEW] = array_new_data,
    [OP_ARRAY_NEW_ELEM - OP_STRUCT_NEW] = array_new_elem,
    [OP_ARRAY_GET - OP_STRUCT_NEW] = array_get,
    [OP_ARRAY_GET_S - OP_STRUCT_NEW] = array_get,
    [OP_ARRAY_GET_U - OP_STRUCT_NEW] = array_get,
    [OP_ARRAY_SET - OP_STRUCT_NEW] = array_set,
    [OP_ARRAY_LEN - OP_STRUCT_NEW] = array_len,
    [OP_ARRAY_FILL - OP_STRUCT_NEW] = array_fill,
    [OP_ARRAY_COPY - OP_STRUCT_NEW] = array_copy,
    [OP_ARRAY_INIT_DATA - OP_STRUCT_NEW] = array_init_data,
    [OP_ARRAY_INIT_ELEM - OP_STRUCT_NEW] = array_init_elem,
    [OP_REF_TEST - OP_STRUCT_NEW] = ref_test,
    [OP_REF_TEST_NULL - OP_STRUCT_NEW] = ref_test,
    [OP_REF_CAST - OP_STRUCT_NEW] = ref_cast,
    [OP_REF_CAST_NULL - OP_STRUCT_NEW] = ref_cast,
    [OP_BR_ON_CAST - OP_STRUCT_NEW] = br_on_cast,
    [OP_BR_ON_CAST_FAIL - OP_STRUCT_NEW] = br_on_cast_fail,
    [OP_ANY_CONVERT_EXTERN - OP_STRUCT_NEW] = any_convert_extern,
    [OP_EXTERN_CONVERT_ANY - OP_STRUCT_NEW] = extern_convert_any,
    [OP_REF_I31 - OP_STRUCT_NEW] = ref_i31,
    [OP_I31_GET_S - OP_STRUCT_NEW] = i31_get,
    [OP_I31_GET_U - OP_STRUCT_NEW] = i31_get,
};

/* The rows of ops_gc.def of form HEAP stand next to each other, from struct.new to i31.get_u. */
void validate_heap_operator(struct validator *v, struct instr *instr) {
    actions[instr->op - OP_STRUCT_NEW](v, instr);
}
