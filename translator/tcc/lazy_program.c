/* The engine of programs: one live instance, with code that knows all its addresses, compiled function by function as
 * they are called.
 *
 * State, at fixed addresses if possible (zone.h), from the bottom:
 *
 *     host table     pointers to functions of this process (host.def)
 *     atomics        the same for atomic operators (host_atomic.c)
 *     imports        code and context of each imported function
 *     slots          code of each function, through which other groups call it; at first its thunk
 *     segments       bytes and size of each passive data and element segment
 *     what the live instance asks for: records and cells
 *
 * The same module makes the same calls in the same order, so these addresses are the same in each run.
 *
 * A reference to a function is the address of its record. Code calls `record->code` without a context, for a program
 * has one; so records have type numbers of their own, and are of no use to anybody else (engine.type_id).
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/run_threads.h"
#include "../wasm/module_check.h"
#include "../wasm/module_facts.h"
#include "../wasm/reach.h"
#include "../wasm/tail_plan.h"
#include "host.h"
#include "lazy_program.h"
#include "perf_map.h"
#include "tcc.h"
#include "thunk.h"
#include "w2c/engine.h"
#include "w2c/exception.h"

/* What emit_tcc.c writes as numbers. */
_Static_assert(offsetof(struct w2c_func, code) == 0 && offsetof(struct w2c_func, context) == 8 &&
                   offsetof(struct w2c_func, type) == 16,
               "code of programs has these offsets");
_Static_assert(offsetof(struct w2c_table, elements) == 0, "code of programs has this offset");
_Static_assert(sizeof(size_t) == sizeof(uint64_t), "code of programs reads a memory's base as 64 bits");
/* And group.c as a struct. */
_Static_assert(offsetof(struct w2c_exception, tag) == 8 && offsetof(struct w2c_exception, values) == 32 &&
                   sizeof(union w2c_value) == 16,
               "code of programs has these offsets");

enum { EXIT_NO_START = 1 };

/* The one program of the process: thunks and the live instance's hooks have no argument to find it by. */
static struct tcc_program *current;

static const struct tcc_hooks *hooks;

void tcc_set_hooks(const struct tcc_hooks *set) {
    hooks = set;
}

/* ---- room ---- */

static void *allocate_state(struct tcc_program *p, size_t bytes) {
    void *found = zone_allocate(&p->zone, bytes);
    if (!found) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    return found;
}

static void *allocate(struct live_instance *instance, size_t bytes) {
    (void)instance;
    return allocate_state(current, bytes);
}

static uint32_t type_id(const struct module *module, uint32_t type_idx) {
    return module->types[type_idx].canonical + 1;
}

static uint64_t make_host_table(struct tcc_program *p) {
    w2c_code *table = allocate_state(p, (host_function_count + host_vector_count) * sizeof *table);
    for (size_t i = 0; i < host_function_count; i++)
        table[i] = host_functions[i].code;
    for (size_t i = 0; i < host_vector_count; i++)
        table[host_function_count + i] = host_vectors[i].code;
    return (uint64_t)(uintptr_t)table;
}

static uint64_t make_heap_table(struct tcc_program *p) {
    w2c_code *table = allocate_state(p, HOST_HEAP * sizeof *table);
    for (size_t i = 0; i < HOST_HEAP; i++)
        table[i] = host_heap[i].code;
    return (uint64_t)(uintptr_t)table;
}

static uint64_t make_atomics_table(struct tcc_program *p) {
    w2c_code *table = allocate_state(p, HOST_ATOMICS * sizeof *table);
    for (size_t i = 0; i < HOST_ATOMICS; i++)
        table[i] = host_atomics[i].code;
    return (uint64_t)(uintptr_t)table;
}

/* ---- places ---- */

static uint64_t *addresses(struct tcc_program *p, uint32_t count) {
    return arena_array(&p->arena, uint64_t, (size_t)count + 1);
}

