/* Ways out of a preopened directory, each tried against both resolvers; and what paths mean besides. */
#include "wasi_fixture.h"

#include "rt/wasi/guest.h"

static struct fixture fixture;

/* ---- calls that take a path ---- */

static u32 call_on_path(u32 (*call)(void *, u32, u32, u32), u32 fd, const char *path) {
    reset(&fixture);
    return call(fixture.wasi, fd, put(&fixture, path, strlen(path)), (u32)strlen(path));
}

static u32 make_directory(const char *path) {
    return call_on_path(w2c_wasi_path_create_directory, ROOT, path);
}

static u32 remove_directory(const char *path) {
    return call_on_path(w2c_wasi_path_remove_directory, ROOT, path);
}

static u32 unlink_file(const char *path) {
    return call_on_path(w2c_wasi_path_unlink_file, ROOT, path);
}

static u32 make_link(const char *text, const char *path) {
    reset(&fixture);
    u32 target = put(&fixture, text, strlen(text));
    u32 name = put(&fixture, path, strlen(path));
    return w2c_wasi_path_symlink(fixture.wasi, target, (u32)strlen(text), ROOT, name, (u32)strlen(path));
}

static u32 rename_from_to(u32 from_fd, const char *from, u32 to_fd, const char *to) {
    reset(&fixture);
    u32 source = put(&fixture, from, strlen(from));
    u32 target = put(&fixture, to, strlen(to));
    return w2c_wasi_path_rename(fixture.wasi, from_fd, source, (u32)strlen(from), to_fd, target, (u32)strlen(to));
}

static u32 hard_link(u32 from_fd, const char *from, u32 to_fd, const char *to) {
    reset(&fixture);
    u32 source = put(&fixture, from, strlen(from));
    u32 target = put(&fixture, to, strlen(to));
    return w2c_wasi_path_link(fixture.wasi, from_fd, 0, source, (u32)strlen(from), to_fd, target, (u32)strlen(to));
}

static u32 look(u32 lookup, const char *path) {
    reset(&fixture);
    u32 text = put(&fixture, path, strlen(path));
    return w2c_wasi_path_filestat_get(fixture.wasi, ROOT, lookup, text, (u32)strlen(path), room(&fixture, 64));
}

static u32 touch(u32 fd, u32 lookup, const char *path) {
    reset(&fixture);
    u32 text = put(&fixture, path, strlen(path));
    return w2c_wasi_path_filestat_set_times(fixture.wasi, fd, lookup, text, (u32)strlen(path), 1, 1,
                                            WASI_FSTFLAG_ATIM | WASI_FSTFLAG_MTIM);
}

static u32 read_link(const char *path) {
    reset(&fixture);
    u32 text = put(&fixture, path, strlen(path));
    u32 buffer = room(&fixture, 100);
    return w2c_wasi_path_readlink(fixture.wasi, ROOT, text, (u32)strlen(path), buffer, 100, room(&fixture, 4));
}

static u32 create(const char *path) {
    u32 fd;
    u32 error = open_path(&fixture, ROOT, path, (struct opening){0, WASI_OFLAG_CREAT, WRITING, 0}, &fd);
    return error ? error : w2c_wasi_fd_close(fixture.wasi, fd);
}

/* Links that the guest cannot make itself. */
static void host_link(const char *text, const char *name) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", fixture.inside, name);
    assert_int_equal(symlink(text, path), 0);
}

