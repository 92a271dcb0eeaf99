/* Command lines, and the two steps: compile each part, join all.
 *
 * Whatever we pass to a compiler is in `recipes` and in the two functions that spell the commands; generated C needs
 * no flag to be right (no -fwrapv, no -ffp-contract=off), so there is little. The user's flags come after
 * ours and win. They are passed at linking as well: -g, -fsanitize, -flto and -m32 must be known there.
 *
 * Parts are compiled by their full path, in the user's working directory, so that relative paths in --cflags mean what
 * they say. Objects and logs go into the scratch folder.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "toolchain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cache.h"
#include "jobs.h"
#include "object_cache.h"
#include "placement.h"
#include "report.h"
#include "scratch.h"

/* What each kind of result adds to `cc -ON -c part.c -o part.o` and to `cc parts.o -o result`. */
static const struct {
    const char *compile;
    const char *link_before; /* the objects */
    const char *link_after;
} recipes[] = {
    [ARTIFACT_PROGRAM] = {"", "", "-lm"},
    [ARTIFACT_OBJECT] = {"", "-r -nostdlib", ""},
    [ARTIFACT_SHARED] = {"-fPIC -DW2C_SHARED", "-shared", "-lm"},
    [ARTIFACT_ARCHIVE] = {"", "", ""}, /* joined by ar */
};

/* A variable of the environment, or the default where it is absent or empty. */
static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* CC may be a command with arguments, as make has it: "ccache gcc", "zig cc". */
bool toolchain_find(struct toolchain *toolchain, const char *command) {
    if (!command) command = setting("CC", "cc");
    if (words_split(&toolchain->compiler, command) && toolchain->compiler.count) return true;
    report("no command: '%s' (in --cc or CC)", command);
    return false;
}

void toolchain_identity(const struct toolchain *toolchain, struct text *out) {
    struct words command = {.arena = toolchain->compiler.arena};
    words_add_all(&command, &toolchain->compiler);
    for (size_t i = 0; i < command.count; i++)
        words_quote(out, command.items[i]);
    words_add(&command, "--version");
    jobs_output(&command, NULL, out); /* a compiler that has no --version has its name alone */
}

/* What a compiler may spend on C of each heat. LLVM has optimised the module before, so -O1 is nearly as good as -O2
 * and -Og not far behind; it takes gcc a third of the time (docs/PERFORMANCE.md). `cost` is relative, for the order of
 * compilation. To clang -Og is -O1. */
static const struct {
    const char *level;
    unsigned cost;
} efforts[HEAT_COUNT] = {[HEAT_HOT] = {"-O2", 10}, [HEAT_WARM] = {"-O1", 6}, [HEAT_COLD] = {"-Og", 3}};

/* Asking costs a process: who needs the answer for several things asks once. */
static const char *identity_of(const struct toolchain *toolchain) {
    struct text identity = {0};
    toolchain_identity(toolchain, &identity);
    const char *copy = words_format(toolchain->compiler.arena, "%s", text_string(&identity));
    text_free(&identity);
    return copy;
}

static bool says_clang(const char *identity) {
    return strstr(identity, "clang version") != NULL;
}

bool toolchain_is_clang(const struct toolchain *toolchain) {
    return says_clang(identity_of(toolchain));
}

/* LLVM decided for `select` when it made the module; natively clang makes branches of some conditional moves in loops
 * again, by a guess at what can be predicted that is wrong more often than right (docs/PERFORMANCE.md). */
#define KEEP_CONDITIONAL_MOVES "-x86-cmov-converter=false"

static const char *code_flags(const char *identity) {
    const bool is_meant = says_clang(identity) && strstr(identity, "Target: x86_64");
    return is_meant ? "-mllvm " KEEP_CONDITIONAL_MOVES : "";
}

/* gcc's own linker plugin starts the jobs; clang's thin form needs lld. Its flags for the linker are unused, and warned
 * of, when it compiles. */
const char *toolchain_lto_flags(const struct toolchain *toolchain, bool is_linking) {
    if (!toolchain->wants_lto) return "";
    struct arena *arena = toolchain->compiler.arena;
    const char *identity = identity_of(toolchain);
    if (!says_clang(identity)) return words_format(arena, "-flto=%u", toolchain->parallel);
    if (!is_linking) return "-flto=thin";
    const char *more = *code_flags(identity) ? ",-mllvm," KEEP_CONDITIONAL_MOVES : "";
    return words_format(arena, "-flto=thin -fuse-ld=lld -Wl,--thinlto-jobs=%u%s", toolchain->parallel, more);
}

const char *toolchain_level(const struct toolchain *toolchain, enum heat heat) {
    if (toolchain->level == LEVEL_BY_HEAT) return efforts[heat].level;
    if (toolchain->level == LEVEL_LEAST) return efforts[HEAT_COLD].level;
    return words_format(toolchain->compiler.arena, "-O%d", toolchain->level);
}

