/* Three spellings of one description: a rule for each heat, an object for each part, what costs most first, for these
 * tools start what they can in the order in which they read it. Flags are those of the build in one step
 * (toolchain.c), in variables that can be set from outside; so can the compiler be, and that is how ccache, distcc and
 * icecream get in between: each object is one command that reads C and writes an object.
 *
 * Every file is named relative to the folder, which may be moved.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "build_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "placement.h"
#include "report.h"

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum build_tool build_tool_of(const char *path) {
    static const char *const names[] = {
        [TOOL_NINJA] = "build.ninja", [TOOL_MAKE] = "Makefile", [TOOL_CMAKE] = "CMakeLists.txt"};
    for (int tool = TOOL_NINJA; tool <= TOOL_CMAKE; tool++) {
        if (strcmp(base_of(path), names[tool]) == 0) return (enum build_tool)tool;
    }
    return TOOL_NONE;
}

/* ---- what all have in common ---- */

struct build_writer {
    struct text *out;
    const struct build_plan *plan;
    uint32_t *order; /* indices of sources, the most expensive first */
    struct arena arena;
};

static const char *const heat_names[HEAT_COUNT] = {"hot", "warm", "cold"};
static const char *const heat_variables[HEAT_COUNT] = {"HOT", "WARM", "COLD"};

static enum heat heat_of(const struct build_writer *w, size_t idx) {
    return w->plan->sources->heats ? w->plan->sources->heats[idx] : HEAT_HOT;
}

static const char *source_of(const struct build_writer *w, size_t idx) {
    return base_of(w->plan->sources->paths[idx]);
}

static const char *object_of(struct build_writer *w, size_t idx) {
    const char *name = source_of(w, idx);
    return words_format(&w->arena, "%.*s.o", (int)(strlen(name) - strlen(".c")), name);
}

/* Insertion keeps equal ones in their order; parts come in nearly the right one. */
static void put_in_order(struct build_writer *w) {
    const size_t count = w->plan->sources->count;
    uint64_t *costs = arena_array(&w->arena, uint64_t, count);
    w->order = arena_array(&w->arena, uint32_t, count);
    for (size_t i = 0; i < count; i++) {
        const uint64_t cost = toolchain_cost(w->plan->toolchain, w->plan->sources->paths[i], heat_of(w, i));
        size_t at = i;
        for (; at > 0 && costs[at - 1] < cost; at--) {
            costs[at] = costs[at - 1];
            w->order[at] = w->order[at - 1];
        }
        costs[at] = cost;
        w->order[at] = (uint32_t)i;
    }
}

/* Words as a shell reads them, with every `special` character behind `escape`. */
static void text_words(struct text *out, const struct words *words, const char *special, const char *escape) {
    struct text quoted = {0};
    for (size_t i = 0; i < words->count; i++)
        words_quote(&quoted, words->items[i]);
    for (const char *c = text_string(&quoted); *c; c++) {
        if (strchr(special, *c)) text_str(out, escape);
        text_char(out, *c);
    }
    text_free(&quoted);
}

static void text_headers(struct build_writer *w, const char *separator) {
    const struct sources *sources = w->plan->sources;
    if (sources->headers[0] || sources->headers[1]) text_str(w->out, separator);
    for (size_t i = 0; i < sizeof sources->headers / sizeof sources->headers[0]; i++) {
        if (sources->headers[i]) text_format(w->out, " %s", base_of(sources->headers[i]));
    }
}

static bool has_heat(const struct build_writer *w, enum heat heat) {
    for (size_t i = 0; i < w->plan->sources->count; i++) {
        if (heat_of(w, i) == heat) return true;
    }
    return false;
}

static const char *level_of(const struct build_writer *w, enum heat heat) {
    return toolchain_level(w->plan->toolchain, heat);
}

static const char *compile_flags(const struct build_writer *w) {
    return w->plan->is_placed ? placement_compile_flags : "";
}

static const char *link_flags(const struct build_writer *w) {
    return w->plan->is_placed ? placement_link_flags : "";
}

/* ---- commands ---- */

/* How a tool writes what a command consists of; `more` flags come from outside. */
struct dialect {
    const char *compiler, *archiver;
    const char *flags, *more_flags, *more_link_flags;
    const char *output;
};

static void text_compile_command(struct build_writer *w, const struct dialect *d, const char *level,
                                 const char *source) {
    text_format(w->out, "%s %s %s %s -c %s -o %s\n", d->compiler, level, d->flags, d->more_flags, source, d->output);
}

