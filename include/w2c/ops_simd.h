/* What the operators on vectors mean (spec 4.3): a function of the operator's name for each.
 *
 * Twice: with the vectors of GCC and clang and the instructions of x86-64 (ops_simd_lanes.h, _int.h, _float.h), and for
 * any C compiler, lane by lane (ops_simd_scalar.h; asked for by W2C_SIMD_SCALAR). Tests compare the two. What is made
 * of other operators, loads, stores and relaxed operators, is there once. */
#ifndef W2C_OPS_SIMD_H
#define W2C_OPS_SIMD_H

#include "ops_float.h"
#include "ops_int.h"
#include "ops_memory.h"
#include "types_simd.h"

#if W2C_GNU && !defined(W2C_SIMD_SCALAR)
#include "ops_simd_lanes.h"

#include "ops_simd_int.h"

#include "ops_simd_float.h"
#else
#include "ops_simd_scalar.h"
#endif

#include "ops_simd_memory.h"
#include "ops_simd_relaxed.h"

#endif
