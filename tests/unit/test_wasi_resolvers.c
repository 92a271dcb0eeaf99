/* The two resolvers against each other: every path of up to three names out of a list that has what paths can be made
 * of, opened in every way that WASI opens, must lead both to the same file or to the same error, and never outside.
 *
 * Each resolver has a tree of its own, so that what the one creates is not there for the other.
 */
#include "wasi_fixture.h"

#include "wasi/path.h"

enum { KERNEL, WALK, RESOLVERS, MOST_NAMES = 3 };

struct tree {
    struct w2c_wasi wasi; /* only the choice of the resolver is looked at */
    int root;
    char path[80];
};

static struct fixture fixture;
static struct tree trees[RESOLVERS];

/* ---- trees ---- */

/* In the preopen and in its directory; "new" is nowhere. An empty name makes a slash at the begin or the end of a path,
 * or two slashes. */
static const char *const names[] = {"",   ".",   "..",    "dir",  "file", "new",  "in",
                                    "up", "far", "round", "loop", "lost", "slash"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };
static const char *const links[][2] = {
    {"dir", "in"},    {"..", "up"},    {"/", "far"},      {"dir/../dir/../file", "round"},
    {"loop", "loop"}, {"new", "lost"}, {"dir/", "slash"},
};

static void fill(const char *directory) {
    char path[128];
    write_file(directory, "file", "text");
    snprintf(path, sizeof(path), "%s/dir", directory);
    assert_int_equal(mkdir(path, 0777), 0);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, links[i][1]);
        assert_int_equal(symlink(links[i][0], path), 0);
    }
}

static void make_tree(struct tree *tree, const char *directory) {
    char below[96];
    snprintf(tree->path, sizeof(tree->path), "%s", directory);
    snprintf(below, sizeof(below), "%s/dir", directory);
    fill(directory);
    fill(below);
    tree->root = open(directory, O_RDONLY | O_DIRECTORY);
    assert_true(tree->root >= 0);
}

static int setup(void **state) {
    (void)state;
    if (!w2c_path_kernel_works()) {
        return 0;
    }
    fixture_make(&fixture, (struct w2c_wasi_options){0});
    make_tree(&trees[KERNEL], fixture.inside);
    make_tree(&trees[WALK], fixture.outside);
    trees[KERNEL].wasi.has_kernel_walk = true;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    close(trees[KERNEL].root);
    close(trees[WALK].root);
    fixture_drop(&fixture);
    return 0;
}

/* ---- what a path leads to ---- */

/* "error 44", or where the file is in the tree. What was made is removed. */
static void resolve(const struct tree *tree, const char *path, int flags, char *answer, size_t size) {
    int host;
    u32 error = w2c_path_open(&tree->wasi, tree->root, path, flags, 0666, &host);
    if (error) {
        snprintf(answer, size, "error %u", error);
        return;
    }
    char link[40];
    char place[256];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", host);
    ssize_t length = readlink(link, place, sizeof(place) - 1);
    assert_true(length > 0);
    place[length] = 0;
    close(host);
    size_t root = strlen(tree->path);
    bool is_inside = strncmp(place, tree->path, root) == 0 && (place[root] == 0 || place[root] == '/');
    snprintf(answer, size, "%s%s", is_inside ? "inside" : "OUTSIDE ", place + (is_inside ? root : 0));
    if (strcmp(place + length - 4, "/new") == 0) {
        assert_int_equal(unlink(place), 0);
    }
}

static u32 compare(const char *path, int flags) {
    char answers[RESOLVERS][320];
    for (int i = 0; i < RESOLVERS; i++) {
        resolve(&trees[i], path, flags, answers[i], sizeof(answers[i]));
    }
    if (strcmp(answers[KERNEL], answers[WALK]) == 0 && answers[KERNEL][0] != 'O') {
        return 0;
    }
    print_error("\"%s\", flags 0x%x: kernel %s, walk %s\n", path, (unsigned)flags, answers[KERNEL], answers[WALK]);
    return 1;
}

static u32 compare_all_ways(const char *path) {
    static const int ways[] = {
        O_RDONLY,
        O_RDONLY | O_NOFOLLOW,
        O_RDONLY | O_DIRECTORY,
        O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
        O_PATH,
        O_PATH | O_NOFOLLOW,
        O_PATH | O_DIRECTORY,
        O_RDWR,
        O_RDWR | O_TRUNC | O_NOFOLLOW,
        O_WRONLY | O_CREAT,
        O_WRONLY | O_CREAT | O_NOFOLLOW,
        O_WRONLY | O_CREAT | O_EXCL,
    };
    u32 differences = 0;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        differences += compare(path, ways[i]);
    }
    return differences;
}

/* The path of the number's digits, which count `count` names. */
static void spell(size_t number, size_t count, char *path, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(path + used, size - used, i ? "/%s" : "%s", names[number % NAMES]);
        number /= NAMES;
    }
}

static void test_both_agree(void **state) {
    (void)state;
    if (!trees[KERNEL].wasi.has_kernel_walk) {
        print_message("SKIPPED: no openat2\n");
        skip();
    }
    u32 differences = 0;
    u32 tried = 0;
    size_t numbers = 1;
    for (size_t count = 1; count <= MOST_NAMES; count++) {
        numbers *= NAMES;
        for (size_t number = 0; number < numbers; number++, tried++) {
            char path[64];
            spell(number, count, path, sizeof(path));
            differences += compare_all_ways(path);
        }
    }
    print_message("%u paths, each in 12 ways\n", tried);
    assert_int_equal(differences, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_both_agree, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
