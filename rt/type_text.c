/* Texts of types (w2c.h): checked, and brought into the one form by which types are compared.
 *
 * In that form every type outside of the group is written by its id. So the text of a group is as long as the group,
 * and two groups are equal exactly if their texts are. Nothing here recurses: types refer to others by number alone.
 *
 * Texts come from the translator and from hosts. What is malformed is refused: no number is used before it is known
 * to be one of a type. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdlib.h>
#include <string.h>

#include "w2c/type_records.h"

/* ---- value types ---- */

static bool type_is_number_letter(char letter) {
    return letter == 'i' || letter == 'l' || letter == 'f' || letter == 'd' || letter == 'v' ||
           letter == 'V';
}

static bool type_is_heap_letter(char letter) {
    return letter != '\0' && strchr("FEAQISRXueax", letter) != NULL;
}

/* A decimal number below 2^23, which is how many types there can be; NULL if there is none. */
static const char *type_read_number(const char *at, uint32_t *number) {
    uint32_t value = 0;
    const char *start = at;
    while (*at >= '0' && *at <= '9' && value < W2C_TYPE_LIMIT) {
        value = value * 10 + (uint32_t)(*at++ - '0');
    }
    *number = value;
    return at == start || value >= W2C_TYPE_LIMIT ? NULL : at;
}

W2C_RT const char *w2c_read_value_type(const char *text, uint32_t *type) {
    *type = 0;
    if (type_is_number_letter(*text)) {
        *type = (u8)*text;
        return text + 1;
    }
    const uint32_t not_null = *text == '!' ? W2C_NOT_NULL : 0;
    const char *at = text + (not_null != 0);
    if (type_is_heap_letter(*at)) {
        *type = (u8)*at | not_null;
        return at + 1;
    }
    uint32_t id;
    const char *end = *at == '#' ? type_read_number(at + 1, &id) : NULL;
    if (end) {
        *type = W2C_REFERENCE(id) | not_null;
    }
    return end;
}

/* ---- the canonical form ---- */

/* Reads `at`, writes `out`. A text never becomes longer than W2C_TYPE_TEXT_GROWTH times. */
struct type_canonical {
    const char *at; /* NULL after a fault */
    char *out;
    const uint32_t *ids; /* what $0, $1 ... stand for */
    uint32_t id_count;
    uint32_t group_size;
    uint32_t place; /* of the type that is read */
};

static void type_put_number(struct type_canonical *c, char sign, uint32_t number) {
    char digits[10];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    *c->out++ = sign;
    while (count != 0) {
        *c->out++ = digits[--count];
    }
}

/* Copies the character that stands here if it is `expected`. */
static bool type_accept(struct type_canonical *c, char expected) {
    if (!c->at || *c->at != expected) {
        return false;
    }
    *c->out++ = *c->at++;
    return true;
}

static void type_expect(struct type_canonical *c, char expected) {
    if (!type_accept(c, expected)) {
        c->at = NULL;
    }
}

/* #7, $7 or @7. `limit` bounds places: a supertype stands before its subtypes. */
static void type_copy_defined(struct type_canonical *c, uint32_t limit) {
    uint32_t number;
    const char sign = *c->at;
    c->at = type_read_number(c->at + 1, &number);
    if (!c->at) {
        return;
    }
    if (sign == '@' && number < limit) {
        type_put_number(c, sign, number);
    } else if (sign == '#' && w2c_type_of(number)) {
        type_put_number(c, sign, number);
    } else if (sign == '$' && number < c->id_count && c->ids[number] != 0) {
        type_put_number(c, '#', c->ids[number]);
    } else {
        c->at = NULL;
    }
}

/* False, with nothing read, if no value type stands here. */
static bool type_copy_value(struct type_canonical *c) {
    if (!c->at) {
        return false;
    }
    if (type_is_number_letter(*c->at)) {
        return type_accept(c, *c->at);
    }
    const bool is_not_null = type_accept(c, '!');
    if (type_is_heap_letter(*c->at)) {
        return type_accept(c, *c->at);
    }
    if (*c->at == '#' || *c->at == '$' || *c->at == '@') {
        type_copy_defined(c, c->group_size);
        return c->at != NULL;
    }
    if (is_not_null) {
        c->at = NULL;
    }
    return false;
}

static bool type_copy_field(struct type_canonical *c) {
    const bool is_mutable = type_accept(c, '~');
    if (type_accept(c, 'b') || type_accept(c, 'h') || type_copy_value(c)) {
        return true;
    }
    if (is_mutable) {
        c->at = NULL;
    }
    return false;
}

static void type_copy_composite(struct type_canonical *c) {
    if (type_accept(c, '{')) {
        while (type_copy_field(c)) {
        }
        type_expect(c, '}');
    } else if (type_accept(c, '[')) {
        if (!type_copy_field(c)) {
            c->at = NULL;
        }
        type_expect(c, ']');
    } else {
        while (type_copy_value(c)) {
        }
        type_expect(c, ':');
        while (type_copy_value(c)) {
        }
    }
}

static void type_copy_one(struct type_canonical *c) {
    type_accept(c, '+');
    if (type_accept(c, '<')) {
        if (*c->at == '#' || *c->at == '$' || *c->at == '@') {
            type_copy_defined(c, c->place);
        } else {
            c->at = NULL;
        }
    }
    type_copy_composite(c);
}

W2C_RT enum w2c_type_fault w2c_type_canonical(const char *text, const uint32_t *ids, uint32_t id_count, char **out,
                                              uint32_t *group_size) {
    uint32_t size = 1;
    for (const char *at = text; *at; at++) {
        size += *at == ';';
    }
    char *canonical = malloc(strlen(text) * W2C_TYPE_TEXT_GROWTH + 1);
    if (!canonical) {
        return W2C_TYPE_NO_MEMORY;
    }
    struct type_canonical c = {text, canonical, ids, id_count, size, 0};
    for (; c.at && c.place < size; c.place++) {
        if (c.place != 0) {
            type_expect(&c, ';');
        }
        type_copy_one(&c);
    }
    if (!c.at || *c.at) {
        free(canonical);
        return W2C_TYPE_MALFORMED;
    }
    *c.out = '\0';
    *out = canonical;
    *group_size = size;
    return W2C_TYPE_GOOD;
}
