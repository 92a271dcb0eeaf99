/* Types of WebAssembly 3.0 (spec 2.3): value types, composite types, recursive groups, subtyping.
 *
 * A value type is one 32-bit word:
 *
 *      31              12   9 8  7        0
 *     +------------------+---+-+-----------+
 *     | defined type idx |   |n| code      |
 *     +------------------+---+-+-----------+
 *
 * `code` is the byte of the binary format: 0x7f i32 ... for numbers and vectors, and for references the byte of the
 * abstract heap type (0x70 func, 0x6f extern, 0x6e any, ...) or TYPE_DEFINED for a type index; n: nullable. So
 * equal words are equal types, up to equality of the defined types, which is equality of their `canonical` index.
 */
#ifndef W2C_TYPES_WASM_H
#define W2C_TYPES_WASM_H

#include <stdbool.h>
#include <stdint.h>

struct module;
struct text;

typedef uint32_t valtype;

enum type_code {
    TYPE_BOTTOM = 0x00,  /* the unknown type of unreachable code */
    TYPE_DEFINED = 0x01, /* reference to types[idx] */
    TYPE_BOTTOM_REF = 0x02, /* a reference of unknown type, in unreachable code: below all of them */
    TYPE_I32 = 0x7f,
    TYPE_I64 = 0x7e,
    TYPE_F32 = 0x7d,
    TYPE_F64 = 0x7c,
    TYPE_V128 = 0x7b,
    TYPE_I8 = 0x78, /* only as storage types */
    TYPE_I16 = 0x77,
    TYPE_NOEXN = 0x74, /* abstract heap types */
    TYPE_NOFUNC = 0x73,
    TYPE_NOEXTERN = 0x72,
    TYPE_NONE = 0x71,
    TYPE_FUNC = 0x70,
    TYPE_EXTERN = 0x6f,
    TYPE_ANY = 0x6e,
    TYPE_EQ = 0x6d,
    TYPE_I31 = 0x6c,
    TYPE_STRUCT = 0x6b,
    TYPE_ARRAY = 0x6a,
    TYPE_EXN = 0x69
};

#define TYPE_NULLABLE 0x100u
#define TYPE_IDX_SHIFT 12
enum { MAX_TYPES = 1000000 }; /* the index has 20 bits */

static inline enum type_code type_code(valtype t) { return (enum type_code)(t & 0xff); }
static inline bool type_is_ref(valtype t) {
    enum type_code code = type_code(t);
    return code == TYPE_DEFINED || code == TYPE_BOTTOM_REF || (code >= TYPE_EXN && code <= TYPE_NOEXN);
}
static inline bool type_is_nullable(valtype t) { return (t & TYPE_NULLABLE) != 0; }
static inline uint32_t type_idx_of(valtype t) { return t >> TYPE_IDX_SHIFT; }
static inline valtype type_ref(enum type_code heap, bool nullable) { return heap | (nullable ? TYPE_NULLABLE : 0u); }
static inline valtype type_ref_defined(uint32_t idx, bool nullable) {
    return TYPE_DEFINED | (nullable ? TYPE_NULLABLE : 0u) | idx << TYPE_IDX_SHIFT;
}
#define TYPE_FUNCREF (TYPE_FUNC | TYPE_NULLABLE)
#define TYPE_EXTERNREF (TYPE_EXTERN | TYPE_NULLABLE)

struct functype {
    const valtype *params;
    const valtype *results;
    uint32_t param_count;
    uint32_t result_count;
};

struct field {
    valtype type; /* may be TYPE_I8, TYPE_I16 */
    bool is_mutable;
};

enum composite { COMPOSITE_FUNC, COMPOSITE_STRUCT, COMPOSITE_ARRAY };

/* One entry of the type index space. */
struct type {
    enum composite composite;
    bool is_final;
    uint32_t supertype; /* type index, or NO_TYPE */
    uint32_t canonical; /* lowest index of an equal type (equal recursive groups at equal places) */
    uint32_t group_start; /* first type index of its recursive group */
    uint32_t group_size;
    struct functype func;       /* COMPOSITE_FUNC */
    const struct field *fields; /* COMPOSITE_STRUCT, and the one of COMPOSITE_ARRAY */
    uint32_t field_count;
    /* Where fields are in an object, in bytes, as rt lays it out (w2c/type_records.h). */
    const uint32_t *offsets; /* as many; of an array, where the first element stands */
    uint32_t object_bytes;   /* COMPOSITE_STRUCT */
    uint32_t element_bytes;  /* COMPOSITE_ARRAY */
};
enum { NO_TYPE = UINT32_MAX };

/* Limits that other engines have too (JS API, "implementation limits"). They bound what one small instruction can
 * cost, and the length of a walk along supertypes. */
enum { MAX_PARAMS = 1000, MAX_RESULTS = 1000, MAX_FIELDS = 10000, MAX_SUBTYPE_DEPTH = 63 };

/* The abstract heap type above all types of this kind. */
enum type_code type_composite_code(enum composite composite);

/* a <: b (spec 3.3). TYPE_BOTTOM is below everything. */
bool type_matches(const struct module *module, valtype a, valtype b);
/* What is known of a reference that is not null and of type `source` (TYPE_BOTTOM: of any): is it of type `target`? */
enum type_answer { TYPE_NO, TYPE_YES, TYPE_UNKNOWN };
enum type_answer type_test(const struct module *module, valtype source, valtype target);
/* Bytes of a value in an object, and what its offset is a multiple of. */
uint32_t type_bytes(valtype storage);
bool type_is_defaultable(valtype t); /* numbers, vectors, nullable references */
/* True if types[idx] fits below its supertype: that one is not final, and the structures match (spec 3.2.8). */
bool type_extends_supertype(const struct module *module, uint32_t idx);

/* "i32", "funcref", "(ref null 5)". Written to `buffer`, which is returned. */
enum { TYPE_TEXT_BYTES = 24 };
const char *type_text(char buffer[TYPE_TEXT_BYTES], valtype t);
void type_print(struct text *out, valtype t); /* appends */

#endif
