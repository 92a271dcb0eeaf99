/* The file:
 *
 *     head        what it is, how large, the places it was made for, a checksum of all the rest
 *     functions   index, and distance from the start of the code
 *     (up to a page)
 *     code        as it is in memory
 *
 * Code refers to state by address and to nothing outside of itself by distance, so at the same addresses it is good in
 * any process of the same build of w2c that runs the same module: both are in the file's name, as a digest. A head that
 * names other places than the program has now (address space was taken), and a file that is not whole, are as good as
 * no file.
 *
 * The checksum finds what happens to files by accident. Against somebody else's will no sum helps that is in the file
 * itself: that nobody but the user can write the file does.
 *
 * Files appear whole by a rename. Of two processes that save at once one wins, and both files are right.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "code_cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/file.h"
#include "../build/cache.h"
#include "../build/cache_room.h"
#include "build_identity.h"
#include "known_modules.h"
#include "lazy_program.h"

/* Not more than this is kept of a module's code. */
enum { MAX_CODE_BYTES = 128 << 20, MIN_NEW_FUNCTIONS = 16, NEW_SHARE = 32 };

static const char magic[16] = "w2c tcc code 1\n";

struct kept_head {
    char magic[16];
    uint64_t checksum; /* of what follows in the head, and of the rest */
    uint64_t page_bytes;
    uint64_t file_bytes;
    uint64_t function_count;
    uint64_t code_offset; /* in the file */
    uint64_t code_bytes;
    uint64_t code_address;
    uint64_t slots, imports, memory_base, state_end;
};

struct kept_function {
    uint32_t func_idx;
    uint32_t offset;
};

