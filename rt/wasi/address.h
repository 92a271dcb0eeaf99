/* Addresses to listen on, from text to what bind takes. */
#ifndef WASI_ADDRESS_H
#define WASI_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "w2c/w2c.h"

struct socket_address {
    socklen_t size;
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    };
};

/* Reads "127.0.0.1:80", "[::1]:80" or "localhost:80"; false if the text is none of them. The port is 0 to 65535.
 * Names are not looked up: which address a grant means must not depend on a server somewhere. */
W2C_RT_DECL bool w2c_address_parse(const char *text, struct socket_address *address);

/* The port; 0 for an address of another family. */
W2C_RT_DECL uint16_t w2c_address_port(const struct socket_address *address);

#endif
