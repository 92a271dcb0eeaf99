/* A program that takes our place for a while: it has our standard streams, our terminal and our process group, and we
 * wait for it. For programs on the user's behalf; compilers and the like are jobs (jobs.h). */
#ifndef W2C_FOREGROUND_H
#define W2C_FOREGROUND_H

#include "words.h"

/* Runs the program in `file` to its end, with the arguments in `command`, of which the first is its name. Its exit
 * code, 128 and the number of the signal that ended it, or -1 after a message if it could not be started. */
int foreground_run(const char *file, const struct words *command);

/* Ends it with the signal that asks politely: for interrupts, from any thread. Nothing happens if nothing runs. */
void foreground_stop(void);

#endif
