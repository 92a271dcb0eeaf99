/* Bump allocation in chunks.
 *
 *     chunk -> previous -> ... -> NULL      in use; [next, end) is what is left of the first
 *     spare -> previous -> ... -> NULL      emptied by arena_reset
 *
 * What is left of a chunk when the next one is begun is wasted; chunks therefore double in size, so that the waste and
 * the number of system calls stay small for a module of any size. Memory is cleared when it is handed out, because a
 * spare chunk is full of old data.
 */
#include "arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK_BYTES = 1 << 16, LAST_CHUNK_BYTES = 1 << 22 };

struct arena_chunk {
    struct arena_chunk *previous;
    size_t size; /* of data */
    alignas(max_align_t) char data[];
};

void arena_exhausted(void) {
    fputs("w2c: out of memory\n", stderr);
    exit(1);
}

static struct arena_chunk *make_chunk(const struct arena *arena, size_t needed) {
    size_t size = FIRST_CHUNK_BYTES;
    if (arena->chunk && arena->chunk->size >= FIRST_CHUNK_BYTES)
        size = arena->chunk->size < LAST_CHUNK_BYTES ? arena->chunk->size * 2 : LAST_CHUNK_BYTES;
    if (size < needed) size = needed;
    if (size > SIZE_MAX - sizeof(struct arena_chunk)) arena_exhausted();
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk) arena_exhausted();
    chunk->size = size;
    return chunk;
}

/* Removes the first spare chunk with room from the list; NULL if there is none. */
static struct arena_chunk *take_spare(struct arena *arena, size_t needed) {
    for (struct arena_chunk **link = &arena->spare; *link; link = &(*link)->previous) {
        struct arena_chunk *chunk = *link;
        if (chunk->size < needed) continue;
        *link = chunk->previous;
        return chunk;
    }
    return NULL;
}

void arena_begin_chunk(struct arena *arena, size_t needed) {
    struct arena_chunk *chunk = take_spare(arena, needed);
    if (!chunk) chunk = make_chunk(arena, needed);
    chunk->previous = arena->chunk;
    arena->chunk = chunk;
    arena->next = chunk->data;
    arena->end = chunk->data + chunk->size;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size) {
    if (size == SIZE_MAX) arena_exhausted();
    char *copy = arena_alloc(arena, size + 1, 1);
    if (size) memcpy(copy, bytes, size);
    return copy;
}

void arena_reset(struct arena *arena) {
    while (arena->chunk) {
        struct arena_chunk *chunk = arena->chunk;
        arena->chunk = chunk->previous;
        chunk->previous = arena->spare;
        arena->spare = chunk;
    }
    arena->next = arena->end = NULL;
}

void arena_free(struct arena *arena) {
    arena_reset(arena);
    while (arena->spare) {
        struct arena_chunk *chunk = arena->spare;
        arena->spare = chunk->previous;
        free(chunk);
    }
}
