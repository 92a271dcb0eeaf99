/* A function body to C: first the statements, into a buffer, which shows what the head has to declare; then the head.
 *
 * A variable that is never read is never written either: what would be assigned to it is evaluated only for its
 * effects. So no compiler has anything to warn of.
 */
#include "emit_body.h"

/* C compilers give every variable a place of its own when they do not optimise: 16 bytes each is ample. */
enum { BYTES_PER_VARIABLE = 16, BIG_FRAME_BYTES = 4096 };

/* No reader of what tcc gets needs it laid out. */
void emit_indent(struct writer *w) {
    if (w->emitter->is_for_tcc) return;
    static const char spaces[] = "                                                                ";
    for (unsigned left = w->indent; left > 0;) {
        const unsigned some = left < sizeof spaces - 1 ? left : (unsigned)sizeof spaces - 1;
        text_bytes(w->out, spaces, some);
        left -= some;
    }
}

void emit_line(struct body_writer *b, const char *string) {
    emit_indent(&b->w);
    text_str(b->w.out, string);
}

/* ---- values and where they go ---- */

bool emit_slot_is_read(const struct function *f, enum ctype type, uint32_t height) {
    return height < f->slot_capacity && (f->slot_read[height] & 1u << type);
}

bool emit_is_wanted(const struct function *f, struct dest dest) {
    if (dest.kind == DEST_LOCAL) return f->local_read[dest.idx];
    return dest.kind == DEST_SLOT && emit_slot_is_read(f, (enum ctype)dest.type, dest.idx);
}

void emit_dest(struct body_writer *b, struct dest dest) {
    emit_indent(&b->w);
    if (!emit_is_wanted(b->f, dest)) return;
    if (dest.kind == DEST_LOCAL) {
        text_char(b->w.out, 'l');
        text_u64(b->w.out, dest.idx);
    } else {
        emit_slot(&b->w, (enum ctype)dest.type, dest.idx);
    }
    text_str(b->w.out, " = ");
}

void emit_args(struct body_writer *b, const struct stmt *stmt, const char *separator) {
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        text_str(b->w.out, i ? ", " : separator);
        emit_expr(&b->w, stmt->args[i]);
    }
}

static void emit_set(struct body_writer *b, const struct stmt *stmt) {
    if (!emit_is_wanted(b->f, stmt->dest) && !stmt->op) {
        emit_forced(&b->w, stmt->args[0]);
        return;
    }
    emit_dest(b, stmt->dest);
    emit_expr(&b->w, stmt->args[0]);
    text_str(b->w.out, ";\n");
}

static void emit_set_global(struct body_writer *b, const struct stmt *stmt) {
    emit_indent(&b->w);
    if (!b->w.emitter->is_program) b->w.uses_self = true;
    text_str(b->w.out, b->w.emitter->global_names[stmt->idx]);
    text_str(b->w.out, " = ");
    emit_expr(&b->w, stmt->args[0]);
    text_str(b->w.out, ";\n");
}

static void emit_store(struct body_writer *b, const struct stmt *stmt) {
    if (b->w.emitter->is_for_tcc) {
        emit_tcc_store(&b->w, stmt);
        return;
    }
    emit_line(b, op_infos[stmt->op].c);
    text_str(b->w.out, stmt->is_in_bounds ? "_in(" : "(");
    emit_access(&b->w, (enum op)stmt->op, stmt->idx, stmt->args[0], stmt->memory_offset);
    text_str(b->w.out, ", ");
    emit_stored(&b->w, stmt->args[1]);
    emit_lane(&b->w, stmt->op, stmt->lane);
    text_str(b->w.out, ");\n");
}

/* ---- control ---- */

static void emit_return_slots(struct body_writer *b, const struct target *target) {
    struct text *out = b->w.out;
    text_str(out, "return");
    if (target->count > 1) {
        text_str(out, " (");
        text_result_type(out, b->w.emitter, b->f->type);
        text_str(out, "){");
    }
    for (uint32_t i = 0; i < target->count; i++) {
        text_str(out, target->count > 1 && i > 0 ? ", " : target->count > 1 ? "" : " ");
        emit_slot(&b->w, ctype_of(target->types[i]), target->from + i);
    }
    text_str(out, target->count > 1 ? "};" : ";");
}

