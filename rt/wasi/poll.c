/* poll_oneoff: waiting for descriptors and clocks at once.
 *
 * The subscriptions are copied and judged first. What is wrong with one of them (a closed descriptor, an unknown
 * clock) is an event of that one, and makes the call return at once. Clocks become deadlines; the wait
 * is as long as the nearest needs, and goes on if nothing has happened after it (a signal came, or the real-time clock
 * was set: with a deadline on that clock no single wait is longer than POLL_LONGEST_WAIT).
 *
 * Up to POLL_ON_STACK subscriptions need no allocation. The count is the guest's: it is bounded by its memory, which
 * must hold them, and by POLL_MOST.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wasi/clock.h"

enum { POLL_ON_STACK = 32, POLL_MOST = 65536 };
static const u64 POLL_LONGEST_WAIT = 1000000000u;

/* In snapshot 0 a clock's subscription begins with an identifier that means nothing: what follows it lies so much
 * further on, and records are so much longer. */
enum { POLL_SHIFT = 0, POLL_UNSTABLE_SHIFT = 8 };

/* A subscription and what became of it. */
struct poll_item {
    u64 userdata;
    u64 deadline; /* clocks: nanoseconds on `clock` */
    u64 readable_bytes;
    clockid_t clock;
    u32 host;  /* descriptors: index in `hosts` */
    u32 error; /* enum wasi_errno */
    u8 type;   /* enum wasi_eventtype */
    bool is_ready;
    bool has_hangup;
    bool can_move; /* the clock can be set */
};

/* Each descriptor is there once, whatever the guest subscribed to: the kernel refuses to look at more than the process
 * may have open. */
struct poll_set {
    struct poll_item *items;
    struct pollfd *hosts;
    u32 count;
    u32 host_count;
    u32 shift; /* of the subscriptions' fields */
};

/* Nanoseconds on a host clock. */
static u64 poll_now(clockid_t clock) {
    struct timespec time;
    return clock_gettime(clock, &time) == 0 ? wasi_nanoseconds(time) : 0;
}

/* ---- copying subscriptions ---- */

static void poll_fail(struct poll_item *item, u32 error) {
    item->error = error;
    item->is_ready = true;
}

/* A deadline in the guest's words: relative to now, or absolute on the clock it names. `record` is shifted. */
static void poll_take_clock(struct poll_item *item, const u8 *record) {
    u32 id = record_u32(record, WASI_SUBSCRIPTION_CLOCK);
    u64 timeout = record_u64(record, WASI_SUBSCRIPTION_TIMEOUT);
    u16 flags = record_u16(record, WASI_SUBSCRIPTION_FLAGS);
    if (!w2c_clock_host(id, &item->clock) || (flags & ~WASI_SUBSCRIPTION_CLOCK_ABSTIME)) {
        poll_fail(item, WASI_EINVAL);
        return;
    }
    if (id != WASI_CLOCK_REALTIME && id != WASI_CLOCK_MONOTONIC) {
        poll_fail(item, WASI_ENOTSUP);
        return;
    }
    if (flags & WASI_SUBSCRIPTION_CLOCK_ABSTIME) {
        item->deadline = timeout;
        item->can_move = id == WASI_CLOCK_REALTIME;
        return;
    }
    item->clock = CLOCK_MONOTONIC; /* a duration is not to change when the clock is set */
    u64 now = poll_now(item->clock);
    item->deadline = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

/* The index of a descriptor in `hosts`, where it also waits for these events now. */
static u32 poll_add_host(struct poll_set *set, int host, short events) {
    u32 i = 0;
    while (i < set->host_count && set->hosts[i].fd != host) {
        i++;
    }
    if (i == set->host_count) {
        set->hosts[set->host_count++] = (struct pollfd){.fd = host};
    }
    set->hosts[i].events |= events;
    return i;
}

/* Readiness for what the guest has no right to do is not told either. */
static void poll_take_fd(struct poll_set *set, struct poll_item *item, const struct w2c_wasi *wasi, const u8 *record) {
    bool is_reading = item->type == WASI_EVENTTYPE_FD_READ;
    u32 rights = WASI_RIGHT_POLL_FD_READWRITE | (is_reading ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE);
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, record_u32(record, WASI_SUBSCRIPTION_FD), rights, &entry);
    if (error) {
        poll_fail(item, error);
        return;
    }
    item->host = poll_add_host(set, entry->host, is_reading ? POLLIN : POLLOUT);
}

