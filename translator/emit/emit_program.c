/* What makes a program of a module: calls of WASI, the function that runs it, the descriptor that main() reads. */
#include "emit.h"

static void emit_wasi_call(struct text *out, const struct emitter *e, uint32_t func_idx) {
    const struct module *m = e->module;
    const struct functype *type = func_type(m, func_idx);
    text_str(out, "W2C_INLINE ");
    text_result_type(out, e, type);
    text_format(out, " %s(", e->func_names[func_idx]);
    text_parameters(out, e, type);
    const char *name = wasi_call_name(m, (uint32_t)m->funcs[func_idx].import);
    text_format(out, ") {\n    %sw2c_wasi_%s(w2c_program_wasi", type->result_count ? "return " : "",
                name ? name : "thread_spawn");
    for (uint32_t i = 0; i < type->param_count; i++)
        text_format(out, ", l%u", (unsigned)i);
    text_str(out, ");\n}\n");
}

void emit_program_imports(struct text *out, const struct emitter *e) {
    for (uint32_t i = 0; i < e->module->imported_func_count; i++)
        emit_wasi_call(out, e, i);
}

void emit_function_names(struct text *out, const struct emitter *e) {
    struct text names = {0};
    text_function_names(&names, e->display_names, e->module->func_count);
    text_format(out, "static const char %sfunction_names[] =\n    ", e->prefix);
    text_literal(out, names.data, names.size);
    text_str(out, ";\n\n");
    text_free(&names);
}

/* As the statements of a function. */
void emit_instantiation(struct writer *w) {
    const struct module *m = w->emitter->module;
    emit_make_state(w);
    emit_copy_segments(w);
    if (m->start_func != NO_FUNC) text_format(w->out, "    %s();\n", w->emitter->func_names[m->start_func]);
}

static void emit_run(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    struct writer w = {.emitter = e, .out = out, .indent = 4};
    if (e->is_threaded) {
        emit_thread_functions(&w);
        text_str(out, "static void module_run(void) {\n");
        emit_define_types(&w);
        emit_shared_memories(&w);
        text_str(out, "    module_make();\n");
    } else {
        text_str(out, "static void module_run(void) {\n");
        emit_instantiation(&w);
    }
    const char *start = e->func_names[find_export(m, "_start")->idx];
    if (e->is_sampled) { /* a guest that is inlined here is not seen to be one */
        text_format(out, "    void (*volatile start)(void) = %s;\n", start);
        start = "start";
    }
    text_format(out, "    %s();\n}\n\n", start);
}

static void emit_descriptor(struct text *out, const struct emitter *e) {
    const struct export *memory = find_export(e->module, "memory");
    const bool has_memory = memory && memory->kind == EXTERN_MEMORY;
    text_str(out, "static const struct w2c_program module_program = {\n    .abi = W2C_ABI,\n    .name = ");
    text_literal(out, e->source_name, strlen(e->source_name));
    text_format(out, ",\n    .function_names = function_names,\n    .function_count = %u,\n    .grants = ",
                (unsigned)e->module->func_count);
    text_literal(out, e->grants, strlen(e->grants));
    text_format(out, ",\n    .is_sealed = %s,\n    .memory = ", e->is_sealed ? "true" : "false");
    text_format(out, has_memory ? "&memory%u" : "NULL", has_memory ? (unsigned)memory->idx : 0u);
    text_str(out, ",\n    .run = module_run");
    if (e->is_threaded) text_str(out, ",\n    .run_threads = module_run_threads");
    text_str(out, "\n};\n\nint main(int argument_count, char **arguments) {\n");
    if (e->blocks) {
        text_format(out,
                    "    return w2c_counting_main(&module_program, block_counts, %u, argument_count, "
                    "arguments);\n",
                    (unsigned)e->blocks->count);
    } else {
        text_format(out, "    return w2c_%s_main(&module_program, argument_count, arguments);\n",
                    e->is_sampled ? "sampling" : "program");
    }
    text_str(out, "}\n");
}

void emit_program(struct text *out, const struct emitter *e) {
    emit_run(out, e);
    emit_function_names(out, e);
    if (e->is_threaded) emit_thread_program(out);
    emit_descriptor(out, e);
}