/* The scene: dir/sub/file, and links that lead out in every way. */
static int setup(void **state) {
    const bool *is_walk = *state;
    fixture_make(&fixture, (struct w2c_wasi_options){.force_path_walk = *is_walk});
    assert_int_equal(make_directory("dir"), WASI_ESUCCESS);
    assert_int_equal(make_directory("dir/sub"), WASI_ESUCCESS);
    write_file(fixture.inside, "dir/sub/file", "text");
    host_link("../outside", "out");
    host_link("../outside/secret", "secret");
    host_link("../../outside", "dir/out");
    host_link("..", "parent");
    host_link("/", "slash");
    host_link(fixture.outside, "absolute");
    host_link("dir/out", "chain");
    host_link("dir/sub", "inner");
    host_link("../dir/sub/file", "dir/inner_file");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

/* ---- staying inside ---- */

static const char *const escapes[] = {
    "..",
    "../",
    "../outside",
    "../outside/secret",
    "dir/../../outside/secret",
    "dir/sub/../../../outside/secret",
    "./../outside/secret",
    "/",
    "//",
    "/etc/passwd",
    "//etc/passwd",
    "out/secret",
    "out/",
    "out/.",
    "dir/out/secret",
    "chain/secret",
    "parent/outside/secret",
    "parent/",
    "slash/etc/passwd",
    "slash/",
    "absolute/secret",
    "inner/../../../outside/secret",
    "dir/../parent/outside/secret",
    "out/../inside/dir",
};
enum { ESCAPES = sizeof(escapes) / sizeof(escapes[0]) };

static void test_escapes_by_looking(void **state) {
    (void)state;
    for (size_t i = 0; i < ESCAPES; i++) {
        assert_int_equal(try_open(&fixture, escapes[i]), WASI_ENOTCAPABLE);
        assert_int_equal(look(WASI_LOOKUP_SYMLINK_FOLLOW, escapes[i]), WASI_ENOTCAPABLE);
        assert_int_equal(touch(ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, escapes[i]), WASI_ENOTCAPABLE);
    }
    static const char *const followed[] = {"secret", "out", "parent", "slash", "absolute", "chain"};
    for (size_t i = 0; i < sizeof(followed) / sizeof(followed[0]); i++) {
        assert_int_equal(try_open(&fixture, followed[i]), WASI_ENOTCAPABLE);
        assert_int_equal(look(0, followed[i]), WASI_ESUCCESS);
    }
}

/* The same beginnings, now to make, remove and move things. Nothing outside changes. */
static void test_escapes_by_changing(void **state) {
    (void)state;
    static const char *const places[] = {"../outside",       "out",      "dir/out",   "chain",
                                         "parent/outside",   "absolute", "slash/tmp", "/tmp",
                                         "dir/../../outside"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char new_name[100];
        char secret[100];
        snprintf(new_name, sizeof(new_name), "%s/new", places[i]);
        snprintf(secret, sizeof(secret), "%s/secret", places[i]);
        assert_int_equal(create(new_name), WASI_ENOTCAPABLE);
        assert_int_equal(make_directory(new_name), WASI_ENOTCAPABLE);
        assert_int_equal(make_link("x", new_name), WASI_ENOTCAPABLE);
        assert_int_equal(unlink_file(secret), WASI_ENOTCAPABLE);
        assert_int_equal(remove_directory(secret), WASI_ENOTCAPABLE);
        assert_int_equal(rename_from_to(ROOT, secret, ROOT, "mine"), WASI_ENOTCAPABLE);
        assert_int_equal(rename_from_to(ROOT, "dir/sub/file", ROOT, new_name), WASI_ENOTCAPABLE);
        assert_int_equal(hard_link(ROOT, secret, ROOT, "mine"), WASI_ENOTCAPABLE);
        assert_int_equal(hard_link(ROOT, "dir/sub/file", ROOT, new_name), WASI_ENOTCAPABLE);
        assert_int_equal(read_link(secret), WASI_ENOTCAPABLE);
    }
    assert_int_equal(make_directory("/new"), WASI_ENOTCAPABLE);
    assert_int_equal(make_directory("/"), WASI_ENOTCAPABLE);
    char command[200];
    snprintf(command, sizeof(command), "test \"$(ls -A %s)\" = secret", fixture.outside);
    assert_int_equal(system(command), 0);
}

/* Through a link as the last name, creating must not reach out either. */
static void test_creating_through_links(void **state) {
    (void)state;
    host_link("../outside/new", "dangling");
    host_link("dir/made", "fine");
    struct opening how = {WASI_LOOKUP_SYMLINK_FOLLOW, WASI_OFLAG_CREAT, WRITING, 0};
    u32 fd;
    assert_int_equal(open_path(&fixture, ROOT, "dangling", how, &fd), WASI_ENOTCAPABLE);
    assert_int_equal(open_path(&fixture, ROOT, "fine", how, &fd), WASI_ESUCCESS);
    assert_int_equal(look(0, "dir/made"), WASI_ESUCCESS);
    how.oflags |= WASI_OFLAG_EXCL;
    assert_int_equal(open_path(&fixture, ROOT, "dangling", how, &fd), WASI_EEXIST);
    assert_int_equal(open_path(&fixture, ROOT, "dangling", (struct opening){0, WASI_OFLAG_CREAT, WRITING, 0}, &fd),
                     WASI_ELOOP);
    u32 error = create("dangling/");
    assert_true(error == WASI_ENOTCAPABLE || error == WASI_EISDIR);
}

static void test_absolute_link_is_not_made(void **state) {
    (void)state;
    assert_int_equal(make_link("/etc", "mine"), WASI_ENOTCAPABLE);
    assert_int_equal(make_link("../outside", "mine"), WASI_ESUCCESS); /* harmless: nobody follows it */
    assert_int_equal(try_open(&fixture, "mine/secret"), WASI_ENOTCAPABLE);
}

static void test_dots_as_last_name(void **state) {
    (void)state;
    static const char *const dots[] = {".", "dir/.", "dir/..", "dir/sub/../.", "dir/./"};
    for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
        assert_int_equal(make_directory(dots[i]), WASI_EEXIST);
        assert_int_equal(unlink_file(dots[i]), WASI_EISDIR);
        assert_int_equal(remove_directory(dots[i]), WASI_EINVAL);
        assert_int_equal(rename_from_to(ROOT, dots[i], ROOT, "new"), WASI_EBUSY);
        assert_int_equal(rename_from_to(ROOT, "dir", ROOT, dots[i]), WASI_EBUSY);
        assert_int_equal(hard_link(ROOT, dots[i], ROOT, "new"), WASI_EPERM);
        assert_int_equal(make_link("x", dots[i]), WASI_EEXIST);
        assert_int_equal(read_link(dots[i]), WASI_EINVAL);
        assert_int_equal(look(0, dots[i]), WASI_ESUCCESS);
    }
    assert_int_equal(make_directory("none/.."), WASI_ENOENT);
    assert_int_equal(make_directory("dir/../.."), WASI_ENOTCAPABLE);
    assert_int_equal(look(0, "dir/../.."), WASI_ENOTCAPABLE);
    assert_int_equal(touch(ROOT, 0, ".."), WASI_ENOTCAPABLE);
}

