/*
 * Fuzz target of the relay. The input gives the settings and a script of what
 * the endpoints do: between two calls of poll(2), clients connect, send, stall,
 * half-close and close. This takes no time: the clock, which is simulated,
 * advances only when nothing else is left to do. After the script, the stalled
 * endpoints read again and all send EOF. world.c checks what each one received.
 *
 * ld(1) wraps poll(2), the clock, and peer_new(), peer_free() and peer_read().
 */
#include "../../base/clock.h"
#include "../../base/signals.h"
#include "../../net/addr.h"
#include "../../net/listen.h"
#include "../../net/sock.h"
#include "../../net/unix.h"
#include "../../relay/buf.h"
#include "../../relay/frame.h"
#include "../../relay/message.h"
#include "../../relay/peer.h"
#include "../../relay/policy.h"
#include "../../relay/relay.h"
#include "../../relay/session.h"
#include "must.h"
#include "script.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAX_SENT = 96 * 1024,   /* bytes, by all endpoints together */
	MAX_SENT_SLOWLY = 4096, /* the same if the relay reads little at once */
	MAX_IDLE_POLLS = 50,    /* in a row, without any progress */
	MAX_FDS = 64,
	STALL_TIMEOUT = 10000,  /* ms: the relay's, without -w */
	TOLERANCE = 2,          /* how many timeouts it may take to act */
	SLACK = 1000,           /* ms more */
	LARGE_READ = 65536,     /* bytes: after such a read, others may follow */
	READS = 8,              /* of a peer in one turn */
	MANY_ANSWERS = 60000,   /* bytes: more may be dropped */
};

/*
 * When nothing is left to do, the next phase begins: all read again and stdin
 * has EOF; clients end their lines and messages; clients send EOF; the relay is
 * stopped by a signal.
 */
enum phase { SCRIPT, LAST_READS, LAST_DATA, LAST_EOFS, STOP };

static struct world world;

static struct {
	enum phase phase;
	long long now, wait;     /* ms: the time, and how long to wait */
	long long last_event;    /* when anything was last sent or done */
	size_t events;           /* counts all that the endpoints do */
	size_t progress;         /* that and the bytes read by the relay */
	int idle_polls;          /* in a row, without a change of progress */
	size_t sent, max_sent;   /* bytes, by all endpoints together */
	bool pipes;              /* stdin and stdout are pipes, else sockets */
	bool small_buffers;      /* of the relay's sockets */
	int stop[2];             /* the pipe that wakes the relay, to stop */
	bool stopped;
	bool stdin_fails;        /* its next read does */
	bool stdin_failed;
	char name[32];           /* of the listener */
	bool listening;          /* else there is one connected peer */
	bool no_fds;             /* all descriptors are used up */
	struct rlimit fd_limit;  /* of descriptors, before that */
	int spare[MAX_FDS];      /* the descriptors that use them up */
	int nspare;
} sim;

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
long long __wrap_clock_ms(void);
struct peer *__real_peer_new(int fd, int type, const struct addr *addr);
struct peer *__wrap_peer_new(int fd, int type, const struct addr *addr);
void __real_peer_free(struct peer *p);
void __wrap_peer_free(struct peer *p);
ssize_t __real_peer_read(struct peer *p, void *data, size_t n);
ssize_t __wrap_peer_read(struct peer *p, void *data, size_t n);
void __real_relay_discard(struct relay *r, struct peer *p);
void __wrap_relay_discard(struct relay *r, struct peer *p);

