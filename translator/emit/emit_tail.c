/* Tail calls in C: see w2c/ops_tail.h for how they keep to constant space, and docs/CODEGEN.md for what is written.
 *
 * Three things are written. At a tail call: its arguments, once, and the two calls between which the macro chooses. For
 * each function type that is called so (writer.tail_types): the struct in which arguments are put aside, the function
 * that puts them there and the one that makes the call later. For each function whose chain may be endless: its body
 * under the name with "_tail", and the function that others call.
 *
 * For tcc, macros and functions that are called once cost more than they save, so there the arguments are put aside
 * where the tail call is.
 */
#include "emit_body.h"

bool has_tail_body(const struct emitter *e, uint32_t func_idx) {
    return e->module->has_endless_tail_calls && e->module->has_endless_tail_calls[func_idx];
}

static const char *result_text(const struct emitter *e, const struct functype *type, struct text *text) {
    text_clear(text);
    text_result_type(text, e, type);
    return text_string(text);
}

/* What a function gives back while a tail call of it is put aside: nobody looks at it. */
static void text_no_result(struct text *out, const struct emitter *e, const struct functype *type) {
    if (type->result_count == 0) return;
    if (type->result_count > 1 || ctype_of(type->results[0]) == CTYPE_V128) {
        text_char(out, '(');
        text_result_type(out, e, type);
        text_str(out, "){0}");
    } else {
        text_str(out, ctype_of(type->results[0]) == CTYPE_REF ? "NULL" : "0");
    }
}

/* ---- calls put aside, by type ---- */

/* The end of the names of functions that put a call aside. Objects are there if the module makes or keeps some. */
static const char *aside_suffix(const struct emitter *e, const struct functype *type) {
    const struct module *m = e->module;
    bool is_root = false;
    for (uint32_t i = 0; i < type->param_count && !is_root; i++)
        is_root = type_may_be_object(m, type->params[i]);
    const bool has_objects = module_has_objects(m) || (!e->is_program && module_keeps_references(m));
    return is_root && has_objects ? "_root" : "";
}

static void emit_aside_struct(struct text *out, const struct functype *type, unsigned number) {
    text_format(out, "struct tail%u {\n    struct w2c_tail_call call;\n", number);
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum ctype ctype = ctype_of(type->params[i]);
        text_format(out, "    %s%sl%u;\n", ctype_name(ctype), ctype == CTYPE_REF ? "" : " ", (unsigned)i);
    }
    text_str(out, "};\n");
}

/* What emit_tcc_large_call asks for. */
static void emit_aside_code(const struct tcc_call *call) {
    text_str(call->w->out, "a.call.code");
}

static void emit_aside_argument(const struct tcc_call *call, uint32_t param) {
    text_format(call->w->out, "a.l%u", (unsigned)param);
}

static void emit_aside_call(struct text *out, const struct emitter *e, const struct functype *type, unsigned number) {
    const char *context = e->is_program ? NULL : "a.call.context";
    if (e->is_for_tcc && tcc_call_is_large(type)) {
        struct writer w = {.emitter = e, .out = out};
        emit_tcc_large_call(&(struct tcc_call){&w, type, context, emit_aside_code, emit_aside_argument, NULL});
        return;
    }
    text_format(out, "((type%u)a.call.code)(%s", number, context ? context : "");
    for (uint32_t i = 0; i < type->param_count; i++)
        text_format(out, "%sa.l%u", context || i ? ", " : "", (unsigned)i);
    text_char(out, ')');
}

static void emit_resume(struct text *out, const struct emitter *e, const struct functype *type, unsigned number) {
    text_str(out, e->is_for_tcc ? "static " : "static W2C_UNUSED ");
    text_result_type(out, e, type);
    text_format(out,
                " tail%u_resume(struct w2c_tail_call *call) {\n    const struct tail%u a = *(struct tail%u *)call;\n"
                "    w2c_tail_free%s(call);\n    ",
                number, number, number, aside_suffix(e, type));
    if (type->result_count) text_str(out, "return ");
    emit_aside_call(out, e, type, number);
    text_str(out, ";\n}\n");
}

