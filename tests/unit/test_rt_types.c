/* The registry of types: equal types of different modules, supertypes, layouts, matching, texts that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rt.h"
#include "w2c/type_records.h"

/* ---- texts ---- */

struct asking {
    const char *text;
    uint32_t id;
};

static void ask(void *argument) {
    struct asking *asking = argument;
    asking->id = w2c_type_id(asking->text);
}

static enum w2c_trap try_text(const char *text, uint32_t *id) {
    struct asking asking = {text, 0};
    struct w2c_error error;
    const enum w2c_trap trap = w2c_try(ask, &asking, &error);
    *id = asking.id;
    return trap;
}

static void texts_are_read_back(void **state) {
    (void)state;
    static const char *const texts[] = {":", "ilfdv:vdfli", "FEAQISRX:", "!F!Xueax:", "{}", "{b~h~i!F}", "[~b]", "[A]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const uint32_t id = w2c_type_id(texts[i]);
        assert_string_equal(w2c_type_of(id)->text, texts[i]);
        assert_int_equal(w2c_type_of(id)->id, id);
        assert_true(w2c_type_of(id)->is_final);
    }
    assert_null(w2c_type_of(0));
    assert_null(w2c_type_of(UINT32_MAX));
}

static void malformed_texts_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "i",
        "::",
        "i:i:",
        "b:",
        "!i:",
        "!:",
        "#:",
        "#0:",
        "#8000000:",
        "#99999999999999999999:",
        "$0:",
        "^1",
        "@1:",
        "+",
        "+<",
        "<#0:",
        "{",
        "}",
        "{i",
        "[]",
        "[ii]",
        "[i",
        "{~}",
        "{i}i",
        "i:;",
        ";i:",
        "<@0i:",
        "+:;<@1:",
        "i: ",
        "Z:",
        "{:}",
        "i:\n",
        "<#8388607:",
        "~i:",
        "@0:i;@2:",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint32_t id;
        if (try_text(texts[i], &id) != W2C_TRAP_LINK) fail_msg("\"%s\"", texts[i]);
        assert_int_equal(id, 0);
    }
}

/* A supertype that is final, of another kind, or has too many supertypes itself. */
static void supertypes_must_allow_it(void **state) {
    (void)state;
    uint32_t id;
    char text[64];
    snprintf(text, sizeof text, "<#%ui:", (unsigned)w2c_type_id("i:"));
    assert_int_equal(try_text(text, &id), W2C_TRAP_LINK);
    snprintf(text, sizeof text, "<#%u{}", (unsigned)w2c_type_id("+i:"));
    assert_int_equal(try_text(text, &id), W2C_TRAP_LINK);
    uint32_t below = w2c_type_id("+{}");
    for (int depth = 1; depth <= W2C_MAX_TYPE_DEPTH; depth++) {
        snprintf(text, sizeof text, "+<#%u{}", (unsigned)below);
        below = w2c_type_id(text);
        assert_int_equal(w2c_type_of(below)->depth, depth);
    }
    snprintf(text, sizeof text, "+<#%u{}", (unsigned)below);
    assert_int_equal(try_text(text, &id), W2C_TRAP_LINK);
    /* What failed half-way left nothing behind: the next types get the numbers that it would have had. */
    assert_int_equal(try_text("+{lllll};<@0{};+<@1{}", &id), W2C_TRAP_LINK);
    const uint32_t next = w2c_type_id("{llllll}");
    assert_string_equal(w2c_type_of(next)->text, "{llllll}");
    assert_null(w2c_type_of(next + 1));
}

/* ---- groups ---- */

/* A list whose cells know their list, in two modules that number their types differently. */
static void equal_groups_of_modules_share_ids(void **state) {
    (void)state;
    static const char *const first[] = {"i:i", "+{@1};<@0{@1~$0}", "^1", "$1:$2"};
    static const char *const second[] = {"l:l", ":", "+i:", "i:i", "+{@1};<@0{@1~$3}", "^1", "!$4:", "$4:$5"};
    uint32_t a[4] = {0}, b[8] = {0};
    const struct w2c_type *records[4] = {NULL};
    w2c_type_define(first, a, records, 4);
    w2c_type_define(second, b, NULL, 8);
    assert_int_equal(a[0], b[3]);
    assert_int_equal(a[1], b[4]);
    assert_int_equal(a[2], b[5]);
    assert_int_equal(a[3], b[7]);
    assert_int_not_equal(b[6], b[7]);
    assert_int_equal(a[2], a[1] + 1);
    assert_true(records[1] == w2c_type_of(a[1]) && records[3] == w2c_type_of(a[3]));
    char text[64];
    snprintf(text, sizeof text, "{#%u~#%u}", (unsigned)a[2], (unsigned)a[0]);
    assert_string_equal(records[2]->text, text);
    /* The same structures, but one by one: other types. */
    assert_int_not_equal(w2c_type_id("+{@0}"), a[1]);
}

