/* Handlers of exceptions, and how an exception finds its handler.
 *
 * Frames know where they return to, so the call in which something was thrown is known in each frame, and whether it
 * stands in the body of a try is what the function's list of ranges says. Frames without a handler are left one by one,
 * those of other instances too. The last frame of an activation returns to the host with the exception pending.
 */
#include "machine.h"
#include "run.h"
#include "w2c/exception.h"

/* The handler of the innermost body that `at` is in: that of the last range which does not begin behind it. */
static const union word *find_handler(const struct interp_func *func, const union word *at) {
    uint32_t low = 0;
    uint32_t high = func->range_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (func->ranges[middle].from <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? func->ranges[low - 1].handler : NULL;
}

/* Goes on at a handler for what was thrown at `at`, which is in the frame, or NULL: nowhere in it. False if the host
 * has to. */
static bool unwind(struct activation *activation, union slot *frame, const union word *at) {
    for (;;) {
        const union word *handler = at ? find_handler(frame[LINK_FUNC].func, at) : NULL;
        if (handler) {
            activation->code = handler;
            activation->frame = frame;
            return true;
        }
        const union word *code = frame[LINK_CODE].code;
        if (code->op == RUN_EXIT) return false;
        frame = frame[LINK_FRAME].frame;
        at = code - 1; /* in the call */
    }
}

#define GO_ON_AT_HANDLER                                                                                               \
    do {                                                                                                               \
        fp = activation->frame;                                                                                        \
        pc = activation->code;                                                                                         \
        memory = fp[LINK_FUNC].func->memory;                                                                           \
        handlers = fp[LINK_FUNC].func->handlers;                                                                       \
        NEXT(0);                                                                                                       \
    } while (0)

bool interp_unwind_caller(RUN_PARAMETERS) {
    if (!unwind(activation, fp, NULL)) return false;
    GO_ON_AT_HANDLER;
}

/* Where a call of a host function goes on that threw. */
bool interp_unwind_here(RUN_PARAMETERS) {
    if (!unwind(activation, fp, pc)) return false;
    GO_ON_AT_HANDLER;
}

/* ---- handlers ---- */

/* The address of the function's record is what stands for a frame in backtraces. */
HANDLER(THROW) {
    const struct functype *type = pc[2].constant_pointer;
    union w2c_value *values = w2c_throw_begin(pc[1].constant_pointer);
    interp_get_values(values, type->params, type->param_count, fp + pc->x);
    ((struct w2c_exception *)w2c_pending)->thrower = (void *)(uintptr_t)fp[LINK_FUNC].func;
    NEXT(3);
}

HANDLER(THROW_REF) {
    w2c_throw_ref(fp[pc->x].ref);
    NEXT(1);
}

HANDLER(CATCH) {
    enum { CATCH_WORDS = 5 };
    const struct w2c_exception *caught = w2c_pending;
    const void *tag = pc[1].constant_pointer;
    if (tag && caught->tag != tag) NEXT(pc->x);
    const struct functype *type = pc[2].constant_pointer;
    interp_put_values(fp + pc[3].x, type->params, type->param_count, caught->values);
    if (pc[4].x != INT32_MIN) fp[pc[4].x].ref = caught;
    w2c_pending = NULL;
    NEXT(CATCH_WORDS);
}

void run_fill_exceptions(struct handler_table *table) {
    run_handler **run = table->run;
    run[RUN_UNWIND] = interp_unwind_caller;
    run[RUN_THROW] = run_THROW;
    run[RUN_THROW_REF] = run_THROW_REF;
    run[RUN_CATCH] = run_CATCH;
}
