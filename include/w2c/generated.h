/* Everything that generated C includes, and the warnings it turns off.
 *
 * The code is written so that -Wall -Wextra find nothing in its form. What remains are warnings about its sense, which
 * is the guest's: that it compares a value with itself, or calls itself without end. These are not for who compiles it.
 */
#ifndef W2C_GENERATED_H
#define W2C_GENERATED_H

#include "ops_bulk.h"
#include "ops_float.h"
#include "ops_int.h"
#include "ops_memory.h"
#include "ops_stack.h"
#include "ops_table.h"
#include "types.h"
#include "w2c.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#pragma clang diagnostic ignored "-Winfinite-recursion"
#pragma clang diagnostic ignored "-Wself-assign"
#pragma clang diagnostic ignored "-Wtautological-compare"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#if __GNUC__ >= 12
#pragma GCC diagnostic ignored "-Winfinite-recursion"
#endif
#pragma GCC diagnostic ignored "-Wtautological-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#endif

#endif
