/* Lists of words: command lines, and the text forms from which they are read and into which they are written.
 *
 * The text form is the common part of a shell's: words are separated by white space; '...', "..." and backslash
 * quote. W2C_OPTIONS (rt/grants.c reads it the same way), CC and --cflags have it. */
#ifndef W2C_WORDS_H
#define W2C_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/arena.h"
#include "../base/text.h"

struct words {
    struct arena *arena;
    char **items; /* items[count] is NULL once a word was added: an argument vector */
    size_t count;
    size_t capacity;
};

void words_add(struct words *words, const char *word); /* keeps the pointer */
void words_add_all(struct words *words, const struct words *more);
bool words_split(struct words *words, const char *text); /* false if a quote stays open */

/* Appends ` word`, in quotes where it needs them (no space before the first word of a text). */
void words_quote(struct text *out, const char *word);

/* A formatted string in the arena. */
char *words_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
