/* See address.h. This file stands alone, because grants are read before there is a WASI context. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wasi/address.h"

#include <arpa/inet.h>
#include <string.h>

/* Digits alone: what strtol would take as well (spaces, signs, hexadecimal) is a slip more often than a port. */
static bool address_read_port(const char *text, uint16_t *port) {
    unsigned value = 0;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > 5 || text[length] != 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

/* The last colon divides, so that an IPv6 address without brackets is an error, not an address one group short. */
W2C_RT bool w2c_address_parse(const char *text, struct socket_address *address) {
    char host[INET6_ADDRSTRLEN];
    uint16_t port;
    memset(address, 0, sizeof(*address));
    const char *colon = strrchr(text, ':');
    if (!colon || !address_read_port(colon + 1, &port)) {
        return false;
    }
    bool is_six = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
    const char *start = is_six ? text + 1 : text;
    size_t size = (size_t)((is_six ? colon - 1 : colon) - start);
    if (size >= sizeof(host)) {
        return false;
    }
    memcpy(host, start, size);
    host[size] = 0;
    if (is_six) {
        address->size = sizeof(address->six);
        address->six.sin6_family = AF_INET6;
        address->six.sin6_port = htons(port);
        return inet_pton(AF_INET6, host, &address->six.sin6_addr) == 1;
    }
    address->size = sizeof(address->four);
    address->four.sin_family = AF_INET;
    address->four.sin_port = htons(port);
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &address->four.sin_addr) == 1;
}

W2C_RT uint16_t w2c_address_port(const struct socket_address *address) {
    switch (address->any.sa_family) {
    case AF_INET: return ntohs(address->four.sin_port);
    case AF_INET6: return ntohs(address->six.sin6_port);
    default: return 0;
    }
}
