/* Reads JSON into a tree by recursive descent, sums it, and writes it again. */
#include "kernel.h"

const unsigned kernel_rounds = 1500;

enum { TEXT = 65536, VALUES = 16384, OUTPUT = 2 * TEXT };

enum kind { NUMBER, STRING, BOOLEAN, ARRAY, OBJECT };

struct value {
    enum kind kind;
    double number;
    const char *text; /* of a string: in the input, without quotes */
    unsigned size;
    const char *name;
    unsigned name_size;
    struct value *child, *next;
};

static char source[TEXT], output[OUTPUT];
static struct value values[VALUES];
static unsigned used;
static const char *at;

static struct value *read_value(void);

static void skip_space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
}

static const char *read_string(unsigned *size) {
    const char *start = ++at;
    for (; *at != '"'; at++) {
        if (*at == '\\') at++;
    }
    *size = (unsigned)(at++ - start);
    return start;
}

static double read_number(void) {
    double value = 0, scale = 1;
    const int is_negative = *at == '-';
    if (is_negative) at++;
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (*at - '0');
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++) {
            value = value * 10 + (*at - '0');
            scale *= 10;
        }
    }
    return (is_negative ? -value : value) / scale;
}

static void read_members(struct value *parent, char end) {
    struct value **link = &parent->child;
    at++;
    for (skip_space(); *at != end; skip_space()) {
        const char *name = 0;
        unsigned name_size = 0;
        if (end == '}') {
            name = read_string(&name_size);
            skip_space();
            at++; /* the colon */
        }
        struct value *value = read_value();
        value->name = name;
        value->name_size = name_size;
        *link = value;
        link = &value->next;
        skip_space();
        if (*at == ',') at++;
    }
    at++;
}

static struct value *read_value(void) {
    skip_space();
    struct value *value = &values[used++];
    *value = (struct value){.kind = NUMBER};
    switch (*at) {
    case '{': value->kind = OBJECT, read_members(value, '}'); break;
    case '[': value->kind = ARRAY, read_members(value, ']'); break;
    case '"': value->kind = STRING, value->text = read_string(&value->size); break;
    case 't': value->kind = BOOLEAN, value->number = 1, at += 4; break;
    case 'f': value->kind = BOOLEAN, at += 5; break;
    default: value->number = read_number();
    }
    return value;
}

static double total(const struct value *value) {
    double sum = value->kind == STRING ? value->size : value->number;
    for (const struct value *child = value->child; child; child = child->next)
        sum += total(child);
    return sum;
}

static char *put(char *out, const char *text, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        *out++ = text[i];
    return out;
}

static char *put_integer(char *out, unsigned number) {
    char digits[10];
    unsigned count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0)
        *out++ = digits[--count];
    return out;
}

static char *write_value(char *out, const struct value *value) {
    if (value->name) {
        *out++ = '"';
        out = put(out, value->name, value->name_size);
        out = put(out, "\":", 2);
    }
    switch (value->kind) {
    case NUMBER: return put_integer(out, (unsigned)(value->number < 0 ? -value->number : value->number));
    case BOOLEAN: return value->number != 0 ? put(out, "true", 4) : put(out, "false", 5);
    case STRING:
        *out++ = '"';
        out = put(out, value->text, value->size);
        *out++ = '"';
        return out;
    default:
        *out++ = value->kind == ARRAY ? '[' : '{';
        for (const struct value *child = value->child; child; child = child->next) {
            out = write_value(out, child);
            if (child->next) *out++ = ',';
        }
        *out++ = value->kind == ARRAY ? ']' : '}';
        return out;
    }
}

static void make_source(void) {
    static const char row[] =
        "{\"name\": \"somebody \\\"else\\\"\", \"age\": 42, \"height\": 1.875, \"is here\": true,\n"
        "  \"scores\": [1, -22, 333.25, 4444], \"none\": {}, \"tags\": [\"a\", \"bc\", false]},\n";
    char *out = source;
    *out++ = '[';
    while (out + sizeof row < source + TEXT)
        out = put(out, row, sizeof row - 1);
    out[-2] = ']';
    *out = 0;
}

unsigned kernel(unsigned rounds) {
    make_source();
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        used = 0;
        at = source;
        const struct value *root = read_value();
        sum = sum * 31 + (unsigned)total(root) + (unsigned)(write_value(output, root) - output);
        sum += (unsigned char)output[round % 5000];
    }
    return sum;
}