/* The time of a compiler goes with the number of statements, and so with the size of the text. */
uint64_t toolchain_cost(const struct toolchain *toolchain, const char *source, enum heat heat) {
    struct stat status;
    const unsigned cost = toolchain->level == LEVEL_BY_HEAT ? efforts[heat].cost : 1;
    return stat(source, &status) == 0 ? (uint64_t)status.st_size * cost : 0;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static struct job compile_job(const struct toolchain *toolchain, enum artifact artifact, const struct objects *objects,
                              const struct object_cache *kept, const char *source, enum heat heat, const char *object) {
    struct arena *arena = toolchain->compiler.arena;
    struct job job = {.command.arena = arena,
                      .doing = words_format(arena, "compiling %s", base_name(source)),
                      .log_path = words_format(arena, "%s.log", object),
                      .made = object};
    words_add_all(&job.command, &toolchain->compiler);
    words_add(&job.command, toolchain_level(toolchain, heat));
    words_split(&job.command, recipes[artifact].compile);
    words_split(&job.command, toolchain_lto_flags(toolchain, false));
    words_split(&job.command, objects->code_flags);
    if (objects->is_placed) words_split(&job.command, placement_compile_flags);
    words_add_all(&job.command, &toolchain->flags);
    words_add(&job.command, "-c");
    job.kept = object_cache_path(kept, arena, &job.command, source);
    words_add(&job.command, source);
    words_add(&job.command, "-o");
    words_add(&job.command, object);
    job.weight = toolchain_cost(toolchain, source, heat);
    return job;
}

static struct words link_command(const struct toolchain *toolchain, enum artifact artifact, bool is_placed,
                                 const struct words *objects, const char *result) {
    struct words command = {.arena = toolchain->compiler.arena};
    words_add_all(&command, &toolchain->compiler);
    words_add(&command, toolchain_level(toolchain, HEAT_HOT));
    words_split(&command, recipes[artifact].link_before);
    words_add_all(&command, objects);
    words_add(&command, "-o");
    words_add(&command, result);
    words_split(&command, toolchain_lto_flags(toolchain, true));
    words_add_all(&command, &toolchain->flags);
    words_split(&command, recipes[artifact].link_after);
    if (is_placed) words_split(&command, placement_link_flags);
    return command;
}

/* The archive is new, so "r" adds all and "s" gives it an index for the linker. */
static struct words archive_command(const struct toolchain *toolchain, const struct words *objects,
                                    const char *result) {
    struct words command = {.arena = toolchain->compiler.arena};
    words_split(&command, setting("AR", "ar"));
    words_add(&command, "rcs");
    words_add(&command, result);
    words_add_all(&command, objects);
    return command;
}

static struct jobs_options job_options(const struct toolchain *toolchain, size_t done, size_t total) {
    return (struct jobs_options){.parallel = toolchain->parallel,
                                 .done = done,
                                 .total = total,
                                 .is_verbose = toolchain->is_verbose,
                                 .temporary_folder = scratch_open()};
}

/* What was printed is not kept, so neither is an object that comes with a warning. */
static void keep_object(const struct job *job, bool is_silent) {
    char name[64];
    const char *base = base_name(job->made);
    snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - strlen(".o")), base);
    if (job->kept && is_silent) cache_add_object(job->made, job->kept, name);
}

/* True if the job is done: its object was kept by an earlier build. */
static bool take_kept(const struct toolchain *toolchain, const struct job *job) {
    if (!job->kept || !cache_copy_object(job->kept, job->made)) return false;
    if (toolchain->is_verbose) report("%s was compiled before", base_name(job->made));
    return true;
}

bool toolchain_compile(const struct toolchain *toolchain, enum artifact artifact, const struct sources *sources,
                       struct objects *objects) {
    struct arena *arena = toolchain->compiler.arena;
    const size_t count = sources->count;
    struct job *jobs = arena_array(arena, struct job, count);
    const char *identity = identity_of(toolchain);
    *objects = (struct objects){.paths.arena = arena, .code_flags = code_flags(identity)};
    objects->is_placed = artifact == ARTIFACT_PROGRAM && toolchain->wants_placement && placement_works(toolchain);
    const struct object_cache kept = object_cache_begin(toolchain, identity, sources);
    size_t job_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = base_name(sources->paths[i]);
        const enum heat heat = sources->heats ? sources->heats[i] : HEAT_HOT;
        const int stem = (int)(strlen(name) - strlen(".c"));
        words_add(&objects->paths, scratch_path(arena, words_format(arena, "%.*s.o", stem, name)));
        jobs[job_count] =
            compile_job(toolchain, artifact, objects, &kept, sources->paths[i], heat, objects->paths.items[i]);
        if (!take_kept(toolchain, &jobs[job_count])) job_count++;
    }
    struct jobs_options options = job_options(toolchain, count - job_count, count + 1);
    options.succeeded = keep_object;
    return jobs_run(jobs, job_count, &options);
}

/* One object is itself what `-o OUT.o` asks for. */
bool toolchain_join(const struct toolchain *toolchain, enum artifact artifact, const struct objects *objects,
                    const char *result) {
    const struct words *paths = &objects->paths;
    if (artifact == ARTIFACT_OBJECT && paths->count == 1) return rename(paths->items[0], result) == 0;
    struct job job = {.doing = artifact == ARTIFACT_ARCHIVE ? "archiving" : "linking",
                      .log_path = words_format(paths->arena, "%s.log", result)};
    job.command = artifact == ARTIFACT_ARCHIVE ? archive_command(toolchain, paths, result)
                                               : link_command(toolchain, artifact, objects->is_placed, paths, result);
    const struct jobs_options options = job_options(toolchain, paths->count, paths->count + 1);
    return jobs_run(&job, 1, &options);
}

bool toolchain_build(const struct toolchain *toolchain, enum artifact artifact, const struct sources *sources,
                     const char *result) {
    struct objects objects;
    const bool is_built = toolchain_compile(toolchain, artifact, sources, &objects) &&
                          toolchain_join(toolchain, artifact, &objects, result);
    report_progress_end();
    return is_built;
}