/* INVAL if there is no such type of subscription. */
static u32 poll_take(const struct w2c_wasi *wasi, struct poll_set *set, const u8 *records) {
    for (u32 i = 0; i < set->count; i++) {
        const u8 *record = records + (size_t)i * (WASI_SUBSCRIPTION_BYTES + set->shift);
        struct poll_item *item = &set->items[i];
        *item = (struct poll_item){.userdata = record_u64(record, 0), .type = record[WASI_SUBSCRIPTION_TYPE]};
        if (item->type > WASI_EVENTTYPE_FD_WRITE) {
            return WASI_EINVAL;
        }
        if (item->type == WASI_EVENTTYPE_CLOCK) {
            poll_take_clock(item, record + set->shift);
        } else {
            poll_take_fd(set, item, wasi, record);
        }
    }
    return WASI_ESUCCESS;
}

/* ---- waiting ---- */

/* How long the next wait may be, in nanoseconds; UINT64_MAX for ever. 0 if something is ready already. */
static u64 poll_longest_wait(const struct poll_set *set) {
    u64 longest = UINT64_MAX;
    for (u32 i = 0; i < set->count; i++) {
        const struct poll_item *item = &set->items[i];
        if (item->is_ready) {
            return 0;
        }
        if (item->type != WASI_EVENTTYPE_CLOCK) {
            continue;
        }
        u64 now = poll_now(item->clock);
        u64 wait = item->deadline > now ? item->deadline - now : 0;
        wait = item->can_move && wait > POLL_LONGEST_WAIT ? POLL_LONGEST_WAIT : wait;
        longest = wait < longest ? wait : longest;
    }
    return longest;
}

/* How much can be read at least. For a file it is what is left of it. */
static u64 poll_readable_bytes(int host) {
    struct stat status;
    if (fstat(host, &status) == 0 && S_ISREG(status.st_mode)) {
        off_t position = lseek(host, 0, SEEK_CUR);
        return position >= 0 && position < status.st_size ? (u64)(status.st_size - position) : 0;
    }
    int size = 0;
    return ioctl(host, FIONREAD, &size) == 0 && size > 0 ? (u64)size : 0;
}

/* A hangup is no error: what is left can be read, and a write says PIPE itself. */
static void poll_note_fd(struct poll_item *item, const struct pollfd *host) {
    short wanted = item->type == WASI_EVENTTYPE_FD_READ ? POLLIN : POLLOUT;
    short events = host->revents & (wanted | POLLERR | POLLHUP | POLLNVAL);
    if (events == 0) {
        return;
    }
    item->is_ready = true;
    item->error = events & POLLNVAL ? WASI_EBADF : WASI_ESUCCESS;
    item->has_hangup = (events & (POLLHUP | POLLERR)) != 0;
    if (item->type == WASI_EVENTTYPE_FD_READ && !item->error) {
        item->readable_bytes = poll_readable_bytes(host->fd);
    }
}

/* Marks what is ready; how many. */
static u32 poll_note(struct poll_set *set) {
    u32 ready = 0;
    for (u32 i = 0; i < set->count; i++) {
        struct poll_item *item = &set->items[i];
        if (item->type != WASI_EVENTTYPE_CLOCK && !item->is_ready) {
            poll_note_fd(item, &set->hosts[item->host]);
        } else if (!item->is_ready && poll_now(item->clock) >= item->deadline) {
            item->is_ready = true;
        }
        ready += item->is_ready;
    }
    return ready;
}

/* Waits until something is ready. */
static u32 poll_wait(struct poll_set *set, u32 *ready) {
    for (;;) {
        u64 wait = poll_longest_wait(set);
        const struct timespec timeout = wasi_timespec(wait);
        if (ppoll(set->hosts, set->host_count, wait == UINT64_MAX ? NULL : &timeout, NULL) < 0) {
            if (errno != EINTR) {
                return w2c_wasi_error(errno);
            }
            continue;
        }
        *ready = poll_note(set);
        if (*ready > 0) {
            return WASI_ESUCCESS;
        }
    }
}

