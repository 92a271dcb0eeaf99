/* w2c cache: what `w2c run` keeps, and removing it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/file.h"
#include "../bench/units.h"
#include "../build/cache.h"
#include "../build/cache_room.h"
#include "../build/report.h"
#include "commands.h"

static bool begins_with(const char *path, const char *magic) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    const size_t size = strlen(magic);
    const bool begins = file.size >= size && memcmp(file.bytes, magic, size) == 0;
    input_close(&file);
    return begins;
}

/* Small files that are none of these are notes and locks, which are not worth a line. */
static bool describe(const struct cache_entry *entry, char *text, size_t size) {
    char name[64];
    if (cache_entry_name(entry->path, CACHE_PROGRAM, name, sizeof name)) {
        snprintf(text, size, "program  %s", name);
        return true;
    }
    if (cache_entry_name(entry->path, CACHE_OBJECT, name, sizeof name)) {
        snprintf(text, size, "object   %s", name);
        return true;
    }
    if (begins_with(entry->path, "w2c tcc code")) {
        snprintf(text, size, "code     of the compiler in memory");
        return true;
    }
    snprintf(text, size, "incomplete");
    return entry->bytes > 4096;
}

static void print_entry(struct arena *arena, const struct cache_entry *entry) {
    char text[128], used[32];
    if (!describe(entry, text, sizeof text)) return;
    struct tm local;
    localtime_r(&entry->used.tv_sec, &local);
    strftime(used, sizeof used, "%Y-%m-%d %H:%M", &local);
    printf("%9s  %s  %s\n", unit_text(arena, UNIT_BYTES, (double)entry->bytes), used, text);
}

static int print_entries(struct arena *arena) {
    const struct cache_entries entries = cache_list(arena);
    if (!entries.folder) {
        report("there is no cache: set HOME or XDG_CACHE_HOME");
        return EXIT_BAD_INPUT;
    }
    const uint64_t limit = cache_limit();
    printf("%s: %s", entries.folder, unit_text(arena, UNIT_BYTES, (double)entries.bytes));
    if (limit) printf(" of at most %s", unit_text(arena, UNIT_BYTES, (double)limit));
    printf("\n");
    for (size_t i = 0; i < entries.count; i++)
        print_entry(arena, &entries.items[i]);
    return EXIT_GOOD;
}

int command_cache(const struct options *options) {
    if (!options->wants_clear) return print_entries(options->arena);
    printf("%s freed\n", unit_text(options->arena, UNIT_BYTES, (double)cache_clear()));
    return EXIT_GOOD;
}
