/* One of the tables of simd_operators.h. The build compiles this file several times: SIMD_TABLE is the table's name,
 * W2C_SIMD_SCALAR and options of the compiler say how. */
#include "simd_operators.h"

#ifdef __GNUC__
#define W2C_BOUNDS_IS_GUARD 1 /* a view of a memory is a pointer */
#else
#define W2C_BOUNDS_IS_GUARD 0
#endif
#include "w2c/ops_simd.h"

/* clang-format off */

static v128 vector(const struct simd_input *input, int i) {
    v128 value;
    memcpy(&value, input->vectors[i], sizeof value);
    return value;
}
static void give_vector(uint8_t result[16], v128 value) {
    memcpy(result, &value, sizeof value);
}

#define NUMBER_KIND(letter, type)                                                                                      \
    static type number_##letter(const struct simd_input *input) {                                                      \
        type value;                                                                                                    \
        memcpy(&value, &input->number, sizeof value);                                                                  \
        return value;                                                                                                  \
    }                                                                                                                  \
    static void give_##letter(uint8_t result[16], type value) {                                                        \
        memset(result, 0, 16);                                                                                         \
        memcpy(result, &value, sizeof value);                                                                          \
    }
NUMBER_KIND(I, u32)
NUMBER_KIND(L, u64)
NUMBER_KIND(F, f32)
NUMBER_KIND(D, f64)

#define RUN(name) static void run_##name(const struct simd_input *in, uint8_t result[16])

/* Lanes are constants in generated code, and so they are here; `use` writes the result of one. Some of sixteen do. */
#define WITH_LANE(use, name, count)                                                                                    \
    switch (in->lane % (count)) {                                                                                      \
    case 0: use(name, 0); break;                                                                                       \
    case 1: use(name, 1); break;                                                                                       \
    case 2: use(name, 2 % (count)); break;                                                                             \
    case 3: use(name, 3 % (count)); break;                                                                             \
    case 5: use(name, 5 % (count)); break;                                                                             \
    case 12: use(name, 12 % (count)); break;                                                                           \
    default: use(name, (count)-1); break;                                                                              \
    }
#define EXTRACTED_I(name, lane) give_I(result, name(vector(in, 0), lane))
#define EXTRACTED_L(name, lane) give_L(result, name(vector(in, 0), lane))
#define EXTRACTED_F(name, lane) give_F(result, name(vector(in, 0), lane))
#define EXTRACTED_D(name, lane) give_D(result, name(vector(in, 0), lane))
#define REPLACED_I(name, lane) give_vector(result, name(vector(in, 0), number_I(in), lane))
#define REPLACED_L(name, lane) give_vector(result, name(vector(in, 0), number_L(in), lane))
#define REPLACED_F(name, lane) give_vector(result, name(vector(in, 0), number_F(in), lane))
#define REPLACED_D(name, lane) give_vector(result, name(vector(in, 0), number_D(in), lane))

static void shuffled(const struct simd_input *in, uint8_t result[16]) {
    const v128 a = vector(in, 0), b = vector(in, 1);
    switch (in->lane % 6) {
    case 0: give_vector(result, i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)); break;
    case 1: give_vector(result, i8x16_shuffle(a, b, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)); break;
    case 2: give_vector(result, i8x16_shuffle(a, b, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)); break;
    case 3: give_vector(result, i8x16_shuffle(a, b, 31, 0, 9, 22, 9, 1, 30, 17, 3, 3, 3, 28, 16, 5, 12, 8)); break;
    case 4: give_vector(result, i8x16_shuffle(a, a, 4, 5, 6, 7, 4, 5, 6, 7, 12, 13, 14, 15, 8, 9, 10, 11)); break;
    default: give_vector(result, i8x16_shuffle(a, b, 31, 31, 31, 31, 31, 31, 31, 31, 0, 0, 0, 0, 0, 0, 0, 0)); break;
    }
}

