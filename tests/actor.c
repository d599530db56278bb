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
 *	proxy [-6] step...	the same program, as a proxy: it listens on
 *				127.0.0.1 or ::1, and takes no client for its
 *				own that closes before the first byte, unless
 *				the first step is "send"
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
 *	fill			as much as the connection takes, for 200 ms
 *	flood TEXT		the text again and again until the other side
 *				closes, but at most 128 KiB of it
 *
 * Steps that receive, and write to standard output:
 *	read N			N bytes
 *	read_slowly N		N blocks of 4 KiB, with a pause of 20 ms after
 *				each
 *	trickle			1000 bytes every 100 ms, until EOF or a reset
 *	read_all		everything until EOF
 *	read_head		up to an empty line
 *	drain			everything until EOF, and discard it
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
 * A proxy's steps "send", "dribble" (one byte per segment) and "read" have
 * their bytes in hexadecimal.
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

/* A client of a proxy that sends nothing may be a scan of the ports. */
static void
accept_client(bool speaks)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;

	if (type == SOCK_STREAM) {
		do {
			if (fd != -1)
				close(fd);
			fd = accept(listener, NULL, NULL);
			if (fd == -1)
				fail("accept");
		} while (speaks && recv(fd, block, 1, MSG_PEEK) < 1);
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
open_socket(const char *where, bool listening, bool small, bool speaks)
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
	accept_client(speaks);
}

static void
set_nodelay(void)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
send_text(const char *text)
{
	write_all(fd, text, strlen(text));
}

static void
send_bytewise(const char *text)
{
	set_nodelay();
	for (; *text != '\0'; text++)
		write_all(fd, text, 1);
}

static void
send_digits(const char *n)
{
	set_nodelay();
	for (int i = 0; i < atoi(n); i++)
		write_all(fd, &"0123456789"[i % 10], 1);
}

/* The bytes that hexadecimal digits stand for, in pieces of this size. */
static void
send_pieces(const char *hex, size_t piece)
{
	size_t n = 0;

	set_nodelay();
	for (; hex[0] != '\0' && hex[1] != '\0' && n < sizeof block; hex += 2) {
		char byte[3] = { hex[0], hex[1], '\0' };

		block[n++] = (char)strtoul(byte, NULL, 16);
	}
	for (size_t i = 0; i < n; i += piece)
		write_all(fd, block + i, n - i < piece ? n - i : piece);
}

static void
send_hex(const char *hex)
{
	send_pieces(hex, sizeof block);
}

static void
dribble_hex(const char *hex)
{
	send_pieces(hex, 1);
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
send_urgent(const char *text)
{
	if (send(fd, text, strlen(text), MSG_OOB) == -1)
		fail("send");
}

static void
fill(const char *none)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	(void)none;
	while (poll(&p, 1, 200) > 0)
		if (send(fd, block, sizeof block, MSG_DONTWAIT) == -1 &&
		    errno != EAGAIN)
			fail("send");
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
send_lines(const char *n)
{
	char batch[4096];
	size_t len = 0;
	int lines = atoi(n);

	for (int i = 1; i <= lines; i++) {
		len += (size_t)snprintf(&batch[len], LINE, "line %d\n", i);
		if (len > sizeof batch - LINE || i == lines) {
			write_all(fd, batch, len);
			len = 0;
		}
	}
}

static void
keep_sending(const char *lines)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 1; i <= atoi(lines); i++) {
		write_all(fd, "talk\n", 5);
		if (poll(&p, 1, 100) > 0 && read(fd, block, sizeof block) < 1) {
			fputs("actor: EOF from the other side\n", stderr);
			exit(1);
		}
	}
}

static void
send_datagrams(const char *n)
{
	struct timespec tick = { .tv_nsec = 1000000 };
	char line[65];

	for (int i = 1; i <= atoi(n); i++) {
		snprintf(line, sizeof line, "%063d\n", i);
		if (send(fd, line, 64, 0) == -1)
			fail("send");
		if (i % 100 == 0)
			nanosleep(&tick, NULL);
	}
}

static void
send_empty(const char *n)
{
	for (int i = atoi(n); i > 0; i--)
		if (send(fd, "", 0, 0) == -1)
			fail("send");
}

static void
send_spaced(const char *n)
{
	struct timespec tick = { .tv_nsec = 100000 };

	for (int i = atoi(n); i > 0; i--) {
		write_all(fd, "drip\n", 5);
		nanosleep(&tick, NULL);
	}
}

/* A pause that was too long makes the next one shorter. */
static void
send_paced(const char *n)
{
	long long due = now_us();

	for (int i = atoi(n); i > 0; i--, due += 500) {
		long long early = due - now_us();
		struct timespec pause = { .tv_nsec = (long)early * 1000 };

		if (early > 0)
			nanosleep(&pause, NULL);
		write_all(fd, "drip\n", 5);
	}
}

static void
echo(const char *none)
{
	(void)none;
	copy(fd, fd, 0);
}

static void
read_bytes(const char *n)
{
	copy(fd, STDOUT_FILENO, (size_t)atol(n));
}

static void
read_hex(const char *bytes)
{
	unsigned char c;

	for (long n = atol(bytes); n > 0; n--) {
		if (read(fd, &c, 1) != 1)
			fail("read");
		printf("%02x", c);
	}
	putchar('\n');
	fflush(stdout);
}

static void
read_head(const char *none)
{
	size_t matched = 0;
	char c;

	(void)none;
	while (matched < 4) {
		if (read(fd, &c, 1) != 1)
			fail("read");
		matched = c == "\r\n\r\n"[matched] ? matched + 1 : c == '\r';
		putchar(c);
	}
	fflush(stdout);
}

