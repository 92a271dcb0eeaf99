/* What a program may touch, as text: the options that it was built with and those in W2C_OPTIONS.
 *
 *     --dir HOST[::GUEST[:ro]]   a directory; the guest sees it as GUEST (default: as HOST); `:ro` for reading only
 *     --listen ADDRESS:PORT      connections to that address ("127.0.0.1:80", "[::1]:80", "localhost:0"), any number of
 *                                times: descriptors of the guest behind those of the directories, in this order
 *     --env NAME=VALUE           a variable of the guest's environment
 *     --inherit-env              every variable of the process that --env does not set, but not W2C_OPTIONS
 *     --deterministic[=SEED]     time and random bytes that are the same in every run; SEED is a decimal number (0)
 *     --max-threads N            threads that the guest may have beside its first one (1024)
 *     --trace                    no grant: show the guest's WASI calls, a line for each on standard error
 *
 * Words are separated by white space; '...', "..." and backslash quote as in a shell. --dir=HOST works as well. */
#ifndef W2C_GRANTS_H
#define W2C_GRANTS_H

#include "rt.h"
#include "w2c/wasi.h"

struct w2c_grants_text;

struct w2c_grants {
    struct w2c_wasi_preopen *preopens;
    size_t preopen_count;
    const char **listen; /* addresses */
    size_t listen_count;
    const char **environment; /* "NAME=VALUE", one entry a name */
    size_t environment_count;
    bool is_deterministic;
    uint64_t seed;
    bool wants_trace;
    bool has_thread_limit;
    uint32_t thread_limit;
    struct w2c_grants_text *texts; /* what the entries point into */
};

/* Adds what `text` grants to `grants` (all zero at first). False, with the reason in `problem`, if the text is
 * wrong or memory is short; some of it may have been added then. */
W2C_RT_DECL bool w2c_grants_parse(struct w2c_grants *grants, const char *text, struct w2c_message *problem);
W2C_RT_DECL void w2c_grants_free(struct w2c_grants *grants);

#endif
