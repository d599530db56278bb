/* The sockcat under test of the differential fuzzer, and who talks with it. */
#include "subject.h"

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 48, WORD = 160, STARTUP = 10000 };

/* The command line. */
struct command {
	char word[WORDS][WORD];
	char *argv[WORDS + 1];
	int n;
};

static void
add(struct command *c, const char *word)
{
	snprintf(c->word[c->n], WORD, "%s", word);
	c->argv[c->n] = c->word[c->n];
	c->argv[++c->n] = NULL;
}

static void
add_flag(struct command *c, bool given, const char *word)
{
	if (given)
		add(c, word);
}

static void
add_number(struct command *c, const char *option, int n, const char *unit)
{
	char text[32];

	if (n == -1)
		return;
	snprintf(text, sizeof text, "%d%s", n, unit);
	add(c, option);
	add(c, text);
}

static int
given(int n)
{
	return n == 0 ? -1 : n;
}

static void
add_options(struct command *c, const struct subject *s)
{
	const struct setup *o = &s->setup;
	char file[WORD];

	add(c, "-v");
	add_flag(c, o->listen, "-l");
	add_flag(c, o->keep, "-k");
	add_flag(c, o->broker, "-j");
	add_flag(c, o->lines, "-L");
	add_flag(c, o->messages, "-m");
	add_flag(c, o->crlf, "-C");
	add_flag(c, o->telnet, "-t");
	add_flag(c, o->local, "-U");
	add_flag(c, o->datagram, "-u");
	add_flag(c, o->recv_only, "-d");
	add_flag(c, o->shutdown, "-N");
	add_flag(c, o->no_shutdown, "-H");
	add_number(c, "-i", o->delay, "ms");
	add_number(c, "-q", o->quit, "ms");
	add_number(c, "-w", o->wait, "ms");
	add_number(c, "-M", o->most, "");
	add_number(c, "-B", given(o->size), "");
	add_number(c, "-y", given(o->rate), "");
	snprintf(file, sizeof file, "%s/dump", s->folder);
	if (o->dump) {
		add(c, "-o");
		add(c, file);
	}
}

static void
read_log(struct subject *s)
{
	ssize_t n = read(s->log, s->text + s->len,
	    sizeof s->text - 1 - s->len);

	if (n > 0)
		s->len += (size_t)n;
	else if (n == 0) {
		close(s->log);
		s->log = -1;
	}
	s->text[s->len] = '\0';
}

int
subject_clients(const struct subject *s)
{
	int n = 0;

	for (const char *at = s->text; (at = strstr(at, " connected")) != NULL;
	    at++)
		n += at[strlen(" connected")] != ' ' ||
		    at[strlen(" connected ")] == '(';
	return n;
}

/* Wait for its first line, and note on which port it listens. */
static void
await_listening(struct subject *s)
{
	long long until = now_ms() + STARTUP;
	const char *port;

	while (strchr(s->text, '\n') == NULL && s->log != -1 &&
	    now_ms() < until)
		subject_read(s, 100);
	port = strstr(s->text, " port ");
	if (port != NULL && !s->setup.local)
		sscanf(port, " port %127[0-9]", s->address);
}

/* Nagle's algorithm would keep what follows a small piece for 40 ms. */
static void
watch_party(struct party *p, int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	nonblocking(fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	p->fd = fd;
}

/* It connects to us. */
static void
accept_it(struct subject *s)
{
	struct party *p = &s->party[0];
	struct pollfd wait = { .fd = s->listener, .events = POLLIN };
	int fd = -1;

	if (s->setup.datagram) {
		watch_party(p, s->listener);
		s->listener = -1;
	} else if (poll(&wait, 1, STARTUP) == 1)
		fd = accept(s->listener, NULL, NULL);
	if (fd != -1) {
		watch_party(p, fd);
		p->known = true;
	}
	p->served = 1;
}

static void
listen_for_it(struct subject *s)
{
	int type = s->setup.datagram ? SOCK_DGRAM : SOCK_STREAM;

	s->listener = bound_socket(type, s->setup.local ? s->address : "0");
	if (s->listener == -1 || (type == SOCK_STREAM &&
	    listen(s->listener, 1) == -1))
		fail("listen");
	fcntl(s->listener, F_SETFD, FD_CLOEXEC);
	if (!s->setup.local)
		snprintf(s->address, sizeof s->address, "%d",
		    port_of(s->listener));
}

static void
make_folder(struct subject *s)
{
	const char *where = getenv("TMPDIR");

	snprintf(s->folder, sizeof s->folder, "%.70s/differ.XXXXXX",
	    where == NULL || strlen(where) > 70 ? "/tmp" : where);
	if (mkdtemp(s->folder) == NULL)
		fail("mkdtemp");
	snprintf(s->address, sizeof s->address, "%s/socket", s->folder);
}

void
subject_start(struct subject *s, char *sockcat, const struct setup *setup)
{
	struct command c = { .n = 0 };
	int ends[3];

	memset(s, 0, sizeof *s);
	s->setup = *setup;
	s->listener = -1;
	for (int i = 0; i < PARTIES; i++)
		s->party[i].fd = -1;
	make_folder(s);
	if (!setup->listen)
		listen_for_it(s);
	add(&c, sockcat);
	add_options(&c, s);
	add_flag(&c, !setup->local, "127.0.0.1");
	add(&c, setup->listen && !setup->local ? "0" : s->address);
	s->pid = spawn(c.argv, 3, ends, pipe);
	s->in = ends[0];
	s->out = ends[1];
	s->log = ends[2];
	for (int i = 0; i < 3; i++)
		nonblocking(ends[i]);
	if (setup->listen)
		await_listening(s);
	else
		accept_it(s);
}

static int
connect_to(struct subject *s, struct party *p, int party)
{
	struct sockaddr_storage to;
	socklen_t len = address(s->address, &to);
	int type = s->setup.datagram ? SOCK_DGRAM : SOCK_STREAM;
	int fd;

	if (!s->setup.local || type == SOCK_STREAM)
		return connected_socket(type, s->address);
	snprintf(p->path, sizeof p->path, "%s/%d.%d", s->folder, party,
	    s->joined);
	fd = bound_socket(type, p->path);
	if (fd != -1 && connect(fd, (struct sockaddr *)&to, len) == -1)
		fail("connect");
	return fd;
}

void
subject_connect(struct subject *s, int party)
{
	struct party *p = &s->party[party];
	int fd;

	memset(p, 0, sizeof *p);
	p->fd = -1;
	fd = connect_to(s, p, party);
	if (fd == -1)
		fail("connect");
	s->joined++;
	watch_party(p, fd);
	p->known = true;
	if (s->setup.local)
		return;
	snprintf(p->label, sizeof p->label, "127.0.0.1:%d", port_of(fd));
}

/* What does not fit is waited for; a reader that stops is found by the model. */
static void
write_pieces(int fd, const char *bytes, size_t n, size_t piece)
{
	long long until = now_ms() + STARTUP;

	while (n > 0 && now_ms() < until) {
		size_t most = piece < n ? piece : n;
		ssize_t done = write(fd, bytes, most);
		struct timespec moment = { .tv_nsec = 1000000 };

		if (done == -1 && errno != EAGAIN && errno != EINTR)
			return;
		if (done == -1)
			nanosleep(&moment, NULL);
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
		}
	}
}

