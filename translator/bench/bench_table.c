/* The table on standard output. Columns are as wide as what stands in them; one that would be empty is left out. */
#include "bench.h"
#include "units.h"

enum { COLUMNS = 11, GAP = 2 };

/* What stands in a cell; NULL: nothing. */
typedef char *cell_writer(const struct bench *bench, const struct subject *subject);

static char *seconds(const struct bench *bench, double value) {
    return unit_text(bench->arena, UNIT_SECONDS, value);
}

static char *cell_compile(const struct bench *bench, const struct subject *subject) {
    return subject->compile_seconds > 0 ? seconds(bench, subject->compile_seconds) : NULL;
}

static char *cell_run(const struct bench *bench, const struct subject *subject) {
    return subject->run.count ? seconds(bench, subject->run.wall.median) : NULL;
}

static char *cell_spread(const struct bench *bench, const struct subject *subject) {
    if (subject->run.count < 2) return NULL;
    return words_format(bench->arena, "%s .. %s", seconds(bench, subject->run.wall.min),
                        seconds(bench, subject->run.wall.max));
}

static char *cell_ratio(const struct bench *bench, const struct subject *subject) {
    const double ratio = bench_ratio(bench, subject);
    return ratio > 0 ? unit_text(bench->arena, UNIT_RATIO, ratio) : NULL;
}

static char *cell_cpu(const struct bench *bench, const struct subject *subject) {
    return subject->run.count ? seconds(bench, subject->run.cpu.median) : NULL;
}

static char *cell_first(const struct bench *bench, const struct subject *subject) {
    return subject->run.first_output.count ? seconds(bench, subject->run.first_output.median) : NULL;
}

static char *cell_start(const struct bench *bench, const struct subject *subject) {
    return subject->start.count ? seconds(bench, subject->start.wall.median) : NULL;
}

static char *cell_total(const struct bench *bench, const struct subject *subject) {
    return subject->run.count ? seconds(bench, bench_total_seconds(bench, subject)) : NULL;
}

static char *cell_peak(const struct bench *bench, const struct subject *subject) {
    if (!subject->run.count) return NULL;
    return unit_text(bench->arena, UNIT_BYTES, (double)subject->run.peak_bytes);
}

static char *cell_program(const struct bench *bench, const struct subject *subject) {
    if (!subject->program_bytes) return NULL;
    return unit_text(bench->arena, UNIT_BYTES, (double)subject->program_bytes);
}

static char *cell_problem(const struct bench *bench, const struct subject *subject) {
    (void)bench;
    return subject->problem ? "<< see below" : NULL;
}

static const struct {
    const char *title;
    cell_writer *write;
} columns[COLUMNS] = {{"compile", cell_compile}, {"run", cell_run},     {"least .. most", cell_spread},
                      {"ratio", cell_ratio},     {"CPU", cell_cpu},     {"1st output", cell_first},
                      {"start-up", cell_start},  {"total", cell_total}, {"peak", cell_peak},
                      {"program", cell_program}, {"", cell_problem}};

/* Columns, as a terminal counts them, of a word in UTF-8. */
static int width_of(const char *word) {
    int width = 0;
    for (; *word; word++)
        width += ((unsigned char)*word & 0xc0) != 0x80;
    return width;
}

static void pad(struct text *out, int count) {
    for (; count > 0; count--)
        text_char(out, ' ');
}

static void find_widths(const struct bench *bench, int *label_width, int widths[COLUMNS]) {
    *label_width = 0;
    for (size_t i = 0; i < bench->count; i++) {
        const int width = width_of(bench->subjects[i].label);
        if (width > *label_width) *label_width = width;
    }
    for (int c = 0; c < COLUMNS; c++) {
        widths[c] = 0;
        for (size_t i = 0; i < bench->count; i++) {
            const char *cell = columns[c].write(bench, &bench->subjects[i]);
            const int title = width_of(columns[c].title);
            if (!cell) continue;
            if (widths[c] < title) widths[c] = title;
            if (widths[c] < width_of(cell)) widths[c] = width_of(cell);
        }
    }
}

static void write_cell(struct text *out, const char *cell, int width) {
    if (!width) return;
    pad(out, GAP + width - width_of(cell));
    text_str(out, cell);
}

/* Spaces at the end of a line are nothing but trouble. */
static void end_line(struct text *out) {
    while (out->size && out->data[out->size - 1] == ' ')
        out->size--;
    text_char(out, '\n');
}

static void write_rows(const struct bench *bench, struct text *out) {
    int label_width, widths[COLUMNS];
    find_widths(bench, &label_width, widths);
    pad(out, label_width);
    for (int c = 0; c < COLUMNS; c++)
        write_cell(out, columns[c].title, widths[c]);
    end_line(out);
    for (size_t i = 0; i < bench->count; i++) {
        const struct subject *subject = &bench->subjects[i];
        text_str(out, subject->label);
        pad(out, label_width - width_of(subject->label));
        for (int c = 0; c < COLUMNS; c++) {
            const char *cell = columns[c].write(bench, subject);
            write_cell(out, cell ? cell : *columns[c].title ? "-" : "", widths[c]);
        }
        end_line(out);
    }
}

/* One column for all subjects is one line. */
static void write_head(const struct bench *bench, struct text *out) {
    text_format(out, "%s: %s, %u round%s\n", bench_command_line(bench),
                unit_text(bench->arena, UNIT_BYTES, (double)bench->module_bytes), bench->settings->rounds,
                bench->settings->rounds == 1 ? "" : "s");
    if (!bench->is_translated) return;
    text_format(out, "translated to %s of C in %s (CPU %s, peak %s)\n",
                unit_text(bench->arena, UNIT_BYTES, (double)bench->c_bytes), seconds(bench, bench->translate_seconds),
                seconds(bench, bench->translate_cpu_seconds),
                unit_text(bench->arena, UNIT_BYTES, (double)bench->translate_peak_bytes));
}

static void write_verdict(const struct bench *bench, struct text *out) {
    for (size_t i = 0; i < bench->count; i++) {
        const struct subject *subject = &bench->subjects[i];
        if (subject->problem) text_format(out, "%s: %s\n", subject->label, subject->problem);
    }
    if (bench->output_note) text_format(out, "%s\n", bench->output_note);
    if (!bench->problems && bench->count > 1) text_str(out, "outputs and exit codes agree\n");
}

void bench_table(const struct bench *bench, struct text *out) {
    write_head(bench, out);
    text_char(out, '\n');
    write_rows(bench, out);
    text_char(out, '\n');
    write_verdict(bench, out);
}
