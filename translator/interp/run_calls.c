/* Handlers of calls, returns and what surrounds them.
 *
 * A call of a function in the same instance is four stores: the link of the new frame, and the frame in the
 * activation, where a trap's backtrace finds it. Nothing is copied and the native stack does not grow.
 *
 * Instances differ in what accesses start from (`memory`) and in the handlers that go with it; everything else of an
 * instance is in its code as pointers. So a call of a function whose memory is another's goes by CALL_FOREIGN, and
 * comes back to a RESUME, which reads both again from the function in its own frame. A callee that makes tail calls may
 * return from anywhere, and is called like a foreign one.
 */
#include <string.h>

#include "machine.h"
#include "run.h"
#include "w2c/exception.h"
#include "w2c/ops_table.h"
#include "w2c/type_records.h"

/* ---- into a function ---- */

/* Makes the frame of `callee`, to return to `code`; traps if there is no room for its slots. */
static inline void enter(struct activation *activation, union slot *fp, union slot *frame,
                         const struct interp_func *callee, const union word *code) {
    if (W2C_UNLIKELY(!interp_fits(activation, frame, callee))) interp_exhausted();
    frame[LINK_FUNC].func = callee;
    frame[LINK_CODE].code = code;
    frame[LINK_FRAME].frame = fp;
    activation->frame = frame;
}

HANDLER(CALL) {
    const struct interp_func *const callee = pc[1].constant_pointer;
    union slot *const frame = fp + pc->x;
    enter(activation, fp, frame, callee, pc + 2);
    fp = frame;
    pc = callee->code;
    NEXT(0);
}

HANDLER(CALL_FOREIGN) {
    const struct interp_func *const callee = pc[1].constant_pointer;
    union slot *const frame = fp + pc->x;
    enter(activation, fp, frame, callee, pc + 2);
    memory = callee->memory;
    handlers = callee->handlers;
    fp = frame;
    pc = callee->code;
    NEXT(0);
}

HANDLER(RESUME) {
    memory = fp[LINK_FUNC].func->memory;
    handlers = fp[LINK_FUNC].func->handlers;
    NEXT(1);
}

/* The accumulators hold a host function's result, if it is one, as they do after a call of our own. */
HANDLER(CALL_HOST) {
    acc = interp_call_host(pc[1].constant_pointer, pc[2].constant_pointer, fp + pc->x);
    if (W2C_THROWN) GO_TO(interp_unwind_here);
    NEXT(3);
}

enum { CALL_INDIRECT_WORDS = 4, CALL_REF_WORDS = 2 }; /* RESUME follows */

/* A host's function. Apart from the others, because code that comes back from a call has to save registers. */
#define CALL_OTHER_HOST(callee, words)                                                                                 \
    const struct w2c_func *const func = callee;                                                                        \
    acc = interp_call_host(func, pc[(words) - 1].constant_pointer, fp + pc->x);                                        \
    if (W2C_THROWN) GO_TO(interp_unwind_here);                                                                         \
    NEXT((words) + 1)

/* The function that a table's element or a reference leads to may be of this instance, of another one, or a host's. */
#define CALL_OTHER(found, words, call_host)                                                                            \
    const struct w2c_func *const func = found;                                                                         \
    if (W2C_UNLIKELY(func->code != interp_code)) GO_TO(call_host);                                                     \
    const struct interp_func *const callee = ((const struct live_func *)func->context)->code;                          \
    union slot *const frame = fp + pc->x;                                                                              \
    const bool is_foreign = callee->home != memory;                                                                    \
    enter(activation, fp, frame, callee, pc + (words) + (is_foreign ? 0 : 1));                                         \
    if (W2C_UNLIKELY(is_foreign)) {                                                                                    \
        memory = callee->memory;                                                                                       \
        handlers = callee->handlers;                                                                                   \
    }                                                                                                                  \
    fp = frame;                                                                                                        \
    pc = callee->code;                                                                                                 \
    NEXT(0)

