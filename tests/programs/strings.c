/* Strings: what libc does with them, bulk memory instructions where clang uses them, overlapping moves.
 *
 * native:
 * cflags: -mbulk-memory
 * run:
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_words(const char *text) {
    char *copy = strdup(text), *rest = NULL;
    for (char *word = strtok_r(copy, " ,;", &rest); word; word = strtok_r(NULL, " ,;", &rest)) printf("<%s>", word);
    printf("\n");
    free(copy);
}

static void reverse(char *text) {
    for (size_t i = 0, j = strlen(text); i + 1 < j; i++) {
        const char c = text[i];
        text[i] = text[--j];
        text[j] = c;
    }
}

static void move_over_itself(size_t from, size_t to, size_t size) {
    static unsigned char bytes[3000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7);
    memmove(bytes + to, bytes + from, size);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof bytes; i++) sum = sum * 31 + bytes[i];
    printf("%u\n", sum);
}

int main(void) {
    print_words("one, two;three  four,,five");
    char text[] = "a man a plan";
    reverse(text);
    printf("%s %zu %d\n", text, strcspn(text, "m"), strncmp(text, "nalp", 4));
    printf("%s|%s|%d\n", strstr("haystack with needle", "needle"), strrchr("a/b/c", '/'), memcmp("abc", "abd", 3) < 0);
    printf("%d %ld %.3f\n", atoi(" -42x"), strtol("zz", NULL, 36), strtod("2.5e2rest", NULL));
    int a = 0, b = 0;
    char word[16] = "";
    printf("%d\n", sscanf("12:34 word", "%d:%d %15s", &a, &b, word));
    printf("%d %d %s %c\n", a, b, word, toupper('q'));
    move_over_itself(0, 1, 2000);
    move_over_itself(1, 0, 2000);
    move_over_itself(100, 900, 2100);
    move_over_itself(900, 100, 2100);
    char long_text[5000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    printf("%zu %s\n", strlen(long_text), long_text + 4990);
    return 0;
}
