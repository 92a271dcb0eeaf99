/* gcc writes what it counted beside each object (app_1.gcda by app_1.o) and looks for it there when it compiles the
 * same source to the same object again. clang writes files into a folder, which llvm-profdata merges into one.
 *
 * Only hot parts count and are compiled again: the others are the same in both programs. Who trains may have found out
 * what is hot before (cli/train.c).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pgo.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "foreground.h"
#include "jobs.h"
#include "report.h"
#include "scratch.h"

static const char profile_folder[] = "profile"; /* clang's, in the scratch folder */
static const char profile_file[] = "profile.profdata";

struct pgo {
    const struct toolchain *toolchain;
    const struct training *training;
    const struct sources *sources;
    struct arena *arena;
    struct objects others; /* of the parts that are not hot */
    bool is_clang;
};

static struct toolchain with_flags(const struct toolchain *from, struct arena *arena, const char *flags) {
    struct toolchain toolchain = *from;
    toolchain.flags = (struct words){.arena = arena};
    words_split(&toolchain.flags, flags);
    words_add_all(&toolchain.flags, &from->flags);
    return toolchain;
}

/* ---- training ---- */

static bool is_between_words(char c) {
    return !c || strchr(" \t\n'\"`;|&()<>=", c);
}

/* The command with `word`, where it stands alone, replaced; the shell shall see one word again. */
static void replace_word(struct text *out, const char *command, const char *word, const char *by) {
    const size_t size = strlen(word);
    for (const char *at = command; *at;) {
        const bool begins = at == command || is_between_words(at[-1]);
        const bool is_it = begins && strncmp(at, word, size) == 0 && is_between_words(at[size]);
        text_str(out, is_it ? by : (const char[]){*at, '\0'});
        at += is_it ? size : 1;
    }
}

static char *training_command(const struct training *training, struct arena *arena, const char *program) {
    const char *output = training->output;
    struct text once = {0}, twice = {0};
    const char *dotted = words_format(arena, "./%s", output);
    replace_word(&once, training->command, dotted, "\"$W2C_PROGRAM\"");
    replace_word(&twice, text_string(&once), output, "\"$W2C_PROGRAM\"");
    setenv("W2C_PROGRAM", program, 1);
    char *command = words_format(arena, "%s", text_string(&twice));
    text_free(&once);
    text_free(&twice);
    return command;
}

bool pgo_train(const struct toolchain *toolchain, const struct training *training, const char *program) {
    struct words command = {.arena = toolchain->compiler.arena};
    words_add(&command, "sh");
    words_add(&command, "-c");
    words_add(&command, training_command(training, command.arena, program));
    report_progress_end();
    if (toolchain->is_verbose) report("training: %s", command.items[2]);
    const int code = foreground_run("/bin/sh", &command);
    if (code > 0) report("--pgo: the training command ended with exit code %d: %s", code, training->command);
    return code == 0;
}

/* ---- what was counted ---- */

static bool has_ending(const char *name, const char *ending) {
    const size_t size = strlen(name), end = strlen(ending);
    return size > end && strcmp(name + size - end, ending) == 0;
}

/* Adds the files of that ending to `found`. */
static void find_files(const struct pgo *p, const char *path, const char *ending, struct words *found) {
    DIR *folder = opendir(path);
    for (const struct dirent *one; folder && (one = readdir(folder));) {
        if (has_ending(one->d_name, ending)) words_add(found, words_format(p->arena, "%s/%s", path, one->d_name));
    }
    if (folder) closedir(folder);
}

static void find_profiles(const struct pgo *p, struct words *found) {
    if (p->is_clang) {
        find_files(p, scratch_path(p->arena, profile_folder), ".profraw", found);
    } else {
        find_files(p, scratch_open(), ".gcda", found);
    }
}

/* Trying whether the memory can be placed (placement.h) ran a program that counts as well. */
static void forget_profiles(const struct pgo *p) {
    struct words found = {.arena = p->arena};
    find_profiles(p, &found);
    for (size_t i = 0; i < found.count; i++)
        unlink(found.items[i]);
}

void pgo_complain(const struct training *training) {
    report("--pgo: the training command left no profile: it must run '%s' or \"$W2C_PROGRAM\" to its end: %s",
           training->output, training->command);
}

static bool has_profile(const struct pgo *p, struct words *found) {
    find_profiles(p, found);
    if (!found->count) pgo_complain(p->training);
    return found->count > 0;
}

