/* The option table and its reader.
 *
 * An option is a row: names, argument, the commands that know it, the function that stores its value, and what help
 * says. Adding one is adding a row and a setter. Reading, "unknown option", "did you mean" and --help all
 * work from the table.
 *
 * Values may follow in the same word (-O2, --split=3) or in the next one. Options and modules may come in any order,
 * and `--` ends the options; but for `run` the first word that is no option is the module, and all
 * that follows belongs to the guest, so that no option of ours can shadow one of its own.
 *
 * A setter checks its value at once, and what depends on several options is checked at the end: wrong usage is told
 * before any work is done.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "options.h"
#include "../emit/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/pool.h"
#include "../build/report.h"

/* ---- values ---- */

typedef bool setter(struct options *options, const char *value); /* false after a message */

static bool read_number(const char *option, const char *value, unsigned max, unsigned *number) {
    char *end;
    errno = 0;
    const unsigned long read = strtoul(value, &end, 10);
    if (*value >= '0' && *value <= '9' && !*end && !errno && read >= 1 && read <= max) {
        *number = (unsigned)read;
        return true;
    }
    report("%s wants a number from 1 to %u, not '%s'", option, max, value);
    return false;
}

static bool set_output(struct options *options, const char *value) {
    options->output = value;
    if (*value) return true;
    report("-o wants the name of a file");
    return false;
}

static bool set_program(struct options *options, const char *value) {
    (void)value;
    options->translate.shape = SHAPE_PROGRAM;
    return true;
}

static bool set_library(struct options *options, const char *value) {
    (void)value;
    options->translate.shape = SHAPE_LIBRARY;
    return true;
}

static bool set_name(struct options *options, const char *value) {
    options->translate.module_name = value;
    if (is_library_name(value)) return true;
    report("--name wants a C identifier that is no keyword and does not begin with w2c, not '%s'", value);
    return false;
}

static bool set_bounds(struct options *options, const char *value) {
    options->translate.check_bounds = strcmp(value, "check") == 0;
    if (options->translate.check_bounds || strcmp(value, "guard") == 0) return true;
    report("--bounds is 'guard' or 'check', not '%s'", value);
    return false;
}

static bool set_runtime(struct options *options, const char *value) {
    options->translate.external_runtime = strcmp(value, "external") == 0;
    if (options->translate.external_runtime || strcmp(value, "embedded") == 0) return true;
    report("--runtime is 'embedded' or 'external', not '%s'", value);
    return false;
}

static bool set_split(struct options *options, const char *value) {
    return read_number("--split", value, 9999, &options->translate.split);
}

static bool set_jobs(struct options *options, const char *value) {
    return read_number("-j", value, 1024, &options->toolchain.parallel);
}

static bool set_level(struct options *options, const char *value) {
    options->toolchain.level = *value - '0';
    if (*value >= '0' && *value <= '3' && !value[1]) return true;
    report("-O is -O0, -O1, -O2 or -O3, not '-O%s'", value);
    return false;
}

static bool set_compiler(struct options *options, const char *value) {
    options->compiler = value;
    return true;
}

static bool set_flags(struct options *options, const char *value) {
    if (words_split(&options->toolchain.flags, value)) return true;
    report("--cflags: a quote is not closed in '%s'", value);
    return false;
}

static bool set_keep(struct options *options, const char *value) {
    options->keep_folder = value;
    return true;
}

/* HOST, HOST::GUEST or HOST::GUEST:ro with nothing empty, as rt/grants.c demands. */
static bool set_directory(struct options *options, const char *value) {
    words_quote(&options->grants, "--dir");
    words_quote(&options->grants, value);
    const char *guest = strstr(value, "::");
    if (*value && guest != value && (!guest || (guest[2] && strcmp(guest + 2, ":ro") != 0))) return true;
    report("--dir wants a folder, HOST, HOST::GUEST or HOST::GUEST:ro, not '%s'", value);
    return false;
}

/* Only the shape, ADDRESS:PORT: what an address is, rt/wasi/address.c knows. */
static bool set_listen(struct options *options, const char *value) {
    words_quote(&options->grants, "--listen");
    words_quote(&options->grants, value);
    const char *colon = strrchr(value, ':');
    const size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (colon && colon != value && digits && digits <= 5 && !colon[1 + digits] && atoi(colon + 1) <= 65535) return true;
    report("--listen wants ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080, not '%s'", value);
    return false;
}

static bool set_deterministic(struct options *options, const char *value) {
    char *end;
    errno = 0;
    if (!value) {
        words_quote(&options->grants, "--deterministic");
        return true;
    }
    (void)strtoull(value, &end, 10);
    words_quote(&options->grants, words_format(options->arena, "--deterministic=%s", value));
    if (*value >= '0' && *value <= '9' && !*end && !errno) return true;
    report("--deterministic wants a decimal number of 64 bits, not '%s'", value);
    return false;
}

