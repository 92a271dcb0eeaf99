/* Throws, catches by type and by base class, rethrows, runs destructors: compared with a native run. */
#include <stdio.h>
struct Base {
    int v;
    Base(int v) : v(v) {
    }
    virtual const char *what() const {
        return "base";
    }
};
struct Derived : Base {
    Derived(int v) : Base(v) {
    }
    const char *what() const override {
        return "derived";
    }
};
struct Guard {
    int n;
    Guard(int n) : n(n) {
    }
    ~Guard() {
        printf("~%d ", n);
    }
};
__attribute__((noinline)) int risky(int k) {
    Guard g(k);
    if (k % 5 == 1) throw k;
    if (k % 5 == 2) throw Derived(k);
    if (k % 5 == 3) throw 1.5 * k;
    return k * 2;
}
__attribute__((noinline)) int middle(int k) {
    Guard g(100 + k);
    try {
        return risky(k);
    } catch (double d) {
        printf("double %g ", d);
        return -1;
    } catch (Base &b) {
        printf("%s %d ", b.what(), b.v);
        if (b.v > 5) throw;
        return -2;
    }
}
int main() {
    long sum = 0;
    for (int k = 0; k < 15; k++) {
        try {
            int r = middle(k);
            printf("= %d\n", r);
            sum += r;
        } catch (int i) {
            printf("int %d\n", i);
            sum += 1000 + i;
        } catch (Derived &d) {
            printf("outer %s %d\n", d.what(), d.v);
            sum += 5000;
        } catch (...) {
            printf("other\n");
        }
    }
    for (int k = 0; k < 100000; k++) {
        try {
            if (k % 3 == 0) throw k;
            sum += 1;
        } catch (int i) {
            sum += i;
        }
    }
    printf("%ld\n", sum);
}
