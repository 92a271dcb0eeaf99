/* The pipeline, top to bottom:
 *
 *     decode -> choose the shape -> plan shards -> for each function {decode, validate, build, emit} -> write the files
 *
 * Functions are independent, so shards are worked on in parallel; which function is in which shard follows from the
 * module alone, and so does every byte of the output. Nothing replaces an existing file until all of them are complete:
 * an error anywhere, in whatever function, leaves the folder as it was.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "translate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/pool.h"
#include "emit/copies.h"
#include "emit/unit.h"
#include "wasm/heat_estimate.h"
#include "wasm/module_check.h"
#include "wasm/reach.h"
#include "wasm/tail_plan.h"

/* A part of about this much wasm code becomes some 4 MB of C, which a compiler takes in seconds and in a few
 * hundred megabytes. A module of less than SINGLE_FILE_BYTES stays in one piece. */
enum { PART_BYTES = 512 * 1024, SINGLE_FILE_BYTES = 2 * 1024 * 1024, CHUNK_BYTES = 128 * 1024, MAX_PARTS = 4096 };

struct worker {
    struct arena arena; /* of the function */
    struct text body;
    struct text head;
    struct text part; /* memory for the text of one part after the other */
};

/* What comes of a shard besides its text. */
struct part {
    struct diag diag; /* message empty: none */
    const char *path; /* of a split output */
    struct output_file file;
    bool is_written;
};

/* OUT.c: its text goes to the file as it grows. */
struct main_output {
    struct text text; /* first: see drain_main */
    struct output_file file;
    bool is_bad;
};

struct translation {
    const struct translate_options *options;
    struct arena arena; /* of the module */
    struct arena scratch;
    struct diag_context diag;
    struct module module;
    struct emitter emitter;
    struct amalgam amalgam;
    struct shard *shards;
    struct part *parts;
    size_t shard_count;
    struct worker *workers;
    bool knows_tail_calls; /* how tail calls are written is decided */
    unsigned thread_count;
    struct main_output main;
    struct output_file header_file, shared_file;
    const char *header_path, *shared_path;
    struct text header_text;
};

/* ---- shape ---- */

static bool complain(const struct translation *t, const char *message) {
    fprintf(stderr, "%s: %s\n", t->options->input_path, message);
    return false;
}

static bool complain_of_import(const struct translation *t, const struct import *import) {
    struct text text = {0};
    text_str(&text, "cannot be a program: w2c has nothing to link to its import \"");
    text_comment(&text, import->module);
    text_str(&text, "\" \"");
    text_comment(&text, import->name);
    text_str(&text, "\" (programs import WASI preview 1 only; as a library, you provide it)");
    complain(t, text_string(&text));
    text_free(&text);
    return false;
}

static bool choose_shape(struct translation *t) {
    const struct module *m = &t->module;
    const enum shape wanted = t->options->shape;
    const struct import *foreign = module_foreign_import(m);
    t->emitter.is_program = wanted != SHAPE_LIBRARY && module_has_start(m) && !foreign;
    if (wanted != SHAPE_LIBRARY && module_has_start(m) && foreign) module_report_wasi_types(m, t->options->input_path);
    t->emitter.is_threaded = t->emitter.is_program && module_is_threaded(m);
    if (wanted != SHAPE_PROGRAM || t->emitter.is_program) return true;
    if (!module_has_start(m)) return complain(t, "cannot be a program: it exports no function _start: [] -> []");
    return complain_of_import(t, foreign);
}

/* ---- shards ---- */

static size_t code_size(const struct module *m) {
    size_t size = 0;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++)
        size += m->funcs[i].body.size;
    return size;
}

/* A small module is in one file; its shards are there for threads only. */
static struct shard_plan plan_ranges(struct translation *t) {
    const struct module *m = &t->module;
    const unsigned wanted = t->options->split;
    const size_t bytes = code_size(m);
    t->emitter.is_split = wanted ? wanted > 1 : bytes > SINGLE_FILE_BYTES;
    if (wanted > 1) return shard_plan_count(m, &t->arena, wanted < MAX_PARTS ? wanted : MAX_PARTS);
    if (!t->emitter.is_split) return shard_plan_count(m, &t->arena, wanted ? wanted : bytes / CHUNK_BYTES + 1);
    const unsigned char *heats = t->options->profile ? heat_measured(m, &t->arena, t->options->profile)
                                                     : heat_estimate(m, &t->arena, t->options->threads);
    const size_t least = bytes / MAX_PARTS * 2;
    return shard_plan_heat(m, &t->arena, heats, least > PART_BYTES ? least : PART_BYTES);
}