/* The one that belongs to the compiler: it says where, or both have the same version behind their names. */
static const char *find_profdata(const struct pgo *p) {
    const char *named = getenv("LLVM_PROFDATA");
    if (named && *named) return named;
    struct words question = {.arena = p->arena};
    words_add_all(&question, &p->toolchain->compiler);
    words_add(&question, "-print-prog-name=llvm-profdata");
    struct text answer = {0};
    const char *name = "llvm-profdata";
    if (jobs_output(&question, NULL, &answer)) name = words_format(p->arena, "%s", text_string(&answer));
    text_free(&answer);
    char *end = strchr(name, '\n');
    if (end) *end = '\0';
    const char *version = strrchr(p->toolchain->compiler.items[0], '-');
    const bool is_found = strchr(name, '/') != NULL || !version || version[1] < '0' || version[1] > '9';
    return is_found ? name : words_format(p->arena, "llvm-profdata%s", version);
}

static bool merge(const struct pgo *p, const struct words *profiles) {
    struct job job = {
        .command.arena = p->arena, .doing = "merging profiles", .log_path = scratch_path(p->arena, "profdata.log")};
    words_add(&job.command, find_profdata(p));
    words_add(&job.command, "merge");
    words_add(&job.command, "-o");
    words_add(&job.command, scratch_path(p->arena, profile_file));
    words_add_all(&job.command, profiles);
    const struct jobs_options options = {
        .parallel = 1, .total = 1, .is_verbose = p->toolchain->is_verbose, .temporary_folder = scratch_open()};
    if (jobs_run(&job, 1, &options)) return true;
    report("--pgo with clang needs llvm-profdata of the same version (LLVM_PROFDATA names it)");
    return false;
}

/* ---- the three steps ---- */

/* Those of `all` that are hot, or those that are not. */
static struct sources sources_of_heat(const struct sources *all, struct arena *arena, bool is_hot) {
    struct sources some = *all;
    char **paths = arena_array(arena, char *, all->count);
    enum heat *heats = arena_array(arena, enum heat, all->count);
    some.paths = paths;
    some.heats = heats;
    some.count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const enum heat heat = all->heats ? all->heats[i] : HEAT_HOT;
        if ((heat == HEAT_HOT) != is_hot) continue;
        paths[some.count] = all->paths[i];
        heats[some.count++] = heat;
    }
    return some;
}

static bool compile_hot(const struct pgo *p, const struct toolchain *toolchain, struct objects *objects) {
    const struct sources hot = sources_of_heat(p->sources, p->arena, true);
    return toolchain_compile(toolchain, ARTIFACT_PROGRAM, &hot, objects);
}

static bool join(const struct pgo *p, const struct toolchain *toolchain, const struct objects *hot,
                 const char *result) {
    struct objects all = {.paths.arena = p->arena, .is_placed = hot->is_placed};
    words_add_all(&all.paths, &hot->paths);
    words_add_all(&all.paths, &p->others.paths);
    const bool is_joined = toolchain_join(toolchain, ARTIFACT_PROGRAM, &all, result);
    report_progress_end();
    return is_joined;
}

/* Folders in flags stand in quotes, because TMPDIR may have spaces in it. */
static bool build_counting(struct pgo *p, const char *program) {
    const char *flags = "-fprofile-generate";
    if (p->is_clang) flags = words_format(p->arena, "'-fprofile-generate=%s'", scratch_path(p->arena, profile_folder));
    const struct toolchain toolchain = with_flags(p->toolchain, p->arena, flags);
    const struct sources others = sources_of_heat(p->sources, p->arena, false);
    struct objects hot;
    if (!compile_hot(p, &toolchain, &hot)) return false;
    if (!toolchain_compile(p->toolchain, ARTIFACT_PROGRAM, &others, &p->others)) return false;
    if (!join(p, &toolchain, &hot, program)) return false;
    forget_profiles(p);
    return true;
}

static bool build_trained(const struct pgo *p, const char *result) {
    const char *flags = "-fprofile-use -fprofile-correction -Wno-missing-profile -Wno-coverage-mismatch";
    if (p->is_clang) {
        flags =
            words_format(p->arena, "'-fprofile-use=%s' -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date",
                         scratch_path(p->arena, profile_file));
    }
    const struct toolchain toolchain = with_flags(p->toolchain, p->arena, flags);
    struct objects hot;
    return compile_hot(p, &toolchain, &hot) && join(p, &toolchain, &hot, result);
}

bool pgo_build(const struct toolchain *toolchain, const struct training *training, const struct sources *sources,
               const char *result) {
    struct arena *arena = toolchain->compiler.arena;
    struct pgo p = {.toolchain = toolchain,
                    .training = training,
                    .sources = sources,
                    .arena = arena,
                    .is_clang = toolchain_is_clang(toolchain)};
    const char *program = scratch_path(arena, "training");
    struct words profiles = {.arena = arena};
    return build_counting(&p, program) && pgo_train(toolchain, training, program) && has_profile(&p, &profiles) &&
           (!p.is_clang || merge(&p, &profiles)) && build_trained(&p, result);
}
