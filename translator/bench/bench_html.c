/* The report: one HTML file with everything in it, no script, nothing loaded from anywhere; light or dark as the reader
 * has it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bench.h"

#include <time.h>

#include "chart.h"
#include "markup.h"

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1c1f23;--soft:#5d6670;--line:#dde1e6;--bad:#b3261e;"
    "--a:#3b6fb6;--b:#d9822b;--c:#3f9d6b;--d:#8a929b;--e:#7a5bb0}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#e6e8ea;--soft:#9aa4ae;--line:#33383e;--bad:#ff8a80;"
    "--a:#6ea0e6;--b:#f0a150;--c:#62c492;--d:#8a929b;--e:#a98ae0}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}p{margin:.3rem 0;color:var(--soft)}"
    "code{font-size:.9em;overflow-wrap:anywhere}.bad{color:var(--bad)}\n"
    "svg{width:100%;height:auto;font:13px system-ui,sans-serif}text{fill:var(--ink)}.label{text-anchor:end}"
    ".mark{text-anchor:middle;fill:var(--soft);font-size:11px}.grid{stroke:var(--line)}.axis{stroke:var(--soft)}\n"
    ".spread{stroke:var(--ink);stroke-width:1.5}.dot{fill:var(--paper);stroke:var(--ink)}\n"
    ".kind-0,.part-2{fill:var(--b)}.kind-1,.part-1{fill:var(--a)}.kind-2{fill:var(--d)}.part-0{fill:var(--c)}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}"
    "th{color:var(--soft);font-weight:600}th:first-child,td:first-child{text-align:left}"
    ".scroll{overflow-x:auto}\n";

/* ---- charts ---- */

/* What a bar shows of a subject: its parts, its dots. False: nothing to show. */
typedef bool bar_filler(const struct bench *bench, const struct subject *subject, struct chart_bar *bar);

static bool fill_run(const struct bench *bench, const struct subject *subject, struct chart_bar *bar) {
    const struct series *run = &subject->run;
    if (!run->count) return false;
    double *dots = arena_array(bench->arena, double, run->count);
    for (size_t i = 0; i < run->count; i++)
        dots[i] = run->results[i].wall_seconds;
    bar->parts[0] = run->wall.median;
    bar->dots = dots;
    bar->dot_count = run->count;
    return true;
}

static bool fill_total(const struct bench *bench, const struct subject *subject, struct chart_bar *bar) {
    if (!subject->run.count) return false;
    if (subject->kind == SUBJECT_COMPILED) {
        bar->parts[0] = bench->translate_seconds;
        bar->parts[1] = subject->compile_seconds;
    }
    bar->parts[2] = subject->run.wall.median;
    return true;
}

static bool fill_start(const struct bench *bench, const struct subject *subject, struct chart_bar *bar) {
    (void)bench;
    bar->parts[0] = subject->start.count ? subject->start.wall.median : subject->run.first_output.median;
    return subject->start.count || subject->run.first_output.count;
}

static bool fill_peak(const struct bench *bench, const struct subject *subject, struct chart_bar *bar) {
    (void)bench;
    bar->parts[0] = (double)subject->run.peak_bytes;
    return subject->run.count > 0;
}

static bool fill_program(const struct bench *bench, const struct subject *subject, struct chart_bar *bar) {
    (void)bench;
    bar->parts[0] = (double)subject->program_bytes;
    return subject->program_bytes > 0;
}

/* Subjects without a figure are named all the same, unless `skips_missing`. */
static void write_chart(const struct bench *bench, struct text *out, struct chart *chart, bar_filler *fill,
                        bool skips_missing) {
    struct chart_bar *bars = arena_array(bench->arena, struct chart_bar, bench->count + 1);
    for (size_t i = 0; i < bench->count; i++) {
        struct chart_bar *bar = &bars[chart->count];
        bar->label = bench->subjects[i].label;
        bar->kind = (unsigned)bench->subjects[i].kind;
        const bool is_filled = fill(bench, &bench->subjects[i], bar);
        double sum = 0;
        for (size_t k = 0; k < CHART_PARTS; k++)
            sum += bar->parts[k];
        bar->value = is_filled ? unit_text(bench->arena, chart->unit, sum) : "no result";
        chart->count += is_filled || !skips_missing;
    }
    chart->bars = bars;
    if (!chart->count) return;
    text_format(out, "<h2>%s</h2>\n", chart->title);
    chart_write(out, bench->arena, chart);
}

static void write_charts(const struct bench *bench, struct text *out) {
    struct chart run = {.title = "Time of a run (median, and each round)", .unit = UNIT_SECONDS, .part_count = 1};
    write_chart(bench, out, &run, fill_run, false);
    struct chart total = {.title = "From the module to the result",
                          .unit = UNIT_SECONDS,
                          .part_count = CHART_PARTS,
                          .part_names = {"translate", "compile", "run"}};
    if (bench->is_translated) write_chart(bench, out, &total, fill_total, false);
    const bool has_start = bench->settings->start_arguments != NULL;
    struct chart start = {.title = has_start ? "Start-up: the whole run of a program that does next to nothing"
                                             : "Time until the first byte of output",
                          .unit = UNIT_SECONDS,
                          .part_count = 1};
    write_chart(bench, out, &start, fill_start, true);
    struct chart peak = {.title = "Memory at its peak", .unit = UNIT_BYTES, .part_count = 1};
    write_chart(bench, out, &peak, fill_peak, false);
    struct chart program = {.title = "Size of the program", .unit = UNIT_BYTES, .part_count = 1};
    write_chart(bench, out, &program, fill_program, true);
}

