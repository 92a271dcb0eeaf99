/* Which features there are, and which types and operators belong to those that are not supported yet.
 *
 * A user whose module is refused learns from the message what his tool chain should leave out, or what to wait for.
 * So a code that some feature has is told from one that nobody has: only the second means that the file is broken.
 */
#include "features.h"

const struct feature_info feature_infos[FEATURE_COUNT] = {
#define FEATURE(id, text, is_supported) [FEATURE_##id] = {text, is_supported},
#include "features.def"
#undef FEATURE
};

void refuse_feature(struct diag_context *diag, enum feature feature, size_t offset) {
    fail_at(diag, DIAG_UNSUPPORTED, offset, "needs %s, which w2c does not support yet", feature_infos[feature].name);
}

/* A defined type is what made references typed; that it is a structure would have been refused at its definition. */
enum feature type_feature(valtype type) {
    if (type == TYPE_FUNCREF || type == TYPE_EXTERNREF) return FEATURE_REFERENCE_TYPES;
    switch (type_code(type)) {
    case TYPE_BOTTOM:
    case TYPE_I32:
    case TYPE_I64:
    case TYPE_F32:
    case TYPE_F64: return FEATURE_MVP;
    case TYPE_V128: return FEATURE_SIMD;
    case TYPE_DEFINED:
    case TYPE_FUNC:
    case TYPE_EXTERN: return FEATURE_FUNCTION_REFERENCES;
    case TYPE_EXN:
    case TYPE_NOEXN: return FEATURE_EXCEPTIONS;
    default: return FEATURE_GC;
    }
}

/* Codes without a row in ops.def, first to last. A feature's range leaves this table when its rows arrive. */
static const struct {
    uint32_t first;
    uint32_t last;
    enum feature feature;
} absent_codes[] = {
    {0x12, 0x13, FEATURE_TAIL_CALL},         /* return_call, return_call_indirect */
    {0x15, 0x15, FEATURE_TAIL_CALL}, /* return_call_ref */
};

/* If all features of a code are supported and it has no row, it is none of ours either: illegal. */
void refuse_opcode(struct diag_context *diag, uint32_t code, size_t offset) {
    for (size_t i = 0; i < sizeof absent_codes / sizeof absent_codes[0]; i++) {
        if (code >= absent_codes[i].first && code <= absent_codes[i].last)
            require_feature(diag, absent_codes[i].feature, offset);
    }
    if (code < 0x100) fail_at(diag, DIAG_MALFORMED, offset, "illegal opcode 0x%02x", (unsigned)code);
    fail_at(diag, DIAG_MALFORMED, offset, "illegal opcode 0x%02x 0x%02x", (unsigned)(code >> 16),
            (unsigned)(code & 0xffff));
}
