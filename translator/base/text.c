/* Growing text. Capacity doubles, so that appending costs constant time a byte on average; buffers reach 100 MB.
 *
 * The buffer is malloc's and not an arena's: an arena would keep every outgrown copy, which for the C of a large module
 * is as much again as the text itself.
 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

#include "arena.h"

enum { FIRST_CAPACITY = 256 };

/* Half of the address space is more than any buffer can have, and keeps the doubling below from overflowing. */
void text_reserve(struct text *text, size_t more) {
    if (text->capacity - text->size >= more && text->data) return;
    if (more > SIZE_MAX / 2 - text->size) arena_exhausted();
    size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
    while (capacity - text->size < more)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) arena_exhausted();
    text->data = data;
    text->capacity = capacity;
}

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){0};
}

/* Formats into the room there is, and a second time if that was too little: most pieces are short. */
void text_format(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const size_t room = text->capacity - text->size;
    const int size = vsnprintf(room ? text->data + text->size : NULL, room, format, arguments);
    va_end(arguments);
    if (size > 0 && (size_t)size >= room) { /* vsnprintf also wants room for its NUL */
        text_reserve(text, (size_t)size + 1);
        vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
    }
    va_end(again);
    if (size > 0) text->size += (size_t)size;
}

/* snprintf is slow for what generated C is full of: indices, of which nearly all have one to three digits. */
void text_u64(struct text *text, uint64_t value) {
    enum { MAX_DIGITS = 20 }; /* of UINT64_MAX */
    if (text->capacity - text->size < MAX_DIGITS) text_reserve(text, MAX_DIGITS);
    if (value < 10) {
        text->data[text->size++] = (char)('0' + value);
        return;
    }
    size_t count = 1;
    for (uint64_t left = value; left >= 10; left /= 10)
        count++;
    char *at = text->data + text->size + count;
    text->size += count;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
}

void text_hex(struct text *text, uint64_t value) {
    enum { MAX_BYTES = 18 };
    if (text->capacity - text->size < MAX_BYTES) text_reserve(text, MAX_BYTES);
    size_t count = 3;
    for (uint64_t left = value; left >= 16; left /= 16)
        count++;
    char *at = text->data + text->size;
    at[0] = '0';
    at[1] = 'x';
    text->size += count;
    for (size_t i = count; i-- > 2; value /= 16)
        at[i] = "0123456789abcdef"[value % 16];
}

const char *text_string(struct text *text) {
    text_reserve(text, 1);
    text->data[text->size] = '\0';
    return text->data;
}

size_t text_title_size(const char *string, size_t most) {
    size_t size = strcspn(string, "\n");
    if (size <= most) return size;
    size = most;
    while (size && (string[size] & 0xc0) == 0x80)
        size--;
    return size;
}
