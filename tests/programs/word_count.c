/* A filter: counts the words of standard input with a table of its own, and prints the most frequent.
 *
 * native:
 * run:
 * stdin: the cat and the dog and the bird\nA cat sat.\n\nthe end\n
 * run: empty input
 * run: no newline
 * stdin: word word  \t word
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    struct word *next;
    unsigned count;
    char text[];
};

static struct word *buckets[64];
static size_t word_count;

static void add_word(const char *text) {
    unsigned hash = 5381;
    for (const char *c = text; *c; c++) hash = hash * 33 + (unsigned char)*c;
    struct word **place = &buckets[hash % 64];
    for (; *place; place = &(*place)->next) {
        if (strcmp((*place)->text, text) == 0) {
            (*place)->count++;
            return;
        }
    }
    *place = calloc(1, sizeof **place + strlen(text) + 1);
    strcpy((*place)->text, text);
    (*place)->count = 1;
    word_count++;
}

static int by_count(const void *a, const void *b) {
    const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

int main(void) {
    char word[100];
    size_t length = 0;
    unsigned lines = 0;
    for (int c; (c = getchar()) != EOF;) {
        lines += c == '\n';
        if (isalnum(c) && length < sizeof word - 1) {
            word[length++] = (char)tolower(c);
        } else if (length) {
            word[length] = 0;
            add_word(word);
            length = 0;
        }
    }
    word[length] = 0;
    if (length) add_word(word);
    struct word **all = calloc(word_count + 1, sizeof *all);
    size_t count = 0;
    for (int i = 0; i < 64; i++)
        for (struct word *at = buckets[i]; at; at = at->next) all[count++] = at;
    qsort(all, count, sizeof *all, by_count);
    printf("%u lines, %zu words\n", lines, count);
    for (size_t i = 0; i < count && i < 5; i++) printf("%4u %s\n", all[i]->count, all[i]->text);
    return 0;
}
