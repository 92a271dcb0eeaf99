/* libiberty does the work (W2C_HAVE_LIBIBERTY; without it every name stays as it is). Here are the bounds.
 *
 * Mangled names refer back to parts of themselves, so a short one may stand for gigabytes. libiberty
 * limits its recursion as long as it is not told otherwise. Its output is handed over piece by piece and kept nowhere,
 * so what is too long is left from the middle of it by longjmp. That loses nothing but, for a Rust identifier that is
 * spelled in Punycode, the one small buffer that it is decoded in.
 */
#include "demangle.h"

#include <string.h>

#ifdef W2C_HAVE_LIBIBERTY
#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>

struct output {
    struct text *text;
    size_t start;
    jmp_buf too_long;
};

static void take_piece(const char *piece, size_t size, void *opaque) {
    struct output *output = opaque;
    if (output->text->size - output->start + size > DEMANGLE_MAX_BYTES) longjmp(output->too_long, 1);
    text_bytes(output->text, piece, size);
}

/* Rust's older mangling looks like C++ and is told apart by the hash at its end, which is not shown. */
static bool demangle_string(struct output *output, const char *name) {
    if (setjmp(output->too_long) != 0) return false;
    if (rust_demangle_callback(name, DMGL_NO_OPTS, take_piece, output)) return true;
    output->text->size = output->start;
    return strncmp(name, "_Z", 2) == 0 && cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI, take_piece, output);
}

/* In the newer mangling of Rust, `FG` or `DG` and a number to the base 62 say how many lifetimes a type binds, and
 * libiberty counts up to it, also where it prints nothing: with ten digits, for ever. No program binds the 3844 that
 * take three digits. Where the same characters are part of an identifier they are harmless, and the name stays
 * mangled. */
static bool counts_for_ever(const char *name) {
    for (const char *g = strchr(name, 'G'); g; g = strchr(g + 1, 'G')) {
        size_t digits = 0;
        while (isalnum((unsigned char)g[1 + digits])) digits++;
        if ((g[-1] == 'F' || g[-1] == 'D') && digits >= 3 && g[1 + digits] == '_') return true;
    }
    return false;
}

/* LLVM makes local symbols unique by ".llvm.1234" at their end when it merges units. */
static size_t without_unit(const char *name, size_t size) {
    static const char mark[] = ".llvm.";
    for (size_t i = size; i >= sizeof mark - 1; i--) {
        if (memcmp(name + i - (sizeof mark - 1), mark, sizeof mark - 1) == 0) return i - (sizeof mark - 1);
    }
    return size;
}

bool demangle(struct text *out, const char *name, size_t size) {
    char string[DEMANGLE_MAX_BYTES + 1];
    if (size < 3 || size > DEMANGLE_MAX_BYTES || name[0] != '_' || (name[1] != 'Z' && name[1] != 'R')) return false;
    if (memchr(name, '\0', size)) return false;
    size = without_unit(name, size);
    memcpy(string, name, size);
    string[size] = '\0';
    if (name[1] == 'R' && counts_for_ever(string)) return false;
    struct output output = {.text = out, .start = out->size};
    if (demangle_string(&output, string) && out->size > output.start) return true;
    out->size = output.start;
    return false;
}

#else

bool demangle(struct text *out, const char *name, size_t size) {
    (void)out, (void)name, (void)size;
    return false;
}

#endif
