/* A cursor over bytes that fails by itself (fail_at), so that decoders have no error branches. */
#ifndef W2C_READER_H
#define W2C_READER_H

#include "../base/diag.h"
#include "module.h"

struct reader {
    const uint8_t *start; /* of the file: offset = next - start */
    const uint8_t *next;
    const uint8_t *end;
    struct diag_context *diag;
};

static inline size_t reader_offset(const struct reader *r) { return (size_t)(r->next - r->start); }
static inline size_t reader_left(const struct reader *r) { return (size_t)(r->end - r->next); }

/* Integers are LEB128 (spec 5.2.2): at most ceil(N / 7) bytes, no bits beyond N. Nearly all in code are one byte long,
 * and those are read in place; the ..._long functions read any length. */
uint32_t read_u32_long(struct reader *r);
int32_t read_s32_long(struct reader *r);
_Noreturn void fail_at_end(const struct reader *r);

static inline uint8_t read_u8(struct reader *r) {
    if (r->next == r->end) fail_at_end(r);
    return *r->next++;
}
static inline uint32_t read_u32(struct reader *r) {
    if (r->next != r->end && *r->next < 0x80) return *r->next++;
    return read_u32_long(r);
}
static inline int32_t read_s32(struct reader *r) {
    if (r->next != r->end && *r->next < 0x80) {
        const int32_t byte = *r->next++;
        return byte - (byte & 0x40) * 2; /* bit 6 is the sign */
    }
    return read_s32_long(r);
}
uint64_t read_u64(struct reader *r);
int64_t read_s33(struct reader *r);
int64_t read_s64(struct reader *r);
uint32_t read_f32_bits(struct reader *r); /* little-endian */
uint64_t read_f64_bits(struct reader *r);
/* A count of things of at least `min_bytes` bytes each: more than can follow is an error. */
uint32_t read_count(struct reader *r, size_t min_bytes, const char *what);
struct span read_span(struct reader *r, size_t size, const char *what);
struct name read_name(struct reader *r); /* length and valid UTF-8 */
bool utf8_is_valid(const uint8_t *bytes, size_t size);
/* The next `size` bytes as a reader of their own; r moves behind them. */
struct reader read_sub(struct reader *r, size_t size, const char *what);
/* A value type (spec 5.3.5), a reference type included; type indices are checked against `type_limit`. Types of
 * features that are not supported are read too: see require_type in features.h. */
valtype read_valtype(struct reader *r, uint32_t type_limit);
valtype read_reftype(struct reader *r, uint32_t type_limit);
valtype read_heaptype(struct reader *r, uint32_t type_limit); /* as the nullable reference to it */

#endif
