/* Other programs, run side by side: the C compiler and its kin. Each is a process group of its own, so that ending it
 * ends what it started. Their standard input is empty; what they say is kept apart and shown in one piece. */
#ifndef W2C_JOBS_H
#define W2C_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/text.h"
#include "words.h"

struct job {
    struct words command;
    const char *doing;    /* for the line of progress: "compiling rp_3.c" */
    const char *log_path; /* a file for what it prints */
    uint64_t weight;      /* heavier ones start first */
    const char *made, *kept; /* for `succeeded`: what it makes, and where to keep it, or NULL */
};

struct jobs_options {
    unsigned parallel; /* at least 1 */
    size_t done;       /* progress counts from here ... */
    size_t total;      /* ... to here */
    bool is_verbose;   /* print the commands */
    const char *temporary_folder; /* TMPDIR of the programs */
    void (*succeeded)(const struct job *job, bool is_silent); /* or NULL; is_silent: it printed nothing */
};

/* Runs all; reorders them. At the first failure ends the others, prints what the program said, and returns false. */
bool jobs_run(struct job *jobs, size_t count, const struct jobs_options *options);

/* Runs a command and appends what it writes on standard output to `out`; its standard error is dropped. False if it
 * cannot be run or fails. `temporary_folder` is its TMPDIR, or NULL. */
bool jobs_output(const struct words *command, const char *temporary_folder, struct text *out);

/* Ends all that run and keeps others from starting: for interrupts, from any thread. */
void jobs_stop(void);

#endif
