/* Time passes and does not run back; random bytes differ; sleeping takes at least as long as asked for.
 *
 * run:
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(void) {
    int64_t last = now(CLOCK_MONOTONIC);
    int runs_back = 0;
    for (int i = 0; i < 1000; i++) {
        const int64_t next = now(CLOCK_MONOTONIC);
        runs_back |= next < last;
        last = next;
    }
    printf("%d\n", runs_back);
    printf("%d\n", now(CLOCK_REALTIME) > 1600000000LL * 1000000000);
    const int64_t start = now(CLOCK_MONOTONIC);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    const int64_t slept = now(CLOCK_MONOTONIC) - start;
    printf("%d %d\n", slept >= 20000000, slept < 20000000000);
    unsigned char one[64] = {0}, other[64] = {0}, nothing[64] = {0};
    printf("%d %d\n", getentropy(one, sizeof one), getentropy(other, sizeof other));
    printf("%d %d\n", memcmp(one, other, sizeof one) != 0, memcmp(one, nothing, sizeof one) != 0);
    time_t day = 951782400; /* 29 February 2000 */
    char text[40];
    strftime(text, sizeof text, "%Y-%m-%d %j", gmtime(&day));
    puts(text);
    return 0;
}
