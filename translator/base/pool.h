/* Work shared between threads. Items are handed out in order of index; their results belong to whoever
 * indexes them, so the outcome does not depend on the number of threads. */
#ifndef W2C_POOL_H
#define W2C_POOL_H

#include <stddef.h>

/* Calls work(shared, worker, item) once for every item in 0..items, on up to `threads` threads (the caller is one of
 * them; worker is 0..threads-1). Returns when all are done. */
void pool_run(unsigned threads, size_t items, void (*work)(void *shared, unsigned worker, size_t item), void *shared);
unsigned pool_default_threads(void); /* processors this process may use, at least 1 */

#endif