static void text_link_command(struct build_writer *w, const struct dialect *d, const char *level, const char *objects) {
    if (w->plan->is_program) {
        text_format(w->out, "%s %s %s -o %s %s %s -lm %s\n", d->compiler, level, objects, d->output, d->flags,
                    d->more_link_flags, link_flags(w));
    } else {
        text_format(w->out, "rm -f %s && %s rcs %s %s\n", d->output, d->archiver, d->output, objects);
    }
}

/* ---- ninja: no variables from outside, but each command goes through a shell ---- */

static void write_ninja_rules(struct build_writer *w) {
    static const struct dialect ninja = {"$cc", "$${AR:-ar}", "$flags", "$$CFLAGS", "$$LDFLAGS", "$out"};
    for (int heat = 0; heat < HEAT_COUNT; heat++) {
        if (!has_heat(w, (enum heat)heat)) continue;
        text_format(w->out, "rule %s\n  command = ", heat_names[heat]);
        text_compile_command(w, &ninja, level_of(w, (enum heat)heat), "$in");
        text_format(w->out, "  description = compiling $in (%s)\n", heat_names[heat]);
    }
    text_str(w->out, "rule link\n  command = ");
    text_link_command(w, &ninja, level_of(w, HEAT_HOT), "$in");
    text_str(w->out, "  description = making $out\n\n");
}

static void write_ninja(struct build_writer *w) {
    text_str(w->out, "# Generated by w2c " W2C_VERSION ".\n");
    text_format(w->out, "#     ninja -C FOLDER                      makes %s\n", w->plan->result);
    text_str(w->out, "#     CC='ccache gcc' ninja -C FOLDER      with another compiler; 'distcc gcc' with -j 40\n"
                     "# CFLAGS and LDFLAGS are added.\n\nninja_required_version = 1.3\ncc = $${CC:-");
    text_words(w->out, &w->plan->toolchain->compiler, "$", "$");
    text_format(w->out, "}\nflags = %s ", compile_flags(w));
    text_words(w->out, &w->plan->toolchain->flags, "$", "$");
    text_str(w->out, "\n\n");
    write_ninja_rules(w);
    for (size_t i = 0; i < w->plan->sources->count; i++) {
        const uint32_t idx = w->order[i];
        text_format(w->out, "build %s: %s %s", object_of(w, idx), heat_names[heat_of(w, idx)], source_of(w, idx));
        text_headers(w, " |");
        text_char(w->out, '\n');
    }
    text_format(w->out, "build %s: link", w->plan->result);
    for (size_t i = 0; i < w->plan->sources->count; i++)
        text_format(w->out, " %s", object_of(w, i));
    text_format(w->out, "\ndefault %s\n", w->plan->result);
}

/* ---- make ---- */

static void write_make_rules(struct build_writer *w) {
    static const struct dialect make = {"$(CC)", "$(AR)", "$(FLAGS)", "$(CFLAGS)", "$(LDFLAGS)", "$@"};
    text_str(w->out, "\n\nall: $(RESULT)\n$(RESULT): $(OBJECTS)\n\t");
    text_link_command(w, &make, "$(HOT)", "$(OBJECTS)");
    for (size_t i = 0; i < w->plan->sources->count; i++) {
        const uint32_t idx = w->order[i];
        text_format(w->out, "%s: %s", object_of(w, idx), source_of(w, idx));
        text_headers(w, "");
        text_str(w->out, "\n\t");
        text_compile_command(w, &make, words_format(&w->arena, "$(%s)", heat_variables[heat_of(w, idx)]),
                             source_of(w, idx));
    }
    text_str(w->out, "clean:\n\trm -f $(RESULT) $(OBJECTS)\n.PHONY: all clean\n");
}

