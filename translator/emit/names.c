/* Names out of the module, made harmless. Nothing that a module's author wrote reaches C except through here.
 *
 * Functions and globals are fn12_..., g3_...: the index makes them unique and keeps them clear of keywords, macros and
 * libc ("fn", because f32 and f64 are types), so what follows may be lossy: letters and digits stay, anything else
 * becomes one underscore, and a long name keeps its end, which in mangled names says most.
 *
 * Exports become part of an interface, and there different names must stay different. Letters (but Z), digits and
 * underscores stand for themselves; any other byte is Z and two hexadecimal digits (so "a-b" is aZ2Db); Z itself is ZZ.
 * A name of more than MAX_EXPORT bytes is cut, and followed by ZT and the position of the export, which no other
 * name can end in, for T is no hexadecimal digit.
 */
#include <pthread.h>

#include "emit.h"

enum { MAX_READABLE = 40, MAX_EXPORT = 200, MAX_COMMENT = 160 };

static bool is_word_byte(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool ends_with(const struct name *name, const char *end) {
    const size_t size = strlen(end);
    return name->size >= size && memcmp(name->bytes + name->size - size, end, size) == 0;
}

/* Rust's legacy mangling ends in "17h", 16 digits of a hash, and "E": no use to a reader. */
static struct name without_hash(struct name name) {
    const uint32_t tail = 20;
    if (name.size > tail && ends_with(&name, "E") && memcmp(name.bytes + name.size - tail, "17h", 3) == 0) {
        name.size -= tail;
    }
    return name;
}

static void text_readable(struct text *out, struct name name) {
    name = without_hash(name);
    uint32_t start = name.size > MAX_READABLE ? name.size - MAX_READABLE : 0;
    bool after_gap = true;
    text_char(out, '_');
    for (uint32_t i = start; i < name.size; i++) {
        const bool is_word = is_word_byte((unsigned char)name.bytes[i]);
        if (is_word) text_char(out, name.bytes[i]);
        if (!is_word && !after_gap) text_char(out, '_');
        after_gap = !is_word;
    }
    while (out->data[out->size - 1] == '_')
        out->size--;
}

static const char *indexed_identifier(struct arena *arena, const char *prefix, const char *kind, uint32_t idx,
                                      struct name name) {
    struct text text = {0};
    text_str(&text, prefix);
    text_str(&text, kind);
    text_u64(&text, idx);
    text_readable(&text, name);
    const char *identifier = arena_copy(arena, text.data, text.size);
    text_free(&text);
    return identifier;
}

const char *func_identifier(struct arena *arena, const char *prefix, uint32_t func_idx, struct name name) {
    return indexed_identifier(arena, prefix, "fn", func_idx, name);
}

const char *global_identifier(struct arena *arena, uint32_t global_idx, struct name name) {
    return indexed_identifier(arena, "", "g", global_idx, name);
}

static void text_hex_byte(struct text *out, unsigned char byte) {
    static const char digits[] = "0123456789ABCDEF";
    text_char(out, digits[byte >> 4]);
    text_char(out, digits[byte & 15]);
}

void text_export_identifier(struct text *out, struct name name, uint32_t position) {
    const uint32_t shown = name.size > MAX_EXPORT ? MAX_EXPORT : name.size;
    for (uint32_t i = 0; i < shown; i++) {
        const unsigned char c = (unsigned char)name.bytes[i];
        if (c == 'Z') {
            text_str(out, "ZZ");
        } else if (is_word_byte(c) || c == '_') {
            text_char(out, (char)c);
        } else {
            text_char(out, 'Z');
            text_hex_byte(out, c);
        }
    }
    if (shown == name.size) return;
    text_str(out, "ZT");
    text_u64(out, position);
}

bool is_identifier(const char *string) {
    if (string[0] >= '0' && string[0] <= '9') return false;
    for (const char *c = string; *c; c++) {
        if (!is_word_byte((unsigned char)*c) && *c != '_') return false;
    }
    return string[0] != 0;
}

/* What a library's C names may begin with: no keyword of C or C++ (`struct NAME` is in a header for both), and nothing
 * that the runtime may own. */
bool is_library_name(const char *string) {
    static const char *const keywords[] = {
        "alignas",  "alignof",   "and",       "asm",       "auto",    "bool",     "break",    "case",
        "catch",    "char",      "class",     "compl",     "const",   "continue", "decltype", "default",
        "delete",   "do",        "double",    "else",      "enum",    "explicit", "export",   "extern",
        "false",    "float",     "for",       "friend",    "goto",    "if",       "inline",   "int",
        "linux",    "long",      "mutable",   "namespace", "new",     "noexcept", "not",      "nullptr",
        "operator", "or",        "private",   "protected", "public",  "register", "requires", "restrict",
        "return",   "short",     "signed",    "sizeof",    "static",  "struct",   "switch",   "template",
        "this",     "throw",     "true",      "try",       "typedef", "typeid",   "typename", "typeof",
        "union",    "unix",      "unsigned",  "using",     "virtual", "void",     "volatile", "while",
        "xor",      "constexpr", "consteval", "constinit", "concept", "import",   "module",   "thread_local"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (strcmp(string, keywords[i]) == 0) return false;
    }
    return is_identifier(string) && strncmp(string, "w2c", 3) != 0;
}

/* In a comment the dangers are its end, a nested start, a backslash before a newline, trigraphs, and bytes that
 * change what a terminal or editor shows. Everything not plainly safe is written as %XX. */
void text_comment(struct text *out, struct name name) {
    const uint32_t shown = name.size > MAX_COMMENT ? MAX_COMMENT : name.size;
    for (uint32_t i = 0; i < shown; i++) {
        const unsigned char c = (unsigned char)name.bytes[i];
        if (is_word_byte(c) || (c && strchr(" _-.,:;<>()[]{}$@#+=&|!~^'`", c))) {
            text_char(out, (char)c);
        } else {
            text_char(out, '%');
            text_hex_byte(out, c);
        }
    }
    if (shown < name.size) text_str(out, "...");
}

/* A byte in a string literal: at most four characters. Octal escapes have at most three digits, so a short one is safe
 * unless a digit follows; those with a letter are short and safe. No trigraph can arise if '?' is escaped. */
struct spelled_byte {
    char text[4];
    uint8_t size;
};

static struct spelled_byte spell_byte(unsigned char c, bool digit_follows) {
    static const char letters[] = "abtnvfr"; /* of 7 to 13 */
    if (c >= 7 && c <= 13) return (struct spelled_byte){{'\\', letters[c - 7]}, 2};
    if (c == '"' || c == '\\' || c == '?') return (struct spelled_byte){{'\\', (char)c}, 2};
    if (c >= ' ' && c < 0x7f) return (struct spelled_byte){{(char)c}, 1};
    const char high = (char)('0' + (c >> 6)), middle = (char)('0' + (c >> 3 & 7)), low = (char)('0' + (c & 7));
    if (c >= 0100 || digit_follows) return (struct spelled_byte){{'\\', high, middle, low}, 4};
    if (c >= 010) return (struct spelled_byte){{'\\', middle, low}, 3};
    return (struct spelled_byte){{'\\', low}, 2};
}

static struct spelled_byte spelled_bytes[2][256]; /* by whether a digit follows */

static void spell_bytes(void) {
    for (int follows = 0; follows < 2; follows++) {
        for (int c = 0; c < 256; c++)
            spelled_bytes[follows][c] = spell_byte((unsigned char)c, follows);
    }
}

/* All four characters are copied whatever their number: what is too much is overwritten by the next. */
static void text_literal_line(struct text *out, const unsigned char *bytes, const unsigned char *line_end,
                              const unsigned char *end) {
    text_reserve(out, (size_t)(line_end - bytes) * sizeof spelled_bytes[0][0].text);
    char *at = out->data + out->size;
    for (; bytes < line_end; bytes++) {
        const bool digit_follows = bytes + 1 < end && (unsigned)(bytes[1] - '0') < 10;
        const struct spelled_byte *spelled = &spelled_bytes[digit_follows][*bytes];
        memcpy(at, spelled->text, sizeof spelled->text);
        at += spelled->size;
    }
    out->size = (size_t)(at - out->data);
}

/* Lines are broken so that editors and compilers' column numbers survive megabytes of data. */
void text_literal(struct text *out, const void *data, size_t size) {
    enum { BYTES_PER_LINE = 96 };
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, spell_bytes);
    const unsigned char *bytes = data, *end = bytes + size;
    text_char(out, '"');
    while (bytes < end) {
        const unsigned char *line_end = end - bytes > BYTES_PER_LINE ? bytes + BYTES_PER_LINE : end;
        text_literal_line(out, bytes, line_end, end);
        bytes = line_end;
        if (bytes == end) break;
        text_str(out, "\"\n    \"");
        text_relieve(out);
    }
    text_char(out, '"');
}
