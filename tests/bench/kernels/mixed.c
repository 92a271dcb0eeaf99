/* Four kinds of work in turn, as in programs of embedded systems: sorting a linked list, multiplying matrices of small
 * integers, scanning numbers in text by a state machine, and a checksum over the results of all. */
#include "kernel.h"

const unsigned kernel_rounds = 8000;

enum { ITEMS = 200, SIDE = 12 };

struct item {
    struct item *next;
    short key;
    unsigned short value;
};

static struct item items[ITEMS];
static short left[SIDE][SIDE], right[SIDE][SIDE];
static int product[SIDE][SIDE];
static const char input[] =
    "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,+0.6e-12,"
    "T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,1247,8.9,x7,0.0,";

static unsigned short crc(unsigned value, unsigned short sum) {
    for (int bit = 0; bit < 16; bit++) {
        const unsigned carry = (value ^ sum) & 1;
        sum >>= 1;
        value >>= 1;
        if (carry) sum ^= 0xa001;
    }
    return sum;
}

static struct item *make_list(unsigned seed) {
    for (int i = 0; i < ITEMS; i++) {
        seed = seed * 1103515245u + 12345u;
        items[i].key = (short)(seed >> 16);
        items[i].value = (unsigned short)i;
        items[i].next = i + 1 < ITEMS ? &items[i + 1] : 0;
    }
    return items;
}

static int by_key(const struct item *a, const struct item *b) {
    return a->key - b->key;
}

static int by_value(const struct item *a, const struct item *b) {
    return a->value - b->value;
}

/* Merges runs of growing length, bottom up. */
static struct item *sort_list(struct item *list, int (*compare)(const struct item *, const struct item *)) {
    for (int length = 1;; length *= 2) {
        struct item *rest = list, *tail = 0;
        int merges = 0;
        list = 0;
        while (rest) {
            struct item *other = rest;
            int size = 0, other_size = length;
            for (; size < length && other; size++)
                other = other->next;
            merges++;
            while (size > 0 || (other_size > 0 && other)) {
                struct item *taken;
                if (size > 0 && (other_size == 0 || !other || compare(rest, other) <= 0)) {
                    taken = rest, rest = rest->next, size--;
                } else {
                    taken = other, other = other->next, other_size--;
                }
                if (tail) {
                    tail->next = taken;
                } else {
                    list = taken;
                }
                tail = taken;
            }
            rest = other;
        }
        if (tail) tail->next = 0;
        if (merges <= 1) return list;
    }
}

static unsigned short work_on_list(unsigned seed, unsigned short sum) {
    struct item *list = sort_list(make_list(seed), by_key);
    for (struct item *at = list; at; at = at->next)
        sum = crc((unsigned short)at->key, sum);
    list = sort_list(list, by_value);
    for (struct item *at = list; at; at = at->next)
        sum = (unsigned short)(sum + at->value * 3);
    return sum;
}

static unsigned short work_on_matrix(unsigned seed, unsigned short sum) {
    for (int i = 0; i < SIDE; i++) {
        for (int k = 0; k < SIDE; k++) {
            seed = seed * 69069u + 1u;
            left[i][k] = (short)(seed >> 20);
            right[i][k] = (short)(seed >> 18);
        }
    }
    for (int i = 0; i < SIDE; i++) {
        for (int k = 0; k < SIDE; k++) {
            int total = 0;
            for (int j = 0; j < SIDE; j++)
                total += left[i][j] * right[j][k];
            product[i][k] = total;
        }
    }
    for (int i = 0; i < SIDE; i++)
        sum = crc((unsigned)product[i][(unsigned)i * 7 % SIDE], sum);
    return sum;
}

enum state { START, SIGN, WHOLE, FRACTION, EXPONENT, POWER, INVALID, STATES };

static enum state next_state(enum state state, char c) {
    const int is_digit = c >= '0' && c <= '9', is_sign = c == '+' || c == '-';
    switch (state) {
    case START: return is_digit ? WHOLE : is_sign ? SIGN : c == '.' ? FRACTION : INVALID;
    case SIGN: return is_digit ? WHOLE : c == '.' ? FRACTION : INVALID;
    case WHOLE: return c == '.' ? FRACTION : c == 'e' ? EXPONENT : is_digit ? WHOLE : INVALID;
    case FRACTION: return c == 'e' ? EXPONENT : is_digit ? FRACTION : INVALID;
    case EXPONENT: return is_digit || is_sign ? POWER : INVALID;
    case POWER: return is_digit ? POWER : INVALID;
    default: return INVALID;
    }
}

static unsigned short work_on_text(unsigned short sum) {
    unsigned counts[STATES] = {0};
    enum state state = START;
    for (const char *c = input; *c; c++) {
        if (*c == ',') {
            counts[state]++;
            state = START;
        } else {
            state = next_state(state, *c);
        }
    }
    for (int i = 0; i < STATES; i++)
        sum = crc(counts[i], sum);
    return sum;
}

unsigned kernel(unsigned rounds) {
    unsigned short sum = 0;
    for (unsigned i = 0; i < rounds; i++) {
        sum = work_on_list(i, sum);
        for (int k = 0; k < 8; k++) {
            sum = work_on_matrix(i + sum, sum);
            sum = work_on_text(sum);
        }
    }
    return sum;
}
