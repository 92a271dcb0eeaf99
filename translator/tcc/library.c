/* A library in memory: the text that the emitter writes for a library, compiled in one piece.
 *
 *     tcc_types.h, w2c.h        instead of a C library's headers
 *     prototypes                of what this process provides (host.def)
 *     the module                types, state, functions, descriptor
 *
 * Memory, from the base on: code, then data. What may be written is kept from what may be executed by an object that
 * wants a page of its own, which makes tcc begin its data there:
 *
 *     | code, constants of jumps | data: descriptor, segments, type ids |
 *       read, execute              read, write
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../emit/unit.h"
#include "../wasm/reach.h"
#include "../wasm/tail_plan.h"
#include "compile.h"
#include "host.h"
#include "tcc.h"
#include "unwind.h"
#include "w2c/engine.h"
#include "w2c/heap.h"

struct tcc_library {
    struct w2c_code_range range; /* first: a pointer to it is a pointer to this */
    struct unwind_range unwind;
    const struct w2c_module *module;
    const void *const *functions; /* code of own functions, in ascending order, and their end */
    uint32_t first_func;
    uint32_t func_count; /* of own functions */
    uint8_t *memory;
    size_t size;
};

/* ---- the text ---- */

static const char library_name[] = "m";

static void write_prelude(struct text *out, const struct emitter *e, bool with_vectors) {
    struct amalgam amalgam = {.omits_system = true};
    amalgam_write(out, &amalgam, "w2c/tcc_types.h");
    text_str(out, "#define W2C_LINKAGE 0\n");
    amalgam_write(out, &amalgam, "w2c/w2c.h");
    if (e->module->throws || e->module->tag_count) amalgam_write(out, &amalgam, "w2c/exception.h");
    host_prototypes(out, with_vectors);
    host_atomic_prototypes(out);
    if (e->uses_heap) {
        amalgam_write(out, &amalgam, "w2c/tcc_gc.h");
        host_heap_prototypes(out);
        text_str(out, "void w2c_heap_root_add(const void *start, u64 bytes);\n"
                      "void w2c_heap_root_remove(const void *start);\n"
                      "void w2c_heap_table_add(const struct w2c_table *table);\n"
                      "void w2c_heap_table_remove(const struct w2c_table *table);\n");
    }
    text_str(out, "#define W2C_CHECK_STACK w2c_check_stack\n#define W2C_CODE static\n#define W2C_DATA static\n"
                  "#define W2C_DATA_DECL static\n"
                  "char w2c_data_start[1] __attribute__((aligned(4096))) = {1};\n");
    text_str(out, TCC_TAIL_CALL_STRUCT);
    text_format(out, "struct %s;\n", e->name);
    emit_result_structs(out, e);
}

/* Whether they compute with vectors. */
static bool write_functions(struct text *out, struct emitter *e, unsigned char *tail_types) {
    struct arena arena = {0};
    struct text body = {0}, head = {0};
    bool uses_v128 = false;
    for (uint32_t i = e->module->imported_func_count; i < e->module->func_count; i++) {
        struct writer w = {.emitter = e, .out = out, .body = &body, .head = &head, .tail_types = tail_types};
        e->diag->func_idx = i;
        const struct function *function = build_function(e->module, &arena, e->diag, i);
        uses_v128 |= function->uses_v128;
        e->uses_heap |= function->uses_heap;
        emit_function(&w, function);
        arena_reset(&arena);
    }
    text_str(out, "static void w2c_functions_end(void) {}\n");
    arena_free(&arena);
    text_free(&body);
    text_free(&head);
    return uses_v128;
}

static void write_function_table(struct text *out, const struct emitter *e) {
    text_str(out, "const void *const w2c_functions[] = {");
    for (uint32_t i = e->module->imported_func_count; i < e->module->func_count; i++)
        text_format(out, "%s,", e->func_names[i]);
    text_str(out, "w2c_functions_end};\n");
}

/* What comes before the functions depends on what they use. */
static void write_module(struct text *out, struct emitter *e) {
    struct text functions = {0};
    e->uses_heap = module_has_objects(e->module) || module_keeps_references(e->module);
    unsigned char *tail_types = arena_array(e->arena, unsigned char, e->module->type_count / 8 + 1);
    const bool uses_v128 = write_functions(&functions, e, tail_types);
    write_prelude(out, e, uses_v128 || module_mentions_v128(e->module));
    emit_types(out, e);
    emit_state_declarations(out, e);
    emit_library_imports(out, e);
    for (uint32_t i = e->module->imported_func_count; i < e->module->func_count; i++)
        emit_prototype(out, e, "W2C_CODE", i);
    emit_tail_types(out, e, tail_types);
    text_bytes(out, functions.data, functions.size);
    text_free(&functions);
    emit_data_definitions(out, e);
    emit_state_definitions(out, e);
    emit_descriptor_of_library(out, e);
    write_function_table(out, e);
}