void emit_jump(struct body_writer *b, const struct stmt *stmt, const struct target *target) {
    if (target->label == LABEL_RETURN) {
        if (stmt->keeps_frame) text_str(b->w.out, "W2C_KEEP_FRAME(); ");
        emit_return_slots(b, target);
        return;
    }
    for (uint32_t i = 0; i < target->count && target->from != target->to; i++) {
        const enum ctype type = ctype_of(target->types[i]);
        if (!emit_slot_is_read(b->f, type, target->to + i)) continue;
        emit_slot(&b->w, type, target->to + i);
        text_str(b->w.out, " = ");
        emit_slot(&b->w, type, target->from + i);
        text_str(b->w.out, "; ");
    }
    text_str(b->w.out, "goto B");
    text_u64(b->w.out, target->label);
    text_char(b->w.out, ';');
}

static void emit_goto(struct body_writer *b, const struct stmt *stmt) {
    emit_indent(&b->w);
    emit_jump(b, stmt, &stmt->targets[0]);
    text_char(b->w.out, '\n');
}

static void emit_goto_if(struct body_writer *b, const struct stmt *stmt, bool unless) {
    emit_line(b, unless ? "if (!(" : "if (");
    emit_condition(&b->w, stmt->args[0]);
    text_str(b->w.out, unless ? ")) " : ") ");
    emit_jump(b, stmt, &stmt->targets[0]);
    text_char(b->w.out, '\n');
}

static bool same_target(const struct target *a, const struct target *b) {
    return a->label == b->label;
}

static void emit_switch(struct body_writer *b, const struct stmt *stmt) {
    const uint32_t last = stmt->target_count - 1;
    emit_line(b, "switch (");
    emit_number(&b->w, stmt->index);
    text_str(b->w.out, ") {\n");
    for (uint32_t i = 0; i < last; i++) {
        if (same_target(&stmt->targets[i], &stmt->targets[last])) continue;
        emit_indent(&b->w);
        text_str(b->w.out, "case ");
        text_u64(b->w.out, i);
        text_char(b->w.out, ':');
        if (i + 1 < last && same_target(&stmt->targets[i], &stmt->targets[i + 1])) {
            text_char(b->w.out, '\n');
            continue;
        }
        text_char(b->w.out, ' ');
        emit_jump(b, stmt, &stmt->targets[i]);
        text_char(b->w.out, '\n');
    }
    emit_line(b, "default: ");
    emit_jump(b, stmt, &stmt->targets[last]);
    text_char(b->w.out, '\n');
    emit_line(b, "}\n");
}

static void emit_return(struct body_writer *b, const struct stmt *stmt, bool is_last) {
    if (stmt->keeps_frame) emit_line(b, "W2C_KEEP_FRAME();\n");
    if (stmt->arg_count == 0) {
        if (!is_last) emit_line(b, "return;\n");
        return;
    }
    emit_line(b, "return ");
    if (stmt->arg_count > 1) {
        text_char(b->w.out, '(');
        text_result_type(b->w.out, b->w.emitter, b->f->type);
        text_str(b->w.out, "){");
    }
    emit_args(b, stmt, "");
    text_str(b->w.out, stmt->arg_count > 1 ? "};\n" : ";\n");
}

static void emit_label(struct body_writer *b, uint32_t label) {
    if (!b->f->label_used[label]) return;
    const unsigned indent = b->w.indent;
    b->w.indent = indent - 2;
    emit_indent(&b->w);
    b->w.indent = indent;
    text_char(b->w.out, 'B');
    text_u64(b->w.out, label);
    text_str(b->w.out, ":;\n");
}

static void emit_if(struct body_writer *b, const struct stmt *stmt) {
    emit_line(b, "if (");
    emit_condition(&b->w, stmt->args[0]);
    text_str(b->w.out, ") {\n");
    b->w.indent += 4;
}

static void emit_end_if(struct body_writer *b) {
    b->w.indent -= 4;
    emit_line(b, "}\n");
}

static void emit_else(struct body_writer *b) {
    b->w.indent -= 4;
    emit_line(b, "} else {\n");
    b->w.indent += 4;
}

static void emit_count(struct body_writer *b, uint32_t block) {
    const bool is_shared = b->w.emitter->is_threaded;
    emit_line(b, is_shared ? "__atomic_fetch_add(&block_counts[" : "block_counts[");
    text_u64(b->w.out, block);
    text_str(b->w.out, is_shared ? "], 1, __ATOMIC_RELAXED);\n" : "]++;\n");
}