static void groups_are_no_longer_than_their_types(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    static char big[COUNT * 8], pointing[COUNT][16];
    static const char *texts[2 * COUNT];
    static uint32_t ids[2 * COUNT];
    for (int i = 0; i < COUNT; i++)
        strcat(big, i ? ";{lf}" : "{lf}");
    texts[0] = big;
    for (int i = 1; i < COUNT; i++) {
        char *text = malloc(16);
        snprintf(text, 16, "^%d", i);
        texts[i] = text;
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(pointing[i], sizeof pointing[i], "[$%d]", i);
        texts[COUNT + i] = pointing[i];
    }
    w2c_type_define(texts, ids, NULL, 2 * COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(ids[i], ids[0] + (uint32_t)i);
        assert_true(strlen(w2c_type_of(ids[COUNT + i])->text) < 12);
        if (i) free((char *)texts[i]);
    }
}

/* ---- records ---- */

static void objects_have_natural_alignment(void **state) {
    (void)state;
    const struct w2c_type *type = w2c_type_of(w2c_type_id("{b~h~bA~i!Fv~d}"));
    const uint32_t fields[] = {8, 10, 12, 16, 24, 32, 48, 64};
    assert_int_equal(type->kind, W2C_TYPE_STRUCT);
    assert_int_equal(type->field_count, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(type->fields[i], fields[i]);
    assert_int_equal(type->bytes, 72);
    assert_int_equal(type->reference_count, 2);
    assert_int_equal(type->references[0], 16);
    assert_int_equal(type->references[1], 32);
    assert_true(type->has_references);
    static const struct {
        const char *text;
        uint32_t bytes, element_bytes;
        bool has_references;
    } arrays[] = {{"[b]", 12, 1, false}, {"[~h]", 12, 2, false}, {"[i]", 12, 4, false},
                  {"[l]", 16, 8, false}, {"[v]", 16, 16, false}, {"[~E]", 16, 8, true}};
    for (size_t i = 0; i < 6; i++) {
        type = w2c_type_of(w2c_type_id(arrays[i].text));
        assert_int_equal(type->kind, W2C_TYPE_ARRAY);
        assert_int_equal(type->bytes, arrays[i].bytes);
        assert_int_equal(type->element_bytes, arrays[i].element_bytes);
        assert_int_equal(type->has_references, arrays[i].has_references);
    }
}

/* top <- left <- leaf, top <- right */
static void displays_answer_subtyping(void **state) {
    (void)state;
    static const char *const texts[] = {"+{}", "+<$0{i}", "<$1{il}", "<$0{l}", "+:", "<$4:"};
    enum { TOP, LEFT, LEAF, RIGHT, FUNC, BELOW, COUNT };
    uint32_t ids[COUNT] = {0};
    w2c_type_define(texts, ids, NULL, COUNT);
    static const bool expected[COUNT][COUNT] = {
        [TOP] = {[TOP] = true},
        [LEFT] = {[TOP] = true, [LEFT] = true},
        [LEAF] = {[TOP] = true, [LEFT] = true, [LEAF] = true},
        [RIGHT] = {[TOP] = true, [RIGHT] = true},
        [FUNC] = {[FUNC] = true},
        [BELOW] = {[FUNC] = true, [BELOW] = true},
    };
    for (int a = 0; a < COUNT; a++) {
        for (int b = 0; b < COUNT; b++) {
            assert_int_equal(w2c_type_is_subtype(ids[a], ids[b]), expected[a][b]);
            assert_int_equal(w2c_value_type_matches(W2C_REFERENCE(ids[a]), W2C_REFERENCE(ids[b])), expected[a][b]);
        }
    }
    assert_false(w2c_type_is_subtype(ids[TOP], 0));
    assert_false(w2c_type_is_subtype(8388607, 8388607));
}

/* ---- value types ---- */

/* Every pair of abstract types, against the pairs that the specification lists (3.3.3). */
static void abstract_types_match_as_specified(void **state) {
    (void)state;
    static const char letters[] = "FuEeXxAQISRa";
    static const char *const pairs = "QA IA SA RA IQ SQ RQ aA aQ aI aS aR uF eE xX ";
    for (const char *a = letters; *a; a++) {
        for (const char *b = letters; *b; b++) {
            const char pair[] = {*a, *b, ' ', '\0'};
            const bool expected = a == b || strstr(pairs, pair);
            const uint32_t below = (uint32_t)*a, above = (uint32_t)*b;
            assert_int_equal(w2c_value_type_matches(below, above), expected);
            assert_int_equal(w2c_value_type_matches(below | W2C_NOT_NULL, above), expected);
            assert_int_equal(w2c_value_type_matches(below | W2C_NOT_NULL, above | W2C_NOT_NULL), expected);
            assert_false(w2c_value_type_matches(below, above | W2C_NOT_NULL));
        }
        assert_false(w2c_value_type_matches((uint32_t)*a, 'i'));
        assert_false(w2c_value_type_matches('i', (uint32_t)*a));
    }
    assert_true(w2c_value_type_matches('v', 'v'));
    assert_false(w2c_value_type_matches('i', 'l'));
}

static void defined_types_are_below_their_kind(void **state) {
    (void)state;
    static const struct {
        const char *text, *above, *bottom;
    } kinds[] = {{"+i:", "F", "u"}, {"+{i}", "SQA", "a"}, {"+[i]", "RQA", "a"}};
    for (int i = 0; i < 3; i++) {
        const uint32_t type = W2C_REFERENCE(w2c_type_id(kinds[i].text));
        for (const char *letter = "FuEeXxAQISRa"; *letter; letter++) {
            assert_int_equal(w2c_value_type_matches(type, (uint32_t)*letter), strchr(kinds[i].above, *letter) != NULL);
            assert_int_equal(w2c_value_type_matches((uint32_t)*letter, type), *letter == *kinds[i].bottom);
        }
    }
}

static void value_types_are_read_one_by_one(void **state) {
    (void)state;
    uint32_t type;
    const char *rest = w2c_read_value_type("!#12i", &type);
    assert_string_equal(rest, "i");
    assert_int_equal(type, W2C_REFERENCE(12) | W2C_NOT_NULL);
    assert_int_equal(W2C_REFERENCE_ID(type), 12);
    assert_string_equal(w2c_read_value_type("Xl", &type), "l");
    assert_int_equal(type, 'X');
    static const char *const others[] = {"", ":", "!", "!i", "#", "#x", "b", "$1", "#9999999999"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_null(w2c_read_value_type(others[i], &type));
        assert_int_equal(type, 0);
    }
}

static void types_have_words(void **state) {
    (void)state;
    char text[160], signature[32];
    struct w2c_message message = w2c_message_open(text, sizeof text);
    snprintf(signature, sizeof signature, "!#%uA!X:i#%u", (unsigned)w2c_type_id("i:"), (unsigned)w2c_type_id("{}"));
    w2c_message_type(&message, w2c_type_id(signature));
    snprintf(signature, sizeof signature, "(ref null type %u)", (unsigned)w2c_type_id("{}"));
    assert_non_null(strstr(text, " anyref (ref exn)) -> (i32 "));
    assert_non_null(strstr(text, signature));
    message = w2c_message_open(text, sizeof text);
    w2c_message_value_type(&message, W2C_REFERENCE(w2c_type_id("i:")) | W2C_NOT_NULL);
    assert_string_equal(text, "(ref func (i32) -> ())");
    message = w2c_message_open(text, sizeof text);
    w2c_message_value_type(&message, 'u');
    assert_string_equal(text, "(ref null nofunc)");
}

/* ---- threads ---- */

enum { THREADS = 4, THREAD_TYPES = 3000 };

struct definer {
    pthread_t thread;
    const char **texts;
    uint32_t ids[THREAD_TYPES];
};

/* All define the same types, in tables of their own: chains of references, so that order matters. */
static void *define_all(void *argument) {
    struct definer *definer = argument;
    for (uint32_t i = 0; i < THREAD_TYPES; i++)
        w2c_type_define(definer->texts, definer->ids, NULL, i + 1);
    return NULL;
}

static void threads_agree(void **state) {
    (void)state;
    static struct definer definers[THREADS];
    static char texts[THREAD_TYPES][32];
    static const char *table[THREAD_TYPES];
    for (int i = 0; i < THREAD_TYPES; i++) {
        snprintf(texts[i], sizeof texts[i], i ? "+<$%d{~ll!Q}" : "+{~ll!Q}", i % 60 ? i - 1 : 0);
        if (i && i % 60 == 0) snprintf(texts[i], sizeof texts[i], "+{~ll!Q$%d}", i - 1);
        table[i] = texts[i];
    }
    for (int i = 0; i < THREADS; i++) {
        definers[i].texts = table;
        assert_int_equal(pthread_create(&definers[i].thread, NULL, define_all, &definers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(definers[i].thread, NULL);
    for (int i = 0; i < THREAD_TYPES; i++) {
        for (int k = 1; k < THREADS; k++)
            assert_int_equal(definers[k].ids[i], definers[0].ids[i]);
        assert_int_equal(w2c_type_of(definers[0].ids[i])->id, definers[0].ids[i]);
        if (i) assert_int_not_equal(definers[0].ids[i], definers[0].ids[i - 1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_back),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(supertypes_must_allow_it),
        cmocka_unit_test(equal_groups_of_modules_share_ids),
        cmocka_unit_test(groups_are_no_longer_than_their_types),
        cmocka_unit_test(objects_have_natural_alignment),
        cmocka_unit_test(displays_answer_subtyping),
        cmocka_unit_test(abstract_types_match_as_specified),
        cmocka_unit_test(defined_types_are_below_their_kind),
        cmocka_unit_test(value_types_are_read_one_by_one),
        cmocka_unit_test(types_have_words),
        cmocka_unit_test(threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
