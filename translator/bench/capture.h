/* What a program wrote, as far as comparing needs it: a hash of each line, and its beginning as text.
 *
 * Programs that measure themselves print other numbers each time. So outputs are compared line by line, except for
 * lines that one and the same program wrote differently in two runs. */
#ifndef W2C_CAPTURE_H
#define W2C_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/text.h"

enum {
    CAPTURE_LINES = 1 << 20,     /* the last of so many takes all that follows */
    CAPTURE_HEAD_BYTES = 1 << 16 /* kept as text, to be shown */
};

struct capture {
    uint64_t bytes;
    uint64_t *hashes; /* of the lines, newline included; a last line without one counts too */
    size_t lines;
    size_t capacity;
    bool is_in_line; /* hashes[lines - 1] is not complete */
    struct text head;
};

/* Starts from zeroed memory. */
void capture_add(struct capture *capture, const char *bytes, size_t size);
void capture_free(struct capture *capture);

/* Lines that are not to be compared; grows as runs disagree with themselves. Starts zeroed. */
struct capture_mask {
    bool *varies;
    size_t lines;
    size_t count;       /* of those that vary */
    bool length_varies; /* the number of lines does: then nothing can be compared */
};

/* Marks the lines in which two runs of one program differ. */
void capture_mask_add(struct capture_mask *mask, const struct capture *one, const struct capture *other);
void capture_mask_free(struct capture_mask *mask);

/* The first line, from 0, in which the two differ and that is not masked; SIZE_MAX if there is none. */
size_t capture_difference(const struct capture *one, const struct capture *other, const struct capture_mask *mask);

/* Line number `line` without its newline, as far as it is in the head: its bytes and *size; NULL if it is not. */
const char *capture_line(const struct capture *capture, size_t line, size_t *size);

#endif
