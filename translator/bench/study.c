/* What the memory helpers cost, and why.
 *
 * The study ran RustPython's arithmetic benchmark in an interpreter and found that all that matters is whether the
 * width of an access is known when the helper is compiled: then memcpy is one move. Ours are compared by ratios, for
 * machines, interpreters and programs differ; the machine code says the rest. It comes from the C compiler itself, for
 * a function that does nothing but one access, and for the interpreter from its own file, by objdump, if that is there.
 */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "../build/jobs.h"
#include "../build/scratch.h"
#include "../emit/amalgam.h"
#include "units.h"

const struct study_helper study_helpers[STUDY_HELPERS] = {
    {"fixed", "memcpy, constant length", 111.19},
    {"length", "memcpy, run-time length", 118.28},
    {"switch", "switch, alignment check", 115.74},
    {"both", "switch, constant length", 111.34},
};

/* From the slowest to the fastest, as the study lists them. */
static const unsigned order[STUDY_HELPERS] = {1, 2, 0, 3};

/* ---- times ---- */

/* One column for each way to run: subjects that differ in the helper alone stand one after another, by number. */
static bool begins_column(const struct bench *bench, size_t i) {
    return bench->subjects[i].helper == 1 && i + STUDY_HELPERS <= bench->count;
}

/* "interp" of "interp fixed". */
static int column_title_size(const struct subject *subject) {
    return (int)(strlen(subject->label) - strlen(study_helpers[0].name) - 1);
}

static void write_titles(const struct bench *bench, struct text *out) {
    text_format(out, "%-24s  %18s", "memory helper", "study");
    for (size_t i = 0; i < bench->count; i++) {
        if (!begins_column(bench, i)) continue;
        const struct subject *subject = &bench->subjects[i];
        text_format(out, "  %18.*s", column_title_size(subject), subject->label);
    }
    text_char(out, '\n');
}

static void write_cell(struct text *out, const char *seconds, double ratio) {
    if (ratio > 0)
        text_format(out, "  %12s %5.3f", seconds, ratio);
    else
        text_format(out, "  %18s", "-");
}

/* Of the processor: programs only compute, and the clock on the wall counts what else the machine does. */
static double seconds_of(const struct subject *subject) {
    return subject->run.count && !subject->problem ? subject->run.cpu.median : 0;
}

static void write_times(const struct bench *bench, struct text *out) {
    write_titles(bench, out);
    for (int row = 0; row < STUDY_HELPERS; row++) {
        const unsigned helper = order[row];
        text_format(out, "%-24s", study_helpers[helper].title);
        const double published = study_helpers[helper].published_seconds;
        write_cell(out, words_format(bench->arena, "%.2f s", published),
                   published / study_helpers[0].published_seconds);
        for (size_t i = 0; i < bench->count; i++) {
            if (!begins_column(bench, i)) continue;
            const double seconds = seconds_of(&bench->subjects[i + helper]), fixed = seconds_of(&bench->subjects[i]);
            write_cell(out, unit_text(bench->arena, UNIT_SECONDS, seconds), fixed > 0 ? seconds / fixed : 0);
        }
        text_char(out, '\n');
    }
    text_str(out, "(Processor time: median, and ratio to the constant length. The study: WasmEdge's interpreter,\n"
                  "RustPython, an M1.)\n");
}

/* ---- machine code ---- */

static const char probe[] = "u32 probe_load(u8 *memory0, u32 address);\n"
                            "void probe_store(u8 *memory0, u32 address, u32 value);\n"
                            "u32 probe_load(u8 *memory0, u32 address) {\n"
                            "    memory_view m0 = memory0;\n"
                            "    return i32_load(m0, address, 8);\n"
                            "}\n"
                            "void probe_store(u8 *memory0, u32 address, u32 value) {\n"
                            "    memory_view m0 = memory0;\n"
                            "    i32_store(m0, address, 8, value);\n"
                            "}\n";

static bool write_probe(const char *path) {
    struct text text = {0};
    struct amalgam amalgam = {0};
    text_str(&text, "#define W2C_BOUNDS_IS_GUARD 1\n");
    amalgam_write(&text, &amalgam, "w2c/generated.h");
    amalgam_write(&text, &amalgam, "w2c/ops_memory_study.h");
    text_str(&text, probe);
    FILE *file = fopen(path, "w");
    bool is_written = file && fwrite(text.data, 1, text.size, file) == text.size;
    if (file) is_written = fclose(file) == 0 && is_written;
    text_free(&text);
    return is_written;
}

