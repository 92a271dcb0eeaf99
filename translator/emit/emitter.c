/* What all emitters of a module share: the names of its functions and globals in C, and of the files. */
#include <stdlib.h>

#include "emit.h"

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* OUT with `suffix` in place of its ".c". */
const char *sibling_path(struct arena *arena, const char *path, const char *suffix) {
    struct text text = {0};
    const size_t size = strlen(path);
    const bool has_ending = size > 2 && strcmp(path + size - 2, ".c") == 0;
    text_bytes(&text, path, has_ending ? size - 2 : size);
    text_str(&text, suffix);
    const char *copy = arena_copy(arena, text.data, text.size);
    text_free(&text);
    return copy;
}

static const char *concat(struct arena *arena, const char *a, const char *b, const char *c) {
    struct text text = {0};
    text_str(&text, a);
    text_str(&text, b);
    text_str(&text, c);
    const char *copy = arena_copy(arena, text.data, text.size);
    text_free(&text);
    return copy;
}

/* A library's name from the path of its source. */
static const char *identifier_of(struct arena *arena, const char *path) {
    const char *stem = sibling_path(arena, last_component(path), "");
    struct text text = {0};
    for (const char *c = stem; *c && *c != '.'; c++) {
        const char letter[2] = {*c, 0};
        text_char(&text, is_identifier(letter) || (*c >= '0' && *c <= '9') ? *c : '_');
    }
    const char *name = is_library_name(text_string(&text)) ? arena_copy(arena, text.data, text.size)
                                                           : concat(arena, "m_", text_string(&text), "");
    text_free(&text);
    return name;
}

/* Between the quotes of an #include nothing can be escaped. */
static bool is_includable(const char *file_name) {
    return !strpbrk(file_name, "\"\n\r\\");
}

static void name_functions(struct emitter *e) {
    const struct module *m = e->module;
    e->func_names = arena_array(e->arena, const char *, m->func_count + 1);
    e->func_refs = arena_array(e->arena, uint32_t, m->func_count + 1);
    e->display_names = module_display_names(m, e->arena);
    const struct name *names = module_func_names(m, e->arena);
    for (uint32_t i = 0; i < m->func_count; i++) {
        e->func_names[i] = func_identifier(e->arena, e->prefix, i, names[i]);
        if (m->funcs[i].is_declared) e->func_refs[i] = e->func_ref_count++;
    }
}

static void name_globals(struct emitter *e) {
    const struct module *m = e->module;
    e->global_names = arena_array(e->arena, const char *, m->global_count + 1);
    for (uint32_t i = 0; i < m->global_count; i++) {
        const char *name = global_identifier(e->arena, i, m->globals[i].name);
        if (!e->is_program) {
            const bool is_imported = m->globals[i].import >= 0;
            name = concat(e->arena, is_imported ? "(*self->" : "self->", name, is_imported ? ")" : "");
        }
        e->global_names[i] = name;
    }
}

static int compare_names(struct name a, struct name b) {
    if (a.size != b.size) return a.size < b.size ? -1 : 1;
    return memcmp(a.bytes, b.bytes, a.size);
}

static int compare_imports(const void *a, const void *b) {
    const struct import *x = *(const struct import *const *)a, *y = *(const struct import *const *)b;
    const int order = compare_names(x->module, y->module);
    return order ? order : compare_names(x->name, y->name);
}

static const bool *find_repeated_imports(const struct emitter *e) {
    const uint32_t count = e->module->import_count;
    bool *is_repeated = arena_array(e->arena, bool, count + 1);
    const struct import **imports = arena_array(e->arena, const struct import *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        imports[i] = &e->module->imports[i];
    qsort(imports, count, sizeof *imports, compare_imports);
    for (uint32_t i = 1; i < count; i++) {
        if (compare_imports(&imports[i - 1], &imports[i]) != 0) continue;
        is_repeated[imports[i - 1] - e->module->imports] = true;
        is_repeated[imports[i] - e->module->imports] = true;
    }
    return is_repeated;
}

static bool imports_wasi(const struct module *m) {
    for (uint32_t i = 0; i < m->import_count; i++) {
        if (is_wasi_import(m, i)) return true;
    }
    return false;
}

void emitter_prepare(struct emitter *e, const char *input_path, const char *output_path, const char *name) {
    struct arena *arena = e->arena;
    e->needs_wasi = e->is_program || imports_wasi(e->module);
    e->source_name = last_component(input_path);
    e->name = name ? name : identifier_of(arena, output_path);
    e->prefix = e->is_program ? "" : concat(arena, "w2c_", e->name, "_");
    e->shared_name = last_component(sibling_path(arena, output_path, "_shared.h"));
    if (!is_includable(e->shared_name)) e->shared_name = concat(arena, e->name, "_shared.h", "");
    const char *header = last_component(sibling_path(arena, output_path, ".h"));
    if (!e->is_program && is_includable(header)) e->header_name = header;
    e->import_is_repeated = find_repeated_imports(e);
    name_functions(e);
    name_globals(e);
    emitter_plan_data(e);
}

struct function *emitter_build(const struct emitter *e, struct arena *arena, struct diag_context *diag,
                               uint32_t func_idx) {
    struct function *function =
        e->blocks ? build_counting_function(e->module, arena, diag, func_idx, e->blocks->first[func_idx])
                  : build_function(e->module, arena, diag, func_idx);
    if (!e->is_guarded && !e->has_memory_study) prove_bounds(arena, function);
    return function;
}
