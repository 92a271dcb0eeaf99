/* Text inside HTML, SVG, JSON and CSV: anything may stand in a name, and nothing of it may act. */
#ifndef W2C_MARKUP_H
#define W2C_MARKUP_H

#include "../base/text.h"

/* Element content and attribute values in either kind of quotes. What XML cannot hold (control characters, bytes that
 * are no UTF-8) becomes U+FFFD, so that the result is well-formed whatever the input is. */
void markup_bytes(struct text *out, const char *bytes, size_t size);
void markup_string(struct text *out, const char *string);

/* A JSON string, quotes included; the same repairs. */
void json_string(struct text *out, const char *string);

/* A field of a CSV file (RFC 4180), in quotes if it needs them. */
void csv_string(struct text *out, const char *string);

/* The length of the UTF-8 character at the start of `size` > 0 bytes; 0 if there is no good one. */
size_t utf8_size(const char *bytes, size_t size);

#endif
