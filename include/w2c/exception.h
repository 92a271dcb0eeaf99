/* Exceptions of WebAssembly: what generated code, the runtime and hosts agree on.
 *
 * A function that throws makes an exception, puts it into the thread's w2c_pending and returns, with no value that
 * means anything. Whoever called it looks once: if something is pending, it returns in turn, or takes what is pending
 * and goes on as the guest's handler. Nothing is unwound behind anybody's back: a host function that a guest calls and
 * that itself calls a guest sees each exception pass by, and frees what it has to.
 *
 *     static uint32_t read_number(void *host, uint32_t at) {        a function that the guest imports
 *         if (at > 9) {
 *             w2c_throw(&too_far, &(union w2c_value){.i32 = at});
 *             return 0;                                              at once: no other call into guests before
 *         }
 *         const uint32_t found = other_find(other, at);              a function that a guest exports
 *         if (w2c_pending) return 0;                                 pass on what it threw, or:
 *         const struct w2c_exception *caught = w2c_catch();          NULL if nothing was thrown
 *
 * What nobody has caught when the outermost function returns makes w2c_try and w2c_invoke return W2C_TRAP_EXCEPTION,
 * with the exception in the error. Traps are no exceptions: no handler of a guest ever sees one.
 */
#ifndef W2C_EXCEPTION_H
#define W2C_EXCEPTION_H

#include "w2c.h"

/* What an exception is about. A tag is known by its address: two with the same type are two. */
struct w2c_tag {
    uint32_t type;     /* w2c_type_id of a function type without results */
    uint32_t count;    /* of the values that an exception with this tag carries */
    const char *types; /* their letters, see w2c.h */
};

/* Never changes once it is thrown. Exceptions are on the heap of the guests' objects: one stays as long as guests can
 * reach it, or a pointer to it is in w2c_pending or on a stack. */
struct w2c_exception {
    const struct w2c_type *type; /* what the collector has in every object */
    const struct w2c_tag *tag;
    void *thrower;               /* an address in the code that threw it, for messages */
    uint64_t reserved;
    union w2c_value values[];
};

/* The exception that is on its way out of the functions of this thread, or NULL. */
W2C_RT_DECL W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL const struct w2c_exception *w2c_pending;

/* Throws: the exception is pending when this returns, and the host function has to return next. `values` are as
 * many as the tag has. Traps with OUT_OF_MEMORY. */
W2C_RT_DECL void w2c_throw(const struct w2c_tag *tag, const union w2c_value *values);
/* Throws an exception again. Traps if it is NULL. */
W2C_RT_DECL void w2c_throw_ref(const void *exception);
/* The pending exception, which is no longer pending; NULL if there is none. */
W2C_RT_DECL const struct w2c_exception *w2c_catch(void);

/* For generated code: a new exception is pending; the caller fills in the values, as many as the tag has. */
W2C_RT_DECL union w2c_value *w2c_throw_begin(const struct w2c_tag *tag);
/* The address of this thread's w2c_pending, for compilers that have no variables of threads. */
W2C_RT_DECL const struct w2c_exception **w2c_pending_place(void);

#define W2C_THROWN W2C_UNLIKELY(w2c_pending != NULL)

#endif
