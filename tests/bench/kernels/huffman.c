/* Huffman's code: frequencies, a tree from a heap, then bits out and bits in. */
#include "kernel.h"

const unsigned kernel_rounds = 120;

enum { INPUT = 80000, SYMBOLS = 256, NODES = 2 * SYMBOLS };

struct node {
    unsigned weight;
    int children[2]; /* negative: a leaf */
};

static unsigned char input[INPUT], bits[INPUT * 4];
static struct node nodes[NODES];
static int heap[NODES];
static unsigned codes[SYMBOLS], lengths[SYMBOLS];

static int is_less(int a, int b) {
    return nodes[a].weight != nodes[b].weight ? nodes[a].weight < nodes[b].weight : a < b;
}

static void sift_up(unsigned at) {
    for (; at > 0 && is_less(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2) {
        const int kept = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = kept;
    }
}

static int take_least(unsigned *count) {
    const int least = heap[0], last = heap[--*count];
    unsigned at = 0;
    for (unsigned child; (child = 2 * at + 1) < *count; at = child) {
        if (child + 1 < *count && is_less(heap[child + 1], heap[child])) child++;
        if (!is_less(heap[child], last)) break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return least;
}

static int make_tree(void) {
    for (unsigned i = 0; i < SYMBOLS; i++)
        nodes[i] = (struct node){1, {-1, -1}};
    for (unsigned i = 0; i < INPUT; i++)
        nodes[input[i]].weight++;
    unsigned count = 0;
    for (int i = 0; i < SYMBOLS; i++) {
        heap[count] = i;
        sift_up(count++);
    }
    for (int next = SYMBOLS;; next++) {
        const int a = take_least(&count), b = take_least(&count);
        nodes[next] = (struct node){nodes[a].weight + nodes[b].weight, {a, b}};
        if (count == 0) return next;
        heap[count] = next;
        sift_up(count++);
    }
}

static void make_codes(int node, unsigned code, unsigned length) {
    if (nodes[node].children[0] < 0) {
        codes[node] = code;
        lengths[node] = length;
        return;
    }
    make_codes(nodes[node].children[0], code, length + 1);
    make_codes(nodes[node].children[1], code | 1u << length, length + 1);
}

static unsigned encode(void) {
    unsigned long long pending = 0;
    unsigned filled = 0, size = 0;
    for (unsigned i = 0; i < INPUT; i++) {
        pending |= (unsigned long long)codes[input[i]] << filled;
        for (filled += lengths[input[i]]; filled >= 8; filled -= 8, pending >>= 8)
            bits[size++] = (unsigned char)pending;
    }
    bits[size++] = (unsigned char)pending;
    return size;
}

static unsigned decode(int root) {
    unsigned sum = 0, at = 0;
    for (unsigned i = 0; i < INPUT; i++) {
        int node = root;
        for (; nodes[node].children[0] >= 0; at++)
            node = nodes[node].children[bits[at >> 3] >> (at & 7) & 1];
        sum = sum * 31 + (unsigned)node;
    }
    return sum;
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 13, sum = 0;
    for (unsigned i = 0; i < INPUT; i++) {
        seed = seed * 1664525u + 1013904223u;
        const unsigned low = seed >> 24, high = seed >> 16 & 255;
        input[i] = (unsigned char)(low * high >> 8);
    }
    for (unsigned round = 0; round < rounds; round++) {
        const int root = make_tree();
        make_codes(root, 0, 0);
        sum += encode() + decode(root);
        input[round] ^= 3;
    }
    return sum;
}
