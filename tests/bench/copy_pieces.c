/* Copies SOURCE to TARGET in pieces of 64 KB, ROUNDS times, and prints the nanoseconds that took. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char piece[65536];

static long long nanoseconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int copy(int source, int target) {
    ssize_t size;
    lseek(source, 0, SEEK_SET);
    lseek(target, 0, SEEK_SET);
    while ((size = read(source, piece, sizeof(piece))) > 0) {
        if (write(target, piece, (size_t)size) != size) {
            return 1;
        }
    }
    return size < 0;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    int source = open(argv[1], O_RDONLY);
    int target = open(argv[2], O_WRONLY | O_CREAT, 0666);
    long long start = nanoseconds_now();
    for (int round = atoi(argv[3]); round > 0; round--) {
        if (copy(source, target) != 0) {
            perror("copy");
            return 1;
        }
    }
    printf("%lld\n", nanoseconds_now() - start);
    return 0;
}
