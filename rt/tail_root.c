/* Tail calls that are put aside with references among their arguments, see w2c/ops_tail.h. While frames return, nothing
 * else may lead to what they refer to, and another thread may collect. */
#include <stdlib.h>
#include <string.h>

#include "rt.h"
#include "w2c/heap.h"
#include "w2c/ops_tail.h"

W2C_RT void *w2c_tail_later_root(w2c_code code, void *context, w2c_code resume, size_t bytes) {
    struct w2c_tail_call *const call = w2c_tail_later(code, context, resume, bytes);
    memset(call + 1, 0, bytes - sizeof *call);
    w2c_tail_aside = NULL; /* until nothing can trap any more */
    w2c_heap_root_add(call, bytes);
    w2c_tail_aside = call;
    return call;
}

W2C_RT void w2c_tail_free_root(struct w2c_tail_call *call) {
    w2c_heap_root_remove(call);
    free(call);
}