static void plan_shards(struct translation *t) {
    const struct shard_plan plan = plan_ranges(t);
    t->shard_count = plan.count;
    t->shards = arena_array(&t->arena, struct shard, t->shard_count);
    t->parts = arena_array(&t->arena, struct part, t->shard_count);
    for (size_t i = 0; i < t->shard_count; i++) {
        t->shards[i].range = plan.ranges[i];
        t->shards[i].called = arena_array(&t->arena, unsigned char, t->module.func_count / 8 + 1);
        t->shards[i].copied = arena_array(&t->arena, unsigned char, t->module.func_count / 8 + 1);
    }
}

/* ---- OUT.c ---- */

static bool complain_of_writing(const char *path) {
    fprintf(stderr, "%s: cannot write: %s\n", path, strerror(errno));
    return false;
}

static void pass_on(struct main_output *main, const struct text *text) {
    if (main->is_bad || output_write(&main->file, text->data, text->size)) return;
    main->is_bad = true;
    complain_of_writing(main->file.path);
}

static void drain_main(struct text *text) {
    pass_on((struct main_output *)text, text);
    text_clear(text);
}

static bool open_main(struct translation *t) {
    t->main.text.drain = drain_main;
    t->main.is_bad = !output_open(&t->main.file, t->options->output_path);
    return !t->main.is_bad || complain_of_writing(t->options->output_path);
}

/* ---- functions ---- */

static void translate_function(struct translation *t, struct worker *worker, struct shard *shard,
                               struct diag_context *diag, uint32_t func_idx) {
    arena_reset(&worker->arena);
    diag->func_idx = func_idx;
    const struct function *function = emitter_build(&t->emitter, &worker->arena, diag, func_idx);
    if (t->module.makes_tail_calls[func_idx] && !t->knows_tail_calls) {
        shard->has_tail_callers = true;
        return;
    }
    struct writer w = {.emitter = &t->emitter,
                       .out = &shard->text,
                       .body = &worker->body,
                       .head = &worker->head,
                       .called = shard->called,
                       .tail_types = shard->tail_types};
    emit_function(&w, function);
    shard->uses_heap |= function->uses_heap;
    shard->uses_v128 |= function->uses_v128;
    shard->uses_atomics |= function->uses_atomics;
    shard->uses_wide |= function->uses_wide;
    shard->changes_tables |= function->changes_tables;
}

static bool write_texts(struct output_file *file, const char *path, struct text *const *texts, size_t count) {
    bool good = output_open(file, path);
    for (size_t i = 0; good && i < count; i++)
        good = output_write(file, texts[i]->data, texts[i]->size);
    good = good && output_finish(file);
    return good || complain_of_writing(path);
}

/* The buffer goes back to the worker: new memory for each part would cost the kernel as much as writing the file. */
static void write_part(struct translation *t, unsigned worker_idx, size_t shard_idx) {
    struct shard *shard = &t->shards[shard_idx];
    struct text head = {0};
    unit_part_head(&head, &t->emitter, shard);
    struct text *const texts[] = {&head, &shard->text};
    struct part *part = &t->parts[shard_idx];
    part->is_written = write_texts(&part->file, part->path, texts, 2);
    text_free(&head);
    struct text *kept = &t->workers[worker_idx].part;
    text_free(kept);
    *kept = shard->text;
    text_clear(kept);
    shard->text = (struct text){0};
}

