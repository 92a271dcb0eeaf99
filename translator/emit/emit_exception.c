/* Exceptions: statements that throw, catch and pass on, and the module's tags.
 *
 * What is pending is a variable of the thread (w2c/exception.h). tcc knows no such variables: there a function begins
 * by asking for its address.
 *
 *     cc     if (W2C_THROWN) goto B3;               tcc     if(*thrown)goto B3;
 */
#include "emit_body.h"

/* ---- where exceptions go ---- */

/* A function that returns with something pending returns any value. */
static void emit_no_value(struct body_writer *b) {
    const struct functype *type = b->f->type;
    text_str(b->w.out, "return");
    const bool is_scalar = type->result_count == 1 && ctype_of(type->results[0]) != CTYPE_V128;
    if (is_scalar) {
        text_str(b->w.out, " 0");
    } else if (type->result_count) {
        text_str(b->w.out, " (");
        text_result_type(b->w.out, b->w.emitter, type);
        text_str(b->w.out, "){0}");
    }
    text_str(b->w.out, ";\n");
}

/* On the current line. */
static void emit_throw_jump(struct body_writer *b, uint32_t label) {
    if (label == LABEL_CALLER) {
        emit_no_value(b);
    } else {
        text_format(b->w.out, "goto B%u;\n", (unsigned)label);
    }
}

static const char *pending(const struct body_writer *b) {
    return b->w.emitter->is_for_tcc ? "(*thrown)" : "w2c_pending";
}

void emit_throw_test(struct body_writer *b, const struct stmt *stmt) {
    emit_line(b, b->w.emitter->is_for_tcc ? "if(*thrown)" : "if (W2C_THROWN) ");
    emit_throw_jump(b, stmt->throw_label);
}

/* ---- throwing ---- */

static void emit_tag(struct writer *w, uint32_t tag) {
    if (w->emitter->places) {
        emit_tcc_pointer(w, w->emitter->places->tags[tag]);
        return;
    }
    if (w->emitter->is_program) text_char(w->out, '&');
    emit_self(w);
    text_format(w->out, "tag%u", (unsigned)tag);
}

static void emit_new(struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    const struct functype *type = &m->types[m->tags[stmt->idx].type_idx].func;
    const bool has_values = stmt->arg_count > 0;
    emit_line(b, has_values ? "{ union w2c_value *const values = w2c_throw_begin(" : "w2c_throw_begin(");
    emit_tag(&b->w, stmt->idx);
    text_str(b->w.out, ");");
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        text_char(b->w.out, ' ');
        text_value_member(b->w.out, "values", i, type->params[i]);
        text_str(b->w.out, " = ");
        emit_expr(&b->w, stmt->args[i]);
        text_char(b->w.out, ';');
    }
    text_str(b->w.out, has_values ? " }\n" : "\n");
}

void emit_throw(struct body_writer *b, const struct stmt *stmt) {
    switch ((enum stmt_kind)stmt->kind) {
    case STMT_THROW: emit_new(b, stmt); break;
    case STMT_THROW_REF:
        emit_line(b, "w2c_throw_ref(");
        emit_expr(&b->w, stmt->args[0]);
        text_str(b->w.out, ");\n");
        break;
    case STMT_RETHROW:
        emit_line(b, pending(b));
        text_format(b->w.out, " = e%u;\n", (unsigned)stmt->idx);
        break;
    default: break;
    }
    emit_line(b, "");
    emit_throw_jump(b, stmt->throw_label);
}

/* ---- catching ---- */

