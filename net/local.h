#ifndef LOCAL_H
#define LOCAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * The address that a datagram came to, and the one that answers leave from: if
 * many were asked, that is the interface's. A family of 0 is unknown; own is
 * the wildcard address where the system chooses at the interface.
 */
struct local {
	int family;
	unsigned int interface; /* its index */
	union local_ip {
		struct in_addr in4;
		struct in6_addr in6;
	} asked, own;
};

/* Room for the control message of either family, aligned. */
union local_control {
	struct cmsghdr header;
	char bytes[128];
};

/*
 * The option of setsockopt(2) that has local addresses of this family noted.
 * Returns false if the system has none.
 */
bool local_option(int family, int *level, int *name);

/* Take the local address, if there is one, from a message received. */
void local_learn(struct local *l, struct msghdr *m);

/* The address that was asked, as text, in a buffer of LOCAL_TEXT bytes. */
enum { LOCAL_TEXT = INET6_ADDRSTRLEN };
const char *local_text(const struct local *l, char *text);

/*
 * Where answers leave from, as text: an address, or "interface 2" where the
 * system chooses an address of this one.
 */
const char *local_own_text(const struct local *l, char *text);

/* Have *m sent from this address: m->msg_control points to a zeroed union. */
void local_choose(const struct local *l, struct msghdr *m);

#endif
