/* Escaping. One walk over UTF-8 characters serves markup and JSON; they differ in what they do with each. */
#include "markup.h"

#include <stdbool.h>

static const char replacement[] = "\xef\xbf\xbd";

/* Overlong forms, surrogates and what lies beyond U+10FFFF are no characters (Unicode 15, table 3-7). */
size_t utf8_size(const char *bytes, size_t size) {
    const unsigned char *b = (const unsigned char *)bytes;
    if (b[0] < 0x80) return 1;
    const size_t length = b[0] >= 0xc2 && b[0] < 0xe0 ? 2 : b[0] >= 0xe0 && b[0] < 0xf0 ? 3 : 4;
    if (b[0] < 0xc2 || b[0] > 0xf4 || size < length) return 0;
    const unsigned char low = b[0] == 0xe0 ? 0xa0 : b[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = b[0] == 0xed ? 0x9f : b[0] == 0xf4 ? 0x8f : 0xbf;
    if (b[1] < low || b[1] > high) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

/* XML 1.0, production 2: of the control characters there are three; U+FFFE and U+FFFF are none at all. */
static bool is_xml_character(const char *bytes, size_t length) {
    const unsigned char c = (unsigned char)bytes[0];
    if (length == 1) return c >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r';
    return length != 3 || memcmp(bytes, "\xef\xbf\xbe", 3) < 0 || memcmp(bytes, "\xef\xbf\xbf", 3) > 0;
}

static const char *entity(char c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void markup_bytes(struct text *out, const char *bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        const size_t length = utf8_size(bytes + at, size - at);
        const char *escaped = entity(bytes[at]);
        if (escaped)
            text_str(out, escaped);
        else if (length && is_xml_character(bytes + at, length))
            text_bytes(out, bytes + at, length);
        else
            text_str(out, replacement);
        at += length ? length : 1;
    }
}

void markup_string(struct text *out, const char *string) {
    markup_bytes(out, string, strlen(string));
}

void json_string(struct text *out, const char *string) {
    const size_t size = strlen(string);
    text_char(out, '"');
    for (size_t at = 0; at < size;) {
        const size_t length = utf8_size(string + at, size - at);
        const unsigned char c = (unsigned char)string[at];
        if (c == '"' || c == '\\')
            text_format(out, "\\%c", c);
        else if (c < 0x20)
            text_format(out, "\\u%04x", c);
        else if (length)
            text_bytes(out, string + at, length);
        else
            text_str(out, replacement);
        at += length ? length : 1;
    }
    text_char(out, '"');
}

void csv_string(struct text *out, const char *string) {
    if (!strpbrk(string, ",\"\r\n")) {
        text_str(out, string);
        return;
    }
    text_char(out, '"');
    for (; *string; string++) {
        if (*string == '"') text_char(out, '"');
        text_char(out, *string);
    }
    text_char(out, '"');
}
