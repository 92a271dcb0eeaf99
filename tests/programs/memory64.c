/* A program with a 64-bit memory: pointers in structs, tables of functions, loads and stores of all widths, copies that
 * overlap, recursion, and numbers that are larger than 32 bits as indices.
 *
 * cflags: --target=wasm64 -nostdlib -fno-builtin -mbulk-memory -msign-ext
 * native:
 * run:
 */
#include "freestanding.h"

struct node {
    struct node *left, *right;
    uint64_t key;
    uint32_t count;
};

enum { NODES = 3000, BYTES = 1 << 16 };

static struct node nodes[NODES];
static uint32_t node_count;
static unsigned char bytes[BYTES];

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void insert(struct node **place, uint64_t key) {
    while (*place) {
        if ((*place)->key == key) {
            (*place)->count++;
            return;
        }
        place = key < (*place)->key ? &(*place)->left : &(*place)->right;
    }
    *place = &nodes[node_count++];
    (*place)->key = key;
    (*place)->count = 1;
}

static uint64_t sum_of_tree(const struct node *node, uint64_t depth) {
    if (!node) return 0;
    return node->key * depth + node->count + sum_of_tree(node->left, depth + 1) + sum_of_tree(node->right, depth + 1);
}

static uint64_t add(uint64_t a, uint64_t b) {
    return a + b;
}
static uint64_t multiply(uint64_t a, uint64_t b) {
    return a * b;
}
static uint64_t rotate(uint64_t a, uint64_t b) {
    return a << (b & 63) | a >> (-b & 63);
}

static uint64_t (*const operators[])(uint64_t, uint64_t) = {add, multiply, rotate};

static uint64_t apply_operators(void) {
    uint64_t value = 1;
    for (int i = 0; i < 5000; i++)
        value = operators[next_random() % 3](value, next_random());
    return value;
}

static uint64_t access_all_widths(void) {
    uint64_t sum = 0;
    for (size_t i = 0; i + 16 < BYTES; i += 7) {
        __builtin_memcpy(bytes + i, &(uint16_t){(uint16_t)(i * 31)}, 2);
        __builtin_memcpy(bytes + i + 3, &(uint64_t){i * 0x9e3779b97f4a7c15u}, 8);
        uint32_t word;
        double number = (double)i / 3;
        __builtin_memcpy(&word, bytes + i + 1, 4);
        __builtin_memcpy(bytes + i + 8, &number, 8);
        sum = sum * 31 + word + (uint64_t)(int64_t)(int8_t)bytes[i + 5];
    }
    return sum;
}

static uint64_t copy_over_itself(void) {
    __builtin_memmove(bytes + 100, bytes, 30000);
    __builtin_memmove(bytes, bytes + 50, 30000);
    __builtin_memset(bytes + 1000, 0x5a, 333);
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < BYTES; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

int main(void) {
    struct node *root = NULL;
    for (int i = 0; i < NODES; i++)
        insert(&root, next_random() % 100000);
    put_number("tree", sum_of_tree(root, 1));
    put_number("operators", apply_operators());
    put_number("widths", access_all_widths());
    put_number("copies", copy_over_itself());
    put_number("pointer bytes", sizeof(void *));
    return 0;
}
