"""What a hostile guest tries, the line that stops it, and the test that notices when that line is gone.

Each row is one defence: the attack, the test (program of tests/unit, name of the test in it), the file that defends,
and a mutation of it, the text that is there and the text that is put in its place. The text must be in the file exactly
once, so a row cannot outlive what it speaks about. Where one attack meets several defences, each has its own row.

mutate.py applies the rows one by one and demands that the test fails; `mutate.py --list` prints them with line numbers.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Defence:
    attack: str
    program: str
    test: str
    file: str
    old: str
    new: str


PATH = "rt/wasi/path.c"
OPEN = "rt/wasi/path_open.c"
OPS = "rt/wasi/path_ops.c"
TABLE = "rt/wasi/fdtable.c"
GUEST = "rt/wasi/guest.c"
IO = "rt/wasi/fd_io.c"
STAT = "rt/wasi/fd_stat.c"
POLL = "rt/wasi/poll.c"
DIRECTORY = "rt/wasi/directory.c"
WASI = "rt/wasi/wasi.c"
SOCKET = "rt/wasi/socket.c"

# What a resolver does that looks first and opens then.
CHECK_THEN_USE = """    *host = path_openat2(directory, path, flags & ~(O_CREAT | O_TRUNC | O_EXCL), mode);
    if (*host < 0 && !(flags & O_CREAT && errno == ENOENT)) {
        return errno == EXDEV ? WASI_ENOTCAPABLE : w2c_wasi_error(errno);
    }
    if (*host >= 0) {
        close(*host);
    }
    *host = openat(directory, path, flags | O_CLOEXEC, mode);
    if (*host >= 0) {
        return WASI_ESUCCESS;
    }
    for (int i = 0; i < 1; i++) {"""

DEFENCES = [
    # ---- leaving the preopen ----
    Defence("'..' out of the preopen", "wasi_path", "kernel: escapes by looking", PATH,
            "PATH_RESOLVE_BENEATH | PATH_RESOLVE_NO_MAGICLINKS", "PATH_RESOLVE_NO_MAGICLINKS"),
    Defence("'..' out of the preopen", "wasi_path", "walk: escapes by looking", PATH,
            "    if (walk->depth == 0) {\n        return WASI_ENOTCAPABLE;",
            "    if (walk->depth == 0) {\n"
            '        walk->entered[walk->depth++] = openat(walk->root, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);\n'
            "        return WASI_ESUCCESS;"),
    Defence("'..' as the last name", "wasi_path", "kernel: dots as last name", PATH,
            'if (strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0)', "if (false)"),
    Defence("absolute paths", "wasi_path", "walk: escapes by looking", PATH,
            "    if (path[0] == '/') {", "    if (false) {"),
    Defence("absolute paths of what is made or removed", "wasi_path", "kernel: escapes by changing", PATH,
            "if (path->size == 0 || text[0] == '/') {", "if (path->size == 0) {"),
    Defence("a link as a directory on the way", "wasi_path", "walk: escapes by looking", PATH,
            "O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC", "O_PATH | O_DIRECTORY | O_CLOEXEC"),
    Defence("a link with an absolute text", "wasi_path", "walk: escapes by looking", PATH,
            "if (size > 0 && target[0] == '/') {", "if (false) {"),
    Defence("making a link with an absolute text", "wasi_path", "kernel: absolute link is not made", OPS,
            "if (target.text[0] == '/') {", "if (false) {"),
    Defence("loops of links", "wasi_path", "walk: loops", PATH,
            "if (++walk->links > PATH_MAX_LINKS) {", "if (false) {"),
    Defence("links that expand past the buffer", "wasi_path", "walk: long expansions", PATH,
            "if ((size_t)size + rest >= sizeof(walk->pending)) {", "if (false) {"),
    Defence("names that are too long for the buffer", "wasi_path", "walk: long expansions", PATH,
            "if (size > PATH_MAX_NAME) {", "if (false) {"),
    Defence("directories that are too deep for the walk", "wasi_path", "walk: deep directories", PATH,
            "if (walk->depth == PATH_MAX_DEPTH) {", "if (false) {"),

    # ---- races ----
    Defence("a directory swapped for a link between check and use", "wasi_race", "kernel, exchanged", PATH,
            "    for (int i = 0; i < PATH_MAX_RETRIES; i++) {", CHECK_THEN_USE),
    Defence("a file swapped for a link between check and use", "wasi_race", "walk, exchanged", PATH,
            "flags | O_NOFOLLOW | O_CLOEXEC, mode", "flags | O_CLOEXEC, mode"),
    Defence("a directory swapped for a link between check and use", "wasi_race", "walk, renamed", PATH,
            "O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC", "O_PATH | O_DIRECTORY | O_CLOEXEC"),
    Defence("a directory moved out while '..' is resolved", "wasi_race", "walk, exchanged", PATH,
            "    close(walk->entered[--walk->depth]);\n    return WASI_ESUCCESS;",
            "    walk->depth--;\n"
            '    int up = openat(walk->entered[walk->depth], "..", O_PATH | O_DIRECTORY | O_CLOEXEC);\n'
            "    close(walk->entered[walk->depth]);\n"
            "    if (walk->depth > 0) {\n"
            "        close(walk->entered[walk->depth - 1]);\n"
            "        walk->entered[walk->depth - 1] = up;\n"
            "    } else if (walk->at > 0) {\n"
            "        walk->entered[walk->depth++] = up;\n"
            "        walk->at += walk->pending[walk->at] == 0;\n"
            "    } else {\n"
            "        close(up);\n"
            "    }\n"
            "    return WASI_ESUCCESS;"),

    # ---- slashes behind links ----
    Defence("a slash behind a link: unlink", "wasi_path", "kernel: trailing slashes", OPS,
            "if (!named.place.has_slash) {", "if (true) {"),
    Defence("a slash behind a link: rename", "wasi_path", "kernel: trailing slashes", OPS,
            "if (source->has_slash || target->has_slash) {", "if (false) {"),
    Defence("a slash behind a link: hard link", "wasi_path", "walk: trailing slashes", OPS,
            "    if (source->has_slash) {\n        mode_t mode;\n        error = named_mode",
            "    if (false) {\n        mode_t mode;\n        error = named_mode"),
    Defence("a slash behind a link: readlink", "wasi_path", "walk: trailing slashes", OPS,
            "    if (place->has_slash) {\n        mode_t mode;\n        u32 error = named_mode(place, &mode);\n"
            "        return error ? error : S_ISDIR",
            "    if (false) {\n        mode_t mode;\n        u32 error = named_mode(place, &mode);\n"
            "        return error ? error : S_ISDIR"),
    Defence("a slash behind a name: symlink", "wasi_path", "walk: trailing slashes", OPS,
            "    if (!place->has_slash) {\n        return WASI_ESUCCESS;",
            "    if (true) {\n        return WASI_ESUCCESS;"),
    Defence("a slash behind a file", "wasi_path", "walk: inner links", PATH,
            "bool is_last = walk->pending[walk->at] == 0;",
            'bool is_last = walk->pending[walk->at + strspn(walk->pending + walk->at, "/")] == 0;'),

    # ---- read-only preopens ----
    Defence("read-only: link, rename, unlink, mkdir, symlink", "wasi_path", "kernel: read-only paths", OPS,
            "    if (entry->is_read_only) {", "    if (false) {"),
    Defence("read-only: set_times by path", "wasi_path", "kernel: read-only paths", OPS,
            "entry->is_read_only ? WASI_EROFS : w2c_wasi_times", "false ? WASI_EROFS : w2c_wasi_times"),
    Defence("read-only: opening for writing", "wasi_path", "kernel: read-only paths", OPEN,
            "is_changing && directory->is_read_only", "false && directory->is_read_only"),
    Defence("read-only: truncating what is opened for reading", "wasi_path", "kernel: read-only paths", OPEN,
            "(request->oflags & (WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC))", "(request->oflags & WASI_OFLAG_CREAT)"),
    Defence("read-only: the right to allocate or to set a size", "wasi_path", "walk: read-only paths",
            "rt/wasi/wasi_abi.h",
            "WASI_RIGHTS_WRITING = WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE",
            "WASI_RIGHTS_WRITING = WASI_RIGHT_FD_WRITE"),
    Defence("read-only: set_times by descriptor", "wasi_path", "kernel: read-only descriptors", TABLE,
            "return (*entry)->is_read_only ? WASI_EROFS : WASI_ESUCCESS;", "return WASI_ESUCCESS;"),
    Defence("read-only: what is opened in a directory that was opened in the preopen", "wasi_path",
            "walk: read-only descriptors", OPEN,
            ".is_read_only = directory->is_read_only,", ".is_read_only = false,"),

    # ---- descriptors and rights ----
    Defence("fd_renumber of or onto a closed descriptor", "wasi_fd", "test_renumber", TABLE,
            "if (!source || !target) {", "if (!source) {"),
    Defence("fd_renumber onto itself", "wasi_fd", "test_renumber", TABLE, "if (fd == to) {", "if (false) {"),
    Defence("rights that grow: set_rights", "wasi_fd", "test_rights_shrink", TABLE,
            "if ((rights_base & ~(u64)entry->rights_base) ||", "if ((false) ||"),
    Defence("rights that grow: more than 32 bits", "wasi_fd", "test_rights_shrink", TABLE,
            "(rights_base & ~(u64)entry->rights_base)", "((u32)rights_base & ~entry->rights_base)"),
    Defence("rights that grow: path_open", "wasi_fd", "test_rights_descend", OPEN,
            "if ((request->rights_base | request->rights_inheriting) & ~directory->rights_inheriting) {",
            "if (false) {"),
    Defence("rights that grow: creating", "wasi_fd", "test_rights_descend", OPEN,
            "needed |= request->oflags & WASI_OFLAG_CREAT ? WASI_RIGHT_PATH_CREATE_FILE : 0;", ""),
    Defence("rights that are missing", "wasi_fd", "test_rights_shrink", TABLE,
            "return missing ? fd_missing(*entry, missing) : WASI_ESUCCESS;", "(void)missing, (void)fd_missing;\n"
            "    return WASI_ESUCCESS;"),
    Defence("rights of the other side: rename", "wasi_fd", "test_rights_on_both_sides", OPS,
            "named_enter(wasi, new_fd, WASI_RIGHT_PATH_RENAME_TARGET,", "named_enter(wasi, new_fd, 0,"),
    Defence("rights of the other side: link", "wasi_fd", "test_rights_on_both_sides", OPS,
            "named_enter(wasi, new_fd, WASI_RIGHT_PATH_LINK_TARGET,", "named_enter(wasi, new_fd, 0,"),
    Defence("rights of a directory that is a standard stream", "wasi_fd", "test_directory_as_stream", WASI,
            "return entry->type == WASI_FILETYPE_DIRECTORY ? 0 : rights;", "return rights | WASI_RIGHTS_DIRECTORY;"),
    Defence("descriptor exhaustion: the limit", "wasi_fd", "test_limit", TABLE,
            "if (table->size >= table->limit) {", "if (false) {"),
    Defence("descriptor exhaustion: effects of an open without a number", "wasi_fd", "test_limit", OPEN,
            "    error = error ? error : w2c_fd_reserve(&wasi->table, &number);\n"
            "    if (error) {\n        return error;\n    }\n"
            "    directory = fd_entry_at(&wasi->table, fd); /* the table may have moved */\n"
            "    int host;\n"
            "    error = w2c_path_open(wasi, directory->host, text.text, open_host_flags(&request), 0666, &host);\n",
            "    if (error) {\n        return error;\n    }\n"
            "    int host;\n"
            "    error = w2c_path_open(wasi, directory->host, text.text, open_host_flags(&request), 0666, &host);\n"
            "    error = error ? error : w2c_fd_reserve(&wasi->table, &number);\n"
            "    directory = fd_entry_at(&wasi->table, fd);\n"),
    Defence("descriptor exhaustion: a file that is refused after it was opened", "wasi_special", "kernel: procfs", OPEN,
            "        close(host);\n        return error;", "        return error;"),
    Defence("descriptor exhaustion: directories on the way", "wasi_path", "walk: no descriptor leaks", PATH,
            "    while (walk.depth > 0) {\n        path_climb(&walk);\n    }\n", ""),
    Defence("closing of standard streams of the host", "wasi_fd", "test_numbers", TABLE,
            "if (!entry->is_borrowed && close(", "if (close("),
    Defence("a file under the number of a closed standard stream", "wasi_fd", "test_numbers", TABLE,
            "enum { FD_FIRST_NEW = 3,", "enum { FD_FIRST_NEW = 1,"),
    Defence("a closed preopen that goes on living", "wasi_fd", "test_numbers", TABLE,
            "    fd_note_free(&wasi->table, fd);\n    return fd_release(entry);",
            "    fd_note_free(&wasi->table, fd);\n    (void)fd_release;\n    return close(entry->host) ? 8u : 0u;"),
    Defence("SIGXFSZ to the process: writing", "wasi_special", "kernel: file size limit", "rt/wasi/quiet.c",
            "    sigaddset(signals, SIGXFSZ);\n", ""),
    Defence("SIGXFSZ to the process: sizes", "wasi_special", "walk: file size limit", STAT,
            "    if (entry->can_break) {\n        w2c_quiet_begin(&quiet);",
            "    if (false) {\n        w2c_quiet_begin(&quiet);"),
    Defence("SIGPIPE to the process", "wasi_fd", "test_broken_pipe", IO,
            "is_quiet ? io_once_quietly(entry->host, request) : io_once(entry->host, request)",
            "is_quiet && false ? io_once_quietly(entry->host, request) : io_once(entry->host, request)"),
    Defence("SIGPIPE to the process: lines of --trace", "wasi_trace", "test_nobody_reads", "rt/wasi/trace.c",
            "    w2c_quiet_begin(&quiet);", "    memset(&quiet, 0, sizeof(quiet));"),
    Defence("the runtime's own messages in a file of the guest", "rt_program", "closed_streams_become_nobodys_file",
            "rt/program.c", 'open("/dev/null", O_RDWR);', ""),

    # ---- pointers, lengths, counts ----
    Defence("pointer + length past the end", "wasi_guest", "test_bounds", GUEST,
            "size > memory_bytes - pointer.offset", "false"),
    Defence("pointer + length that wraps", "wasi_guest", "test_bounds", GUEST,
            "size > memory_bytes - pointer.offset", "(u32)(pointer.offset + size) > memory_bytes"),
    Defence("count * size that wraps: iovecs", "wasi_guest", "test_wrapping_counts", GUEST,
            "(u64)count * WASI_IOVEC_BYTES", "(u32)(count * WASI_IOVEC_BYTES)"),
    Defence("count * size that wraps: subscriptions", "wasi_poll", "test_counts", POLL,
            "subscriptions, (u64)count * (WASI_SUBSCRIPTION_BYTES + shift));\n"
            "    error = error ? error : guest_check(wasi->memory, events, (u64)count * WASI_EVENT_BYTES);",
            "subscriptions, (u32)(count * (WASI_SUBSCRIPTION_BYTES + shift)));\n"
            "    error = error ? error : guest_check(wasi->memory, events, (u32)(count * WASI_EVENT_BYTES));"),
    Defence("iovecs whose buffers are outside", "wasi_guest", "test_vectors", GUEST,
            "        if (!bytes) {\n            return WASI_EFAULT;",
            "        if (false) {\n            return WASI_EFAULT;"),
    Defence("more iovecs than the array holds", "wasi_guest", "test_many_vectors", GUEST,
            "size > 0 && vectors->count < WASI_MAX_VECTORS", "size > 0"),
    Defence("a result outside: the call must not have happened, writing", "wasi_fd", "test_no_effect_without_room", IO,
            "    error = error ? error : guest_check(wasi->memory, moved, sizeof(u32));\n", ""),
    Defence("a result outside: the call must not have happened, opening", "wasi_fd", "test_no_effect_without_room",
            OPEN,
            "    error = error ? error : guest_check(wasi->memory, guest_at(opened_fd), sizeof(u32));\n", ""),
    Defence("a result outside: receiving", "wasi_edges", "test_each_parameter", "rt/wasi/socket.c",
            "    error = error ? error : guest_check(wasi->memory, guest_at(ro_flags), sizeof(u16));\n", ""),
    Defence("unknown flags: descriptors", "wasi_edges", "test_each_parameter", STAT,
            "return flags & ~(u32)WASI_FDFLAGS_ALL ? WASI_EINVAL : stat_set_flags(entry, flags);",
            "return stat_set_flags(entry, flags & WASI_FDFLAGS_ALL);"),
    Defence("unknown flags: paths", "wasi_edges", "test_each_parameter", OPS,
            "if (lookup & ~(u32)WASI_LOOKUP_SYMLINK_FOLLOW) {", "if (false) {"),
    Defence("unknown flags: sockets", "wasi_edges", "test_each_parameter", "rt/wasi/socket.c",
            "ri_flags & ~(u32)WASI_RIFLAGS_ALL ? WASI_EINVAL : WASI_ESUCCESS", "(u32)WASI_ESUCCESS"),
    Defence("unknown whence", "wasi_edges", "test_each_parameter", IO,
            "if (whence > WASI_WHENCE_END) {", "if (false) {"),
    Defence("unknown advice", "wasi_edges", "test_each_parameter", STAT,
            "if (advice >= sizeof(hosts) / sizeof(hosts[0]) ||", "if ("),
    Defence("buffers that overlap the results: poll", "wasi_poll", "test_overlap", POLL,
            "            poll_put_event(record, &set->items[i]);",
            "            poll_put_event(record, &set->items[i]);\n"
            "            const u8 *again = w2c_guest_bytes(wasi->memory, subscriptions, 8);\n"
            "            record_set_u64(record, 0, record_u64(again + i * 48, 0));"),
    Defence("buffers that overlap the results: read", "wasi_fd", "test_overlaps", IO,
            "    return error ? error : guest_put_u32(wasi->memory, moved, size);",
            "    error = error ? error : w2c_guest_vectors(wasi->memory, iovs, iovs_len, &request->vectors);\n"
            "    return error ? error : guest_put_u32(wasi->memory, moved, size);"),
    Defence("readdir: a cookie as an index", "wasi_dir", "test_garbage_cookies", DIRECTORY,
            "    reader->at = 0;\n    if (reader->used > 0 && reader->start == cookie) {",
            "    reader->at = cookie % 7919;\n    if (reader->used > 0) {"),
    Defence("readdir: cookies that are not the next", "wasi_dir", "test_any_cookie", DIRECTORY,
            "lseek(host, (off_t)cookie, SEEK_SET) < 0", "false"),
    Defence("readdir: a buffer smaller than an entry", "wasi_dir", "test_tiny_buffers", DIRECTORY,
            "u32 fitting = size < room->size - room->used ? (u32)size : room->size - room->used;",
            "u32 fitting = (u32)size;"),
    Defence("poll with no subscription", "wasi_poll", "test_counts", POLL, "    if (count == 0) {", "    if (false) {"),
    Defence("poll with huge counts: descriptors of the kernel", "wasi_poll", "test_huge_counts", POLL,
            "ppoll(set->hosts, set->host_count,", "ppoll(set->hosts, set->count,"),
    Defence("random_get of 4 GiB: the bounds", "wasi_fd", "test_random", "rt/wasi/random.c",
            "w2c_guest_bytes(wasi->memory, guest_at(buf), buf_len)", "w2c_guest_bytes(wasi->memory, guest_at(buf), 0)"),
    Defence("random_get of much: every byte", "wasi_fd", "test_much_random", "rt/wasi/random.c",
            "    while (done < size) {", "    if (done < size) {"),
    Defence("paths with NUL", "wasi_guest", "test_paths", GUEST, "if (memchr(path->text, 0, size)) {", "if (false) {"),
    Defence("paths with bad UTF-8", "wasi_guest", "test_utf8", GUEST,
            "return guest_is_utf8((const u8 *)path->text, size) ? WASI_ESUCCESS : WASI_EILSEQ;",
            "(void)guest_is_utf8;\n    return WASI_ESUCCESS;"),
    Defence("paths longer than the buffer", "wasi_guest", "test_paths", GUEST,
            "    if (size >= WASI_MAX_PATH) {", "    if (size > WASI_MAX_PATH) {"),

    # ---- what is not a plain file ----
    Defence("magic links of /proc: fd, root, cwd", "wasi_special", "kernel: procfs", PATH,
            ".resolve = PATH_RESOLVE_BENEATH | PATH_RESOLVE_NO_MAGICLINKS", ".resolve = 0"),
    Defence("magic links of /proc: fd, root, cwd", "wasi_special", "walk: procfs", PATH,
            "O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC", "O_PATH | O_DIRECTORY | O_CLOEXEC"),
    Defence("the memory of the process through a procfs", "wasi_special", "kernel: procfs", OPEN,
            "return may_be_proc && (", "return false && may_be_proc && ("),
    Defence("the memory of the process through another mount of procfs", "wasi_special", "walk: second procfs", PATH,
            "return fstatfs(host, &system) == 0 && system.f_type == PROC_MAGIC;",
            "struct stat ours, theirs;\n"
            '    return fstatfs(host, &system) == 0 && system.f_type == PROC_MAGIC && stat("/proc", &ours) == 0 &&\n'
            "           fstat(host, &theirs) == 0 && ours.st_dev == theirs.st_dev;"),
    Defence("FIFOs that block: opening", "wasi_special", "kernel: FIFO does not block", OPEN,
            "open_access_mode(request) | O_NONBLOCK |", "open_access_mode(request) |"),
    Defence("FIFOs that block, devices that wake up: looking", "wasi_special", "walk: FIFO does not block", OPS,
            "WASI_LOOKUP_SYMLINK_FOLLOW ? O_PATH : O_PATH | O_NOFOLLOW", "WASI_LOOKUP_SYMLINK_FOLLOW ? 0 : O_NOFOLLOW"),
    Defence("devices: a terminal that becomes the process's own", "wasi_special", "kernel: terminal is not taken", OPEN,
            "O_NONBLOCK | O_NOCTTY;", "O_NONBLOCK;"),
    Defence("hard links to what a link leads to", "wasi_path", "walk: hard links", OPS,
            "target->directory, target->name, 0);", "target->directory, target->name, AT_SYMLINK_FOLLOW);"),
    Defence("hard links: the flag that follows", "wasi_path", "kernel: hard links", OPS,
            "if (old_flags != 0) {", "if (false) {"),

    # ---- the process around the guest ----
    Defence("a stack that ends inside a call", "wasi_stack", "walk: any depth", "rt/wasi/calls.c",
            "        W2C_CHECK_STACK(0);", ""),
    Defence("another library's SIGSEGV handler", "rt_trap", "foreign_signals_are_passed_on", "rt/fault.c",
            "    fault_pass_on(number, info, context);\n}", "    (void)fault_pass_on;\n    _exit(1);\n}"),

    # ---- sockets, and streams in memory ----
    Defence("a signal to the process: a connection that is closed", "wasi_socket", "test_no_signal", SOCKET,
            "MSG_NOSIGNAL | (socket_waits", "(socket_waits"),
    Defence("rights that grow: connections", "wasi_socket", "test_rights_descend", SOCKET,
            "held.rights_inheriting & WASI_RIGHTS_CONNECTION", "WASI_RIGHTS_CONNECTION"),
    Defence("accepting without the right", "wasi_socket", "test_rights_descend", SOCKET,
            "socket_get(wasi, fd, WASI_RIGHT_SOCK_ACCEPT, &listener)", "socket_get(wasi, fd, 0, &listener)"),
    Defence("sockets of what is none", "wasi_socket", "test_refused", SOCKET,
            "return socket_is(*entry) ? w2c_fd_get(", "return true ? w2c_fd_get("),
    Defence("descriptor exhaustion: a connection that is lost", "wasi_socket", "test_no_room", SOCKET,
            "    error = error ? error : w2c_fd_reserve(&wasi->table, &number);\n"
            "    if (error) {\n        return error;",
            "    u32 late = w2c_fd_reserve(&wasi->table, &number);\n"
            "    if (error || (late && socket_accept(listener, &host)) || late) {\n"
            "        return error ? error : late;"),
    Defence("descriptor exhaustion: a file that is made or cut all the same", "wasi_open",
            "kernel: failure changes nothing", OPEN,
            "error = error ? error : w2c_fd_reserve(&wasi->table, &number);",
            "number = 3, (void)w2c_fd_reserve(&wasi->table, &number);"),
    Defence("a slash behind the name of a new file", "wasi_open", "walk: creating with a slash", PATH,
            "    if ((flags & O_CREAT) && slashes > 0", "    if (false && slashes > 0"),
    Defence("writing to the input, reading the output", "wasi_stream", "test_directions", WASI,
            "    if (fd == 0 || (flags & O_ACCMODE) == O_RDONLY) {", "    if (false) {"),
    Defence("more output than there was", "wasi_stream", "test_output_that_lies", "rt/wasi/stream.c",
            "stream_least(stream->output.write(stream->output.user, vector->iov_base, part), part)",
            "stream->output.write(stream->output.user, vector->iov_base, part)"),
    Defence("output without end", "wasi_stream", "test_limit", "rt/wasi/stream.c",
            "buffer->size < limit ? stream_least(size, limit - buffer->size) : 0", "size"),
]
