/* Messages and progress share standard error; the line of progress is wiped before anything else is printed. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool has_progress;

void report(const char *format, ...) {
    report_progress_end();
    fputs("w2c: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void report_progress(size_t done, size_t total, const char *doing) {
    if (!isatty(STDERR_FILENO)) return;
    fprintf(stderr, "\r\033[K[%zu/%zu] %.60s", done, total, doing);
    fflush(stderr);
    has_progress = true;
}

void report_progress_end(void) {
    if (has_progress) fputs("\r\033[K", stderr);
    has_progress = false;
}
