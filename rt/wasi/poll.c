/* poll_oneoff: waiting for descriptors and clocks at once.
 *
 * The subscriptions are copied and judged first. What is wrong with one of them (a closed descriptor, an unknown
 * clock) is an event of that one, and makes the call return at once. Clocks become deadlines; the wait
 * is as long as the nearest needs, and goes on if nothing has happened after it (a signal came, or the real-time clock
 * was set: with a deadline on that clock no single wait is longer than POLL_LONGEST_WAIT).
 *
 * A clock that is made (w2c_wasi_clock with `pass`) is read once, and told how long the guest has waited. So what the
 * guest sees does not depend on signals, or on how long anything really took.
 *
 * Up to POLL_ON_STACK subscriptions need no allocation. The count is the guest's: it is bounded by its memory, which
 * must hold them, so that what we allocate is in proportion to that. The kernel's poll takes no more entries than
 * the process may have descriptors, so each is entered once, however many subscriptions it has. fd_entry.poll_slot says
 * where; it needs no clearing between calls, because a slot is only believed if it is in use and has that descriptor.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wasi/clock.h"

enum { POLL_ON_STACK = 32 };
static const u64 POLL_LONGEST_WAIT = 1000000000u;

/* In snapshot 0 a clock's subscription begins with an identifier that means nothing: what follows it lies so much
 * further on, and records are so much longer. */
enum { POLL_SHIFT = 0, POLL_UNSTABLE_SHIFT = 8 };

/* A subscription and what became of it. */
struct poll_item {
    u64 userdata;
    u64 deadline; /* clocks: nanoseconds on `clock` */
    u64 readable_bytes;
    u32 slot;  /* descriptors: in `hosts` */
    u32 error; /* enum wasi_errno */
    u8 type;   /* enum wasi_eventtype */
    u8 clock;  /* WASI_CLOCK_REALTIME or WASI_CLOCK_MONOTONIC */
    bool is_ready;
    bool has_hangup;
};

struct poll_set {
    struct poll_item *items;
    struct pollfd *hosts;
    u32 count;
    u32 host_count;
    u32 shift; /* of the subscriptions' fields */
    bool has_clocks;
    bool can_move; /* a deadline is on a clock that can be set */
    u64 now[2];    /* by WASI_CLOCK_ */
};

static void poll_read_clocks(const struct w2c_wasi *wasi, struct poll_set *set) {
    set->now[WASI_CLOCK_REALTIME] = clock_now(wasi, WASI_CLOCK_REALTIME);
    set->now[WASI_CLOCK_MONOTONIC] = clock_now(wasi, WASI_CLOCK_MONOTONIC);
}

static u64 poll_sum(u64 a, u64 b) {
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* ---- copying subscriptions ---- */

static void poll_fail(struct poll_item *item, u32 error) {
    item->error = error;
    item->is_ready = true;
}

/* A deadline in the guest's words: relative to now, or absolute on the clock it names. `record` is shifted. */
static void poll_take_clock(const struct w2c_wasi *wasi, struct poll_set *set, struct poll_item *item,
                            const u8 *record) {
    u32 id = record_u32(record, WASI_SUBSCRIPTION_CLOCK);
    u64 timeout = record_u64(record, WASI_SUBSCRIPTION_TIMEOUT);
    u16 flags = record_u16(record, WASI_SUBSCRIPTION_FLAGS);
    if (!clock_is_known(id) || (flags & ~WASI_SUBSCRIPTION_CLOCK_ABSTIME)) {
        poll_fail(item, WASI_EINVAL);
        return;
    }
    if (id != WASI_CLOCK_REALTIME && id != WASI_CLOCK_MONOTONIC) {
        poll_fail(item, WASI_ENOTSUP);
        return;
    }
    if (!set->has_clocks) {
        poll_read_clocks(wasi, set);
        set->has_clocks = true;
    }
    if (flags & WASI_SUBSCRIPTION_CLOCK_ABSTIME) {
        item->clock = (u8)id;
        item->deadline = timeout;
        set->can_move |= id == WASI_CLOCK_REALTIME;
        return;
    }
    item->clock = WASI_CLOCK_MONOTONIC; /* a duration is not to change when the clock is set */
    item->deadline = poll_sum(set->now[WASI_CLOCK_MONOTONIC], timeout);
}

/* Nothing of a stream in memory is waited for. A read of its end is as good as a hangup. */
static void poll_take_stream(struct poll_item *item, const struct memory_stream *stream) {
    item->is_ready = true;
    item->readable_bytes = stream->size;
    item->has_hangup = item->type == WASI_EVENTTYPE_FD_READ && stream->size == 0;
}

static u32 poll_enter(struct poll_set *set, struct fd_entry *entry) {
    if (entry->poll_slot >= set->host_count || set->hosts[entry->poll_slot].fd != entry->host) {
        entry->poll_slot = set->host_count++;
        set->hosts[entry->poll_slot] = (struct pollfd){.fd = entry->host};
    }
    return entry->poll_slot;
}

/* Readiness for what the guest has no right to do is not told either. */
static void poll_take_fd(const struct w2c_wasi *wasi, struct poll_set *set, struct poll_item *item, const u8 *record) {
    bool is_reading = item->type == WASI_EVENTTYPE_FD_READ;
    u32 rights = WASI_RIGHT_POLL_FD_READWRITE | (is_reading ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE);
    struct fd_entry *entry;
    u32 error = w2c_fd_get(&wasi->table, record_u32(record, WASI_SUBSCRIPTION_FD), rights, &entry);
    if (error) {
        poll_fail(item, error);
    } else if (entry->stream) {
        poll_take_stream(item, entry->stream);
    } else {
        item->slot = poll_enter(set, entry);
        set->hosts[item->slot].events |= is_reading ? POLLIN : POLLOUT;
    }
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
            poll_take_clock(wasi, set, item, record + set->shift);
        } else {
            poll_take_fd(wasi, set, item, record);
        }
    }
    return WASI_ESUCCESS;
}

