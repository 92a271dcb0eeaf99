/* The folder of kept programs.
 *
 * Whole or not at all: a program gets its name by a rename, after its last byte, so a reader never sees half of one.
 * What can still happen to it afterwards (a full disk's zeroes after a crash, somebody's editor) shows in the
 * digest at its end, which is checked before each run: about 30 ms for 30 MB.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "cache_room.h"
#include "install.h"
#include "report.h"
#include "words.h"

/* What follows the program's own bytes: this, the digest of those bytes, a space, a name in a field of fixed size, a
 * newline. The name is for people, and cut where it is long. */
enum { MARK_BYTES = 13 };
static const char marks[][MARK_BYTES + 1] = {[CACHE_PROGRAM] = "\nw2c program ", [CACHE_OBJECT] = "\nw2c object  "};

enum { NAME_BYTES = 40, TRAILER_BYTES = MARK_BYTES + DIGEST_TEXT + NAME_BYTES + 1 };

/* The first bytes of a trailer, up to the name. */
static void make_trailer(const void *bytes, size_t size, enum cache_kind kind, char trailer[TRAILER_BYTES + 1]) {
    char sum[DIGEST_TEXT];
    struct digest digest;
    digest_begin(&digest);
    digest_bytes(&digest, bytes, size);
    digest_end(&digest, sum);
    snprintf(trailer, TRAILER_BYTES + 1, "%s%s ", marks[kind], sum);
}

static void add_name(char trailer[TRAILER_BYTES + 1], const char *name) {
    char printable[NAME_BYTES + 1] = "";
    for (size_t i = 0; i < NAME_BYTES && name[i]; i++)
        printable[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '?';
    snprintf(trailer + MARK_BYTES + DIGEST_TEXT, NAME_BYTES + 2, "%-*s\n", NAME_BYTES, printable);
}

/* The XDG rules: a relative XDG_CACHE_HOME does not count. */
char *cache_folder(struct arena *arena) {
    const char *cache = getenv("XDG_CACHE_HOME");
    if (cache && *cache == '/') return words_format(arena, "%s/w2c", cache);
    const char *home = getenv("HOME");
    return home && *home == '/' ? words_format(arena, "%s/.cache/w2c", home) : NULL;
}

/* Makes `folder` and what leads to it, private as XDG wants it. False and errno. */
static bool make_folders(char *folder) {
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700); /* if it fails, so does the last one */
        *slash = '/';
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

/* Who asks where an entry is uses it. */
static char *place(struct arena *arena, const char *folder, const char *key) {
    char *path = words_format(arena, "%s/%s", folder, key);
    cache_touch(path);
    return path;
}

char *cache_path(struct arena *arena, const char key[DIGEST_TEXT]) {
    char *folder = cache_folder(arena);
    if (!folder) {
        report("no folder to keep programs in: set HOME or XDG_CACHE_HOME");
        return NULL;
    }
    if (!make_folders(folder)) {
        report("cannot make the folder '%s': %s", folder, strerror(errno));
        return NULL;
    }
    return place(arena, folder, key);
}

char *cache_path_if_possible(struct arena *arena, const char key[DIGEST_TEXT]) {
    char *folder = cache_folder(arena);
    return folder && make_folders(folder) ? place(arena, folder, key) : NULL;
}

static bool ends_right(const struct input_file *file, enum cache_kind kind) {
    if (file->size <= TRAILER_BYTES) return false;
    char trailer[TRAILER_BYTES + 1];
    const size_t size = file->size - TRAILER_BYTES;
    make_trailer(file->bytes, size, kind, trailer);
    return memcmp(file->bytes + size, trailer, MARK_BYTES + DIGEST_TEXT) == 0;
}

bool cache_is_whole(const char *path) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    const bool is_whole = ends_right(&file, CACHE_PROGRAM);
    input_close(&file);
    return is_whole;
}

bool cache_entry_name(const char *path, enum cache_kind kind, char *name, size_t size) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    const char *trailer = (const char *)file.bytes + file.size - TRAILER_BYTES;
    const bool is_one = file.size > TRAILER_BYTES && memcmp(trailer, marks[kind], MARK_BYTES) == 0;
    if (is_one) {
        const char *field = trailer + MARK_BYTES + DIGEST_TEXT;
        size_t length = NAME_BYTES;
        while (length && field[length - 1] == ' ')
            length--;
        snprintf(name, size, "%.*s", (int)length, field);
    }
    input_close(&file);
    return is_one;
}

bool cache_add(const char *from, const char *path, const char *name) {
    struct input_file file;
    if (!input_open(&file, from)) {
        report("cannot read '%s': %s", from, strerror(errno));
        return false;
    }
    char trailer[TRAILER_BYTES + 1];
    make_trailer(file.bytes, file.size, CACHE_PROGRAM, trailer);
    input_close(&file);
    add_name(trailer, name);
    if (!install_file(from, path, true, trailer)) return false;
    cache_make_room(path);
    return true;
}

/* ---- objects ---- */

bool cache_is_possible(struct arena *arena) {
    char *folder = cache_folder(arena);
    return folder && make_folders(folder);
}

static bool write_object(const char *path, const struct input_file *from, size_t size, const char *trailer) {
    struct output_file out;
    if (!output_open(&out, path)) return false;
    bool is_good = output_write(&out, (const char *)from->bytes, size);
    if (is_good && trailer) is_good = output_write(&out, trailer, TRAILER_BYTES);
    is_good = output_finish(&out) && is_good && output_commit(&out);
    if (!is_good) output_discard(&out);
    return is_good;
}

void cache_add_object(const char *from, const char *path, const char *name) {
    struct input_file file;
    if (!input_open(&file, from)) return;
    char trailer[TRAILER_BYTES + 1];
    make_trailer(file.bytes, file.size, CACHE_OBJECT, trailer);
    add_name(trailer, name);
    if (write_object(path, &file, file.size, trailer)) cache_make_room(path);
    input_close(&file);
}

bool cache_copy_object(const char *path, const char *to) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    const bool is_copied = ends_right(&file, CACHE_OBJECT) && write_object(to, &file, file.size - TRAILER_BYTES, NULL);
    input_close(&file);
    return is_copied;
}