static bool set_environment(struct options *options, const char *value) {
    words_quote(&options->grants, "--env");
    words_quote(&options->grants, value);
    if (*value != '=' && strchr(value, '=')) return true;
    report("--env wants NAME=VALUE, not '%s'", value);
    return false;
}

static bool set_inherit(struct options *options, const char *value) {
    (void)value;
    words_quote(&options->grants, "--inherit-env");
    return true;
}

static bool set_trace(struct options *options, const char *value) {
    (void)value;
    words_quote(&options->grants, "--trace");
    return true;
}

static bool set_sealed(struct options *options, const char *value) {
    (void)value;
    options->translate.is_sealed = true;
    return true;
}

static bool set_counting_engine(struct options *options, const char *value) {
    options->engine = value;
    if (strcmp(value, "interp") == 0 || strcmp(value, "cc") == 0) return true;
    report("--engine is 'interp' or 'cc', not '%s'", value);
    return false;
}

static bool set_top(struct options *options, const char *value) {
    unsigned top = 0;
    const bool is_number = read_number("--top", value, 1000000, &top);
    options->top = top;
    return is_number;
}

static bool set_all(struct options *options, const char *value) {
    (void)value;
    options->top = SIZE_MAX;
    return true;
}

static bool set_json(struct options *options, const char *value) {
    (void)value;
    options->format = COUNTS_JSON;
    return true;
}

static bool set_csv(struct options *options, const char *value) {
    (void)value;
    options->format = COUNTS_CSV;
    return true;
}

static bool set_verbose(struct options *options, const char *value) {
    (void)value;
    options->toolchain.is_verbose = true;
    return true;
}

static bool set_help(struct options *options, const char *value) {
    (void)value;
    options->wants_help = true;
    return true;
}

static bool set_version(struct options *options, const char *value) {
    (void)value;
    options->wants_version = true;
    return true;
}

/* ---- the table ---- */

enum {
    T = COMMAND_TRANSLATE,
    TR = COMMAND_TRANSLATE | COMMAND_RUN,
    P = COMMAND_PROFILE,
    RP = COMMAND_RUN | COMMAND_PROFILE,
    TRP = COMMAND_TRANSLATE | COMMAND_RUN | COMMAND_PROFILE,
    ALL = COMMAND_TRANSLATE | COMMAND_RUN | COMMAND_VALIDATE | COMMAND_PROFILE,
};

static const struct option {
    char letter; /* or 0 */
    const char *name;
    const char *argument; /* as help shows it; NULL for a flag; with [=...] it may be left out */
    int commands;
    setter *set;
    const char *help; /* NULL: not shown */
} table[] = {
    {'o', "output", "FILE", T, set_output,
     "what to write, by its ending: .c C source (and .h for a library),\n"
     ".o object, .so shared library, .a archive, else a program"},
    {0, "program", NULL, T, set_program,
     "make a program; the default for a module that exports _start\n"
     "and imports nothing but WASI"},
    {0, "library", NULL, T, set_library, "make a library: C functions to call, instances to create"},
    {0, "name", "PREFIX", T, set_name, "how the C names of a library start; default: as FILE"},
    {0, "bounds", "guard|check", TR, set_bounds,
     "protect memory by guard pages (default: fast, 64-bit Unix), or\n"
     "by a comparison before each access (any machine)"},
    {0, "split", "N", T, set_split, "write functions to N parts beside FILE.c; default: by size"},
    {0, "runtime", "embedded|external", T, set_runtime,
     "let the C carry the runtime's text (default), or include\n"
     "<w2c/...> and be linked with libw2c_rt"},
    {0, "engine", "interp|cc", P, set_counting_engine,
     "what runs the program and counts: the interpreter (default), or\n"
     "compiled code; both count the same"},
    {0, "top", "N", P, set_top, "list the N most frequent operators and functions; default: 15"},
    {0, "all", NULL, P, set_all, "list all that were executed"},
    {0, "json", NULL, P, set_json, "write JSON instead of tables"},
    {0, "csv", NULL, P, set_csv, "write CSV"},
    {'o', "output", "FILE", P, set_output, "write to FILE, not to standard error"},
    {'O', NULL, "0..3", TRP, set_level, "how much the C compiler optimises; default: -O2, to profile -O1"},
    {0, "cc", "COMMAND", TRP, set_compiler, "the C compiler; default: $CC, else cc"},
    {0, "cflags", "FLAGS", TRP, set_flags, "more flags for it"},
    {'j', "jobs", "N", TRP, set_jobs, "do N things at a time; default: as many as processors"},
    {0, "keep-c", "FOLDER", T, set_keep, "leave the C of a compiled result in FOLDER"},
    {0, "dir", "HOST[::GUEST[:ro]]", TRP, set_directory,
     "let the program use folder HOST, which it sees as GUEST (or\n"
     "as HOST); with :ro it may only read"},
    {0, "listen", "ADDRESS:PORT", TRP, set_listen,
     "let it accept connections there: 127.0.0.1:80, [::1]:80 or\n"
     "localhost:80; port 0 is any that is free"},
    {0, "env", "NAME=VALUE", TRP, set_environment, "give it an environment variable"},
    {0, "inherit-env", NULL, TRP, set_inherit, "give it the whole environment"},
    {0, "deterministic", "[=SEED]", TRP, set_deterministic,
     "give it the same time and random bytes in every run"},
    {0, "trace", NULL, TRP, set_trace, "show its WASI calls, a line for each on standard error"},
    {0, "sealed", NULL, T, set_sealed, "grant no more when it runs: ignore W2C_OPTIONS"},
    {'v', "verbose", NULL, TRP, set_verbose, "show the commands that are run"},
    {'h', "help", NULL, ALL, set_help, NULL},
    {0, "version", NULL, ALL, set_version, NULL},
};

