/* Handlers of tail calls: the callee's frame takes the place of the caller's.
 *
 *      before    | parameters | link | locals ... arguments |
 *                ^ base       ^ fp
 *      after     | arguments | link | ...
 *                ^ base      ^ fp
 *
 * Results go to where parameters begin, so the base stays while the numbers of parameters differ, and whoever called
 * finds the results of the last callee where it looks for those of the first. Arguments are moved down, over the old
 * parameters and perhaps the old link, which is read before: the new frame ends below where the arguments were.
 *
 * The last callee may be one of another instance. So code that calls a function which makes tail calls always comes
 * back to a RESUME: see interp_func.home.
 */
#include <string.h>

#include "machine.h"
#include "run.h"
#include "w2c/exception.h"
#include "w2c/ops_table.h"

/* The frame of `callee` in place of the one at `fp`, which has `own` slots of parameters; the arguments are `count`
 * slots from `arguments` on. */
static inline union slot *replace(struct activation *activation, union slot *fp, int32_t own,
                                  const union slot *arguments, int32_t count, const struct interp_func *callee) {
    const union word *const code = fp[LINK_CODE].code;
    union slot *const outer = fp[LINK_FRAME].frame;
    union slot *const base = fp - own;
    memmove(base, arguments, (size_t)count * sizeof *base);
    union slot *const frame = base + count;
    frame[LINK_FUNC].func = callee;
    frame[LINK_CODE].code = code;
    frame[LINK_FRAME].frame = outer;
    activation->frame = frame;
    if (W2C_UNLIKELY(!interp_fits(activation, frame, callee))) interp_exhausted();
    return frame;
}

HANDLER(TAIL_CALL) {
    const struct interp_func *const callee = pc[1].constant_pointer;
    fp = replace(activation, fp, pc[2].half[0], fp + pc->x, pc[2].half[1], callee);
    pc = callee->code;
    memory = callee->memory;
    handlers = callee->handlers;
    NEXT(0);
}

enum {
    TAIL_CALL_INDIRECT_WORDS = 5,
    TAIL_CALL_REF_WORDS = 3
}; /* the last but one: struct host_type; the last: sizes */

/* A host's function returns here, and the code behind the words returns its results. */
#define TAIL_CALL_OTHER_HOST(found, words)                                                                             \
    const struct w2c_func *const func = found;                                                                         \
    acc = interp_call_host(func, pc[(words) - 2].constant_pointer, fp + pc->x + pc[(words) - 1].half[1]);              \
    if (W2C_THROWN) GO_TO(interp_unwind_caller);                                                                       \
    NEXT(words)

#define TAIL_CALL_OTHER(found, words, call_host)                                                                       \
    const struct w2c_func *const func = found;                                                                         \
    if (W2C_UNLIKELY(func->code != interp_code)) GO_TO(call_host);                                                     \
    const struct interp_func *const callee = ((const struct live_func *)func->context)->code;                          \
    fp = replace(activation, fp, pc[(words) - 1].half[0], fp + pc->x, pc[(words) - 1].half[1], callee);                \
    pc = callee->code;                                                                                                 \
    memory = callee->memory;                                                                                           \
    handlers = callee->handlers;                                                                                       \
    NEXT(0)

CALLS_BY_REFERENCE(TAIL_CALL, TAIL_CALL_OTHER, TAIL_CALL_INDIRECT_WORDS, TAIL_CALL_REF_WORDS)

void run_fill_tail(struct handler_table *table) {
    run_handler **run = table->run;
    run[RUN_TAIL_CALL] = run_TAIL_CALL;
    run[RUN_TAIL_CALL_INDIRECT_S] = run_TAIL_CALL_INDIRECT_S;
    run[RUN_TAIL_CALL_INDIRECT_A] = run_TAIL_CALL_INDIRECT_A;
    run[RUN_TAIL_CALL_INDIRECT_BELOW_S] = run_TAIL_CALL_INDIRECT_BELOW_S;
    run[RUN_TAIL_CALL_INDIRECT_BELOW_A] = run_TAIL_CALL_INDIRECT_BELOW_A;
    run[RUN_TAIL_CALL_REF_S] = run_TAIL_CALL_REF_S;
    run[RUN_TAIL_CALL_REF_A] = run_TAIL_CALL_REF_A;
}
