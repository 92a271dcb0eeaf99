/* What does the work of each call: w2c_wasi_call_NAME, with the parameters of w2c_wasi_NAME.
 *
 * Guests reach them through their adapters (calls.c) alone. Each is defined in the file that the call belongs to.
 */
#ifndef WASI_CALLS_H
#define WASI_CALLS_H

#include "w2c/types.h"
#include "w2c/w2c.h"

#define WASI_RESULT_ERRNO W2C_RT_DECL u32
#define WASI_RESULT_NORETURN W2C_NORETURN W2C_RT_DECL void
#define WASI_FD(name) , u32 name
#define WASI_WORD(name) , u32 name
#define WASI_LONG(name) , u64 name
#define WASI_PATH(pointer, size) , u32 pointer, u32 size
#define WASI_FILLS(pointer, size) , u32 pointer, u32 size
#define WASI_ARRAY(pointer, count, size) , u32 pointer, u32 count
#define WASI_RESULT(pointer, size, form) , u32 pointer
#define WASI_POINTER(pointer) , u32 pointer
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    WASI_RESULT_##result w2c_wasi_call_##name(void *context parameters);
#include "w2c/wasi_calls.def"
#undef WASI_RESULT_ERRNO
#undef WASI_RESULT_NORETURN

#endif
