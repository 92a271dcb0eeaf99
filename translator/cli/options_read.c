/* Reading the command line, by the option table.
 *
 * Values may follow in the same word (-O2, --split=3) or in the next one. Options and modules may come in any order,
 * and `--` ends the options; but where the program is run the first word that is no option is the module, and all
 * that follows belongs to the guest, so that no option of ours can shadow one of its own.
 *
 * Wrong usage is told before any work is done.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>
#include <unistd.h>

#include "../base/pool.h"
#include "../build/report.h"
#include "option_table.h"

enum { LEVEL_BY_PURPOSE = LEVEL_LEAST - 1 }; /* -O was not given, and its default depends on other options */

/* ---- slips of the finger ---- */

/* Levenshtein's distance: how many characters must be inserted, removed or changed to make `b` of `a`. One row of the
 * table is kept, for prefixes of `b`; row j is the distance of what was read of `a` to the first j characters.
 * Words too long for the row are far from everything. */
static unsigned distance(const char *a, const char *b) {
    enum { LONGEST = 32 };
    unsigned row[LONGEST + 1];
    const size_t b_size = strlen(b);
    if (b_size > LONGEST) return LONGEST;
    for (unsigned j = 0; j <= b_size; j++)
        row[j] = j;
    for (; *a; a++) {
        unsigned diagonal = row[0]++;
        for (unsigned j = 0; j < b_size; j++) {
            const unsigned changed = diagonal + (*a != b[j]);
            const unsigned moved = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = changed < moved ? changed : moved;
        }
    }
    return row[b_size];
}

/* Two slips are forgiven, three in a longer word; never as many as there are letters. */
const char *options_nearest(const char *word, const char *const *candidates) {
    const char *nearest = NULL;
    unsigned smallest = strlen(word) > 5 ? 4 : 3; /* fewer than this */
    for (; *candidates; candidates++) {
        const unsigned far = distance(word, *candidates);
        if (far >= smallest || far >= strlen(*candidates)) continue;
        smallest = far;
        nearest = *candidates;
    }
    return nearest;
}

/* ---- reading ---- */

const char *const command_names[] = {"run", "validate", "profile", "bench", "cache", "help", NULL};

enum command options_command(const char *name) {
    if (strcmp(name, "run") == 0) return COMMAND_RUN;
    if (strcmp(name, "validate") == 0) return COMMAND_VALIDATE;
    if (strcmp(name, "profile") == 0) return COMMAND_PROFILE;
    if (strcmp(name, "bench") == 0) return COMMAND_BENCH;
    if (strcmp(name, "cache") == 0) return COMMAND_CACHE;
    return 0;
}

static void report_unknown(const struct options *options, const char *word) {
    const char **names = arena_array(options->arena, const char *, option_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < option_count; i++) {
        if (option_table[i].name && option_table[i].commands & (int)options->command)
            names[count++] = option_table[i].name;
    }
    names[count] = NULL;
    char *name = words_format(options->arena, "%s", word + strspn(word, "-"));
    name[strcspn(name, "=")] = '\0';
    const char *nearest = strncmp(word, "--", 2) == 0 ? options_nearest(name, names) : NULL;
    if (nearest)
        report("unknown option '%s': did you mean --%s?", word, nearest);
    else
        report("unknown option '%s' (see w2c --help)", word);
}

/* `-o` and what follows it in the same word, or `--output` up to its end or `=`. Names are not abbreviated: a new
 * option must not change what an old script means. */
static bool is_spelled(const struct option *option, const char *word) {
    if (word[1] != '-') return option->letter && word[1] == option->letter;
    const size_t size = option->name ? strlen(option->name) : 0;
    return size && strncmp(word + 2, option->name, size) == 0 && (!word[2 + size] || word[2 + size] == '=');
}

