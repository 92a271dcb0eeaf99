/* The linker writes a digest of everything that it links into the program (--build-id), in a note (ELF, gABI 5) that is
 * loaded with it. Compiled code holds places of pointers to functions of this process, and is as libtcc made it, so
 * it is good for the very build that made it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "build_identity.h"

#if defined(__linux__)
#include <elf.h>
#include <link.h>
#include <string.h>

struct search {
    struct digest *digest;
    bool is_found;
};

static size_t padded(size_t size) {
    return (size + 3) / 4 * 4;
}

static void read_notes(struct search *search, const uint8_t *at, size_t size) {
    ElfW(Nhdr) note;
    while (size >= sizeof note) {
        memcpy(&note, at, sizeof note);
        const size_t body = padded(note.n_namesz) + padded(note.n_descsz);
        if (body > size - sizeof note) return;
        const uint8_t *name = at + sizeof note;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
            digest_bytes(search->digest, name + padded(note.n_namesz), note.n_descsz);
            search->is_found = true;
        }
        at += sizeof note + body;
        size -= sizeof note + body;
    }
}

/* The first object is the program itself. */
static int read_object(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_NOTE) continue;
        read_notes(argument, (const uint8_t *)(uintptr_t)(info->dlpi_addr + header->p_vaddr), header->p_memsz);
    }
    return 1;
}

bool build_identity(struct digest *digest) {
    struct search search = {digest, false};
    dl_iterate_phdr(read_object, &search);
    return search.is_found;
}

#else

bool build_identity(struct digest *digest) {
    (void)digest;
    return false;
}

#endif
