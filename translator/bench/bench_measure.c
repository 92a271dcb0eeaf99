/* The rounds, and what the outputs say. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../build/report.h"
#include "../build/scratch.h"

/* ---- standard input ---- */

/* A terminal is not waited for: who types wants no measurement of it. */
static bool copy_input(struct output_file *file, uint64_t *bytes) {
    char buffer[1 << 16];
    if (isatty(STDIN_FILENO)) return true;
    for (;;) {
        const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EBADF; /* closed: empty */
        if (got == 0) return true;
        if (!output_write(file, buffer, (size_t)got)) return false;
        *bytes += (uint64_t)got;
    }
}

bool bench_spool_input(struct bench *bench) {
    bench->empty_path = "/dev/null";
    bench->input_path = scratch_path(bench->arena, "input");
    struct output_file file;
    bool is_good = output_open(&file, bench->input_path);
    is_good = is_good && copy_input(&file, &bench->input_bytes);
    is_good = is_good && output_finish(&file) && output_commit(&file);
    if (!is_good) report("cannot copy standard input: %s", strerror(errno));
    if (!is_good) output_discard(&file);
    return is_good;
}

/* ---- rounds ---- */

static void fill_stats(struct bench *bench, struct series *series) {
    double *values = arena_array(bench->arena, double, series->count + 1);
    for (size_t i = 0; i < series->count; i++)
        values[i] = series->results[i].wall_seconds;
    series->wall = stats_of(values, series->count);
    for (size_t i = 0; i < series->count; i++)
        values[i] = series->results[i].cpu_seconds;
    series->cpu = stats_of(values, series->count);
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++) {
        const struct child_result *result = &series->results[i];
        if (result->first_output_seconds >= 0) values[count++] = result->first_output_seconds;
        if (result->peak_bytes > series->peak_bytes) series->peak_bytes = result->peak_bytes;
    }
    series->first_output = stats_of(values, count);
}

/* The last line that a program wrote to standard error: often it says why it failed. Empty if there is none. */
static char *last_error_line(struct bench *bench, const char *path) {
    enum { SHOWN_BYTES = 160 };
    struct input_file file;
    if (!input_open(&file, path)) return "";
    size_t end = file.size;
    while (end && (file.bytes[end - 1] == '\n' || file.bytes[end - 1] == '\r'))
        end--;
    size_t start = end;
    while (start && file.bytes[start - 1] != '\n' && end - start < SHOWN_BYTES)
        start--;
    char *line = arena_copy(bench->arena, file.bytes + start, end - start);
    input_close(&file);
    return line;
}

/* Engines get caches of our own: what the user's holds must not decide what is measured. */
static void choose_cache(struct bench *bench, const struct subject *subject) {
    const char *folder = bench->cache_home;
    if (subject->kind == SUBJECT_ENGINE) {
        const char *name = subject->keeps_code ? words_format(bench->arena, "kept-%s", subject->label)
                                               : words_format(bench->arena, "empty-%u", bench->cache_count++);
        folder = scratch_path(bench->arena, name);
    }
    if (folder)
        setenv("XDG_CACHE_HOME", folder, 1);
    else
        unsetenv("XDG_CACHE_HOME");
}

/* A run that did not end by itself ends the subject's part in the race. */
static void run_once(struct bench *bench, struct subject *subject, struct series *series, const struct words *command,
                     const char *input_path) {
    const struct child_settings settings = {.program = subject->program,
                                            .input_path = input_path,
                                            .errors_path = scratch_path(bench->arena, "errors"),
                                            .timeout_seconds = bench->settings->timeout_seconds};
    struct child_result *result = &series->results[series->count];
    choose_cache(bench, subject);
    *result = child_run(command, &settings);
    const bool is_clean = result->end == CHILD_EXITED && result->code == 0;
    if (!is_clean && !subject->complaint) subject->complaint = last_error_line(bench, settings.errors_path);
    subject->is_out = result->end == CHILD_TIMED_OUT || result->end == CHILD_NOT_STARTED;
    if (!subject->is_out) {
        series->count++;
        return;
    }
    subject->problem = child_explain(bench->arena, result, settings.timeout_seconds);
    capture_free(&result->output);
}

static struct words make_command(struct bench *bench, const struct words *beginning, char *const *arguments,
                                 const char *more) {
    struct words command = {.arena = bench->arena};
    words_add_all(&command, beginning);
    for (; arguments && *arguments; arguments++)
        words_add(&command, *arguments);
    if (more) words_split(&command, more);
    return command;
}

static void run_subject(struct bench *bench, struct subject *subject) {
    const struct bench_settings *settings = bench->settings;
    if (subject->is_out) return;
    const struct words command = make_command(bench, &subject->command, settings->arguments, NULL);
    run_once(bench, subject, &subject->run, &command, bench->input_path);
    if (!settings->start_arguments || subject->is_out) return;
    const struct words start = make_command(bench, &subject->command, NULL, settings->start_arguments);
    run_once(bench, subject, &subject->start, &start, bench->empty_path);
}

/* What an engine can keep is there before the first round; how that run ends, the rounds will tell. */
static void fill_cache(struct bench *bench, struct subject *subject) {
    const struct words command = make_command(bench, &subject->filling, bench->settings->arguments, NULL);
    const struct child_settings settings = {.input_path = bench->input_path,
                                            .errors_path = scratch_path(bench->arena, "errors"),
                                            .timeout_seconds = bench->settings->timeout_seconds};
    report_progress(0, 1, subject->label);
    choose_cache(bench, subject);
    struct child_result result = child_run(&command, &settings);
    capture_free(&result.output);
}

