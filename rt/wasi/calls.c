/* The functions that guests call, one for each row of the table, so that none can be forgotten: each does what is to be
 * done for every call, which is to look whether there is stack and to show it if the context is traced, and passes on
 * to what does the work.
 *
 * A row's parameters become a sequence of tuples, (type, name, kind, detail, size)(type, name, ...)..., because one
 * function has to say them in several ways: with types in its head, by their names in calls, by what --trace should
 * know of them in a table. A macro cannot call itself, but two can take turns: W2C_TYPED_A eats one tuple and leaves
 * W2C_TYPED_B before the next, and so on; the one that is left over is made into nothing by what is pasted behind it.
 *
 * A context that threads share is locked here, and let go of where a call waits (wasi_pause, w2c_fd_hold).
 *
 * Guests come here from any depth. A stack that ends in the middle of a call is a fault and a jump, which would leave
 * behind what the call had open or locked; so there must be room for all of it before it begins.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "w2c/ops_stack.h"
#include "wasi/context.h"

#define W2C_CLOSED(...) __VA_ARGS__##_END
#define W2C_CLOSE(...) W2C_CLOSED(__VA_ARGS__)

#define W2C_TYPED_A(type, name, kind, detail, size) , type name W2C_TYPED_B
#define W2C_TYPED_B(type, name, kind, detail, size) , type name W2C_TYPED_A
#define W2C_TYPED_A_END
#define W2C_TYPED_B_END
#define W2C_TYPED(tuples) W2C_CLOSE(W2C_TYPED_A tuples)

#define W2C_NAMED_A(type, name, kind, detail, size) , name W2C_NAMED_B
#define W2C_NAMED_B(type, name, kind, detail, size) , name W2C_NAMED_A
#define W2C_NAMED_A_END
#define W2C_NAMED_B_END
#define W2C_NAMED(tuples) W2C_CLOSE(W2C_NAMED_A tuples)

#define W2C_SHOWN_A(type, name, kind, detail, size) {kind, detail, size}, W2C_SHOWN_B
#define W2C_SHOWN_B(type, name, kind, detail, size) {kind, detail, size}, W2C_SHOWN_A
#define W2C_SHOWN_A_END
#define W2C_SHOWN_B_END
#define W2C_SHOWN(tuples) W2C_CLOSE(W2C_SHOWN_A tuples)

#define WASI_FD(name) (u32, name, TRACE_FD, 0, 0)
#define WASI_WORD(name) (u32, name, TRACE_WORD, 0, 0)
#define WASI_LONG(name) (u64, name, TRACE_LONG, 0, 0)
#define WASI_PATH(pointer, size) (u32, pointer, TRACE_PATH, 0, 0)(u32, size, TRACE_SIZE, 0, 0)
#define WASI_FILLS(pointer, size) (u32, pointer, TRACE_ROOM, 0, 0)(u32, size, TRACE_SIZE, 0, 0)
#define WASI_ARRAY(pointer, count, size) (u32, pointer, TRACE_VECTORS, 0, size)(u32, count, TRACE_SIZE, 0, 0)
#define WASI_RESULT(pointer, size, form) (u32, pointer, TRACE_RESULT, TRACE_FORM_##form, size)
#define WASI_POINTER(pointer) (u32, pointer, TRACE_POINTER, 0, 0)
#define WASI_FLAGS(name, set) (u32, name, TRACE_FLAGS, TRACE_NAMES_##set, 0)
#define WASI_CHOICE(name, set) (u32, name, TRACE_CHOICE, TRACE_NAMES_##set, 0)
#define WASI_DELTA(name) (u64, name, TRACE_DELTA, 0, 0)
#define WASI_RIGHTS(name) (u64, name, TRACE_RIGHTS, 0, 0)
#define WASI_TEXT(pointer, size) (u32, pointer, TRACE_TEXT, 0, 0)(u32, size, TRACE_SIZE, 0, 0)
#define WASI_SUBSCRIPTIONS(pointer, size) (u32, pointer, TRACE_SUBSCRIPTIONS, 0, size)

#define WASI_TYPE_ERRNO u32
#define WASI_PASS_ERRNO(call) return call
#define WASI_SHOW_ERRNO(name, call)                                                                                    \
    calls_before(wasi, name, shown, values + 1);                                                                       \
    return calls_after(wasi, name, shown, values + 1, call)
#define WASI_TYPE_NORETURN W2C_NORETURN void
#define WASI_PASS_NORETURN(call) call
#define WASI_SHOW_NORETURN(name, call)                                                                                 \
    calls_last(wasi, name, shown, values + 1);                                                                         \
    call

/* Calls of a shared context are made one after another, but for their waits. Each is shown when it is done, as a whole:
 * the line has room for one. */
