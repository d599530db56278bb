#ifndef LOCAL_H
#define LOCAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * The address that a datagram came to, and answers leave from. A family of 0
 * is unknown; in6addr_any is the system's choice at the interface.
 */
struct local {
	int family;
	unsigned int interface; /* its index */
	union {
		struct in_addr in4;
		struct in6_addr in6;
	};
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

/* Have *m sent from this address: m->msg_control points to a zeroed union. */
void local_choose(const struct local *l, struct msghdr *m);

#endif
