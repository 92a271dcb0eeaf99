/* What w2c says on standard error while it builds: messages, and on a terminal a line of progress. */
#ifndef W2C_REPORT_H
#define W2C_REPORT_H

#include <stddef.h>

/* One line, "w2c: ...", after the line of progress is wiped. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "[12/33] doing" in place of the last one; nothing if standard error is no terminal. */
void report_progress(size_t done, size_t total, const char *doing);
void report_progress_end(void);

#endif
