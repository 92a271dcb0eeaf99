/* A program with threads (wasi-threads). It has the shape of any other program, and what differs between its instances
 * is thread-local: globals, tables, segments, memories that are not shared. In a program such a variable costs what any
 * costs, for its place is a constant distance from the thread's register. Functions need not be told their instance,
 * and the shared memory stays one whose base the C compiler knows.
 *
 *     module_run            the first thread: makes what all share and its instance, calls _start
 *     module_start_thread   another: makes its instance, calls wasi_thread_start
 *     module_leave          gives back what a thread's instance has allocated
 */
#include "emit.h"

void emit_shared_memories(struct writer *w) {
    for (uint32_t i = 0; i < w->emitter->module->imported_memory_count; i++)
        emit_make_memory(w, i);
}

static void emit_leave(struct writer *w) {
    const struct module *m = w->emitter->module;
    text_str(w->out, "static void module_leave(void) {\n");
    emit_forget_roots(w->out, w->emitter);
    for (uint32_t i = 0; i < m->table_count; i++)
        text_format(w->out, "    w2c_table_free(&table%u);\n", (unsigned)i);
    for (uint32_t i = m->imported_memory_count; i < m->memory_count; i++)
        text_format(w->out, "    w2c_memory_free(&memory%u);\n", (unsigned)i);
    text_str(w->out, "}\n\n");
}

/* Without the export no thread can be made: the module only imports its memory. */
static void emit_start_thread(struct writer *w) {
    const struct export *start = find_export(w->emitter->module, "wasi_thread_start");
    bool is_used = false;
    for (uint32_t i = 0; i < w->emitter->module->import_count; i++)
        is_used |= is_spawn_import(w->emitter->module, i);
    text_str(w->out, "static void module_start_thread(u32 id, u32 argument) {\n    module_make();\n");
    if (is_used) {
        text_format(w->out, "    %s(id, argument);\n}\n\n", w->emitter->func_names[start->idx]);
    } else {
        text_str(w->out, "    (void)id, (void)argument;\n}\n\n");
    }
}

void emit_thread_functions(struct writer *w) {
    text_str(w->out, "static void module_make(void) {\n");
    emit_instantiation(w);
    text_str(w->out, "}\n\n");
    emit_leave(w);
    emit_start_thread(w);
}

void emit_thread_program(struct text *out) {
    text_str(out, "static void module_run_threads(struct w2c_wasi *wasi, u32 limit, struct w2c_error *error) {\n"
                  "    static const struct w2c_thread_program program = {module_run, module_start_thread, "
                  "module_leave};\n"
                  "    w2c_threads_run(&program, wasi, limit, error);\n}\n\n");
}
