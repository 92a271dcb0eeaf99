/* Least recently used goes first, by the files' times of modification, which each use sets: access times are often not
 * kept, and no entry is changed after it was made.
 *
 * Only names that this program gives are touched: a key in hexadecimal, maybe with an ending. Somebody who points
 * XDG_CACHE_HOME at a folder of his own loses nothing of it.
 *
 * There is no lock. Two processes that make room at the same time remove the same oldest entries, and one of them is
 * told that they are gone.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cache_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "report.h"
#include "words.h"

#define DEFAULT_LIMIT ((uint64_t)2000000000)

/* After making room there is some: the next entry need not remove anything again. */
#define ROOM_SHARE(limit) ((limit) / 10)

/* A file that nobody has written to for so long is not being written. */
enum { ABANDONED_SECONDS = 3600, BLOCK_BYTES = 512 };

void cache_touch(const char *path) {
    utimensat(AT_FDCWD, path, NULL, 0); /* if there is no such file, there is none to be used */
}

/* ---- the limit ---- */

/* The factor that stands behind the number, or 0. */
static uint64_t unit_of(const char *text) {
    static const struct {
        const char *text;
        uint64_t factor;
    } units[] = {{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text, units[i].text) == 0) return units[i].factor;
    }
    return 0;
}

uint64_t cache_limit(void) {
    const char *text = getenv("W2C_CACHE_LIMIT");
    if (!text || !*text) return DEFAULT_LIMIT;
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    const uint64_t factor = unit_of(end);
    if (*text >= '0' && *text <= '9' && !errno && factor && number <= UINT64_MAX / factor) return number * factor;
    report("W2C_CACHE_LIMIT is a size like 500M or 2G, or 0 for no limit, not '%s'", text);
    return DEFAULT_LIMIT;
}

/* ---- entries ---- */

static bool is_ours(const char *name) {
    enum { KEY = DIGEST_TEXT - 1 };
    return strspn(name, "0123456789abcdef") == KEY && (!name[KEY] || name[KEY] == '.');
}

static bool has_ending(const char *name, const char *ending) {
    const size_t size = strlen(name), end = strlen(ending);
    return size > end && strcmp(name + size - end, ending) == 0;
}

static void add_entry(struct cache_entries *entries, size_t *capacity, struct arena *arena, struct cache_entry entry) {
    if (entries->count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 64;
        struct cache_entry *items = arena_array(arena, struct cache_entry, *capacity);
        if (entries->count) memcpy(items, entries->items, entries->count * sizeof *items);
        entries->items = items;
    }
    entries->items[entries->count++] = entry;
    entries->bytes += entry.bytes;
}

static int compare_entries(const void *a, const void *b) {
    const struct cache_entry *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec) return x->used.tv_sec > y->used.tv_sec ? -1 : 1;
    if (x->used.tv_nsec != y->used.tv_nsec) return x->used.tv_nsec > y->used.tv_nsec ? -1 : 1;
    return strcmp(x->path, y->path);
}

struct cache_entries cache_list(struct arena *arena) {
    struct cache_entries entries = {.folder = cache_folder(arena)};
    DIR *folder = entries.folder ? opendir(entries.folder) : NULL;
    size_t capacity = 0;
    for (const struct dirent *one; folder && (one = readdir(folder));) {
        struct stat status;
        if (!is_ours(one->d_name) || fstatat(dirfd(folder), one->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!S_ISREG(status.st_mode)) continue;
        add_entry(&entries, &capacity, arena,
                  (struct cache_entry){.path = words_format(arena, "%s/%s", entries.folder, one->d_name),
                                       .bytes = (uint64_t)status.st_blocks * BLOCK_BYTES,
                                       .used = status.st_mtim});
    }
    if (folder) closedir(folder);
    if (entries.count) qsort(entries.items, entries.count, sizeof *entries.items, compare_entries);
    return entries;
}

/* ---- room ---- */

static void remove_entry(struct cache_entries *entries, struct cache_entry *entry) {
    if (unlink(entry->path) != 0 && errno != ENOENT) return;
    entries->bytes -= entry->bytes;
    entry->bytes = 0;
}

static void remove_abandoned(struct cache_entries *entries) {
    const time_t now = time(NULL);
    for (size_t i = 0; i < entries->count; i++) {
        struct cache_entry *entry = &entries->items[i];
        const bool is_old = now - entry->used.tv_sec > ABANDONED_SECONDS;
        if (is_old && has_ending(entry->path, ".tmp")) remove_entry(entries, entry);
    }
}

/* Locks are held by name: one that is removed while it is held would be held twice. They are empty. */
static bool may_go(const struct cache_entry *entry, const char *kept) {
    return entry->bytes && strcmp(entry->path, kept) != 0 && !has_ending(entry->path, ".tmp");
}

void cache_make_room(const char *path) {
    struct arena arena = {0};
    struct cache_entries entries = cache_list(&arena);
    const uint64_t limit = cache_limit();
    remove_abandoned(&entries);
    if (limit && entries.bytes > limit) {
        for (size_t i = entries.count; i-- > 0 && entries.bytes > limit - ROOM_SHARE(limit);) {
            if (may_go(&entries.items[i], path)) remove_entry(&entries, &entries.items[i]);
        }
    }
    arena_free(&arena);
}

uint64_t cache_clear(void) {
    struct arena arena = {0};
    struct cache_entries entries = cache_list(&arena);
    const uint64_t before = entries.bytes;
    for (size_t i = 0; i < entries.count; i++)
        remove_entry(&entries, &entries.items[i]);
    arena_free(&arena);
    return before - entries.bytes;
}
