/* Decoding and validation of whole modules, with reports.
 *
 * Bodies are independent of each other, so threads validate runs of a fixed number of functions. Each run stops at its
 * own first error; the one told is that of the lowest run, so that the message does not depend on the threads.
 */
#include "module_check.h"

#include "../base/arena.h"
#include "../base/pool.h"
#include "validate.h"

enum { RUN_FUNCTIONS = 64 };

struct check {
    const struct module *module;
    struct arena *arenas; /* of the function, one for each worker */
    struct diag *diags;   /* one for each run; message empty: none */
};

void module_report(const struct module *module, const char *path, const struct diag *diag) {
    struct name name = {0};
    if (diag->func_idx != DIAG_NO_FUNC && diag->func_idx < module->func_count)
        name = module->funcs[diag->func_idx].name;
    diag_print(diag, path, name.bytes, name.size, stderr);
}

bool module_decode(struct module *module, struct arena *arena, const char *path, const uint8_t *bytes, size_t size) {
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) {
        module_report(module, path, &diag.diag);
        return false;
    }
    decode_module(module, arena, &diag, path, bytes, size);
    return true;
}

static void validate_function(const struct module *module, struct arena *arena, struct diag_context *diag,
                              uint32_t func_idx) {
    arena_reset(arena);
    diag->func_idx = func_idx;
    struct body body;
    body_open(&body, module, arena, diag, func_idx);
    struct validator *validator = validate_open(module, arena, &body, func_idx);
    struct instr instr;
    while (!validate_is_done(validator)) {
        body_next(&body, &instr);
        validate_step(validator, &instr);
    }
    validate_close(validator);
}

static void validate_run(void *shared, unsigned worker, size_t run) {
    const struct check *check = shared;
    const struct module *m = check->module;
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) {
        check->diags[run] = diag.diag;
        return;
    }
    const uint32_t first = m->imported_func_count + (uint32_t)run * RUN_FUNCTIONS;
    const uint32_t end = m->func_count - first < RUN_FUNCTIONS ? m->func_count : first + RUN_FUNCTIONS;
    for (uint32_t i = first; i < end; i++)
        validate_function(m, &check->arenas[worker], &diag, i);
}

/* True unless a run failed. */
static bool report_first(const struct check *check, size_t runs) {
    for (size_t i = 0; i < runs; i++) {
        if (!check->diags[i].message[0]) continue;
        module_report(check->module, check->module->file_name, &check->diags[i]);
        return false;
    }
    return true;
}

bool module_validate(const struct module *module, unsigned threads) {
    const uint32_t own = module->func_count - module->imported_func_count;
    const size_t runs = (own + (size_t)RUN_FUNCTIONS - 1) / RUN_FUNCTIONS;
    if (threads == 0) threads = pool_default_threads();
    if (threads > runs) threads = (unsigned)runs;
    struct arena arena = {0};
    const struct check check = {.module = module,
                                .arenas = arena_array(&arena, struct arena, threads + 1u),
                                .diags = arena_array(&arena, struct diag, runs)};
    pool_run(threads, runs, validate_run, (void *)&check);
    const bool is_valid = report_first(&check, runs);
    for (unsigned i = 0; i < threads; i++)
        arena_free(&check.arenas[i]);
    arena_free(&arena);
    return is_valid;
}
