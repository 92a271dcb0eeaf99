/* Pastes embedded files, line by line.
 *
 * An include is found by its shape alone, without a preprocessor: the files are ours, and none hides a local include
 * in a comment or spells one with a macro. Includes nest as deep as the headers of our own tree do, so the
 * recursion here has nothing to do with the input.
 */
#include "amalgam.h"

#include <assert.h>
#include <stdio.h>

static bool ends_with(const char *string, const char *end) {
    const size_t size = strlen(string);
    const size_t end_size = strlen(end);
    return size >= end_size && memcmp(string + size - end_size, end, end_size) == 0;
}

static bool starts_with(const char *string, const char *start) {
    return strncmp(string, start, strlen(start)) == 0;
}

/* Index of the file `folder``name`, or embedded_text_count. `folder` is `folder_size` bytes long, with its slash. */
static size_t find_in(const char *folder, size_t folder_size, const char *name, size_t name_size) {
    for (size_t i = 0; i < embedded_text_count; i++) {
        const char *path = embedded_texts[i].path;
        if (strlen(path) != folder_size + name_size) continue;
        if (memcmp(path, folder, folder_size) == 0 && memcmp(path + folder_size, name, name_size) == 0) return i;
    }
    return embedded_text_count;
}

/* The places to look, in the order in which the compiler has them when rt/ is built as a library. */
static size_t find_file(const char *includer, const char *name, size_t name_size) {
    const char *slash = strrchr(includer, '/');
    const size_t folder_size = slash ? (size_t)(slash - includer) + 1 : 0;
    size_t found = find_in(includer, folder_size, name, name_size);
    if (found == embedded_text_count) found = find_in("include/", strlen("include/"), name, name_size);
    if (found == embedded_text_count) found = find_in("rt/", strlen("rt/"), name, name_size);
    return found;
}

/* The name in `#include "name"`, or <name> if `open` and `close` are these; NULL if the line is anything else. */
static const char *find_include(const char *line, const char *end, char open, char close, size_t *name_size) {
    static const char directive[] = "include";
    const char *at = line;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (at == end || *at++ != '#') return NULL;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if ((size_t)(end - at) < sizeof directive || memcmp(at, directive, sizeof directive - 1) != 0) return NULL;
    at += sizeof directive - 1;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (at == end || *at++ != open) return NULL;
    const char *quote = memchr(at, close, (size_t)(end - at));
    if (!quote) return NULL;
    *name_size = (size_t)(quote - at);
    return at;
}

/* A file that is not embedded stays an #include: the C compiler will name it. */
static void paste(struct text *out, struct amalgam *amalgam, size_t index) {
    const struct embedded_text *file = &embedded_texts[index];
    if (amalgam->is_pasted[index] && !ends_with(file->path, ".def")) return;
    amalgam->is_pasted[index] = true;
    const char *end = file->bytes + file->size;
    for (const char *line = file->bytes; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline ? newline + 1 : end;
        size_t name_size;
        const char *name = find_include(line, next, '"', '"', &name_size);
        const size_t included = name ? find_file(file->path, name, name_size) : embedded_text_count;
        const bool is_omitted = amalgam->omits_system && find_include(line, next, '<', '>', &name_size);
        if (included < embedded_text_count)
            paste(out, amalgam, included);
        else if (!is_omitted)
            text_bytes(out, line, (size_t)(next - line));
        line = next;
    }
    if (file->size && end[-1] != '\n') text_char(out, '\n');
}

void amalgam_write(struct text *out, struct amalgam *amalgam, const char *path) {
    size_t index = find_in("", 0, path, strlen(path));
    if (index == embedded_text_count) index = find_file("", path, strlen(path));
    assert(index < embedded_text_count);
    paste(out, amalgam, index);
}

/* Every source of rt that is not named here is part of all outputs. */
static bool is_needed(const struct amalgam *amalgam, const char *path, enum amalgam_kind kind, bool with_wasi) {
    if (starts_with(path, "rt/wasi/")) return with_wasi;
    static const char *const by_name[] = {"rt/counting.c",  "rt/sampling.c",  "rt/tail.c",
                                          "rt/tail_root.c", "rt/exception.c", "rt/throw.c"}; /* asked for by name */
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        if (strcmp(path, by_name[i]) == 0) return false;
    }
    if (starts_with(path, "rt/heap")) return amalgam->with_heap;
    if (starts_with(path, "rt/type_")) return amalgam->with_types || kind == AMALGAM_LIBRARY;
    if (strcmp(path, "rt/wait.c") == 0 || strcmp(path, "rt/threads.c") == 0) return false; /* so too */
    if (strcmp(path, "rt/instance.c") == 0) return kind == AMALGAM_LIBRARY;
    if (strcmp(path, "rt/grants.c") == 0 || strcmp(path, "rt/program.c") == 0) return kind == AMALGAM_PROGRAM;
    return true;
}

void amalgam_runtime(struct text *out, struct amalgam *amalgam, enum amalgam_kind kind, bool with_wasi) {
    if (kind == AMALGAM_PROGRAM) with_wasi = true;
    for (size_t i = 0; i < embedded_text_count; i++) {
        const char *path = embedded_texts[i].path;
        if (!starts_with(path, "rt/") || !ends_with(path, ".c")) continue;
        if (is_needed(amalgam, path, kind, with_wasi)) paste(out, amalgam, i);
    }
}