static void translate_shard(struct translation *t, unsigned worker_idx, size_t shard_idx) {
    struct shard *shard = &t->shards[shard_idx];
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) {
        t->parts[shard_idx].diag = diag.diag;
        return;
    }
    struct worker *worker = &t->workers[worker_idx];
    if (t->emitter.is_split) {
        shard->text = worker->part;
        worker->part = (struct text){0};
    }
    for (uint32_t i = 0; i < shard->range.count; i++)
        translate_function(t, worker, shard, &diag, shard->range.funcs[i]);
    if (t->emitter.is_split && !shard->has_tail_callers) write_part(t, worker_idx, shard_idx);
}

/* The data of a split output stands in OUT.c and is written while others translate functions. It comes first because
 * it may well take longer than any part. */
static void translate_item(void *shared, unsigned worker_idx, size_t item) {
    struct translation *t = shared;
    if (!t->emitter.is_split) {
        translate_shard(t, worker_idx, item);
    } else if (item > 0) {
        translate_shard(t, worker_idx, item - 1);
    } else if (open_main(t)) {
        unit_main_data(&t->main.text, &t->emitter);
    }
}

/* Behind the others of the shard. These were validated, so nothing fails. */
static void translate_tail_callers(void *shared, unsigned worker_idx, size_t shard_idx) {
    struct translation *t = shared;
    struct shard *shard = &t->shards[shard_idx];
    if (!shard->has_tail_callers) return;
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) {
        t->parts[shard_idx].diag = diag.diag;
        return;
    }
    for (uint32_t i = 0; i < shard->range.count; i++) {
        const uint32_t func = shard->range.funcs[i];
        if (t->module.makes_tail_calls[func]) translate_function(t, &t->workers[worker_idx], shard, &diag, func);
    }
    if (t->emitter.is_split) write_part(t, worker_idx, shard_idx);
}

/* How a tail call is written depends on all the others of the module (wasm/tail_plan.h), which are known when all
 * functions have been read. */
static void translate_tail_calls(struct translation *t) {
    const size_t type_bytes = t->module.type_count / 8 + 1;
    t->knows_tail_calls = true;
    t->module.has_endless_tail_calls = tail_plan(&t->module, t->emitter.is_program, &t->arena, &t->scratch, &t->diag);
    t->emitter.tail_types = arena_array(&t->arena, unsigned char, type_bytes);
    for (size_t i = 0; i < t->shard_count; i++)
        t->shards[i].tail_types = arena_array(&t->arena, unsigned char, type_bytes);
    pool_run(t->thread_count, t->shard_count, translate_tail_callers, t);
    for (size_t i = 0; i < t->shard_count; i++) {
        for (size_t k = 0; k < type_bytes; k++)
            t->emitter.tail_types[k] |= t->shards[i].tail_types[k];
    }
}

static bool are_good(const struct translation *t) {
    for (size_t i = 0; i < t->shard_count; i++) {
        if (t->parts[i].diag.message[0]) return false;
    }
    return true;
}

/* False, with the first error in the file told, unless every function was translated. */
static bool translate_functions(struct translation *t) {
    t->thread_count = t->options->threads ? t->options->threads : pool_default_threads();
    const size_t items = t->shard_count + t->emitter.is_split;
    if (t->thread_count > items) t->thread_count = (unsigned)items;
    t->workers = arena_array(&t->arena, struct worker, t->thread_count);
    pool_run(t->thread_count, items, translate_item, t);
    if (are_good(t) && module_makes_tail_calls(&t->module)) translate_tail_calls(t);
    for (unsigned i = 0; i < t->thread_count; i++) {
        arena_free(&t->workers[i].arena);
        text_free(&t->workers[i].body);
        text_free(&t->workers[i].head);
        text_free(&t->workers[i].part);
    }
    const struct diag *first = NULL;
    for (size_t i = 0; i < t->shard_count; i++) {
        const struct diag *diag = &t->parts[i].diag;
        t->emitter.uses_atomics |= t->shards[i].uses_atomics;
        if (diag->message[0] && (!first || diag->func_idx < first->func_idx)) first = diag;
    }
    if (first) module_report(&t->module, t->options->input_path, first);
    return !first;
}

/* Which headers they need. */
static void gather_uses(struct translation *t) {
    for (size_t i = 0; i < t->shard_count; i++) {
        t->emitter.uses_wide |= t->shards[i].uses_wide;
        t->emitter.changes_tables |= t->shards[i].changes_tables;
    }
}

