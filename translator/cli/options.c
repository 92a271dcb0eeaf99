/* The option table, and what each row stores.
 *
 * An option is a row: names, argument, the commands that know it, the function that stores its value, and what help
 * says. Adding one is adding a row and a setter. Reading, "unknown option", "did you mean" and --help all
 * work from the table.
 *
 * A setter checks its value at once; what depends on several options is checked when all are read (options_read.c).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../build/report.h"
#include "../emit/emit.h"
#include "commands.h"

/* ---- values ---- */

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

static bool set_strict_traps(struct options *options, const char *value) {
    (void)value;
    options->translate.strict_traps = true;
    return true;
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
    options->asks_for_c_compiler = true;
    options->toolchain.level = *value - '0';
    if (*value >= '0' && *value <= '3' && !value[1]) return true;
    report("-O is -O0, -O1, -O2 or -O3, not '-O%s'", value);
    return false;
}

static bool set_compiler(struct options *options, const char *value) {
    options->asks_for_c_compiler = true;
    options->compiler = value;
    words_add(&options->bench.compilers, value);
    return true;
}

static bool set_flags(struct options *options, const char *value) {
    options->asks_for_c_compiler = true;
    if (words_split(&options->toolchain.flags, value)) return true;
    report("--cflags: a quote is not closed in '%s'", value);
    return false;
}

static bool set_march(struct options *options, const char *value) {
    options->asks_for_c_compiler = true;
    words_add(&options->toolchain.flags, words_format(options->arena, "-march=%s", value));
    if (*value) return true;
    report("--march wants the name of a processor, such as native or x86-64-v3");
    return false;
}

static bool set_lto(struct options *options, const char *value) {
    (void)value;
    options->toolchain.wants_lto = true;
    return true;
}

static bool set_pgo(struct options *options, const char *value) {
    options->pgo_command = value;
    if (*value) return true;
    report("--pgo wants a command that runs the program: --pgo './app < training.txt'");
    return false;
}

