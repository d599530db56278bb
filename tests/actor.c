/*
 * A scripted peer: it runs the steps of its command line in order, so that a
 * test decides what the other side does and when.
 *
 *	actor -l step...		accept one TCP client on 127.0.0.1
 *	actor port step...		connect to 127.0.0.1
 *	actor [-l] /path step...	the same with a Unix-domain socket
 *	actor [-l]u port step...	the same with datagrams; with -l, only
 *					those of the first sender
 *	actor -f [port]		listen on ::1 with a full backlog, so that a
 *				client gets no answer, until EOF on stdin
 *	actor -p		print a free port
 *	actor -e NAME		print strerror(3) of the error with this name
 *
 * Steps that send:
 *	send TEXT		the text
 *	send_bytewise TEXT	the text, one byte per segment
 *	send_digits N		N digits, one byte per segment
 *	send_file FILE		the contents of the file
 *	send_urgent TEXT	the text as out-of-band data
 *	send_lines N		N lines "line 1", "line 2", ...
 *	send_spaced N		N lines, 100 microseconds apart
 *	send_paced N		N lines, 2,000 per second
 *	keep_sending N		N lines, 100 ms apart; fail if the other side
 *				closes or half-closes
 *	send_datagrams N	N datagrams of 64 bytes, 100 per millisecond
 *	send_empty N		N empty datagrams
 *	echo			send back what is received, until EOF
 *
 * Steps that receive, and write to standard output:
 *	read N			N bytes
 *	read_slowly N		N blocks of 4 KiB, with a pause of 20 ms after
 *				each
 *	trickle			1000 bytes every 100 ms, until EOF or a reset
 *	read_all		everything until EOF
 *	count_seconds		until EOF; print the number of bytes of each
 *				whole second since the first one instead
 *
 * Other steps:
 *	wait			wait for a line on standard input, or its EOF
 *	sleep MS		wait for this many milliseconds
 *	stay_open MS		wait this long; fail if the other side sends,
 *				closes or half-closes meanwhile
 *	half_close		close the sending side
 *	reset			send a RST and exit
 *	small_buffer		(must be first) use the smallest receive buffer
 *
 * With -l it reports "listening on ... port N" on standard error. The exit
 * status is 0 if all steps succeeded.
 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const program = "actor";

enum { LINE = 32 }; /* no line is longer */

static char block[65536];
static int listener = -1;
static int type = SOCK_STREAM;
static int fd = -1;

/* Copy n bytes, or everything until EOF if n is 0. */
static void
copy(int from, int to, size_t n)
{
	size_t left = n;

	while (n == 0 || left > 0) {
		size_t most = n != 0 && left < sizeof block ? left
							    : sizeof block;
		ssize_t got = read(from, block, most);

		if (got == -1)
			fail("read");
		if (got == 0 && n != 0) {
			fprintf(stderr, "actor: EOF, %zu bytes missing\n",
			    left);
			exit(1);
		}
		if (got == 0)
			return;
		write_all(to, block, (size_t)got);
		left -= (size_t)got;
	}
}

static void
accept_client(void)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;

	if (type == SOCK_STREAM) {
		fd = accept(listener, NULL, NULL);
		if (fd == -1)
			fail("accept");
		return;
	}
	fd = listener;
	if (recvfrom(fd, block, 1, MSG_PEEK, (struct sockaddr *)&from,
	    &len) == -1 || connect(fd, (struct sockaddr *)&from, len) == -1)
		fail("connect");
}

static void
start_listening(const char *where)
{
	if (type == SOCK_STREAM && listen(listener, 16) == -1)
		fail("listen");
	if (*where == '/') {
		fprintf(stderr, "listening on %s\n", where);
		return;
	}
	fprintf(stderr, "listening on 127.0.0.1 port %d\n", port_of(listener));
}

/* TCP cannot take back a window: set a small buffer before connecting. */
static void
open_socket(const char *where, bool listening, bool small)
{
	struct sockaddr_storage a;
	socklen_t len = address(where, &a);
	int s = socket(a.ss_family, type, 0);
	int size = 4096;

	if (s == -1)
		fail("socket");
	if (small)
		setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (!listening) {
		if (connect(s, (struct sockaddr *)&a, len) == -1)
			fail("connect");
		fd = s;
		return;
	}
	if (bind(s, (struct sockaddr *)&a, len) == -1)
		fail("bind");
	listener = s;
	start_listening(where);
	accept_client();
}

