/* The command line as data. One table (options.c) says which options exist, for which commands, and what --help tells
 * of them; here is what they become. */
#ifndef W2C_OPTIONS_H
#define W2C_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "../bench/bench.h"
#include "../build/build_files.h"
#include "../build/toolchain.h"
#include "../build/words.h"
#include "../profile/counts.h"
#include "../translate.h"

/* Bits, for the table. */
enum command {
    COMMAND_TRANSLATE = 1,
    COMMAND_RUN = 2,
    COMMAND_VALIDATE = 4,
    COMMAND_PROFILE = 8,
    COMMAND_BENCH = 16,
    COMMAND_CACHE = 32
};

struct options {
    struct arena *arena;
    enum command command;
    char **arguments;       /* the whole command line */
    bool wants_help;
    bool wants_version;
    bool wants_takeover_first; /* run */
    bool asks_for_c_compiler;  /* by an option that is about it */
    bool builds_while_running; /* run */
    bool wants_clear;       /* cache */
    struct words modules;   /* paths; one, but for validate */
    char **guest_arguments; /* run, profile: what follows the module, NULL at the end */

    const char *output;
    enum artifact artifact; /* by the ending of output */
    enum build_tool build_tool; /* of an ARTIFACT_BUILD_FILE */
    const char *keep_folder;
    const char *compiler; /* --cc */
    const char *pgo_command; /* translate: training, or NULL */
    const char *profile_path; /* translate: counts, or NULL */
    struct toolchain toolchain;
    struct translate_options translate; /* its paths and grants are for the commands to fill in */
    struct text grants;                 /* words as W2C_OPTIONS has them */
    unsigned memory_helper;             /* run: which helper the interpreter has (interp.h) */
    struct bench_settings bench;        /* bench: what its own options say */
    const char *bench_html, *bench_json, *bench_csv; /* files to write, or NULL */
    const char *engine;                 /* --engine, or NULL */
    size_t top;                         /* profile: rows of a list */
    bool wants_perf_map;                /* run */
    const char *flame, *folded;         /* profile: what to write of samples, or NULL */
    enum counts_format format;          /* profile */
};

/* Reads the command line into *options, which is zeroed but for the arena. False after a message: wrong usage. */
bool options_parse(struct options *options, int count, char **arguments);

/* What --help says of the options of a command. */
void options_print(FILE *stream, enum command command);

/* The one of `candidates` (up to a NULL) that `word` is probably meant to be, or NULL. */
const char *options_nearest(const char *word, const char *const *candidates);

/* The command of this name, or 0; and all names, up to a NULL. */
enum command options_command(const char *name);
extern const char *const command_names[];

#endif
