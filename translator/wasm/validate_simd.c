/* Validation of lanes (spec 3.4.3): a lane is a number in the code, never a value, and must be one that the vector has.
 *
 * The types of operators on vectors are those of their rows, checked with all others'.
 */
#include "validate_internal.h"

void validate_lane(const struct validator *v, unsigned lane, unsigned count) {
    if (lane >= count) validate_fail(v, "invalid lane index %u (of %u lanes)", lane, count);
}

/* A shuffle chooses from the lanes of two vectors. */
static void validate_shuffle(const struct validator *v, const uint8_t lanes[16]) {
    for (unsigned i = 0; i < 16; i++)
        validate_lane(v, lanes[i], 32);
}

void validate_vector_immediates(const struct validator *v, const struct instr *instr) {
    switch (op_infos[instr->op].imm) {
    case IMM_SHUFFLE: validate_shuffle(v, instr->bytes); break;
    case IMM_LANE16:
    case IMM_LANE8:
    case IMM_LANE4:
    case IMM_LANE2: validate_lane(v, (unsigned)instr->value, 16u >> (op_infos[instr->op].imm - IMM_LANE16)); break;
    default: break;
    }
}
