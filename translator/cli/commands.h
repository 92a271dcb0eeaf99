/* The commands of w2c; each returns the exit code of the process. */
#ifndef W2C_COMMANDS_H
#define W2C_COMMANDS_H

#include "../base/file.h"
#include "options.h"

enum exit_code { EXIT_GOOD = 0, EXIT_BAD_INPUT = 1, EXIT_BAD_USAGE = 2 };

int command_translate(struct options *options);
int command_run(struct options *options);
int run_execute(struct options *options, const char *path); /* becomes the program; an exit code if it cannot */
int command_validate(const struct options *options);
int command_bench(struct options *options);
int command_cache(const struct options *options);
int command_profile(struct options *options);

/* help.c */
void help_print(FILE *stream, enum command command);
void help_usage(FILE *stream);

/* input.c: false after a message */
bool module_open(struct input_file *module, const char *path);
bool output_is_possible(const char *output);
bool output_is_other(const char *output, const char *module); /* not the module itself */
char *own_path(struct arena *arena); /* the file of this program, for children that are to be the same; or NULL */

/* profile_samples.c: w2c profile --flame. An exit code. */
int profile_samples(struct options *options);

/* artifact.c: a translation in the scratch folder, compiled. An exit code; the paths are set if that is EXIT_GOOD. */
struct built {
    const char *result;
    const char *header; /* of a library; else NULL */
};
int artifact_build(struct options *options, const struct input_file *module, const char *name, struct built *built);
/* What the module turned out to be must suit what was asked for. An exit code. */
int artifact_check_shape(const struct options *options, const struct translate_result *result);
void artifact_interrupted(void); /* for interrupt_begin: removes all that is half-done */

/* command_translate.c: an exit code. */
int translate_check_grants(const struct options *options, const struct input_file *module);

/* train.c: what is hot, for options->translate.profile. False after a message. */
bool train_read(struct options *options); /* from --profile */
/* From --pgo, if the module gets several parts of different levels: a program that counts is built in the scratch
 * folder, and run by the command. */
bool train_heat(struct options *options, const struct input_file *module, const char *name);

/* write_build.c: C with a file for ninja, make or CMake. Exit codes; the folder is made if it is not there. */
bool write_build_folder(const struct options *options);
int write_build(struct options *options, const struct input_file *module);

/* kept.c: the program of a module, of options that shape it, in the cache. */
/* "app" for "path/app.wasm": the program's name in its messages. */
char *kept_name(const struct options *options);
/* Where it is or will be; NULL if there is no place for a cache. toolchain_find must have succeeded. */
char *kept_path_if_possible(struct options *options, const struct input_file *module);
/* The same, built if it is not there: an exit code. Building uses the scratch folder, which the caller removes, and is
 * interrupted by artifact_interrupted. */
int kept_program(struct options *options, const struct input_file *module, char **path);

/* run_engine.c: programs that run in this process. */
bool run_is_in_process(const char *engine); /* is there one of this name */
/* Runs the module to its end by options->engine. The exit code of the process. */
int run_in_process(struct options *options, const struct input_file *file);

/* run_auto.c: one of them, which may also become a kept program. */
struct run_request;
int run_auto(struct options *options, const struct input_file *file, const struct run_request *request);

/* parts.c: what concerns the several files of one output FILE.c, FILE_1.c, ... */
void parts_remove_stale(struct arena *arena, const char *output, size_t count);
void parts_explain(const char *output, const struct translate_result *result);

#endif
