/* Words in the code of the interpreter that say what an operation on objects works on. */
#ifndef W2C_RUN_GC_H
#define W2C_RUN_GC_H

#include <stdbool.h>
#include <stdint.h>

/* A field of a structure, or the first element of an array. */
union field_word {
    struct {
        uint32_t offset;
        uint8_t bytes;
        bool is_signed; /* shorter than a value, and extended by its sign */
        uint8_t slots;  /* of a value */
    } field;
    uint64_t bits;
};

/* What is asked of a reference that is not null. */
enum test_kind { TEST_ALL, TEST_NONE, TEST_EQ, TEST_I31, TEST_STRUCT, TEST_ARRAY, TEST_OBJECT, TEST_FUNC };

union test_word {
    struct {
        uint8_t kind;
        bool takes_null;
    } test;
    uint64_t bits;
};

#endif