CALLS_BY_REFERENCE(CALL, CALL_OTHER, CALL_INDIRECT_WORDS, CALL_REF_WORDS)

/* Stands for the code of a function before its first call. The frame is there already, but for its size. */
HANDLER(LOWER) {
    const struct interp_func *const func = fp[LINK_FUNC].func;
    interp_lower(func);
    if (!interp_fits(activation, fp, func)) interp_exhausted();
    pc = func->code;
    NEXT(0);
}

HANDLER(CLEAR) {
    const ptrdiff_t count = (ptrdiff_t)pc[1].bits;
    union slot *const first = fp + pc->x;
    for (ptrdiff_t i = 0; i < count; i++) {
        first[i].i64 = 0;
        W2C_KEEP_FRAME(); /* these are few: no call of memset */
    }
    NEXT(2);
}

/* ---- and out of it ---- */

#define LEAVE                                                                                                          \
    pc = fp[LINK_CODE].code;                                                                                           \
    fp = fp[LINK_FRAME].frame;                                                                                         \
    activation->frame = fp;                                                                                            \
    NEXT(0)

HANDLER(RETURN) {
    LEAVE;
}
HANDLER(RETURN_S) {
    acc = fp[pc->b].i64;
    fp[pc->a].i64 = acc;
    LEAVE;
}
HANDLER(RETURN_CONST) {
    acc = (u64)(s64)pc->x;
    fp[pc->a].i64 = acc;
    LEAVE;
}
HANDLER(RETURN_INT) {
    fp[pc->a].i64 = acc;
    LEAVE;
}
HANDLER(RETURN_F32) {
    fp[pc->a].f32 = f32_acc;
    LEAVE;
}
HANDLER(RETURN_F64) {
    fp[pc->a].f64 = f64_acc;
    LEAVE;
}

/* Many results may overwrite the link, which is read before. */
HANDLER(RETURN_MANY) {
    const union word *const code = fp[LINK_CODE].code;
    union slot *const frame = fp[LINK_FRAME].frame;
    memmove(fp + pc->a, fp + pc->x, (size_t)pc[1].bits * sizeof *fp);
    fp = frame;
    activation->frame = fp;
    pc = code;
    NEXT(0);
}

HANDLER(EXIT) {
    (void)pc, (void)fp, (void)memory, (void)acc, (void)activation, (void)handlers, (void)f32_acc, (void)f64_acc;
    return false;
}

void run_fill_calls(struct handler_table *table) {
    run_handler **run = table->run;
    run[RUN_LOWER] = run_LOWER;
    run[RUN_CLEAR] = run_CLEAR;
    run[RUN_CALL] = run_CALL;
    run[RUN_CALL_FOREIGN] = run_CALL_FOREIGN;
    run[RUN_CALL_HOST] = run_CALL_HOST;
    run[RUN_CALL_INDIRECT_S] = run_CALL_INDIRECT_S;
    run[RUN_CALL_INDIRECT_A] = run_CALL_INDIRECT_A;
    run[RUN_CALL_INDIRECT_BELOW_S] = run_CALL_INDIRECT_BELOW_S;
    run[RUN_CALL_INDIRECT_BELOW_A] = run_CALL_INDIRECT_BELOW_A;
    run[RUN_CALL_REF_S] = run_CALL_REF_S;
    run[RUN_CALL_REF_A] = run_CALL_REF_A;
    run[RUN_RESUME] = run_RESUME;
    run[RUN_RETURN] = run_RETURN;
    run[RUN_RETURN_S] = run_RETURN_S;
    run[RUN_RETURN_CONST] = run_RETURN_CONST;
    run[RUN_RETURN_INT] = run_RETURN_INT;
    run[RUN_RETURN_F32] = run_RETURN_F32;
    run[RUN_RETURN_F64] = run_RETURN_F64;
    run[RUN_RETURN_MANY] = run_RETURN_MANY;
    run[RUN_EXIT] = run_EXIT;
}
