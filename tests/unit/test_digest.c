/* BLAKE2b-256 against known values: RFC 7693's algorithm, sums as other tools print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "build/digest.h"

static void expect(const char *bytes, size_t size, const char *expected) {
    struct digest digest;
    digest_begin(&digest);
    digest_bytes(&digest, bytes, size);
    char text[DIGEST_TEXT];
    digest_end(&digest, text);
    assert_string_equal(text, expected);
}

static void known_values(void **state) {
    (void)state;
    expect("", 0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    expect("abc", 3, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    char block[1000];
    for (size_t i = 0; i < sizeof block; i++) block[i] = (char)(i % 251);
    expect(block, 128, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1");
    expect(block, 129, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9");
    expect(block, 1000, "b372d0608f720c8c3dd41e9c8eecb10143b41abe520b616607e754bf79c08331");
}

/* The result depends on the bytes alone, not on how they were cut. */
static void pieces(void **state) {
    (void)state;
    char block[1000];
    for (size_t i = 0; i < sizeof block; i++) block[i] = (char)(i % 251);
    for (size_t step = 1; step < 300; step += 37) {
        struct digest digest;
        digest_begin(&digest);
        for (size_t at = 0; at < sizeof block; at += step) {
            digest_bytes(&digest, block + at, at + step < sizeof block ? step : sizeof block - at);
        }
        char text[DIGEST_TEXT];
        digest_end(&digest, text);
        assert_string_equal(text, "b372d0608f720c8c3dd41e9c8eecb10143b41abe520b616607e754bf79c08331");
    }
}

/* Words are told apart by where they end. */
static void words(void **state) {
    (void)state;
    char first[DIGEST_TEXT], second[DIGEST_TEXT];
    struct digest digest;
    digest_begin(&digest);
    digest_word(&digest, "ab");
    digest_word(&digest, "c");
    digest_end(&digest, first);
    digest_begin(&digest);
    digest_word(&digest, "a");
    digest_word(&digest, "bc");
    digest_end(&digest, second);
    assert_string_not_equal(first, second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(pieces),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