/* Bodies were validated, so nothing fails here but what the emitter does not support. */
static bool write_text(struct text *out, const struct module *module, const char *name) {
    struct arena arena = {0};
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    struct emitter e = {.module = module, .arena = &arena, .diag = &diag, .is_guarded = true, .is_for_tcc = true};
    struct module planned = *module;
    struct arena scratch = {0};
    const bool good = setjmp(catcher) == 0;
    if (good) {
        planned.throws = find_throws(module, &arena, false);
        planned.has_endless_tail_calls = tail_plan(module, false, &arena, &scratch, &diag);
        e.module = &planned;
        emitter_prepare(&e, name, "m.c", library_name);
        write_module(out, &e);
    } else {
        diag_print(&diag.diag, name, NULL, 0, stderr);
    }
    arena_free(&arena);
    arena_free(&scratch);
    return good;
}

/* ---- the code ---- */

static const struct host_function runtime_functions[] = {
    {"w2c_memory_init", "", "", (w2c_code)w2c_memory_init},
    {"w2c_memory_free", "", "", (w2c_code)w2c_memory_free},
    {"w2c_table_init", "", "", (w2c_code)w2c_table_init},
    {"w2c_table_free", "", "", (w2c_code)w2c_table_free},
    {"w2c_heap_root_add", "", "", (w2c_code)w2c_heap_root_add},
    {"w2c_heap_root_remove", "", "", (w2c_code)w2c_heap_root_remove},
    {"w2c_heap_table_add", "", "", (w2c_code)w2c_heap_table_add},
    {"w2c_heap_table_remove", "", "", (w2c_code)w2c_heap_table_remove},
    {"memmove", "", "", (w2c_code)memmove}, /* tcc calls these by itself, to copy and to clear structs */
    {"memset", "", "", (w2c_code)memset},
};
enum { RUNTIME_FUNCTIONS = sizeof runtime_functions / sizeof *runtime_functions };

static bool open_compilation(struct compilation *c, const char *text) {
    const size_t own = RUNTIME_FUNCTIONS,
                 all = host_function_count + own + HOST_ATOMICS + HOST_HEAP + host_vector_count;
    struct host_function *functions = calloc(all, sizeof *functions);
    if (!functions) arena_exhausted();
    struct host_function *next = functions;
    memcpy(next, host_functions, host_function_count * sizeof *functions);
    memcpy(next += host_function_count, runtime_functions, sizeof runtime_functions);
    memcpy(next += own, host_atomics, sizeof host_atomics);
    memcpy(next += HOST_ATOMICS, host_heap, sizeof host_heap);
    memcpy(next + HOST_HEAP, host_vectors, host_vector_count * sizeof *functions);
    const bool good = compile_open(c, text, functions, all);
    free(functions);
    return good;
}

static bool find_function(const struct w2c_code_range *range, uintptr_t address, uint32_t *func_idx) {
    const struct tcc_library *library = (const struct tcc_library *)range;
    uint32_t low = 0, high = library->func_count; /* the one looked for is in [low, high) */
    if (address < (uintptr_t)library->functions[0] || address >= (uintptr_t)library->functions[high]) return false;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if ((uintptr_t)library->functions[middle] <= address) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *func_idx = library->first_func + low;
    return true;
}

/* Maps, places, protects. False after a message. */
static bool place(struct tcc_library *library, struct compilation *c) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    library->size = (c->size + page - 1) / page * page;
    uint8_t *memory = mmap(NULL, library->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("w2c: no memory for compiled code");
        return false;
    }
    library->memory = memory;
    if (!compile_place(c, memory)) return false;
    const uint8_t *data = compile_symbol(c, "w2c_data_start");
    if (mprotect(memory, (size_t)(data - memory), PROT_READ | PROT_EXEC) != 0) {
        perror("w2c: compiled code cannot be made executable");
        return false;
    }
    library->module = compile_symbol(c, "m_module");
    library->functions = compile_symbol(c, "w2c_functions");
    library->range.low = (uintptr_t)memory;
    library->range.high = (uintptr_t)data;
    return true;
}

static void announce(struct tcc_library *library, const struct module *module, const char *name) {
    library->first_func = module->imported_func_count;
    library->func_count = module->func_count - module->imported_func_count;
    library->range.module = name;
    library->range.write_name = live_write_name;
    library->range.names = module;
    library->range.function_count = module->func_count;
    library->range.find = find_function;
    w2c_code_add(&library->range);
    unwind_add(&library->unwind, library->range.low, library->range.high);
}

struct tcc_library *tcc_library_open(const struct module *module, const char *name) {
    struct tcc_library *library = calloc(1, sizeof *library);
    if (!library) arena_exhausted();
    struct text text = {0};
    bool good = write_text(&text, module, name);
    if (good) {
        struct compilation c;
        good = open_compilation(&c, text_string(&text)) && place(library, &c);
        compile_close(&c);
    }
    text_free(&text);
    if (good) {
        announce(library, module, name);
        return library;
    }
    tcc_library_close(library);
    return NULL;
}

const struct w2c_module *tcc_library_module(const struct tcc_library *library) {
    return library->module;
}

void tcc_library_close(struct tcc_library *library) {
    if (library->module) {
        w2c_code_remove(&library->range);
        unwind_remove(&library->unwind);
    }
    if (library->memory) munmap(library->memory, library->size);
    free(library);
}
