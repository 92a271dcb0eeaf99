/* Bump allocation. All memory of the translator lives in arenas; nothing is freed one by one.
 *
 * Three lifetimes exist: the file's bytes (mapped), the module (one arena), a function (one arena per
 * worker, reset after each function). Nothing points from a longer lifetime into a shorter one. Because
 * everything dies with its arena, leaving by longjmp (diag.h) loses nothing.
 */
#ifndef W2C_ARENA_H
#define W2C_ARENA_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena_chunk;

struct arena {
    char *next; /* first free byte of the current chunk */
    char *end;
    struct arena_chunk *chunk; /* current; chunks form a list back to the first */
    struct arena_chunk *spare; /* emptied by reset, used again before new ones are made */
};

/* What happens when there is no memory: a message, and the process ends. */
_Noreturn void arena_exhausted(void);
/* A new chunk, of at least this size, becomes the current one. */
void arena_begin_chunk(struct arena *arena, size_t bytes);

/* Zeroed memory for count * size bytes, aligned for any type. Ends the process with a message if there is
 * none left: a compiler that cannot allocate has nothing useful to do. */
static inline void *arena_alloc(struct arena *arena, size_t count, size_t size) {
    const size_t align = alignof(max_align_t);
    if (size && count > (SIZE_MAX - align) / size) arena_exhausted();
    const size_t bytes = (count * size + align - 1) & ~(align - 1);
    if (!arena->next || (size_t)(arena->end - arena->next) < bytes) arena_begin_chunk(arena, bytes);
    void *result = arena->next;
    arena->next += bytes;
    return memset(result, 0, bytes);
}
/* A copy of `size` bytes followed by a NUL. */
char *arena_copy(struct arena *arena, const void *bytes, size_t size);
void arena_reset(struct arena *arena); /* forget everything, keep the chunks */
void arena_free(struct arena *arena);

#define arena_new(arena, type) ((type *)arena_alloc((arena), 1, sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), (count), sizeof(type)))

#endif
