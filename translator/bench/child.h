/* One measured run of a program as a child process: its time, memory, output, and how it ended. */
#ifndef W2C_CHILD_H
#define W2C_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "../build/words.h"
#include "capture.h"

struct child_settings {
    const char *program;     /* the file to execute, if it is not the command's first word */
    const char *input_path;  /* its standard input */
    const char *errors_path; /* a file for its standard error */
    unsigned timeout_seconds;
};

enum child_end { CHILD_EXITED, CHILD_SIGNALLED, CHILD_TIMED_OUT, CHILD_NOT_STARTED };

struct child_result {
    enum child_end end;
    int code;                    /* exit code, signal, or errno if it was not started */
    double wall_seconds;         /* from before it is made until it has ended */
    double cpu_seconds;          /* in user and kernel, with the children that it waited for */
    double first_output_seconds; /* until the first byte on its standard output; negative if there is none */
    uint64_t peak_bytes;         /* the largest resident set of it or of a child that it waited for */
    struct capture output;       /* the caller's to free */
};

/* Runs a command to its end. What it leaves behind in its process group is killed. */
struct child_result child_run(const struct words *command, const struct child_settings *settings);

/* Kills what runs and keeps more from starting: for interrupts, from another thread. */
void child_stop(void);

/* "exit code 3", "signal 11 (Segmentation fault)", "no end within 10 s". */
char *child_explain(struct arena *arena, const struct child_result *result, unsigned timeout_seconds);

/* A clock that only goes forward, in seconds. */
double clock_seconds(void);

#endif
