/* The functions that guests call, one for each row of the table, so that none can be forgotten.
 *
 * A row's parameters become a sequence of pairs, (type, name)(type, name)..., because one row has to say them in
 * several ways within one function: with types in its head, without in calls. A macro cannot call itself, but two can
 * take turns: W2C_TYPED_A eats one pair and leaves W2C_TYPED_B before the next, and so on; the one that is left over
 * is made into nothing by what is pasted behind it.
 *
 * Guests come here from any depth. A stack that ends in the middle of a call is a fault and a jump, which would leave
 * behind what the call had open or locked; so there must be room for all of it before it begins.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/calls.h"

#include "w2c/ops_stack.h"
#include "w2c/wasi.h"

#define W2C_CLOSED(...) __VA_ARGS__##_END
#define W2C_CLOSE(...) W2C_CLOSED(__VA_ARGS__)
#define W2C_TYPED_A(type, name) , type name W2C_TYPED_B
#define W2C_TYPED_B(type, name) , type name W2C_TYPED_A
#define W2C_TYPED_A_END
#define W2C_TYPED_B_END
#define W2C_TYPED(pairs) W2C_CLOSE(W2C_TYPED_A pairs)
#define W2C_NAMED_A(type, name) , name W2C_NAMED_B
#define W2C_NAMED_B(type, name) , name W2C_NAMED_A
#define W2C_NAMED_A_END
#define W2C_NAMED_B_END
#define W2C_NAMED(pairs) W2C_CLOSE(W2C_NAMED_A pairs)

#define WASI_TYPE_ERRNO W2C_RT u32
#define WASI_TYPE_NORETURN W2C_NORETURN W2C_RT void
#define WASI_GIVE_ERRNO(call) return call
#define WASI_GIVE_NORETURN(call) call

#define WASI_FD(name) (u32, name)
#define WASI_WORD(name) (u32, name)
#define WASI_LONG(name) (u64, name)
#define WASI_PATH(pointer, size) (u32, pointer)(u32, size)
#define WASI_FILLS(pointer, size) (u32, pointer)(u32, size)
#define WASI_ARRAY(pointer, count, size) (u32, pointer)(u32, count)
#define WASI_RESULT(pointer, size, form) (u32, pointer)
#define WASI_POINTER(pointer) (u32, pointer)
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    WASI_TYPE_##result w2c_wasi_##name(void *context W2C_TYPED(parameters)) {                                          \
        W2C_CHECK_STACK(0);                                                                                            \
        WASI_GIVE_##result(w2c_wasi_call_##name(context W2C_NAMED(parameters)));                                       \
    }
#include "w2c/wasi_calls.def"

#undef WASI_TYPE_ERRNO
#undef WASI_TYPE_NORETURN
#undef WASI_GIVE_ERRNO
#undef WASI_GIVE_NORETURN
#undef W2C_CLOSED
#undef W2C_CLOSE
#undef W2C_TYPED_A
#undef W2C_TYPED_B
#undef W2C_TYPED_A_END
#undef W2C_TYPED_B_END
#undef W2C_TYPED
#undef W2C_NAMED_A
#undef W2C_NAMED_B
#undef W2C_NAMED_A_END
#undef W2C_NAMED_B_END
#undef W2C_NAMED