static void calls_before(const struct w2c_wasi *wasi, const char *name, const struct trace_parameter *shown,
                         const u64 *values) {
    if (wasi->lock) {
        pthread_mutex_lock(wasi->lock);
    } else {
        w2c_trace_enter(wasi->trace, wasi->memory, name, shown, values);
    }
}

static u32 calls_after(const struct w2c_wasi *wasi, const char *name, const struct trace_parameter *shown,
                       const u64 *values, u32 error) {
    if (!wasi->lock) {
        return w2c_trace_leave(wasi->trace, wasi->memory, shown, values, error);
    }
    if (wasi->trace) {
        w2c_trace_enter(wasi->trace, wasi->memory, name, shown, values);
        w2c_trace_leave(wasi->trace, wasi->memory, shown, values, error);
    }
    pthread_mutex_unlock(wasi->lock);
    return error;
}

/* Of a call that does not come back. */
static void calls_last(const struct w2c_wasi *wasi, const char *name, const struct trace_parameter *shown,
                       const u64 *values) {
    wasi_resume(wasi);
    if (wasi->trace) {
        w2c_trace_enter(wasi->trace, wasi->memory, name, shown, values);
        w2c_trace_end(wasi->trace);
    }
    wasi_pause(wasi);
}

/* What is done when a call is shown stays out of the way of all others: a function of its own needs no registers there.
 * values[0] stands for nothing: it is there because names come with a comma in front. */
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    static W2C_NOINLINE W2C_UNUSED WASI_TYPE_##result call_shown_##name(void *context W2C_TYPED(parameters)) {         \
        static const struct trace_parameter shown[] = {W2C_SHOWN(parameters){TRACE_END, 0, 0}};                        \
        const struct w2c_wasi *wasi = context;                                                                         \
        const u64 values[] = {0 W2C_NAMED(parameters)};                                                                \
        WASI_SHOW_##result(#name, w2c_wasi_call_##name(context W2C_NAMED(parameters)));                                \
    }                                                                                                                  \
    W2C_RT WASI_TYPE_##result w2c_wasi_##name(void *context W2C_TYPED(parameters)) {                                   \
        W2C_CHECK_STACK(0);                                                                                            \
        if (W2C_UNLIKELY(((const struct w2c_wasi *)context)->is_special)) {                                            \
            WASI_PASS_##result(call_shown_##name(context W2C_NAMED(parameters)));                                      \
        }                                                                                                              \
        WASI_PASS_##result(w2c_wasi_call_##name(context W2C_NAMED(parameters)));                                       \
    }
#include "w2c/wasi_calls.def"

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
#undef W2C_SHOWN_A
#undef W2C_SHOWN_B
#undef W2C_SHOWN_A_END
#undef W2C_SHOWN_B_END
#undef W2C_SHOWN
#undef WASI_TYPE_ERRNO
#undef WASI_PASS_ERRNO
#undef WASI_SHOW_ERRNO
#undef WASI_TYPE_NORETURN
#undef WASI_PASS_NORETURN
#undef WASI_SHOW_NORETURN
