/*
 * A scripted proxy: it accepts one client, and runs the steps of its command
 * line in order. Unless the first step is "send", it waits for the client's
 * first byte before that.
 *
 *	proxy [-6] step...	listen on 127.0.0.1, with -6 on ::1, and
 *				report "listening on port N" on standard error
 *
 * Steps:
 *	send HEX	send these bytes at once
 *	dribble HEX	the same, one byte per segment
 *	flood TEXT	send the text again and again until the client
 *			closes, but at most 128 KiB of it
 *	read N		read N bytes, and print them on one line in hexadecimal
 *	read_head	read up to an empty line, and print that as text
 *	echo		send back what is received, until EOF
 *	drain		read and discard until EOF
 *	half_close	close the sending side
 *	reset		send a RST and exit
 *
 * It exits with 0 when it has run all steps, and with 1 if one fails.
 */
#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const program = "proxy";

static int fd;

/* Send the bytes that hex stands for, in pieces of this many bytes. */
static void
send_hex(const char *hex, size_t piece)
{
	unsigned char data[65536];
	size_t n = 0;

	for (; hex[0] != '\0' && hex[1] != '\0' && n < sizeof data; hex += 2) {
		char byte[3] = { hex[0], hex[1], '\0' };

		data[n++] = (unsigned char)strtoul(byte, NULL, 16);
	}
	for (size_t i = 0; i < n; i += piece)
		write_all(fd, data + i, n - i < piece ? n - i : piece);
}

static void
flood(const char *text)
{
	char many[8192];
	size_t n = strlen(text), size = sizeof many / n * n;

	for (size_t i = 0; i < size; i++)
		many[i] = text[i % n];
	for (size_t sent = 0; sent < 1 << 17; sent += size)
		if (write(fd, many, size) != (ssize_t)size)
			return;
}

static void
read_hex(size_t n)
{
	unsigned char c;

	for (; n > 0; n--) {
		if (read(fd, &c, 1) != 1)
			fail("read");
		printf("%02x", c);
	}
	putchar('\n');
	fflush(stdout);
}

static void
read_head(void)
{
	size_t matched = 0;
	char c;

	while (matched < 4) {
		if (read(fd, &c, 1) != 1)
			fail("read");
		matched = c == "\r\n\r\n"[matched] ? matched + 1 : c == '\r';
		putchar(c);
	}
	fflush(stdout);
}

static void
read_all(bool echo)
{
	char data[65536];
	ssize_t n;

	while ((n = read(fd, data, sizeof data)) > 0)
		if (echo)
			write_all(fd, data, (size_t)n);
}

static void
reset(void)
{
	close_with_reset(fd);
	exit(0);
}

/* A step without an argument. Returns false if it is not one. */
static bool
plain_step(const char *step)
{
	if (strcmp(step, "read_head") == 0)
		read_head();
	else if (strcmp(step, "echo") == 0)
		read_all(true);
	else if (strcmp(step, "drain") == 0)
		read_all(false);
	else if (strcmp(step, "half_close") == 0)
		shutdown(fd, SHUT_WR);
	else if (strcmp(step, "reset") == 0)
		reset();
	else
		return false;
	return true;
}

static void
step_with(const char *step, const char *argument)
{
	if (argument != NULL && strcmp(step, "send") == 0)
		send_hex(argument, 65536);
	else if (argument != NULL && strcmp(step, "dribble") == 0)
		send_hex(argument, 1);
	else if (argument != NULL && strcmp(step, "flood") == 0)
		flood(argument);
	else if (argument != NULL && strcmp(step, "read") == 0)
		read_hex(strtoul(argument, NULL, 10));
	else {
		fprintf(stderr, "proxy: no step %s\n", step);
		exit(2);
	}
}

/*
 * Accept a client. One that closes without a request is not ours: somebody may
 * scan the ports of the machine.
 */
static void
accept_client(int listener, bool speaks_first)
{
	char c;

	do {
		if (fd > 0)
			close(fd);
		fd = accept(listener, NULL, NULL);
		if (fd == -1)
			fail("accept");
	} while (!speaks_first && recv(fd, &c, 1, MSG_PEEK) < 1);
}

/* Listen on a port that the system chooses. */
static int
listen_on(bool ipv6)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *a = ipv6 ? (struct sockaddr *)&in6
				  : (struct sockaddr *)&in;
	socklen_t len = ipv6 ? sizeof in6 : sizeof in;
	int s = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s == -1 || bind(s, a, len) == -1 || listen(s, 16) == -1)
		fail("listen");
	getsockname(s, a, &len);
	fprintf(stderr, "listening on port %d\n",
	    ntohs(ipv6 ? in6.sin6_port : in.sin_port));
	return s;
}

int
main(int argc, char **argv)
{
	bool ipv6 = argc > 1 && strcmp(argv[1], "-6") == 0;
	char **step = argv + 1 + ipv6;
	int on = 1, listener = listen_on(ipv6);

	signal(SIGPIPE, SIG_IGN);
	accept_client(listener, *step != NULL && strcmp(*step, "send") == 0);
	close(listener);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	for (; *step != NULL; step++)
		if (!plain_step(*step)) {
			step_with(step[0], step[1]);
			step++;
		}
	return 0;
}
