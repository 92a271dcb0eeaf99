/* Tail calls that are put aside, see w2c/ops_tail.h. Happens every few thousand bytes of stack at most, so room is
 * allocated each time, and nothing is kept. */
#include <stdlib.h>

#include "rt.h"
#include "w2c/ops_tail.h"

W2C_RT W2C_THREAD_LOCAL W2C_NEAR_THREAD_LOCAL struct w2c_tail_call *w2c_tail_aside;

W2C_RT void *w2c_tail_later(w2c_code code, void *context, w2c_code resume, size_t bytes) {
    struct w2c_tail_call *call = malloc(bytes);
    if (!call) {
        w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
    }
    *call = (struct w2c_tail_call){resume, code, context};
    w2c_tail_aside = call;
    return call;
}
