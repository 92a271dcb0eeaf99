/* Files in and out. Input is mapped read-only; output is written to a temporary name in the same folder and
 * renamed when complete, so that a failed or interrupted run leaves what was there before. */
#ifndef W2C_FILE_H
#define W2C_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the system says of a file as it was after it had been mapped: the last time of change cannot be set by anybody,
 * so while all of this is the same, so is what is in the file. Times are in nanoseconds since 1970. */
struct file_identity {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t modified;
    int64_t changed;
};

struct input_file {
    const uint8_t *bytes;
    size_t size;
    void *mapping; /* to unmap, or NULL (read from a pipe, or empty) */
    struct file_identity identity; /* of a file that is mapped; else zero */
};

/* "-" is standard input. False and errno if it cannot be read; directories give EISDIR. */
bool input_open(struct input_file *file, const char *path);
void input_close(struct input_file *file);
/* Whether `path` still leads to this very file, unchanged. */
bool input_is_unchanged(const struct input_file *file, const char *path);

/* A file being written. Paths are registered so that an interrupt removes the temporary file
 * (output_discard_all is safe to call from a signal handler). */
struct output_file {
    char *path;
    char *temporary_path;
    int fd;
    int slot;
};

bool output_open(struct output_file *file, const char *path);
bool output_write(struct output_file *file, const char *bytes, size_t size);
/* Closes; true when every byte is safely in the temporary file, which then waits for the rename. */
bool output_finish(struct output_file *file);
bool output_commit(struct output_file *file);  /* renames into place */
/* The same, but leaves the file that is there as it is, with its time, if it has the same content. */
bool output_commit_if_changed(struct output_file *file);
void output_discard(struct output_file *file); /* removes the temporary file; harmless after a commit */
void output_discard_all(void);

#endif