static void write_make(struct build_writer *w) {
    text_str(w->out, "# Generated by w2c " W2C_VERSION ".\n");
    text_format(w->out, "#     make -C FOLDER -j                          makes %s\n", w->plan->result);
    text_str(w->out, "#     make -C FOLDER -j 40 CC='distcc gcc'       with another compiler\n"
                     "# CFLAGS and LDFLAGS are added.\n\nifeq ($(origin CC),default)\nCC = ");
    text_words(w->out, &w->plan->toolchain->compiler, "$", "$");
    text_format(w->out, "\nendif\nFLAGS = %s ", compile_flags(w));
    text_words(w->out, &w->plan->toolchain->flags, "$#", "\\");
    text_char(w->out, '\n');
    for (int heat = 0; heat < HEAT_COUNT; heat++)
        text_format(w->out, "%s = %s\n", heat_variables[heat], level_of(w, (enum heat)heat));
    text_format(w->out, "RESULT = %s\nOBJECTS =", w->plan->result);
    for (size_t i = 0; i < w->plan->sources->count; i++)
        text_format(w->out, " %s", object_of(w, w->order[i]));
    write_make_rules(w);
}

/* ---- CMake ---- */

/* A list of words for CMake, which splits at semicolons. */
static void cmake_words(struct build_writer *w, const char *flags, const struct words *more) {
    struct words words = {.arena = &w->arena};
    words_split(&words, flags);
    if (more) words_add_all(&words, more);
    for (size_t i = 0; i < words.count; i++) {
        text_str(w->out, " \"");
        for (const char *c = words.items[i]; *c; c++) {
            if (strchr("\\\"$;", *c)) text_char(w->out, '\\');
            text_char(w->out, *c);
        }
        text_char(w->out, '"');
    }
}

static void write_cmake(struct build_writer *w) {
    const char *kind = w->plan->is_program ? "executable" : "library";
    text_str(w->out, "# Generated by w2c " W2C_VERSION ".\n");
    text_format(w->out, "#     cmake -S FOLDER -B BUILD && cmake --build BUILD      makes BUILD/%s\n", w->plan->result);
    text_str(w->out, "# -DCMAKE_C_COMPILER=clang, -DCMAKE_C_COMPILER_LAUNCHER=distcc and the like are CMake's own.\n\n"
                     "cmake_minimum_required(VERSION 3.16)\nproject(w2c_output C)\n");
    text_format(w->out, "add_%s(w2c_output%s", kind, w->plan->is_program ? "" : " STATIC");
    for (size_t i = 0; i < w->plan->sources->count; i++)
        text_format(w->out, "\n    %s", source_of(w, w->order[i]));
    const char *dot = strrchr(w->plan->result, '.');
    const int stem = (int)(w->plan->is_program || !dot ? strlen(w->plan->result) : (size_t)(dot - w->plan->result));
    text_format(w->out, ")\nset_target_properties(w2c_output PROPERTIES OUTPUT_NAME \"%.*s\" PREFIX \"\")\n", stem,
                w->plan->result);
    text_str(w->out, "target_compile_options(w2c_output PRIVATE");
    cmake_words(w, compile_flags(w), &w->plan->toolchain->flags);
    text_str(w->out, ")\n");
    for (int heat = 0; heat < HEAT_COUNT; heat++) {
        if (!has_heat(w, (enum heat)heat)) continue;
        text_str(w->out, "set_source_files_properties(");
        for (size_t i = 0; i < w->plan->sources->count; i++) {
            if (heat_of(w, i) == (enum heat)heat) text_format(w->out, "%s ", source_of(w, i));
        }
        text_format(w->out, "PROPERTIES COMPILE_OPTIONS \"%s\")\n", level_of(w, (enum heat)heat));
    }
    if (!w->plan->is_program) return;
    text_str(w->out, "target_link_options(w2c_output PRIVATE");
    cmake_words(w, link_flags(w), &w->plan->toolchain->flags);
    text_str(w->out, ")\ntarget_link_libraries(w2c_output PRIVATE m)\n");
}

/* ---- */

static bool write_text(const char *path, const struct text *text) {
    struct output_file file;
    bool is_good = output_open(&file, path);
    is_good = is_good && output_write(&file, text->data, text->size) && output_finish(&file) && output_commit(&file);
    if (!is_good) report("cannot write '%s': %s", path, strerror(errno));
    return is_good;
}

bool build_file_write(enum build_tool tool, const char *path, const struct build_plan *plan) {
    static void (*const writers[])(struct build_writer *) = {
        [TOOL_NINJA] = write_ninja, [TOOL_MAKE] = write_make, [TOOL_CMAKE] = write_cmake};
    struct text text = {0};
    struct build_writer writer = {.out = &text, .plan = plan};
    put_in_order(&writer);
    writers[tool](&writer);
    const bool is_written = write_text(path, &text);
    text_free(&text);
    arena_free(&writer.arena);
    return is_written;
}