/* In programs, where functions have no context, it has none either. */
static void emit_later(struct text *out, const struct emitter *e, const struct functype *type, unsigned number) {
    text_str(out, "W2C_NOINLINE W2C_UNUSED static ");
    text_result_type(out, e, type);
    text_format(out, " tail%u_later(w2c_code code%s", number, e->is_program ? "" : ", void *context");
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum ctype ctype = ctype_of(type->params[i]);
        text_format(out, ", %s%sl%u", ctype_name(ctype), ctype == CTYPE_REF ? "" : " ", (unsigned)i);
    }
    text_format(out,
                ") {\n    struct tail%u *const a = w2c_tail_later%s(code, %s, (w2c_code)tail%u_resume, sizeof *a);\n",
                number, aside_suffix(e, type), e->is_program ? "NULL" : "context", number);
    if (type->param_count == 0) text_str(out, "    (void)a;\n");
    for (uint32_t i = 0; i < type->param_count; i++)
        text_format(out, "    a->l%u = l%u;\n", (unsigned)i, (unsigned)i);
    if (type->result_count) {
        text_str(out, "    return ");
        text_no_result(out, e, type);
        text_str(out, ";\n");
    }
    text_str(out, "}\n");
}

void emit_tail_types(struct text *out, const struct emitter *e, const unsigned char *tail_types) {
    for (uint32_t i = 0; i < e->module->type_count; i++) {
        if (!has_bit(tail_types, i)) continue;
        const struct functype *type = &e->module->types[i].func;
        emit_aside_struct(out, type, (unsigned)i);
        emit_resume(out, e, type, (unsigned)i);
        if (!e->is_for_tcc) emit_later(out, e, type, (unsigned)i);
    }
}

/* ---- functions that others call ---- */

void emit_tail_entry(struct writer *w, const struct function *f) {
    const struct emitter *e = w->emitter;
    struct text result = {0};
    const char *type = result_text(e, f->type, &result);
    const bool has_result = f->type->result_count > 0;
    text_str(w->out, "W2C_NOINLINE W2C_CODE ");
    emit_signature(w->out, e, f->type, e->func_names[f->func_idx], "_tail");
    text_str(w->out, ";\nW2C_CODE ");
    emit_signature(w->out, e, f->type, e->func_names[f->func_idx], "");
    text_str(w->out, " {\n");
    if (!e->is_guarded) text_str(w->out, "    W2C_CHECK_STACK(0);\n");
    text_format(w->out, "    const %s limit = w2c_tail_enter();\n    ", e->is_for_tcc ? "u64" : "uintptr_t");
    if (has_result) text_format(w->out, "%s%sresult = ", type, type[strlen(type) - 1] == '*' ? "" : " ");
    emit_inner_call(w, f, "_tail");
    text_format(w->out,
                ";\n    for (struct w2c_tail_call *next; (next = %sw2c_tail_next()) != NULL;)\n"
                "        %s((%s (*)(struct w2c_tail_call *))next->resume)(next);\n    w2c_tail_leave(limit);\n",
                e->is_for_tcc ? "(void*)" : "", has_result ? "result = " : "", type);
    text_str(w->out, has_result ? "    return result;\n}\n\n" : "}\n\n");
    text_free(&result);
}

/* ---- the tail call ---- */

static const struct functype *callee_type(const struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    return stmt->kind == STMT_TAIL_CALL ? func_type(m, stmt->idx) : &m->types[stmt->idx].func;
}

static uint32_t callee_type_number(const struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    return canonical_type(m, stmt->kind == STMT_TAIL_CALL ? m->funcs[stmt->idx].type_idx : stmt->idx);
}

static bool is_import(const struct body_writer *b, const struct stmt *stmt) {
    return stmt->kind == STMT_TAIL_CALL && stmt->idx < b->f->module->imported_func_count;
}

/* Costs nothing to evaluate twice. */
static bool is_simple(const struct expr *expr) {
    return expr->op == EXPR_SLOT || expr->op == OP_LOCAL_GET || expr->op == OP_I32_CONST || expr->op == OP_I64_CONST;
}

static void emit_argument_variables(struct body_writer *b, const struct stmt *stmt) {
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        const enum ctype ctype = (enum ctype)stmt->args[i]->type;
        if (is_simple(stmt->args[i])) continue;
        text_format(b->w.out, "%s%sconst a%u = ", ctype_name(ctype), ctype == CTYPE_REF ? "" : " ", (unsigned)i);
        emit_expr(&b->w, stmt->args[i]);
        text_str(b->w.out, "; ");
    }
}

static void emit_arguments(struct body_writer *b, const struct stmt *stmt, const char *separator) {
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        text_str(b->w.out, i ? ", " : separator);
        if (is_simple(stmt->args[i])) {
            emit_expr(&b->w, stmt->args[i]);
        } else {
            text_format(b->w.out, "a%u", (unsigned)i);
        }
    }
}

