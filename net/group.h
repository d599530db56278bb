#ifndef GROUP_H
#define GROUP_H

#include <stdbool.h>

struct addr;

/*
 * Addresses that reach many: groups (multicast: RFC 1112, RFC 3493, 5.2) and
 * broadcast addresses (RFC 919).
 */

/*
 * Does a datagram to this address reach many? The interfaces tell the broadcast
 * address of each network (getifaddrs(3)), where the system has that.
 */
bool group_reaches_many(const struct addr *a);

/* Is it an address of this machine? Yes where the system does not tell. */
bool group_is_own(const struct addr *a);

/*
 * For a datagram socket that is to be bound to the group: let others bind to it
 * too, if share is true, and hear of no groups but those that it joins.
 */
void group_prepare(int fd, const struct addr *group, bool share);

/*
 * Join the group, on the interface of its zone or on one that the system
 * chooses by route. Returns 0; -1 and errno: ENODEV or EADDRNOTAVAIL without a
 * route, EOPNOTSUPP if the system has no such groups.
 */
int group_join(int fd, const struct addr *group);

/*
 * Let datagrams to the group leave by the interface of its zone, if it has one.
 * Returns 0; -1 and errno.
 */
int group_leave_by_zone(int fd, const struct addr *group);

/* Does this error of joining or sending mean that no route leads there? */
bool group_lacks_route(const struct addr *to, int error);

#endif
