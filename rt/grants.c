/* Reads the text form of grants (grants.h).
 *
 * The text is copied once and unquoted in place, which never makes it longer; directories and variables then
 * point into the copy. Anything that is not understood is an error: a grant that is silently dropped, or a word
 * that is silently taken for something else, is no basis for a sandbox. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "grants.h"

#include <stdlib.h>
#include <string.h>

#include "wasi/address.h"

extern char **environ;

struct w2c_grants_text {
    struct w2c_grants_text *next;
    char bytes[];
};

static bool grants_no_memory(struct w2c_message *problem) {
    w2c_message_add(problem, "out of memory");
    return false;
}

/* Room for one more of `count` elements; blocks are as long as the next power of two. NULL without memory. */
static void *grants_grow(void *array, size_t count, size_t element_bytes) {
    bool is_full = (count & (count - 1)) == 0;
    return is_full ? realloc(array, (count != 0 ? count * 2 : 1) * element_bytes) : array;
}

/* ---- words ---- */

/* As in the C locale: the meaning of options must not depend on the user's. */
static bool grants_is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A backslash stands for itself in '...' always, in "..." unless what follows would mean something there. */
static bool grants_is_escape(char quote, const char *at) {
    return at[0] == '\\' && quote != '\'' && (quote == 0 || (at[1] != 0 && strchr("\"\\$`\n", at[1])));
}

/* Takes the next word off *text and closes it by NUL in place. False if there is none, or *problem says why. */
static bool grants_next_word(char **text, char **word, struct w2c_message *problem) {
    char *from = *text;
    char quote = 0;
    while (grants_is_space(*from)) {
        from++;
    }
    bool found = *from != 0;
    char *to = *word = from;
    for (; *from && (quote || !grants_is_space(*from)); from++) {
        if (*from == quote) {
            quote = 0;
        } else if (!quote && (*from == '"' || *from == '\'')) {
            quote = *from;
        } else {
            from += grants_is_escape(quote, from);
            if (*from == 0) {
                w2c_message_add(problem, "nothing follows the last backslash");
                return false;
            }
            *to++ = *from;
        }
    }
    if (quote) {
        w2c_message_add(problem, "a quote %c is not closed", quote);
        return false;
    }
    *text = from + (*from != 0);
    *to = 0;
    return found;
}

/* ---- options ---- */

/* Entries are compared up to and with '='. `replaces` is false for inherited variables: what is said in words
 * wins, in whatever order. */
static bool grants_set_variable(struct w2c_grants *grants, const char *entry, bool replaces,
                                struct w2c_message *problem) {
    size_t name_length = (size_t)(strchr(entry, '=') - entry) + 1;
    for (size_t i = 0; i < grants->environment_count; i++) {
        if (strncmp(grants->environment[i], entry, name_length) == 0) {
            grants->environment[i] = replaces ? entry : grants->environment[i];
            return true;
        }
    }
    const char **entries = grants_grow(grants->environment, grants->environment_count, sizeof *entries);
    if (!entries) {
        return grants_no_memory(problem);
    }
    grants->environment = entries;
    entries[grants->environment_count++] = entry;
    return true;
}

static bool grants_add_variable(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    const char *equals = strchr(value, '=');
    if (!equals || equals == value) {
        w2c_message_add(problem, "--env needs NAME=VALUE, found ");
        w2c_message_quote(problem, value, strlen(value));
        return false;
    }
    return grants_set_variable(grants, value, true, problem);
}

/* The options themselves are between the user and the runtime; they are not the guest's business. */
static bool grants_inherit(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    (void)value;
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        bool is_usable = equals && equals != *entry && strncmp(*entry, "W2C_OPTIONS=", 12) != 0;
        if (is_usable && !grants_set_variable(grants, *entry, false, problem)) {
            return false;
        }
    }
    return true;
}

static bool grants_trace(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    (void)value, (void)problem;
    grants->wants_trace = true;
    return true;
}

/* Cuts a closing ":ro" off the guest's name. */
static bool grants_cut_read_only(char *guest) {
    size_t length = strlen(guest);
    if (length < 3 || strcmp(guest + length - 3, ":ro") != 0) {
        return false;
    }
    guest[length - 3] = 0;
    return true;
}

/* A single colon is a character of the path like any other; only the first "::" divides. */
static bool grants_add_directory(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    struct w2c_wasi_preopen preopen = {.host = value, .guest = value};
    char *separator = strstr(value, "::");
    if (separator) {
        preopen.read_only = grants_cut_read_only(separator + 2);
        preopen.guest = separator + 2;
        *separator = 0;
    }
    if (!preopen.host[0] || !preopen.guest[0]) {
        w2c_message_add(problem, "--dir needs HOST, HOST::GUEST or HOST::GUEST:ro, and neither may be empty");
        return false;
    }
    struct w2c_wasi_preopen *preopens = grants_grow(grants->preopens, grants->preopen_count, sizeof *preopens);
    if (!preopens) {
        return grants_no_memory(problem);
    }
    grants->preopens = preopens;
    preopens[grants->preopen_count++] = preopen;
    return true;
}