/* ---- waiting ---- */

/* How long the next wait may be, in nanoseconds; UINT64_MAX for ever. 0 if something is ready already. */
static u64 poll_longest_wait(const struct poll_set *set, bool is_made) {
    u64 longest = set->can_move && !is_made ? POLL_LONGEST_WAIT : UINT64_MAX;
    for (u32 i = 0; i < set->count; i++) {
        const struct poll_item *item = &set->items[i];
        if (item->is_ready) {
            return 0;
        }
        if (item->type == WASI_EVENTTYPE_CLOCK) {
            u64 now = set->now[item->clock];
            u64 wait = item->deadline > now ? item->deadline - now : 0;
            longest = wait < longest ? wait : longest;
        }
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
    bool is_reading = item->type == WASI_EVENTTYPE_FD_READ;
    int events = host->revents & ((is_reading ? POLLIN : POLLOUT) | POLLHUP | POLLERR | POLLNVAL);
    if (events == 0) {
        return;
    }
    item->is_ready = true;
    item->error = events & POLLNVAL ? WASI_EBADF : WASI_ESUCCESS;
    item->has_hangup = (events & (POLLHUP | POLLERR)) != 0;
    if (is_reading && !item->error) {
        item->readable_bytes = poll_readable_bytes(host->fd);
    }
}

/* Marks what is ready; how many. */
static u32 poll_note(struct poll_set *set) {
    u32 ready = 0;
    for (u32 i = 0; i < set->count; i++) {
        struct poll_item *item = &set->items[i];
        if (!item->is_ready && item->type == WASI_EVENTTYPE_CLOCK) {
            item->is_ready = set->now[item->clock] >= item->deadline;
        } else if (!item->is_ready) {
            poll_note_fd(item, &set->hosts[item->slot]);
        }
        ready += item->is_ready;
    }
    return ready;
}

/* What is waited for in a shared context is held meanwhile, as in w2c_fd_hold. After an error only what is held is not
 * -1. */
static u32 poll_hold(const struct w2c_wasi *wasi, struct poll_set *set) {
    u32 error = WASI_ESUCCESS;
    for (u32 i = 0; wasi->lock && i < set->host_count; i++) {
        set->hosts[i].fd = error ? -1 : fcntl(set->hosts[i].fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        error = !error && set->hosts[i].fd < 0 ? w2c_wasi_error(errno) : error;
    }
    return error;
}

static void poll_release(const struct w2c_wasi *wasi, const struct poll_set *set) {
    for (u32 i = 0; wasi->lock && i < set->host_count; i++) {
        if (set->hosts[i].fd >= 0) {
            close(set->hosts[i].fd);
        }
    }
}

/* Waits once, for at most so long, and brings the clocks up to date. */
static u32 poll_wait_once(const struct w2c_wasi *wasi, struct poll_set *set, u64 wait) {
    bool is_made = wasi->clock.pass != NULL;
    const struct timespec timeout = wasi_timespec(wait);
    int happened = 0;
    if (set->host_count > 0 || !is_made) {
        wasi_pause(wasi);
        happened = ppoll(set->hosts, set->host_count, wait == UINT64_MAX ? NULL : &timeout, NULL);
        wasi_resume(wasi);
    }
    if (happened < 0 && errno != EINTR) {
        return w2c_wasi_error(errno);
    }
    if (!is_made && set->has_clocks) {
        poll_read_clocks(wasi, set);
    } else if (is_made && happened == 0 && wait > 0) {
        wasi->clock.pass(wasi->clock.user, wait);
        set->now[WASI_CLOCK_REALTIME] = poll_sum(set->now[WASI_CLOCK_REALTIME], wait);
        set->now[WASI_CLOCK_MONOTONIC] = poll_sum(set->now[WASI_CLOCK_MONOTONIC], wait);
    }
    /* What poll says is not to be believed after an interruption. */
    for (u32 i = 0; i < set->host_count && happened < 0; i++) {
        set->hosts[i].revents = 0;
    }
    return WASI_ESUCCESS;
}

/* Waits until something is ready. */
static u32 poll_wait(const struct w2c_wasi *wasi, struct poll_set *set, u32 *ready) {
    u32 error = poll_hold(wasi, set);
    for (*ready = 0; *ready == 0 && !error;) {
        error = poll_wait_once(wasi, set, poll_longest_wait(set, wasi->clock.pass != NULL));
        *ready = error ? 0 : poll_note(set);
    }
    poll_release(wasi, set);
    return error;
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
    error = error ? error : poll_wait(wasi, set, ready);
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
    u32 host_count = set.count < wasi->table.size ? set.count : wasi->table.size;
    set.items = malloc(set.count * sizeof(struct poll_item));
    set.hosts = malloc(host_count * sizeof(struct pollfd));
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
