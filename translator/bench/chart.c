/* Geometry. All lengths are in units of the drawing, which the page scales to its width: text keeps its proportion to
 * the bars, and nothing depends on the size of the window. */
#include "chart.h"

#include "markup.h"

enum {
    WIDTH = 760,
    LABEL_WIDTH = 170,
    VALUE_WIDTH = 80,
    PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH,
    ROW_HEIGHT = 30,
    BAR_HEIGHT = 18,
    AXIS_HEIGHT = 26,
    LEGEND_HEIGHT = 26,
    LABEL_CHARACTERS = 26 /* what fits into LABEL_WIDTH */
};

double chart_step(double max) {
    double power = 1;
    while (power * 10 <= max)
        power *= 10;
    while (power > max)
        power /= 10;
    const double leading = max / power; /* 1 to 10 */
    return power * (leading < 1.75 ? 0.25 : leading < 3.5 ? 0.5 : leading < 7 ? 1 : 2);
}

static double bar_length(const struct chart_bar *bar) {
    double sum = 0;
    for (size_t i = 0; i < CHART_PARTS; i++)
        sum += bar->parts[i];
    return sum;
}

static double largest(const struct chart *chart) {
    double max = 0;
    for (size_t i = 0; i < chart->count; i++) {
        const struct chart_bar *bar = &chart->bars[i];
        if (bar_length(bar) > max) max = bar_length(bar);
        for (size_t k = 0; k < bar->dot_count; k++) {
            if (bar->dots[k] > max) max = bar->dots[k];
        }
    }
    return max > 0 ? max : 1;
}

/* ---- pieces ---- */

static double place(double value, double max) {
    return LABEL_WIDTH + value / max * PLOT_WIDTH;
}

/* A label that is too long is cut between characters; all of it is in the bar's title. */
static void write_label(struct text *out, const char *label) {
    const size_t size = strlen(label);
    size_t at = 0;
    for (int shown = 0; at < size && shown < LABEL_CHARACTERS; shown++) {
        const size_t length = utf8_size(label + at, size - at);
        at += length ? length : 1;
    }
    markup_bytes(out, label, at);
    if (at < size) text_str(out, "\xe2\x80\xa6");
}

static void write_axis(struct text *out, struct arena *arena, const struct chart *chart, double max, int top) {
    const double step = chart_step(max);
    const int bottom = top + (int)chart->count * ROW_HEIGHT;
    for (int i = 0; i * step <= max * 1.0001; i++) {
        const double x = place(i * step, max);
        text_format(out, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", i ? "grid" : "axis", x, x,
                    top, bottom);
        text_format(out, "<text class=\"mark\" x=\"%.1f\" y=\"%d\">%s</text>\n", x, bottom + 17,
                    i ? unit_mark(arena, chart->unit, i * step) : "0");
    }
}

static void write_title(struct text *out, struct arena *arena, const struct chart *chart, const struct chart_bar *bar) {
    text_str(out, "<title>");
    markup_string(out, bar->label);
    for (size_t i = 0; i < chart->part_count; i++) {
        text_str(out, chart->part_count > 1 ? ", " : ": ");
        if (chart->part_count > 1) text_format(out, "%s ", chart->part_names[i]);
        text_str(out, unit_text(arena, chart->unit, bar->parts[i]));
    }
    text_str(out, "</title>");
}

/* The line from the least to the greatest, and the dots on it, a little apart so that equal ones are seen. */
static void write_dots(struct text *out, const struct chart_bar *bar, double max, double middle) {
    double least = bar->dots[0], greatest = bar->dots[0];
    for (size_t i = 1; i < bar->dot_count; i++) {
        if (bar->dots[i] < least) least = bar->dots[i];
        if (bar->dots[i] > greatest) greatest = bar->dots[i];
    }
    text_format(out, "<line class=\"spread\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", place(least, max),
                place(greatest, max), middle, middle);
    for (size_t i = 0; i < bar->dot_count; i++) {
        text_format(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>", place(bar->dots[i], max),
                    middle + ((double)(i % 3) - 1) * 4);
    }
}

static void write_bar(struct text *out, struct arena *arena, const struct chart *chart, const struct chart_bar *bar,
                      double max, int top) {
    const double middle = top + ROW_HEIGHT / 2.0;
    double at = 0;
    text_str(out, "<g>");
    write_title(out, arena, chart, bar);
    text_format(out, "<text class=\"label\" x=\"%d\" y=\"%.1f\">", LABEL_WIDTH - 8, middle + 4);
    write_label(out, bar->label);
    text_str(out, "</text>");
    for (size_t i = 0; i < chart->part_count; i++) {
        const double length = bar->parts[i] / max * PLOT_WIDTH;
        if (length <= 0) continue;
        text_format(out, "<rect class=\"%s-%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>",
                    chart->part_count > 1 ? "part" : "kind", chart->part_count > 1 ? (unsigned)i : bar->kind,
                    place(at, max), middle - BAR_HEIGHT / 2.0, length < 1 ? 1.0 : length, BAR_HEIGHT);
        at += bar->parts[i];
    }
    if (bar->dot_count > 1) write_dots(out, bar, max, middle);
    double end = bar_length(bar);
    for (size_t i = 0; i < bar->dot_count; i++) {
        if (bar->dots[i] > end) end = bar->dots[i];
    }
    text_format(out, "<text class=\"value\" x=\"%.1f\" y=\"%.1f\">", place(end, max) + 7, middle + 4);
    markup_string(out, bar->value);
    text_str(out, "</text></g>\n");
}

static void write_legend(struct text *out, const struct chart *chart) {
    int x = LABEL_WIDTH;
    for (size_t i = 0; i < chart->part_count; i++) {
        text_format(out, "<rect class=\"part-%zu\" x=\"%d\" y=\"5\" width=\"12\" height=\"12\"/>", i, x);
        text_format(out, "<text class=\"legend\" x=\"%d\" y=\"15\">%s</text>\n", x + 18, chart->part_names[i]);
        x += 40 + 8 * (int)strlen(chart->part_names[i]);
    }
}

void chart_write(struct text *out, struct arena *arena, const struct chart *chart) {
    const double max = largest(chart);
    const int top = chart->part_count > 1 ? LEGEND_HEIGHT : 0;
    const int height = top + (int)chart->count * ROW_HEIGHT + AXIS_HEIGHT;
    text_format(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, height);
    markup_string(out, chart->title);
    text_str(out, "\">\n");
    if (top) write_legend(out, chart);
    write_axis(out, arena, chart, max, top);
    for (size_t i = 0; i < chart->count; i++) {
        write_bar(out, arena, chart, &chart->bars[i], max, top + (int)i * ROW_HEIGHT);
    }
    text_str(out, "</svg>\n");
}