#define UNARY(name, count) RUN(name) { give_vector(result, name(vector(in, 0))); }
#define BINARY(name, count) RUN(name) { give_vector(result, name(vector(in, 0), vector(in, 1))); }
#define TERNARY(name, count) RUN(name) { give_vector(result, name(vector(in, 0), vector(in, 1), vector(in, 2))); }
#define SHIFT(name, count) RUN(name) { give_vector(result, name(vector(in, 0), number_I(in))); }
#define TEST(name, count) RUN(name) { give_I(result, name(vector(in, 0))); }
#define SPLAT_I(name, count) RUN(name) { give_vector(result, name(number_I(in))); }
#define SPLAT_L(name, count) RUN(name) { give_vector(result, name(number_L(in))); }
#define SPLAT_F(name, count) RUN(name) { give_vector(result, name(number_F(in))); }
#define SPLAT_D(name, count) RUN(name) { give_vector(result, name(number_D(in))); }
#define EXTRACT_I(name, count) RUN(name) { WITH_LANE(EXTRACTED_I, name, count) }
#define EXTRACT_L(name, count) RUN(name) { WITH_LANE(EXTRACTED_L, name, count) }
#define EXTRACT_F(name, count) RUN(name) { WITH_LANE(EXTRACTED_F, name, count) }
#define EXTRACT_D(name, count) RUN(name) { WITH_LANE(EXTRACTED_D, name, count) }
#define REPLACE_I(name, count) RUN(name) { WITH_LANE(REPLACED_I, name, count) }
#define REPLACE_L(name, count) RUN(name) { WITH_LANE(REPLACED_L, name, count) }
#define REPLACE_F(name, count) RUN(name) { WITH_LANE(REPLACED_F, name, count) }
#define REPLACE_D(name, count) RUN(name) { WITH_LANE(REPLACED_D, name, count) }
#define SHUFFLE(name, count) RUN(name) { shuffled(in, result); }

/* At 8: address 5 and offset 3. */
#define OPEN_MEMORY                                                                                                    \
    uint8_t bytes[32];                                                                                                 \
    memcpy(bytes, in->memory, sizeof bytes);                                                                           \
    const struct w2c_memory memory = {.base = bytes, .size_bytes = sizeof bytes};                                      \
    memory_view m = memory_open(&memory);
#define LOADED(name, lane) give_vector(result, name(m, 5, 3, vector(in, 0), lane))
#define STORED(name, lane) name(m, 5, 3, vector(in, 0), lane)
#define LOAD(name, count) RUN(name) { OPEN_MEMORY give_vector(result, name(m, 5, 3)); }
#define LOAD_LANE(name, count) RUN(name) { OPEN_MEMORY WITH_LANE(LOADED, name, count) }
#define STORE(name, count)                                                                                             \
    RUN(name) {                                                                                                        \
        OPEN_MEMORY                                                                                                    \
        name(m, 5, 3, vector(in, 0));                                                                                  \
        memcpy(result, bytes + 8, 16);                                                                                 \
    }
#define STORE_LANE(name, count)                                                                                        \
    RUN(name) {                                                                                                        \
        OPEN_MEMORY                                                                                                    \
        WITH_LANE(STORED, name, count)                                                                                 \
        memcpy(result, bytes + 8, 16);                                                                                 \
    }
#include "simd_rows.def"

#undef UNARY
#undef BINARY
#undef TERNARY
#undef SHIFT
#undef TEST
#undef SPLAT_I
#undef SPLAT_L
#undef SPLAT_F
#undef SPLAT_D
#undef EXTRACT_I
#undef EXTRACT_L
#undef EXTRACT_F
#undef EXTRACT_D
#undef REPLACE_I
#undef REPLACE_L
#undef REPLACE_F
#undef REPLACE_D
#undef SHUFFLE
#undef LOAD
#undef LOAD_LANE
#undef STORE
#undef STORE_LANE
#define ROW(name, count) {#name, run_##name},
#define UNARY ROW
#define BINARY ROW
#define TERNARY ROW
#define SHIFT ROW
#define TEST ROW
#define SPLAT_I ROW
#define SPLAT_L ROW
#define SPLAT_F ROW
#define SPLAT_D ROW
#define EXTRACT_I ROW
#define EXTRACT_L ROW
#define EXTRACT_F ROW
#define EXTRACT_D ROW
#define REPLACE_I ROW
#define REPLACE_L ROW
#define REPLACE_F ROW
#define REPLACE_D ROW
#define SHUFFLE ROW
#define LOAD ROW
#define LOAD_LANE ROW
#define STORE ROW
#define STORE_LANE ROW

const struct simd_operator SIMD_TABLE[SIMD_OPERATOR_COUNT] = {
#include "simd_rows.def"
};
