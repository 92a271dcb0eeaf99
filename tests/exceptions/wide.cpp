/* Exceptions in a program with a 64-bit memory: what is thrown is a pointer of 64 bits, and so are the tables by which
 * handlers are found.
 *
 * flags: --target=wasm64 -nostdlib -Wl,--no-entry -mbulk-memory -fno-builtin */
#include "../programs/freestanding.h"

#ifdef __wasm__

/* What cxx_abi.cpp wants of a C library. Nothing is used twice. */
static unsigned char storage[1 << 22];
static size_t used;

extern "C" void *malloc(size_t size) {
    void *const found = storage + used;
    used += (size + 15) & ~(size_t)15;
    if (used > sizeof storage) __builtin_trap();
    return found;
}
extern "C" void *calloc(size_t count, size_t size) {
    return malloc(count * size); /* never given before, so zero */
}
extern "C" void free(void *) {
}
extern "C" size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != 0)
        length++;
    return length;
}
extern "C" [[noreturn]] void abort() {
    __builtin_trap();
}

#endif

static uint64_t left;

struct Guard {
    uint64_t n;
    explicit Guard(uint64_t number) : n(number) {
    }
    ~Guard() {
        left = left * 31 + n;
    }
};

struct Far {
    uint64_t distance;
    const Guard *where;
    Far(uint64_t d, const Guard *w) : distance(d), where(w) {
    }
    virtual ~Far() {
        left ^= distance;
    }
};
struct Farther : Far {
    uint64_t more;
    Farther(uint64_t d, const Guard *w, uint64_t m) : Far(d, w), more(m) {
    }
    ~Farther() override {
        left ^= more;
    }
};

static uint64_t plain(uint64_t n) {
    return n + 1;
}
static uint64_t throws_number(uint64_t n) {
    throw n << 33;
}
static uint64_t throws_far(uint64_t n) {
    Guard here(n);
    throw Far(n * 5000000000u, &here);
}
static uint64_t throws_farther(uint64_t n) {
    throw Farther(n, nullptr, n * 7000000000u);
}

typedef uint64_t (*function)(uint64_t);
static function volatile functions[] = {plain, throws_number, throws_far, throws_farther};

static uint64_t attempt(uint64_t n) {
    Guard here(n + 100);
    try {
        Guard inner(n + 200);
        return functions[n % 4](n);
    } catch (const Farther &far) {
        put_number("farther", far.more);
        if (n > 8) throw;
        return far.distance;
    } catch (const Far &far) {
        put_number("far", far.distance);
        return far.where ? 1 : 2;
    }
}

static uint64_t deep(uint64_t n) {
    Guard here(n);
    return n == 0 ? attempt(1) : deep(n - 1) + 1;
}

int main(void) {
    for (uint64_t n = 0; n < 13; n++) {
        try {
            put_number("attempt", attempt(n));
        } catch (uint64_t number) {
            put_number("number", number);
        } catch (...) {
            put_number("something else", n);
        }
        put_number("left", left);
    }
    for (uint64_t n = 0; n < 1000; n++) {
        try {
            deep(n);
        } catch (uint64_t number) {
            left += number;
        }
    }
    put_number("left", left);
    return 0;
}
