/* w2c bench: plan, build, measure, judge, write. The work is in translator/bench.
 *
 * The table goes to standard output at the end; files are written before it, so that whoever sees the table has them.
 * Exit code 0 says that every subject ran and that all agree.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/bench.h"
#include "../build/interrupt.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "commands.h"

static void stop(void) {
    child_stop();
    artifact_interrupted();
}

typedef void result_writer(const struct bench *bench, struct text *out);

static bool write_result(const struct bench *bench, const char *path, result_writer *writer) {
    if (!path) return true;
    struct text text = {0};
    writer(bench, &text);
    struct output_file file;
    bool is_good = output_open(&file, path);
    is_good = is_good && output_write(&file, text.data, text.size);
    is_good = is_good && output_finish(&file) && output_commit(&file);
    if (!is_good) report("cannot write '%s': %s", path, strerror(errno));
    if (!is_good) output_discard(&file);
    text_free(&text);
    return is_good;
}

static int write_results(const struct bench *bench, const struct options *options) {
    bool is_good = write_result(bench, options->bench_html, bench_html);
    is_good = write_result(bench, options->bench_json, bench_json) && is_good;
    is_good = write_result(bench, options->bench_csv, bench_csv) && is_good;
    struct text table = {0};
    bench_table(bench, &table);
    if (bench->settings->has_memory_helpers) study_write(bench, &table);
    is_good = fwrite(table.data, 1, table.size, stdout) == table.size && fflush(stdout) == 0 && is_good;
    text_free(&table);
    return is_good && !bench->problems ? EXIT_GOOD : EXIT_BAD_INPUT;
}

static int run(struct options *options) {
    struct bench bench = {.settings = &options->bench, .arena = options->arena};
    if (!bench_plan(&bench)) return EXIT_BAD_USAGE;
    if (!scratch_open() || !bench_spool_input(&bench) || !bench_build(&bench)) return EXIT_BAD_INPUT;
    bench_measure(&bench);
    bench_judge(&bench);
    const int code = write_results(&bench, options);
    bench_free(&bench);
    return code;
}

/* Hours may pass until they are written. */
static bool outputs_are_possible(const struct options *options) {
    const char *const paths[] = {options->bench_html, options->bench_json, options->bench_csv};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (!paths[i]) continue;
        if (!output_is_other(paths[i], options->bench.module) || !output_is_possible(paths[i])) return false;
    }
    return true;
}

int command_bench(struct options *options) {
    struct bench_settings *settings = &options->bench;
    settings->module = options->modules.items[0];
    settings->arguments = options->guest_arguments;
    settings->check_bounds = options->translate.check_bounds;
    settings->toolchain = &options->toolchain;
    settings->grants = text_string(&options->grants);
    settings->self = own_path(options->arena);
    struct input_file module;
    if (!settings->self || !outputs_are_possible(options) || !module_open(&module, settings->module)) {
        return EXIT_BAD_INPUT;
    }
    input_close(&module);
    /* Programs that w2c made read it, also those that a --vs names; `w2c run` sets it itself. */
    setenv("W2C_OPTIONS", settings->grants, 1);
    interrupt_begin(stop);
    const int code = run(options);
    scratch_remove();
    interrupt_end();
    return code;
}
