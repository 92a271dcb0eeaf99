/* How large the cache may become, what is in it, and what goes when it is full.
 *
 * Every path that cache.h gives out counts as a use of what is there. When something is added, the entries that have
 * not been used for longest are removed until the rest fits. Entries may vanish at any time, by this or by anybody: who
 * finds none makes it again; a program that runs keeps its file until it ends. */
#ifndef W2C_CACHE_ROOM_H
#define W2C_CACHE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../base/arena.h"

struct cache_entry {
    const char *path;
    uint64_t bytes; /* as the file system counts them */
    struct timespec used;
};

struct cache_entries {
    const char *folder; /* NULL: neither HOME nor XDG_CACHE_HOME says where it would be */
    struct cache_entry *items;
    size_t count;
    uint64_t bytes;
};

/* What is ours in the folder, the last used first. */
struct cache_entries cache_list(struct arena *arena);

/* Bytes that entries may take together: W2C_CACHE_LIMIT, a number of bytes or with k, M, G behind it, or 2 GB. 0 is no
 * limit. A value that cannot be read is told, and as good as none. */
uint64_t cache_limit(void);

/* To be called after something was added: `path`, which stays whatever its size. Also removes what was left
 * half-written by processes that died. */
void cache_make_room(const char *path);

/* Removes everything of ours; how many bytes that freed. */
uint64_t cache_clear(void);

/* "entry of the cache was used now", for cache.c. */
void cache_touch(const char *path);

#endif
