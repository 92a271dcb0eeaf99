/* Programs that count how often each of their basic blocks is executed: for measuring, not for users.
 *
 * Code adds to an array of the program; when the guest has ended, in whatever way, the array is added to what is in the
 * file that the environment variable W2C_COUNTS names: numbers of 64 bits in the machine's order. The guest does not
 * get to see that variable. */
#ifndef W2C_COUNTING_H
#define W2C_COUNTING_H

#include "types.h"
#include "w2c.h"

/* main() of such a program: w2c_program_main, then the file. 1 if that cannot be written. */
W2C_RT_DECL int w2c_counting_main(const struct w2c_program *program, const u64 *counts, size_t count,
                                  int argument_count, char **arguments);

#endif
