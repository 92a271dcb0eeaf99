/* gcc writes what it counted beside each object (app_1.gcda by app_1.o) and looks for it there when it compiles the
 * same source to the same object again. clang writes files into a folder, which llvm-profdata merges into one.
 *
 * Parts get -O2 whatever their heat, unless -O says otherwise: what the profile has seen counts more than what was
 * estimated, and for code that has not been executed compilers optimise for size of their own accord.
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
    bool is_clang;
};

static struct toolchain with_flags(const struct pgo *p, const char *flags) {
    struct toolchain toolchain = *p->toolchain;
    toolchain.flags = (struct words){.arena = p->arena};
    words_split(&toolchain.flags, flags);
    words_add_all(&toolchain.flags, &p->toolchain->flags);
    if (toolchain.level == LEVEL_BY_HEAT) toolchain.level = 2;
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

static char *training_command(const struct pgo *p, const char *program) {
    const char *output = p->training->output;
    struct text once = {0}, twice = {0};
    const char *dotted = words_format(p->arena, "./%s", output);
    replace_word(&once, p->training->command, dotted, "\"$W2C_PROGRAM\"");
    replace_word(&twice, text_string(&once), output, "\"$W2C_PROGRAM\"");
    setenv("W2C_PROGRAM", program, 1);
    char *command = words_format(p->arena, "%s", text_string(&twice));
    text_free(&once);
    text_free(&twice);
    return command;
}

static bool train(const struct pgo *p, const char *program) {
    struct words command = {.arena = p->arena};
    words_add(&command, "sh");
    words_add(&command, "-c");
    words_add(&command, training_command(p, program));
    report_progress_end();
    if (p->toolchain->is_verbose) report("training: %s", command.items[2]);
    const int code = foreground_run("/bin/sh", &command);
    if (code > 0) report("--pgo: the training command ended with exit code %d: %s", code, p->training->command);
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

static bool has_profile(const struct pgo *p, struct words *found) {
    find_profiles(p, found);
    if (found->count) return true;
    report("--pgo: the training command left no profile: it must run '%s' or \"$W2C_PROGRAM\" to its end: %s",
           p->training->output, p->training->command);
    return false;
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

/* Folders in flags stand in quotes, because TMPDIR may have spaces in it. */
static bool build_counting(const struct pgo *p, const char *program) {
    const char *flags = "-fprofile-generate";
    if (p->is_clang) flags = words_format(p->arena, "'-fprofile-generate=%s'", scratch_path(p->arena, profile_folder));
    const struct toolchain toolchain = with_flags(p, flags);
    if (!toolchain_build(&toolchain, ARTIFACT_PROGRAM, p->sources, program)) return false;
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
    const struct toolchain toolchain = with_flags(p, flags);
    return toolchain_build(&toolchain, ARTIFACT_PROGRAM, p->sources, result);
}

bool pgo_build(const struct toolchain *toolchain, const struct training *training, const struct sources *sources,
               const char *result) {
    struct arena *arena = toolchain->compiler.arena;
    struct pgo p = {toolchain, training, sources, arena, toolchain_is_clang(toolchain)};
    const char *program = scratch_path(arena, "training");
    struct words profiles = {.arena = arena};
    return build_counting(&p, program) && train(&p, program) && has_profile(&p, &profiles) &&
           (!p.is_clang || merge(&p, &profiles)) && build_trained(&p, result);
}