/* Instructions and the labels they jump to: what an assembler wants to know besides is not machine code. */
static bool is_code_line(const char *line, size_t size) {
    if (size == 0 || line[0] == '#') return false;
    if (line[0] != ' ' && line[0] != '\t') return line[0] == '.' && memchr(line, ':', size) && line[1] == 'L';
    const char *word = line + strspn(line, " \t");
    return word < line + size && *word != '.' && *word != '#';
}

static void write_function(struct text *out, const char *assembly, const char *name) {
    char label[32];
    snprintf(label, sizeof label, "\n%s:", name);
    const char *at = strstr(assembly, label);
    if (!at) return;
    text_format(out, "%s:\n", name);
    for (at = strchr(at + 1, '\n') + 1; *at;) {
        const size_t size = strcspn(at, "\n");
        if (strncmp(at, "\t.size", 6) == 0 || strncmp(at, ".Lfunc_end", 10) == 0) break;
        if (is_code_line(at, size)) text_format(out, "%.*s\n", (int)size, at);
        at += size + (at[size] == '\n');
    }
}

/* What the first compiler of the race makes of the probe. */
static void write_compiled(const struct bench *bench, struct text *out, const struct subject *subject,
                           const char *source) {
    struct words command = {.arena = bench->arena};
    words_add_all(&command, &subject->toolchain.compiler);
    words_split(&command, "-S -o - -fno-asynchronous-unwind-tables");
    words_add(&command, words_format(bench->arena, "-O%d", subject->toolchain.level));
    words_add_all(&command, &subject->toolchain.flags);
    words_add(&command, source);
    struct text assembly = {0};
    text_format(out, "\n%s\n", subject->label);
    if (jobs_output(&command, scratch_open(), &assembly)) {
        write_function(out, text_string(&assembly), "probe_load");
        write_function(out, text_string(&assembly), "probe_store");
    } else {
        text_str(out, "(the compiler does not write assembly)\n");
    }
    text_free(&assembly);
}

/* The interpreter's handler of one operator, from the file of this program: i32.load and i32.store with their address
 * in a slot. Handlers of other variants are the same but for the access. */
static void write_interpreted(const struct bench *bench, struct text *out, const struct subject *subject) {
    static const char *const variants[STUDY_HELPERS] = {"fixed", "length", "switch", "fixed_switch"};
    static const char *const handlers[] = {"I32_LOAD_S", "I32_STORE_SS"};
    text_format(out, "\n%s\n", subject->label);
    for (int i = 0; i < 2; i++) {
        struct words command = {.arena = bench->arena};
        words_split(&command, "objdump -d --no-show-raw-insn --no-addresses");
        words_add(&command, words_format(bench->arena, "--disassemble=run_%s_%s_%s",
                                         bench->settings->check_bounds ? "check" : "guard",
                                         variants[subject->helper - 1], handlers[i]));
        words_add(&command, bench->settings->self);
        struct text code = {0};
        const char *start = jobs_output(&command, NULL, &code) ? strstr(text_string(&code), "<run_") : NULL;
        const char *end = start ? strstr(start, "\n\n") : NULL;
        if (end)
            text_format(out, "%.*s\n", (int)(end - start), start);
        else
            text_str(out, "(no objdump, or no symbols in this program)\n");
        text_free(&code);
    }
}

static void write_code(const struct bench *bench, struct text *out) {
    const char *source = scratch_path(bench->arena, "probe.c");
    if (!write_probe(source)) return;
    for (size_t i = 0; i < bench->count; i++) {
        const struct subject *subject = &bench->subjects[i];
        if (subject->kind == SUBJECT_COMPILED) write_compiled(bench, out, subject, source);
        if (subject->kind == SUBJECT_ENGINE && subject->helper) write_interpreted(bench, out, subject);
    }
}

void study_write(const struct bench *bench, struct text *out) {
    text_char(out, '\n');
    write_times(bench, out);
    write_code(bench, out);
}
