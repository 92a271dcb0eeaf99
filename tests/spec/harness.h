/* The program that carries out the scripts of the official suite, in three parts:
 *   harness.c   reads a script's commands and judges each of them
 *   values.c    values in the notation of the command files: reading, comparing, printing
 *   spectest.c  the host module `spectest` that the scripts import from
 * It is linked with what knows the modules of the scripts (tests/engines/test_modules.h). */
#ifndef SPEC_HARNESS_H
#define SPEC_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

#include "test_modules.h"
#include "w2c/w2c.h"

/* Bytes that may contain NUL. */
struct bytes {
    char *data;
    size_t size;
};

/* ---- values.c ---- */

enum { MAX_VALUES = 64, MAX_VALUES_TEXT = 2048 };

enum { MAX_FLOAT_LANES = 4 };

enum value_form {
    EXACTLY,    /* these bits, this reference */
    CANONICAL,  /* a NaN whose payload is its top bit alone, of either sign */
    ARITHMETIC, /* a NaN whose payload has its top bit */
    NOT_NULL    /* any reference but null */
};

/* `type` is a value type of w2c.h; '*' (in an expectation) is any reference type. */
struct value {
    uint32_t type;
    enum value_form form;
    union w2c_value bits;
    /* Of a vector: 'i', 'f' or 'd', as whose lanes it is compared, and of lanes of floats what each has to be. */
    char lane_type;
    enum value_form lane_forms[MAX_FLOAT_LANES];
    bool has_alternative; /* expected is this value or the next one in the list */
};

/* Reads values such as "i:1,f:canonical,E:null" ("-" for none) into `values`, MAX_VALUES long; how many, or -1 if the
 * text is none such. */
int values_read(const char *text, struct value *values);
/* Whether a host may pass the value for one of this type. */
bool value_is_argument(const struct value *value, uint32_t type);
/* Whether `count` values of these types are what is expected, in a list of `expected_count`. */
bool values_match(const struct value *expected, int expected_count, const uint32_t *types,
                  const union w2c_value *got, int count);
/* Writes `count` values of these types in the same notation. `text` holds MAX_VALUES_TEXT bytes. */
void values_print(char *text, const uint32_t *types, const union w2c_value *values, int count);

/* ---- spectest.c ---- */

/* Makes the one host module of the process; false if there is no memory for it. */
bool spectest_make(void);
/* What spectest exports as `name`; false if nothing. */
bool spectest_find(const char *name, size_t name_bytes, struct w2c_extern *out);
void spectest_free(void);

#endif
