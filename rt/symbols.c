/* From a code address to the wasm function it belongs to, for messages.
 *
 * Generated functions are symbols PREFIXf<index>_<readable>, so the symbol table of the running object is all the
 * debug information that is needed: no tables of our own, no cost while code runs. The table is read from the
 * object's file (static functions are in no table that gets loaded). A stripped or vanished file, or a platform
 * without ELF, only means messages without function names. Numbers from the file are checked like any input.
 *
 * The name that is shown comes from the module's own name section, of which each module registers a copy. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <stdlib.h>
#include <string.h>

/* ---- modules ---- */

struct sym_module {
    struct sym_module *next;
    struct w2c_names names;
    uint32_t use_count;
};

static struct sym_module *sym_modules;
static int sym_lock;

/* The link that leads to the entry, or to the end of the list. Pointers identify a module: it is one object. */
static struct sym_module **sym_link(const struct w2c_names *names) {
    struct sym_module **link = &sym_modules;
    while (*link && ((*link)->names.module != names->module || (*link)->names.symbol_prefix != names->symbol_prefix ||
                     (*link)->names.function_names != names->function_names)) {
        link = &(*link)->next;
    }
    return link;
}

/* Counts, for a module with two instances must stay known when one of them goes. */
W2C_RT bool w2c_symbols_add(const struct w2c_names *names) {
    w2c_lock(&sym_lock);
    struct sym_module **link = sym_link(names);
    if (!*link) {
        *link = calloc(1, sizeof **link);
    }
    struct sym_module *entry = *link;
    if (entry) {
        entry->names = *names;
        entry->use_count++;
    }
    w2c_unlock(&sym_lock);
    return entry != NULL;
}

W2C_RT void w2c_symbols_remove(const struct w2c_names *names) {
    w2c_lock(&sym_lock);
    struct sym_module **link = sym_link(names);
    struct sym_module *entry = *link;
    if (entry && --entry->use_count == 0) {
        *link = entry->next;
        free(entry);
    }
    w2c_unlock(&sym_lock);
}

W2C_RT const char *w2c_symbols_module(void) {
    w2c_lock(&sym_lock);
    const char *name = sym_modules && !sym_modules->next ? sym_modules->names.module : NULL;
    w2c_unlock(&sym_lock);
    return name;
}

#if W2C_GNU && defined(__linux__)
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* PREFIXfn12_parse, PREFIXfn12_parse.cold and the like are function 12: what stands behind the digits is for
 * readers and compilers. */
static bool sym_parse(const char *symbol, const struct w2c_names *names, uint32_t *index) {
    size_t prefix_length = strlen(names->symbol_prefix);
    if (strncmp(symbol, names->symbol_prefix, prefix_length) != 0 || strncmp(symbol + prefix_length, "fn", 2) != 0) {
        return false;
    }
    const char *digits = symbol + prefix_length + 2;
    const char *at = digits;
    uint64_t value = 0;
    for (; *at >= '0' && *at <= '9' && value < names->function_count; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *index = (uint32_t)value;
    return at != digits && value < names->function_count && (*at == '_' || *at == '.' || *at == 0);
}

/* Copies the entry out: it may be removed as soon as the lock is free. */
static bool sym_match(const char *symbol, struct w2c_symbol *out) {
    w2c_lock(&sym_lock);
    const struct sym_module *entry = sym_modules;
    while (entry && !sym_parse(symbol, &entry->names, &out->index)) {
        entry = entry->next;
    }
    if (entry) {
        out->names = entry->names;
    }
    w2c_unlock(&sym_lock);
    return entry != NULL;
}

/* ---- the object that holds an address ---- */

struct sym_object {
    uintptr_t address;
    uintptr_t bias; /* what the loader added to the file's addresses */
    const char *path;
};

/* Called for each object of the process until it returns non-zero. The main program has no path here. */
static int sym_check_object(struct dl_phdr_info *info, size_t size, void *argument) {
    struct sym_object *object = argument;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = (uintptr_t)info->dlpi_addr + (uintptr_t)header->p_vaddr;
        if (header->p_type == PT_LOAD && object->address - start < header->p_memsz) {
            object->bias = (uintptr_t)info->dlpi_addr;
            object->path = info->dlpi_name && info->dlpi_name[0] ? info->dlpi_name : "/proc/self/exe";
            return 1;
        }
    }
    return 0;
}

/* ---- its file ----
 * Mapped rather than read into allocated memory: the fault handler may ask while the allocator's lock is held. */

struct sym_file {
    const u8 *bytes;
    size_t size;
};