/* Active and declarative segments are as good as dropped: before any code runs, they are. */
static void place_segments(struct tcc_program *p) {
    const struct module *m = p->module;
    uint64_t *datas = addresses(p, m->data_count), *elements = addresses(p, m->element_count);
    for (uint32_t i = 0; i < m->data_count; i++) {
        struct span *data = allocate_state(p, 16);
        if (m->datas[i].mode == SEGMENT_PASSIVE) *data = p->instance->datas[i];
        datas[i] = (uint64_t)(uintptr_t)data;
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        struct live_element *element = allocate_state(p, sizeof *element);
        if (m->elements[i].mode == SEGMENT_PASSIVE) *element = p->instance->elements[i];
        elements[i] = (uint64_t)(uintptr_t)element;
    }
    p->places.datas = datas;
    p->places.elements = elements;
}

static void place_objects(struct tcc_program *p) {
    const struct module *m = p->module;
    uint64_t *memories = addresses(p, m->memory_count), *tables = addresses(p, m->table_count);
    uint64_t *records = addresses(p, m->func_count), *tags = addresses(p, m->tag_count);
    for (uint32_t i = 0; i < m->memory_count; i++)
        memories[i] = (uint64_t)(uintptr_t)p->instance->memories[i];
    for (uint32_t i = 0; i < m->table_count; i++)
        tables[i] = (uint64_t)(uintptr_t)p->instance->tables[i];
    for (uint32_t i = 0; i < m->func_count; i++)
        records[i] = (uint64_t)(uintptr_t)p->instance->funcs[i];
    for (uint32_t i = 0; i < m->tag_count; i++)
        tags[i] = (uint64_t)(uintptr_t)p->instance->tags[i];
    p->places.tags = tags;
    p->places.memories = memories;
    p->places.tables = tables;
    p->places.records = records;
}

/* The memory was made wherever there was room. One of another kind stays there: code reads its base from its record. */
static void place_memory(struct tcc_program *p) {
    if (p->module->memory_count == 0 || memory_kind(p->module, 0) != MEMORY_PLAIN) return;
    struct w2c_memory *memory = p->instance->memories[0];
    struct w2c_memory_type type = live_memory_type(p->module, 0);
    type.address = p->zone.memory;
    w2c_memory_free(memory);
    if (!w2c_memory_init(memory, type, W2C_BOUNDS_GUARD)) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    p->places.memory_base = (uint64_t)(uintptr_t)memory->base;
}

/* The process numbers types as it comes to know them, so code reads the numbers: it may be kept. */
static void place_types(struct tcc_program *p) {
    if (!p->module->has_rich_types) return;
    const struct live_module *live = p->instance->live;
    const size_t count = p->module->type_count;
    uint32_t *ids = allocate_state(p, count * sizeof *ids);
    const struct w2c_type **records = allocate_state(p, count * sizeof *records);
    memcpy(ids, live->type_ids, count * sizeof *ids);
    memcpy(records, live->type_records, count * sizeof *records);
    p->places.type_ids = (uint64_t)(uintptr_t)ids;
    p->places.type_records = (uint64_t)(uintptr_t)records;
}

static void place_imports(struct tcc_program *p) {
    const uint32_t count = p->module->imported_func_count;
    void **imports = allocate_state(p, IMPORT_BYTES * (size_t)count + 1);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&imports[2 * i], &p->instance->funcs[i]->code, sizeof(void *));
        imports[2 * i + 1] = p->instance->funcs[i]->context;
    }
    p->places.imports = (uint64_t)(uintptr_t)imports;
}

static struct w2c_func *record_of(const struct tcc_program *p, uint32_t func_idx) {
    return (struct w2c_func *)(uintptr_t)p->places.records[func_idx];
}

/* Until it is compiled, a function is its thunk, for who calls it directly and for who calls it by reference. Its code
 * for tail calls has the number of the function plus the number of all functions. */
