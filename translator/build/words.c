/* Building, splitting and quoting lists of words.
 *
 * Quotes may open and close inside a word, as in a shell: 'it'\''s' is one word of three pieces. Nothing is expanded:
 * neither variables nor ~ nor patterns, and there are no comments.
 */
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void words_add(struct words *words, const char *word) {
    if (words->count + 1 >= words->capacity) {
        const size_t capacity = words->capacity ? words->capacity * 2 : 16;
        char **items = arena_array(words->arena, char *, capacity);
        if (words->count) memcpy(items, words->items, words->count * sizeof *items);
        words->items = items;
        words->capacity = capacity;
    }
    words->items[words->count++] = (char *)(uintptr_t)word; /* argument vectors are char **, and nobody writes there */
    words->items[words->count] = NULL;
}

void words_add_all(struct words *words, const struct words *more) {
    for (size_t i = 0; i < more->count; i++) words_add(words, more->items[i]);
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_escape(char quote, const char *at) {
    return *at == '\\' && at[1] && quote != '\'' && (quote != '"' || strchr("\"\\$`\n", at[1]));
}

/* Reads a word into `to`, which has room for all that remains. Returns where it stopped, or NULL in an open quote. */
static const char *read_word(const char *at, char *to) {
    char quote = '\0';
    for (; *at && (quote || !is_space(*at)); at++) {
        if (*at == quote) {
            quote = '\0';
        } else if (!quote && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else {
            if (is_escape(quote, at)) at++;
            *to++ = *at;
        }
    }
    return quote ? NULL : at;
}

bool words_split(struct words *words, const char *text) {
    for (const char *at = text;;) {
        while (is_space(*at)) at++;
        if (!*at) return true;
        char *word = arena_array(words->arena, char, strlen(at) + 1);
        at = read_word(at, word);
        if (!at) return false;
        words_add(words, word);
    }
}

/* Where any character is not known to be harmless, the whole word goes into '...'; a quote itself cannot stand there,
 * so it closes them, stands behind a backslash, and opens them again. */
void words_quote(struct text *out, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@^_";
    if (out->size) text_char(out, ' ');
    if (*word && word[strspn(word, plain)] == '\0') {
        text_str(out, word);
        return;
    }
    text_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            text_str(out, "'\\''");
        else
            text_char(out, *word);
    }
    text_char(out, '\'');
}

char *words_format(struct arena *arena, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int size = vsnprintf(NULL, 0, format, arguments);
    char *string = arena_array(arena, char, (size_t)size + 1);
    vsnprintf(string, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    return string;
}
