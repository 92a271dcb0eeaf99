/* Exceptions through everything that C++ calls: pointers to functions, virtual functions, constructors that are not
 * done, destructors, functions of C; handlers in handlers; many frames. What is printed is compared with a native run.
 */
#include <stdio.h>
#include <stdlib.h>

static int alive;

struct Counted {
    int n;
    explicit Counted(int number) : n(number) {
        alive++;
    }
    Counted(const Counted &other) : n(other.n + 1000) {
        alive++;
    }
    ~Counted() {
        alive--;
        printf("~%d ", n);
    }
};

struct Error {
    Counted inner;
    explicit Error(int n) : inner(n) {
    }
    virtual ~Error() {
    }
    virtual const char *name() const {
        return "Error";
    }
};
struct RangeError : Error {
    explicit RangeError(int n) : Error(n) {
    }
    const char *name() const override {
        return "RangeError";
    }
};
struct FarError : RangeError {
    long long far;
    FarError(int n, long long distance) : RangeError(n), far(distance) {
    }
    const char *name() const override {
        return "FarError";
    }
};

/* ---- by pointer and by virtual call ---- */

static int plain(int n) {
    return n;
}
static int throws_int(int n) {
    throw n * 3;
}
static int throws_text(int n) {
    throw n ? "text" : "none";
}
static int throws_far(int n) {
    throw FarError(n, 1LL << (32 + n));
}
static int throws_pointer(int n) {
    static Counted kept(77);
    kept.n = 70 + n;
    throw &kept;
}

typedef int (*function)(int);
static function volatile functions[] = {plain, throws_int, throws_text, throws_far, throws_pointer};

struct Node {
    virtual ~Node() {
    }
    virtual int value(int n) const = 0;
};
struct Leaf : Node {
    int which;
    explicit Leaf(int w) : which(w) {
    }
    int value(int n) const override {
        Counted here(200 + which);
        return functions[which](n);
    }
};
struct Sum : Node {
    const Node *left, *right;
    Sum(const Node *l, const Node *r) : left(l), right(r) {
    }
    int value(int n) const override {
        Counted here(300);
        const int first = left->value(n);
        return first + right->value(n + 1);
    }
};

static int guarded(const Node &node, int n) {
    try {
        Counted here(400);
        return node.value(n);
    } catch (int i) {
        return printf("int %d; ", i), -1;
    } catch (const char *text) {
        return printf("text %s; ", text), -2;
    } catch (const FarError &error) {
        return printf("%s %d %lld; ", error.name(), error.inner.n, error.far), -3;
    } catch (Counted *counted) {
        return printf("pointer %d; ", counted->n), -4;
    }
}

/* ---- constructors ---- */

struct Whole {
    Counted a, b;
    Counted *c;
    explicit Whole(int n) : a(n), b(n + 1), c(new Counted(n + 2)) {
        if (n == 20) {
            delete c;
            throw RangeError(n);
        }
    }
    ~Whole() {
        delete c;
    }
};

static void construct(int n) {
    try {
        Whole *whole = new Whole(n);
        printf("made %d; ", whole->b.n);
        delete whole;
    } catch (Error &error) {
        printf("%s; ", error.name());
    }
}

/* ---- handlers in handlers ---- */

static int nested(int depth) {
    try {
        Counted here(depth);
        if (depth == 0) throw RangeError(500);
        return nested(depth - 1);
    } catch (Error &error) {
        printf("[%d %s ", depth, error.name());
        try {
            if (depth == 2) throw depth;
            if (depth == 3) throw;
        } catch (int i) {
            printf("int %d ", i);
        } catch (RangeError &again) {
            printf("again %d ", again.inner.n);
        } catch (...) {
            printf("never ");
        }
        printf("] ");
        if (depth < 4) throw;
        return depth;
    }
}

static int replaced(int n) {
    try {
        try {
            functions[3](n);
        } catch (Error &) {
            throw n;
        }
    } catch (int i) {
        return i;
    }
    return -1;
}

/* ---- by way of C, and out of many frames ---- */

static int compare(const void *a, const void *b) {
    const int x = *(const int *)a, y = *(const int *)b;
    if (x == 13 || y == 13) throw Error(13);
    return x - y;
}

static void sort_numbers(int count) {
    int numbers[8] = {5, 3, 8, 1, 9, 2, 13, 4};
    try {
        qsort(numbers, (size_t)count, sizeof numbers[0], compare);
        for (int i = 0; i < count; i++)
            printf("%d ", numbers[i]);
    } catch (const Error &error) {
        printf("not sorted: %s; ", error.name());
    }
}

static unsigned unwound;
struct Frame {
    unsigned n;
    explicit Frame(unsigned number) : n(number) {
    }
    ~Frame() {
        unwound = unwound * 31 + n;
    }
};
static unsigned deep(unsigned n) {
    Frame frame(n);
    if (n == 0) throw unwound;
    return deep(n - 1) + n;
}

int main(int count, char **words) {
    const Leaf leaves[] = {Leaf(0), Leaf(1), Leaf(2), Leaf(3), Leaf(4)};
    for (int i = 0; i < 5; i++) {
        printf("= %d\n", guarded(leaves[i], i));
        const Sum sum(&leaves[0], &leaves[i]), sums(&sum, &sum);
        printf("= %d\n", guarded(sums, i));
    }
    construct(10);
    construct(20);
    printf("= %d\n", nested(6));
    printf("= %d\n", replaced(3));
    sort_numbers(6);
    sort_numbers(8);
    unsigned sum = 0;
    const unsigned rounds = count > 1 ? (unsigned)atoi(words[1]) : 20; /* for samples, and for code that is exchanged */
    for (unsigned i = 0; i < rounds; i++) {
        try {
            deep(2000);
        } catch (unsigned before) {
            sum = sum * 17 + (before ^ unwound);
        }
    }
    printf("\n%u, %d alive\n", sum, alive);
    return 3;
}
