/* Numbers, flags and records in words, for --trace. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/trace.h"

/* Each name is closed by NUL, and the list by an empty one. */
static const char *const trace_lists[] = {
    [TRACE_NAMES_ADVICE] = "NORMAL\0SEQUENTIAL\0RANDOM\0WILLNEED\0DONTNEED\0NOREUSE\0",
    [TRACE_NAMES_CLOCK] = "REALTIME\0MONOTONIC\0PROCESS_CPUTIME\0THREAD_CPUTIME\0",
#define WASI_ERROR(name, number, host) #name "\0"
#define WASI_ERROR_OF_OURS(name, number) #name "\0"
    [TRACE_NAMES_ERROR] =
#include "wasi/errno.def"
        "",
#undef WASI_ERROR
#undef WASI_ERROR_OF_OURS
    [TRACE_NAMES_EVENTTYPE] = "CLOCK\0FD_READ\0FD_WRITE\0",
    [TRACE_NAMES_FDFLAGS] = "APPEND\0DSYNC\0NONBLOCK\0RSYNC\0SYNC\0",
    [TRACE_NAMES_FILETYPE] = "UNKNOWN\0BLOCK_DEVICE\0CHARACTER_DEVICE\0DIRECTORY\0REGULAR_FILE\0SOCKET_DGRAM\0"
                             "SOCKET_STREAM\0SYMBOLIC_LINK\0",
    [TRACE_NAMES_FSTFLAGS] = "ATIM\0ATIM_NOW\0MTIM\0MTIM_NOW\0",
    [TRACE_NAMES_LOOKUP] = "SYMLINK_FOLLOW\0",
    [TRACE_NAMES_OFLAGS] = "CREAT\0DIRECTORY\0EXCL\0TRUNC\0",
    [TRACE_NAMES_RIFLAGS] = "PEEK\0WAITALL\0",
    [TRACE_NAMES_RIGHTS] =
        "FD_DATASYNC\0FD_READ\0FD_SEEK\0FD_FDSTAT_SET_FLAGS\0FD_SYNC\0FD_TELL\0FD_WRITE\0FD_ADVISE\0FD_ALLOCATE\0"
        "PATH_CREATE_DIRECTORY\0PATH_CREATE_FILE\0PATH_LINK_SOURCE\0PATH_LINK_TARGET\0PATH_OPEN\0FD_READDIR\0"
        "PATH_READLINK\0PATH_RENAME_SOURCE\0PATH_RENAME_TARGET\0PATH_FILESTAT_GET\0PATH_FILESTAT_SET_SIZE\0"
        "PATH_FILESTAT_SET_TIMES\0FD_FILESTAT_GET\0FD_FILESTAT_SET_SIZE\0FD_FILESTAT_SET_TIMES\0PATH_SYMLINK\0"
        "PATH_REMOVE_DIRECTORY\0PATH_UNLINK_FILE\0POLL_FD_READWRITE\0SOCK_SHUTDOWN\0SOCK_ACCEPT\0",
    [TRACE_NAMES_ROFLAGS] = "DATA_TRUNCATED\0",
    [TRACE_NAMES_SDFLAGS] = "RD\0WR\0",
    [TRACE_NAMES_SIGNAL] = "NONE\0HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0SEGV\0USR2\0PIPE\0ALRM\0TERM\0"
                           "CHLD\0CONT\0STOP\0TSTP\0TTIN\0TTOU\0URG\0XCPU\0XFSZ\0VTALRM\0PROF\0WINCH\0POLL\0PWR\0SYS\0",
    [TRACE_NAMES_UNSTABLE_WHENCE] = "CUR\0END\0SET\0",
    [TRACE_NAMES_WHENCE] = "SET\0CUR\0END\0",
};

W2C_RT void w2c_trace_choice(struct w2c_message *line, enum trace_names names, u32 value) {
    const char *name = trace_lists[names];
    for (u32 i = 0; i < value && *name; i++) {
        name += strlen(name) + 1;
    }
    if (*name) {
        w2c_message_add(line, "%s", name);
    } else {
        w2c_message_add(line, "%u", value);
    }
}

/* Adds the names of `bits` with `separator` before each, or before each but the first; what remains are those without a
 * name. */
static u64 trace_bits(struct w2c_message *line, enum trace_names names, u64 bits, char separator, bool is_first) {
    const char *name = trace_lists[names];
    for (u64 bit = 1; *name; bit <<= 1, name += strlen(name) + 1) {
        if (bits & bit) {
            w2c_message_add(line, "%.*s%s", is_first ? 0 : 1, &separator, name);
            is_first = false;
        }
        bits &= ~bit;
    }
    return bits;
}

W2C_RT void w2c_trace_flags(struct w2c_message *line, enum trace_names names, u64 flags) {
    u64 nameless = trace_bits(line, names, flags, '|', true);
    if (nameless == flags) {
        w2c_message_add(line, flags ? "0x%llx" : "0", (unsigned long long)flags);
    } else if (nameless) {
        w2c_message_add(line, "|0x%llx", (unsigned long long)nameless);
    }
}

