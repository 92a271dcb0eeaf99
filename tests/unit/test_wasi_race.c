/* Somebody on the host swaps a directory for a link to the outside, over and over, while the guest uses paths through
 * it.
 *
 *     SCRATCH/inside/target/          a directory, and every other moment a link to ../outside
 *     SCRATCH/inside/leaf             a file, and every other moment a link to ../outside/scratch
 *     SCRATCH/inside/moving/inner/    moved to SCRATCH/elsewhere/inner and back, while the guest climbs out of it by
 * ".." SCRATCH/inside/decoy/secret     where that climb leads if nothing moves SCRATCH/decoy/secret            where it
 * leads a resolver that trusts the file system's ".."
 *
 * A call may succeed or fail, but it never sees or changes anything outside. What it sees is compared call by call;
 * what it changes shows in the times that the kernel keeps of outside/ and of the files in it, which nothing can set
 * back.
 *
 * Each way of swapping runs against each resolver for W2C_RACE_SECONDS (a number, 1 if it is not set).
 */
#include "wasi_fixture.h"

#include "rt/wasi/guest.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>

enum swapping { SWAP_BY_EXCHANGE, SWAP_BY_RENAMES };

struct race {
    const char *name;
    bool is_walk;
    enum swapping swapping;
};

static struct fixture fixture;
static volatile bool stop_swapping;
static u64 calls;
static u64 successes;
static u64 refusals; /* NOTCAPABLE: the link was met */
static u64 escapes;

/* ---- the swapper ---- */

/* What is swapped: a place, the link that takes its place, and where the real thing waits meanwhile. */
struct swapped {
    char place[128];
    char link[128];
    char real[128];
};

struct scene {
    struct swapped directory;
    struct swapped leaf;
    char inner[128];
    char moved[128];
    enum swapping swapping;
    u64 swaps;
};
static struct scene scene;

enum { EXCHANGE = 2 }; /* RENAME_EXCHANGE of <linux/fs.h> */

static void exchange(const struct swapped *what) {
    syscall(SYS_renameat2, AT_FDCWD, what->place, AT_FDCWD, what->link, EXCHANGE);
}

static void put_link(const struct swapped *what) {
    rename(what->place, what->real);
    rename(what->link, what->place);
}

static void take_link(const struct swapped *what) {
    rename(what->place, what->link);
    rename(what->real, what->place);
}

static void swap_once(struct scene *in) {
    if (in->swapping == SWAP_BY_EXCHANGE) {
        exchange(&in->directory);
        exchange(&in->leaf);
    } else {
        put_link(&in->directory);
        put_link(&in->leaf);
        sched_yield();
        take_link(&in->directory);
        take_link(&in->leaf);
    }
    rename(in->inner, in->moved);
    sched_yield();
    rename(in->moved, in->inner);
    __atomic_fetch_add(&in->swaps, 1, __ATOMIC_RELAXED);
}

static void *swap_until_stopped(void *argument) {
    while (!stop_swapping) {
        swap_once(argument);
    }
    return NULL;
}

/* ---- what the guest does ---- */

static u32 count(u32 error) {
    calls++;
    successes += error == WASI_ESUCCESS;
    refusals += error == WASI_ENOTCAPABLE;
    return error;
}

static u32 put_text(const char *text) {
    return put(&fixture, text, strlen(text));
}

static u64 outside_number; /* inode of SCRATCH/outside */
static u64 secret_number;  /* and of files in it */
static u64 victim_number;
static u64 scratch_number;

static void judge_number(u64 number) {
    escapes +=
        number == outside_number || number == secret_number || number == victim_number || number == scratch_number;
}

static void look(const char *path) {
    reset(&fixture);
    u32 text = put_text(path);
    u32 stat = room(&fixture, WASI_FILESTAT_BYTES);
    u32 error =
        w2c_wasi_path_filestat_get(fixture.wasi, ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, text, (u32)strlen(path), stat);
    if (count(error) == WASI_ESUCCESS) {
        judge_number(get_u64(&fixture, stat + WASI_FILESTAT_INO));
    }
}

static void read_file(const char *path) {
    u32 fd;
    char text[16];
    reset(&fixture);
    struct opening how = {WASI_LOOKUP_SYMLINK_FOLLOW, 0, READING, 0};
    if (count(open_path(&fixture, ROOT, path, how, &fd)) == WASI_ESUCCESS) {
        assert_int_equal(read_text(&fixture, fd, text, 15), WASI_ESUCCESS);
        escapes += strcmp(text, "public") != 0;
        assert_int_equal(w2c_wasi_fd_close(fixture.wasi, fd), WASI_ESUCCESS);
    }
}

static void open_directory(const char *path) {
    u32 fd;
    reset(&fixture);
    struct opening how = {WASI_LOOKUP_SYMLINK_FOLLOW, WASI_OFLAG_DIRECTORY, WASI_RIGHTS_DIRECTORY, 0};
    if (count(open_path(&fixture, ROOT, path, how, &fd)) == WASI_ESUCCESS) {
        u32 stat = room(&fixture, WASI_FILESTAT_BYTES);
        assert_int_equal(w2c_wasi_fd_filestat_get(fixture.wasi, fd, stat), WASI_ESUCCESS);
        judge_number(get_u64(&fixture, stat + WASI_FILESTAT_INO));
        assert_int_equal(w2c_wasi_fd_close(fixture.wasi, fd), WASI_ESUCCESS);
    }
}

