/* Error messages of bounded length.
 *
 * Names in a message come from a module, whose author may wish to clear the reader's terminal or to fake a line
 * of output. Quoting passes printable text, UTF-8 included, and writes everything else as \xNN: control bytes,
 * the C1 control characters, marks that change the direction of writing, bytes that are no UTF-8. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdio.h>

/* Longer names are cut, so that a message still has room for what is wrong with them. */
enum { W2C_QUOTE_MAX = 72 };

W2C_RT struct w2c_message w2c_message_open(char *text, size_t size) {
    text[0] = 0;
    return (struct w2c_message){text, size, 0};
}

W2C_RT void w2c_message_add(struct w2c_message *message, const char *format, ...) {
    size_t room = message->size - message->used;
    va_list arguments;
    va_start(arguments, format);
    /* The length is what the text would need; a negative one, for text that cannot be converted, adds nothing. */
    int length = vsnprintf(message->text + message->used, room, format, arguments);
    va_end(arguments);
    if (length > 0) {
        message->used += (size_t)length < room ? (size_t)length : room - 1;
    }
}

/* Length of the UTF-8 sequence that begins with `first`, by its leading bits; 0 if none does. */
static size_t message_sequence(u8 first) {
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0; /* the middle of a sequence, an overlong one, or beyond Unicode */
    }
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Quotes and backslashes are escaped too, so that a quoted name has one reading. */
static bool message_is_printable(u32 point) {
    bool is_direction = (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
                        (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
    bool is_control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    return !is_direction && !is_control && point != '"' && point != '\\';
}

/* How many of the first bytes form one harmless character; 0 if they must be escaped. */
static size_t message_character(const char *bytes, size_t size) {
    u8 first = (u8)bytes[0];
    size_t length = message_sequence(first);
    if (length == 0 || length > size) {
        return 0;
    }
    u32 point = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (((u8)bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | ((u8)bytes[i] & 0x3f);
    }
    static const u32 smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    bool is_utf8 = point >= smallest[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return is_utf8 && message_is_printable(point) ? length : 0;
}

W2C_RT void w2c_message_escape_most(struct w2c_message *message, const char *bytes, size_t size, size_t most) {
    for (size_t i = 0; i < size;) {
        if (i >= most) {
            w2c_message_add(message, "...");
            break;
        }
        size_t length = message_character(bytes + i, size - i);
        if (length != 0) {
            w2c_message_add(message, "%.*s", (int)length, bytes + i);
        } else {
            w2c_message_add(message, "\\x%02x", (u8)bytes[i]);
        }
        i += length != 0 ? length : 1;
    }
}

W2C_RT void w2c_message_escape(struct w2c_message *message, const char *bytes, size_t size) {
    w2c_message_escape_most(message, bytes, size, W2C_QUOTE_MAX);
}

W2C_RT void w2c_message_quote(struct w2c_message *message, const char *bytes, size_t size) {
    w2c_message_add(message, "\"");
    w2c_message_escape(message, bytes, size);
    w2c_message_add(message, "\"");
}