static int trace_count(u64 bits) {
    int count = 0;
    for (; bits; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* Guests ask for nearly all rights or for few; of nearly all, those that are missing are told. */
W2C_RT void w2c_trace_rights(struct w2c_message *line, u64 rights) {
    u64 missing = ~rights & WASI_RIGHTS_ALL;
    if (trace_count(missing) > trace_count(rights & WASI_RIGHTS_ALL)) {
        w2c_trace_flags(line, TRACE_NAMES_RIGHTS, rights);
        return;
    }
    w2c_message_add(line, "ALL");
    trace_bits(line, TRACE_NAMES_RIGHTS, missing, '-', false);
    if (rights & ~(u64)WASI_RIGHTS_ALL) {
        w2c_message_add(line, "|0x%llx", (unsigned long long)(rights & ~(u64)WASI_RIGHTS_ALL));
    }
}

/* ---- records ---- */

static void trace_filestat(struct w2c_message *line, const u8 *record, u64 links, u64 size) {
    w2c_message_add(line, "{");
    w2c_trace_choice(line, TRACE_NAMES_FILETYPE, record[WASI_FILESTAT_FILETYPE]);
    w2c_message_add(line, ", inode %llu, links %llu, size %llu}",
                    (unsigned long long)record_u64(record, WASI_FILESTAT_INO), (unsigned long long)links,
                    (unsigned long long)size);
}

static void trace_fdstat(struct w2c_message *line, const u8 *record) {
    w2c_message_add(line, "{");
    w2c_trace_choice(line, TRACE_NAMES_FILETYPE, record[0]);
    w2c_message_add(line, ", ");
    w2c_trace_flags(line, TRACE_NAMES_FDFLAGS, record_u16(record, WASI_FDSTAT_FLAGS));
    w2c_message_add(line, ", ");
    w2c_trace_rights(line, record_u64(record, WASI_FDSTAT_RIGHTS_BASE));
    w2c_message_add(line, ", ");
    w2c_trace_rights(line, record_u64(record, WASI_FDSTAT_RIGHTS_INHERITING));
    w2c_message_add(line, "}");
}

W2C_RT void w2c_trace_form(struct w2c_message *line, enum trace_form form, const u8 *record) {
    switch (form) {
    case TRACE_FORM_U32: w2c_message_add(line, "%u", record_u32(record, 0)); break;
    case TRACE_FORM_U64: w2c_message_add(line, "%llu", (unsigned long long)record_u64(record, 0)); break;
    case TRACE_FORM_FD: w2c_message_add(line, "%d", (s32)record_u32(record, 0)); break;
    case TRACE_FORM_FDSTAT: trace_fdstat(line, record); break;
    case TRACE_FORM_FILESTAT:
        trace_filestat(line, record, record_u64(record, WASI_FILESTAT_NLINK), record_u64(record, WASI_FILESTAT_SIZE));
        break;
    case TRACE_FORM_UNSTABLE_FILESTAT:
        trace_filestat(line, record, record_u32(record, WASI_UNSTABLE_FILESTAT_NLINK),
                       record_u64(record, WASI_UNSTABLE_FILESTAT_SIZE));
        break;
    case TRACE_FORM_PRESTAT: w2c_message_add(line, "{DIR, %u}", record_u32(record, WASI_PRESTAT_NAME_SIZE)); break;
    case TRACE_FORM_ROFLAGS: w2c_trace_flags(line, TRACE_NAMES_ROFLAGS, record_u16(record, 0)); break;
    }
}

/* Those of snapshot 0 are longer by what a clock's has in front of its fields. */
W2C_RT void w2c_trace_subscription(struct w2c_message *line, const u8 *record, u32 size) {
    u8 type = record[WASI_SUBSCRIPTION_TYPE];
    w2c_message_add(line, "{");
    w2c_trace_choice(line, TRACE_NAMES_EVENTTYPE, type);
    if (type == WASI_EVENTTYPE_CLOCK) {
        const u8 *clock = record + (size - WASI_SUBSCRIPTION_BYTES);
        w2c_message_add(line, " ");
        w2c_trace_choice(line, TRACE_NAMES_CLOCK, record_u32(clock, WASI_SUBSCRIPTION_CLOCK));
        w2c_message_add(line, " %s%llu",
                        record_u16(clock, WASI_SUBSCRIPTION_FLAGS) & WASI_SUBSCRIPTION_CLOCK_ABSTIME ? "at " : "",
                        (unsigned long long)record_u64(clock, WASI_SUBSCRIPTION_TIMEOUT));
    } else {
        w2c_message_add(line, " %d", (s32)record_u32(record, WASI_SUBSCRIPTION_FD));
    }
    w2c_message_add(line, "}");
}