/* A directory that a descriptor stands for is as far as ".." goes, even below the preopen. */
static void test_descriptor_is_the_root(void **state) {
    (void)state;
    u32 sub = open_or_fail(&fixture, "dir/sub", WASI_OFLAG_DIRECTORY, WASI_RIGHTS_DIRECTORY);
    u32 fd;
    const struct opening how = {WASI_LOOKUP_SYMLINK_FOLLOW, 0, READING, 0};
    assert_int_equal(open_path(&fixture, sub, "file", how, &fd), WASI_ESUCCESS);
    assert_int_equal(open_path(&fixture, sub, "../sub/file", how, &fd), WASI_ENOTCAPABLE);
    assert_int_equal(open_path(&fixture, sub, "..", how, &fd), WASI_ENOTCAPABLE);
}

/* ---- links and slashes ---- */

static void test_inner_links(void **state) {
    (void)state;
    assert_int_equal(try_open(&fixture, "inner/file"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, "inner"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, "inner/"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, "dir/inner_file"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, "inner/../sub/file"), WASI_ESUCCESS); /* ".." of what the link leads to */
    assert_int_equal(try_open(&fixture, "inner/../file"), WASI_ENOENT);
    assert_int_equal(try_open(&fixture, "./dir//sub/.///file"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, ""), WASI_ENOENT);
    assert_int_equal(try_open(&fixture, "dir/sub/file/"), WASI_ENOTDIR);
    assert_int_equal(try_open(&fixture, "dir/sub/file/x"), WASI_ENOTDIR);
    assert_int_equal(try_open(&fixture, "dir/inner_file/"), WASI_ENOTDIR);
    assert_int_equal(look(0, "inner/"), WASI_ESUCCESS);
    u32 fd;
    assert_int_equal(open_path(&fixture, ROOT, "inner", (struct opening){0, 0, READING, 0}, &fd), WASI_ELOOP);
}

static void test_loops(void **state) {
    (void)state;
    host_link("loop", "loop");
    host_link("pong", "ping");
    host_link("ping", "pong");
    assert_int_equal(try_open(&fixture, "loop"), WASI_ELOOP);
    assert_int_equal(try_open(&fixture, "ping/x"), WASI_ELOOP);
    host_link("dir", "l0");
    char name[16];
    char text[16];
    for (int i = 1; i <= 41; i++) {
        snprintf(name, sizeof(name), "l%d", i);
        snprintf(text, sizeof(text), "l%d", i - 1);
        host_link(text, name);
    }
    assert_int_equal(try_open(&fixture, "l30"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, "l41"), WASI_ELOOP);
}