static bool set_profile(struct options *options, const char *value) {
    options->profile_path = value;
    return true;
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

static bool set_max_threads(struct options *options, const char *value) {
    char *end;
    const unsigned long count = strtoul(value, &end, 10);
    words_quote(&options->grants, "--max-threads");
    words_quote(&options->grants, value);
    if (*value >= '0' && *value <= '9' && !*end && count <= 1u << 20) return true;
    report("--max-threads wants a decimal number up to 1048576, not '%s'", value);
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
    if (strcmp(value, "tcc") == 0) return true; /* with --flame */
    report("--engine is 'interp', 'tcc', 'cc' or 'auto', not '%s'", value);
    return false;
}

/* What runs the program; "cc" is not in run_engine.c, for it is no engine of this process. */
static bool set_engine(struct options *options, const char *value) {
    options->engine = value;
    if (strcmp(value, "cc") == 0 || run_is_in_process(value)) return true;
    report("--engine is 'interp', 'tcc' or 'cc', not '%s'", value);
    return false;
}

static bool set_perf_map(struct options *options, const char *value) {
    (void)value;
    options->wants_perf_map = true;
    return true;
}

static bool set_flame(struct options *options, const char *value) {
    options->flame = value;
    return true;
}

static bool set_folded(struct options *options, const char *value) {
    options->folded = value;
    return true;
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

/* "interp,O0,O2": once each, in this order. */
static bool set_engines(struct options *options, const char *value) {
    struct words *engines = &options->bench.engines;
    engines->count = 0;
    options->bench.engines_are_chosen = true;
    for (const char *at = value; *at;) {
        const size_t size = strcspn(at, ",");
        char *name = arena_copy(options->arena, at, size);
        if (!bench_knows_engine(name)) {
            report("--engines is a list of interp, tcc, tcc-kept, auto, auto-kept, O0, O1, O2, O3, not '%s'", value);
            return false;
        }
        words_add(engines, name);
        at += size + (at[size] == ',');
    }
    return true;
}

static bool set_rounds(struct options *options, const char *value) {
    return read_number("--rounds", value, 10000, &options->bench.rounds);
}

static bool set_timeout(struct options *options, const char *value) {
    return read_number("--timeout", value, 1000000, &options->bench.timeout_seconds);
}

static bool set_command(struct options *options, const char *value) {
    words_add(&options->bench.commands, value);
    return true;
}

static bool set_start(struct options *options, const char *value) {
    struct words words = {.arena = options->arena};
    options->bench.start_arguments = value;
    if (words_split(&words, value)) return true;
    report("--start: a quote is not closed in '%s'", value);
    return false;
}

static bool set_report(struct options *options, const char *value) {
    options->bench_html = value;
    return true;
}

static bool set_json_file(struct options *options, const char *value) {
    options->bench_json = value;
    return true;
}

static bool set_csv_file(struct options *options, const char *value) {
    options->bench_csv = value;
    return true;
}

static bool set_memory_helpers(struct options *options, const char *value) {
    (void)value;
    options->bench.has_memory_helpers = true;
    return true;
}

static bool set_memory_helper(struct options *options, const char *value) {
    unsigned number = 0;
    const bool is_number = read_number("--memory-helper", value, STUDY_HELPERS, &number);
    options->memory_helper = number - 1;
    return is_number;
}

static bool set_memory_study(struct options *options, const char *value) {
    (void)value;
    options->translate.has_memory_study = true;
    return true;
}

static bool set_verbose(struct options *options, const char *value) {
    (void)value;
    options->toolchain.is_verbose = true;
    return true;
}

static bool set_takeover_first(struct options *options, const char *value) {
    (void)value;
    options->wants_takeover_first = true;
    return true;
}

static bool set_build_while_running(struct options *options, const char *value) {
    (void)value;
    options->builds_while_running = true;
    return true;
}

static bool set_clear(struct options *options, const char *value) {
    (void)value;
    options->wants_clear = true;
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
    B = COMMAND_BENCH,
    TRP = COMMAND_TRANSLATE | COMMAND_RUN | COMMAND_PROFILE,
    TRPB = TRP | COMMAND_BENCH,
    ALL = TRPB | COMMAND_VALIDATE | COMMAND_CACHE,
};

const struct option option_table[] = {
    {'o', "output", "FILE", T, set_output,
     "what to write, by its ending: .c C source (and .h for a library),\n"
     ".o object, .so shared library, .a archive, else a program;\n"
     "DIR/build.ninja, DIR/Makefile, DIR/CMakeLists.txt: C and a file\n"
     "by which ninja, make or CMake build it, maybe on many machines"},
    {0, "program", NULL, T, set_program,
     "make a program; the default for a module that exports _start\n"
     "and imports nothing but WASI"},
    {0, "library", NULL, T, set_library, "make a library: C functions to call, instances to create"},
    {0, "name", "PREFIX", T, set_name, "how the C names of a library start; default: as FILE"},
    {0, "bounds", "guard|check", TR | B, set_bounds,
     "protect memory by guard pages (default: fast, 64-bit Unix), or\n"
     "by a comparison before each access (any machine)"},
    {0, "strict-traps", NULL, T, set_strict_traps, "guard pages notice what the C compiler finds useless, too; slower"},
    {0, "split", "N", T, set_split, "write functions to N parts beside FILE.c; default: by size"},
    {0, "runtime", "embedded|external", T, set_runtime,
     "let the C carry the runtime's text (default), or include\n"
     "<w2c/...> and be linked with libw2c_rt"},
    {0, "engine", "interp|tcc|cc|auto", COMMAND_RUN, set_engine,
     "what runs the program: an interpreter, a compiler in memory, the\n"
     "C compiler, or both (default): in memory at once, while the C\n"
     "compiler, if there is one, works behind it for the next run; with\n"
     "-O, --cc, --cflags or --bounds=check the default is cc"},
    {0, "engine", "interp|tcc|cc", P, set_counting_engine,
     "what runs the program: for counts the interpreter (default), or\n"
     "compiled code, which counts the same; for samples also the\n"
     "compiler in memory (default)"},
    {0, "flame", "FILE.svg", P, set_flame, "draw a flame graph of samples, in place of counts"},
    {0, "folded", "FILE", P, set_folded, "write the stacks that were sampled, a line each"},
    {0, "top", "N", P, set_top, "list the N most frequent operators and functions; default: 15"},
    {0, "all", NULL, P, set_all, "list all that were executed"},
    {0, "json", NULL, P, set_json, "write JSON instead of tables"},
    {0, "csv", NULL, P, set_csv, "write CSV"},
    {'o', "output", "FILE", P, set_output, "write to FILE, not to standard error"},
    {0, "engines", "LIST", B, set_engines,
     "what to compare, with commas between: engines of w2c run, interp,\n"
     "tcc, auto, with an empty cache or with what they have kept,\n"
     "tcc-kept, auto-kept; and levels of the C compiler, O0 to O3"},
    {0, "memory-helpers", NULL, B, set_memory_helpers,
     "repeat the study of memory helpers: four ways to write an access,\n"
     "in the interpreter and in C (--engines: default interp,O2)"},
    {0, "vs", "COMMAND", B, set_command,
     "also run COMMAND, or NAME=COMMAND to give it a name, with the\n"
     "guest's arguments after it; may be given several times"},
    {0, "rounds", "N", B, set_rounds, "run each N times, in turns; default: 3"},
    {0, "start", "ARGUMENTS", B, set_start,
     "also measure start-up: runs with these arguments instead, with\n"
     "which the program should do next to nothing, and no input"},
    {0, "timeout", "SECONDS", B, set_timeout, "end a run that takes longer; default: 600"},
    {0, "report", "FILE.html", B, set_report, "write a page with charts"},
    {0, "json", "FILE", B, set_json_file, "write all measurements as JSON"},
    {0, "csv", "FILE", B, set_csv_file, "write a line of CSV for each run"},
    {'O', NULL, "0..3", TRP, set_level,
     "how much the C compiler optimises; default: -O2 where a program\n"
     "of several parts spends its time, less elsewhere; to profile -O1"},
    {0, "cc", "COMMAND", TRPB, set_compiler, "the C compiler; default: $CC, else cc; bench takes several"},
    {0, "cflags", "FLAGS", TRPB, set_flags, "more flags for it"},
    {0, "march", "NAME", TR, set_march, "use all that this processor has; native is the one at hand"},
    {0, "lto", NULL, T, set_lto, "optimise all parts of a program or .so together: slow to link"},
    {0, "pgo", "COMMAND", T, set_pgo,
     "build a program that counts, run COMMAND, which runs it as FILE\n"
     "or $W2C_PROGRAM on typical input, and build again for that use"},
    {0, "profile", "FILE", T, set_profile, "optimise most what ran most, by `w2c profile --all --csv -o FILE`"},
    {'j', "jobs", "N", TRPB, set_jobs, "do N things at a time; default: as many as processors"},
    {0, "keep-c", "FOLDER", T, set_keep, "leave the C of a compiled result in FOLDER"},
    {0, "dir", "HOST[::GUEST[:ro]]", TRPB, set_directory,
     "let the program use folder HOST, which it sees as GUEST (or\n"
     "as HOST); with :ro it may only read"},
    {0, "listen", "ADDRESS:PORT", TRPB, set_listen,
     "let it accept connections there: 127.0.0.1:80, [::1]:80 or\n"
     "localhost:80; port 0 is any that is free"},
    {0, "env", "NAME=VALUE", TRPB, set_environment, "give it an environment variable"},
    {0, "inherit-env", NULL, TRPB, set_inherit, "give it the whole environment"},
    {0, "deterministic", "[=SEED]", TRPB, set_deterministic, "give it the same time and random bytes in every run"},
    {0, "max-threads", "N", TRPB, set_max_threads, "let it have N threads beside its first (1024)"},
    {0, "trace", NULL, TRPB, set_trace, "show its WASI calls, a line for each on standard error"},
    {0, "sealed", NULL, T, set_sealed, "grant no more when it runs: ignore W2C_OPTIONS"},
    {0, "build-while-running", NULL, COMMAND_RUN, set_build_while_running, NULL}, /* for bench */
    {0, "takeover-first", NULL, COMMAND_RUN, set_takeover_first, NULL},           /* for tests of --engine=auto */
    /* These two are for bench --memory-helpers. */
    {0, "memory-helper", "1..4", COMMAND_RUN, set_memory_helper, NULL},
    {0, "memory-study", NULL, T, set_memory_study, NULL},
    {'v', "verbose", NULL, TRPB, set_verbose, "show the commands that are run"},
    {0, "perf-map", NULL, COMMAND_RUN, set_perf_map,
     "with --engine=tcc, tell perf what its code is: /tmp/perf-PID.map"},
    {0, "clear", NULL, COMMAND_CACHE, set_clear, "remove everything that is kept"},
    {'h', "help", NULL, ALL, set_help, NULL},
    {0, "version", NULL, ALL, set_version, NULL},
};

const size_t option_count = sizeof option_table / sizeof option_table[0];

enum { HELP_COLUMN = 31 };

static int print_name(FILE *stream, const struct option *option) {
    int width = fprintf(stream, "  ");
    if (option->letter == 'O') return width + fprintf(stream, "-O%s", option->argument);
    if (option->letter) width += fprintf(stream, "-%c", option->letter);
    if (option->letter && option->argument) return width + fprintf(stream, " %s", option->argument);
    width += fprintf(stream, "%s--%s", option->letter ? ", " : "", option->name);
    if (option->argument) width += fprintf(stream, "%s%s", has_optional_value(option) ? "" : " ", option->argument);
    return width;
}

void options_print(FILE *stream, enum command command) {
    for (size_t i = 0; i < option_count; i++) {
        if (!(option_table[i].commands & (int)command) || !option_table[i].help) continue;
        const int width = print_name(stream, &option_table[i]);
        fprintf(stream, "%*s", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "");
        for (const char *at = option_table[i].help; *at; at++) {
            fputc(*at, stream);
            if (*at == '\n') fprintf(stream, "%*s", HELP_COLUMN, "");
        }
        fputc('\n', stream);
    }
}
