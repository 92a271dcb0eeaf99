/* A thousand instances of one module in four threads; none sees anything of another. */
#include <pthread.h>
#include <stdio.h>

#include "counter.h"

enum { THREADS = 4, INSTANCES = 250, ROUNDS = 1000 };

struct share {
    pthread_t thread;
    uint32_t number;
    uint32_t wrong;
};

/* Each instance belongs to one thread at a time; that is all that has to be kept in mind. */
static void *count(void *argument) {
    struct share *share = argument;
    struct counter *counters[INSTANCES];
    for (uint32_t i = 0; i < INSTANCES; i++) {
        struct w2c_error error;
        counters[i] = counter_new(&error);
        if (!counters[i]) {
            w2c_error_print(&error, stderr);
            share->wrong++;
            return NULL;
        }
    }
    for (uint32_t round = 1; round <= ROUNDS; round++)
        for (uint32_t i = 0; i < INSTANCES; i++) counter_add(counters[i], round * (i + share->number));
    for (uint32_t i = 0; i < INSTANCES; i++) {
        const uint64_t expected = (uint64_t)(i + share->number) * ROUNDS * (ROUNDS + 1) / 2;
        share->wrong += counter_add(counters[i], 0) != expected;
        counter_delete(counters[i]);
    }
    return NULL;
}

int main(void) {
    struct share shares[THREADS] = {0};
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < THREADS; i++) {
        shares[i].number = i;
        if (pthread_create(&shares[i].thread, NULL, count, &shares[i]) != 0) return 1;
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(shares[i].thread, NULL);
        wrong += shares[i].wrong;
    }
    printf("%d instances, %u wrong\n", THREADS * INSTANCES, wrong);
    return wrong != 0;
}
