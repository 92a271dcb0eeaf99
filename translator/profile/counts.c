/* Three ways to write the same two lists. Each is a row writer; what goes into a row is chosen in one place. */
#include "counts.h"

#include <stdlib.h>

#include "../base/arena.h"
#include "../wasm/module_facts.h"

struct row {
    uint64_t count;
    uint32_t idx; /* of the operator or function */
};

struct rows {
    struct row *items;
    size_t count; /* of those that were executed */
    size_t shown;
};

/* How a list is called in each format, and its rows are named. */
struct list {
    const char *title;
    const char *json_key;
    const char *csv_kind;
    bool is_functions;
};

static const struct list operator_list = {"operator", "operators", "operator", false};
static const struct list function_list = {"function", "functions", "function", true};

struct counts *counts_of_blocks(const struct block_plan *plan, const uint64_t *block_counts, struct arena *arena,
                                struct arena *scratch) {
    struct counts *counts = arena_new(arena, struct counts);
    counts->module = plan->module;
    counts->names = module_display_names(plan->module, arena);
    counts->funcs = arena_array(arena, uint64_t, (size_t)plan->module->func_count + 1);
    block_sum(plan, block_counts, scratch, counts->ops, counts->funcs);
    for (int op = 0; op < OP_COUNT; op++)
        counts->total += counts->ops[op];
    return counts;
}

/* Equal counts keep the order of their indices, so that the same counts always give the same text. */
static int compare_rows(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->idx < y->idx ? -1 : 1;
}

static struct rows sorted_rows(struct arena *arena, const uint64_t *counts, uint32_t count, size_t top) {
    struct rows rows = {.items = arena_array(arena, struct row, (size_t)count + 1)};
    for (uint32_t i = 0; i < count; i++) {
        if (counts[i]) rows.items[rows.count++] = (struct row){counts[i], i};
    }
    qsort(rows.items, rows.count, sizeof *rows.items, compare_rows);
    rows.shown = rows.count < top ? rows.count : top;
    return rows;
}

/* The two operators that the text format calls "select" are two rows. */
static void text_operator(struct text *out, uint32_t op) {
    text_str(out, op_infos[op].text);
    if (op == OP_SELECT_T) text_str(out, " t");
}

static double share(const struct counts *counts, uint64_t count) {
    return counts->total ? (double)count / (double)counts->total : 0;
}

/* ---- for people ---- */

/* Digits in groups of three, right-aligned. */
static void text_grouped(struct text *out, uint64_t value, int width) {
    char digits[32];
    int at = sizeof digits;
    int written = 0;
    do {
        if (written && written % 3 == 0) digits[--at] = ' ';
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
        written++;
    } while (value);
    const int size = (int)sizeof digits - at;
    text_format(out, "%*s%.*s", width > size ? width - size : 0, "", size, digits + at);
}

/* A name from the module goes to a terminal: what could be more than a letter there is escaped. */
static void text_printable(struct text *out, struct name name) {
    for (uint32_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.bytes[i];
        if (c >= 0x20 && c < 0x7f && c != '\\')
            text_char(out, (char)c);
        else
            text_format(out, "\\%02x", c);
    }
}

static void text_function(struct text *out, const struct counts *counts, uint32_t func_idx) {
    text_format(out, "%u", (unsigned)func_idx);
    if (!counts->names[func_idx].size) return;
    text_char(out, ' ');
    text_printable(out, counts->names[func_idx]);
}

enum { COUNT_WIDTH = 20 };

static void write_table(struct text *out, const struct counts *counts, const struct list *list,
                        const struct rows *rows) {
    text_format(out, "%*s   share  %s\n", COUNT_WIDTH, "executed", list->title);
    for (size_t i = 0; i < rows->shown; i++) {
        const struct row *row = &rows->items[i];
        text_grouped(out, row->count, COUNT_WIDTH);
        text_format(out, "%7.2f%%  ", 100 * share(counts, row->count));
        if (list->is_functions)
            text_function(out, counts, row->idx);
        else
            text_operator(out, row->idx);
        text_char(out, '\n');
    }
    if (rows->shown < rows->count)
        text_format(out, "%*s          %zu more\n", COUNT_WIDTH, "", rows->count - rows->shown);
}

