/*
 * The exercises of sockcat-exercises(7), solved, so that the judge is judged:
 *
 *	solve N where		as the page asks
 *	solve -w N where	with a mistake that is often made
 *
 * where is what the page says: a port of the loopback addresses, or a path.
 */
#include "common.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTENERS = 2, MOST = 2500 };

struct client {
	char text[256];
	size_t have;
	bool literal;
};

const char *const program = "solve";

static int task;
static bool wrong;
static struct pollfd p[LISTENERS + MOST];
static struct client client[LISTENERS + MOST];

static void
reply(int fd, const char *bytes, size_t n)
{
	if (send(fd, bytes, n, 0) == -1 && wrong)
		fail("send");
}

static void
reply_number(int fd, size_t n)
{
	char text[32];

	reply(fd, text, (size_t)snprintf(text, sizeof text, "%zu\n", n));
}

static void
reply_in_capitals(int fd, char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !(wrong && task == 1); i++)
		bytes[i] = (char)toupper((unsigned char)bytes[i]);
	reply(fd, bytes, n);
}

/* False once a caret has ended the conversation. */
static bool
take_message_byte(int fd, struct client *c, char byte)
{
	bool literal = c->literal && !wrong;

	if (byte == '^' && !literal)
		return false;
	c->literal = byte == '\\' && !literal;
	if (c->have < sizeof c->text)
		c->text[c->have++] = byte;
	if (byte == '.' && !literal) {
		reply_in_capitals(fd, c->text, c->have);
		c->have = 0;
	}
	return true;
}

static void
take_line_byte(int fd, struct client *c, char byte)
{
	if (byte != '\n') {
		c->have++;
		return;
	}
	reply_number(fd, c->have);
	c->have = 0;
}

/* False if this client is done. */
static bool
take(int fd, struct client *c, char *bytes, size_t n)
{
	switch (task) {
	case 3:
		c->have += n;
		if (wrong)
			reply_number(fd, c->have);
		break;
	case 4:
		if (wrong)
			reply_number(fd, n - 1);
		for (size_t i = 0; i < n && !wrong; i++)
			take_line_byte(fd, c, bytes[i]);
		break;
	case 12:
		for (size_t i = 0; i < n; i++)
			if (!take_message_byte(fd, c, bytes[i]))
				return false;
		break;
	default:
		reply_in_capitals(fd, bytes, n);
	}
	return true;
}

static bool
serve(int fd, struct client *c)
{
	char bytes[1024];
	ssize_t n = recv(fd, bytes, sizeof bytes, 0);

	if (n == -1 && wrong)
		fail("recv");
	if (n == 0 && task == 3 && !wrong)
		reply_number(fd, c->have);
	return n > 0 && take(fd, c, bytes, (size_t)n);
}

static void
admit(int listener, nfds_t *n)
{
	int fd = accept(listener, NULL, NULL);

	if (fd == -1)
		return;
	p[*n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	client[*n] = (struct client){ .have = 0 };
	++*n;
}

static void
serve_all(void)
{
	nfds_t n = LISTENERS, most = LISTENERS + MOST;

	if (wrong && task == 2)
		most = LISTENERS + 1;
	if (wrong && task == 6)
		most = LISTENERS + 1000; /* as with select(2) */
	for (;;) {
		for (nfds_t i = 0; i < LISTENERS; i++)
			p[i].events = n < most ? POLLIN : 0;
		if (poll(p, n, -1) == -1)
			fail("poll");
		for (nfds_t i = n; i-- > LISTENERS;) {
			if (p[i].revents == 0 || serve(p[i].fd, &client[i]))
				continue;
			close(p[i].fd);
			p[i] = p[--n];
			client[i] = client[n];
		}
		for (int i = 0; i < LISTENERS; i++)
			if (p[i].revents != 0 && n < most)
				admit(p[i].fd, &n);
	}
}

static int
ipv6_socket(const char *port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

	a.sin6_port = htons((in_port_t)atoi(port));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) == -1)
		fail("bind to ::1");
	return fd;
}

/* A file without a listener is removed. */
static void
make_room(const char *path)
{
	int fd = connected_socket(SOCK_STREAM, path);

	if (fd == -1 && errno == ECONNREFUSED)
		unlink(path);
	if (fd != -1)
		close(fd);
}

static void
start_server(const char *where)
{
	if (task == 9 && !wrong)
		make_room(where);
	if (task != 5 || !wrong)
		signal(SIGPIPE, SIG_IGN);
	p[0].fd = bound_socket(SOCK_STREAM, where);
	p[1].fd = task == 10 && !wrong ? ipv6_socket(where) : -1;
	if (p[0].fd == -1)
		fail("bind");
	for (int i = 0; i < LISTENERS; i++)
		if (p[i].fd != -1 && listen(p[i].fd, SOMAXCONN) == -1)
			fail("listen");
}

/* Exercise 7; the mistake is to talk to nobody but the first sender. */
static void
return_datagrams(const char *port)
{
	int fd = bound_socket(SOCK_DGRAM, port);
	struct sockaddr_storage a;
	socklen_t len = sizeof a;
	char bytes[65536];
	ssize_t n;

	while ((n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&a,
	    &len)) != -1) {
		if (wrong)
			connect(fd, (struct sockaddr *)&a, len);
		sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&a, len);
		len = sizeof a;
	}
	fail("recvfrom");
}

/* Exercise 8: a client that waits one second for an answer. */
static int
try_to_connect(const char *port)
{
	struct sockaddr_storage a;
	socklen_t len = address(port, &a);
	struct pollfd s = { .fd = socket(AF_INET, SOCK_STREAM, 0),
		.events = POLLOUT };

	if (!wrong)
		nonblocking(s.fd);
	connect(s.fd, (struct sockaddr *)&a, len);
	if (poll(&s, 1, 1000) == 1 && (s.revents & POLLERR) == 0) {
		puts("connected");
		return 0;
	}
	puts("no answer");
	return 1;
}

/* Exercise 11: 3,000 bytes for one client after the other. */
static void
send_slowly(const char *port)
{
	int listener = bound_socket(SOCK_STREAM, port), fd;
	char piece[100];

	memset(piece, 'x', sizeof piece);
	signal(SIGPIPE, SIG_IGN);
	listen(listener, 16);
	while ((fd = accept(listener, NULL, NULL)) != -1) {
		for (int i = 0; i < 30; i++) {
			if (send(fd, piece, sizeof piece, 0) == -1)
				break;
			poll(NULL, 0, wrong ? 0 : 100);
		}
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	wrong = argc > 1 && strcmp(argv[1], "-w") == 0;
	if (argc != 3 + wrong)
		return 2;
	argv += wrong;
	task = atoi(argv[1]);
	if (task == 7)
		return_datagrams(argv[2]);
	if (task == 8)
		return try_to_connect(argv[2]);
	if (task == 11)
		send_slowly(argv[2]);
	start_server(argv[2]);
	serve_all();
}
