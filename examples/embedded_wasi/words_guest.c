/* A command as any other: counts the words of its input, says what time it is, draws a number, and ends in a way that
 * depends on its argument. It knows nothing of being embedded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argument_count, char **arguments) {
    char word[64];
    unsigned words = 0;
    unsigned long total = 0;
    while (scanf("%63s", word) == 1) {
        words++;
        total += strlen(word);
    }
    time_t now = time(NULL);
    unsigned char drawn;
    getentropy(&drawn, 1);
    printf("%s: %u words, %lu letters, in %d, number %d\n", arguments[1], words, total,
           gmtime(&now)->tm_year + 1900, drawn);
    if (words == 0) {
        fprintf(stderr, "nothing to count\n");
        exit(3);
    }
    if (words > 5) {
        abort();
    }
    return argument_count - 2;
}
