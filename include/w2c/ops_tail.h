/* Tail calls in constant space, with any compiler and at any level of optimisation.
 *
 * A function whose chain of tail calls may be endless is written as two: a *body*, which makes tail calls, and around
 * it the function that everybody else calls:
 *
 *     u32 fn3_even_tail(u32 l0) {
 *         if (l0 == 0) return 1u;
 *         { const u32 a0 = l0 - 1u; W2C_TAIL_CALL(tail0_later((w2c_code)fn4_odd_tail, NULL, a0), fn4_odd_tail(a0)); }
 *     }
 *     u32 fn3_even(u32 l0) {
 *         const uintptr_t limit = w2c_tail_enter();
 *         u32 result = fn3_even_tail(l0);
 *         for (struct w2c_tail_call *next; (next = w2c_tail_next()) != NULL;)
 *             result = ((u32 (*)(struct w2c_tail_call *))next->resume)(next);
 *         w2c_tail_leave(limit);
 *         return result;
 *     }
 *
 * A tail call is a call of the other body in return position. Compilers that optimise make a jump of it, nearly always;
 * nothing depends on that. Where it stays a call the stack grows, until the stack pointer passes a limit that
 * fn3_even has set a little below its own frame. Then callee and arguments are put aside (`later`), all those frames
 * return, and fn3_even makes the call (`resume`). So a jump costs one comparison, and a compiler that makes no
 * jumps unwinds now and then. Where there is `musttail`, and the types are equal, not even the comparison is needed.
 *
 * What is put aside exists only while frames return, and no other code of the thread runs meanwhile: neither traps nor
 * host functions can come between, so nothing has to be cleaned up. The limit is the thread's; a function that is
 * called ordinarily sets its own and puts back its caller's, as does w2c_try.
 *
 * Bodies are called across modules too: see w2c_func.body. */
#ifndef W2C_OPS_TAIL_H
#define W2C_OPS_TAIL_H

#include <stdlib.h>

#include "ops_stack.h"
#include "types.h"
#include "w2c.h"

/* How far bodies may run down the stack: enough frames that unwinding them costs each little, and not so much that
 * ordinary recursion in between suffers. */
enum { W2C_TAIL_BYTES = 4096 };

/* A tail call put aside; its arguments follow. */
struct w2c_tail_call {
    w2c_code resume; /* takes this, frees it, and makes the call */
    w2c_code code;
    void *context;
};

/* Puts a call aside, with room for `bytes` in all, which the caller fills in before it returns. */
W2C_RT_DECL void *w2c_tail_later(w2c_code code, void *context, w2c_code resume, size_t bytes);

/* The same where an argument may be a reference to an object: what is put aside is a root of the heap until it is
 * freed. */
W2C_RT_DECL void *w2c_tail_later_root(w2c_code code, void *context, w2c_code resume, size_t bytes);
W2C_RT_DECL void w2c_tail_free_root(struct w2c_tail_call *call);

/* Variables of the thread: the address that bodies must stay above, and what was put aside. */
W2C_RT_DECL W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL uintptr_t w2c_tail_limit;
W2C_RT_DECL W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL struct w2c_tail_call *w2c_tail_aside;

W2C_INLINE bool w2c_tail_is_deep(void) {
    return w2c_stack_pointer() < w2c_tail_limit;
}

/* The limit before. */
W2C_INLINE uintptr_t w2c_tail_enter(void) {
    const uintptr_t before = w2c_tail_limit;
    w2c_tail_limit = w2c_stack_pointer() - W2C_TAIL_BYTES;
    return before;
}

W2C_INLINE void w2c_tail_leave(uintptr_t before) {
    w2c_tail_limit = before;
}

/* The call to be made now, or NULL. */
W2C_INLINE struct w2c_tail_call *w2c_tail_next(void) {
    struct w2c_tail_call *const next = w2c_tail_aside;
    if (W2C_UNLIKELY(next != NULL)) w2c_tail_aside = NULL;
    return next;
}

W2C_INLINE void w2c_tail_free(struct w2c_tail_call *call) {
    free(call);
}

/* What to call in tail position. */
W2C_INLINE w2c_code w2c_tail_code(const struct w2c_func *func) {
    return func->body ? func->body : func->code;
}

/* The last statement on its path, in a function of the result type of both calls. */
#define W2C_TAIL_CALL(later, now)                                                                                      \
    do {                                                                                                               \
        if (W2C_UNLIKELY(w2c_tail_is_deep())) return later;                                                            \
        return now;                                                                                                    \
    } while (0)

/* The same where the callee's type is that of the function. */
#if W2C_HAS_MUSTTAIL
#define W2C_TAIL_CALL_ALIKE(later, now) W2C_MUSTTAIL return now
#else
#define W2C_TAIL_CALL_ALIKE(later, now) W2C_TAIL_CALL(later, now)
#endif

#endif
