/* Objects in C: statements that make, read and write them, and tests of what a reference is. The names are those of
 * w2c/ops_gc.h, and for tcc of w2c/tcc_gc.h.
 *
 *     struct.get 3 1      i0 = struct_get_u32(not_null_struct(r0), 16);
 *     struct.new 3        { const void *const object = struct_new(type_records[3], 24);
 *                         struct_set_ref(object, 8, r0); struct_set_u32(object, 16, i1);
 *                         r0 = object; }
 *     ref.cast (ref 3)    if (!(ref_is_exactly(r0, type_records[3]))) w2c_cast_failed();
 *
 * A check for null is written only if validation cannot exclude null, and of a type only what is not known.
 */
#include "emit_body.h"

/* Of a field or element, as the names of accesses end. */
static const char *storage_name(valtype type, bool is_signed) {
    switch (type_code(type)) {
    case TYPE_I8: return is_signed ? "s8" : "u8";
    case TYPE_I16: return is_signed ? "s16" : "u16";
    case TYPE_I32: return "u32";
    case TYPE_I64: return "u64";
    case TYPE_F32: return "f32";
    case TYPE_F64: return "f64";
    case TYPE_V128: return "v128";
    default: return "ref";
    }
}

static const struct type *type_of(const struct body_writer *b, const struct stmt *stmt) {
    return &b->f->module->types[stmt->idx];
}

static const char *field_name(const struct body_writer *b, const struct stmt *stmt) {
    return storage_name(type_of(b, stmt)->fields[stmt->idx2].type, stmt->op == OP_STRUCT_GET_S);
}

static const char *element_name(const struct body_writer *b, const struct stmt *stmt) {
    return storage_name(type_of(b, stmt)->fields[0].type, stmt->op == OP_ARRAY_GET_S);
}

static void emit_checked(struct body_writer *b, const struct expr *reference, valtype source, const char *kind) {
    const bool is_checked = type_is_nullable(source);
    if (is_checked) text_format(b->w.out, "not_null_%s(", kind);
    emit_expr(&b->w, reference);
    if (is_checked) text_char(b->w.out, ')');
}

/* The rest of the operands, from `first` on, and the end of the statement. */
static void emit_rest(struct body_writer *b, const struct stmt *stmt, uint32_t first) {
    for (uint32_t i = first; i < stmt->arg_count; i++) {
        text_str(b->w.out, ", ");
        emit_expr(&b->w, stmt->args[i]);
    }
    text_str(b->w.out, ");\n");
}

static void emit_wanted(struct body_writer *b, struct dest dest) {
    if (dest.kind != DEST_NONE && !emit_is_wanted(b->f, dest)) {
        emit_line(b, "(void)");
    } else {
        emit_dest(b, dest);
    }
}

/* ---- what a reference is ---- */

static bool is_below(const struct module *m, valtype source, valtype target) {
    return source && type_matches(m, source & ~TYPE_NULLABLE, target);
}

static bool is_known_object(const struct module *m, valtype source) {
    return is_below(m, source, TYPE_STRUCT) || is_below(m, source, TYPE_ARRAY);
}

/* Writes the test that remains for a reference that is not null; those that look behind it want it to be so. */
static void emit_question(struct writer *w, const struct expr *reference, valtype source, valtype target) {
    const struct module *m = w->emitter->module;
    const char *name;
    switch (type_code(target)) {
    case TYPE_EQ: name = "ref_is_eq"; break;
    case TYPE_I31: name = "ref_is_i31"; break;
    case TYPE_STRUCT: name = "ref_is_struct"; break;
    case TYPE_ARRAY: name = "ref_is_array"; break;
    default: {
        const struct type *type = &m->types[type_idx_of(target)];
        const bool is_object = is_known_object(m, source);
        name = type->composite == COMPOSITE_FUNC ? "func_is"
               : type->is_final                  ? (is_object ? "object_is_exactly" : "ref_is_exactly")
                                                 : (is_object ? "object_is" : "ref_is");
    }
    }
    text_format(w->out, "%s(", name);
    emit_expr(w, reference);
    if (type_code(target) == TYPE_DEFINED) {
        text_str(w->out, ", ");
        emit_type_record(w, type_idx_of(target));
    }
    text_char(w->out, ')');
}

