/* What --help says: a screen for each command, with examples that can be typed as they stand.
 *
 * The options in between come from the table that reads them (options.c), so help cannot fall behind. The words about
 * grants say the same as rt/grants.h: they are one notation, read here and by every program.
 */
#include "commands.h"

static const char usage[] =
    "usage: w2c MODULE.wasm -o FILE[.c|.o|.so|.a] [options]\n"
    "       w2c run [options] MODULE.wasm [arguments]\n"
    "       w2c validate MODULE.wasm...\n"
    "       w2c profile [options] MODULE.wasm [arguments]\n"
    "       w2c bench [options] MODULE.wasm [arguments]\n"
    "       w2c cache [--clear]\n";

static const char translate_intro[] =
    "\nTurns WebAssembly into C that needs nothing but a C compiler, or right into a native program.\n\n";

static const char translate_outro[] =
    "\nA program may touch nothing but its standard streams unless it is granted more: here, for good,\n"
    "or when it runs, with the same words in W2C_OPTIONS. Its arguments all belong to the guest.\n"
    "\nexamples:\n"
    "  w2c app.wasm -o app && ./app\n"
    "  w2c app.wasm -o app.c && cc -O2 app.c -o app -lm\n"
    "  w2c codec.wasm -o codec.c            also writes codec.h: how to call it from C\n"
    "  w2c app.wasm -o app --pgo './app < training.txt' --march native\n"
    "  w2c profile --all --csv -o counts.csv app.wasm && w2c app.wasm -o app --profile counts.csv\n"
    "  w2c app.wasm -o app --dir .::/data --env LANG=C\n"
    "  W2C_OPTIONS='--dir /tmp' ./app\n"
    "\nexit codes: 0; 1 bad input or failed build; 2 wrong usage. See also: w2c help run|validate|profile|bench.\n";

static const char run_intro[] =
    "usage: w2c run [options] MODULE.wasm [arguments]\n"
    "\nRuns a program, built by the C compiler or in this process (--engine). What was built is kept in\n"
    "$XDG_CACHE_HOME/w2c (~/.cache/w2c), so that the second time starts at once; the folder may be removed at\n"
    "any time. All that follows MODULE.wasm are the guest's arguments. It may touch only what is granted here:\n\n";

static const char run_outro[] =
    "\nexamples:\n"
    "  w2c run app.wasm --verbose           --verbose goes to the guest\n"
    "  w2c run --dir . python.wasm script.py\n"
    "  w2c run --engine=tcc app.wasm        needs no C compiler, starts at once\n"
    "  w2c run --dir ~/texts::/in:ro --dir out::/out --env TZ=UTC convert.wasm /in/a /out/b\n"
    "\nexit codes: the guest's own; 134 if it traps; 1 bad input or failed build; 2 wrong usage.\n";

static const char validate_help[] =
    "usage: w2c validate MODULE.wasm...\n"
    "\nChecks modules against the WebAssembly specification. Says nothing if all are valid; else prints a line for\n"
    "each bad one: file, offset, function, operator, and what is wrong.\n"
    "\nexamples:\n"
    "  w2c validate app.wasm && echo good\n"
    "  generate | w2c validate -            reads standard input\n"
    "\nexit codes: 0 all valid; 1 some are not, or cannot be read; 2 wrong usage.\n";

static const char profile_intro[] =
    "usage: w2c profile [options] MODULE.wasm [arguments]\n"
    "\nRuns the program and counts, exactly, how often each operator is executed, and how many each function does;\n"
    "or, with --flame, samples where its time goes. Its input and output are its own; the tables follow on standard\n"
    "error when it has ended, however it did.\n"
    "Executed is: a loop on entry and at each branch to it; else and end where control comes from above.\n\n";

static const char profile_outro[] =
    "\nexamples:\n"
    "  w2c profile app.wasm < input\n"
    "  w2c profile --engine=cc --json -o counts.json --dir . python.wasm script.py\n"
    "  w2c profile --flame flame.svg --engine=cc app.wasm < input\n"
    "\nexit codes: the guest's own; 134 if it traps; 1 bad input or failed build; 2 wrong usage.\n";

static const char bench_intro[] =
    "usage: w2c bench [options] MODULE.wasm [arguments]\n"
    "\nRuns the same program in several ways, in turns: interpreted, compiled in memory, as C at each level, and by\n"
    "other commands. Each gets the same arguments, standard input and grants; outputs and exit codes must agree.\n"
    "A table follows: times of translating, compiling and running, memory, sizes.\n\n";

static const char bench_outro[] =
    "\nexamples:\n"
    "  w2c bench --report report.html app.wasm input.txt\n"
    "  w2c bench --engines interp,O2 --start '-c pass' python.wasm script.py\n"
    "  w2c bench --cc gcc --cc clang --vs native=./app --vs 'wasmtime app.wasm' app.wasm < data\n"
    "\nexit codes: 0 all ran and agree; 1 not so, or bad input; 2 wrong usage.\n";

static const char cache_intro[] =
    "usage: w2c cache [--clear]\n"
    "\nShows what w2c run keeps in $XDG_CACHE_HOME/w2c (~/.cache/w2c): size, last use, what it is.\n"
    "When something is added and all of it takes more than W2C_CACHE_LIMIT (500M, 2G; default 2G;\n"
    "0: no limit), what has not been used for longest is removed. Whatever is missing is made again\n"
    "when it is needed.\n\n";

static const char cache_outro[] = "\nexit codes: 0; 1 there is no place for a cache; 2 wrong usage.\n";

/* What stands before and after the options of each command that has some. */
static const struct {
    enum command command;
    const char *intro, *outro;
} screens[] = {
    {COMMAND_TRANSLATE, translate_intro, translate_outro},
    {COMMAND_RUN, run_intro, run_outro},
    {COMMAND_PROFILE, profile_intro, profile_outro},
    {COMMAND_BENCH, bench_intro, bench_outro},
    {COMMAND_CACHE, cache_intro, cache_outro},
};

void help_usage(FILE *stream) {
    fprintf(stream, "%s       w2c --help\n", usage);
}

void help_print(FILE *stream, enum command command) {
    if (command == COMMAND_VALIDATE) {
        fputs(validate_help, stream);
        return;
    }
    if (command == COMMAND_TRANSLATE) fputs(usage, stream);
    for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++) {
        if (screens[i].command != command) continue;
        fputs(screens[i].intro, stream);
        options_print(stream, command);
        fputs(screens[i].outro, stream);
    }
}
