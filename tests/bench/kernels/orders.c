/* A book of orders: records of 72 bytes in a heap by price and time, from which buyers take the best. Records are moved
 * as a whole, so this is about copies of a few words. */
#include "kernel.h"

const unsigned kernel_rounds = 60;

enum { ORDERS = 4000, TRADES = 20000 };

struct order {
    unsigned price, time, amount, kind;
    unsigned long long owner, account;
    char name[40];
};

static struct order book[ORDERS + 1];
static unsigned size;

static int is_before(const struct order *a, const struct order *b) {
    return a->price < b->price || (a->price == b->price && a->time < b->time);
}

static void add(struct order order) {
    unsigned at = ++size;
    for (; at > 1 && is_before(&order, &book[at / 2]); at /= 2)
        book[at] = book[at / 2];
    book[at] = order;
}

static struct order take_best(void) {
    const struct order best = book[1], last = book[size--];
    unsigned at = 1;
    for (unsigned below; (below = 2 * at) <= size; at = below) {
        if (below < size && is_before(&book[below + 1], &book[below])) below++;
        if (!is_before(&book[below], &last)) break;
        book[at] = book[below];
    }
    book[at] = last;
    return best;
}

static struct order make_order(unsigned *seed, unsigned time) {
    *seed = *seed * 1664525u + 1013904223u;
    struct order order = {
        .price = 1000 + (*seed >> 22), .time = time, .amount = 1 + (*seed >> 8) % 100, .kind = time % 3};
    order.owner = *seed >> 16;
    for (unsigned i = 0; i < sizeof order.name; i++)
        order.name[i] = (char)('a' + (*seed >> (i % 24) & 15));
    return order;
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 7, sum = 0, time = 0;
    for (unsigned round = 0; round < rounds; round++) {
        size = 0;
        while (size < ORDERS)
            add(make_order(&seed, time++));
        for (unsigned trade = 0; trade < TRADES; trade++) {
            struct order best = take_best();
            sum = sum * 31 + best.price * best.amount + (unsigned char)best.name[best.time % sizeof best.name];
            best.price += best.amount;
            best.time = time++;
            add(best);
        }
    }
    return sum;
}