/* The values that are wanted, and what is no longer pending. */
static void emit_take_values(struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    static const struct functype no_values;
    const struct functype *type = stmt->idx == NO_TAG ? &no_values : &m->types[m->tags[stmt->idx].type_idx].func;
    const char *values = b->w.emitter->is_for_tcc ? "(*thrown)->values" : "w2c_pending->values";
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum ctype ctype = ctype_of(type->params[i]);
        if (!emit_slot_is_read(b->f, ctype, stmt->dest.idx + i)) continue;
        emit_slot(&b->w, ctype, stmt->dest.idx + i);
        text_str(b->w.out, " = ");
        text_value_member(b->w.out, values, i, type->params[i]);
        text_str(b->w.out, "; ");
    }
    const uint32_t ref = stmt->dest.idx + type->param_count;
    if (stmt->has_ref && emit_slot_is_read(b->f, CTYPE_REF, ref)) {
        emit_slot(&b->w, CTYPE_REF, ref);
        text_format(b->w.out, " = %s; ", pending(b));
    }
    if (stmt->kind == STMT_CATCH_UNLESS && b->f->caught_used[stmt->idx2])
        text_format(b->w.out, "e%u = %s; ", (unsigned)stmt->idx2, pending(b));
    text_format(b->w.out, "%s = NULL;", pending(b));
}

static void emit_tag_test(struct body_writer *b, const struct stmt *stmt, const char *operator) {
    emit_line(b, "if (");
    text_format(b->w.out, "%s->tag %s ", pending(b), operator);
    emit_tag(&b->w, stmt->idx);
    text_str(b->w.out, ") ");
}

void emit_catch(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->idx == NO_TAG) {
        emit_indent(&b->w);
    } else {
        emit_tag_test(b, stmt, "==");
    }
    text_str(b->w.out, "{ ");
    emit_take_values(b, stmt);
    text_char(b->w.out, ' ');
    emit_jump(b, stmt, &stmt->targets[0]);
    text_str(b->w.out, " }\n");
}

void emit_catch_unless(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->target_count) {
        emit_tag_test(b, stmt, "!=");
        emit_throw_jump(b, stmt->targets[0].label);
    }
    emit_indent(&b->w);
    emit_take_values(b, stmt);
    text_char(b->w.out, '\n');
}

void emit_exception_variables(struct writer *w, const struct function *f) {
    if (f->has_throws && w->emitter->is_for_tcc) text_str(w->out, "const pending thrown=w2c_pending_place();");
    for (uint32_t i = 0; i < f->caught_count; i++) {
        if (f->caught_used[i]) text_format(w->out, "    const struct w2c_exception *e%u;\n", (unsigned)i);
    }
}

/* ---- tags ---- */

/* "TYPE, COUNT, LETTERS" of a struct w2c_tag, without the type's id. */
static void text_tag_values(struct text *out, const struct module *m, uint32_t tag) {
    const struct functype *type = &m->types[m->tags[tag].type_idx].func;
    text_format(out, ", %u, \"", (unsigned)type->param_count);
    for (uint32_t i = 0; i < type->param_count; i++)
        text_char(out, type_letter(type->params[i]));
    text_str(out, "\"}");
}

void emit_tag_declarations(struct text *out, const struct emitter *e) {
    for (uint32_t i = 0; i < e->module->tag_count; i++) {
        if (e->is_program) {
            text_format(out, "W2C_DATA_DECL const struct w2c_tag tag%u;\n", (unsigned)i);
            continue;
        }
        text_format(out, "    const struct w2c_tag *tag%u;\n", (unsigned)i);
        if (e->module->tags[i].import < 0) text_format(out, "    struct w2c_tag own_tag%u;\n", (unsigned)i);
    }
}

void emit_tag_definitions(struct text *out, const struct emitter *e) {
    for (uint32_t i = 0; e->is_program && i < e->module->tag_count; i++) {
        const unsigned type = (unsigned)canonical_type(e->module, e->module->tags[i].type_idx);
        text_format(out, "W2C_DATA const struct w2c_tag tag%u = {%u", (unsigned)i, type + 1);
        text_tag_values(out, e->module, i);
        text_str(out, ";\n");
    }
}

void emit_make_tags(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    for (uint32_t i = m->imported_tag_count; !e->is_program && i < m->tag_count; i++) {
        const unsigned type = (unsigned)canonical_type(m, m->tags[i].type_idx);
        text_format(out, "    self->own_tag%u = (struct w2c_tag){%stype_ids[%u]", (unsigned)i, e->prefix, type);
        text_tag_values(out, m, i);
        text_format(out, ";\n    self->tag%u = &self->own_tag%u;\n", (unsigned)i, (unsigned)i);
    }
}