/* The expansion of links must not outgrow its buffer. */
static void test_long_expansions(void **state) {
    const bool *is_walk = *state;
    char text[2001];
    for (size_t i = 0; i < 2000; i += 2) {
        memcpy(text + i, "./", 2);
    }
    memcpy(text + 1996, "dir", 4);
    host_link(text, "long");
    char path[WASI_MAX_PATH];
    memset(path, '/', sizeof(path));
    memcpy(path, "long", 4);
    memcpy(path + 2050, "sub", 4);
    assert_int_equal(try_open(&fixture, path), WASI_ESUCCESS);
    memset(path + 2050, '/', 1850);
    memcpy(path + 3900, "sub", 4); /* with the text of the link it is over 4096 */
    assert_int_equal(try_open(&fixture, path), *is_walk ? WASI_ENAMETOOLONG : WASI_ESUCCESS);
    char name[300];
    memset(name, 'n', sizeof(name));
    name[299] = 0;
    assert_int_equal(try_open(&fixture, name), WASI_ENAMETOOLONG);
}

static void test_trailing_slashes(void **state) {
    (void)state;
    assert_int_equal(make_directory("new/"), WASI_ESUCCESS);
    assert_int_equal(remove_directory("new///"), WASI_ESUCCESS);
    assert_int_equal(unlink_file("dir/sub/file/"), WASI_ENOTDIR);
    assert_int_equal(unlink_file("inner/"), WASI_ENOTDIR); /* neither the link nor what it leads to */
    assert_int_equal(remove_directory("inner/"), WASI_ENOTDIR);
    assert_int_equal(unlink_file("dir/"), WASI_EISDIR);
    assert_int_equal(unlink_file("none/"), WASI_ENOENT);
    assert_int_equal(rename_from_to(ROOT, "dir/sub/file/", ROOT, "x"), WASI_ENOTDIR);
    assert_int_equal(rename_from_to(ROOT, "dir/sub/file", ROOT, "x/"), WASI_ENOTDIR);
    assert_int_equal(rename_from_to(ROOT, "inner/", ROOT, "x"), WASI_ENOTDIR);
    assert_int_equal(rename_from_to(ROOT, "dir/sub/", ROOT, "moved/"), WASI_ESUCCESS);
    assert_int_equal(hard_link(ROOT, "moved/file", ROOT, "x/"), WASI_ENOENT);
    assert_int_equal(hard_link(ROOT, "moved/file/", ROOT, "x"), WASI_ENOTDIR);
    assert_int_equal(make_link("a", "x/"), WASI_ENOENT);
    assert_int_equal(make_link("a", "dir/"), WASI_EEXIST);
    assert_int_equal(read_link("inner/"), WASI_EINVAL);
    assert_int_equal(read_link("inner"), WASI_ESUCCESS);
    assert_int_equal(read_link("moved/file"), WASI_EINVAL);
    assert_int_equal(look(0, "moved/file"), WASI_ESUCCESS);
}

static void test_deep_directories(void **state) {
    const bool *is_walk = *state;
    char path[WASI_MAX_PATH] = "";
    for (int i = 0; i < 100; i++) {
        strcat(path, i ? "/d" : "d");
        assert_int_equal(make_directory(path), WASI_ESUCCESS);
    }
    assert_int_equal(try_open(&fixture, path), WASI_ESUCCESS);
    for (int i = 0; i < 100; i++) {
        strcat(path, "/..");
    }
    strcat(path, "/dir/sub/file");
    assert_int_equal(try_open(&fixture, path), WASI_ESUCCESS);
    /* The walk holds a descriptor for each level, and says when these are too many. */
    char deeper[WASI_MAX_PATH];
    int end = snprintf(deeper, sizeof(deeper), "%s", fixture.inside);
    for (int i = 0; i < 200; i++) {
        end += snprintf(deeper + end, sizeof(deeper) - (size_t)end, "/d");
        assert_true(mkdir(deeper, 0777) == 0 || i < 100);
    }
    memset(path, 0, sizeof(path));
    for (int i = 0; i < 200; i++) {
        memcpy(path + 2 * i, "d/", 2);
    }
    assert_int_equal(try_open(&fixture, path), *is_walk ? WASI_ENAMETOOLONG : WASI_ESUCCESS);
}

/* ---- what links share, and what they do not ---- */