/* In parentheses. What is known of the answer altogether is no test (build_gc.c), so one of the two parts remains. */
static void emit_ref_test(struct writer *w, const struct expr *expr) {
    const valtype target = (valtype)expr->value, source = (valtype)(expr->value >> 32);
    const bool is_asked = type_test(w->emitter->module, source, target) == TYPE_UNKNOWN;
    text_char(w->out, '(');
    if (!source || type_is_nullable(source)) {
        emit_expr(w, expr->args[0]);
        text_str(w->out, type_is_nullable(target) ? " == NULL" : " != NULL");
        if (is_asked) text_str(w->out, type_is_nullable(target) ? " || " : " && ");
    }
    if (is_asked) emit_question(w, expr->args[0], source, target);
    text_char(w->out, ')');
}

static void emit_cast(struct body_writer *b, const struct stmt *stmt) {
    emit_line(b, "if (!");
    emit_expr(&b->w, stmt->args[0]);
    text_str(b->w.out, ") w2c_cast_failed();\n");
}

/* ---- structures ---- */

static void emit_struct_get(struct body_writer *b, const struct stmt *stmt) {
    emit_wanted(b, stmt->dest);
    text_format(b->w.out, "struct_get_%s(", field_name(b, stmt));
    emit_checked(b, stmt->args[0], stmt->source, "struct");
    text_format(b->w.out, ", %u);\n", (unsigned)type_of(b, stmt)->offsets[stmt->idx2]);
}

static void emit_struct_set(struct body_writer *b, const struct stmt *stmt) {
    emit_indent(&b->w);
    text_format(b->w.out, "struct_set_%s(", field_name(b, stmt));
    emit_checked(b, stmt->args[0], stmt->source, "struct");
    text_format(b->w.out, ", %u", (unsigned)type_of(b, stmt)->offsets[stmt->idx2]);
    emit_rest(b, stmt, 1);
}

/* "{ const void *const object = ": operands may be in the variable that the object goes to. */
static void open_object(struct body_writer *b) {
    emit_line(b, "{ const void *const object = ");
    b->w.indent += 2;
}

static void close_object(struct body_writer *b, const struct stmt *stmt) {
    if (emit_is_wanted(b->f, stmt->dest)) {
        emit_dest(b, stmt->dest);
        text_str(b->w.out, "object;\n");
    } else {
        emit_line(b, "(void)object;\n");
    }
    b->w.indent -= 2;
    emit_line(b, "}\n");
}

static void emit_object_set(struct body_writer *b, valtype type, uint32_t offset, const struct expr *value) {
    emit_indent(&b->w);
    text_format(b->w.out, "struct_set_%s(object, %u, ", storage_name(type, false), (unsigned)offset);
    emit_expr(&b->w, value);
    text_str(b->w.out, ");\n");
}

static void emit_struct_new(struct body_writer *b, const struct stmt *stmt) {
    const struct type *type = type_of(b, stmt);
    open_object(b);
    text_str(b->w.out, "struct_new(");
    emit_type_record(&b->w, stmt->idx);
    text_format(b->w.out, ", %u);\n", (unsigned)type->object_bytes);
    for (uint32_t i = 0; i < stmt->arg_count; i++)
        emit_object_set(b, type->fields[i].type, type->offsets[i], stmt->args[i]);
    close_object(b, stmt);
}

/* ---- arrays ---- */

static void emit_array_new_fixed(struct body_writer *b, const struct stmt *stmt) {
    const struct type *type = type_of(b, stmt);
    open_object(b);
    text_str(b->w.out, "w2c_array_new(");
    emit_type_record(&b->w, stmt->idx);
    text_format(b->w.out, ", %u);\n", (unsigned)stmt->arg_count);
    for (uint32_t i = 0; i < stmt->arg_count; i++)
        emit_object_set(b, type->fields[0].type, type->offsets[0] + i * type->element_bytes, stmt->args[i]);
    close_object(b, stmt);
}

static void emit_array_new(struct body_writer *b, const struct stmt *stmt) {
    emit_wanted(b, stmt->dest);
    switch (stmt->op) {
    case OP_ARRAY_NEW: text_format(b->w.out, "array_new_%s(", element_name(b, stmt)); break;
    case OP_ARRAY_NEW_DATA: text_str(b->w.out, "w2c_array_new_data("); break;
    case OP_ARRAY_NEW_ELEM: text_str(b->w.out, "w2c_array_new_elem("); break;
    default: text_str(b->w.out, "w2c_array_new("); break;
    }
    emit_type_record(&b->w, stmt->idx);
    if (stmt->op == OP_ARRAY_NEW_DATA || stmt->op == OP_ARRAY_NEW_ELEM) {
        text_str(b->w.out, ", ");
        emit_segment(b, stmt->op == OP_ARRAY_NEW_DATA ? "data" : "elem", stmt->idx2);
    }
    emit_rest(b, stmt, 0);
}

