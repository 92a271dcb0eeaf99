/* perf looks the file up when it reports, after the process has ended, so it is written once, at the end.
 *
 * Its name can be guessed and everybody may write to /tmp, so the file is a new one or none: what has the name is
 * removed first, and nothing that appears in between is followed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/text.h"
#include "../wasm/module_facts.h"

/* The rest of a line is a name, whatever is in it. */
static void write_name(struct text *out, struct name name, uint32_t func_idx) {
    if (!name.size) text_format(out, "func[%u]", (unsigned)func_idx);
    for (uint32_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.bytes[i];
        text_char(out, c < ' ' || c == 0x7f ? '?' : (char)c);
    }
}

static void write_lines(struct text *out, const struct code_list *code, uintptr_t end, const struct module *module) {
    enum { LAST_BYTES = 1 << 16 }; /* of the last function no end is known */
    struct arena arena = {0};
    const struct name *names = module_display_names(module, &arena);
    for (uint32_t i = 0; i < code->count; i++) {
        const struct code_entry *entry = &code->entries[i];
        const uintptr_t room = end - entry->start;
        uintptr_t size = i + 1 < code->count ? entry[1].start - entry->start : room;
        if (i + 1 == code->count && size > LAST_BYTES) size = LAST_BYTES;
        text_format(out, "%lx %lx ", (unsigned long)entry->start, (unsigned long)size);
        write_name(out, names[entry->func_idx], entry->func_idx);
        text_char(out, '\n');
    }
    arena_free(&arena);
}

static bool write_file(const char *path, const struct text *text) {
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    size_t done = 0;
    while (done < text->size) {
        const ssize_t written = write(fd, text->data + done, text->size - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) break;
        done += (size_t)written;
    }
    return close(fd) == 0 && done == text->size;
}

void perf_map_write(const struct code_list *code, uintptr_t end, const struct module *module) {
    char path[64];
    struct text text = {0};
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    write_lines(&text, code, end, module);
    if (!write_file(path, &text)) fprintf(stderr, "w2c: cannot write '%s': %s\n", path, strerror(errno));
    text_free(&text);
}
