/* SIGINT, SIGTERM and SIGHUP while there is something to clean up.
 *
 * The signals are blocked everywhere and awaited by a thread of their own, so the cleaning is ordinary code: it may
 * take locks, read folders and wait for children. Then the signal is let through and ends the process,
 * so that the shell sees what happened. Signals that were ignored at the start (nohup) stay ignored. */
#ifndef W2C_INTERRUPT_H
#define W2C_INTERRUPT_H

#include <signal.h>

/* Call before other threads are made: they inherit the blocked signals. */
void interrupt_begin(void (*clean)(void));
/* Ends the watch; signals act again as before it began, also one that is pending. */
void interrupt_end(void);
/* The mask of blocked signals before interrupt_begin: what children start with. */
const sigset_t *interrupt_outer_mask(void);

#endif