/* As a w2c_code. */
static void emit_code(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->kind == STMT_TAIL_CALL && !is_import(b, stmt)) {
        text_str(b->w.out, "(w2c_code)");
        emit_func_name(&b->w, stmt->idx);
        text_str(b->w.out, "_tail");
    } else {
        text_str(b->w.out, b->w.emitter->is_program ? "callee->body" : "w2c_tail_code(callee)");
    }
}

static void emit_context(struct body_writer *b, const struct stmt *stmt) {
    const bool is_own = stmt->kind == STMT_TAIL_CALL && !is_import(b, stmt);
    if (b->w.emitter->is_program) return;
    if (is_own) b->w.uses_context = true;
    text_str(b->w.out, is_own ? "context" : "callee->context");
}

static void emit_later_call(struct body_writer *b, const struct stmt *stmt) {
    text_format(b->w.out, "tail%u_later(", (unsigned)callee_type_number(b, stmt));
    emit_code(b, stmt);
    if (!b->w.emitter->is_program) text_str(b->w.out, ", ");
    emit_context(b, stmt);
    emit_arguments(b, stmt, ", ");
    text_char(b->w.out, ')');
}

static void emit_call_now(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->kind == STMT_TAIL_CALL && !is_import(b, stmt)) {
        emit_func_name(&b->w, stmt->idx);
        text_str(b->w.out, "_tail(");
    } else {
        text_format(b->w.out, "((type%u)", (unsigned)callee_type_number(b, stmt));
        emit_code(b, stmt);
        text_str(b->w.out, ")(");
    }
    emit_context(b, stmt);
    emit_arguments(b, stmt, b->w.emitter->is_program ? "" : ", ");
    text_char(b->w.out, ')');
}

/* Two structs with the same members, where the results of the callee are of subtypes. */
static void emit_converted(struct body_writer *b, const struct stmt *stmt, const char *own, const char *callee) {
    text_format(b->w.out, "const %s r = W2C_UNLIKELY(w2c_tail_is_deep()) ? ", callee);
    emit_later_call(b, stmt);
    text_str(b->w.out, " : ");
    emit_call_now(b, stmt);
    text_format(b->w.out, "; return (%s){", own);
    for (uint32_t i = 0; i < b->f->type->result_count; i++)
        text_format(b->w.out, "%sr.v%u", i ? ", " : "", (unsigned)i);
    text_str(b->w.out, "}; }\n");
}

static void emit_choice(struct body_writer *b, const struct stmt *stmt) {
    const struct module *m = b->f->module;
    const bool is_alike = callee_type_number(b, stmt) == canonical_type(m, m->funcs[b->f->func_idx].type_idx);
    struct text own = {0}, callee = {0};
    result_text(b->w.emitter, b->f->type, &own);
    result_text(b->w.emitter, callee_type(b, stmt), &callee);
    if (strcmp(text_string(&own), text_string(&callee)) != 0) {
        emit_converted(b, stmt, text_string(&own), text_string(&callee));
    } else {
        text_str(b->w.out, is_alike ? "W2C_TAIL_CALL_ALIKE(" : "W2C_TAIL_CALL(");
        emit_later_call(b, stmt);
        text_str(b->w.out, ", ");
        emit_call_now(b, stmt);
        text_str(b->w.out, "); }\n");
    }
    text_free(&own);
    text_free(&callee);
}

/* A host function of a program calls nobody in tail position, so it is called like any other. */
static void emit_return_of_host(struct body_writer *b, const struct stmt *stmt) {
    struct stmt call = *stmt;
    call.kind = STMT_CALL;
    emit_line(b, b->f->type->result_count ? "return " : "");
    emit_callee(b, &call);
    text_str(b->w.out, b->f->type->result_count ? ";\n" : "; return;\n");
}

/* ---- the tail call, for tcc ---- */

struct tail_call {
    struct body_writer *b;
    const struct stmt *stmt;
};

/* In a live instance, another group's body is reached by its slot. */
static void emit_tcc_code(struct body_writer *b, const struct stmt *stmt) {
    const struct places *places = b->w.emitter->places;
    if (stmt->kind != STMT_TAIL_CALL || is_import(b, stmt)) {
        text_str(b->w.out, b->w.emitter->is_program ? "callee->body" : "(callee->body?callee->body:callee->code)");
    } else if (places && !has_bit(b->w.group, stmt->idx)) {
        if (b->w.called) set_bit(b->w.called, stmt->idx);
        emit_tcc_object(&b->w, "void*", places->tail_slots + 8 * (uint64_t)stmt->idx);
    } else {
        emit_func_name(&b->w, stmt->idx);
        text_str(b->w.out, "_tail");
    }
}