static void create_file(const char *path, u32 oflags) {
    u32 fd;
    reset(&fixture);
    struct opening how = {WASI_LOOKUP_SYMLINK_FOLLOW, oflags, WRITING, 0};
    if (count(open_path(&fixture, ROOT, path, how, &fd)) == WASI_ESUCCESS) {
        assert_int_equal(w2c_wasi_fd_close(fixture.wasi, fd), WASI_ESUCCESS);
    }
}

static u32 call_on_path(u32 (*call)(void *, u32, u32, u32), const char *path) {
    reset(&fixture);
    u32 text = put_text(path);
    return count(call(fixture.wasi, ROOT, text, (u32)strlen(path)));
}

static u32 rename_to(const char *from, const char *to) {
    reset(&fixture);
    u32 source = put_text(from);
    u32 target = put_text(to);
    return count(w2c_wasi_path_rename(fixture.wasi, ROOT, source, (u32)strlen(from), ROOT, target, (u32)strlen(to)));
}

static u32 link_to(const char *from, const char *to) {
    reset(&fixture);
    u32 source = put_text(from);
    u32 target = put_text(to);
    return count(w2c_wasi_path_link(fixture.wasi, ROOT, 0, source, (u32)strlen(from), ROOT, target, (u32)strlen(to)));
}

static void make_link(const char *path) {
    reset(&fixture);
    u32 target = put_text("anywhere");
    u32 text = put_text(path);
    count(w2c_wasi_path_symlink(fixture.wasi, target, 8, ROOT, text, (u32)strlen(path)));
}

static void read_link(const char *path) {
    reset(&fixture);
    u32 text = put_text(path);
    u32 buffer = room(&fixture, 100);
    u32 used = room(&fixture, 4);
    if (count(w2c_wasi_path_readlink(fixture.wasi, ROOT, text, (u32)strlen(path), buffer, 100, used)) == 0) {
        escapes += get_u32(&fixture, used) != 2 || memcmp(fixture.memory.base + buffer, "in", 2) != 0;
    }
}

static void touch(const char *path) {
    reset(&fixture);
    u32 text = put_text(path);
    count(w2c_wasi_path_filestat_set_times(fixture.wasi, ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, text, (u32)strlen(path), 1,
                                           1, WASI_FSTFLAG_ATIM | WASI_FSTFLAG_MTIM));
}

/* What is carried off to a place of ours is looked at there, then put back, which may take several attempts. */
static void steal(const char *path) {
    if (rename_to(path, "loot") == WASI_ESUCCESS) {
        look("loot");
        while (rename_to("loot", path) != WASI_ESUCCESS) {
            sched_yield();
        }
    }
    if (link_to(path, "twin") == WASI_ESUCCESS) {
        look("twin");
        call_on_path(w2c_wasi_path_unlink_file, "twin");
    }
}

static void use_every_path(void) {
    read_file("target/secret");
    read_file("target/../target/secret");
    read_file("moving/inner/../../decoy/secret");
    look("target/secret");
    look("target");
    look("target/.");
    look("moving/inner/../../decoy");
    open_directory("target");
    open_directory("target/");
    open_directory("moving/inner/..");
    create_file("target/new", WASI_OFLAG_CREAT);
    call_on_path(w2c_wasi_path_unlink_file, "target/new");
    create_file("target/scratch", WASI_OFLAG_TRUNC);
    call_on_path(w2c_wasi_path_create_directory, "target/folder");
    call_on_path(w2c_wasi_path_remove_directory, "target/folder");
    call_on_path(w2c_wasi_path_remove_directory, "target/empty");
    call_on_path(w2c_wasi_path_unlink_file, "target/only_outside");
    steal("target/victim");
    make_link("target/made");
    call_on_path(w2c_wasi_path_unlink_file, "target/made");
    read_link("target/pointer");
    touch("target/secret");
    touch("target");
    for (int i = 0; i < 5; i++) { /* here a resolver's mistake would be a short moment */
        read_file("leaf");
        look("leaf");
        touch("leaf");
        create_file("leaf", 0);
    }
}

/* ---- what must not change ---- */

static const char *const outside_names[] = {"outside",         "outside/secret",  "outside/victim",
                                            "outside/scratch", "outside/pointer", "outside/only_outside",
                                            "outside/empty",   "decoy",           "decoy/secret"};
enum { OUTSIDE_NAMES = sizeof(outside_names) / sizeof(outside_names[0]) };

static void look_from_host(struct stat stats[OUTSIDE_NAMES]) {
    for (size_t i = 0; i < OUTSIDE_NAMES; i++) {
        char path[160];
        snprintf(path, sizeof(path), "%s/%s", fixture.scratch, outside_names[i]);
        assert_int_equal(lstat(path, &stats[i]), 0);
    }
}