/* Whether the address is free is seen when the guest is made. */
static bool grants_add_address(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    struct socket_address address;
    if (!w2c_address_parse(value, &address)) {
        w2c_message_add(problem, "--listen needs ADDRESS:PORT, [ADDRESS]:PORT or localhost:PORT, found ");
        w2c_message_quote(problem, value, strlen(value));
        return false;
    }
    const char **listen = grants_grow(grants->listen, grants->listen_count, sizeof *listen);
    if (!listen) {
        return grants_no_memory(problem);
    }
    grants->listen = listen;
    listen[grants->listen_count++] = value;
    return true;
}

/* Decimal digits that fit into 64 bits, and nothing else. */
static bool grants_read_number(const char *text, uint64_t *number) {
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return at != text && *at == 0;
}

static bool grants_set_deterministic(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    grants->is_deterministic = true;
    grants->seed = 0;
    if (!value || grants_read_number(value, &grants->seed)) {
        return true;
    }
    w2c_message_add(problem, "--deterministic takes a decimal number of 64 bits, found ");
    w2c_message_quote(problem, value, strlen(value));
    return false;
}

/* Ids of threads end at 2^29. */
static bool grants_limit_threads(struct w2c_grants *grants, char *value, struct w2c_message *problem) {
    enum { MOST_THREADS = 1 << 20 };
    uint64_t number;
    if (grants_read_number(value, &number) && number <= MOST_THREADS) {
        grants->thread_limit = (uint32_t)number;
        grants->has_thread_limit = true;
        return true;
    }
    w2c_message_add(problem, "--max-threads takes a decimal number up to 1048576, found ");
    w2c_message_quote(problem, value, strlen(value));
    return false;
}

/* An optional value is one in the same word. */
enum grants_value { GRANTS_NO_VALUE, GRANTS_OPTIONAL_VALUE, GRANTS_VALUE };

/* `apply` gets the value, which it may change in place, or NULL. */
struct grants_option {
    const char *name;
    enum grants_value value;
    bool (*apply)(struct w2c_grants *grants, char *value, struct w2c_message *problem);
};

static const struct grants_option grants_options[] = {
    {"--dir", GRANTS_VALUE, grants_add_directory},
    {"--listen", GRANTS_VALUE, grants_add_address},
    {"--env", GRANTS_VALUE, grants_add_variable},
    {"--inherit-env", GRANTS_NO_VALUE, grants_inherit},
    {"--deterministic", GRANTS_OPTIONAL_VALUE, grants_set_deterministic},
    {"--max-threads", GRANTS_VALUE, grants_limit_threads},
    {"--trace", GRANTS_NO_VALUE, grants_trace},
};

/* The option that a word is or, up to '=', begins with. */
static const struct grants_option *grants_find_option(const char *word, char **value) {
    for (size_t i = 0; i < sizeof grants_options / sizeof grants_options[0]; i++) {
        const struct grants_option *option = &grants_options[i];
        size_t length = strlen(option->name);
        if (strncmp(word, option->name, length) == 0 &&
            (word[length] == 0 || (option->value != GRANTS_NO_VALUE && word[length] == '='))) {
            *value = word[length] ? (char *)word + length + 1 : NULL;
            return option;
        }
    }
    return NULL;
}

static void grants_list_options(struct w2c_message *problem) {
    const size_t count = sizeof grants_options / sizeof grants_options[0];
    for (size_t i = 0; i < count; i++) {
        const char *before = i == 0 ? " (there are " : i + 1 < count ? ", " : " and ";
        w2c_message_add(problem, "%s%s", before, grants_options[i].name);
    }
    w2c_message_add(problem, ")");
}

static bool grants_apply(struct w2c_grants *grants, const char *word, char **rest, struct w2c_message *problem) {
    char *value = NULL;
    const struct grants_option *option = grants_find_option(word, &value);
    if (!option) {
        w2c_message_add(problem, "unknown option ");
        w2c_message_quote(problem, word, strlen(word));
        grants_list_options(problem);
        return false;
    }
    /* No word and no problem: the text has ended. */
    if (option->value == GRANTS_VALUE && !value && !grants_next_word(rest, &value, problem)) {
        if (problem->used == 0) {
            w2c_message_add(problem, "%s needs a value", option->name);
        }
        return false;
    }
    return option->apply(grants, value, problem);
}

/* The copy is linked in before anything points into it, so that w2c_grants_free is right after an error, too. */
W2C_RT bool w2c_grants_parse(struct w2c_grants *grants, const char *text, struct w2c_message *problem) {
    size_t size = strlen(text) + 1;
    struct w2c_grants_text *copy = malloc(sizeof *copy + size);
    if (!copy) {
        return grants_no_memory(problem);
    }
    memcpy(copy->bytes, text, size);
    copy->next = grants->texts;
    grants->texts = copy;
    char *rest = copy->bytes;
    char *word;
    while (grants_next_word(&rest, &word, problem)) {
        if (!grants_apply(grants, word, &rest, problem)) {
            return false;
        }
    }
    return problem->used == 0;
}

W2C_RT void w2c_grants_free(struct w2c_grants *grants) {
    while (grants->texts) {
        struct w2c_grants_text *next = grants->texts->next;
        free(grants->texts);
        grants->texts = next;
    }
    free(grants->preopens);
    free(grants->listen);
    free(grants->environment);
    memset(grants, 0, sizeof *grants);
}