/* ---- events ---- */

static void poll_put_event(u8 *record, const struct poll_item *item) {
    memset(record, 0, WASI_EVENT_BYTES);
    record_set_u64(record, 0, item->userdata);
    record_set_u16(record, WASI_EVENT_ERROR, (u16)item->error);
    record[WASI_EVENT_TYPE] = item->type;
    record_set_u64(record, WASI_EVENT_SIZE, item->readable_bytes);
    record_set_u16(record, WASI_EVENT_FLAGS, item->has_hangup ? WASI_EVENT_FD_HANGUP : 0);
}

/* The rooms were checked by the caller, and nothing has let the guest run since. */
static u32 poll_run(const struct w2c_wasi *wasi, struct poll_set *set, struct guest_pointer subscriptions,
                    struct guest_pointer events, u32 *ready) {
    u64 size = (u64)set->count * (WASI_SUBSCRIPTION_BYTES + set->shift);
    u32 error = poll_take(wasi, set, w2c_guest_bytes(wasi->memory, subscriptions, size));
    error = error ? error : poll_wait(set, ready);
    if (error) {
        return error;
    }
    u8 *record = w2c_guest_bytes(wasi->memory, events, (u64)set->count * WASI_EVENT_BYTES);
    for (u32 i = 0; i < set->count; i++) {
        if (set->items[i].is_ready) {
            poll_put_event(record, &set->items[i]);
            record += WASI_EVENT_BYTES;
        }
    }
    return WASI_ESUCCESS;
}

/* With more subscriptions than fit on the stack. */
static u32 poll_run_large(const struct w2c_wasi *wasi, struct poll_set set, struct guest_pointer subscriptions,
                          struct guest_pointer events, u32 *ready) {
    set.items = malloc(set.count * sizeof(struct poll_item));
    set.hosts = malloc(set.count * sizeof(struct pollfd));
    u32 error = set.items && set.hosts ? poll_run(wasi, &set, subscriptions, events, ready) : (u32)WASI_ENOMEM;
    free(set.items);
    free(set.hosts);
    return error;
}

static u32 poll_call(const struct w2c_wasi *wasi, u32 shift, u32 count, struct guest_pointer subscriptions,
                     struct guest_pointer events, struct guest_pointer nevents) {
    if (count == 0) {
        return WASI_EINVAL;
    }
    u32 error = guest_check(wasi->memory, subscriptions, (u64)count * (WASI_SUBSCRIPTION_BYTES + shift));
    error = error ? error : guest_check(wasi->memory, events, (u64)count * WASI_EVENT_BYTES);
    error = error ? error : guest_check(wasi->memory, nevents, sizeof(u32));
    error = error ? error : count > POLL_MOST ? WASI_EINVAL : WASI_ESUCCESS;
    if (error) {
        return error;
    }
    struct poll_item items[POLL_ON_STACK];
    struct pollfd hosts[POLL_ON_STACK];
    struct poll_set set = {.items = items, .hosts = hosts, .count = count, .shift = shift};
    u32 ready = 0;
    error = count > POLL_ON_STACK ? poll_run_large(wasi, set, subscriptions, events, &ready)
                                  : poll_run(wasi, &set, subscriptions, events, &ready);
    return error ? error : guest_put_u32(wasi->memory, nevents, ready);
}

W2C_RT u32 w2c_wasi_call_poll_oneoff(void *context, u32 subscriptions, u32 events, u32 nsubscriptions, u32 nevents) {
    return poll_call(context, POLL_SHIFT, nsubscriptions, guest_at(subscriptions), guest_at(events), guest_at(nevents));
}

W2C_RT u32 w2c_wasi_call_unstable_poll_oneoff(void *context, u32 subscriptions, u32 events, u32 nsubscriptions,
                                              u32 nevents) {
    return poll_call(context, POLL_UNSTABLE_SHIFT, nsubscriptions, guest_at(subscriptions), guest_at(events),
                     guest_at(nevents));
}
