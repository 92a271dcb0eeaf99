/* Sums and names that the table and the reports share. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "../base/pool.h"

/* Engines translate while they run, and what a command needed before we do not know. */
double bench_total_seconds(const struct bench *bench, const struct subject *subject) {
    if (subject->kind != SUBJECT_COMPILED) return subject->run.wall.median;
    return bench->translate_seconds + subject->compile_seconds + subject->run.wall.median;
}

double bench_ratio(const struct bench *bench, const struct subject *subject) {
    const double baseline = bench->subjects[bench->baseline].run.wall.median;
    return baseline > 0 && subject->run.count ? subject->run.wall.median / baseline : 0;
}

/* A whole program may be an argument; a title has room for its first line. */
static void add_argument(const struct bench *bench, struct text *text, const char *argument) {
    enum { SHOWN_BYTES = 80 };
    const size_t size = text_title_size(argument, SHOWN_BYTES);
    if (argument[size]) argument = words_format(bench->arena, "%.*s...", (int)size, argument);
    words_quote(text, argument);
}

char *bench_command_line(const struct bench *bench) {
    struct text text = {0};
    words_quote(&text, bench->settings->module);
    for (char *const *argument = bench->settings->arguments; *argument; argument++)
        add_argument(bench, &text, *argument);
    char *line = arena_copy(bench->arena, text.data, text.size);
    text_free(&text);
    return line;
}

/* The kernel's word for the processor, where it has one. */
static char *processor_name(struct arena *arena) {
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    char *name = NULL;
    while (file && !name && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) != 0 || !colon) continue;
        name = words_format(arena, "%s", colon + 1 + strspn(colon + 1, " "));
        name[strcspn(name, "\n")] = '\0';
    }
    if (file) fclose(file);
    return name;
}

char *bench_machine(struct arena *arena) {
    struct utsname system;
    if (uname(&system) != 0) return "";
    const char *processor = processor_name(arena);
    const unsigned count = pool_default_threads();
    return words_format(arena, "%s, %u processor%s, %s %s", processor ? processor : system.machine, count,
                        count == 1 ? "" : "s", system.sysname, system.release);
}

void bench_free(struct bench *bench) {
    for (size_t i = 0; i < bench->count; i++) {
        struct subject *subject = &bench->subjects[i];
        for (size_t k = 0; k < subject->run.count; k++)
            capture_free(&subject->run.results[k].output);
        for (size_t k = 0; k < subject->start.count; k++)
            capture_free(&subject->start.results[k].output);
    }
}