/* The command's own option of that name, else another command's, else NULL. */
static const struct option *find_option(const char *word, enum command command) {
    const struct option *found = NULL;
    for (size_t i = 0; i < option_count; i++) {
        if (!is_spelled(&option_table[i], word)) continue;
        if (option_table[i].commands & (int)command) return &option_table[i];
        found = &option_table[i];
    }
    return found;
}

/* What is written in the same word as the option: `-O2`, `--split=3`; or NULL. */
static const char *attached_value(const struct option *option, const char *word) {
    if (word[1] != '-') return word[2] ? word + 2 : NULL;
    const char *after = word + 2 + strlen(option->name);
    return *after == '=' ? after + 1 : NULL;
}

/* Reads the option at arguments[0]; how many words it took, or 0 after a message. */
static int read_option(struct options *options, char **arguments) {
    const char *word = arguments[0];
    const struct option *option = find_option(word, options->command);
    if (!option) {
        report_unknown(options, word);
        return 0;
    }
    if (!(option->commands & (int)options->command)) {
        report("option '%s' is not for this command (see w2c --help)", word);
        return 0;
    }
    const char *value = attached_value(option, word);
    if (!option->argument && value) {
        if (word[1] == '-')
            report("option --%s takes no value", option->name);
        else
            report("unknown option '%s' (see w2c --help)", word);
        return 0;
    }
    const int taken = option->argument && !value && !has_optional_value(option) ? 2 : 1;
    if (taken == 2) value = arguments[1];
    if (taken == 2 && !value) {
        report("option '%s' wants a value: %s", word, option->argument);
        return 0;
    }
    return option->set(options, value) ? taken : 0;
}

/* Only known endings mean something: "app" and "app.exe" are programs, as is "v1.2". */
static enum artifact artifact_of(const char *path) {
    static const struct {
        const char *ending;
        enum artifact artifact;
    } endings[] = {
        {".c", ARTIFACT_SOURCE}, {".o", ARTIFACT_OBJECT}, {".so", ARTIFACT_SHARED}, {".a", ARTIFACT_ARCHIVE}};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const char *dot = strrchr(path, '.');
        if (dot && strcmp(dot, endings[i].ending) == 0) return endings[i].artifact;
    }
    return ARTIFACT_PROGRAM;
}

/* A second module is often a command that was misspelt. */
static bool report_modules(const struct options *options) {
    const struct words *modules = &options->modules;
    if (!modules->count) {
        report("no module given (see w2c --help)");
        return false;
    }
    if (modules->count == 1 || options->command == COMMAND_VALIDATE) return true;
    const char *first = modules->items[0];
    const char *nearest = access(first, F_OK) == 0 ? NULL : options_nearest(first, command_names);
    if (nearest)
        report("there is no command '%s': did you mean '%s'?", first, nearest);
    else
        report("one module at a time, not '%s' and '%s'", first, modules->items[1]);
    return false;
}

/* What goes together and what does not. */
static bool check_translate(struct options *options) {
    const char *problem = NULL;
    const bool is_library = options->translate.shape == SHAPE_LIBRARY;
    if (!options->output) {
        report("say where to write: w2c %s -o FILE, or -o FILE.c (see w2c --help)", options->modules.items[0]);
        return false;
    }
    options->build_tool = build_tool_of(options->output);
    options->artifact = options->build_tool ? ARTIFACT_BUILD_FILE : artifact_of(options->output);
    if (is_library && (options->grants.size || options->translate.is_sealed))
        problem = "--dir, --listen, --env, --inherit-env, --deterministic, --max-threads, --trace and --sealed are for "
                  "programs; what a library may do, its host decides";
    else if (is_library && options->artifact == ARTIFACT_PROGRAM)
        problem = "a library is no program: write it with -o FILE.c, FILE.o, FILE.so or FILE.a";
    else if (options->translate.external_runtime && options->artifact != ARTIFACT_SOURCE)
        problem = "--runtime=external is for C source, -o FILE.c: compile it with the runtime's headers and library";
    else if (options->pgo_command && options->artifact != ARTIFACT_PROGRAM)
        problem = "--pgo is for programs, which can be run in training: -o FILE";
    else if (options->toolchain.wants_lto && options->artifact != ARTIFACT_PROGRAM &&
             options->artifact != ARTIFACT_SHARED)
        problem = "--lto is for programs and shared libraries, which are linked here: -o FILE, FILE.so";
    else if (options->keep_folder && options->artifact == ARTIFACT_BUILD_FILE)
        problem = "--keep-c is for compiled results; the C stands beside a build file already";
    else if (options->keep_folder && options->artifact == ARTIFACT_SOURCE)
        problem = "--keep-c is for compiled results; -o FILE.c writes C already";
    if (problem) report("%s", problem);
    return !problem;
}

