/* w2c run --engine=auto: as soon as possible, and in the end as fast as possible.
 *
 *     kept program    is there one from an earlier run, it takes the place of this process
 *     else            the program starts in the compiler in memory, at once; behind it a builder (tier/background.h),
 * which goes on when the program has ended, makes the program that the next run finds and before      if the program is
 * still running when the builder has compiled its functions, they are linked for its memory as well (tier/image.h), and
 * it gets them for all calls to come
 *
 * A module of one C file is translated once more for that, in parts: in one file functions have no symbols by which
 * they could be found. Such a module is small.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../build/cache.h"
#include "../build/interrupt.h"
#include "../build/jobs.h"
#include "../build/scratch.h"
#include "../tcc/tcc.h"
#include "../tier/background.h"
#include "../tier/image.h"
#include "../tier/takeover.h"
#include "../tier/wire.h"
#include "../wasm/module_check.h"
#include "commands.h"

struct behind {
    struct options *options;
    const struct input_file *file;
    const char *path; /* in the cache */
    const char *name;
    struct toolchain toolchain;
    int socket;
};

/* ---- the image ---- */

static bool write_text(const char *path, const struct text *text) {
    FILE *file = fopen(path, "w");
    bool is_written = file && fwrite(text->data, 1, text->size, file) == text->size;
    if (file) is_written = fclose(file) == 0 && is_written;
    return is_written;
}

static bool assemble(const struct behind *b, const char *source, const char *object) {
    struct words command = {.arena = b->options->arena};
    struct text output = {0};
    words_add_all(&command, &b->toolchain.compiler);
    words_add(&command, "-c");
    words_add(&command, source);
    words_add(&command, "-o");
    words_add(&command, object);
    const bool is_assembled = jobs_output(&command, scratch_open(), &output);
    text_free(&output);
    return is_assembled;
}

static bool link_image(const struct behind *b, const char *head, char *const *objects, size_t count, const char *tail,
                       const char *image) {
    struct words command = {.arena = b->options->arena};
    struct text output = {0};
    words_add_all(&command, &b->toolchain.compiler);
    words_add_all(&command, &b->toolchain.flags);
    words_split(&command, image_link_flags);
    words_add(&command, head);
    for (size_t i = 0; i < count; i++)
        words_add(&command, objects[i]);
    words_add(&command, tail);
    words_add(&command, "-o");
    words_add(&command, image);
    const bool is_linked = jobs_output(&command, scratch_open(), &output);
    text_free(&output);
    return is_linked;
}

static bool write_ends(const struct emitter *emitter, const struct image_places *places, const char *head,
                       const char *tail) {
    struct text text = {0};
    image_write_head(&text, emitter, places);
    bool is_written = write_text(head, &text);
    text_clear(&text);
    image_write_tail(&text);
    is_written = write_text(tail, &text) && is_written;
    text_free(&text);
    return is_written;
}

/* The names in the objects are those that a translation gives. */
static struct emitter name_everything(const struct behind *b, const struct module *module) {
    struct emitter emitter = {.module = module, .is_program = true, .is_split = true, .arena = b->options->arena};
    emitter.diag = arena_new(b->options->arena, struct diag_context); /* of a module that is known to be good */
    emitter_prepare(&emitter, b->options->modules.items[0], "image.c", NULL);
    return emitter;
}

/* Nothing of this is needed for the cache: whatever fails, the running program goes on as it is. */
static void offer_image(const struct behind *b, char *const *objects, size_t count) {
    struct arena *arena = b->options->arena;
    struct module module = {0};
    struct image_places places;
    if (!module_decode(&module, arena, b->options->modules.items[0], b->file->bytes, b->file->size)) return;
    if (!image_is_possible(&module) || !wire_receive_places(b->socket, &module, &places, arena)) return;
    const struct emitter emitter = name_everything(b, &module);
    const char *head = scratch_path(arena, "head.s"), *tail = scratch_path(arena, "tail.s");
    const char *head_object = scratch_path(arena, "head.o"), *tail_object = scratch_path(arena, "tail.o");
    const char *image = scratch_path(arena, "image");
    if (!write_ends(&emitter, &places, head, tail) || !assemble(b, head, head_object) ||
        !assemble(b, tail, tail_object) || !link_image(b, head_object, objects, count, tail_object, image)) {
        return;
    }
    if (wire_send_path(b->socket, image)) wire_await_end(b->socket);
    unlink(image);
}