/* Accesses of single elements, array.len and array.fill: NAME(array, operands). */
static void emit_array_access(struct body_writer *b, const struct stmt *stmt, const char *name, const char *kind) {
    emit_wanted(b, stmt->dest);
    text_str(b->w.out, name);
    text_str(b->w.out, kind);
    text_char(b->w.out, '(');
    emit_checked(b, stmt->args[0], stmt->source, "array");
    emit_rest(b, stmt, 1);
}

/* Both arrays are checked for null before ranges are: in C's order of evaluation, which is any. */
static void emit_array_copy(struct body_writer *b, const struct stmt *stmt) {
    emit_line(b, "w2c_array_copy(");
    emit_checked(b, stmt->args[0], stmt->source, "array");
    text_str(b->w.out, ", ");
    emit_expr(&b->w, stmt->args[1]);
    text_str(b->w.out, ", ");
    emit_checked(b, stmt->args[2], TYPE_NULLABLE, "array");
    emit_rest(b, stmt, 3);
}

static void emit_array_init(struct body_writer *b, const struct stmt *stmt) {
    const bool is_data = stmt->op == OP_ARRAY_INIT_DATA;
    emit_line(b, is_data ? "w2c_array_init_data(" : "w2c_array_init_elem(");
    emit_checked(b, stmt->args[0], stmt->source, "array");
    text_str(b->w.out, ", ");
    emit_expr(&b->w, stmt->args[1]);
    text_str(b->w.out, ", ");
    emit_segment(b, is_data ? "data" : "elem", stmt->idx2);
    emit_rest(b, stmt, 2);
}

static void emit_i31_get(struct body_writer *b, const struct stmt *stmt) {
    emit_wanted(b, stmt->dest);
    text_str(b->w.out, stmt->op == OP_I31_GET_S ? "i31_get_s(" : "i31_get_u(");
    emit_checked(b, stmt->args[0], stmt->source, "i31");
    text_str(b->w.out, ");\n");
}

void emit_heap_stmt(struct body_writer *b, const struct stmt *stmt) {
    switch (stmt->op) {
    case OP_STRUCT_NEW:
    case OP_STRUCT_NEW_DEFAULT: emit_struct_new(b, stmt); break;
    case OP_STRUCT_GET:
    case OP_STRUCT_GET_S:
    case OP_STRUCT_GET_U: emit_struct_get(b, stmt); break;
    case OP_STRUCT_SET: emit_struct_set(b, stmt); break;
    case OP_ARRAY_NEW_FIXED: emit_array_new_fixed(b, stmt); break;
    case OP_ARRAY_GET:
    case OP_ARRAY_GET_S:
    case OP_ARRAY_GET_U: emit_array_access(b, stmt, "array_get_", element_name(b, stmt)); break;
    case OP_ARRAY_SET: emit_array_access(b, stmt, "array_set_", element_name(b, stmt)); break;
    case OP_ARRAY_FILL: emit_array_access(b, stmt, "array_fill_", element_name(b, stmt)); break;
    case OP_ARRAY_LEN: emit_array_access(b, stmt, "array_len", ""); break;
    case OP_ARRAY_COPY: emit_array_copy(b, stmt); break;
    case OP_ARRAY_INIT_DATA:
    case OP_ARRAY_INIT_ELEM: emit_array_init(b, stmt); break;
    case OP_REF_CAST: emit_cast(b, stmt); break;
    case OP_I31_GET_S:
    case OP_I31_GET_U: emit_i31_get(b, stmt); break;
    default: emit_array_new(b, stmt); break;
    }
}

/* Those that cannot trap. */
void emit_heap_expr(struct writer *w, const struct expr *expr) {
    if (expr->op == OP_REF_TEST) {
        emit_ref_test(w, expr);
        return;
    }
    text_str(w->out, expr->op == OP_REF_I31 ? "ref_i31(" : expr->op == OP_I31_GET_S ? "i31_get_s(" : "i31_get_u(");
    emit_expr(w, expr->args[0]);
    text_char(w->out, ')');
}
