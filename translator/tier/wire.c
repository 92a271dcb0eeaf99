/* Both ends are the same program, so numbers go as they are in memory, and both know how many there are: as many as the
 * module has memories, tables and globals. A write to a socket that nobody reads must not end the process. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static bool send_all(int socket, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size) {
        const ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int socket, void *bytes, size_t size) {
    char *at = bytes;
    while (size) {
        const ssize_t got = recv(socket, at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

bool wire_send_places(int socket, const struct module *m, const struct image_places *places) {
    const uint64_t single[] = {places->memory_base, places->slots};
    return send_all(socket, single, sizeof single) &&
           send_all(socket, places->memories, m->memory_count * sizeof *places->memories) &&
           send_all(socket, places->tables, m->table_count * sizeof *places->tables) &&
           send_all(socket, places->globals, m->global_count * sizeof *places->globals) &&
           send_all(socket, places->tags, m->tag_count * sizeof *places->tags);
}

static const uint64_t *receive_array(int socket, uint32_t count, struct arena *arena) {
    uint64_t *array = arena_array(arena, uint64_t, (size_t)count + 1);
    return receive_all(socket, array, count * sizeof *array) ? array : NULL;
}

bool wire_receive_places(int socket, const struct module *m, struct image_places *places, struct arena *arena) {
    uint64_t single[2];
    if (!receive_all(socket, single, sizeof single)) return false;
    places->memory_base = single[0];
    places->slots = single[1];
    places->memories = receive_array(socket, m->memory_count, arena);
    places->tables = receive_array(socket, m->table_count, arena);
    places->globals = receive_array(socket, m->global_count, arena);
    places->tags = receive_array(socket, m->tag_count, arena);
    return places->memories && places->tables && places->globals && places->tags;
}

bool wire_send_path(int socket, const char *path) {
    char field[WIRE_PATH_BYTES] = "";
    if (strlen(path) >= sizeof field) return false;
    strcpy(field, path);
    return send_all(socket, field, sizeof field);
}

bool wire_receive_path(int socket, char path[WIRE_PATH_BYTES]) {
    return receive_all(socket, path, WIRE_PATH_BYTES) && memchr(path, 0, WIRE_PATH_BYTES);
}

void wire_await_end(int socket) {
    enum { PATIENCE_MILLISECONDS = 60000 };
    struct pollfd wanted = {.fd = socket, .events = POLLIN};
    poll(&wanted, 1, PATIENCE_MILLISECONDS);
}