static uint64_t page_bytes(void) {
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- checksum ---- */

struct sum {
    uint64_t lanes[4];
};

static uint64_t stir(uint64_t lane, uint64_t word) {
    lane = (lane ^ word) * 0x9e3779b97f4a7c15u;
    return lane ^ lane >> 29;
}

/* Four lanes, because one multiplication need not wait for another: as fast as memory is read. */
static void sum_bytes(struct sum *sum, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    uint64_t words[4];
    for (; size >= sizeof words; at += sizeof words, size -= sizeof words) {
        memcpy(words, at, sizeof words);
        for (int i = 0; i < 4; i++)
            sum->lanes[i] = stir(sum->lanes[i], words[i]);
    }
    memset(words, 0, sizeof words);
    memcpy(words, at, size);
    for (int i = 0; i < 4; i++)
        sum->lanes[i] = stir(sum->lanes[i], words[i] + size);
}

enum { SUMMED_FROM = offsetof(struct kept_head, page_bytes) };

/* Of all but the magic and the sum itself. `front` is what stands before the code. */
static uint64_t checksum(const void *front, size_t front_bytes, const uint8_t *code, size_t code_bytes) {
    struct sum sum = {{1, 2, 3, 4}};
    sum_bytes(&sum, (const uint8_t *)front + SUMMED_FROM, front_bytes - SUMMED_FROM);
    sum_bytes(&sum, code, code_bytes);
    uint64_t result = 1;
    for (int i = 0; i < 4; i++)
        result = stir(result, sum.lanes[i]);
    return result;
}

/* ---- finding ---- */

const char *code_cache_path(struct arena *arena, const struct input_file *module) {
    char key[DIGEST_TEXT];
    struct digest digest;
    digest_begin(&digest);
    digest_word(&digest, magic);
    if (!build_identity(&digest)) return NULL;
    return known_module_key(arena, &digest, module, key) ? cache_path_if_possible(arena, key) : NULL;
}

static const struct kept_head *head_of(const struct code_cache *cache) {
    return (const struct kept_head *)cache->bytes;
}

static bool is_whole(const struct code_cache *cache) {
    const struct kept_head *head = head_of(cache);
    if (cache->size < sizeof *head || memcmp(head->magic, magic, sizeof magic) != 0) return false;
    if (head->file_bytes != cache->size || head->page_bytes != page_bytes()) return false;
    if (head->code_offset < sizeof *head || head->code_offset > cache->size) return false;
    return checksum(cache->bytes, head->code_offset, cache->bytes + head->code_offset,
                    cache->size - head->code_offset) == head->checksum;
}

/* Nobody else may have written what is going to run. */
static bool is_ours(const struct stat *status) {
    return S_ISREG(status->st_mode) && status->st_uid == geteuid() && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool map_file(struct code_cache *cache) {
    const int fd = open(cache->path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0) return false;
    const bool is_file = fstat(fd, &status) == 0 && is_ours(&status) && status.st_size > 0;
    void *bytes = is_file ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (bytes == MAP_FAILED) return false;
    cache->bytes = bytes;
    cache->size = (size_t)status.st_size;
    return true;
}

bool code_cache_open(struct code_cache *cache, const char *path) {
    *cache = (struct code_cache){.path = path};
    if (!path || !map_file(cache)) return false;
    if (is_whole(cache)) return true;
    munmap((void *)(uintptr_t)cache->bytes, cache->size);
    cache->bytes = NULL;
    return false;
}

void code_cache_close(struct code_cache *cache) {
    if (cache->bytes) munmap((void *)(uintptr_t)cache->bytes, cache->size);
    cache->bytes = NULL;
}

/* ---- entering ---- */

static void describe(struct kept_head *head, const struct tcc_program *p) {
    *head = (struct kept_head){.page_bytes = page_bytes(),
                               .code_address = (uint64_t)(uintptr_t)p->code_start,
                               .slots = p->places.slots,
                               .imports = p->places.imports,
                               .memory_base = p->places.memory_base,
                               .state_end = (uint64_t)(uintptr_t)p->zone.state_next};
    memcpy(head->magic, magic, sizeof magic);
}

static bool is_for(const struct kept_head *head, const struct tcc_program *p) {
    struct kept_head now;
    describe(&now, p);
    return p->zone.is_fixed && head->code_address == now.code_address && head->slots == now.slots &&
           head->imports == now.imports && head->memory_base == now.memory_base && head->state_end == now.state_end;
}

/* The sum is right, so these are what was written; still no number leads out of bounds. */
static bool functions_are_good(const struct kept_head *head, const struct tcc_program *p) {
    const struct kept_function *functions = (const struct kept_function *)(head + 1);
    if (head->code_offset % head->page_bytes != 0 || head->code_offset > head->file_bytes) return false;
    if (head->code_bytes > head->file_bytes - head->code_offset || head->code_bytes > MAX_CODE_BYTES) return false;
    if (head->function_count > (head->code_offset - sizeof *head) / sizeof *functions) return false;
    for (uint64_t i = 0; i < head->function_count; i++) {
        if (functions[i].func_idx >= p->module->func_count || functions[i].offset >= head->code_bytes) return false;
        if (i > 0 && functions[i].offset <= functions[i - 1].offset) return false;
    }
    return true;
}

/* The pages that were checked are moved to the code's address: nothing is copied, and processes share them. */
static bool map_code(struct code_cache *cache, struct tcc_program *p) {
    const struct kept_head *head = head_of(cache);
    const size_t bytes = cache->size - head->code_offset, code_bytes = head->code_bytes;
    void *from = (void *)(uintptr_t)(cache->bytes + head->code_offset);
    if (bytes > (size_t)(p->zone.code_end - p->code_start)) return false;
    cache->size = head->code_offset;
    return mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, p->code_start) != MAP_FAILED &&
           zone_seal_code(&p->zone, p->code_start, code_bytes);
}

void code_cache_enter(struct code_cache *cache, struct tcc_program *p) {
    if (!cache->bytes) return;
    const struct kept_head *head = head_of(cache);
    if (!is_for(head, p) || !functions_are_good(head, p) || !map_code(cache, p)) return;
    const struct kept_function *functions = (const struct kept_function *)(head + 1);
    for (uint64_t i = 0; i < head->function_count; i++)
        program_enter_code(p, functions[i].func_idx, p->code_start + functions[i].offset);
    cache->entered_count = (uint32_t)head->function_count;
    zone_align_code(&p->zone);
}

/* ---- saving ---- */

/* New functions are a reason, unless they are few beside those that are kept. */
static bool is_worth_it(const struct code_cache *cache, const struct tcc_program *p) {
    const uint32_t added = p->code.count - cache->entered_count;
    return added > 0 && (added >= MIN_NEW_FUNCTIONS || added >= cache->entered_count / NEW_SHARE);
}

static void write_functions(struct text *out, const struct tcc_program *p) {
    for (uint32_t i = 0; i < p->code.count; i++) {
        const struct code_entry *entry = &p->code.entries[i];
        const struct kept_function function = {entry->func_idx, (uint32_t)(entry->start - (uintptr_t)p->code_start)};
        text_bytes(out, (const char *)&function, sizeof function);
    }
}

static bool write_file(const char *path, const struct text *front, const uint8_t *code, size_t code_bytes) {
    struct output_file file;
    if (!output_open(&file, path)) return false;
    const bool is_written = fchmod(file.fd, S_IRUSR | S_IWUSR) == 0 && output_write(&file, front->data, front->size) &&
                            output_write(&file, (const char *)code, code_bytes);
    const bool is_good = output_finish(&file) && is_written && output_commit(&file);
    if (!is_good) output_discard(&file);
    return is_good;
}

/* Without a message if it fails: the program has run. */
void code_cache_save(struct code_cache *cache, const struct tcc_program *p) {
    const size_t code_bytes = (size_t)(p->zone.code_next - p->code_start);
    if (!cache->path || !p->zone.is_fixed || code_bytes > MAX_CODE_BYTES || !is_worth_it(cache, p)) return;
    struct kept_head head;
    describe(&head, p);
    struct text front = {0};
    text_bytes(&front, (const char *)&head, sizeof head);
    write_functions(&front, p);
    while (front.size % page_bytes() != 0)
        text_char(&front, 0);
    head.function_count = p->code.count;
    head.code_offset = front.size;
    head.code_bytes = code_bytes;
    head.file_bytes = front.size + code_bytes;
    memcpy(front.data, &head, sizeof head);
    head.checksum = checksum(front.data, front.size, p->code_start, code_bytes);
    memcpy(front.data, &head, sizeof head);
    if (write_file(cache->path, &front, p->code_start, code_bytes)) cache_make_room(cache->path);
    text_free(&front);
}
