/* The tables that ops.def becomes: facts by operator, operators by code, parsed signatures.
 *
 *     code --op_find--> enum op --op_infos[]--> text, immediates, feature, form, C spelling
 *                               --op_signatures()[]--> types of operands and results
 *
 * A new operator is a row of ops.def, and nothing here.
 */
#include "ops.h"

#include <pthread.h>
#include <stddef.h>

#include "types.h"

const struct op_info op_infos[OP_COUNT] = {
#define OP(id, code, text, imm, sig, feature, form, c)                                                                 \
    [OP_##id] = {code, text, IMM_##imm, sig, FEATURE_##feature, FORM_##form, c},
#include "ops.def"
#undef OP
};

/* Codes of one byte come first, then 0x200 slots for each of the prefixes 0xfb to 0xfe. Two rows with the same code
 * are two initialisers of one slot, which the compiler reports. */
enum { FIRST_PREFIX = 0xfb, LAST_PREFIX = 0xfe, PREFIX_SLOTS = 0x200 };
enum { SLOT_COUNT = 0x100 + (LAST_PREFIX - FIRST_PREFIX + 1) * PREFIX_SLOTS };
#define SLOT_OF(code)                                                                                                  \
    ((code) < 0x100 ? (code) : 0x100 + (((code) >> 16) - FIRST_PREFIX) * PREFIX_SLOTS + ((code)&0xffff))

const uint16_t op_slots[SLOT_COUNT] = {
#define OP(id, code, text, imm, sig, feature, form, c) [SLOT_OF(code)] = OP_##id + 1, /* 0: no operator */
#include "ops.def"
#undef OP
};

/* Codes beyond the slots of a prefix are checked before they index anything. */
enum op op_find_prefixed(uint32_t code) {
    const uint32_t prefix = code >> 16;
    if (prefix < FIRST_PREFIX || prefix > LAST_PREFIX || (code & 0xffff) >= PREFIX_SLOTS) return OP_COUNT;
    const unsigned slot = op_slots[SLOT_OF(code)];
    return slot ? (enum op)(slot - 1) : OP_COUNT;
}

/* Parsed at run time, since C cannot look into a string in a constant expression. */
static struct op_signature signatures[OP_COUNT];

static uint32_t signature_type(char letter) {
    switch (letter) {
    case 'i': return TYPE_I32;
    case 'l': return TYPE_I64;
    case 'f': return TYPE_F32;
    case 'd': return TYPE_F64;
    case 'v': return TYPE_V128;
    case 'q': return type_ref(TYPE_EQ, true);
    default: return TYPE_ADDRESS;
    }
}

static void parse_signatures(void) {
    for (int op = 0; op < OP_COUNT; op++) {
        const char *letter = op_infos[op].signature;
        if (!letter) continue;
        struct op_signature *signature = &signatures[op];
        signature->is_known = true;
        int count = 0;
        for (; *letter != ':'; letter++) signature->types[count++] = signature_type(*letter);
        signature->param_count = (uint8_t)count;
        for (letter++; *letter; letter++) signature->types[count++] = signature_type(*letter);
        signature->result_count = (uint8_t)(count - signature->param_count);
    }
}

const struct op_signature *op_signatures(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, parse_signatures);
    return signatures;
}
