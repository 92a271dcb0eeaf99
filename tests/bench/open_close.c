/* Opens and closes FOLDER/NAME, from a descriptor of FOLDER, COUNT times, and prints the nanoseconds that took. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    int folder = open(argv[1], O_RDONLY | O_DIRECTORY);
    long long start = nanoseconds_now();
    for (int i = atoi(argv[3]); i > 0; i--) {
        int file = openat(folder, argv[2], O_RDONLY);
        if (file < 0 || close(file) != 0) {
            perror("openat");
            return 1;
        }
    }
    printf("%lld\n", nanoseconds_now() - start);
    return 0;
}