void
subject_feed(struct subject *s, const void *bytes, size_t n, size_t piece)
{
	write_pieces(s->in, bytes, n, piece);
}

void
subject_say(struct subject *s, int party, const void *bytes, size_t n,
    size_t piece)
{
	struct party *p = &s->party[party];

	received_add(&p->said, false, bytes, n);
	write_pieces(p->fd, bytes, n, s->setup.datagram ? n : piece);
}

static void
read_out(struct subject *s)
{
	static char bytes[65536];
	ssize_t n = read(s->out, bytes, sizeof bytes);

	if (n > 0)
		received_add(&s->got, false, bytes, (size_t)n);
	else if (n == 0)
		s->out_eof = true;
}

/* The first datagram of one that connects tells its address. */
static ssize_t
receive(struct subject *s, struct party *p, char *bytes, size_t size)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	ssize_t n;

	if (!s->setup.datagram || p->known)
		return recv(p->fd, bytes, size, 0);
	n = recvfrom(p->fd, bytes, size, 0, (struct sockaddr *)&from, &len);
	if (n > -1 && connect(p->fd, (struct sockaddr *)&from, len) == 0)
		p->known = true;
	return n;
}

static void
read_party(struct subject *s, struct party *p)
{
	static char bytes[65536];
	ssize_t n = receive(s, p, bytes, sizeof bytes);

	if (n > 0 || (n == 0 && s->setup.datagram))
		received_add(&p->got, s->setup.datagram, bytes, (size_t)n);
	else if (n == 0)
		p->eof = true;
	else if (errno != EAGAIN && errno != EINTR && !s->setup.datagram)
		p->reset = true;
}

/* Once its standard error is over, it ends. */
static void
reap(struct subject *s)
{
	int status;

	if (s->ended || waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	s->ended = true;
	s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
	    : WEXITSTATUS(status);
}

bool
subject_read(struct subject *s, int ms)
{
	struct pollfd p[2 + PARTIES] = {
		{ .fd = s->out_eof ? -1 : s->out, .events = POLLIN },
		{ .fd = s->log, .events = POLLIN },
	};
	int n;

	for (int i = 0; i < PARTIES; i++) {
		const struct party *a = &s->party[i];

		p[2 + i].fd = a->eof || a->reset ? -1 : a->fd;
		p[2 + i].events = POLLIN;
	}
	n = poll(p, 2 + PARTIES, ms);
	if (p[0].revents != 0)
		read_out(s);
	if (p[1].revents != 0)
		read_log(s);
	for (int i = 0; i < PARTIES; i++)
		if (p[2 + i].revents != 0)
			read_party(s, &s->party[i]);
	reap(s);
	return n > 0;
}

bool
subject_has_all(const struct subject *s, const struct model *m)
{
	if (s->got.n < m->to[OUT].n || (s->must_close_out && !s->out_eof) ||
	    (s->must_exit && !s->ended) ||
	    subject_clients(s) < s->accepted)
		return false;
	for (int i = 0; i < PARTIES; i++) {
		const struct party *p = &s->party[i];

		if (p->fd == -1 || !p->served)
			continue;
		if (p->got.n < m->to[i].n ||
		    (p->must_end && !p->eof && !p->reset))
			return false;
	}
	return true;
}

static void
close_if_open(int fd)
{
	if (fd != -1)
		close(fd);
}

static void
remove_files(struct subject *s)
{
	char name[160];

	for (int i = 0; i < PARTIES; i++)
		if (s->party[i].path[0] != '\0')
			unlink(s->party[i].path);
	snprintf(name, sizeof name, "%s/socket", s->folder);
	unlink(name);
	snprintf(name, sizeof name, "%s/dump", s->folder);
	unlink(name);
	rmdir(s->folder);
}

void
subject_stop(struct subject *s)
{
	if (!s->ended) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, &s->status, 0);
	}
	close_if_open(s->in);
	close_if_open(s->out);
	close_if_open(s->log);
	close_if_open(s->listener);
	for (int i = 0; i < PARTIES; i++)
		close_if_open(s->party[i].fd);
	remove_files(s);
}
