/* Which subjects there are, in the order of the table: engines and levels as they were named, for each compiler, then
 * the user's commands. */
#include "bench.h"

#include <string.h>

#include "../build/report.h"

/* "O0" to "O3". */
static bool is_level(const char *name) {
    return name[0] == 'O' && name[1] >= '0' && name[1] <= '3' && !name[2];
}

bool bench_knows_engine(const char *name) {
    static const char *const engines[] = {"interp", "tcc", "tcc-kept", "auto", "auto-kept"};
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        if (strcmp(name, engines[i]) == 0) return true;
    }
    return is_level(name);
}

/* `helper` is that of struct subject. */
static void name_helper(struct bench *bench, struct subject *subject, unsigned helper) {
    subject->helper = helper;
    if (!helper) return;
    subject->label = words_format(bench->arena, "%s %s", subject->label, study_helpers[helper - 1].name);
}

/* `w2c run --engine=NAME GRANTS -- MODULE` */
static struct words engine_command(struct bench *bench, const char *engine, const char *options) {
    const struct bench_settings *settings = bench->settings;
    struct words command = {.arena = bench->arena};
    words_add(&command, settings->self);
    words_add(&command, "run");
    words_add(&command, words_format(bench->arena, "--engine=%s", engine));
    if (settings->check_bounds) words_add(&command, "--bounds=check");
    words_split(&command, options);
    words_split(&command, settings->grants);
    words_add(&command, "--");
    words_add(&command, settings->module);
    return command;
}

/* For "tcc-kept" the engine is tcc. What auto builds behind a program ends with it, lest it disturb what runs next;
 * what it would have left if it had gone on is what cc leaves. */
static bool plan_engine(struct bench *bench, const char *name, unsigned helper) {
    struct subject *subject = &bench->subjects[bench->count++];
    const size_t size = strcspn(name, "-");
    const char *engine = arena_copy(bench->arena, name, size);
    const bool is_auto = strcmp(engine, "auto") == 0;
    const char *options = is_auto ? "--build-while-running" : "";
    if (helper) options = words_format(bench->arena, "--memory-helper=%u", helper);
    *subject = (struct subject){.kind = SUBJECT_ENGINE,
                                .label = name,
                                .keeps_code = name[size] != '\0',
                                .command = engine_command(bench, engine, options),
                                .filling = engine_command(bench, is_auto ? "cc" : engine, "")};
    name_helper(bench, subject, helper);
    return true;
}

/* "gcc -O2", or with more words as they were given: "ccache gcc -O2". */
static bool plan_compiled(struct bench *bench, const char *compiler, int level, unsigned helper) {
    struct subject *subject = &bench->subjects[bench->count++];
    *subject = (struct subject){.kind = SUBJECT_COMPILED, .toolchain = *bench->settings->toolchain};
    struct toolchain *toolchain = &subject->toolchain;
    toolchain->compiler = (struct words){.arena = bench->arena};
    if (!toolchain_find(toolchain, compiler)) return false;
    toolchain->level = level;
    toolchain->wants_placement = true;
    struct text label = {0};
    for (size_t i = 0; i < toolchain->compiler.count; i++)
        words_quote(&label, toolchain->compiler.items[i]);
    subject->label = words_format(bench->arena, "%s -O%d", text_string(&label), level);
    text_free(&label);
    name_helper(bench, subject, helper);
    if (!helper) return true;
    toolchain->flags = (struct words){.arena = bench->arena};
    words_add_all(&toolchain->flags, &bench->settings->toolchain->flags);
    words_add(&toolchain->flags, words_format(bench->arena, "-DW2C_MEMORY_HELPER=%u", helper - 1));
    return true;
}

/* A name before `=` has none of the characters that a path, an option or a quoted word would have. */
static size_t label_size(const char *text) {
    const size_t size = strcspn(text, "= /\\'\"$");
    return text[size] == '=' && text[0] != '-' ? size : 0;
}

static bool plan_command(struct bench *bench, const char *text) {
    struct subject *subject = &bench->subjects[bench->count++];
    *subject = (struct subject){.kind = SUBJECT_COMMAND, .command.arena = bench->arena};
    const size_t size = label_size(text);
    const char *command = size ? text + size + 1 : text;
    subject->label = size ? arena_copy(bench->arena, text, size) : command;
    if (words_split(&subject->command, command) && subject->command.count) return true;
    report("--vs: no command: '%s'", text);
    return false;
}

/* The compiler's level as it is, and where the study asks for it with each helper; the interpreter with each helper. */
static bool plan_variants(struct bench *bench, const char *name, const char *compiler) {
    const bool has_helpers = bench->settings->has_memory_helpers;
    bool is_good = true;
    if (is_level(name)) {
        for (unsigned helper = 0; helper <= (has_helpers ? STUDY_HELPERS : 0); helper++)
            is_good = is_good && plan_compiled(bench, compiler, name[1] - '0', helper);
        return is_good;
    }
    if (!has_helpers || strcmp(name, "interp") != 0) return plan_engine(bench, name, 0);
    for (unsigned helper = 1; helper <= STUDY_HELPERS; helper++)
        is_good = is_good && plan_engine(bench, name, helper);
    return is_good;
}

bool bench_plan(struct bench *bench) {
    const struct bench_settings *settings = bench->settings;
    const size_t compilers = settings->compilers.count ? settings->compilers.count : 1;
    const size_t most = settings->engines.count * compilers * (1 + STUDY_HELPERS) + settings->commands.count;
    bench->subjects = arena_array(bench->arena, struct subject, most + 1);
    bool is_good = true;
    for (size_t i = 0; i < settings->engines.count; i++) {
        const char *name = settings->engines.items[i];
        if (!is_level(name)) is_good = is_good && plan_variants(bench, name, NULL);
    }
    for (size_t c = 0; c < compilers; c++) {
        const char *compiler = settings->compilers.count ? settings->compilers.items[c] : NULL;
        for (size_t i = 0; i < settings->engines.count; i++) {
            const char *name = settings->engines.items[i];
            if (is_level(name)) is_good = is_good && plan_variants(bench, name, compiler);
        }
    }
    for (size_t i = 0; i < settings->commands.count; i++) {
        is_good = is_good && plan_command(bench, settings->commands.items[i]);
    }
    return is_good;
}
