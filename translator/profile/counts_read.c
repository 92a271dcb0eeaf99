/* Counts as they were written by counts.c: the CSV, and what a compiled program leaves behind (rt/counting.c). */
#include "counts.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/arena.h"
#include "../base/file.h"

/* ---- CSV ---- */

static const char header[] = "kind,index,name,count,share";

struct csv {
    const char *at;
    const char *end;
};

/* The next field of a line, without its quotes; doubled ones in it stay. False at the line's end, behind which `csv`
 * is then, or where a quote stays open. */
static bool next_field(struct csv *csv, struct name *field) {
    const char *start = csv->at;
    if (start == csv->end) return false;
    const bool is_quoted = *start == '"';
    bool is_open = is_quoted;
    if (is_quoted) csv->at++;
    for (; csv->at < csv->end && (is_open || (*csv->at != ',' && *csv->at != '\n')); csv->at++) {
        if (*csv->at == '"') is_open = !is_open;
    }
    if (is_open) return false;
    field->bytes = (const char *)start;
    field->size = (uint32_t)(csv->at - start);
    return true;
}

static bool is_word(const struct name *field, const char *word) {
    return field->size == strlen(word) && memcmp(field->bytes, word, field->size) == 0;
}

/* Digits alone, up to `most`. */
static bool read_decimal(const struct name *field, uint64_t most, uint64_t *value) {
    *value = 0;
    for (uint32_t i = 0; i < field->size; i++) {
        const unsigned digit = (unsigned char)field->bytes[i] - (unsigned)'0';
        if (digit > 9 || *value > (most - digit) / 10) return false;
        *value = *value * 10 + digit;
    }
    return field->size > 0;
}

enum { FIELD_KIND, FIELD_INDEX, FIELD_NAME, FIELD_COUNT, FIELD_SHARE, FIELDS };

/* Exactly the fields of one line. */
static bool read_line(struct csv *csv, struct name fields[FIELDS]) {
    for (int i = 0; i < FIELDS; i++) {
        if (!next_field(csv, &fields[i])) return false;
        const char ending = i + 1 < FIELDS ? ',' : '\n';
        if (csv->at == csv->end || *csv->at++ != ending) return false;
    }
    return true;
}

static void add_count(struct heat_profile *profile, struct arena *arena, struct heat_count count) {
    if ((profile->count & (profile->count - 1)) == 0) { /* full: capacities are powers of two */
        struct heat_count *counts = arena_array(arena, struct heat_count, profile->count ? profile->count * 2 : 1);
        if (profile->count) memcpy(counts, profile->counts, profile->count * sizeof *counts);
        profile->counts = counts;
    }
    profile->counts[profile->count++] = count;
}

bool counts_read_csv(const char *text, size_t size, struct arena *arena, struct heat_profile *profile) {
    struct csv csv = {text, text + size};
    *profile = (struct heat_profile){.count = 0};
    const size_t header_size = sizeof header - 1;
    if (size <= header_size || memcmp(text, header, header_size) != 0 || text[header_size] != '\n') return false;
    csv.at += header_size + 1;
    while (csv.at < csv.end) {
        struct name fields[FIELDS];
        uint64_t func, executed;
        if (!read_line(&csv, fields)) return false;
        if (is_word(&fields[FIELD_KIND], "operator")) continue;
        if (!is_word(&fields[FIELD_KIND], "function") || !read_decimal(&fields[FIELD_INDEX], UINT32_MAX, &func) ||
            !read_decimal(&fields[FIELD_COUNT], UINT64_MAX, &executed)) {
            return false;
        }
        add_count(profile, arena, (struct heat_count){(uint32_t)func, executed});
    }
    return true;
}

/* ---- what a program wrote ---- */

bool counts_read_blocks(const char *path, const struct block_plan *plan, uint64_t *block_counts) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    const size_t size = plan->count * sizeof *block_counts;
    const bool is_whole = file.size == size;
    if (is_whole && size) memcpy(block_counts, file.bytes, size);
    input_close(&file);
    return is_whole;
}

struct heat_profile counts_heat(const struct block_plan *plan, const uint64_t *block_counts, struct arena *arena,
                                struct arena *scratch) {
    const uint32_t func_count = plan->module->func_count;
    uint64_t ops[OP_COUNT] = {0};
    uint64_t *funcs = arena_array(arena, uint64_t, (size_t)func_count + 1);
    struct heat_profile profile = {arena_array(arena, struct heat_count, (size_t)func_count + 1), 0};
    block_sum(plan, block_counts, scratch, ops, funcs);
    for (uint32_t i = 0; i < func_count; i++) {
        if (funcs[i]) profile.counts[profile.count++] = (struct heat_count){i, funcs[i]};
    }
    return profile;
}
