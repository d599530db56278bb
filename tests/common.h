#ifndef COMMON_H
#define COMMON_H

#include <sys/socket.h>
#include <sys/types.h>

/* The name that messages start with; each program defines its own. */
extern const char *const program;

/* Report what failed, and errno, on standard error; exit with 1. */
void fail(const char *what);

/* Monotonic time, in microseconds and in milliseconds. */
long long now_us(void);
long long now_ms(void);

/*
 * The address that a word names: a Unix path if it has a slash, else a port of
 * 127.0.0.1 or, after a colon, of ::1. Returns its length.
 */
socklen_t address(const char *word, struct sockaddr_storage *a);

/* A new socket, bound or connected to such an address; -1 and errno. */
int bound_socket(int type, const char *word);
int connected_socket(int type, const char *word);

/* The local port of an IPv4 or IPv6 socket. */
int port_of(int fd);

void nonblocking(int fd);

/* Write all n bytes, or fail(). */
void write_all(int fd, const void *bytes, size_t n);

/* Close a TCP connection with a RST. */
void close_with_reset(int fd);

/*
 * Run a command with channels, such as those of pipe(2), as its descriptors 0
 * to n-1 (n is 2 or 3); all other descriptors above 2 are closed in it. ends[]
 * becomes our end of each channel.
 */
pid_t spawn(char **argv, int n, int ends[], int (*channel)(int[2]));

#endif
