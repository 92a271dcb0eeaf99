/* Does some work, says so, and waits for a line: meanwhile the test looks at the process. Then works again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int count, char **words) {
    char line[80];
    qsort(words + 1, (size_t)count - 1, sizeof *words, by_text);
    for (int i = 1; i < count; i++)
        printf("%s %f\n", words[i], strtod(words[i], NULL) / 3);
    puts("ready");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin)) printf("%d %s", (int)strlen(line), line);
    return count;
}