static void write_total(struct text *out, const struct counts *counts) {
    text_grouped(out, counts->total, COUNT_WIDTH);
    text_str(out, "          operators in all\n");
}

/* ---- for programs ---- */

/* A name is UTF-8, which JSON takes as it is but for quotes, backslashes and control characters. */
static void text_json(struct text *out, struct name name) {
    text_char(out, '"');
    for (uint32_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.bytes[i];
        if (c == '"' || c == '\\') text_char(out, '\\');
        if (c < 0x20)
            text_format(out, "\\u%04x", c);
        else
            text_char(out, (char)c);
    }
    text_char(out, '"');
}

static void write_json(struct text *out, const struct counts *counts, const struct list *list,
                       const struct rows *rows) {
    text_format(out, "  \"%s\": [", list->json_key);
    for (size_t i = 0; i < rows->shown; i++) {
        const struct row *row = &rows->items[i];
        text_str(out, i ? ",\n    {" : "\n    {");
        if (list->is_functions) {
            text_format(out, "\"index\": %u, \"name\": ", (unsigned)row->idx);
            text_json(out, counts->names[row->idx]);
        } else {
            text_str(out, "\"name\": \"");
            text_operator(out, row->idx);
            text_char(out, '"');
        }
        text_format(out, ", \"count\": %llu, \"share\": %.9f}", (unsigned long long)row->count,
                    share(counts, row->count));
    }
    text_str(out, rows->shown ? "\n  ]" : "]");
}

/* Quoted, with quotes doubled. */
static void text_csv(struct text *out, struct name name) {
    text_char(out, '"');
    for (uint32_t i = 0; i < name.size; i++) {
        if (name.bytes[i] == '"') text_char(out, '"');
        text_char(out, name.bytes[i] ? name.bytes[i] : ' ');
    }
    text_char(out, '"');
}

static void write_csv(struct text *out, const struct counts *counts, const struct list *list, const struct rows *rows) {
    for (size_t i = 0; i < rows->shown; i++) {
        const struct row *row = &rows->items[i];
        text_format(out, "%s,", list->csv_kind);
        if (list->is_functions) {
            text_format(out, "%u,", (unsigned)row->idx);
            text_csv(out, counts->names[row->idx]);
        } else {
            text_char(out, ',');
            text_operator(out, row->idx);
        }
        text_format(out, ",%llu,%.9f\n", (unsigned long long)row->count, share(counts, row->count));
    }
}

/* ---- both lists ---- */

void counts_write(struct text *out, const struct counts *counts, enum counts_format format, size_t top,
                  struct arena *scratch) {
    const struct rows ops = sorted_rows(scratch, counts->ops, OP_COUNT, top);
    const struct rows funcs = sorted_rows(scratch, counts->funcs, counts->module->func_count, top);
    switch (format) {
    case COUNTS_TABLE:
        write_table(out, counts, &operator_list, &ops);
        write_total(out, counts);
        text_char(out, '\n');
        write_table(out, counts, &function_list, &funcs);
        break;
    case COUNTS_JSON:
        text_format(out, "{\n  \"engine\": \"%s\",\n  \"total\": %llu,\n", counts->engine,
                    (unsigned long long)counts->total);
        write_json(out, counts, &operator_list, &ops);
        text_str(out, ",\n");
        write_json(out, counts, &function_list, &funcs);
        text_str(out, "\n}\n");
        break;
    case COUNTS_CSV:
        text_str(out, "kind,index,name,count,share\n");
        write_csv(out, counts, &operator_list, &ops);
        write_csv(out, counts, &function_list, &funcs);
        break;
    }
}