/* Its standard input is for the program. */
static bool check_bench(struct options *options) {
    static const char all[] = "interp tcc tcc-kept O0 O1 O2 O3", study[] = "interp O2";
    struct bench_settings *bench = &options->bench;
    if (!bench->engines_are_chosen) words_split(&bench->engines, bench->has_memory_helpers ? study : all);
    if (strcmp(options->modules.items[0], "-") == 0) {
        report("bench wants the module in a file");
        return false;
    }
    if (bench->engines.count || bench->commands.count) return true;
    report("nothing to measure: --engines is empty, and there is no --vs");
    return false;
}

/* Code is sampled as it runs in earnest; counters make the compiler slow, and hide what -O2 would gain. */
static bool check_profile(struct options *options) {
    const bool is_sampled = options->flame || options->folded;
    if (options->toolchain.level == LEVEL_BY_PURPOSE) options->toolchain.level = is_sampled ? 2 : 1;
    if (is_sampled || !options->engine || strcmp(options->engine, "tcc") != 0) return true;
    report("--engine=tcc is for --flame and --folded: operators are counted by 'interp' or 'cc'");
    return false;
}

static bool check_cache(const struct options *options) {
    if (!options->modules.count) return true;
    report("w2c cache takes no module: it is about all that is kept");
    return false;
}

static bool check(struct options *options) {
    if (options->wants_help || options->wants_version) return true;
    if (options->command == COMMAND_CACHE) return check_cache(options);
    if (!report_modules(options)) return false;
    if (options->command == COMMAND_BENCH) return check_bench(options);
    if (options->command == COMMAND_PROFILE) return check_profile(options);
    return options->command != COMMAND_TRANSLATE || check_translate(options);
}

/* `-` alone is a module: standard input. */
static bool is_option(const char *word) {
    return word[0] == '-' && word[1];
}

static void set_bench_defaults(struct options *options) {
    struct bench_settings *bench = &options->bench;
    bench->engines.arena = bench->compilers.arena = bench->commands.arena = options->arena;
    bench->rounds = 3;
    bench->timeout_seconds = 600;
}

bool options_parse(struct options *options, int count, char **arguments) {
    set_bench_defaults(options);
    options->command = COMMAND_TRANSLATE;
    options->arguments = arguments;
    options->modules.arena = options->toolchain.compiler.arena = options->toolchain.flags.arena = options->arena;
    options->toolchain.level = LEVEL_BY_HEAT;
    options->toolchain.parallel = pool_default_threads();
    int at = 1;
    options->top = 15;
    if (at < count && options_command(arguments[at])) options->command = options_command(arguments[at++]);
    if (options->command == COMMAND_PROFILE) options->toolchain.level = LEVEL_BY_PURPOSE;
    bool may_be_option = true;
    while (at < count) {
        if (may_be_option && strcmp(arguments[at], "--") == 0) {
            may_be_option = false;
            at++;
        } else if (may_be_option && is_option(arguments[at])) {
            const int taken = read_option(options, arguments + at);
            if (!taken) return false;
            at += taken;
        } else {
            words_add(&options->modules, arguments[at++]);
            if (options->command & (COMMAND_RUN | COMMAND_PROFILE | COMMAND_BENCH)) break;
        }
    }
    options->guest_arguments = arguments + at;
    return check(options);
}