static void
set_nonblocking(int fd)
{
	MUST(fd != -1 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

/* How many bytes of the endpoint its peer has read to pass on. */
static size_t
read_by_peer(const struct endpoint *e, const struct peer *p)
{
	return e->discarding ? e->passed_on : (size_t)p->received;
}

/* How many bytes the relay has read from this endpoint so far. */
static size_t
consumed(int who)
{
	const struct endpoint *e = &world.endpoint[who];
	const struct peer *p = who == 0 ? &world.stdio : e->peer;

	return e->consumed + (p == NULL ? 0 : read_by_peer(e, p));
}

long long
__wrap_clock_ms(void)
{
	return sim.now;
}

/* Which endpoint this is: the relay numbers clients as they are accepted. */
static int
index_of(int type, const struct addr *addr)
{
	char text[ADDR_TEXT];

	if (!sim.listening)
		return 1;
	if (type == SOCK_STREAM)
		return addr->nth;
	addr_host(addr, text);
	return atoi(strrchr(text, '-') + 1);
}

struct peer *
__wrap_peer_new(int fd, int type, const struct addr *addr)
{
	int who = index_of(type, addr), small = 1;
	struct endpoint *e = &world.endpoint[who];

	MUST(who > 0 && who < world.n);
	if (sim.small_buffers)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	if (e->peer != NULL) { /* a datagram client that was closed is back */
		e->consumed += read_by_peer(e, e->peer);
		e->discarding = false;
		e->removed = true;
	}
	for (int i = 0; i < world.n && e->joins == 0; i++)
		e->start[i] = consumed(i);
	e->joins++;
	e->peer = __real_peer_new(fd, type, addr);
	return e->peer;
}

void
__wrap_relay_discard(struct relay *r, struct peer *p)
{
	for (int i = 1; i < world.n; i++) {
		struct endpoint *e = &world.endpoint[i];

		if (e->peer != p || e->discarding)
			continue;
		e->passed_on = (size_t)p->received;
		e->discarding = true;
	}
	__real_relay_discard(r, p);
}

void
__wrap_peer_free(struct peer *p)
{
	for (int i = 1; i < world.n; i++) {
		struct endpoint *e = &world.endpoint[i];

		if (e->peer != p)
			continue;
		e->consumed += read_by_peer(e, p);
		e->discarding = false;
		e->removed = e->removed || p->closing_since != NEVER ||
		    p->error != 0;
		e->peer = NULL;
	}
	__real_peer_free(p);
}

/* A disk that fails, or a connection. */
ssize_t
__wrap_peer_read(struct peer *p, void *data, size_t n)
{
	if (p != &world.stdio || !sim.stdin_fails)
		return __real_peer_read(p, data, n);
	sim.stdin_failed = true;
	errno = EIO;
	return -1;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
close_endpoint(struct endpoint *e)
{
	if (e->rfd != e->wfd)
		close_fd(&e->rfd);
	close_fd(&e->wfd);
	e->rfd = -1;
}

/*
 * Half-close. It must still receive what the relay has read by now, unless that
 * may end in an incomplete line or message.
 */
static void
stop_sending(struct endpoint *e)
{
	const struct policy *r = &world.policy;
	bool whole = sim.phase > SCRIPT ||
	    !(r->lines || r->messages || r->unit_delay > 0);

	if (e->wfd == -1 || e->done_sending)
		return;
	for (int i = 0; i < world.n && whole; i++)
		e->required[i] = consumed(i);
	if (e == &world.endpoint[0])
		close_fd(&e->wfd);
	else if (!world.policy.datagram)
		shutdown(e->wfd, SHUT_WR);
	e->done_sending = true;
	sim.events++;
}

static void
stop_reading(struct endpoint *e)
{
	e->reader_gone = true;
	if (e == &world.endpoint[0]) {
		close_fd(&e->rfd);
		world.ends_early = true; /* nobody reads stdout */
	} else if (e->rfd != -1)
		shutdown(e->rfd, SHUT_RD);
}

/* Remove the answers of telnet. Returns how many bytes are left. */
static size_t
take_answers(struct endpoint *e, char *data, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (e->in_answer == 0 && (unsigned char)data[i] != IAC) {
			data[kept++] = data[i];
			continue;
		}
		MUST(data[i] == "\xff\xfc\1"[e->in_answer]);
		e->in_answer = (e->in_answer + 1) % REQUEST;
		e->answers += e->in_answer == 0;
	}
	return kept;
}

static void
note_received(struct endpoint *e, char *data, size_t n)
{
	if (world.policy.telnet && e != &world.endpoint[0])
		n = take_answers(e, data, n);
	record_add(&e->received, data, n);
}

/* Read what there is, unless it is stalled or closed. */
static void
read_available(struct endpoint *e)
{
	static char data[2 * BUF_FRAGMENT]; /* for any datagram */
	ssize_t n = 1;

	while (e->rfd != -1 && !e->reader_gone && !e->stalled && !e->got_eof) {
		n = read(e->rfd, data, sizeof data);
		if (n > 0)
			note_received(e, data, (size_t)n);
		else if (n == -1 && sock_later(errno))
			return;
		else if (n == -1 || !world.policy.datagram || e->joins == 0)
			e->got_eof = true;
		sim.events++;
		sim.last_event = sim.now;
		e->pending_since = -1;
	}
}

static void
send_data(struct endpoint *e, const char *data, size_t n)
{
	ssize_t done;

	if (e->wfd == -1 || e->done_sending || sim.sent + n > sim.max_sent)
		return;
	done = write(e->wfd, data, n);
	if (done <= 0)
		return;
	record_add(&e->sent, data, (size_t)done);
	sim.sent += (size_t)done;
}

static void
send_tagged(struct endpoint *e, size_t n)
{
	static char data[256 * 256];
	size_t before = e->sent.n;
	int who = (int)(e - world.endpoint);

	for (size_t i = 0; i < n; i++)
		data[i] = world_tagged(who, e->ntagged + i);
	send_data(e, data, n);
	e->ntagged += e->sent.n - before;
}

/* A request of telnet: DO something. It is sent whole, or not at all. */
static void
send_request(struct endpoint *e)
{
	size_t before = e->sent.n;

	send_data(e, "\xff\xfd\1", REQUEST);
	MUST(e->sent.n == before || e->sent.n == before + REQUEST);
	e->requests += e->sent.n > before;
}

/* Send a byte that has a meaning in lines or messages. */
static void
send_special(struct endpoint *e, int which)
{
	static const char specials[] = "\n.\\^ \t\n.";
	const struct policy *r = &world.policy;
	const char *special = &specials[which % 8];

	if (r->telnet && e != &world.endpoint[0] && which >= 128)
		send_request(e);
	if (!r->lines && !r->messages)
		return;
	if (r->messages && *special == '^' && e == &world.endpoint[0])
		world.ends_early = true;
	if (r->messages && *special == '^' && (!r->keep_open || r->datagram))
		world.ends_early = true;
	if (r->datagram && r->messages && e != &world.endpoint[0] &&
	    (*special == '^' || *special == '\\'))
		return;
	send_data(e, special, 1);
}

/* Returns the relay's end. */
static int
make_pipe(int *ours, bool output)
{
	int fd[2];

	MUST(pipe(fd) == 0);
	*ours = fd[output ? 0 : 1];
	set_nonblocking(*ours);
	return fd[output ? 1 : 0];
}

/* Likewise; that one may have a small buffer. */
static int
make_sockets(int *ours, int type)
{
	int fd[2], small = 1;

	MUST(socketpair(AF_UNIX, type, 0, fd) == 0);
	*ours = fd[0];
	set_nonblocking(fd[0]);
	if (sim.small_buffers)
		setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	return fd[1];
}

/* Where abstract addresses exist, '@' makes it one, not a file (unix(7)). */
static struct addr
address_of(int who)
{
	char name[sizeof sim.name + 8];
	struct addr a;

	snprintf(name, sizeof name, "%s-%d", sim.name, who);
	MUST(unix_addr(&a, name) == 0);
	return a;
}

static void
add_endpoint(int rfd, int wfd)
{
	struct endpoint *e = &world.endpoint[world.n++];

	e->rfd = rfd;
	e->wfd = wfd;
	e->pending_since = -1;
}

/* Another client connects. */
static void
join(void)
{
	int type = world.policy.datagram ? SOCK_DGRAM : SOCK_STREAM;
	struct addr to = address_of(0), from = address_of(world.n);
	int fd;

	if (!sim.listening || sim.no_fds || world.n == ENDPOINTS ||
	    (world.policy.telnet && world.n == ENDPOINTS - 1))
		return;
	fd = socket(AF_UNIX, type, 0);
	set_nonblocking(fd);
	if (type == SOCK_DGRAM)
		MUST(bind(fd, &from.is.any, from.len) == 0);
	if (connect(fd, &to.is.any, to.len) == 0)
		add_endpoint(fd, fd);
	else { /* the listener is closed */
		unlink(from.is.un.sun_path);
		close(fd);
	}
}

/* In place of base/signals.c. */
int
signals_fd(void)
{
	return sim.stop[0];
}

void
signals_wake(void)
{
	MUST(write(sim.stop[1], "", 1) == 1 || errno == EAGAIN);
}

void
signals_drain(void)
{
	char byte;

	MUST(read(sim.stop[0], &byte, 1) == 1);
}

bool
signals_stopped(void)
{
	return sim.stopped;
}

bool
signals_take_report(void)
{
	return false;
}

void
signals_set_deadly(bool deadly)
{
	(void)deadly;
}

static void
signal_stop(void)
{
	sim.stopped = true;
	signals_wake();
}

/* Use up all descriptors, or free them again. */
static void
exhaust_fds(bool exhausted)
{
	struct rlimit limit = sim.fd_limit;
	int fd;

	if (exhausted == sim.no_fds)
		return;
	sim.no_fds = exhausted;
	limit.rlim_cur = exhausted ? MAX_FDS : limit.rlim_cur;
	MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (exhausted && (fd = dup(sim.stop[0])) != -1)
		sim.spare[sim.nspare++] = fd;
	while (!exhausted && sim.nspare > 0)
		close(sim.spare[--sim.nspare]);
	if (exhausted && !world.policy.keep_open)
		world.ends_early = true; /* the only client may be refused */
}

enum action {
	RUN_RELAY, /* return from poll(2) */
	JOIN,
	SEND, SEND_MUCH, SEND_SPECIAL, /* of a client, up to STOP_READING */
	STOP_SENDING, CLOSE, TOGGLE_STALL, STOP_READING,
	STDIN_SEND, STDIN_SEND_MUCH, STDIN_SEND_SPECIAL,
	STDIN_EOF, STDOUT_TOGGLE_STALL,
	WAIT, RARE,
};

static void
act_rarely(int what)
{
	switch (what) {
	case 0:
		world.ends_early = true;
		signal_stop();
		break;
	case 1:
		stop_reading(&world.endpoint[0]);
		break;
	case 2:
		exhaust_fds(!sim.no_fds);
		break;
	case 3:
		world.ends_early = sim.stdin_fails = true;
		stop_sending(&world.endpoint[0]);
	}
}

/* An action of a client or of stdio. Some take the next byte as an argument. */
static void
act_as(struct endpoint *e, int action)
{
	switch (action) {
	case SEND:
	case STDIN_SEND:
		send_tagged(e, 1 + (size_t)next_byte());
		break;
	case SEND_MUCH:
	case STDIN_SEND_MUCH:
		send_tagged(e, (world.policy.datagram ? 16 : 256) *
		    (size_t)next_byte());
		break;
	case SEND_SPECIAL:
	case STDIN_SEND_SPECIAL:
		send_special(e, next_byte());
		break;
	case STOP_SENDING:
	case STDIN_EOF:
		stop_sending(e);
		break;
	case CLOSE:
		e->reader_gone = e->done_sending = true;
		close_endpoint(e);
		break;
	case TOGGLE_STALL:
	case STDOUT_TOGGLE_STALL:
		e->stalled = !e->stalled;
		break;
	case STOP_READING:
		stop_reading(e);
	}
}

/* "which" selects the client, or is an argument of the action. */
static void
act(int action, int which)
{
	switch (action) {
	case JOIN:
		join();
		break;
	case WAIT:
		sim.wait = 1LL << which;
		break;
	case RARE:
		act_rarely(which);
		break;
	default:
		if (action >= STDIN_SEND)
			act_as(&world.endpoint[0], action);
		else if (world.n > 1)
			act_as(&world.endpoint[1 + which % (world.n - 1)],
			    action);
	}
}

/*
 * Run the script until it waits or returns from poll(2). Its bytes are actions:
 * the low four bits select the action, the others are "which".
 */
static void
run_script(void)
{
	int byte = RUN_RELAY;

	while (sim.wait == 0 && script_left()) {
		byte = next_byte();
		sim.events++;
		if (byte % 16 == RUN_RELAY)
			return;
		sim.last_event = sim.now;
		act(byte % 16, byte / 16);
	}
}

/*
 * End its incomplete line or message now: at its EOF the others may be gone
 * already.
 */
static void
end_partial(struct endpoint *e)
{
	sim.sent = 0;
	if (world.policy.messages)
		send_data(e, "..", 2); /* the first dot may be escaped */
	else if (world.policy.lines)
		send_data(e, "\n", 1);
}

/* Is output pending for any peer? */
static bool
output_pending(void)
{
	bool any = world.stdio.outlen > 0;

	for (int i = 1; i < world.n; i++) {
		const struct peer *p = world.endpoint[i].peer;

		any |= p != NULL && p->outlen > 0;
	}
	return any;
}

/* Is nothing pending for this peer, and may output be queued for it? */
static bool
can_queue(const struct endpoint *e)
{
	const struct peer *p = e->peer;

	return p != NULL && p->outlen == 0 && peer_writable(p) && p->rfd != -1;
}

/* While a peer can take it, the relay reads all that stdin sends. */
static void
check_stdin_read(void)
{
	int nsinks = 0;

	for (int i = 1; i < world.n; i++)
		nsinks += can_queue(&world.endpoint[i]);
	if (nsinks > 0 && !output_pending() && world.stdio.rfd != -1 &&
	    !world.ends_early)
		MUST(consumed(0) == world.endpoint[0].sent.n);
}

/* After EOF of stdin, peers that received its data are half-closed. */
static void
check_half_closed(void)
{
	const struct policy *r = &world.policy;
	const struct peer *stdio = &world.stdio;

	if (r->no_half_close || r->broker || r->datagram || world.ends_early ||
	    stdio->rfd != -1 || stdio->received == 0)
		return;
	for (int i = 1; i < world.n; i++) {
		const struct endpoint *e = &world.endpoint[i];

		if (e->peer != NULL && e->rfd != -1 && !e->reader_gone &&
		    e->peer->outlen == 0 &&
		    (!r->keep_open || e->peer->sent > 0))
			MUST(e->got_eof);
	}
}

/* Each request that was read is answered, unless the answer cannot be sent. */
static void
check_answers(void)
{
	for (int i = 1; i < world.n; i++) {
		const struct endpoint *e = &world.endpoint[i];
		const struct peer *p = e->peer;

		MUST(e->answers <= e->requests);
		if (p != NULL && p->wfd != -1 && p->rfd != -1 &&
		    p->outlen == 0 && !e->reader_gone && !e->discarding &&
		    consumed(i) == e->sent.n &&
		    e->requests * REQUEST < MANY_ANSWERS)
			MUST(e->answers == e->requests);
	}
}

/* Must the relay end without a signal? */
static bool
must_end(void)
{
	return !world.policy.keep_open && !world.policy.datagram &&
	    world.n > 1 && world.endpoint[1].joins > 0;
}

/* Nothing is left to do in this phase. */
static void
next_phase(void)
{
	sim.events++;
	sim.last_event = sim.now;
	switch (sim.phase) {
	case SCRIPT:
		exhaust_fds(false);
		for (int i = 0; i < world.n; i++)
			world.endpoint[i].stalled = false;
		stop_sending(&world.endpoint[0]);
		sim.phase = LAST_READS;
		break;
	case LAST_READS:
		check_stdin_read();
		check_half_closed();
		check_answers();
		for (int i = 1; i < world.n; i++)
			end_partial(&world.endpoint[i]);
		sim.phase = LAST_DATA;
		break;
	case LAST_DATA:
		for (int i = 1; i < world.n; i++)
			stop_sending(&world.endpoint[i]);
		sim.phase = LAST_EOFS;
		break;
	case LAST_EOFS:
		MUST(!must_end());
		sim.phase = STOP;
		signal_stop();
		break;
	case STOP:
		abort(); /* the relay does not end */
	}
}

/* Advance the clock, at most to this time; -1: by the wait alone. */
static void
pass_time(long long until)
{
	long long max = until == -1 ? sim.wait : until - sim.now;
	long long passed = sim.wait < max ? sim.wait : max;

	if (sim.phase > SCRIPT && until != -1)
		passed = max;
	sim.wait -= passed < sim.wait ? passed : sim.wait;
	sim.now += passed;
	sim.events += passed > 0;
}

/* A sum that grows whenever the relay reads, even if it discards the data. */
static size_t
bytes_read(void)
{
	size_t sum = consumed(0);
	int n;

	for (int i = 1; i < world.n; i++) {
		sum += 2 * consumed(i);
		if (world.endpoint[i].wfd != -1 &&
		    ioctl(world.endpoint[i].wfd, TIOCOUTQ, &n) == 0)
			sum -= (size_t)n;
	}
	return sum;
}

/* No stream has the relay for itself: in a turn it is read a few times. */
static void
check_turn(void)
{
	size_t size = world.policy.read_size;

	for (int i = 0; i < world.n && !world.policy.datagram; i++) {
		struct endpoint *e = &world.endpoint[i];
		size_t reads = i > 0 && size >= LARGE_READ ? READS : 1;

		MUST(consumed(i) - e->read_before <= reads * size);
		e->read_before = consumed(i);
	}
}

/* The relay does not spin. */
static void
check_progress(void)
{
	size_t progress = sim.events + bytes_read();

	sim.idle_polls = progress == sim.progress ? sim.idle_polls + 1 : 0;
	sim.progress = progress;
	MUST(sim.idle_polls < MAX_IDLE_POLLS);
}

/*
 * A peer keeps at most one fragment of a line or message in memory, and delays
 * others no longer than the timeout.
 */
static void
check_peer(struct endpoint *e)
{
	const struct peer *p = e->peer;
	long long timeout = world.policy.idle_timeout;

	if (timeout == -1)
		timeout = STALL_TIMEOUT;
	if (p == NULL)
		return;
	MUST(p->partial.buf.n <= BUF_FRAGMENT + 1);
	MUST(p->partial.buf.cap <= 2 * BUF_FRAGMENT);
	if (p->outlen == 0 || !world.policy.keep_open)
		e->pending_since = -1;
	else if (e->pending_since == -1)
		e->pending_since = sim.now;
	else
		MUST(sim.now - e->pending_since <= TOLERANCE * timeout + SLACK);
}

/* Does the relay delay data that it could pass on at once? */
static bool
is_delayed(void)
{
	return world.policy.rate > 0 || world.policy.unit_delay > 0;
}

/* With -w, idle peers are closed. */
static void
check_idle_timeout(void)
{
	long long idle = world.policy.idle_timeout;
	bool connected = false;

	for (int i = 1; i < world.n; i++)
		connected |= world.endpoint[i].peer != NULL;
	if (output_pending() || !connected)
		sim.last_event = sim.now;
	if (idle != -1 && !is_delayed())
		MUST(sim.now - sim.last_event <=
		    (1 + TOLERANCE) * idle + SLACK);
}

/* Will the relay go on at this time, without anything else happening? */
static bool
waits_for_time(long long until)
{
	return until != -1 && (sim.phase > LAST_DATA ||
	    (sim.phase > SCRIPT && (output_pending() || is_delayed())));
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	long long until = timeout == -1 ? -1 : sim.now + timeout;
	int ready;

	check_turn();
	for (;;) {
		if (sim.phase == SCRIPT)
			run_script();
		for (int i = 0; i < world.n; i++) {
			read_available(&world.endpoint[i]);
			check_peer(&world.endpoint[i]);
		}
		check_idle_timeout();
		ready = __real_poll(fds, n, 0);
		if (ready != 0 || until == sim.now)
			break;
		if (sim.wait == 0 && !script_left() &&
		    !waits_for_time(until))
			next_phase();
		else
			pass_time(until);
		if (until == sim.now)
			break;
	}
	check_progress();
	return ready;
}

/* One of a few typical limits in milliseconds; -1: none. */
static long long
time_limit(int which)
{
	static const short ms[] = { -1, -1, 0, 1, 20, 500, 1000, 5000 };

	return ms[which % 8];
}

/* The first four bytes of the input are the settings. */
static void
read_policy(void)
{
	static const int read_sizes[] = { 1, 3, 17, 256, 1000, 4096, 65536,
		1 << 20 };
	static const signed char max_messages[] = { -1, -1, -1, -1, 1, 2, 5,
		20 };
	struct policy *r = &world.policy;
	int bits = next_byte(), size = next_byte();
	int limits = next_byte(), more = next_byte();

	sim.listening = (bits & 65) != 0;
	r->keep_open = bits & 1;
	r->broker = r->keep_open && (bits & 2);
	r->lines = bits & 4;
	r->messages = bits & 8;
	r->no_half_close = bits & 16;
	r->datagram = bits & 32;
	r->terminal = r->messages && (bits & 128);
	r->read_size = (size_t)read_sizes[r->datagram ? size % 6 : size % 8];
	sim.max_sent = r->read_size < 256 ? MAX_SENT_SLOWLY : MAX_SENT;
	sim.pipes = size & 8;
	sim.small_buffers = (size & 16) && !r->datagram;
	r->max_clients = r->keep_open && !r->datagram && size >= 32
	    ? size / 32 : -1;
	r->telnet = (limits & 64) && !r->datagram;
	r->idle_timeout = time_limit(limits);
	r->idle_exit = NEVER;
	r->quit_after_stdin = time_limit(limits / 8);
	r->stdin_grace = time_limit(more) == -1 ? 1000 : time_limit(more);
	r->max_messages = max_messages[more / 8 % 8];
	r->rate = more & 64 ? 5000 : 0;
	r->unit_delay = more & 128 ? 300 : 0;
	world.ends_early = r->max_messages != -1;
}

static void
make_stdio(void)
{
	struct peer *stdio = &world.stdio;
	int rfd, wfd;

	*stdio = (struct peer){ .closing_since = NEVER, .rsock = !sim.pipes,
		.wsock = !sim.pipes, .may_block = sim.pipes };
	if (sim.pipes) {
		stdio->rfd = make_pipe(&wfd, false);
		stdio->wfd = make_pipe(&rfd, true);
	} else {
		stdio->rfd = make_sockets(&wfd, SOCK_STREAM);
		stdio->wfd = make_sockets(&rfd, SOCK_STREAM);
	}
	add_endpoint(rfd, wfd);
}

/* The only peer, where there is no listener. */
static struct peer *
make_peer(void)
{
	int type = world.policy.datagram ? SOCK_DGRAM : SOCK_STREAM;
	struct addr a = { .len = sizeof a.is.any.sa_family };
	int ours, fd = make_sockets(&ours, type);
	struct peer *p;

	a.is.any.sa_family = AF_UNIX;
	add_endpoint(ours, ours);
	p = peer_new(fd, type, &a);
	MUST(p != NULL);
	return p;
}

static void
run(void)
{
	static const struct sock_opts opts = { -1, -1, -1, false, NULL };
	struct unix_file file = { .path = "" };
	struct listener l = { .backlog = ENDPOINTS, .replace = true,
		.file = &file, .opts = &opts,
		.type = world.policy.datagram ? SOCK_DGRAM : SOCK_STREAM };
	struct addr at = address_of(0);
	struct session s = { .policy = &world.policy, .stdio = &world.stdio };
	enum status status;

	if (sim.listening)
		MUST(listen_open(&l, &at, 1) == 0);
	if (sim.listening)
		s.listener = &l;
	else
		s.peer = make_peer();
	session_run(&s, 1, sim.stop[0]);
	status = s.status;
	MUST(status == STATUS_OK || status == STATUS_NETWORK ||
	    status == STATUS_LOCAL || status == STATUS_TIMEOUT);
	MUST(!sim.stdin_failed || status == STATUS_LOCAL);
	if (world.policy.datagram && status == STATUS_NETWORK)
		world.ends_early = true; /* input too long for a datagram */
	MUST(world.ends_early || !world.policy.keep_open ||
	    world.policy.quit_after_stdin != NEVER || sim.phase == STOP);
	world.ends_early = world.ends_early || status == STATUS_TIMEOUT;
	if (sim.listening)
		listen_remove(&l);
}

/* Read what is left, and close all descriptors that this run opened. */
static void
clean_up(void)
{
	world.endpoint[0].consumed = consumed(0);
	peer_close_in(&world.stdio);
	peer_close_out(&world.stdio);
	for (int i = 0; i < world.n; i++) {
		world.endpoint[i].stalled = false;
		read_available(&world.endpoint[i]);
		if (i > 0 && world.policy.datagram)
			unlink(address_of(i).is.un.sun_path);
		close_endpoint(&world.endpoint[i]);
	}
	exhaust_fds(false);
	close_fd(&sim.stop[0]);
	close_fd(&sim.stop[1]);
}

/* The set of the descriptors that are open, as bits. */
static unsigned long long
open_fds(void)
{
	unsigned long long set = 0;

	for (int fd = 0; fd < MAX_FDS; fd++)
		set |= fcntl(fd, F_GETFD) == -1 ? 0 : 1ULL << fd;
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned long long open = open_fds();

	signal(SIGPIPE, SIG_IGN);
	memset(&world, 0, sizeof world);
	memset(&sim, 0, sizeof sim);
	script_begin(data, n);
	sim.now = 1;
	snprintf(sim.name, sizeof sim.name, "@fuzz-%ld", (long)getpid());
	MUST(getrlimit(RLIMIT_NOFILE, &sim.fd_limit) == 0);
	MUST(pipe(sim.stop) == 0);
	set_nonblocking(sim.stop[1]);
	read_policy();
	make_stdio();
	run();
	clean_up();
	MUST(open_fds() == open);
	world_check(&world);
	for (int i = 0; i < world.n; i++) {
		free(world.endpoint[i].sent.bytes);
		free(world.endpoint[i].received.bytes);
	}
	return 0;
}