static void
set_nodelay(void)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
send_bytewise(const char *text)
{
	set_nodelay();
	for (; *text != '\0'; text++)
		write_all(fd, text, 1);
}

static void
send_digits(int n)
{
	set_nodelay();
	for (int i = 0; i < n; i++)
		write_all(fd, &"0123456789"[i % 10], 1);
}

static void
send_file(const char *name)
{
	int file = open(name, O_RDONLY);

	if (file == -1)
		fail(name);
	copy(file, fd, 0);
	close(file);
}

static void
send_lines(int lines)
{
	char batch[4096];
	size_t len = 0;

	for (int i = 1; i <= lines; i++) {
		len += (size_t)snprintf(&batch[len], LINE, "line %d\n", i);
		if (len > sizeof batch - LINE || i == lines) {
			write_all(fd, batch, len);
			len = 0;
		}
	}
}

static void
keep_sending(int lines)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 1; i <= lines; i++) {
		write_all(fd, "talk\n", 5);
		if (poll(&p, 1, 100) > 0 && read(fd, block, sizeof block) < 1) {
			fputs("actor: EOF from the other side\n", stderr);
			exit(1);
		}
	}
}

static void
send_datagrams(int n)
{
	struct timespec tick = { .tv_nsec = 1000000 };
	char line[65];

	for (int i = 1; i <= n; i++) {
		snprintf(line, sizeof line, "%063d\n", i);
		if (send(fd, line, 64, 0) == -1)
			fail("send");
		if (i % 100 == 0)
			nanosleep(&tick, NULL);
	}
}

static void
send_empty(int n)
{
	for (; n > 0; n--)
		if (send(fd, "", 0, 0) == -1)
			fail("send");
}

static void
send_spaced(int n)
{
	struct timespec tick = { .tv_nsec = 100000 };

	for (; n > 0; n--) {
		write_all(fd, "drip\n", 5);
		nanosleep(&tick, NULL);
	}
}

/* A pause that was too long makes the next one shorter. */
static void
send_paced(int n)
{
	long long due = now_us();

	for (; n > 0; n--, due += 500) {
		long long early = due - now_us();
		struct timespec pause = { .tv_nsec = (long)early * 1000 };

		if (early > 0)
			nanosleep(&pause, NULL);
		write_all(fd, "drip\n", 5);
	}
}

static void
read_slowly(int times)
{
	for (; times > 0; times--) {
		copy(fd, STDOUT_FILENO, 4096);
		poll(NULL, 0, 20);
	}
}

static void
trickle(void)
{
	ssize_t n;

	while ((n = read(fd, block, 1000)) > 0) {
		write_all(STDOUT_FILENO, block, (size_t)n);
		poll(NULL, 0, 100);
	}
}

static void
count_seconds(void)
{
	long long first = 0, seconds = 0, bytes = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) > 0) {
		if (first == 0)
			first = now_us();
		for (; now_us() - first >= (seconds + 1) * 1000000; seconds++) {
			printf("%lld\n", bytes);
			bytes = 0;
		}
		bytes += n;
	}
}

static void
stay_open(int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, ms) != 0) {
		fputs("actor: the other side was not silent\n", stderr);
		exit(1);
	}
}

static void
wait_line(void)
{
	char c;

	do
		if (read(STDIN_FILENO, &c, 1) != 1)
			return;
	while (c != '\n');
}

static void
reset(void)
{
	close_with_reset(fd);
	exit(0);
}

/* Run a step without an argument; false if there is none of this name. */
static bool
plain_step(const char *step)
{
	if (strcmp(step, "read_all") == 0)
		copy(fd, STDOUT_FILENO, 0);
	else if (strcmp(step, "trickle") == 0)
		trickle();
	else if (strcmp(step, "count_seconds") == 0)
		count_seconds();
	else if (strcmp(step, "echo") == 0)
		copy(fd, fd, 0);
	else if (strcmp(step, "wait") == 0)
		wait_line();
	else if (strcmp(step, "half_close") == 0)
		shutdown(fd, SHUT_WR);
	else if (strcmp(step, "reset") == 0)
		reset();
	else
		return false;
	return true;
}

