/* Line hashes: 64-bit FNV-1a, enough to notice a wrong digit. It is no guard against a program that wants to be taken
 * for another, for nothing is decided by it but what a table says. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "../base/arena.h"

static const uint64_t FNV_START = 0xcbf29ce484222325u, FNV_PRIME = 0x100000001b3u;

static void begin_line(struct capture *capture) {
    if (capture->lines == CAPTURE_LINES) return; /* the last line goes on */
    if (capture->lines == capture->capacity) {
        capture->capacity = capture->capacity ? capture->capacity * 2 : 64;
        uint64_t *grown = realloc(capture->hashes, capture->capacity * sizeof *grown);
        if (!grown) arena_exhausted();
        capture->hashes = grown;
    }
    capture->hashes[capture->lines++] = FNV_START;
}

static void keep_head(struct capture *capture, const char *bytes, size_t size) {
    const size_t room = CAPTURE_HEAD_BYTES - capture->head.size;
    text_bytes(&capture->head, bytes, size < room ? size : room);
}

void capture_add(struct capture *capture, const char *bytes, size_t size) {
    capture->bytes += size;
    keep_head(capture, bytes, size);
    for (size_t i = 0; i < size; i++) {
        if (!capture->is_in_line) begin_line(capture);
        uint64_t *hash = &capture->hashes[capture->lines - 1];
        *hash = (*hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
        capture->is_in_line = bytes[i] != '\n';
    }
}

void capture_free(struct capture *capture) {
    free(capture->hashes);
    text_free(&capture->head);
    *capture = (struct capture){0};
}

static void mask_line(struct capture_mask *mask, size_t line) {
    if (line >= mask->lines) {
        bool *grown = realloc(mask->varies, line + 1);
        if (!grown) arena_exhausted();
        memset(grown + mask->lines, 0, line + 1 - mask->lines);
        mask->varies = grown;
        mask->lines = line + 1;
    }
    mask->count += !mask->varies[line];
    mask->varies[line] = true;
}

void capture_mask_add(struct capture_mask *mask, const struct capture *one, const struct capture *other) {
    if (one->lines != other->lines) mask->length_varies = true;
    if (mask->length_varies) return;
    for (size_t i = 0; i < one->lines; i++) {
        if (one->hashes[i] != other->hashes[i]) mask_line(mask, i);
    }
}

void capture_mask_free(struct capture_mask *mask) {
    free(mask->varies);
    *mask = (struct capture_mask){0};
}

size_t capture_difference(const struct capture *one, const struct capture *other, const struct capture_mask *mask) {
    if (mask->length_varies) return SIZE_MAX;
    const size_t common = one->lines < other->lines ? one->lines : other->lines;
    for (size_t i = 0; i < common; i++) {
        const bool is_masked = i < mask->lines && mask->varies[i];
        if (one->hashes[i] != other->hashes[i] && !is_masked) return i;
    }
    return one->lines == other->lines ? SIZE_MAX : common;
}

const char *capture_line(const struct capture *capture, size_t line, size_t *size) {
    if (line >= capture->lines || !capture->head.size) return NULL;
    const char *at = capture->head.data;
    const char *end = at + capture->head.size;
    for (; line && at < end; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    if (line || at >= end) return NULL;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    *size = (size_t)((newline ? newline : end) - at);
    return at;
}
