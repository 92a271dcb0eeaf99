/* From the module to programs: one translation for all, then each compiler and level.
 *
 * The translation is done by `w2c` as a child, like everything that is measured: its time is what a user waits, its
 * memory is its own, and this process stays small (child.c says why that matters).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/file.h"
#include "../build/report.h"
#include "../build/scratch.h"

static uint64_t file_bytes(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* "app" for "path/app.wasm", without what compilers cannot stand in the name of a file. */
static char *source_path(struct bench *bench) {
    const char *slash = strrchr(bench->settings->module, '/');
    char *name = words_format(bench->arena, "%s", slash ? slash + 1 : bench->settings->module);
    char *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    for (char *c = name; *c; c++) {
        if ((unsigned char)*c < ' ') *c = '_';
    }
    return scratch_path(bench->arena, words_format(bench->arena, "%s.c", name));
}

/* What the translator says of a bad module, in its own words. */
static void show_errors(const char *path) {
    struct input_file errors;
    if (!input_open(&errors, path)) return;
    if (errors.size) fwrite(errors.bytes, 1, errors.size, stderr);
    input_close(&errors);
}

static bool translate_module(struct bench *bench, const char *source) {
    const struct bench_settings *settings = bench->settings;
    struct words command = {.arena = bench->arena};
    words_add(&command, settings->self);
    words_add(&command, "--program");
    if (settings->has_memory_helpers) words_add(&command, "--memory-study");
    words_add(&command, words_format(bench->arena, "--bounds=%s", settings->check_bounds ? "check" : "guard"));
    words_add(&command, words_format(bench->arena, "--jobs=%u", settings->toolchain->parallel));
    words_add(&command, words_format(bench->arena, "--output=%s", source));
    words_add(&command, "--");
    words_add(&command, settings->module);
    const struct child_settings child = {.input_path = bench->empty_path,
                                         .errors_path = scratch_path(bench->arena, "translation.log"),
                                         .timeout_seconds = settings->timeout_seconds};
    report_progress(0, 1, "translating");
    struct child_result result = child_run(&command, &child);
    report_progress_end();
    capture_free(&result.output);
    bench->is_translated = result.end == CHILD_EXITED && result.code == 0;
    if (!bench->is_translated) show_errors(child.errors_path);
    if (!bench->is_translated && result.end != CHILD_EXITED) {
        report("translating: %s", child_explain(bench->arena, &result, settings->timeout_seconds));
    }
    bench->translate_seconds = result.wall_seconds;
    bench->translate_cpu_seconds = result.cpu_seconds;
    bench->translate_peak_bytes = result.peak_bytes;
    return bench->is_translated;
}

/* The parts of a large output are numbered without gaps. */
static void list_sources(struct bench *bench, const char *source, struct words *sources) {
    const int stem = (int)(strlen(source) - strlen(".c"));
    words_add(sources, source);
    for (unsigned part = 1;; part++) {
        const char *path = words_format(bench->arena, "%.*s_%u.c", stem, source, part);
        if (access(path, F_OK) != 0) break;
        words_add(sources, path);
    }
    bench->c_bytes = file_bytes(words_format(bench->arena, "%.*s_shared.h", stem, source));
    for (size_t i = 0; i < sources->count; i++)
        bench->c_bytes += file_bytes(sources->items[i]);
}

static double children_cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* A compiler that fails takes its own subjects out of the race, not the others. */
static void compile_subject(struct bench *bench, struct subject *subject, const struct words *sources) {
    const char *name = words_format(bench->arena, "subject-%td", subject - bench->subjects);
    char *path = scratch_path(bench->arena, name);
    const struct sources parts = {.paths = sources->items, .count = sources->count};
    const double start = clock_seconds(), start_cpu = children_cpu_seconds();
    if (!toolchain_build(&subject->toolchain, ARTIFACT_PROGRAM, &parts, path)) {
        subject->problem = "was not built";
        subject->is_out = true;
        return;
    }
    subject->compile_seconds = clock_seconds() - start;
    subject->compile_cpu_seconds = children_cpu_seconds() - start_cpu;
    subject->program_bytes = file_bytes(path);
    subject->command.arena = bench->arena;
    subject->program = path;
    words_add(&subject->command, bench->settings->module); /* what the guest sees as its name, in all engines */
}

bool bench_build(struct bench *bench) {
    const char *source = source_path(bench);
    bench->module_bytes = file_bytes(bench->settings->module);
    if (!translate_module(bench, source)) return false;
    struct words sources = {.arena = bench->arena};
    list_sources(bench, source, &sources);
    for (size_t i = 0; i < bench->count; i++) {
        if (bench->subjects[i].kind == SUBJECT_COMPILED) compile_subject(bench, &bench->subjects[i], &sources);
    }
    return true;
}