enum { OPTIONS = sizeof table / sizeof table[0], HELP_COLUMN = 31 };

/* A value that may be left out follows in the same word. */
static bool is_optional(const struct option *option) {
    return option->argument && option->argument[0] == '[';
}

static int print_name(FILE *stream, const struct option *option) {
    int width = fprintf(stream, "  ");
    if (option->letter == 'O') return width + fprintf(stream, "-O%s", option->argument);
    if (option->letter) width += fprintf(stream, "-%c", option->letter);
    if (option->letter && option->argument) return width + fprintf(stream, " %s", option->argument);
    width += fprintf(stream, "%s--%s", option->letter ? ", " : "", option->name);
    if (option->argument) width += fprintf(stream, "%s%s", is_optional(option) ? "" : " ", option->argument);
    return width;
}

void options_print(FILE *stream, enum command command) {
    for (int i = 0; i < OPTIONS; i++) {
        if (!(table[i].commands & (int)command) || !table[i].help) continue;
        const int width = print_name(stream, &table[i]);
        fprintf(stream, "%*s", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "");
        for (const char *at = table[i].help; *at; at++) {
            fputc(*at, stream);
            if (*at == '\n') fprintf(stream, "%*s", HELP_COLUMN, "");
        }
        fputc('\n', stream);
    }
}

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

const char *const command_names[] = {"run", "validate", "profile", "help", NULL};

enum command options_command(const char *name) {
    if (strcmp(name, "run") == 0) return COMMAND_RUN;
    if (strcmp(name, "validate") == 0) return COMMAND_VALIDATE;
    if (strcmp(name, "profile") == 0) return COMMAND_PROFILE;
    return 0;
}

static void report_unknown(const struct options *options, const char *word) {
    const char *names[OPTIONS + 1];
    size_t count = 0;
    for (int i = 0; i < OPTIONS; i++) {
        if (table[i].name && table[i].commands & (int)options->command) names[count++] = table[i].name;
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
    for (int i = 0; i < OPTIONS; i++) {
        if (!is_spelled(&table[i], word)) continue;
        if (table[i].commands & (int)command) return &table[i];
        found = &table[i];
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
    const int taken = option->argument && !value && !is_optional(option) ? 2 : 1;
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
    options->artifact = artifact_of(options->output);
    if (is_library && (options->grants.size || options->translate.is_sealed))
        problem = "--dir, --listen, --env, --inherit-env, --deterministic, --trace and --sealed are for programs; "
                  "what a library may do, its host decides";
    else if (is_library && options->artifact == ARTIFACT_PROGRAM)
        problem = "a library is no program: write it with -o FILE.c, FILE.o, FILE.so or FILE.a";
    else if (options->translate.external_runtime && options->artifact != ARTIFACT_SOURCE)
        problem = "--runtime=external is for C source, -o FILE.c: compile it with the runtime's headers and library";
    else if (options->keep_folder && options->artifact == ARTIFACT_SOURCE)
        problem = "--keep-c is for compiled results; -o FILE.c writes C already";
    if (problem) report("%s", problem);
    return !problem;
}

static bool check(struct options *options) {
    if (options->wants_help || options->wants_version) return true;
    if (!report_modules(options)) return false;
    return options->command != COMMAND_TRANSLATE || check_translate(options);
}

/* `-` alone is a module: standard input. */
static bool is_option(const char *word) {
    return word[0] == '-' && word[1];
}

bool options_parse(struct options *options, int count, char **arguments) {
    options->command = COMMAND_TRANSLATE;
    options->modules.arena = options->toolchain.compiler.arena = options->toolchain.flags.arena = options->arena;
    options->toolchain.level = 2;
    options->toolchain.parallel = pool_default_threads();
    int at = 1;
    options->top = 15;
    if (at < count && options_command(arguments[at])) options->command = options_command(arguments[at++]);
    if (options->command == COMMAND_PROFILE) options->toolchain.level = 1;
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
            if (options->command & RP) break;
        }
    }
    options->guest_arguments = arguments + at;
    return check(options);
}