/* ---- words and figures ---- */

static void write_facts(const struct bench *bench, struct text *out) {
    char date[32];
    const time_t now = time(NULL);
    struct tm utc;
    strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", gmtime_r(&now, &utc));
    text_str(out, "<h1>w2c bench</h1>\n<p><code>");
    markup_string(out, bench_command_line(bench));
    text_format(out, "</code></p>\n<p>Module of %s", unit_text(bench->arena, UNIT_BYTES, (double)bench->module_bytes));
    if (bench->is_translated) {
        text_format(out, ", translated to %s of C in %s (%s at the peak)",
                    unit_text(bench->arena, UNIT_BYTES, (double)bench->c_bytes),
                    unit_text(bench->arena, UNIT_SECONDS, bench->translate_seconds),
                    unit_text(bench->arena, UNIT_BYTES, (double)bench->translate_peak_bytes));
    }
    text_format(out, "; standard input %s; %u interleaved round%s.</p>\n<p>",
                unit_text(bench->arena, UNIT_BYTES, (double)bench->input_bytes), bench->settings->rounds,
                bench->settings->rounds == 1 ? "" : "s");
    markup_string(out, bench_machine(bench->arena));
    text_format(out, "; w2c " W2C_VERSION "; %s.</p>\n", date);
}

static void write_verdict(const struct bench *bench, struct text *out) {
    for (size_t i = 0; i < bench->count; i++) {
        if (!bench->subjects[i].problem) continue;
        text_str(out, "<p class=\"bad\">");
        markup_string(out, bench->subjects[i].label);
        text_str(out, ": ");
        markup_string(out, bench->subjects[i].problem);
        text_str(out, "</p>\n");
    }
    if (!bench->problems && bench->count > 1) text_str(out, "<p>Outputs and exit codes agree.</p>\n");
    if (bench->output_note) text_format(out, "<p>%s.</p>\n", bench->output_note);
}

static void write_cell(const struct bench *bench, struct text *out, enum unit unit, double value, bool is_there) {
    text_format(out, "<td>%s</td>", is_there ? unit_text(bench->arena, unit, value) : "\xe2\x80\x93");
}

static void write_row(const struct bench *bench, const struct subject *subject, struct text *out) {
    const struct series *run = &subject->run, *start = &subject->start;
    const bool has_run = run->count > 0, is_built = subject->program_bytes > 0;
    text_str(out, "<tr><td>");
    markup_string(out, subject->label);
    text_str(out, "</td>");
    write_cell(bench, out, UNIT_SECONDS, subject->compile_seconds, is_built);
    write_cell(bench, out, UNIT_SECONDS, run->wall.median, has_run);
    write_cell(bench, out, UNIT_SECONDS, run->wall.min, has_run);
    write_cell(bench, out, UNIT_SECONDS, run->wall.max, has_run);
    write_cell(bench, out, UNIT_RATIO, bench_ratio(bench, subject), has_run);
    write_cell(bench, out, UNIT_SECONDS, run->cpu.median, has_run);
    write_cell(bench, out, UNIT_SECONDS, run->first_output.median, run->first_output.count > 0);
    write_cell(bench, out, UNIT_SECONDS, start->wall.median, start->count > 0);
    write_cell(bench, out, UNIT_SECONDS, bench_total_seconds(bench, subject), has_run);
    write_cell(bench, out, UNIT_BYTES, (double)run->peak_bytes, has_run);
    write_cell(bench, out, UNIT_BYTES, (double)subject->program_bytes, is_built);
    text_str(out, "</tr>\n");
}

static void write_figures(const struct bench *bench, struct text *out) {
    text_str(out, "<h2>Figures</h2>\n<div class=\"scroll\"><table><tr><th></th><th>compile</th><th>run</th>"
                  "<th>least</th><th>most</th><th>ratio</th><th>CPU</th><th>1st output</th><th>start-up</th>"
                  "<th>total</th><th>peak</th><th>program</th></tr>\n");
    for (size_t i = 0; i < bench->count; i++)
        write_row(bench, &bench->subjects[i], out);
    text_str(out,
             "</table></div>\n<p>Times are of whole processes, by the clock on the wall but for CPU. Ratio is to ");
    markup_string(out, bench->subjects[bench->baseline].label);
    text_str(out, ". Total is translating, compiling and running; engines translate while they run.</p>\n");
}

void bench_html(const struct bench *bench, struct text *out) {
    text_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n<title>w2c bench: ");
    markup_string(out, bench->settings->module);
    text_format(out, "</title>\n<style>\n%s</style>\n", style);
    write_facts(bench, out);
    write_verdict(bench, out);
    write_charts(bench, out);
    write_figures(bench, out);
    text_str(out, "</html>\n");
}
