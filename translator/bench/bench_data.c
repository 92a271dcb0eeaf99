/* Results for other programs: JSON has everything, CSV a line for each run. Seconds and bytes, unrounded. */
#include "bench.h"
#include "markup.h"

static void json_number(struct text *out, const char *name, double value) {
    text_format(out, ", \"%s\": %.9g", name, value);
}

static void json_bytes(struct text *out, const char *name, uint64_t value) {
    text_format(out, ", \"%s\": ", name);
    text_u64(out, value);
}

static void json_stats(struct text *out, const char *name, const struct stats *stats) {
    if (!stats->count) return;
    text_format(out,
                ",\n     \"%s\": {\"median\": %.9g, \"min\": %.9g, \"max\": %.9g, \"lower_quartile\": %.9g, "
                "\"upper_quartile\": %.9g}",
                name, stats->median, stats->min, stats->max, stats->lower_quartile, stats->upper_quartile);
}

/* How a run ended: "exit", "signal"; others have no run. */
static void json_runs(struct text *out, const char *name, const struct series *series) {
    if (!series->count) return;
    text_format(out, ",\n     \"%s\": [", name);
    for (size_t i = 0; i < series->count; i++) {
        const struct child_result *result = &series->results[i];
        text_format(out, "%s\n      {\"%s\": %d", i ? "," : "", result->end == CHILD_EXITED ? "exit" : "signal",
                    result->code);
        json_number(out, "wall_seconds", result->wall_seconds);
        json_number(out, "cpu_seconds", result->cpu_seconds);
        if (result->first_output_seconds >= 0) json_number(out, "first_output_seconds", result->first_output_seconds);
        json_bytes(out, "peak_bytes", result->peak_bytes);
        json_bytes(out, "output_bytes", result->output.bytes);
        text_char(out, '}');
    }
    text_str(out, "]");
}

static void json_subject(const struct bench *bench, const struct subject *subject, struct text *out) {
    static const char *const kinds[] = {"engine", "compiled", "command"};
    text_str(out, "    {\"label\": ");
    json_string(out, subject->label);
    text_format(out, ", \"kind\": \"%s\"", kinds[subject->kind]);
    if (subject->program_bytes) {
        json_number(out, "compile_seconds", subject->compile_seconds);
        json_number(out, "compile_cpu_seconds", subject->compile_cpu_seconds);
        json_bytes(out, "program_bytes", subject->program_bytes);
    }
    if (subject->run.count) {
        json_number(out, "total_seconds", bench_total_seconds(bench, subject));
        json_number(out, "ratio", bench_ratio(bench, subject));
        json_bytes(out, "peak_bytes", subject->run.peak_bytes);
    }
    text_str(out, ", \"problem\": ");
    if (subject->problem)
        json_string(out, subject->problem);
    else
        text_str(out, "null");
    json_stats(out, "wall_seconds", &subject->run.wall);
    json_stats(out, "cpu_seconds", &subject->run.cpu);
    json_stats(out, "first_output_seconds", &subject->run.first_output);
    json_stats(out, "start_seconds", &subject->start.wall);
    json_runs(out, "runs", &subject->run);
    json_runs(out, "starts", &subject->start);
    text_char(out, '}');
}

void bench_json(const struct bench *bench, struct text *out) {
    text_str(out, "{\"w2c\": \"" W2C_VERSION "\", \"command\": ");
    json_string(out, bench_command_line(bench));
    text_str(out, ", \"machine\": ");
    json_string(out, bench_machine(bench->arena));
    text_format(out, ",\n \"rounds\": %u", bench->settings->rounds);
    json_bytes(out, "module_bytes", bench->module_bytes);
    json_bytes(out, "input_bytes", bench->input_bytes);
    if (bench->is_translated) {
        json_bytes(out, "c_bytes", bench->c_bytes);
        json_number(out, "translate_seconds", bench->translate_seconds);
        json_number(out, "translate_cpu_seconds", bench->translate_cpu_seconds);
        json_bytes(out, "translate_peak_bytes", bench->translate_peak_bytes);
    }
    text_str(out, ", \"baseline\": ");
    json_string(out, bench->subjects[bench->baseline].label);
    text_str(out, ",\n \"subjects\": [\n");
    for (size_t i = 0; i < bench->count; i++) {
        json_subject(bench, &bench->subjects[i], out);
        text_str(out, i + 1 < bench->count ? ",\n" : "\n");
    }
    text_str(out, " ]}\n");
}

static void csv_series(const struct subject *subject, const char *what, const struct series *series, struct text *out) {
    for (size_t i = 0; i < series->count; i++) {
        const struct child_result *result = &series->results[i];
        csv_string(out, subject->label);
        text_format(out, ",%s,%zu,%s,%d,%.9g,%.9g,", what, i + 1, result->end == CHILD_EXITED ? "exit" : "signal",
                    result->code, result->wall_seconds, result->cpu_seconds);
        if (result->first_output_seconds >= 0) text_format(out, "%.9g", result->first_output_seconds);
        text_char(out, ',');
        text_u64(out, result->peak_bytes);
        text_char(out, '\n');
    }
}

void bench_csv(const struct bench *bench, struct text *out) {
    text_str(out, "subject,what,round,end,code,wall_seconds,cpu_seconds,first_output_seconds,peak_bytes\n");
    for (size_t i = 0; i < bench->count; i++) {
        csv_series(&bench->subjects[i], "run", &bench->subjects[i].run, out);
        csv_series(&bench->subjects[i], "start", &bench->subjects[i].start, out);
    }
}