static void
read_slowly(const char *times)
{
	for (int i = atoi(times); i > 0; i--) {
		copy(fd, STDOUT_FILENO, 4096);
		poll(NULL, 0, 20);
	}
}

static void
trickle(const char *none)
{
	ssize_t n;

	(void)none;
	while ((n = read(fd, block, 1000)) > 0) {
		write_all(STDOUT_FILENO, block, (size_t)n);
		poll(NULL, 0, 100);
	}
}

static void
read_all(const char *none)
{
	(void)none;
	copy(fd, STDOUT_FILENO, 0);
}

static void
drain(const char *none)
{
	(void)none;
	while (read(fd, block, sizeof block) > 0)
		;
}

static void
count_seconds(const char *none)
{
	long long first = 0, seconds = 0, bytes = 0;
	ssize_t n;

	(void)none;
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
wait_line(const char *none)
{
	char c;

	(void)none;
	do
		if (read(STDIN_FILENO, &c, 1) != 1)
			return;
	while (c != '\n');
}

static void
sleep_ms(const char *ms)
{
	poll(NULL, 0, atoi(ms));
}

static void
stay_open(const char *ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, atoi(ms)) != 0) {
		fputs("actor: the other side was not silent\n", stderr);
		exit(1);
	}
}

static void
half_close(const char *none)
{
	(void)none;
	shutdown(fd, SHUT_WR);
}

static void
reset(const char *none)
{
	(void)none;
	close_with_reset(fd);
	exit(0);
}

static const struct step {
	const char *name;
	void (*run)(const char *argument);
	bool takes;  /* an argument */
	bool hex;    /* only a proxy's */
} steps[] = {
	{ "send", send_hex, true, true },
	{ "dribble", dribble_hex, true, true },
	{ "read", read_hex, true, true },
	{ "send", send_text, true, false },
	{ "send_bytewise", send_bytewise, true, false },
	{ "send_digits", send_digits, true, false },
	{ "send_file", send_file, true, false },
	{ "send_urgent", send_urgent, true, false },
	{ "send_lines", send_lines, true, false },
	{ "send_spaced", send_spaced, true, false },
	{ "send_paced", send_paced, true, false },
	{ "send_datagrams", send_datagrams, true, false },
	{ "send_empty", send_empty, true, false },
	{ "keep_sending", keep_sending, true, false },
	{ "fill", fill, false, false },
	{ "flood", flood, true, false },
	{ "echo", echo, false, false },
	{ "read", read_bytes, true, false },
	{ "read_slowly", read_slowly, true, false },
	{ "read_head", read_head, false, false },
	{ "read_all", read_all, false, false },
	{ "trickle", trickle, false, false },
	{ "drain", drain, false, false },
	{ "count_seconds", count_seconds, false, false },
	{ "wait", wait_line, false, false },
	{ "sleep", sleep_ms, true, false },
	{ "stay_open", stay_open, true, false },
	{ "half_close", half_close, false, false },
	{ "reset", reset, false, false },
};

/* Run the step and return where the next one is. */
static char **
run_step(char **word, bool hex)
{
	const struct step *s = steps, *end = steps + sizeof steps /
	    sizeof *steps;

	while (s < end && (strcmp(*word, s->name) != 0 || (s->hex && !hex)))
		s++;
	if (s == end || (s->takes && word[1] == NULL)) {
		fprintf(stderr, "%s: no step %s\n", program, *word);
		exit(2);
	}
	s->run(s->takes ? word[1] : NULL);
	return word + 1 + s->takes;
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
		{ "EHOSTUNREACH", EHOSTUNREACH },
		{ "EMSGSIZE", EMSGSIZE },
		{ "ENETUNREACH", ENETUNREACH },
		{ "ENOENT", ENOENT },
		{ "EPERM", EPERM },
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
	wait_line(NULL);
}

/* Steps of a client or a server that is no proxy. */
static void
be_peer(char **word, bool listening)
{
	const char *where = listening ? "0" : NULL;
	bool small;

	if (*word != NULL && (!listening || **word == '/'))
		where = *word++;
	if (where == NULL)
		exit(2);
	small = *word != NULL && strcmp(*word, "small_buffer") == 0;
	open_socket(where, listening, small, false);
	word += small;
	while (*word != NULL)
		word = run_step(word, false);
}

static void
be_proxy(char **word)
{
	bool ipv6 = *word != NULL && strcmp(*word, "-6") == 0;

	word += ipv6;
	open_socket(ipv6 ? ":0" : "0", true, false,
	    *word == NULL || strcmp(*word, "send") != 0);
	close(listener);
	set_nodelay();
	while (*word != NULL)
		word = run_step(word, true);
}

int
main(int argc, char **argv)
{
	const char *option = argc > 1 && *argv[1] == '-' ? argv[1] : "";
	const char *slash = strrchr(argv[0], '/');
	bool listening = strncmp(option, "-l", 2) == 0;

	signal(SIGPIPE, SIG_IGN);
	if (strchr(option, 'u') != NULL)
		type = SOCK_DGRAM;
	if (strcmp(slash == NULL ? argv[0] : slash + 1, "proxy") == 0)
		be_proxy(argv + 1);
	else if (strcmp(option, "-p") == 0)
		print_free_port();
	else if (strcmp(option, "-e") == 0 && argc > 2)
		print_error_text(argv[2]);
	else if (strcmp(option, "-f") == 0)
		fill_backlog(argv[2]);
	else
		be_peer(argv + 1 + (*option != '\0'), listening);
	return 0;
}