/* ---- files ---- */

static const unsigned char *all_called(struct translation *t) {
    const size_t size = t->module.func_count / 8 + 1;
    unsigned char *all = arena_array(&t->arena, unsigned char, size);
    for (size_t i = 0; i < t->shard_count; i++) {
        for (size_t k = 0; k < size; k++)
            all[k] |= t->shards[i].called[k];
    }
    return all;
}

static bool write_main(struct translation *t) {
    struct text *out = &t->main.text;
    if (!t->emitter.is_split) {
        if (!open_main(t)) return false;
        unit_shared(out, &t->emitter, &t->amalgam);
    }
    unit_main_head(out, &t->emitter, all_called(t));
    for (size_t i = 0; !t->emitter.is_split && i < t->shard_count; i++) {
        drain_main(out);
        pass_on(&t->main, &t->shards[i].text);
    }
    unit_main_tail(out, &t->emitter, &t->amalgam);
    drain_main(out);
    text_free(out);
    if (t->main.is_bad) return false;
    return output_finish(&t->main.file) || complain_of_writing(t->options->output_path);
}

static bool uses_v128(const struct translation *t) {
    bool uses = module_mentions_v128(&t->module);
    for (size_t i = 0; i < t->shard_count; i++)
        uses |= t->shards[i].uses_v128;
    return uses;
}

/* A program meets no other modules, so there are only objects that it makes. */
static bool uses_heap(const struct translation *t) {
    bool uses = module_has_objects(&t->module) || (!t->emitter.is_program && module_keeps_references(&t->module));
    for (size_t i = 0; i < t->shard_count; i++)
        uses |= t->shards[i].uses_heap;
    return uses;
}

static bool write_header(struct translation *t) {
    if (t->emitter.is_program) return true;
    unit_public_header(&t->header_text, &t->emitter, &t->amalgam);
    t->emitter.header_text = &t->header_text;
    struct text *const texts[] = {&t->header_text};
    return write_texts(&t->header_file, t->header_path, texts, 1);
}

static bool write_shared(struct translation *t) {
    if (!t->emitter.is_split) return true;
    struct text text = {0};
    unit_shared(&text, &t->emitter, &t->amalgam);
    struct text *const texts[] = {&text};
    const bool good = write_texts(&t->shared_file, t->shared_path, texts, 1);
    text_free(&text);
    return good;
}

static bool parts_are_written(const struct translation *t) {
    if (t->main.is_bad) return false;
    for (size_t i = 0; t->emitter.is_split && i < t->shard_count; i++) {
        if (!t->parts[i].is_written) return false;
    }
    return true;
}

static bool commit(const struct translation *t, struct output_file *file) {
    if (t->options->keeps_unchanged ? output_commit_if_changed(file) : output_commit(file)) return true;
    fprintf(stderr, "%s: cannot rename into place: %s\n", file->path, strerror(errno));
    return false;
}

/* Renames everything into place, the file that users name last. */
static bool commit_all(struct translation *t) {
    bool good = true;
    for (size_t i = 0; t->emitter.is_split && i < t->shard_count; i++)
        good = good && commit(t, &t->parts[i].file);
    if (t->emitter.is_split) good = good && commit(t, &t->shared_file);
    if (!t->emitter.is_program) good = good && commit(t, &t->header_file);
    return good && commit(t, &t->main.file);
}

static void discard_all(struct translation *t) {
    for (size_t i = 0; t->emitter.is_split && i < t->shard_count; i++)
        output_discard(&t->parts[i].file);
    output_discard(&t->shared_file);
    output_discard(&t->header_file);
    output_discard(&t->main.file);
}

static void plan_files(struct translation *t) {
    const char *path = t->options->output_path;
    t->header_path = sibling_path(&t->arena, path, ".h");
    const char *slash = strrchr(path, '/');
    struct text shared = {0};
    text_bytes(&shared, path, slash ? (size_t)(slash + 1 - path) : 0);
    text_str(&shared, t->emitter.shared_name);
    t->shared_path = arena_copy(&t->arena, shared.data, shared.size);
    text_free(&shared);
    for (size_t i = 0; i < t->shard_count; i++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, "_%zu.c", i + 1);
        t->parts[i].path = sibling_path(&t->arena, path, suffix);
    }
}