static void emit_checks(struct body_writer *b, const struct stmt *stmt) {
    for (const struct range_check *check = stmt->checks; check; check = check->next) {
        emit_line(b, "check_bytes(m");
        text_u64(b->w.out, check->memory_idx);
        text_str(b->w.out, ", ");
        emit_expr(&b->w, check->address);
        text_str(b->w.out, ", ");
        text_u64(b->w.out, check->bytes);
        text_str(b->w.out, ");\n");
    }
}

static void emit_stmt(struct body_writer *b, const struct stmt *stmt, bool is_last) {
    memset(b->w.temporary_count, 0, sizeof b->w.temporary_count);
    if (stmt->checks) emit_checks(b, stmt);
    switch ((enum stmt_kind)stmt->kind) {
    case STMT_SET: emit_set(b, stmt); break;
    case STMT_SET_GLOBAL: emit_set_global(b, stmt); break;
    case STMT_STORE: emit_store(b, stmt); break;
    case STMT_CALL:
    case STMT_CALL_INDIRECT: emit_call(b, stmt); break;
    case STMT_RUNTIME: emit_runtime(b, stmt); break;
    case STMT_ATOMIC: emit_atomic(b, stmt); break;
    case STMT_WIDE: emit_wide(b, stmt); break;
    case STMT_IF: emit_if(b, stmt); break;
    case STMT_ELSE: emit_else(b); break;
    case STMT_END_IF: emit_end_if(b); break;
    case STMT_LABEL: emit_label(b, stmt->idx); break;
    case STMT_GOTO: emit_goto(b, stmt); break;
    case STMT_GOTO_IF: emit_goto_if(b, stmt, false); break;
    case STMT_GOTO_UNLESS: emit_goto_if(b, stmt, true); break;
    case STMT_SWITCH: emit_switch(b, stmt); break;
    case STMT_RETURN: emit_return(b, stmt, is_last); break;
    case STMT_TAIL_CALL:
    case STMT_TAIL_CALL_INDIRECT: emit_tail_call(b, stmt); break;
    case STMT_UNREACHABLE: emit_line(b, "w2c_trap(W2C_TRAP_UNREACHABLE);\n"); break;
    case STMT_THROW:
    case STMT_THROW_REF:
    case STMT_RETHROW:
    case STMT_PASS: emit_throw(b, stmt); break;
    case STMT_CATCH: emit_catch(b, stmt); break;
    case STMT_CATCH_UNLESS: emit_catch_unless(b, stmt); break;
    case STMT_COUNT: emit_count(b, stmt->idx); break;
    }
}

/* ---- the head ---- */

/* One declaration for all variables of a type, or nothing. */
struct declaration {
    struct text *out;
    enum ctype type;
    bool is_open;
};

static void declare(struct declaration *d) {
    if (d->is_open) {
        text_str(d->out, d->type == CTYPE_REF ? ", *" : ", ");
    } else {
        text_str(d->out, "    ");
        text_str(d->out, ctype_name(d->type));
        if (d->type != CTYPE_REF) text_char(d->out, ' ');
    }
    d->is_open = true;
}

static void end_declaration(struct declaration *d) {
    if (d->is_open) text_str(d->out, ";\n");
    d->is_open = false;
}

static uint32_t declare_locals(struct text *out, const struct function *f, enum ctype type) {
    static const char *const zeros[] = {" = 0", " = 0", " = f32_opaque(0)", " = f64_opaque(0)", " = NULL", " = {0, 0}"};
    struct declaration d = {out, type, false};
    uint32_t count = 0;
    for (uint32_t i = f->type->param_count; i < f->local_count; i++) {
        if (ctype_of(f->local_types[i]) != type || !f->local_read[i]) continue;
        declare(&d);
        text_char(out, 'l');
        text_u64(out, i);
        text_str(out, zeros[type]);
        count++;
    }
    end_declaration(&d);
    return count;
}

static uint32_t declare_slots(struct writer *w, const struct function *f, enum ctype type) {
    struct declaration d = {w->out, type, false};
    uint32_t count = 0;
    for (uint32_t height = 0; height < f->slot_capacity; height++) {
        if (!(f->slot_written[height] & f->slot_read[height] & 1u << type)) continue;
        declare(&d);
        emit_slot(w, type, height);
        count++;
    }
    end_declaration(&d);
    return count;
}