static u64 field_of(u32 lookup, const char *path, u32 offset) {
    reset(&fixture);
    u32 text = put(&fixture, path, strlen(path));
    u32 stat = room(&fixture, WASI_FILESTAT_BYTES);
    assert_int_equal(w2c_wasi_path_filestat_get(fixture.wasi, ROOT, lookup, text, (u32)strlen(path), stat),
                     WASI_ESUCCESS);
    return get_u64(&fixture, stat + offset);
}

static void test_hard_links(void **state) {
    (void)state;
    reset(&fixture);
    u32 name = put(&fixture, "secret", 6);
    assert_int_equal(w2c_wasi_path_link(fixture.wasi, ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, name, 6, ROOT, name, 3),
                     WASI_EINVAL); /* what a link leads to gets no second name */
    assert_int_equal(hard_link(ROOT, "dir/sub/file", ROOT, "dir/twin"), WASI_ESUCCESS);
    assert_int_equal(field_of(0, "dir/twin", WASI_FILESTAT_INO), field_of(0, "dir/sub/file", WASI_FILESTAT_INO));
    assert_int_equal(field_of(0, "dir/twin", WASI_FILESTAT_NLINK), 2);
    assert_int_equal(hard_link(ROOT, "dir/sub/file", ROOT, "dir/twin"), WASI_EEXIST);
    assert_int_equal(hard_link(ROOT, "dir", ROOT, "new"), WASI_EPERM);
    assert_int_equal(hard_link(ROOT, "secret", ROOT, "new"), WASI_ESUCCESS); /* the link, not the secret */
    assert_int_equal(try_open(&fixture, "new"), WASI_ENOTCAPABLE);
    assert_int_equal(rename_from_to(ROOT, "secret", ROOT, "dir/secret"), WASI_ESUCCESS);
    assert_int_equal(try_open(&fixture, "dir/secret"), WASI_ENOENT); /* "../outside" of dir */
}

static void test_times_of_links(void **state) {
    (void)state;
    assert_int_equal(touch(ROOT, 0, "inner"), WASI_ESUCCESS);
    assert_int_equal(field_of(0, "inner", WASI_FILESTAT_MTIM), 1);
    assert_true(field_of(0, "dir/sub", WASI_FILESTAT_MTIM) > 1);
    assert_int_equal(touch(ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, "inner"), WASI_ESUCCESS);
    assert_int_equal(field_of(0, "dir/sub", WASI_FILESTAT_MTIM), 1);
    assert_int_equal(touch(ROOT, 2, "inner"), WASI_EINVAL);
    assert_int_equal(touch(ROOT, 0, "none"), WASI_ENOENT);
}

/* Whatever the outcome, no descriptor of the host is left open. */
static void test_no_descriptor_leaks(void **state) {
    (void)state;
    int before = dup(0);
    close(before);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ESCAPES; i++) {
            try_open(&fixture, escapes[i]);
            make_directory(escapes[i]);
            rename_from_to(ROOT, "dir/sub/file", ROOT, escapes[i]);
        }
        assert_int_equal(try_open(&fixture, "dir/sub/../../dir/sub/file"), WASI_ESUCCESS);
        assert_int_equal(rename_from_to(ROOT, "dir/none", ROOT, "dir/sub/x"), WASI_ENOENT);
    }
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

/* ---- read-only ---- */

static u32 open_read_only(const char *path, u32 oflags, u64 rights) {
    u32 fd;
    u32 error = open_path(&fixture, ROOT_READ_ONLY, path, (struct opening){0, oflags, rights, 0}, &fd);
    return error ? error : w2c_wasi_fd_close(fixture.wasi, fd);
}

