/* Demangling: names of three manglings, and names that only look like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/demangle.h"

static struct text text;

/* The readable form, or NULL. */
static const char *readable(const char *name) {
    text_clear(&text);
    text_str(&text, "kept ");
    const bool is_mangled = demangle(&text, name, strlen(name));
    assert_memory_equal(text.data, "kept ", 5);
    if (!is_mangled) assert_int_equal(text.size, 5);
    return is_mangled ? text_string(&text) + 5 : NULL;
}

#ifdef W2C_HAVE_LIBIBERTY
static void reads_rust(void **state) {
    (void)state;
    assert_string_equal(readable("_ZN4core3fmt9Formatter3pad17h1f0c6e0b6a4f2d9aE"), "core::fmt::Formatter::pad");
    assert_string_equal(readable("_ZN13rustpython_vm6object4core11Py$LT$T$GT$3new17he80d9386ab659152E"),
                        "rustpython_vm::object::core::Py<T>::new");
    assert_string_equal(
        readable("_ZN4core3ptr64drop_in_place$LT$ruff_python_ast..nodes..InterpolatedElement$GT$17h0a6ef82baf12f0e2E"
                 ".llvm.2944299424345991272"),
        "core::ptr::drop_in_place<ruff_python_ast::nodes::InterpolatedElement>");
    assert_string_equal(readable("_RNvNtCs6TxCtTcuIIP_3std3env7__var_os"), "std::env::_var_os");
    assert_string_equal(readable("_RNvXsZ_NtCs8Ske0I8pKSe_5alloc6stringNtB5_6StringNtNtCsltDuuzhejvA_4core3fmt5Write9"
                                 "write_str.llvm.10395653705879037287"),
                        "<alloc::string::String as core::fmt::Write>::write_str");
}

static void reads_cpp(void **state) {
    (void)state;
    assert_string_equal(readable("_ZN3foo3barEi"), "foo::bar(int)");
    assert_string_equal(readable("_ZNSt6vectorIiSaIiEE9push_backERKi"),
                        "std::vector<int, std::allocator<int> >::push_back(int const&)");
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Each type is a pair of the one before it: a name of n of them stands for 2 to the n words. */
static void gives_up_on_names_that_explode(void **state) {
    (void)state;
    char rust[2048] = "_RINvC1a1fTmmE";
    for (int i = 0; i < 26; i++) {
        char pair[16];
        snprintf(pair, sizeof pair, "TB%c_B%c_E", i ? 'd' : 'a', i ? 'd' : 'a');
        strcat(rust, pair);
    }
    strcat(rust, "E");
    char cpp[2048] = "_Z1f1AIiiE";
    for (int i = 0; i < 34; i++) {
        const char last = (char)(i < 10 ? '0' + i : 'A' + i - 10);
        char pair[16];
        snprintf(pair, sizeof pair, "S_IS%c_S%c_E", last, last);
        strcat(cpp, pair);
    }
    const double start = seconds();
    assert_null(readable(cpp));
    readable(rust);
    assert_true(seconds() - start < 1);
}

/* A type that binds 62 to the tenth lifetimes, and prints none of them. */
static void gives_up_on_endless_counts(void **state) {
    (void)state;
    assert_null(readable("_RMYFGvIXSe616263_PPPPPPPPPYB3_B3_B0_D"));
    assert_null(readable("_RINvC1a1fDGzzzzzzzzzz_C1a1tEL_E"));
    assert_string_equal(readable("_RINvC1a1fFG_RL0_mEuE"), "a::f::<for<'a> fn(&'a u32)>");
}
#endif

static void leaves_others_alone(void **state) {
    (void)state;
    static const char *const names[] = {
        "",     "_",        "_Z",  "_R",   "main",  "__wasi_fd_write",         "_ZN3fooE garbage",
        "_Zxx", "_Runtime", "_ZN", "_ZN9", "env.f", "_ZN99999999999999999999f"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null(readable(names[i]));
    assert_false(demangle(&text, "_ZN3foo3bar\0Ei", 14));
}

/* Nesting deeper than any stack, and sizes at the limit. */
static void survives_long_names(void **state) {
    (void)state;
    static const char *const pieces[] = {"P", "N", "I", "F", "1a", "TB_", "S", "R", "Dp", "J", "L", "X"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (int style = 0; style < 2; style++) {
            struct text name = {0};
            text_str(&name, style ? "_ZN1f1gE" : "_RINvC1a1f");
            while (name.size < 3 * DEMANGLE_MAX_BYTES) {
                text_clear(&text);
                demangle(&text, name.data, name.size);
                assert_true(text.size <= DEMANGLE_MAX_BYTES);
                for (int k = 0; k < 200; k++)
                    text_str(&name, pieces[i]);
            }
            text_free(&name);
        }
    }
}

static void survives_damaged_names(void **state) {
    (void)state;
    static const char *const names[] = {
        "_RNvXsZ_NtCs8Ske0I8pKSe_5alloc6stringNtB5_6StringNtNtCsltDuuzhejvA_4core3fmt5Write9write_str",
        "_ZN4core3ptr64drop_in_place$LT$ruff_python_ast..nodes..InterpolatedElement$GT$17h0a6ef82baf12f0e2E",
        "_ZNSt6vectorIiSaIiEE9push_backERKi"};
    uint32_t random = 1;
    for (int round = 0; round < 60000; round++) {
        char copy[128];
        const size_t size = strlen(strcpy(copy, names[round % 3]));
        for (int k = 0; k < 3; k++) {
            random = random * 1664525 + 1013904223;
            copy[2 + (random >> 8) % (size - 2)] = (char)(random >> 24);
        }
        text_clear(&text);
        demangle(&text, copy, size);
        assert_true(text.size <= DEMANGLE_MAX_BYTES);
    }
}

static int tear_down(void **state) {
    (void)state;
    text_free(&text);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
#ifdef W2C_HAVE_LIBIBERTY
        cmocka_unit_test(reads_rust),
        cmocka_unit_test(reads_cpp),
        cmocka_unit_test(gives_up_on_names_that_explode),
        cmocka_unit_test(gives_up_on_endless_counts),
#endif
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(survives_long_names),
        cmocka_unit_test(survives_damaged_names),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
