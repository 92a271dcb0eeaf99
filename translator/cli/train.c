/* Where a program spends its time, from runs of it: what `w2c profile` wrote, or what --pgo runs in training.
 *
 * A compiler's own profile belongs to the C that it counted in, file by file, and functions get their files by heat. So
 * large programs are trained twice: as a program with w2c's counters, all of it at the level of cold code, which says
 * what is hot; then, as small ones are at once, as a program in which the compiler counts what is hot (build/pgo.h).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../build/pgo.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "../wasm/module_check.h"
#include "commands.h"

static void use_profile(struct options *options, struct heat_profile found) {
    struct heat_profile *profile = arena_new(options->arena, struct heat_profile);
    *profile = found;
    options->translate.profile = profile;
}

bool train_read(struct options *options) {
    const char *path = options->profile_path;
    struct input_file file;
    if (!input_open(&file, path)) {
        report("cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    struct heat_profile profile;
    const bool is_good = counts_read_csv((const char *)file.bytes, file.size, options->arena, &profile);
    input_close(&file);
    if (is_good) {
        use_profile(options, profile);
    } else {
        report("--profile: '%s' is not what w2c profile --csv writes", path);
    }
    return is_good;
}

/* ---- training ---- */

struct trainer {
    struct options *options;
    const struct input_file *file;
    struct module module;
    struct arena scratch;
};

/* The module was translated, so it is valid. */
static struct block_plan *plan_blocks(struct trainer *t) {
    const char *path = t->options->modules.items[0];
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (!module_decode(&t->module, t->options->arena, path, t->file->bytes, t->file->size)) return NULL;
    if (setjmp(catcher) != 0) {
        module_report(&t->module, path, &diag.diag);
        return NULL;
    }
    return block_plan(&t->module, t->options->arena, &t->scratch, &diag);
}

static bool use_counts(struct trainer *t, const char *path) {
    const struct block_plan *plan = plan_blocks(t);
    if (!plan) return false;
    uint64_t *counts = arena_array(t->options->arena, uint64_t, (size_t)plan->count + 1);
    const bool is_there = counts_read_blocks(path, plan, counts);
    const struct training training = {t->options->pgo_command, t->options->output};
    if (is_there) {
        use_profile(t->options, counts_heat(plan, counts, t->options->arena, &t->scratch));
    } else {
        pgo_complain(&training);
    }
    return is_there;
}

static bool run_training(struct trainer *t, const struct sources *sources) {
    struct options *options = t->options;
    struct toolchain toolchain = options->toolchain;
    toolchain.level = LEVEL_LEAST;
    toolchain.wants_lto = false;
    toolchain.wants_placement = true;
    const struct training training = {options->pgo_command, options->output};
    const char *program = scratch_path(options->arena, "counting");
    const char *counts = scratch_path(options->arena, "counts");
    if (!toolchain_build(&toolchain, ARTIFACT_PROGRAM, sources, program)) return false;
    setenv("W2C_COUNTS", counts, 1);
    const bool is_trained = pgo_train(&toolchain, &training, program) && use_counts(t, counts);
    unsetenv("W2C_COUNTS");
    return is_trained;
}

static bool has_levels(const struct translate_result *result) {
    for (size_t i = 0; i < result->source_count; i++) {
        if (result->heats[i] != HEAT_HOT) return true;
    }
    return false;
}

bool train_heat(struct options *options, const struct input_file *module, const char *name) {
    if (options->translate.profile || options->toolchain.level != LEVEL_BY_HEAT) return true;
    struct trainer t = {.options = options, .file = module};
    struct translate_options translation = options->translate;
    translation.count_blocks = true;
    translation.output_path = scratch_path(options->arena, words_format(options->arena, "%s.c", name));
    struct translate_result result = {0};
    bool is_good = translate(module->bytes, module->size, &translation, &result);
    if (is_good && result.is_program && has_levels(&result)) {
        const struct sources sources = {
            result.sources, result.heats, result.source_count, {result.header, result.shared}};
        is_good = run_training(&t, &sources);
    }
    translate_result_free(&result);
    arena_free(&t.scratch);
    return is_good;
}
