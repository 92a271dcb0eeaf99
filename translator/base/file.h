/* Files in and out. Input is mapped read-only; output is written to a temporary name in the same folder and
 * renamed when complete, so that a failed or interrupted run leaves what was there before. */
#ifndef W2C_FILE_H
#define W2C_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_file {
    const uint8_t *bytes;
    size_t size;
    void *mapping; /* to unmap, or NULL (read from a pipe, or empty) */
};

/* "-" is standard input. False and errno if it cannot be read; directories give EISDIR. */
bool input_open(struct input_file *file, const char *path);
void input_close(struct input_file *file);

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
void output_discard(struct output_file *file); /* removes the temporary file; harmless after a commit */
void output_discard_all(void);

#endif