static void place_functions(struct tcc_program *p) {
    const uint32_t count = p->module->func_count;
    const uint32_t code_count = p->module->has_endless_tail_calls ? 2 * count : count;
    const size_t bytes = thunk_block_bytes(code_count);
    p->thunks = zone_open_code(&p->zone, bytes);
    if (!p->thunks) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    thunk_write(p->thunks, code_count);
    if (!zone_seal_code(&p->zone, p->thunks, bytes)) w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    p->code_start = zone_align_code(&p->zone);
    p->slots = allocate_state(p, sizeof *p->slots * (size_t)code_count + 1);
    p->places.slots = (uint64_t)(uintptr_t)p->slots;
    p->places.tail_slots = (uint64_t)(uintptr_t)(p->slots + count);
    for (uint32_t i = 0; i < code_count; i++)
        p->slots[i] = thunk_at(p->thunks, i);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&record_of(p, i)->code, &p->slots[i], sizeof(void *));
        memcpy(&record_of(p, i)->body, &p->slots[program_has_tail_code(p, i) ? count + i : i], sizeof(void *));
    }
}

/* ---- names ---- */

static const char *name_global(struct tcc_program *p, uint32_t global_idx) {
    struct text text = {0};
    const enum ctype type = ctype_of(p->module->globals[global_idx].type.type);
    text_format(&text, "(*(%s*)", type == CTYPE_REF ? "ref" : ctype_name(type));
    text_tcc_address(&text, (uint64_t)(uintptr_t)p->instance->globals[global_idx]);
    text_char(&text, ')');
    const char *copy = arena_copy(&p->arena, text.data, text.size);
    text_free(&text);
    return copy;
}

static void name_globals(struct tcc_program *p) {
    const uint32_t count = p->module->global_count;
    p->emitter.global_names = arena_array(&p->arena, const char *, (size_t)count + 1);
    for (uint32_t i = 0; i < count; i++)
        p->emitter.global_names[i] = name_global(p, i);
}

/* "fn12": nobody reads the text, and short names are read faster. */
static void name_functions(struct tcc_program *p) {
    enum { NAME_BYTES = 16 };
    const uint32_t count = p->module->func_count;
    char *names = arena_alloc(&p->arena, (size_t)count + 1, NAME_BYTES);
    p->emitter.func_names = arena_array(&p->arena, const char *, (size_t)count + 1);
    for (uint32_t i = 0; i < count; i++, names += NAME_BYTES) {
        snprintf(names, NAME_BYTES, "fn%u", (unsigned)i);
        p->emitter.func_names[i] = names;
    }
}

static void prepare_emitter(struct tcc_program *p) {
    const struct module *m = p->module;
    p->emitter.module = m;
    p->emitter.is_program = p->emitter.is_guarded = p->emitter.is_for_tcc = true;
    p->emitter.places = &p->places;
    p->emitter.name = p->emitter.prefix = "";
    p->emitter.arena = &p->arena;
    name_functions(p);
    name_globals(p);
    p->group = arena_alloc(&p->arena, m->func_count / 8 + 1, 1);
    p->called = arena_alloc(&p->arena, m->func_count / 8 + 1, 1);
    p->types = arena_alloc(&p->arena, m->type_count / 8 + 1, 1);
    p->host_types = arena_alloc(&p->arena, m->type_count / 8 + 1, 1);
    p->tail_types = arena_alloc(&p->arena, m->type_count / 8 + 1, 1);
}

/* ---- compiling ---- */

