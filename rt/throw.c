/* Making exceptions. They are objects of the heap: a guest can keep a reference to one for as long as it likes, and
 * nothing but the collector knows when the last is gone.
 */
#include <string.h>

#include "rt.h"
#include "w2c/exception.h"
#include "w2c/heap.h"

#if W2C_GNU
#define W2C_CALLER() __builtin_return_address(0)
#else
#define W2C_CALLER() NULL
#endif

static struct w2c_exception *throw_new(const struct w2c_tag *tag) {
    static const struct w2c_type type = {.kind = W2C_TYPE_OPAQUE, .has_references = true};
    struct w2c_exception *exception = w2c_heap_new(&type, sizeof *exception + tag->count * sizeof exception->values[0]);
    w2c_heap_thread_root(&w2c_pending);
    exception->tag = tag;
    return exception;
}

/* Not inlined, so that the return address is one in the function that throws. */
W2C_NOINLINE W2C_RT union w2c_value *w2c_throw_begin(const struct w2c_tag *tag) {
    struct w2c_exception *exception = throw_new(tag);
    exception->thrower = W2C_CALLER();
    w2c_pending = exception;
    return exception->values;
}

W2C_NOINLINE W2C_RT void w2c_throw(const struct w2c_tag *tag, const union w2c_value *values) {
    struct w2c_exception *exception = throw_new(tag);
    exception->thrower = W2C_CALLER();
    if (tag->count) {
        memcpy(exception->values, values, tag->count * sizeof *values);
    }
    w2c_pending = exception;
}

W2C_RT void w2c_throw_ref(const void *exception) {
    if (!exception) {
        w2c_trap(W2C_TRAP_NULL_EXCEPTION);
    }
    w2c_heap_thread_root(&w2c_pending); /* it may have been made by another thread */
    w2c_pending = exception;
}