/* ---- the builder ---- */

static bool translate_to(const struct behind *b, const char *name, unsigned split, struct translate_result *result) {
    struct translate_options options = b->options->translate;
    options.input_path = b->options->modules.items[0];
    options.threads = b->toolchain.parallel;
    options.output_path = scratch_path(b->options->arena, words_format(b->options->arena, "%s.c", name));
    options.split = split;
    *result = (struct translate_result){0};
    return translate(b->file->bytes, b->file->size, &options, result);
}

static void offer_small_image(const struct behind *b) {
    struct translate_result parts;
    struct objects objects;
    if (translate_to(b, "image", 2, &parts) && parts.source_count > 1) {
        const struct sources sources = {
            parts.sources + 1, parts.heats + 1, parts.source_count - 1, {parts.header, parts.shared}};
        if (toolchain_compile(&b->toolchain, ARTIFACT_PROGRAM, &sources, &objects)) {
            offer_image(b, objects.paths.items, objects.paths.count);
        }
    }
    translate_result_free(&parts);
}

static bool build_program(const struct behind *b, const struct translate_result *translated) {
    const size_t count = translated->source_count;
    const struct sources sources = {
        translated->sources, translated->heats, count, {translated->header, translated->shared}};
    const char *result = scratch_path(b->options->arena, "result");
    struct objects objects;
    if (count == 1) offer_small_image(b);
    if (!toolchain_compile(&b->toolchain, ARTIFACT_PROGRAM, &sources, &objects)) return false;
    if (count > 1) offer_image(b, objects.paths.items + 1, count - 1);
    return toolchain_join(&b->toolchain, ARTIFACT_PROGRAM, &objects, result) && cache_add(result, b->path, b->name);
}

static bool build_behind(void *argument, int socket) {
    struct behind *b = argument;
    b->socket = socket;
    interrupt_begin(artifact_interrupted);
    if (b->options->builds_while_running) background_end_with_program(artifact_interrupted);
    struct translate_result translated = {0};
    const bool is_built = scratch_open() && translate_to(b, b->name, 0, &translated) && build_program(b, &translated);
    translate_result_free(&translated);
    scratch_remove();
    interrupt_end();
    return is_built;
}

/* ---- the run ---- */

/* Without a C compiler, or a place for what it makes, the compiler in memory is all there is. A module that is refused
 * starts nothing. */
static void start_builder(void *context) {
    struct behind *b = context;
    const int socket = background_start(b->path, build_behind, b);
    if (socket < 0) return;
    takeover_begin(socket, (struct takeover_options){.is_told = b->options->toolchain.is_verbose,
                                                     .comes_first = b->options->wants_takeover_first});
}

int run_auto(struct options *options, const struct input_file *file, const struct run_request *request) {
    struct behind behind = {.options = options, .file = file};
    if (!toolchain_find(&options->toolchain, options->compiler)) return EXIT_BAD_INPUT;
    options->translate.shape = SHAPE_PROGRAM;
    behind.toolchain = options->toolchain;
    behind.toolchain.wants_placement = true;
    behind.name = kept_name(options);
    behind.path = kept_path_if_possible(options, file);
    if (behind.path && cache_is_whole(behind.path)) return run_execute(options, behind.path);
    struct run_request watched = *request;
    watched.accepted = behind.path ? start_builder : NULL;
    watched.context = &behind;
    return tcc_run_program(file, &watched, true);
}