static void test_read_only_paths(void **state) {
    (void)state;
    assert_int_equal(open_read_only("dir/sub/file", 0, READING), WASI_ESUCCESS);
    assert_int_equal(open_read_only("dir/sub/file", 0, WASI_RIGHT_FD_WRITE), WASI_EROFS);
    assert_int_equal(open_read_only("dir/sub/file", 0, WASI_RIGHT_FD_ALLOCATE), WASI_EROFS);
    assert_int_equal(open_read_only("dir/sub/file", 0, WASI_RIGHT_FD_FILESTAT_SET_SIZE), WASI_EROFS);
    assert_int_equal(open_read_only("dir/sub/file", WASI_OFLAG_TRUNC, READING), WASI_EROFS);
    assert_int_equal(open_read_only("new", WASI_OFLAG_CREAT, READING), WASI_EROFS);
    assert_int_equal(call_on_path(w2c_wasi_path_create_directory, ROOT_READ_ONLY, "new"), WASI_EROFS);
    assert_int_equal(call_on_path(w2c_wasi_path_remove_directory, ROOT_READ_ONLY, "dir"), WASI_EROFS);
    assert_int_equal(call_on_path(w2c_wasi_path_unlink_file, ROOT_READ_ONLY, "dir/sub/file"), WASI_EROFS);
    assert_int_equal(touch(ROOT_READ_ONLY, 0, "dir/sub/file"), WASI_EROFS);
    assert_int_equal(rename_from_to(ROOT_READ_ONLY, "dir", ROOT, "x"), WASI_EROFS);
    assert_int_equal(rename_from_to(ROOT, "dir", ROOT_READ_ONLY, "x"), WASI_EROFS);
    assert_int_equal(hard_link(ROOT_READ_ONLY, "dir/sub/file", ROOT, "x"), WASI_EROFS);
    assert_int_equal(hard_link(ROOT, "dir/sub/file", ROOT_READ_ONLY, "x"), WASI_EROFS);
    reset(&fixture);
    u32 name = put(&fixture, "x", 1);
    assert_int_equal(w2c_wasi_path_symlink(fixture.wasi, name, 1, ROOT_READ_ONLY, name, 1), WASI_EROFS);
}

/* What is opened through a read-only directory inherits that, and directories pass it on. */
static void test_read_only_descriptors(void **state) {
    (void)state;
    u32 file;
    u32 directory;
    struct opening how = {0, 0, READING | WASI_RIGHT_FD_FILESTAT_SET_TIMES, 0};
    assert_int_equal(open_path(&fixture, ROOT_READ_ONLY, "dir/sub/file", how, &file), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_filestat_set_times(fixture.wasi, file, 1, 1, WASI_FSTFLAG_ATIM), WASI_EROFS);
    assert_int_equal(w2c_wasi_fd_filestat_set_size(fixture.wasi, file, 0), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_fd_allocate(fixture.wasi, file, 0, 1), WASI_ENOTCAPABLE);
    assert_int_equal(write_text(&fixture, file, "x"), WASI_EBADF);
    how.rights = WASI_RIGHTS_DIRECTORY;
    assert_int_equal(open_path(&fixture, ROOT_READ_ONLY, "dir", how, &directory), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_filestat_set_times(fixture.wasi, directory, 1, 1, WASI_FSTFLAG_ATIM), WASI_EROFS);
    assert_int_equal(call_on_path(w2c_wasi_path_create_directory, directory, "new"), WASI_EROFS);
    how = (struct opening){0, WASI_OFLAG_CREAT, WRITING, 0};
    assert_int_equal(open_path(&fixture, directory, "new", how, &file), WASI_EROFS);
    assert_int_equal(w2c_wasi_fd_renumber(fixture.wasi, directory, ROOT), WASI_ESUCCESS);
    assert_int_equal(make_directory("new"), WASI_EROFS);
}

static int run(const char *name, bool is_walk) {
    const struct {
        const char *name;
        CMUnitTestFunction test;
    } list[] = {
        {"escapes by looking", test_escapes_by_looking},
        {"escapes by changing", test_escapes_by_changing},
        {"creating through links", test_creating_through_links},
        {"absolute link is not made", test_absolute_link_is_not_made},
        {"dots as last name", test_dots_as_last_name},
        {"descriptor is the root", test_descriptor_is_the_root},
        {"inner links", test_inner_links},
        {"loops", test_loops},
        {"long expansions", test_long_expansions},
        {"trailing slashes", test_trailing_slashes},
        {"deep directories", test_deep_directories},
        {"hard links", test_hard_links},
        {"times of links", test_times_of_links},
        {"no descriptor leaks", test_no_descriptor_leaks},
        {"read-only paths", test_read_only_paths},
        {"read-only descriptors", test_read_only_descriptors},
    };
    enum { COUNT = sizeof(list) / sizeof(list[0]) };
    struct CMUnitTest tests[COUNT];
    char names[COUNT][64];
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "%s: %s", name, list[i].name);
        tests[i] = (struct CMUnitTest){names[i], list[i].test, setup, teardown, &is_walk};
    }
    return _cmocka_run_group_tests(name, tests, COUNT, NULL, NULL);
}

int main(void) {
    int failed = run("kernel", false);
    return failed + run("walk", true);
}