static uint32_t emit_variables(struct writer *w, const struct function *f) {
    uint32_t count = f->type->param_count;
    for (uint32_t i = 0; i < f->type->param_count; i++) {
        if (!f->local_read[i] && !w->emitter->is_for_tcc) text_format(w->out, "    (void)l%u;\n", (unsigned)i);
    }
    for (int type = 0; type < CTYPE_COUNT; type++)
        count += declare_locals(w->out, f, (enum ctype)type);
    for (int type = 0; type < CTYPE_COUNT; type++)
        count += declare_slots(w, f, (enum ctype)type);
    emit_exception_variables(w, f);
    if (w->uses_callee) text_str(w->out, "    const struct w2c_func *callee;\n");
    if (w->uses_callee && w->emitter->is_for_tcc) text_str(w->out, "u32 entry;");
    for (int type = 0; type < CTYPE_COUNT; type++)
        count += w->temporary_max[type];
    emit_tcc_temporaries(w);
    return count;
}

static void emit_views(struct writer *w, const struct function *f, bool uses_self) {
    const struct emitter *e = w->emitter;
    if (!e->is_program && (uses_self || uses_memories(f))) {
        text_format(w->out, "    struct %s *const self = context;\n", e->name);
    } else if (!e->is_program && !w->uses_context && !e->is_for_tcc) {
        text_str(w->out, "    (void)context;\n");
    }
    emit_memory_views(w, f);
}

void emit_signature(struct text *out, const struct emitter *e, const struct functype *type, const char *name,
                    const char *suffix) {
    text_result_type(out, e, type);
    text_char(out, ' ');
    text_str(out, name);
    text_str(out, suffix);
    text_char(out, '(');
    text_parameters(out, e, type);
    text_char(out, ')');
}

void emit_prototype(struct text *out, const struct emitter *emitter, const char *storage, uint32_t func_idx) {
    text_str(out, storage);
    text_char(out, ' ');
    emit_signature(out, emitter, func_type(emitter->module, func_idx), emitter->func_names[func_idx], "");
    text_str(out, ";\n");
    if (!has_tail_body(emitter, func_idx)) return;
    text_str(out, "W2C_NOINLINE W2C_CODE ");
    emit_signature(out, emitter, func_type(emitter->module, func_idx), emitter->func_names[func_idx], "_tail");
    text_str(out, ";\n");
}

static void emit_comment(struct text *out, const struct emitter *e, uint32_t func_idx) {
    if (e->is_for_tcc) return;
    const struct name name = e->display_names[func_idx];
    const char *identifier = e->func_names[func_idx];
    const size_t size = strlen(identifier);
    const bool is_spelled_out = size > name.size && identifier[size - name.size - 1] == '_' &&
                                memcmp(identifier + size - name.size, name.bytes, name.size) == 0;
    if (name.size == 0 || is_spelled_out) return;
    text_str(out, "/* ");
    text_comment(out, name);
    text_str(out, " */\n");
}

static bool can_return(const struct function *f) {
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        const struct stmt *stmt = &f->stmts[i];
        if (stmt->kind == STMT_RETURN || stmt->kind == STMT_UNREACHABLE) return true;
        if (stmt->kind == STMT_TAIL_CALL || stmt->kind == STMT_TAIL_CALL_INDIRECT) return true;
        for (uint32_t k = 0; k < stmt->target_count; k++) {
            if (stmt->targets[k].label == LABEL_RETURN) return true;
        }
    }
    return false;
}

/* A function that loops for ever has results all the same, and compilers miss the statement that returns them. */
static void emit_stmts(struct body_writer *b) {
    for (uint32_t i = 0; i < b->f->stmt_count; i++)
        emit_stmt(b, &b->f->stmts[i], i + 1 == b->f->stmt_count);
    if (b->f->type->result_count && !can_return(b->f)) emit_line(b, "w2c_trap(W2C_TRAP_UNREACHABLE);\n");
}

/* A frame that may be larger than the guard page below the stack must not exist before it is known to fit: so the check
 * is in a function of its own, which calls the body. It comes first: then the name that an address behind it belongs to
 * is the right one. */
struct inner_function {
    const struct function *f;
    const char *suffix;
};

/* What emit_tcc_large_call asks for: `data` is the inner function. */
static void emit_inner_callee(const struct tcc_call *call) {
    const struct inner_function *inner = call->data;
    text_format(call->w->out, "%s%s", call->w->emitter->func_names[inner->f->func_idx], inner->suffix);
}