static bool sym_open(struct sym_file *file, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    struct stat status;
    void *bytes = MAP_FAILED;
    if (fstat(fd, &status) == 0 && status.st_size > 0 && (uint64_t)status.st_size <= SIZE_MAX) {
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    if (bytes == MAP_FAILED) {
        return false;
    }
    *file = (struct sym_file){bytes, (size_t)status.st_size};
    return true;
}

/* Copies a record out of the file: its place may be badly aligned, or outside. */
static bool sym_read(const struct sym_file *file, uint64_t offset, void *out, size_t size) {
    if (offset > file->size || size > file->size - offset) {
        return false;
    }
    memcpy(out, file->bytes + offset, size);
    return true;
}

/* Header number `index` of the section table; a table of 65280 sections and more says 0 here and is not read. */
static bool sym_read_section(const struct sym_file *file, const ElfW(Ehdr) * header, size_t index,
                             ElfW(Shdr) * section) {
    return index < header->e_shnum && header->e_shoff <= file->size &&
           sym_read(file, header->e_shoff + index * sizeof *section, section, sizeof *section);
}

/* The first section of that type. */
static bool sym_find_section(const struct sym_file *file, const ElfW(Ehdr) * header, uint32_t type,
                             ElfW(Shdr) * section) {
    for (size_t i = 0; sym_read_section(file, header, i, section); i++) {
        if (section->sh_type == type) {
            return true;
        }
    }
    return false;
}

/* The text at `offset` of a string section; NULL unless it is closed by NUL inside the section and the file. */
static const char *sym_string(const struct sym_file *file, const ElfW(Shdr) * strings, uint64_t offset) {
    if (strings->sh_offset > file->size || strings->sh_size > file->size - strings->sh_offset ||
        offset >= strings->sh_size) {
        return NULL;
    }
    const char *text = (const char *)file->bytes + strings->sh_offset + offset;
    return memchr(text, 0, strings->sh_size - offset) ? text : NULL;
}

/* The symbol of the function that holds `address`, an address of the file: its name, and *symbol. */
static const char *sym_search(const struct sym_file *file, const ElfW(Shdr) * symbols, const ElfW(Shdr) * strings,
                              uint64_t address, ElfW(Sym) * found) {
    ElfW(Sym) symbol;
    uint64_t count = symbols->sh_size / sizeof symbol;
    for (uint64_t i = 0; i < count; i++) {
        if (symbols->sh_offset > file->size ||
            !sym_read(file, symbols->sh_offset + i * sizeof symbol, &symbol, sizeof symbol)) {
            return NULL;
        }
        if ((symbol.st_info & 15) == STT_FUNC && address - symbol.st_value < symbol.st_size) {
            *found = symbol;
            return sym_string(file, strings, symbol.st_name);
        }
    }
    return NULL;
}

/* The loaded object's dynamic symbols are the second choice: they name exported functions only. */
static const char *sym_name(const struct sym_file *file, uint64_t address, ElfW(Sym) * symbol) {
    ElfW(Ehdr) header;
    ElfW(Shdr) symbols, strings;
    if (!sym_read(file, 0, &header, sizeof header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        header.e_shentsize != sizeof symbols) {
        return NULL;
    }
    bool found =
        sym_find_section(file, &header, SHT_SYMTAB, &symbols) || sym_find_section(file, &header, SHT_DYNSYM, &symbols);
    if (!found || !sym_read_section(file, &header, symbols.sh_link, &strings)) {
        return NULL;
    }
    return sym_search(file, &symbols, &strings, address, symbol);
}

W2C_RT bool w2c_symbols_find(const void *address, struct w2c_symbol *out) {
    if (w2c_code_find((uintptr_t)address, out)) {
        return true;
    }
    struct sym_object object = {.address = (uintptr_t)address};
    struct sym_file file;
    if (!dl_iterate_phdr(sym_check_object, &object) || !sym_open(&file, object.path)) {
        return false;
    }
    ElfW(Sym) symbol;
    const char *name = sym_name(&file, object.address - object.bias, &symbol);
    bool found = name && sym_match(name, out);
    munmap((void *)(uintptr_t)file.bytes, file.size);
    return found;
}

/* Where no symbol says more, the name of the file does: "[libc.so.6]". */
static void sym_describe_object(const struct sym_object *object, struct w2c_place *out) {
    const char *slash = strrchr(object->path, '/');
    struct w2c_message name = w2c_message_open(out->name, sizeof out->name);
    w2c_message_add(&name, "[%s]", slash ? slash + 1 : object->path);
}

W2C_RT void w2c_symbols_describe(const void *address, struct w2c_place *out) {
    struct w2c_symbol function;
    struct sym_object object = {.address = (uintptr_t)address};
    struct sym_file file;
    *out = (struct w2c_place){.low = object.address, .high = object.address + 1};
    if (w2c_code_find(object.address, &function)) {
        out->is_guest = true;
        out->index = function.index;
        return;
    }
    if (!dl_iterate_phdr(sym_check_object, &object) || !sym_open(&file, object.path)) {
        return;
    }
    ElfW(Sym) symbol;
    const char *name = sym_name(&file, object.address - object.bias, &symbol);
    if (name) {
        struct w2c_message copy = w2c_message_open(out->name, sizeof out->name);
        out->low = object.bias + symbol.st_value;
        out->high = out->low + symbol.st_size;
        out->is_guest = sym_match(name, &function);
        out->index = out->is_guest ? function.index : 0;
        w2c_message_add(&copy, "%s", name);
    } else {
        sym_describe_object(&object, out);
    }
    munmap((void *)(uintptr_t)file.bytes, file.size);
}

#else

W2C_RT bool w2c_symbols_find(const void *address, struct w2c_symbol *out) {
    return w2c_code_find((uintptr_t)address, out);
}

W2C_RT void w2c_symbols_describe(const void *address, struct w2c_place *out) {
    struct w2c_symbol function;
    *out = (struct w2c_place){.low = (uintptr_t)address, .high = (uintptr_t)address + 1};
    out->is_guest = w2c_code_find((uintptr_t)address, &function);
    out->index = out->is_guest ? function.index : 0;
}

#endif