void program_enter_code(struct tcc_program *p, uint32_t func_idx, void *code) {
    void *thunk = thunk_at(p->thunks, func_idx);
    if (__atomic_compare_exchange_n(&p->slots[func_idx], &thunk, code, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
        memcpy(&record_of(p, func_idx)->code, &code, sizeof code);
        if (!program_has_tail_code(p, func_idx)) memcpy(&record_of(p, func_idx)->body, &code, sizeof code);
    }
    code_list_add(&p->code, (uintptr_t)code, func_idx);
}

void program_enter_tail_code(struct tcc_program *p, uint32_t func_idx, void *code) {
    p->slots[p->module->func_count + func_idx] = code;
    memcpy(&record_of(p, func_idx)->body, &code, sizeof code);
    code_list_add(&p->code, (uintptr_t)code, func_idx);
}

static void *resolve(uint32_t code_idx) {
    struct tcc_program *p = current;
    const uint32_t func_idx = code_idx % p->module->func_count;
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    p->emitter.diag = &diag;
    if (setjmp(catcher) != 0) {
        diag_print(&diag.diag, p->range.module, NULL, 0, stderr);
        w2c_trap_message(W2C_TRAP_HOST, "a function cannot be compiled");
    }
    const bool is_new = p->slots[func_idx] == thunk_at(p->thunks, func_idx);
    if (is_new && !group_compile(p, func_idx)) {
        w2c_trap_message(W2C_TRAP_HOST, "a function cannot be compiled");
    }
    return p->slots[code_idx];
}

/* Where thunks do not work, nothing may be left to them. */
static void compile_all(struct tcc_program *p) {
    for (uint32_t i = 0; i < p->module->func_count; i++)
        resolve(i);
}

static bool find_function(const struct w2c_code_range *range, uintptr_t address, uint32_t *func_idx) {
    const struct tcc_program *p = (const struct tcc_program *)range;
    if (!code_list_find(&p->code, address, func_idx)) return false;
    /* The frame that makes tail calls which were put aside is nobody's (see w2c/ops_tail.h). */
    return !program_has_tail_code(p, *func_idx) || address >= (uintptr_t)p->slots[p->module->func_count + *func_idx];
}

static void announce(struct tcc_program *p) {
    const struct w2c_module *descriptor = &p->instance->live->descriptor;
    p->range = (struct w2c_code_range){.low = (uintptr_t)p->zone.code,
                                       .high = (uintptr_t)p->zone.code_end,
                                       .module = descriptor->name,
                                       .write_name = live_write_name,
                                       .names = p->module,
                                       .function_count = descriptor->function_count,
                                       .find = find_function};
    w2c_code_add(&p->range);
    unwind_add(&p->unwind, p->range.low, p->range.high);
}

/* ---- the engine ---- */

/* Bodies were validated, so nothing fails. */
static void plan_tail_calls(struct tcc_program *p, const struct module *module) {
    struct diag_context diag = {.catcher = NULL, .func_idx = DIAG_NO_FUNC};
    p->planned = *module;
    p->planned.has_endless_tail_calls = tail_plan(module, true, &p->arena, &p->scratch, &diag);
    p->module = &p->planned;
}

static void link_program(struct live_instance *instance) {
    struct tcc_program *p = current;
    p->instance = instance;
    plan_tail_calls(p, instance->live->module);
    place_memory(p);
    place_objects(p);
    const uint64_t host_table = make_host_table(p);
    p->places.atomics = make_atomics_table(p);
    place_types(p);
    place_imports(p);
    place_functions(p);
    place_segments(p);
    prepare_emitter(p);
    group_prepare(p, host_table, make_heap_table(p));
    code_list_open(&p->code, &p->arena, 2 * p->module->func_count);
    announce(p);
    code_cache_enter(p->cache, p);
    if (hooks) hooks->linked(hooks->argument, p);
    if (!THUNKS_WORK) compile_all(p);
}

/* The start function and _start, which take and give nothing. */
static void invoke(const struct w2c_func *func, const union w2c_value *arguments, union w2c_value *results) {
    (void)arguments, (void)results;
    ((void (*)(void))func->code)();
}

static void free_program(struct live_instance *instance) {
    struct tcc_program *p = current;
    (void)instance;
    if (p->range.low) {
        if (hooks) hooks->ending(hooks->argument);
        if (!p->module->has_endless_tail_calls) code_cache_save(p->cache, p); /* it has one address for a function */
        if (p->writes_perf_map) perf_map_write(&p->code, p->range.high, p->module);
        w2c_code_remove(&p->range);
        unwind_remove(&p->unwind);
    }
    arena_free(&p->arena);
    arena_free(&p->scratch);
    text_free(&p->prelude);
    text_free(&p->heap_prelude);
    text_free(&p->bodies);
    text_free(&p->text);
    text_free(&p->body);
    text_free(&p->head);
}

static const struct engine program_engine = {.name = "tcc",
                                             .link = link_program,
                                             .invoke = invoke,
                                             .free = free_program,
                                             .allocate = allocate,
                                             .type_id = type_id};

static int run_module(const struct module *module, const struct run_request *request, struct code_cache *cache) {
    struct tcc_program program = {.cache = cache, .writes_perf_map = request->writes_perf_map};
    if (!zone_open(&program.zone) || !thunk_open(resolve)) {
        perror("w2c: no address space for the program");
        zone_close(&program.zone);
        return EXIT_NO_START;
    }
    current = &program;
    const int code = run_program(&program_engine, module, request);
    current = NULL;
    zone_close(&program.zone);
    return code;
}

/* ---- from bytes to a module that may run ---- */

struct source {
    const struct input_file *file;
    bool keeps_code;
    struct arena arena; /* of the path */
    struct code_cache cache;
    bool is_known; /* code is kept for this module: it was valid before */
};

/* To look into the cache takes the digest of the module, about as long as to decode it: that is done meanwhile. */
static void *look_for_code(void *argument) {
    struct source *source = argument;
    const char *path = source->keeps_code ? code_cache_path(&source->arena, source->file) : NULL;
    source->is_known = code_cache_open(&source->cache, path);
    return NULL;
}

/* What was decoded must be what the digest stands for, also if it was only noted. */
static void forget_if_changed(struct source *source, const char *path) {
    if (!source->file->mapping || input_is_unchanged(source->file, path)) return;
    code_cache_close(&source->cache);
    source->cache = (struct code_cache){0};
    source->is_known = false;
}

static bool is_program(const struct module *module, const char *path) {
    if (module_has_start(module) && !module_foreign_import(module)) return true;
    fprintf(stderr, "%s: is no program: it exports no _start, or imports more than WASI\n", path);
    module_report_wasi_types(module, path);
    return false;
}

static bool read_module(struct source *source, struct module *module, struct arena *arena, const char *path) {
    pthread_t thread;
    const bool has_thread = pthread_create(&thread, NULL, look_for_code, source) == 0;
    const bool is_decoded = module_decode(module, arena, path, source->file->bytes, source->file->size);
    if (has_thread) {
        pthread_join(thread, NULL);
    } else {
        look_for_code(source);
    }
    forget_if_changed(source, path);
    if (!is_decoded || !(source->is_known || module_validate(module, 0)) || !is_program(module, path)) return false;
    module->throws = find_throws(module, arena, true);
    return true;
}

/* Code that knows the addresses of one instance is of no use to a second. So a program with threads is compiled as a
 * library, as a whole, and stays to the end of the process with its module (run_program.h). */
W2C_NORETURN static void run_threaded(const struct module *module, const struct run_request *request) {
    const char *slash = strrchr(request->path, '/');
    struct tcc_library *library = tcc_library_open(module, slash ? slash + 1 : request->path);
    exit(library ? run_threaded_program(tcc_library_module(library), module, request) : EXIT_NO_START);
}

int tcc_run_program(const struct input_file *file, const struct run_request *request, bool keeps_code) {
    struct source source = {.file = file, .keeps_code = keeps_code};
    struct arena arena = {0};
    struct module module = {0};
    const bool is_good = read_module(&source, &module, &arena, request->path);
    if (is_good && request->accepted) request->accepted(request->context);
    if (is_good && module_is_threaded(&module)) run_threaded(&module, request);
    const int code = is_good ? run_module(&module, request, &source.cache) : EXIT_NO_START;
    code_cache_close(&source.cache);
    arena_free(&source.arena);
    arena_free(&arena);
    return code;
}
