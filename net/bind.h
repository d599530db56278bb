#ifndef BIND_H
#define BIND_H

struct addr;
struct listener;

/*
 * socket(2) and bind(2) for each of the n addresses, as *l says, which has room
 * for them and no sockets yet. For port 0 the system chooses one port for all
 * of them. Groups are joined. Address families that the machine lacks are
 * skipped. Returns 0, or the error of l->at[l->n], an errno. What was bound by
 * then stays open: bind_close().
 */
int bind_open(struct listener *l, const struct addr *at, int n);

/*
 * Have the local addresses of datagrams noted, if socket fd is for datagrams
 * and its address *a stands for several. Sets l->noted.
 */
void bind_note_local(struct listener *l, int fd, const struct addr *a);

/* Close the sockets of *l that are left, and forget them. */
void bind_close(struct listener *l);

#endif
