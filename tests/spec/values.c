/* Values in the notation of the command files: a type letter, a colon, and
 *   i l f d   the bits as an unsigned decimal; for an expected float also `canonical` and `arithmetic`
 *   v         LANES:lane/lane..., where LANES is i8, i16, i32, i64, f32 or f64, and lanes are as i or f above
 *   F E A ... `null`, a number for a reference that the host made (E, A), or (expected) `any` for whatever is not null
 *             and of this type
 *   *         `null`, expected: the null of any type
 * An expectation may be several values with | between them: any of these.
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

/* One lane, up to '/' or the end; where that is, or NULL. */
static const char *read_lane(const char *text, struct value *value, unsigned lane, unsigned bytes) {
    static const char *const forms[] = {[CANONICAL] = "canonical", [ARITHMETIC] = "arithmetic"};
    const size_t size = strcspn(text, "/");
    for (int form = CANONICAL; form <= ARITHMETIC && lane < MAX_FLOAT_LANES; form++) {
        if (size == strlen(forms[form]) && memcmp(text, forms[form], size) == 0) {
            value->lane_forms[lane] = (enum value_form)form;
            return text + size;
        }
    }
    char *end;
    const uint64_t bits = strtoull(text, &end, 10);
    memcpy(value->bits.v128 + (size_t)lane * bytes, &bits, bytes);
    return size > 0 && end == text + size ? end : NULL;
}

static bool read_vector(const char *text, struct value *value) {
    char letter;
    unsigned bits;
    int used = 0;
    if (sscanf(text, "%c%u:%n", &letter, &bits, &used) != 2 || !used || bits < 8 || bits > 64) {
        return false;
    }
    const unsigned count = 128 / bits;
    value->lane_type = letter == 'i' ? 'i' : bits == 32 ? 'f' : 'd';
    const char *next = text + used;
    for (unsigned lane = 0; lane < count && next; lane++) {
        next = read_lane(next + (lane && *next == '/'), value, lane, bits / 8);
    }
    return next && !*next;
}

static bool read_value(const char *text, struct value *value) {
    memset(value, 0, sizeof *value);
    if (!text[0] || text[1] != ':') {
        return false;
    }
    value->type = (unsigned char)text[0];
    if (value->type == 'v') {
        return read_vector(text + 2, value);
    }
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
        const size_t size = strcspn(text, ",|");
        char word[128];
        if (count == MAX_VALUES || size >= sizeof word) {
            return -1;
        }
        memcpy(word, text, size);
        word[size] = '\0';
        if (!read_value(word, &values[count])) {
            return -1;
        }
        values[count++].has_alternative = text[size] == '|';
        text += size + (text[size] != '\0');
    }
    return count;
}

static bool f32_matches(enum value_form form, uint32_t expected, uint32_t got) {
    switch (form) {
    case CANONICAL:
        return (got & ~f32_sign) == (f32_exponent | f32_quiet);
    case ARITHMETIC:
        return (got & (f32_exponent | f32_quiet)) == (f32_exponent | f32_quiet);
    default:
        return got == expected;
    }
}

static bool f64_matches(enum value_form form, uint64_t expected, uint64_t got) {
    switch (form) {
    case CANONICAL:
        return (got & ~f64_sign) == (f64_exponent | f64_quiet);
    case ARITHMETIC:
        return (got & (f64_exponent | f64_quiet)) == (f64_exponent | f64_quiet);
    default:
        return got == expected;
    }
}

static bool lane_matches(const struct value *expected, unsigned lane, const uint8_t *got) {
    union w2c_value wanted = {0}, found = {0};
    const size_t bytes = expected->lane_type == 'f' ? 4 : 8;
    memcpy(&wanted, expected->bits.v128 + lane * bytes, bytes);
    memcpy(&found, got + lane * bytes, bytes);
    return bytes == 4 ? f32_matches(expected->lane_forms[lane], wanted.i32, found.i32)
                      : f64_matches(expected->lane_forms[lane], wanted.i64, found.i64);
}

static bool vector_matches(const struct value *expected, const uint8_t *got) {
    if (expected->lane_type == 'i') {
        return memcmp(expected->bits.v128, got, sizeof expected->bits.v128) == 0;
    }
    const unsigned lanes = expected->lane_type == 'f' ? 4 : 2;
    for (unsigned lane = 0; lane < lanes; lane++) {
        if (!lane_matches(expected, lane, got)) {
            return false;
        }
    }
    return true;
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

static bool value_matches(const struct value *expected, uint32_t type, const union w2c_value *got) {
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
        return f32_matches(expected->form, expected->bits.i32, got->i32);
    case 'd':
        return f64_matches(expected->form, expected->bits.i64, got->i64);
    case 'v':
        return vector_matches(expected, got->v128);
    default:
        return false;
    }
}

bool values_match(const struct value *expected, int expected_count, const uint32_t *types,
                  const union w2c_value *got, int count) {
    int next = 0;
    for (int i = 0; i < count; i++) {
        bool is_right = false, is_more = true;
        for (; is_more && next < expected_count; next++) {
            is_right |= value_matches(&expected[next], types[i], &got[i]);
            is_more = expected[next].has_alternative;
        }
        if (!is_right) {
            return false;
        }
    }
    return next == expected_count;
}

static int print_vector(char *text, size_t size, const union w2c_value *value) {
    uint32_t lanes[4];
    memcpy(lanes, value->v128, sizeof lanes);
    return snprintf(text, size, "v:i32:%u/%u/%u/%u", (unsigned)lanes[0], (unsigned)lanes[1], (unsigned)lanes[2],
                    (unsigned)lanes[3]);
}

static int print_value(char *text, size_t size, uint32_t type, const union w2c_value *value) {
    const char letter = (char)(type & 0xff);
    if (type == 'v') {
        return print_vector(text, size, value);
    }
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
    for (int i = 0; i < count && used < MAX_VALUES_TEXT - 64; i++) {
        if (i) {
            text[used++] = ',';
        }
        used += (size_t)print_value(text + used, MAX_VALUES_TEXT - used, types[i], &values[i]);
    }
}
