/* Reading the file, and from addresses to names.
 *
 * The program that wrote it may have been killed while it did, so nothing in it is believed: sizes, counts and
 * offsets are compared with what is there.
 *
 * What is outside of the guest's outermost function is the same in all samples (main, the runtime around it) and left
 * out. What the guest calls of the runtime and of libraries stays, as frames of another kind.
 */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

#include "../build/words.h"
#include "w2c/sampling.h"

struct log {
    const uint64_t *words;
    uint64_t word_count;
    const struct w2c_sample_place *places;
    uint64_t place_count;
    const char *names;
    uint64_t name_bytes;
    struct flame_frame *frames; /* by place */
};

/* The parts follow each other, each of them a multiple of 8 bytes but for the names. */
static bool read_parts(struct log *log, const uint8_t *bytes, size_t size, struct samples_summary *summary) {
    struct w2c_samples_header header;
    if (size < sizeof header) return false;
    memcpy(&header, bytes, sizeof header);
    uint64_t left = size - sizeof header;
    if (header.magic != W2C_SAMPLES_MAGIC || header.log_words > left / sizeof *log->words) return false;
    left -= header.log_words * sizeof *log->words;
    if (header.place_count > left / sizeof *log->places) return false;
    left -= header.place_count * sizeof *log->places;
    if (header.name_bytes != left) return false;
    log->words = (const uint64_t *)(const void *)(bytes + sizeof header);
    log->word_count = header.log_words;
    log->places = (const struct w2c_sample_place *)(const void *)(log->words + header.log_words);
    log->place_count = header.place_count;
    log->names = (const char *)(log->places + header.place_count);
    log->name_bytes = left;
    summary->lost = header.lost;
    return true;
}

/* "func[12]" has no name. */
static const char *guest_name(struct arena *arena, const struct name *names, uint32_t func_count, uint32_t func_idx) {
    if (func_idx >= func_count || names[func_idx].size == 0) return words_format(arena, "func[%u]", (unsigned)func_idx);
    return arena_copy(arena, names[func_idx].bytes, names[func_idx].size);
}

static const char *host_name(struct arena *arena, const struct log *log, uint32_t offset) {
    if (offset >= log->name_bytes || !memchr(log->names + offset, 0, log->name_bytes - offset)) return "[unknown]";
    return log->names[offset] ? words_format(arena, "%s", log->names + offset) : "[unknown]";
}

/* Each function's name is made once: places are in order of address, so its own follow each other. */
static void name_places(struct log *log, struct arena *arena, const struct name *names, uint32_t func_count) {
    log->frames = arena_array(arena, struct flame_frame, log->place_count + 1);
    for (uint64_t i = 0; i < log->place_count; i++) {
        const struct w2c_sample_place *place = &log->places[i];
        const bool is_guest = place->kind == W2C_SAMPLE_GUEST;
        const bool is_same = i && place[-1].kind == place->kind && place[-1].value == place->value;
        log->frames[i].kind = is_guest ? FLAME_GUEST : FLAME_HOST;
        log->frames[i].name = is_same    ? log->frames[i - 1].name
                              : is_guest ? guest_name(arena, names, func_count, place->value)
                                         : host_name(arena, log, place->value);
    }
}

static int compare_address(const void *key, const void *place) {
    const uint64_t address = *(const uint64_t *)key, other = ((const struct w2c_sample_place *)place)->address;
    return (address > other) - (address < other);
}

static struct flame_frame find_frame(const struct log *log, uint64_t address) {
    const struct w2c_sample_place *place =
        bsearch(&address, log->places, log->place_count, sizeof *log->places, compare_address);
    return place ? log->frames[place - log->places] : (struct flame_frame){"[unknown]", FLAME_HOST};
}

/* Turns the stack round. Neighbours of one name that are not the guest's are one. Where the guest is not on the stack,
 * w2c is at work, and what it does there is one to who looks for the guest's time. */
static size_t make_stack(const struct log *log, const uint64_t *addresses, uint64_t count, struct flame_frame *stack) {
    size_t size = 0;
    bool has_guest = false;
    for (uint64_t i = count; i-- > 0;) {
        const struct flame_frame frame = find_frame(log, addresses[i]);
        if (frame.kind == FLAME_GUEST && !has_guest) size = 0;
        has_guest = has_guest || frame.kind == FLAME_GUEST;
        const bool is_repeated = size && frame.kind == FLAME_HOST && strcmp(stack[size - 1].name, frame.name) == 0;
        if (!is_repeated) stack[size++] = frame;
    }
    if (has_guest) return size;
    stack[0] = (struct flame_frame){"[w2c]", FLAME_HOST};
    return 1;
}

bool samples_add(struct flame *flame, struct arena *arena, const uint8_t *bytes, size_t size, const struct name *names,
                 uint32_t func_count, struct samples_summary *summary) {
    struct log log;
    *summary = (struct samples_summary){0};
    if (!read_parts(&log, bytes, size, summary)) return false;
    name_places(&log, arena, names, func_count);
    struct flame_frame stack[W2C_SAMPLE_MAX_FRAMES];
    for (uint64_t at = 0; at < log.word_count;) {
        if (log.word_count - at < 2) return false;
        const uint64_t nanoseconds = log.words[at], count = log.words[at + 1];
        at += 2;
        if (count > W2C_SAMPLE_MAX_FRAMES || count > log.word_count - at) return false;
        const size_t depth = make_stack(&log, log.words + at, count, stack);
        flame_add(flame, stack, depth, nanoseconds / 1000);
        summary->count++;
        summary->microseconds += nanoseconds / 1000;
        at += count;
    }
    return true;
}