/* What emit_tcc_large_call asks for: `data` is the tail call. */
static void emit_large_code(const struct tcc_call *call) {
    const struct tail_call *tail = call->data;
    emit_tcc_code(tail->b, tail->stmt);
}

static void emit_large_argument(const struct tcc_call *call, uint32_t param) {
    const struct tail_call *tail = call->data;
    emit_number(&tail->b->w, tail->stmt->args[param]);
}

static void emit_tcc_aside(struct body_writer *b, const struct stmt *stmt) {
    const unsigned number = (unsigned)callee_type_number(b, stmt);
    text_format(b->w.out, "if(w2c_tail_is_deep()){struct tail%u*a=(void*)w2c_tail_later%s(", number,
                aside_suffix(b->w.emitter, callee_type(b, stmt)));
    emit_tcc_code(b, stmt);
    text_char(b->w.out, ',');
    if (b->w.emitter->is_program) text_char(b->w.out, '0');
    emit_context(b, stmt);
    text_format(b->w.out, ",tail%u_resume,sizeof*a);", number);
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        text_format(b->w.out, "a->l%u=", (unsigned)i);
        emit_expr(&b->w, stmt->args[i]);
        text_char(b->w.out, ';');
    }
    text_str(b->w.out, "return ");
    text_no_result(b->w.out, b->w.emitter, b->f->type);
    text_str(b->w.out, ";}\n");
}

static void emit_tcc_now(struct body_writer *b, const struct stmt *stmt) {
    const bool is_program = b->w.emitter->is_program;
    if (tcc_call_is_large(callee_type(b, stmt))) {
        const bool is_own = stmt->kind == STMT_TAIL_CALL && !is_import(b, stmt);
        const char *context = is_program ? NULL : is_own ? "context" : "callee->context";
        const struct tail_call tail = {b, stmt};
        emit_tcc_large_call(
            &(struct tcc_call){&b->w, callee_type(b, stmt), context, emit_large_code, emit_large_argument, &tail});
        return;
    }
    text_format(b->w.out, "((type%u)", (unsigned)callee_type_number(b, stmt));
    emit_tcc_code(b, stmt);
    text_str(b->w.out, ")(");
    emit_context(b, stmt);
    emit_args(b, stmt, is_program ? "" : ",");
    text_char(b->w.out, ')');
}

static void emit_tcc_tail_call(struct body_writer *b, const struct stmt *stmt) {
    const bool is_struct = b->f->type->result_count > 1;
    struct text own = {0};
    emit_tcc_aside(b, stmt);
    if (is_struct) { /* the callee's may be another one, with the same members */
        text_str(b->w.out, "const ");
        text_result_type(b->w.out, b->w.emitter, callee_type(b, stmt));
        text_str(b->w.out, " r=");
    } else if (b->f->type->result_count) {
        text_str(b->w.out, "return ");
    }
    emit_tcc_now(b, stmt);
    text_format(b->w.out,
                is_struct                  ? ";return *(%s*)&r;}\n"
                : b->f->type->result_count ? ";}\n"
                                           : ";return;}\n",
                is_struct ? result_text(b->w.emitter, b->f->type, &own) : "");
    text_free(&own);
}

static void note_type(struct body_writer *b, const struct stmt *stmt) {
    const uint32_t type = callee_type_number(b, stmt);
    set_bit(b->w.tail_types, type);
    if (b->w.types) set_bit(b->w.types, type);
}

void emit_tail_call(struct body_writer *b, const struct stmt *stmt) {
    if (stmt->keeps_frame) emit_line(b, "W2C_KEEP_FRAME();\n");
    if (is_import(b, stmt) && b->w.emitter->is_program) {
        emit_return_of_host(b, stmt);
        return;
    }
    note_type(b, stmt);
    if (stmt->kind == STMT_TAIL_CALL_INDIRECT) emit_lookup(b, stmt);
    emit_line(b, "{ ");
    if (is_import(b, stmt)) {
        b->w.uses_self = true;
        text_format(b->w.out, "const struct w2c_func *const callee = self->import%u; ", (unsigned)stmt->idx);
    }
    if (b->w.emitter->is_for_tcc) {
        emit_tcc_tail_call(b, stmt);
        return;
    }
    emit_argument_variables(b, stmt);
    emit_choice(b, stmt);
}
