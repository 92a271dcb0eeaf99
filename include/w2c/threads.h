/* Threads that share a memory: waiting for each other, and waking each other.
 *
 * A shared memory is made like any other, with a maximum:
 *
 *     struct w2c_memory memory;
 *     struct w2c_memory_type type = {.min_pages = 1, .max_pages = 256, .has_max = true, .is_shared = true};
 *     if (!w2c_memory_init(&memory, type, W2C_BOUNDS_GUARD)) return 1;
 *
 * and given to several instances as what they import. Then each of these instances may be used by a thread of its own,
 * all at the same time; an instance itself is still one thread's. The memory must outlive them. Its base never
 * moves and its size only grows, so that pointers into it stay good.
 *
 * A host function that reads what another thread may be writing reads it once (atomically, or by copying it first)
 * before it checks and uses it.
 */
#ifndef W2C_THREADS_H
#define W2C_THREADS_H

#include "w2c.h"

/* What the operators memory.atomic.wait32, wait64 and notify do, for host threads and functions as well. The address is
 * a sum already. All three trap if it is not a multiple of the width or not in the memory; the waits if the memory is
 * not shared.
 *
 * wait: 0 after a notify; 1 at once if the memory does not hold `expected` there; 2 after `timeout` nanoseconds, if
 * that is not negative. notify: how many were woken, at most `count`, those first who have waited longest. */
W2C_RT_DECL uint32_t w2c_memory_wait32(const struct w2c_memory *memory, uint64_t address, uint32_t expected,
                                       int64_t timeout);
W2C_RT_DECL uint32_t w2c_memory_wait64(const struct w2c_memory *memory, uint64_t address, uint64_t expected,
                                       int64_t timeout);
W2C_RT_DECL uint32_t w2c_memory_notify(const struct w2c_memory *memory, uint64_t address, uint32_t count);

#endif
