/* Strings: text is cut into words, words are compared, copied, searched for and joined, by functions like those of the
 * C library, which stand here so that the library of neither side is measured. */
#include "kernel.h"

const unsigned kernel_rounds = 1200;

enum { TEXT = 40000, JOINED = 65536 };

static char text[TEXT + 1], copy[TEXT + 1], joined[JOINED];

static unsigned size_of(const char *string) {
    unsigned size = 0;
    while (string[size])
        size++;
    return size;
}

static char *append(char *out, const char *string) {
    while (*string)
        *out++ = *string++;
    *out = 0;
    return out;
}

static int compare(const char *a, const char *b) {
    for (; *a && *a == *b; a++)
        b++;
    return (unsigned char)*a - (unsigned char)*b;
}

static char *find_char(char *string, char c) {
    while (*string && *string != c)
        string++;
    return string;
}

static int starts_with(const char *string, const char *prefix) {
    while (*prefix && *string == *prefix)
        string++, prefix++;
    return *prefix == 0;
}

static char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static void make_text(void) {
    static const char *const words[] = {"alpha", "be", "gamma-ray", "d", "epsilon", "zeta\n", "eta", "a-longer-word"};
    unsigned seed = 11;
    char *out = text;
    while (out + 20 < text + TEXT) {
        seed = seed * 1664525u + 1013904223u;
        out = append(append(out, words[seed >> 29]), " ");
    }
}

static unsigned count_matches(const char *in, const char *what) {
    unsigned count = 0;
    for (; *in; in++)
        count += (unsigned)starts_with(in, what);
    return count;
}

/* Every word once more, with a comma before it, but for those that equal the one before. */
static unsigned join_words(void) {
    append(copy, text);
    const char *before = "";
    char *out = joined;
    for (char *word = copy, *end; *(end = find_char(word, ' ')); word = end + 1) {
        *end = 0;
        if (compare(word, before) == 0) continue;
        *out++ = ',';
        out = append(out, word);
        before = word;
    }
    for (char *c = joined; c < out; c++)
        *c = to_upper(*c);
    return (unsigned)(out - joined) + size_of(joined);
}

unsigned kernel(unsigned rounds) {
    make_text();
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        sum = sum * 31 + join_words();
        sum += count_matches(text, "gamma") + count_matches(text, "word eta");
        char *changed = &text[round * 7 % (TEXT - 100)];
        if (*changed != ' ') *changed = (char)('a' + round % 26);
    }
    return sum;
}
