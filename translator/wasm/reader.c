/* Reading numbers, names and types from bytes (spec 5.2, 5.3).
 *
 * Each reader takes from `next` what it needs or fails at the offset where the thing begins: a number that is too
 * long is reported at its first byte, not at the byte that made it so. No reader looks behind `end`, which may be the
 * end of a section or of a body rather than that of the file.
 */
#include "reader.h"

void fail_at_end(const struct reader *r) {
    fail_at(r->diag, DIAG_MALFORMED, reader_offset(r), "unexpected end");
}

/* ---- integers ---- */

/* The bits of an integer of `width` bits. In its last possible byte the bits beyond the width must be zero, or for a
 * signed integer copies of its sign. */
static uint64_t read_leb(struct reader *r, unsigned width, bool is_signed) {
    const size_t offset = reader_offset(r);
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint8_t byte = read_u8(r);
        const unsigned bits_left = width - shift;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (bits_left < 7) {
            if (byte & 0x80) fail_at(r->diag, DIAG_MALFORMED, offset, "integer representation too long");
            const uint8_t beyond = (uint8_t)(0x7f << bits_left) & 0x7f;
            const bool is_negative = is_signed && (byte >> (bits_left - 1) & 1);
            if ((byte & beyond) != (is_negative ? beyond : 0))
                fail_at(r->diag, DIAG_MALFORMED, offset, "integer too large: more than %u bits", width);
        }
        if (byte & 0x80) continue;
        if (is_signed && (byte & 0x40) && shift + 7 < 64) value |= UINT64_MAX << (shift + 7);
        return value;
    }
}

uint32_t read_u32_long(struct reader *r) { return (uint32_t)read_leb(r, 32, false); }
uint64_t read_u64(struct reader *r) { return read_leb(r, 64, false); }
int32_t read_s32_long(struct reader *r) { return (int32_t)read_leb(r, 32, true); }
int64_t read_s33(struct reader *r) { return (int64_t)read_leb(r, 33, true); }
int64_t read_s64(struct reader *r) { return (int64_t)read_leb(r, 64, true); }

/* Byte by byte: the bytes need not be aligned; compilers make one load of it. */
static uint64_t read_little_endian(struct reader *r, size_t size) {
    if (reader_left(r) < size) fail_at_end(r);
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) value |= (uint64_t)r->next[i] << 8 * i;
    r->next += size;
    return value;
}

uint32_t read_f32_bits(struct reader *r) { return (uint32_t)read_little_endian(r, 4); }
uint64_t read_f64_bits(struct reader *r) { return read_little_endian(r, 8); }

/* ---- vectors and bytes ---- */

/* A count is believed only as far as the bytes go: it is about to size an array. */
uint32_t read_count(struct reader *r, size_t min_bytes, const char *what) {
    const size_t offset = reader_offset(r);
    const uint32_t count = read_u32(r);
    if (count > reader_left(r) / min_bytes)
        fail_at(r->diag, DIAG_MALFORMED, offset, "unexpected end: %u %s cannot be in the %zu bytes that follow",
                (unsigned)count, what, reader_left(r));
    return count;
}

static void check_left(const struct reader *r, size_t size, const char *what) {
    if (size > reader_left(r))
        fail_at(r->diag, DIAG_MALFORMED, reader_offset(r),
                "length out of bounds: unexpected end of %s, which should have %zu bytes, of which %zu are there", what,
                size, reader_left(r));
}

struct span read_span(struct reader *r, size_t size, const char *what) {
    check_left(r, size, what);
    const struct span span = {.bytes = r->next, .size = size, .offset = reader_offset(r)};
    r->next += size;
    return span;
}

struct reader read_sub(struct reader *r, size_t size, const char *what) {
    check_left(r, size, what);
    const struct reader sub = {.start = r->start, .next = r->next, .end = r->next + size, .diag = r->diag};
    r->next += size;
    return sub;
}

/* ---- names ---- */

/* The length of the valid sequence at `bytes`, or 0. The bounds of the second byte keep out overlong forms, surrogates
 * and code points above 0x10ffff (Unicode, table 3-7). */
static size_t utf8_sequence(const uint8_t *bytes, size_t left) {
    const uint8_t first = bytes[0];
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (left < size) return 0;
    const uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < low || bytes[1] > high) return 0;
    for (size_t i = 2; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) return 0;
    }
    return size;
}

bool utf8_is_valid(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size;) {
        const size_t sequence = utf8_sequence(bytes + i, size - i);
        if (!sequence) return false;
        i += sequence;
    }
    return true;
}

struct name read_name(struct reader *r) {
    const uint32_t size = read_u32(r);
    const struct span span = read_span(r, size, "a name");
    if (!utf8_is_valid(span.bytes, span.size))
        fail_at(r->diag, DIAG_MALFORMED, span.offset, "malformed UTF-8 encoding in a name");
    return (struct name){.bytes = (const char *)span.bytes, .size = size};
}

/* ---- types ---- */

static bool is_abstract_heap(uint8_t code) { return code >= TYPE_EXN && code <= TYPE_NOEXN; }

/* Abstract types are single bytes that as signed numbers are negative; type indices are positive (spec 5.3.3). */
valtype read_heaptype(struct reader *r, uint32_t type_limit) {
    const size_t offset = reader_offset(r);
    if (reader_left(r) && is_abstract_heap(*r->next)) return type_ref(read_u8(r), true);
    const int64_t idx = read_s33(r);
    if (idx < 0) fail_at(r->diag, DIAG_MALFORMED, offset, "malformed heap type");
    if (idx >= type_limit)
        fail_at(r->diag, DIAG_INVALID, offset, "unknown type %lld: %u are defined here", (long long)idx,
                (unsigned)type_limit);
    return type_ref_defined((uint32_t)idx, true);
}

/* A reference type whose first byte is `code`; TYPE_BOTTOM if that begins none. */
static valtype read_reference(struct reader *r, uint8_t code, uint32_t type_limit) {
    enum { REF = 0x64, REF_NULL = 0x63 };
    if (is_abstract_heap(code)) return type_ref(code, true);
    if (code == REF_NULL) return read_heaptype(r, type_limit);
    if (code == REF) return read_heaptype(r, type_limit) & ~TYPE_NULLABLE;
    return TYPE_BOTTOM;
}

valtype read_reftype(struct reader *r, uint32_t type_limit) {
    const size_t offset = reader_offset(r);
    const uint8_t code = read_u8(r);
    const valtype type = read_reference(r, code, type_limit);
    if (type == TYPE_BOTTOM) fail_at(r->diag, DIAG_MALFORMED, offset, "malformed reference type 0x%02x", code);
    return type;
}

valtype read_valtype(struct reader *r, uint32_t type_limit) {
    const size_t offset = reader_offset(r);
    const uint8_t code = read_u8(r);
    if (code >= TYPE_V128 && code <= TYPE_I32) return code;
    const valtype type = read_reference(r, code, type_limit);
    if (type == TYPE_BOTTOM) fail_at(r->diag, DIAG_MALFORMED, offset, "malformed value type 0x%02x", code);
    return type;
}
