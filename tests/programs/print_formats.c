/* Numbers as text, where a wrong bit of a float shows: the same digits as natively.
 *
 * native:
 * run:
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double numbers[] = {
    0.0,   -0.0,   1.0, 1.0 / 3, -2.0 / 3, 1e21,     1e-7,        123456789.125, DBL_MAX, DBL_MIN,
    0.1,   0.5,    1.5, 2.5,     5e-324,   9007199254740993.0,    1e100,         1e-100,  4503599627370495.5,
    M_PI,  -M_E,   3.999999,     0.000123456,        99999.9995,
};

static void print_double(double x) {
    printf("%f %e %g %.17g %.0f %10.3f|%-12.2e|%+g\n", x, x, x, x, x, x, x, x);
}

static void print_rounding(double x) {
    printf("%g %g %g %g %g\n", floor(x), ceil(x), trunc(x), nearbyint(x), sqrt(fabs(x)));
}

static void print_conversions(double x) {
    if (fabs(x) < 2147483647.0) printf("%d %lld %.9g\n", (int)x, (long long)x, (double)(float)x);
}

static void print_special(void) {
    volatile double zero = 0;
    printf("%f %f %d\n", 1 / zero, -1 / zero, isnan(zero / zero) != 0);
    printf("%g %g\n", fmin(-0.0, 0.0), fmax(1.0, zero / zero));
    printf("%d %d\n", signbit(copysign(1.0, -zero)) != 0, signbit(-zero) != 0);
}

static void print_integers(void) {
    printf("%d %u %x %o %5d|%-5d|%05d|%+d\n", -7, 4000000000u, 0xbeef, 8, 42, 42, 42, 42);
    printf("%lld %llu %llx\n", -9223372036854775807LL - 1, 18446744073709551615ULL, 0x123456789abcdefULL);
    printf("%s|%10s|%-10s|%.2s|%c|%%\n", "abc", "abc", "abc", "abc", 'x');
}

int main(void) {
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        print_double(numbers[i]);
        print_rounding(numbers[i]);
        print_conversions(numbers[i]);
    }
    print_special();
    print_integers();
    printf("%.17g %.17g\n", strtod("0.1e-3", NULL), strtod("1.7976931348623157e308", NULL));
    printf("%ld\n", strtol("-0x7f", NULL, 16));
    return 0;
}