/* The same for a step with an argument. */
static bool
argument_step(const char *step, const char *arg)
{
	if (arg == NULL)
		return false;
	if (strcmp(step, "send") == 0)
		write_all(fd, arg, strlen(arg));
	else if (strcmp(step, "send_bytewise") == 0)
		send_bytewise(arg);
	else if (strcmp(step, "send_digits") == 0)
		send_digits(atoi(arg));
	else if (strcmp(step, "send_file") == 0)
		send_file(arg);
	else if (strcmp(step, "send_urgent") == 0) {
		if (send(fd, arg, strlen(arg), MSG_OOB) == -1)
			fail("send");
	} else if (strcmp(step, "read") == 0)
		copy(fd, STDOUT_FILENO, (size_t)atol(arg));
	else if (strcmp(step, "send_datagrams") == 0)
		send_datagrams(atoi(arg));
	else if (strcmp(step, "send_empty") == 0)
		send_empty(atoi(arg));
	else if (strcmp(step, "send_spaced") == 0)
		send_spaced(atoi(arg));
	else if (strcmp(step, "send_paced") == 0)
		send_paced(atoi(arg));
	else if (strcmp(step, "sleep") == 0)
		poll(NULL, 0, atoi(arg));
	else if (strcmp(step, "stay_open") == 0)
		stay_open(atoi(arg));
	else if (strcmp(step, "read_slowly") == 0)
		read_slowly(atoi(arg));
	else if (strcmp(step, "send_lines") == 0)
		send_lines(atoi(arg));
	else if (strcmp(step, "keep_sending") == 0)
		keep_sending(atoi(arg));
	else
		return false;
	return true;
}

/*
 * The port is outside the range of ephemeral ports, from which the system could
 * give it to another program.
 */
static void
print_free_port(void)
{
	enum { FIRST = 10000, PORTS = 20000 };
	struct sockaddr_storage a;
	struct sockaddr_in *in = (struct sockaddr_in *)&a;
	socklen_t len = address("0", &a);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	long long n = now_us();

	for (int tries = 0; tries < PORTS; n++, tries++) {
		in->sin_port = htons((in_port_t)(FIRST + n % PORTS));
		if (bind(s, (struct sockaddr *)&a, len) == 0) {
			printf("%d\n", ntohs(in->sin_port));
			return;
		}
	}
	fail("bind");
}

static void
print_error_text(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {
		{ "EADDRINUSE", EADDRINUSE },
		{ "EADDRNOTAVAIL", EADDRNOTAVAIL },
		{ "EAFNOSUPPORT", EAFNOSUPPORT },
		{ "EMSGSIZE", EMSGSIZE },
		{ "ENETUNREACH", ENETUNREACH },
		{ "ETIMEDOUT", ETIMEDOUT },
	};

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(name, errors[i].name) == 0)
			puts(strerror(errors[i].error));
}

static void
fill_backlog(const char *port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof a;
	int s = socket(AF_INET6, SOCK_STREAM, 0);
	struct pollfd p = { .events = POLLOUT, .revents = POLLOUT };

	a.sin6_port = htons((in_port_t)(port == NULL ? 0 : atoi(port)));
	if (bind(s, (struct sockaddr *)&a, len) == -1 || listen(s, 0) == -1)
		fail("listen");
	getsockname(s, (struct sockaddr *)&a, &len);
	for (int i = 0; i < 16 && p.revents != 0; i++) {
		p.fd = socket(AF_INET6, SOCK_STREAM, 0);
		fcntl(p.fd, F_SETFL, O_NONBLOCK);
		connect(p.fd, (struct sockaddr *)&a, len);
		p.revents = 0;
		poll(&p, 1, 100);
	}
	fprintf(stderr, "listening on [::1] port %d\n", ntohs(a.sin6_port));
	wait_line();
}

int
main(int argc, char **argv)
{
	bool listening = argc > 1 && strncmp(argv[1], "-l", 2) == 0;
	bool datagram = argc > 1 && *argv[1] == '-' &&
	    strchr(argv[1], 'u') != NULL;
	char **step = argv + 1 + (listening || datagram);
	const char *where = listening ? "0" : NULL;
	bool small;

	signal(SIGPIPE, SIG_IGN);
	if (datagram)
		type = SOCK_DGRAM;
	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		print_free_port();
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "-e") == 0) {
		print_error_text(argv[2]);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "-f") == 0) {
		fill_backlog(argv[2]);
		return 0;
	}
	if (*step != NULL && (!listening || **step == '/'))
		where = *step++;
	if (where == NULL)
		return 2;
	small = *step != NULL && strcmp(*step, "small_buffer") == 0;
	open_socket(where, listening, small);
	for (step += small; *step != NULL; step++) {
		if (plain_step(*step))
			continue;
		if (!argument_step(*step, step[1])) {
			fprintf(stderr, "actor: unknown step %s\n", *step);
			return 2;
		}
		step++;
	}
	return 0;
}
