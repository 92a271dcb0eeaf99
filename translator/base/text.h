/* A growable buffer of text: what the translator writes before it reaches a file.
 * Appending never fails to the caller (see arena.h about running out of memory). */
#ifndef W2C_TEXT_H
#define W2C_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *data; /* not NUL-terminated; see text_string */
    size_t size;
    size_t capacity;
    void (*drain)(struct text *text); /* takes what is there and clears the text; NULL: it only grows */
};

enum { TEXT_DRAIN_BYTES = 256 * 1024 };

void text_reserve(struct text *text, size_t more); /* room for `more` bytes after size */
void text_free(struct text *text);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_u64(struct text *text, uint64_t value);          /* decimal */
void text_hex(struct text *text, uint64_t value);          /* 0x... */
const char *text_string(struct text *text);                /* NUL-terminated view */

/* How much of `string` a title shows: its first line, and of that at most `most` bytes, cut between characters (UTF-8).
 * What is behind it is not NUL if something is left out. */
size_t text_title_size(const char *string, size_t most);

static inline void text_bytes(struct text *text, const char *bytes, size_t size) {
    if (size == 0) return; /* an empty text has no bytes to point to */
    if (text->capacity - text->size <= size) text_reserve(text, size);
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
}
static inline void text_str(struct text *text, const char *string) { text_bytes(text, string, strlen(string)); }
static inline void text_char(struct text *text, char c) {
    if (text->size == text->capacity) text_reserve(text, 1);
    text->data[text->size++] = c;
}
/* To be called now and then by who appends much: nobody may want to see again what is there. */
static inline void text_relieve(struct text *text) {
    if (text->drain && text->size >= TEXT_DRAIN_BYTES) text->drain(text);
}
static inline void text_clear(struct text *text) { text->size = 0; }

#endif
