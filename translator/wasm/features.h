/* The gate: the one place that knows what w2c does not do yet.
 *
 * Decoders read all of WebAssembly 3.0 and ask here before they hand on something that belongs to a later feature.
 * To support a feature is to say so in features.def, add its rows to ops.def and its cases where they are used. */
#ifndef W2C_FEATURES_H
#define W2C_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/diag.h"
#include "ops.h"
#include "types.h"

struct feature_info {
    const char *name;
    bool is_supported;
};

extern const struct feature_info feature_infos[FEATURE_COUNT];

_Noreturn void refuse_feature(struct diag_context *diag, enum feature feature, size_t offset);
/* Fails with DIAG_UNSUPPORTED unless the feature is supported. Asked for every operator. */
static inline void require_feature(struct diag_context *diag, enum feature feature, size_t offset) {
    if (!feature_infos[feature].is_supported) refuse_feature(diag, feature, offset);
}
/* The feature that brought this value type. */
enum feature type_feature(valtype type);
static inline void require_type(struct diag_context *diag, valtype type, size_t offset) {
    require_feature(diag, type_feature(type), offset);
}
/* Fails for a code that is in no row of ops.def: unsupported if a feature has it, else malformed. */
_Noreturn void refuse_opcode(struct diag_context *diag, uint32_t code, size_t offset);

#endif
