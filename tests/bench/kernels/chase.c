/* Walks a binary tree and a list that lies in memory at random: each address is known when the load before is done. */
#include "kernel.h"

const unsigned kernel_rounds = 100;

enum { NODES = 40000 };

struct node {
    struct node *left, *right, *next;
    unsigned key;
};

static struct node nodes[NODES];

static unsigned next_random(unsigned *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void insert(struct node **link, struct node *node) {
    while (*link)
        link = node->key < (*link)->key ? &(*link)->left : &(*link)->right;
    *link = node;
}

/* One cycle through all nodes, by Sattolo's shuffle. */
static void link_all(unsigned *seed) {
    static unsigned order[NODES];
    for (unsigned i = 0; i < NODES; i++)
        order[i] = i;
    for (unsigned i = NODES - 1; i > 0; i--) {
        const unsigned k = next_random(seed) % i, kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    for (unsigned i = 0; i < NODES; i++)
        nodes[i].next = &nodes[order[i]];
}

static const struct node *find(const struct node *tree, unsigned key) {
    while (tree && tree->key != key)
        tree = key < tree->key ? tree->left : tree->right;
    return tree;
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 3, sum = 0;
    struct node *root = 0;
    link_all(&seed);
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i].key = next_random(&seed) % 65536;
        insert(&root, &nodes[i]);
    }
    const struct node *at = nodes;
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < NODES; i++) {
            at = at->next;
            sum += at->key;
        }
        for (unsigned i = 0; i < 20000; i++) {
            const struct node *found = find(root, (round * 7919 + i * 31) % 65536);
            if (found) sum ^= (unsigned)(found - nodes);
        }
    }
    return sum;
}
