/* w2c profile: runs a program and tells how often each operator was executed.
 *
 * Two ways to count, which agree to the last operator because one definition of basic blocks serves both
 * (profile/blocks.h): the interpreter, which starts at once, and a compiled program with a counter in each block, which
 * is kept like other programs and is the faster one from its second run on. That one compares bounds at each access:
 * guard pages would let a C compiler move an access that traps across a counter.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../build/foreground.h"
#include "../build/interrupt.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "../engine/run_program.h"
#include "../interp/interp.h"
#include "../wasm/module_check.h"
#include "../wasm/module_facts.h"
#include "commands.h"

struct profile {
    struct options *options;
    struct input_file file;
    struct module module;
    struct arena scratch;
    struct block_plan *plan;
    uint64_t *block_counts;
    bool is_counted; /* the program ran, and block_counts is about it */
};

/* ---- counting in compiled code ---- */

static void interrupted(void) {
    foreground_stop();
    artifact_interrupted();
}

static int run_and_read(struct profile *p, const char *program) {
    if (!scratch_open()) return EXIT_BAD_INPUT;
    struct options *options = p->options;
    const char *path = scratch_path(options->arena, "counts");
    setenv("W2C_COUNTS", path, 1);
    setenv("W2C_OPTIONS", text_string(&options->grants), 1);
    struct words command = {.arena = options->arena};
    words_add(&command, options->modules.items[0]);
    for (char **argument = options->guest_arguments; *argument; argument++)
        words_add(&command, *argument);
    const int code = foreground_run(program, &command);
    if (code < 0) return EXIT_BAD_INPUT;
    p->is_counted = counts_read_blocks(path, p->plan, p->block_counts); /* not if the program was killed */
    if (!p->is_counted) report("the program ended without its counts");
    return code;
}

static int count_compiled(struct profile *p) {
    p->options->translate.shape = SHAPE_PROGRAM;
    p->options->translate.check_bounds = true;
    p->options->translate.count_blocks = true;
    char *program = NULL;
    interrupt_begin(interrupted);
    int code = kept_program(p->options, &p->file, &program);
    if (code == EXIT_GOOD) code = run_and_read(p, program);
    scratch_remove();
    interrupt_end();
    return code;
}

/* ---- counting in the interpreter ---- */

static int count_interpreted(struct profile *p) {
    const struct options *options = p->options;
    const struct run_request request = {
        .path = options->modules.items[0], .arguments = options->guest_arguments, .bounds = W2C_BOUNDS_GUARD};
    setenv("W2C_OPTIONS", text_string(&p->options->grants), 1);
    interp_configure(INTERP_MEMORY_FIXED, p->plan, p->block_counts);
    p->is_counted = true;
    return run_program(&interp_engine, &p->module, &request);
}

/* ---- the report ---- */

static bool write_file(const char *path, const struct text *text) {
    struct output_file file;
    if (output_open(&file, path) && output_write(&file, text->data, text->size) && output_finish(&file) &&
        output_commit(&file)) {
        return true;
    }
    report("cannot write '%s': %s", path, strerror(errno));
    return false;
}

static bool write_report(struct profile *p) {
    const struct options *options = p->options;
    struct counts *counts = counts_of_blocks(p->plan, p->block_counts, options->arena, &p->scratch);
    counts->engine = options->engine;
    struct text text = {0};
    counts_write(&text, counts, options->format, options->top, &p->scratch);
    bool is_written = true;
    if (options->output)
        is_written = write_file(options->output, &text);
    else
        fwrite(text.data, 1, text.size, stderr);
    text_free(&text);
    return is_written;
}

/* ---- the command ---- */

/* False after a message: the module is not valid. */
static bool plan_blocks(struct profile *p) {
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) {
        module_report(&p->module, p->options->modules.items[0], &diag.diag);
        return false;
    }
    p->plan = block_plan(&p->module, p->options->arena, &p->scratch, &diag);
    p->block_counts = arena_array(p->options->arena, uint64_t, (size_t)p->plan->count + 1);
    return true;
}

static int check_shape(struct profile *p) {
    const struct translate_result shape = {.is_program =
                                               module_has_start(&p->module) && !module_foreign_import(&p->module)};
    p->options->artifact = ARTIFACT_PROGRAM;
    return artifact_check_shape(p->options, &shape);
}

static int profile(struct profile *p) {
    struct options *options = p->options;
    if (!module_decode(&p->module, options->arena, options->modules.items[0], p->file.bytes, p->file.size) ||
        !plan_blocks(p)) {
        return EXIT_BAD_INPUT;
    }
    int code = check_shape(p);
    if (code != EXIT_GOOD) return code;
    code = strcmp(options->engine, "interp") == 0 ? count_interpreted(p) : count_compiled(p);
    if (p->is_counted && !write_report(p)) return EXIT_BAD_INPUT;
    return code;
}

int command_profile(struct options *options) {
    if (options->flame || options->folded) return profile_samples(options);
    struct profile p = {.options = options};
    if (options->output && !output_is_possible(options->output)) return EXIT_BAD_INPUT;
    if (!module_open(&p.file, options->modules.items[0])) return EXIT_BAD_INPUT;
    if (!options->engine) options->engine = "interp";
    const int code = profile(&p);
    if (module_is_threaded(&p.module)) exit(code); /* see run_program.h */
    arena_free(&p.scratch);
    input_close(&p.file);
    return code;
}
