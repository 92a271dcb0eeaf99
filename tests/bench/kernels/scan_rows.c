/* What a data base does: rows of a table filtered, joined with another by a hash index, grouped and summed. */
#include "kernel.h"

const unsigned kernel_rounds = 120;

enum { ORDERS = 100000, CUSTOMERS = 5000, INDEX = 8192, REGIONS = 16 };

struct order {
    unsigned customer, day;
    int amount;
    unsigned char status, priority;
};

struct customer {
    unsigned id, region;
    int discount;
};

static struct order orders[ORDERS];
static struct customer customers[CUSTOMERS];
static unsigned short slots[INDEX]; /* position + 1 */
static long long sums[REGIONS];
static unsigned counts[REGIONS];

static unsigned slot_of(unsigned id) {
    return id * 2654435761u >> 19;
}

static void make_tables(void) {
    unsigned seed = 17;
    for (unsigned i = 0; i < CUSTOMERS; i++) {
        customers[i] = (struct customer){i * 977 + 1, i % REGIONS, (int)(i % 20)};
        unsigned slot = slot_of(customers[i].id);
        while (slots[slot])
            slot = (slot + 1) % INDEX;
        slots[slot] = (unsigned short)(i + 1);
    }
    for (unsigned i = 0; i < ORDERS; i++) {
        seed = seed * 1664525u + 1013904223u;
        orders[i] = (struct order){customers[(seed >> 10) % CUSTOMERS].id, seed >> 8 & 1023, (int)(seed >> 12) % 9999,
                                   seed >> 29, seed >> 27 & 3};
    }
}

static const struct customer *find_customer(unsigned id) {
    for (unsigned slot = slot_of(id); slots[slot]; slot = (slot + 1) % INDEX) {
        const struct customer *customer = &customers[slots[slot] - 1];
        if (customer->id == id) return customer;
    }
    return 0;
}

/* Sum and count of the amounts by region, of orders since a day that are of some status. */
static void group_by_region(unsigned since, unsigned statuses) {
    for (unsigned i = 0; i < ORDERS; i++) {
        const struct order *order = &orders[i];
        if (order->day < since || !(statuses >> order->status & 1)) continue;
        const struct customer *customer = find_customer(order->customer);
        if (!customer) continue;
        sums[customer->region] += order->amount * (100 - customer->discount) / 100;
        counts[customer->region]++;
    }
}

static int greatest_amount(unsigned priority) {
    int greatest = 0;
    for (unsigned i = 0; i < ORDERS; i++) {
        if (orders[i].priority == priority && orders[i].amount > greatest) greatest = orders[i].amount;
    }
    return greatest;
}

unsigned kernel(unsigned rounds) {
    make_tables();
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        group_by_region(round * 37 % 900, 0x5b);
        for (unsigned priority = 0; priority < 4; priority++)
            sum += (unsigned)greatest_amount(priority);
    }
    for (unsigned i = 0; i < REGIONS; i++)
        sum = sum * 31 + (unsigned)sums[i] + counts[i];
    return sum;
}
