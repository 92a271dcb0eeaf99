/* Values in the notation of the command files: a type letter, a colon, and
 *   i l f d   the bits as an unsigned decimal; for an expected float also `canonical` and `arithmetic`
 *   F E A ... `null`, a number for a reference that the host made (E, A), or (expected) `any` for whatever is not null
 *             and of this type
 *   *         `null`, expected: the null of any type
 * Floats travel as bits only: to read, hold and compare them as floats could quiet a signalling NaN. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "w2c/type_records.h"

static const uint32_t f32_exponent = 0x7f800000, f32_quiet = 0x00400000, f32_sign = 0x80000000;
static const uint64_t f64_exponent = 0x7ff0000000000000, f64_quiet = 0x0008000000000000,
                      f64_sign = 0x8000000000000000;

/* Host references are addresses that nobody looks behind; number 0 must not become the null pointer. */
static const void *host_reference(uint64_t number) {
    return (const void *)(uintptr_t)(number + 1);
}

static bool is_reference(uint32_t type) {
    return !strchr("ilfdv", (char)(type & 0xff));
}

/* What `ref` is, as the letter of an abstract type: 'I', 'S', 'R', or '\0' for a host's reference. Those that this
 * harness makes are small numbers. */
static char kind_of_reference(const void *ref) {
    const uintptr_t bits = (uintptr_t)ref;
    if (bits >> (sizeof bits * 8 - 1)) {
        return 'I';
    }
    if (bits < 0x10000) {
        return '\0';
    }
    return (*(const struct w2c_type *const *)ref)->kind == W2C_TYPE_STRUCT ? 'S' : 'R';
}

/* A non-null reference, whose own type is `type`, is also of the abstract type `expected`. */
static bool is_of_type(const void *ref, uint32_t type, uint32_t expected) {
    if (w2c_value_type_matches(type & ~W2C_NOT_NULL, expected)) {
        return true;
    }
    const char kind = kind_of_reference(ref);
    return w2c_value_type_matches(type & ~W2C_NOT_NULL, 'A') && kind != '\0' &&
           w2c_value_type_matches((uint32_t)kind, expected);
}

static bool read_form(const char *text, struct value *value) {
    if (strcmp(text, "canonical") == 0) {
        value->form = CANONICAL;
    } else if (strcmp(text, "arithmetic") == 0) {
        value->form = ARITHMETIC;
    } else if (strcmp(text, "any") == 0) {
        value->form = NOT_NULL;
    } else {
        return strcmp(text, "null") == 0;
    }
    return true;
}

static bool read_value(const char *text, struct value *value) {
    memset(value, 0, sizeof *value);
    if (!text[0] || text[1] != ':') {
        return false;
    }
    value->type = (unsigned char)text[0];
    char *end;
    errno = 0;
    const uint64_t number = strtoull(text + 2, &end, 10);
    if (end == text + 2) {
        return read_form(text + 2, value);
    }
    if (is_reference(value->type)) {
        value->bits.ref = host_reference(number);
    } else {
        value->bits.i64 = number;
    }
    return errno == 0 && !*end;
}

int values_read(const char *text, struct value *values) {
    int count = 0;
    while (strcmp(text, "-") != 0 && *text) {
        const size_t size = strcspn(text, ",");
        char word[32];
        if (count == MAX_VALUES || size >= sizeof word) {
            return -1;
        }
        memcpy(word, text, size);
        word[size] = '\0';
        if (!read_value(word, &values[count++])) {
            return -1;
        }
        text += size + (text[size] == ',');
    }
    return count;
}

static bool f32_matches(const struct value *expected, uint32_t got) {
    switch (expected->form) {
    case CANONICAL:
        return (got & ~f32_sign) == (f32_exponent | f32_quiet);
    case ARITHMETIC:
        return (got & (f32_exponent | f32_quiet)) == (f32_exponent | f32_quiet);
    default:
        return got == expected->bits.i32;
    }
}

static bool f64_matches(const struct value *expected, uint64_t got) {
    switch (expected->form) {
    case CANONICAL:
        return (got & ~f64_sign) == (f64_exponent | f64_quiet);
    case ARITHMETIC:
        return (got & (f64_exponent | f64_quiet)) == (f64_exponent | f64_quiet);
    default:
        return got == expected->bits.i64;
    }
}

static bool reference_matches(const struct value *expected, uint32_t type, const void *ref) {
    if (expected->form == NOT_NULL) {
        return ref && is_of_type(ref, type, expected->type);
    }
    return ref == expected->bits.ref;
}

bool value_is_argument(const struct value *value, uint32_t type) {
    if (!is_reference(type)) {
        return value->type == type;
    }
    const bool is_null = !value->bits.ref && (value->type == '*' || is_reference(value->type));
    return is_null ? !(type & W2C_NOT_NULL) : w2c_value_type_matches(value->type | W2C_NOT_NULL, type);
}

bool value_matches(const struct value *expected, uint32_t type, const union w2c_value *got) {
    if (is_reference(type) || is_reference(expected->type)) {
        return is_reference(type) && is_reference(expected->type) && reference_matches(expected, type, got->ref);
    }
    if (expected->type != type) {
        return false;
    }
    switch (type) {
    case 'i':
        return got->i32 == expected->bits.i32;
    case 'l':
        return got->i64 == expected->bits.i64;
    case 'f':
        return f32_matches(expected, got->i32);
    case 'd':
        return f64_matches(expected, got->i64);
    default:
        return false;
    }
}

static int print_value(char *text, size_t size, uint32_t type, const union w2c_value *value) {
    const char letter = (char)(type & 0xff);
    if (!is_reference(type)) {
        const bool is_narrow = type == 'i' || type == 'f';
        return snprintf(text, size, "%c:%llu", letter, (unsigned long long)(is_narrow ? value->i32 : value->i64));
    }
    if (!value->ref) {
        return snprintf(text, size, "%c:null", letter);
    }
    return snprintf(text, size, "%c:%lld", letter, (long long)(uintptr_t)value->ref - 1);
}

void values_print(char *text, const uint32_t *types, const union w2c_value *values, int count) {
    size_t used = 0;
    strcpy(text, "-");
    for (int i = 0; i < count && used < MAX_VALUES_TEXT - 32; i++) {
        if (i) {
            text[used++] = ',';
        }
        used += (size_t)print_value(text + used, MAX_VALUES_TEXT - used, types[i], &values[i]);
    }
}
