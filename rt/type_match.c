/* Value types of modules that meet: which matches which (spec 3.3), and their spelling in messages. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <string.h>

#include "w2c/type_records.h"

/* ---- matching ---- */

/* The abstract types above each abstract type, itself included, and the words for it. The bottom of each of the four
 * trees is below everything in it. */
struct type_heap {
    char letter;
    const char *above;
    const char *name;
};

static const struct type_heap type_heaps[] = {
    {'F', "F", "func"},  {'u', "uF", "nofunc"},  {'E', "E", "extern"},  {'e', "eE", "noextern"},
    {'X', "X", "exn"},   {'x', "xX", "noexn"},   {'A', "A", "any"},     {'Q', "QA", "eq"},
    {'I', "IQA", "i31"}, {'S', "SQA", "struct"}, {'R', "RQA", "array"}, {'a', "aISRQA", "none"},
};

static const struct type_heap *type_find_heap(char letter) {
    for (size_t i = 0; i < sizeof type_heaps / sizeof type_heaps[0]; i++) {
        if (type_heaps[i].letter == letter) {
            return &type_heaps[i];
        }
    }
    return NULL;
}

static char type_letter_of(uint32_t type) {
    return (char)(type & 0xff);
}

static char type_kind_letter(uint32_t id) {
    const struct w2c_type *type = w2c_type_of(id);
    if (!type) {
        return '\0';
    }
    return type->kind == W2C_TYPE_FUNC ? 'F' : type->kind == W2C_TYPE_STRUCT ? 'S' : 'R';
}

W2C_RT bool w2c_value_type_matches(uint32_t a, uint32_t b) {
    if (a == b) {
        return true;
    }
    if ((b & W2C_NOT_NULL) && !(a & W2C_NOT_NULL)) {
        return false;
    }
    char below = type_letter_of(a);
    if (type_letter_of(b) == '#') {
        const uint32_t id = W2C_REFERENCE_ID(b);
        return below == '#' ? w2c_type_is_subtype(W2C_REFERENCE_ID(a), id)
                            : below == (type_kind_letter(id) == 'F' ? 'u' : 'a');
    }
    if (below == '#') {
        below = type_kind_letter(W2C_REFERENCE_ID(a));
    }
    const struct type_heap *heap = type_find_heap(below);
    return heap && strchr(heap->above, type_letter_of(b));
}

/* ---- texts in a module's tables ---- */

static bool type_is_index(const char *text) {
    return *text == '$';
}

static uint32_t type_index(const char *text) {
    uint32_t index = 0;
    for (const char *at = text + 1; *at >= '0' && *at <= '9'; at++) {
        index = index * 10 + (uint32_t)(*at - '0');
    }
    return index;
}

W2C_RT uint32_t w2c_type_in_module(const char *text, const uint32_t *ids) {
    const bool is_not_null = *text == '!';
    if (type_is_index(text + is_not_null)) {
        return W2C_REFERENCE(ids[type_index(text + is_not_null)]) | (is_not_null ? W2C_NOT_NULL : 0);
    }
    uint32_t type;
    w2c_read_value_type(text, &type);
    return type;
}

W2C_RT uint32_t w2c_type_id_in_module(const char *text, const uint32_t *ids) {
    return type_is_index(text) ? ids[type_index(text)] : w2c_type_id(text);
}

/* ---- words ---- */

static const char *type_number_name(char letter) {
    switch (letter) {
    case 'i': return "i32";
    case 'l': return "i64";
    case 'f': return "f32";
    case 'd': return "f64";
    case 'v': return "v128";
    case 'V': return "v128 in two halves";
    case 'b': return "i8";
    case 'h': return "i16";
    default: return "?";
    }
}

/* `defined` says what a reference to a defined type is one to. */
static void type_add_reference(struct w2c_message *message, uint32_t type,
                               void (*defined)(struct w2c_message *, uint32_t)) {
    const struct type_heap *heap = type_find_heap(type_letter_of(type));
    if (heap && !(type & W2C_NOT_NULL) && type_letter_of(type) >= 'A' && type_letter_of(type) <= 'Z') {
        w2c_message_add(message, "%sref", heap->name);
        return;
    }
    w2c_message_add(message, type & W2C_NOT_NULL ? "(ref " : "(ref null ");
    if (heap) {
        w2c_message_add(message, "%s", heap->name);
    } else {
        defined(message, W2C_REFERENCE_ID(type));
    }
    w2c_message_add(message, ")");
}

static void type_add_value(struct w2c_message *message, uint32_t type,
                           void (*defined)(struct w2c_message *, uint32_t)) {
    if (type_find_heap(type_letter_of(type)) || type_letter_of(type) == '#') {
        type_add_reference(message, type, defined);
    } else {
        w2c_message_add(message, "%s", type_number_name(type_letter_of(type)));
    }
}

static void type_add_number(struct w2c_message *message, uint32_t id) {
    w2c_message_add(message, "type %lu", (unsigned long)id);
}

/* Types inside of it are numbers: two are equal if their numbers are. */
W2C_RT void w2c_message_type(struct w2c_message *message, uint32_t id) {
    const struct w2c_type *type = w2c_type_of(id);
    if (!type || type->kind != W2C_TYPE_FUNC) {
        w2c_message_add(message, !type ? "func ()" : type->kind == W2C_TYPE_STRUCT ? "struct" : "array");
        return;
    }
    const char *separator = "";
    w2c_message_add(message, "func (");
    for (const char *at = type->text; at && *at;) {
        if (*at == ':') {
            w2c_message_add(message, ") -> (");
            separator = "";
            at++;
            continue;
        }
        uint32_t value;
        at = w2c_read_value_type(at, &value);
        w2c_message_add(message, "%s", separator);
        type_add_value(message, value, type_add_number);
        separator = " ";
    }
    w2c_message_add(message, ")");
}

W2C_RT void w2c_message_value_type(struct w2c_message *message, uint32_t type) {
    type_add_value(message, type, w2c_message_type);
}
