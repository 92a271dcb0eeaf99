/* Mapping an image: what the kernel does with a program that it starts, in a process that has long been running.
 *
 * The file was linked by a child of this process a moment ago, in a folder of its own. It is looked at all the same
 * before anything of it is trusted: a linker may have put it elsewhere than it was told, and then mapping it would
 * destroy what is there.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "image.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/file.h"
#include "host_symbols.h"

static const uintptr_t page_bytes = 4096; /* what the image was linked for; the processor has no other */

struct elf {
    const struct input_file *file;
    const Elf64_Ehdr *head;
    const Elf64_Phdr *segments;
};

static bool read_elf(struct elf *elf, const struct input_file *file) {
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)file->bytes;
    *elf = (struct elf){.file = file, .head = head};
    if (file->size < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return false;
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_machine != EM_X86_64 || head->e_type != ET_EXEC) return false;
    if (head->e_phentsize != sizeof(Elf64_Phdr) || head->e_phoff > file->size) return false;
    if (head->e_phnum > (file->size - head->e_phoff) / sizeof(Elf64_Phdr)) return false;
    elf->segments = (const Elf64_Phdr *)(file->bytes + head->e_phoff);
    return true;
}

/* Within the room for images, within the file, and never writable and executable at the same time. */
static bool may_be_loaded(const struct elf *elf, const Elf64_Phdr *segment) {
    if (segment->p_vaddr < IMAGE_START || segment->p_vaddr > IMAGE_END) return false;
    if (segment->p_memsz > IMAGE_END - segment->p_vaddr || segment->p_filesz > segment->p_memsz) return false;
    if (segment->p_offset > elf->file->size || segment->p_filesz > elf->file->size - segment->p_offset) return false;
    return segment->p_offset % page_bytes == segment->p_vaddr % page_bytes &&
           !((segment->p_flags & PF_W) && (segment->p_flags & PF_X));
}

/* The entry address is that of the head, all of which must be in one segment's bytes. */
static bool has_head(const struct elf *elf) {
    for (int i = 0; i < elf->head->e_phnum; i++) {
        const Elf64_Phdr *segment = &elf->segments[i];
        const uint64_t at = elf->head->e_entry - segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) && elf->head->e_entry >= segment->p_vaddr &&
            segment->p_filesz >= sizeof(struct image_head) && at <= segment->p_filesz - sizeof(struct image_head)) {
            return true;
        }
    }
    return false;
}

static bool may_be_mapped(const struct elf *elf) {
    for (int i = 0; i < elf->head->e_phnum; i++) {
        if (elf->segments[i].p_type == PT_LOAD && !may_be_loaded(elf, &elf->segments[i])) return false;
    }
    return has_head(elf);
}

static uintptr_t page_of(uintptr_t address) {
    return address / page_bytes * page_bytes;
}

/* Behind the file's bytes there are zeroes, on the rest of the page and on pages of their own. */
static bool clear_rest(const Elf64_Phdr *segment) {
    const uintptr_t end = segment->p_vaddr + segment->p_filesz, all = segment->p_vaddr + segment->p_memsz;
    if (end == all) return true;
    const uintptr_t whole = page_of(end + page_bytes - 1);
    memset((void *)end, 0, (whole < all ? whole : all) - end);
    if (whole >= all) return true;
    return mmap((void *)whole, all - whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
           MAP_FAILED;
}

static bool map_segment(const Elf64_Phdr *segment, int fd) {
    const uintptr_t start = page_of(segment->p_vaddr);
    const size_t skipped = segment->p_vaddr - start;
    const int rights =
        PROT_READ | (segment->p_flags & PF_W ? PROT_WRITE : 0) | (segment->p_flags & PF_X ? PROT_EXEC : 0);
    if (segment->p_filesz == 0) return segment->p_memsz == 0 || clear_rest(segment);
    const off_t offset = (off_t)(segment->p_offset - skipped);
    void *at = (void *)start;
    if (mmap(at, segment->p_filesz + skipped, rights, MAP_PRIVATE | MAP_FIXED, fd, offset) == MAP_FAILED) return false;
    return segment->p_flags & PF_W ? clear_rest(segment) : true;
}

static bool map_segments(struct mapped_image *image, const struct elf *elf, const char *path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_mapped = fd >= 0;
    for (int i = 0; is_mapped && i < elf->head->e_phnum; i++) {
        const Elf64_Phdr *segment = &elf->segments[i];
        if (segment->p_type != PT_LOAD) continue;
        is_mapped = map_segment(segment, fd);
        if (!(segment->p_flags & PF_X)) continue;
        image->code_low = segment->p_vaddr;
        image->code_high = segment->p_vaddr + segment->p_memsz;
    }
    if (fd >= 0) close(fd);
    return is_mapped;
}

static bool fill_tables(const struct image_head *head, uint64_t memory_base, void *wasi) {
    if (head->magic != IMAGE_MAGIC || head->memory_base != memory_base || head->host_count != host_symbol_count) {
        return false;
    }
    for (size_t i = 0; i < host_symbol_count; i++)
        head->hosts[i] = (uint64_t)(uintptr_t)host_symbols[i].code;
    *head->wasi = (uint64_t)(uintptr_t)wasi;
    return true;
}

bool image_map(struct mapped_image *image, const char *path, uint64_t memory_base, void *wasi) {
    struct input_file file;
    struct elf elf;
    *image = (struct mapped_image){0};
    if (!input_open(&file, path)) return false;
    bool is_mapped = read_elf(&elf, &file) && may_be_mapped(&elf) && map_segments(image, &elf, path);
    if (is_mapped) {
        image->head = (const struct image_head *)(uintptr_t)elf.head->e_entry;
        is_mapped = fill_tables(image->head, memory_base, wasi);
    }
    input_close(&file);
    return is_mapped;
}