static bool is_unchanged(const struct stat *before, const struct stat *after) {
    return before->st_ino == after->st_ino && before->st_size == after->st_size &&
           before->st_nlink == after->st_nlink && before->st_ctim.tv_sec == after->st_ctim.tv_sec &&
           before->st_ctim.tv_nsec == after->st_ctim.tv_nsec && before->st_mtim.tv_sec == after->st_mtim.tv_sec &&
           before->st_mtim.tv_nsec == after->st_mtim.tv_nsec;
}

static void make_host_directory(const char *name) {
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", fixture.scratch, name);
    assert_int_equal(mkdir(path, 0777), 0);
}

static void make_host_link(const char *text, const char *name) {
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", fixture.scratch, name);
    assert_int_equal(symlink(text, path), 0);
}

static void scene_path(char path[128], const char *name) {
    snprintf(path, 128, "%s/%s", fixture.scratch, name);
}

static void place_swapped(struct swapped *what, const char *place, const char *link, const char *real) {
    scene_path(what->place, place);
    scene_path(what->link, link);
    scene_path(what->real, real);
}

static void make_scene(enum swapping swapping) {
    static const char *const directories[] = {"inside/target", "inside/moving", "inside/moving/inner", "inside/decoy",
                                              "elsewhere",     "decoy",         "outside/empty"};
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        make_host_directory(directories[i]);
    }
    static const char *const public_files[] = {"inside/target/secret", "inside/target/victim", "inside/target/scratch",
                                               "inside/decoy/secret"};
    static const char *const secret_files[] = {"outside/victim", "outside/scratch", "outside/only_outside",
                                               "decoy/secret"};
    for (size_t i = 0; i < 4; i++) {
        write_file(fixture.scratch, public_files[i], "public");
        write_file(fixture.scratch, secret_files[i], "the secret");
    }
    make_host_link("in", "inside/target/pointer");
    make_host_link("out", "outside/pointer");
    make_host_link("../outside", "inside/link");
    make_host_link("../outside/scratch", "inside/leaf_link");
    write_file(fixture.scratch, "inside/leaf", "public");
    scene = (struct scene){.swapping = swapping};
    place_swapped(&scene.directory, "inside/target", "inside/link", "inside/real");
    place_swapped(&scene.leaf, "inside/leaf", "inside/leaf_link", "inside/leaf_real");
    scene_path(scene.inner, "inside/moving/inner");
    scene_path(scene.moved, "elsewhere/inner");
}

/* ---- the test ---- */

static double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds_each(void) {
    const char *text = getenv("W2C_RACE_SECONDS");
    return text ? atof(text) : 1.0;
}

/* Whether both threads have had their turns often enough. */
static bool was_race(void) {
    enum { ENOUGH = 100 };
    return successes > ENOUGH && refusals > ENOUGH && __atomic_load_n(&scene.swaps, __ATOMIC_RELAXED) > ENOUGH;
}

/* A machine that has other work may need longer for that. The first escape tells all. */
static void run_race(void) {
    enum { MOST_SECONDS_MORE = 30 };
    double end = seconds_now() + seconds_each();
    while (escapes == 0 && (seconds_now() < end || (!was_race() && seconds_now() < end + MOST_SECONDS_MORE))) {
        use_every_path();
    }
}

static int setup(void **state) {
    const struct race *race = *state;
    fixture_make(&fixture, (struct w2c_wasi_options){.force_path_walk = race->is_walk});
    make_scene(race->swapping);
    calls = successes = refusals = escapes = 0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

static void test_race(void **state) {
    const struct race *race = *state;
    struct stat before[OUTSIDE_NAMES];
    struct stat after[OUTSIDE_NAMES];
    look_from_host(before);
    outside_number = before[0].st_ino;
    secret_number = before[1].st_ino;
    victim_number = before[2].st_ino;
    scratch_number = before[3].st_ino;
    stop_swapping = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, swap_until_stopped, &scene), 0);
    run_race();
    stop_swapping = true;
    pthread_join(thread, NULL);
    look_from_host(after);
    for (size_t i = 0; i < OUTSIDE_NAMES; i++) {
        escapes += !is_unchanged(&before[i], &after[i]);
    }
    print_message("%s: %llu calls, %llu succeeded, %llu met the link, %llu swaps, %llu escapes\n", race->name,
                  (unsigned long long)calls, (unsigned long long)successes, (unsigned long long)refusals,
                  (unsigned long long)scene.swaps, (unsigned long long)escapes);
    assert_int_equal(escapes, 0);
    assert_true(was_race());
}

int main(void) {
    static struct race races[] = {
        {"kernel, exchanged", false, SWAP_BY_EXCHANGE},
        {"kernel, renamed", false, SWAP_BY_RENAMES},
        {"walk, exchanged", true, SWAP_BY_EXCHANGE},
        {"walk, renamed", true, SWAP_BY_RENAMES},
    };
    enum { RACES = sizeof(races) / sizeof(races[0]) };
    struct CMUnitTest tests[RACES];
    for (size_t i = 0; i < RACES; i++) {
        tests[i] = (struct CMUnitTest){races[i].name, test_race, setup, teardown, &races[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
