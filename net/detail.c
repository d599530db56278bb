/* What -vvvv adds: bytes of addresses and data, states, and who is ready. */
#include "detail.h"
#include "../base/say.h"
#include "addr.h"
#include "meaning.h"
#include "tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_BYTES = 28, /* those of an IPv6 address, its zone included */
	MAX_DATA = 16,
	MAX_TEXT = 256,
	IN4_BYTES = 8, /* before the padding */
};

/* "02 00 1f 90" */
static void
put_hex(char *out, const void *data, size_t n)
{
	const unsigned char *bytes = data;

	*out = '\0';
	for (size_t i = 0; i < n; i++, out += 3)
		snprintf(out, 4, "%02x ", bytes[i]);
	if (n > 0)
		out[-1] = '\0';
}

void
detail_addr(const struct timespec *began, const struct addr *a)
{
	char text[3 * MAX_BYTES + 1];
	size_t n = a->len < MAX_BYTES ? a->len : MAX_BYTES;

	if (n == 0)
		return;
	if (a->is.any.sa_family == AF_INET)
		n = IN4_BYTES;
	put_hex(text, &a->is, n);
	say_call(began, "    sockaddr: %s", text);
}

void
detail_data(const struct timespec *began, const void *data, size_t n)
{
	char hex[3 * MAX_DATA + 1], text[MAX_DATA + 1];
	const char *bytes = data;
	const char *more = "";

	if (n > MAX_DATA)
		more = " ...";
	if (n > MAX_DATA)
		n = MAX_DATA;
	put_hex(hex, data, n);
	for (size_t i = 0; i < n; i++) {
		text[i] = bytes[i];
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	}
	say_call(began, "    data: %s%s  %.*s", hex, more, (int)n, text);
}

void
detail_state(const struct timespec *began, int fd)
{
	size_t unacked, unread;
	const char *state = tcp_state(fd, &unacked, &unread);

	if (state != NULL)
		say_call(began, "    %s, %zu not acknowledged, %zu unread",
		    state, unacked, unread);
}

/* "5 can be read", or what else it can. */
static void
put_ready(char *out, size_t size, const struct pollfd *p)
{
	static const struct {
		short event;
		const char *text;
	} words[] = {
		{ POLLIN, " can be read" },
		{ POLLOUT, " can be written" },
		{ POLLHUP, " is hung up" },
		{ POLLERR, " has an error" },
		{ POLLNVAL, " is closed" },
	};
	const char *gap = "";
	size_t n = (size_t)snprintf(out, size, "%d", p->fd);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((p->revents & words[i].event) != 0) {
			n += (size_t)snprintf(out + n, size - n, "%s%s", gap,
			    words[i].text);
			gap = " and";
		}
}

void
detail_poll(const struct timespec *began, const struct pollfd *p, size_t n,
    int timeout, int ready)
{
	char text[MAX_TEXT] = "";
	size_t used = 0;

	if (ready == -1)
		snprintf(text, sizeof text, " %s", meaning_error(errno));
	for (size_t i = 0; i < n && used < sizeof text; i++) {
		char one[MAX_TEXT / 2];

		if (ready <= 0 || p[i].fd < 0 || p[i].revents == 0)
			continue;
		put_ready(one, sizeof one, &p[i]);
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%s%s", used == 0 ? "  " : ", ", one);
	}
	say_call(began, "poll(%zu places, %d ms) = %d%s", n, timeout, ready,
	    text);
}