/* Not where places in the code are counted: each stands for itself. */
static bool copies_pay(const struct translation *t) {
    return t->emitter.is_split && !t->emitter.blocks && !t->emitter.is_sampled;
}

static bool write_files(struct translation *t) {
    jmp_buf catcher;
    t->diag = (struct diag_context){.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) { /* constant expressions are decoded again here; decode_module has checked them */
        module_report(&t->module, t->options->input_path, &t->diag.diag);
        return false;
    }
    plan_files(t);
    t->emitter.is_sampled = t->options->is_sampled;
    if (t->options->count_blocks) t->emitter.blocks = block_plan(&t->module, &t->arena, &t->scratch, &t->diag);
    if (copies_pay(t)) t->emitter.copies = copies_make(&t->emitter, &t->arena);
    if (!translate_functions(t) || !parts_are_written(t)) return false;
    t->emitter.uses_heap = uses_heap(t);
    t->emitter.uses_v128 = uses_v128(t);
    gather_uses(t);
    return write_header(t) && write_shared(t) && write_main(t) && commit_all(t);
}

static void fill_result(struct translation *t, struct translate_result *result) {
    result->is_program = t->emitter.is_program;
    if (t->options->validate_only) return;
    const size_t parts = t->emitter.is_split ? t->shard_count : 0;
    result->sources = calloc(parts + 1, sizeof *result->sources);
    result->heats = calloc(parts + 1, sizeof *result->heats);
    if (!result->sources || !result->heats) return;
    result->sources[result->source_count++] = strdup(t->options->output_path);
    for (size_t i = 0; i < parts; i++) {
        result->heats[result->source_count] = t->shards[i].range.heat;
        result->sources[result->source_count++] = strdup(t->parts[i].path);
    }
    if (!t->emitter.is_program) result->header = strdup(t->header_path);
    if (t->emitter.is_split) result->shared = strdup(t->shared_path);
}

static bool run(struct translation *t, const uint8_t *bytes, size_t size) {
    const struct translate_options *options = t->options;
    if (!module_decode(&t->module, &t->arena, options->input_path, bytes, size) || !choose_shape(t)) return false;
    if (options->validate_only) return module_validate(&t->module, options->threads);
    if (options->profile && !heat_profile_fits(&t->module, options->profile)) {
        return complain(t, "the profile is of another module: it counts functions that this one does not have");
    }
    struct emitter *e = &t->emitter;
    t->module.throws = find_throws(&t->module, &t->arena, e->is_program);
    e->module = &t->module;
    e->arena = &t->arena;
    e->diag = &t->diag;
    e->is_guarded = !options->check_bounds;
    e->has_embedded_runtime = !options->external_runtime;
    e->is_sealed = options->is_sealed;
    e->has_strict_traps = options->strict_traps;
    e->has_memory_study = options->has_memory_study;
    e->grants = options->grants ? options->grants : "";
    if (may_copy_views(e)) t->module.growth = find_growth(&t->module, &t->arena, e->is_program);
    plan_shards(t);
    emitter_prepare(e, options->input_path, options->output_path, options->module_name);
    return write_files(t);
}

bool translate(const uint8_t *bytes, size_t size, const struct translate_options *options,
               struct translate_result *result) {
    struct translation t = {.options = options};
    const bool good = run(&t, bytes, size);
    if (good) {
        fill_result(&t, result);
    } else if (!options->validate_only) {
        discard_all(&t);
    }
    for (size_t i = 0; i < t.shard_count; i++)
        text_free(&t.shards[i].text);
    text_free(&t.main.text);
    text_free(&t.header_text);
    arena_free(&t.arena);
    arena_free(&t.scratch);
    return good;
}

void translate_result_free(struct translate_result *result) {
    for (size_t i = 0; i < result->source_count; i++)
        free(result->sources[i]);
    free(result->sources);
    free(result->heats);
    free(result->header);
    free(result->shared);
    *result = (struct translate_result){0};
}