void bench_measure(struct bench *bench) {
    const size_t rounds = bench->settings->rounds;
    bench->cache_home = getenv("XDG_CACHE_HOME");
    if (bench->cache_home) bench->cache_home = words_format(bench->arena, "%s", bench->cache_home);
    for (size_t i = 0; i < bench->count; i++) {
        bench->subjects[i].run.results = arena_array(bench->arena, struct child_result, rounds);
        bench->subjects[i].start.results = arena_array(bench->arena, struct child_result, rounds);
    }
    for (size_t i = 0; i < bench->count; i++) {
        if (bench->subjects[i].keeps_code) fill_cache(bench, &bench->subjects[i]);
    }
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < bench->count; i++) {
            struct subject *subject = &bench->subjects[(round + i) % bench->count];
            report_progress(round * bench->count + i, rounds * bench->count, subject->label);
            run_subject(bench, subject);
        }
    }
    report_progress_end();
    for (size_t i = 0; i < bench->count; i++) {
        fill_stats(bench, &bench->subjects[i].run);
        fill_stats(bench, &bench->subjects[i].start);
    }
}

/* ---- judgement ---- */

static const struct series *series_of(const struct subject *subject, bool is_start) {
    return is_start ? &subject->start : &subject->run;
}

static size_t find_reference(const struct bench *bench) {
    size_t i = 0;
    while (i < bench->count && (bench->subjects[i].is_out || !bench->subjects[i].run.count))
        i++;
    return i;
}

static void find_varying_lines(const struct bench *bench, bool is_start, struct capture_mask *mask) {
    for (size_t i = 0; i < bench->count; i++) {
        const struct series *series = series_of(&bench->subjects[i], is_start);
        for (size_t k = 1; k < series->count; k++) {
            capture_mask_add(mask, &series->results[0].output, &series->results[k].output);
        }
    }
}

/* "'text'", made harmless and short, or "nothing". */
static char *shown_line(struct bench *bench, const struct capture *capture, size_t line) {
    enum { SHOWN_BYTES = 60 };
    size_t size;
    const char *bytes = capture_line(capture, line, &size);
    if (!bytes) return line < capture->lines ? "something else" : "nothing";
    char *copy = arena_copy(bench->arena, bytes, size < SHOWN_BYTES ? size : SHOWN_BYTES);
    for (char *c = copy; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    }
    return words_format(bench->arena, "'%s'%s", copy, size > SHOWN_BYTES ? "..." : "");
}

/* What is wrong with a run when `right` is right; NULL if nothing is. */
static char *find_fault(struct bench *bench, const struct subject *subject, const struct child_result *right,
                        const struct child_result *run, const struct capture_mask *mask) {
    const char *label = bench->subjects[bench->reference].label;
    const unsigned timeout = bench->settings->timeout_seconds;
    if (run->end != right->end || run->code != right->code) {
        const char *said = subject->complaint ? subject->complaint : "";
        return words_format(bench->arena, "%s%s%s%s, where %s has %s", child_explain(bench->arena, run, timeout),
                            *said ? " (" : "", said, *said ? ")" : "", label,
                            child_explain(bench->arena, right, timeout));
    }
    const size_t line = capture_difference(&right->output, &run->output, mask);
    if (line == SIZE_MAX) return NULL;
    return words_format(bench->arena, "line %zu of its output is %s, where %s has %s", line + 1,
                        shown_line(bench, &run->output, line), label, shown_line(bench, &right->output, line));
}

/* A program that fails everywhere in the same way agrees with itself, and its exit code is no problem. */
static void judge_series(struct bench *bench, bool is_start, const struct capture_mask *mask) {
    const struct series *reference = series_of(&bench->subjects[bench->reference], is_start);
    for (size_t i = 0; i < bench->count && reference->count; i++) {
        struct subject *subject = &bench->subjects[i];
        const struct series *series = series_of(subject, is_start);
        for (size_t k = 0; k < series->count && !subject->problem; k++) {
            subject->problem = find_fault(bench, subject, &reference->results[0], &series->results[k], mask);
        }
    }
}

static void note_varying_lines(struct bench *bench, const struct capture_mask *mask) {
    const size_t lines = bench->subjects[bench->reference].run.results[0].output.lines;
    if (mask->length_varies) {
        bench->output_note = "the output varies in length from run to run and was not compared";
    } else if (mask->count) {
        bench->output_note = words_format(bench->arena,
                                          "%zu of %zu lines of output vary from run to run and were "
                                          "not compared",
                                          mask->count, lines);
    }
}

/* Ratios are to cc -O2 where there is one: what `w2c -o PROGRAM` gives. */
static size_t find_baseline(const struct bench *bench) {
    for (size_t i = 0; i < bench->count; i++) {
        const struct subject *subject = &bench->subjects[i];
        if (subject->kind == SUBJECT_COMPILED && subject->toolchain.level == 2 && subject->run.count) return i;
    }
    return bench->reference < bench->count ? bench->reference : 0;
}

void bench_judge(struct bench *bench) {
    bench->reference = find_reference(bench);
    bench->baseline = find_baseline(bench);
    for (int is_start = 0; is_start <= 1 && bench->reference < bench->count; is_start++) {
        struct capture_mask mask = {0};
        find_varying_lines(bench, is_start, &mask);
        if (!is_start) note_varying_lines(bench, &mask);
        judge_series(bench, is_start, &mask);
        capture_mask_free(&mask);
    }
    for (size_t i = 0; i < bench->count; i++)
        bench->problems += bench->subjects[i].problem != NULL;
}
