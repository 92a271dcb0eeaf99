/* w2c bench: one program, run in several ways, round after round.
 *
 * A *subject* is a way to run it: an engine of `w2c run`, the translation compiled at some level by some compiler, or a
 * command that the user names. Subjects take turns, so that what disturbs the machine for a while
 * disturbs all of them; each round starts with another one.
 *
 *     bench_plan     which subjects there are
 *     bench_build    translates once, compiles each compiled subject, and takes the times
 *     bench_measure  the rounds
 *     bench_judge    who wrote something else, or ended in another way
 *     then bench_table, bench_json, bench_csv, bench_html write what came of it
 */
#ifndef W2C_BENCH_H
#define W2C_BENCH_H

#include "../build/toolchain.h"
#include "child.h"
#include "stats.h"
#include "study.h"

struct bench_settings {
    const char *self; /* the file of w2c */
    const char *module;
    char *const *arguments; /* the guest's, NULL at the end */
    const char *grants;     /* words, as W2C_OPTIONS has them */
    bool check_bounds;
    unsigned rounds;
    unsigned timeout_seconds;          /* of each run */
    struct words engines;              /* names that bench_knows_engine */
    struct words compilers;            /* commands; none: CC or cc */
    struct words commands;             /* "NAME=command" or "command" */
    bool engines_are_chosen;           /* by the user */
    bool has_memory_helpers;           /* engines and levels in all variants of the study (study.h) */
    const char *start_arguments;       /* words: arguments with which the program does next to nothing; or NULL */
    const struct toolchain *toolchain; /* flags, parallelism, verbosity */
};

/* Runs with the same arguments. */
struct series {
    struct child_result *results; /* `rounds` of them */
    size_t count;
    struct stats wall, cpu, first_output;
    uint64_t peak_bytes; /* the largest */
};

enum subject_kind { SUBJECT_ENGINE, SUBJECT_COMPILED, SUBJECT_COMMAND };

struct subject {
    enum subject_kind kind;
    const char *label;
    struct toolchain toolchain; /* compiled subjects */
    double compile_seconds;
    double compile_cpu_seconds;
    uint64_t program_bytes;
    const char *program;  /* the file to execute; NULL: the command's first word */
    struct words command; /* without the guest's arguments */
    struct words filling; /* engines: the command that leaves in the cache what runs are to find there */
    unsigned helper;      /* 1 + the helper of the study that it has, or 0: the one that w2c has */
    bool keeps_code;      /* engines: runs find what earlier ones left in the cache; else each has an empty one */
    struct series run, start;
    const char *problem;   /* why it is out of the race, or what is wrong with what it wrote; or NULL */
    const char *complaint; /* the last line on standard error of its first run that failed; or NULL */
    bool is_out;           /* not built, not started or not ended in time */
};

struct bench {
    const struct bench_settings *settings;
    struct arena *arena;
    struct subject *subjects;
    size_t count;
    size_t baseline; /* the subject that ratios refer to */
    uint64_t module_bytes;
    uint64_t c_bytes;
    double translate_seconds;
    double translate_cpu_seconds;
    uint64_t translate_peak_bytes;
    bool is_translated;
    const char *cache_home; /* XDG_CACHE_HOME as the user has it, or NULL */
    unsigned cache_count;   /* of empty ones that were given out */
    const char *input_path; /* the spooled standard input, and an empty one */
    const char *empty_path;
    uint64_t input_bytes;
    char *output_note; /* "1 line of 2 varies ..."; or NULL */
    size_t reference;  /* the subject that outputs are compared with; `count` if none ran */
    size_t problems;
};

/* bench_plan.c: whether an engine has this name; the subjects. False after a message. */
bool bench_knows_engine(const char *name);
bool bench_plan(struct bench *bench);

/* bench_build.c. False, after a message, if nothing can be measured; a subject that cannot be built is out, and said
 * to be. The scratch folder must be open. */
bool bench_build(struct bench *bench);

/* bench_measure.c: standard input into the scratch folder; the rounds; comparisons. */
bool bench_spool_input(struct bench *bench);
void bench_measure(struct bench *bench);
void bench_judge(struct bench *bench);

/* bench_table.c, bench_data.c, bench_html.c: results as text. */
void bench_table(const struct bench *bench, struct text *out);
void bench_json(const struct bench *bench, struct text *out);
void bench_csv(const struct bench *bench, struct text *out);
void bench_html(const struct bench *bench, struct text *out);

/* bench_facts.c: what measurements depend on and tables quote. */
double bench_total_seconds(const struct bench *bench, const struct subject *subject); /* from module to result */
double bench_ratio(const struct bench *bench, const struct subject *subject);         /* to the baseline; 0: none */
char *bench_command_line(const struct bench *bench);                                  /* module and arguments */
char *bench_machine(struct arena *arena);                                             /* processor, count, system */
void bench_free(struct bench *bench);                                                 /* captured outputs */

#endif
