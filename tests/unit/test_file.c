/* Files: what is read, and that nothing appears under its name before it is complete. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

/* Each test runs in an empty folder of its own. */
static char folder[] = "/tmp/w2c_test_file_XXXXXX";

static int enter_folder(void **state) {
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

/* How many entries the folder has. */
static int entries(void) {
    DIR *stream = opendir(".");
    assert_non_null(stream);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(stream));) count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

static int leave_folder(void **state) {
    (void)state;
    DIR *stream = opendir(".");
    for (const struct dirent *entry; stream && (entry = readdir(stream));) remove(entry->d_name);
    if (stream) closedir(stream);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *content) {
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(content, stream);
    fclose(stream);
}

static void assert_content(const char *path, const char *content) {
    struct input_file file;
    assert_true(input_open(&file, path));
    assert_int_equal(file.size, strlen(content));
    if (file.size) assert_memory_equal(file.bytes, content, file.size);
    input_close(&file);
    assert_null(file.bytes);
}

/* ---- input ---- */

static void files_are_read(void **state) {
    (void)state;
    write_file("a", "content");
    assert_content("a", "content");
    write_file("empty", "");
    assert_content("empty", "");
}

static void what_cannot_be_read(void **state) {
    (void)state;
    struct input_file file;
    assert_false(input_open(&file, "absent"));
    assert_int_equal(errno, ENOENT);
    assert_false(input_open(&file, "."));
    assert_int_equal(errno, EISDIR);
}

/* More than the first buffer, in pieces, through "-". */
static void pipes_are_read_to_the_end(void **state) {
    (void)state;
    enum { SIZE = 300000 };
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < SIZE; i++) {
            const char c = (char)(i % 251);
            if (write(ends[1], &c, 1) != 1) _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    const int kept = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    struct input_file file;
    assert_true(input_open(&file, "-"));
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(ends[0]);
    assert_int_equal(file.size, SIZE);
    for (int i = 0; i < SIZE; i++) assert_int_equal(file.bytes[i], i % 251);
    input_close(&file);
    waitpid(child, NULL, 0);
}

/* ---- output ---- */

static void output_appears_when_complete(void **state) {
    (void)state;
    write_file("out", "old");
    struct output_file file;
    assert_true(output_open(&file, "out"));
    assert_true(output_write(&file, "new content", 11));
    assert_content("out", "old");
    assert_int_equal(entries(), 2);
    assert_true(output_finish(&file));
    assert_content("out", "old");
    assert_true(output_commit(&file));
    assert_content("out", "new content");
    assert_int_equal(entries(), 1);
    output_discard(&file); /* harmless now */
    assert_content("out", "new content");
}

static void discarded_output_leaves_nothing(void **state) {
    (void)state;
    write_file("out", "old");
    struct output_file file;
    assert_true(output_open(&file, "out"));
    assert_true(output_write(&file, "new", 3));
    errno = ENOSPC;
    output_discard(&file);
    assert_int_equal(errno, ENOSPC);
    assert_content("out", "old");
    assert_int_equal(entries(), 1);
}

/* One of several files of an output may fail before the others are opened. */
static void unopened_output_is_no_other(void **state) {
    (void)state;
    struct output_file first, unopened = {0};
    assert_true(output_open(&first, "first"));
    output_discard(&unopened);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    assert_true(output_write(&first, "abc", 3) && output_finish(&first));
    output_discard(&first);
    assert_int_equal(entries(), 0);
}

static void output_that_cannot_be(void **state) {
    (void)state;
    struct output_file file;
    assert_false(output_open(&file, "absent/out"));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(mkdir("folder", 0777), 0);
    assert_false(output_open(&file, "folder"));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(entries(), 1);
}

/* A rename would replace the pipe; for a super-user even a device. Hence a pipe of our own: if this fails, nothing
 * outside of the folder has changed. */
static void pipes_are_written_in_place(void **state) {
    (void)state;
    assert_int_equal(mkfifo("pipe", 0666), 0);
    const int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    struct output_file file;
    assert_true(output_open(&file, "pipe"));
    assert_int_equal(entries(), 1); /* no temporary file beside it */
    assert_true(output_write(&file, "x", 1));
    assert_true(output_finish(&file));
    assert_true(output_commit(&file));
    char c = 0;
    assert_int_equal(read(reader, &c, 1), 1);
    assert_int_equal(c, 'x');
    struct stat status;
    assert_int_equal(stat("pipe", &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
    /* nobody reads any more */
    signal(SIGPIPE, SIG_IGN);
    assert_true(output_open(&file, "pipe"));
    close(reader);
    assert_false(output_write(&file, "x", 1));
    assert_int_equal(errno, EPIPE);
    output_discard(&file);
    assert_int_equal(stat("pipe", &status), 0);
}

static void discard_and_exit(int signal_number) {
    (void)signal_number;
    output_discard_all();
    _exit(7);
}

/* More files than one block of the registry has slots. */
static void interrupt_removes_all(void **state) {
    (void)state;
    enum { FILES = 150 };
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, discard_and_exit);
        static struct output_file files[FILES];
        for (int i = 0; i < FILES; i++) {
            char path[20];
            snprintf(path, sizeof path, "out%d", i);
            if (!output_open(&files[i], path)) _exit(1);
        }
        output_discard(&files[3]);
        output_commit(&files[100]); /* stays */
        raise(SIGTERM);
        _exit(2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(entries(), 1);
    assert_int_equal(access("out100", F_OK), 0);
}

int main(void) {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(files_are_read),
        IN_FOLDER(what_cannot_be_read),
        IN_FOLDER(pipes_are_read_to_the_end),
        IN_FOLDER(output_appears_when_complete),
        IN_FOLDER(discarded_output_leaves_nothing),
        IN_FOLDER(output_that_cannot_be), IN_FOLDER(unopened_output_is_no_other),
        IN_FOLDER(pipes_are_written_in_place),
        IN_FOLDER(interrupt_removes_all),
    };
#undef IN_FOLDER
    return cmocka_run_group_tests(tests, NULL, NULL);
}