static void emit_inner_argument(const struct tcc_call *call, uint32_t param) {
    text_format(call->w->out, "l%u", (unsigned)param);
}

void emit_inner_call(struct writer *w, const struct function *f, const char *suffix) {
    const bool is_program = w->emitter->is_program;
    if (w->emitter->is_for_tcc && tcc_call_is_large(f->type)) {
        const struct inner_function inner = {f, suffix};
        emit_tcc_large_call(&(struct tcc_call){w, f->type, is_program ? NULL : "context", emit_inner_callee,
                                               emit_inner_argument, &inner});
        return;
    }
    text_str(w->out, w->emitter->func_names[f->func_idx]);
    text_str(w->out, suffix);
    text_str(w->out, is_program ? "(" : "(context");
    for (uint32_t i = 0; i < f->type->param_count; i++) {
        text_str(w->out, i || !is_program ? ", l" : "l");
        text_u64(w->out, i);
    }
    text_char(w->out, ')');
}

static void emit_big_frame(struct writer *w, const struct function *f, const char *suffix, uint32_t frame_bytes) {
    const struct emitter *e = w->emitter;
    struct text *out = w->out;
    text_str(out, "W2C_NOINLINE static ");
    emit_signature(out, e, f->type, e->func_names[f->func_idx], "_body");
    text_str(out, ";\nW2C_CODE ");
    emit_signature(out, e, f->type, e->func_names[f->func_idx], suffix);
    text_format(out, " {\n    W2C_CHECK_STACK(%u);\n    ", (unsigned)frame_bytes);
    if (f->type->result_count) text_str(out, "return ");
    emit_inner_call(w, f, "_body");
    text_str(out, ";\n}\n\n");
}

/* Such a function is the loop of an interpreter, as a rule: hundreds of cases, and more variables that live through all
 * of them than there are registers (W2C_CROWDED). */
enum { CROWDED_STMTS = 4000, CROWDED_VARIABLES = 32 };

static bool is_crowded(const struct function *f, uint32_t variable_count) {
    return f->stmt_count >= CROWDED_STMTS && variable_count >= CROWDED_VARIABLES;
}

void emit_function(struct writer *w, const struct function *f) {
    const struct emitter *e = w->emitter;
    struct body_writer b = {.w = *w, .f = f};
    b.w.out = w->body;
    b.w.indent = 4;
    emit_stmts(&b);
    struct writer head_writer = b.w;
    head_writer.out = w->head;
    emit_views(&head_writer, f, b.w.uses_self);
    const uint32_t variable_count = emit_variables(&head_writer, f);
    const uint32_t frame_bytes = variable_count * BYTES_PER_VARIABLE;
    const bool is_big = frame_bytes > BIG_FRAME_BYTES;
    if (!w->is_copy) emit_comment(w->out, e, f->func_idx);
    const bool is_tail = has_tail_body(e, f->func_idx);
    const char *suffix = is_tail ? "_tail" : "";
    if (is_tail) emit_tail_entry(w, f);
    if (is_big) emit_big_frame(w, f, suffix, frame_bytes);
    if (is_crowded(f, variable_count) && !e->is_for_tcc) text_str(w->out, "W2C_CROWDED ");
    text_str(w->out, is_big ? "W2C_NOINLINE static " : w->is_copy ? "W2C_COPY " : "W2C_CODE ");
    emit_signature(w->out, e, f->type, e->func_names[f->func_idx], is_big ? "_body" : suffix);
    text_str(w->out, " {\n");
    if (f->starts_again) text_format(w->out, "  B%u:;\n", (unsigned)f->start_label);
    text_bytes(w->out, w->head->data, w->head->size);
    if (!e->is_guarded && !is_big && f->makes_calls) text_str(w->out, "    W2C_CHECK_STACK(0);\n");
    text_bytes(w->out, w->body->data, w->body->size);
    text_str(w->out, "}\n\n");
    text_clear(w->body);
    text_clear(w->head);
}

const struct expr *emit_constant_stmts(struct writer *w, const struct function *function) {
    struct body_writer b = {.w = *w, .f = function};
    emit_variables(&b.w, function);
    const uint32_t last = function->stmt_count - 1;
    for (uint32_t i = 0; i < last; i++)
        emit_stmt(&b, &function->stmts[i], false);
    w->uses_self |= b.w.uses_self;
    return function->stmts[last].args[0];
}
