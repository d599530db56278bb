/* Datagrams: received with their sender, sent to and from an address. */
#include "datagram.h"
#include "addr.h"
#include "local.h"
#include "sock.h"
#include "trace.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int
datagram_note_local(int fd, const struct addr *a)
{
	int level, name;

	if (!local_option(a->is.any.sa_family, &level, &name)) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return sock_set(fd, level, name, 1);
}

ssize_t
datagram_send_from(int fd, const void *buf, size_t n, const struct addr *to,
    const struct local *local)
{
	union local_control control = { 0 };
	struct addr name = *to; /* msg_name is not const */
	struct iovec data = { .iov_len = n };
	struct msghdr m = { .msg_name = &name.is, .msg_namelen = to->len,
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes };

	memcpy(&data.iov_base, &buf, sizeof buf);
	local_choose(local, &m);
	return (ssize_t)traced((struct call){ .id = CALL_SENDMSG_FROM,
	    .fd = fd, .n = n, .addr = to, .data = buf, .local = local,
	    .result = sendmsg(fd, &m, MSG_DONTWAIT) });
}

/* recvmsg(2), because only that reports a datagram that was cut. */
static ssize_t
receive(int fd, void *buf, size_t n, int flags, struct addr *from,
    struct local *local)
{
	union local_control control;
	struct iovec iov = { .iov_base = buf, .iov_len = n };
	struct msghdr m = { .msg_name = &from->is, .msg_iov = &iov,
		.msg_namelen = sizeof from->is, .msg_iovlen = 1 };
	ssize_t got;

	if (local != NULL) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof control.bytes;
	}
	trace_begin();
	got = recvmsg(fd, &m, flags | MSG_DONTWAIT);
	from->len = m.msg_namelen;
	if (got != -1 && local != NULL)
		local_learn(local, &m);
	trace_call((struct call){ .id = CALL_RECVMSG, .fd = fd, .n = n,
	    .peek = flags == MSG_PEEK, .addr = from, .data = buf,
	    .local = local, .result = got });
	if (got != -1)
		sock_fill_family(fd, from);
	if (got == -1 || (m.msg_flags & MSG_TRUNC) == 0 || n == 0)
		return got;
	errno = EMSGSIZE;
	return -1;
}

ssize_t
datagram_receive(int fd, void *buf, size_t n, struct addr *from)
{
	*from = (struct addr){ 0 };
	return receive(fd, buf, n, 0, from, NULL);
}

ssize_t
datagram_receive_noted(int fd, void *buf, size_t n, struct addr *from,
    struct local *local)
{
	*from = (struct addr){ 0 };
	*local = (struct local){ 0 };
	return receive(fd, buf, n, 0, from, local);
}

int
datagram_peek(int fd, struct addr *from)
{
	char none;

	*from = (struct addr){ 0 };
	return receive(fd, &none, 0, MSG_PEEK, from, NULL) == -1 ? -1 : 0;
}

ssize_t
datagram_send(int fd, const void *buf, size_t n, const struct addr *to)
{
	return (ssize_t)traced((struct call){ .id = CALL_SENDTO, .fd = fd,
	    .n = n, .addr = to, .data = buf,
	    .result = sendto(fd, buf, n, MSG_DONTWAIT, &to->is.any,
	    to->len) });
}
