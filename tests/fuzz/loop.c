/*
 * The hub, and the whole world around it as a script of bytes has it: clients
 * come, speak, end, stall and vanish between one poll(2) of the hub and the
 * next, in no time at all, for the clock stands still while anybody has
 * something to do. When the script is over, all who stalled read again, then
 * all end. world.c sees whether everyone was told what they should.
 *
 * poll(2), the clock, and the coming and going of peers are wrapped by ld(1).
 */
#include "../../net/addr.h"
#include "../../net/clock.h"
#include "../../net/listen.h"
#include "../../net/sock.h"
#include "../../net/unix.h"
#include "../../relay/buf.h"
#include "../../relay/frame.h"
#include "../../relay/loop.h"
#include "../../relay/message.h"
#include "../../relay/peer.h"
#include "../../relay/policy.h"
#include "must.h"
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
	MOST_SAID = 96 * 1024,  /* bytes, by all together */
	FEW_SAID = 4096,        /* the same when few are read at once */
	IN_VAIN = 50,           /* polls at most in which nothing happens */
	DESCRIPTORS = 64,
	STALL = 10000,          /* ms: the hub's patience without -w */
	GRACE = 2,              /* times its patience, to notice and to act */
	SLACK = 1000,
};

/* What comes when there is nothing left to do. */
enum phase { SCRIPT, LAST_READS, LAST_WORDS, LAST_ENDS, STOP };

static struct world world;

static struct {
	const uint8_t *at, *end; /* the script */
	enum phase phase;
	long long now, nap;      /* the time, and how much of it is to pass */
	long long calm;          /* when something last was said or done */
	size_t moved;            /* counts whatever happens out here */
	size_t seen;             /* that and what the hub has read, before */
	int vain;                /* polls since it has changed */
	size_t said, most;       /* bytes, by all together */
	bool paced, small;
	int stop[2];
	char name[32];           /* of the listener */
	bool listens;
	bool starved;
	struct rlimit limit;     /* of descriptors, when not starved */
	int spare[DESCRIPTORS];  /* those that take up the others */
	int nspare;
} play;

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
long long __wrap_clock_ms(void);
struct peer *__real_peer_new(int fd, int type, const struct addr *addr);
struct peer *__wrap_peer_new(int fd, int type, const struct addr *addr);
void __real_peer_free(struct peer *p);
void __wrap_peer_free(struct peer *p);

static int
next(void)
{
	return play.at < play.end ? *play.at++ : 0;
}

static void
unblock(int fd)
{
	MUST(fd != -1 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
}

/* What the hub has heard of this end by now. */
static size_t
consumed(int who)
{
	const struct end *e = &world.end[who];
	const struct peer *p = who == 0 ? &world.stdio : e->peer;

	return e->consumed + (p == NULL ? 0 : (size_t)p->received);
}

long long
__wrap_clock_ms(void)
{
	return play.now;
}

/* Who it is: the hub counts in the order in which they came. */
static int
who_is(int type, const struct addr *addr)
{
	char text[ADDR_TEXT];

	if (!play.listens)
		return 1;
	if (type == SOCK_STREAM)
		return addr->nth;
	addr_host(addr, text);
	return atoi(strrchr(text, '-') + 1);
}

struct peer *
__wrap_peer_new(int fd, int type, const struct addr *addr)
{
	int who = who_is(type, addr), small = 1;
	struct end *e = &world.end[who];

	MUST(who > 0 && who < world.n);
	if (play.small)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	if (e->peer != NULL) { /* it was sent away, and begins anew */
		e->consumed += (size_t)e->peer->received;
		e->left = true;
	}
	for (int i = 0; i < world.n && e->met == 0; i++)
		e->from[i] = consumed(i);
	e->met++;
	e->peer = __real_peer_new(fd, type, addr);
	return e->peer;
}

void
__wrap_peer_free(struct peer *p)
{
	for (int i = 1; i < world.n; i++) {
		struct end *e = &world.end[i];

		if (e->peer != p)
			continue;
		e->consumed += (size_t)p->received;
		e->left = e->left || p->closing_since != NEVER || p->error != 0;
		e->peer = NULL;
	}
	__real_peer_free(p);
}

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
close_end(struct end *e)
{
	if (e->rfd != e->wfd)
		shut(&e->rfd);
	shut(&e->wfd);
	e->rfd = -1;
}

/* What has been heard of others by now is to be heard by who ends now. */
static void
stop_speaking(struct end *e)
{
	bool whole = play.phase > SCRIPT ||
	    !(world.policy.lines || world.policy.messages);

	if (e->wfd == -1 || e->ended)
		return;
	for (int i = 0; i < world.n && whole; i++)
		e->until[i] = consumed(i);
	if (e == &world.end[0])
		shut(&e->wfd);
	else if (!world.policy.datagram)
		shutdown(e->wfd, SHUT_WR);
	e->ended = true;
	play.moved++;
}

static void
stop_reading(struct end *e)
{
	e->deaf = true;
	if (e == &world.end[0]) {
		shut(&e->rfd);
		world.cut = true; /* then the hub need not go on */
	} else if (e->rfd != -1)
		shutdown(e->rfd, SHUT_RD);
}

/* Everybody reads what there is for them. */
static void
read_all(struct end *e)
{
	static char words[2 * BUF_FRAGMENT]; /* for a datagram whole */
	ssize_t n = 1;

	while (e->rfd != -1 && !e->deaf && !e->stalled && !e->over) {
		n = read(e->rfd, words, sizeof words);
		if (n > 0)
			record_add(&e->heard, words, (size_t)n);
		else if (n == -1 && sock_later(errno))
			return;
		else if (n == -1 || !world.policy.datagram || e->met == 0)
			e->over = true;
		play.moved++;
		play.calm = play.now;
		e->waits = -1;
	}
}

static void
speak(struct end *e, const char *words, size_t n)
{
	ssize_t done;

	if (e->wfd == -1 || e->ended || play.said + n > play.most)
		return;
	done = write(e->wfd, words, n);
	if (done <= 0)
		return;
	record_add(&e->said, words, (size_t)done);
	play.said += (size_t)done;
}

static void
speak_code(struct end *e, size_t n)
{
	static char words[256 * 256];
	size_t before = e->said.n;

	for (size_t i = 0; i < n; i++)
		words[i] = world_code((int)(e - world.end), e->coded + i);
	speak(e, words, n);
	e->coded += e->said.n - before;
}

/* A byte that means something where there are lines or messages. */
static void
speak_sign(struct end *e, int which)
{
	static const char signs[] = "\n.\\^ \t\n.";
	const struct policy *r = &world.policy;
	const char *sign = &signs[which % 8];

	if (!r->lines && !r->messages)
		return;
	if (r->messages && *sign == '^' && e == &world.end[0])
		world.cut = true;
	if (r->messages && *sign == '^' && (!r->keep_open || r->datagram))
		world.cut = true;
	if (r->datagram && r->messages && e != &world.end[0] &&
	    (*sign == '^' || *sign == '\\'))
		return;
	speak(e, sign, 1);
}

static int
pipes(int *ours, bool output)
{
	int fd[2];

	MUST(pipe(fd) == 0);
	*ours = fd[output ? 0 : 1];
	unblock(*ours);
	return fd[output ? 1 : 0];
}

/* Sockets, the hub's with a small buffer if so wished. */
static int
sockets(int *ours, int type)
{
	int fd[2], small = 1;

	MUST(socketpair(AF_UNIX, type, 0, fd) == 0);
	*ours = fd[0];
	unblock(fd[0]);
	if (play.small)
		setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	return fd[1];
}

/* Names beginning with '@' are no files where that can be had (unix(7)). */
static struct addr
named(int who)
{
	char name[sizeof play.name + 8];
	struct addr a;

	snprintf(name, sizeof name, "%s-%d", play.name, who);
	MUST(unix_addr(&a, name) == 0);
	return a;
}

static void
add_end(int rfd, int wfd)
{
	struct end *e = &world.end[world.n++];

	e->rfd = rfd;
	e->wfd = wfd;
	e->waits = -1;
}

static void
join(void)
{
	int type = world.policy.datagram ? SOCK_DGRAM : SOCK_STREAM;
	struct addr to = named(0), from = named(world.n);
	int fd;

	if (!play.listens || play.starved || world.n == ENDS)
		return;
	fd = socket(AF_UNIX, type, 0);
	unblock(fd);
	if (type == SOCK_DGRAM)
		MUST(bind(fd, &from.is.any, from.len) == 0);
	if (connect(fd, &to.is.any, to.len) == 0)
		add_end(fd, fd);
	else { /* there is nobody any more */
		unlink(from.is.un.sun_path);
		close(fd);
	}
}

static void
signal_stop(void)
{
	MUST(write(play.stop[1], "", 1) == 1 || errno == EAGAIN);
}

/* There are no more descriptors than those in use; or there are again. */
static void
starve(bool starved)
{
	struct rlimit limit = play.limit;
	int fd;

	if (starved == play.starved)
		return;
	play.starved = starved;
	limit.rlim_cur = starved ? DESCRIPTORS : limit.rlim_cur;
	MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while (starved && (fd = dup(play.stop[0])) != -1)
		play.spare[play.nspare++] = fd;
	while (!starved && play.nspare > 0)
		close(play.spare[--play.nspare]);
	if (starved && !world.policy.keep_open)
		world.cut = true; /* the one client may not come in */
}

enum deed {
	TURN, JOIN, SAY, SAY_MUCH, SIGN, END, VANISH, STALL_OR_NOT, DEAF,
	USER_SAYS, USER_SAYS_MUCH, USER_SIGNS, USER_ENDS, USER_STALLS_OR_NOT,
	WAIT, RARE,
};

static void
do_rarely(int what)
{
	switch (what) {
	case 0:
		world.cut = true;
		signal_stop();
		break;
	case 1:
		stop_reading(&world.end[0]);
		break;
	case 2:
		starve(!play.starved);
	}
}

/* A byte says what is done, and to whom; some take one more. */
static void
act(int deed, int which)
{
	struct end *user = &world.end[0];
	struct end *e = &world.end[1 + which % (world.n > 1 ? world.n - 1 : 1)];

	if (world.n == 1 && deed > JOIN && deed < USER_SAYS)
		return;
	switch (deed) {
	case JOIN:
		join();
		break;
	case SAY:
	case USER_SAYS:
		speak_code(deed == SAY ? e : user, 1 + (size_t)next());
		break;
	case SAY_MUCH:
	case USER_SAYS_MUCH:
		speak_code(deed == SAY_MUCH ? e : user, world.policy.datagram
		    ? 16 * (size_t)next() : 256 * (size_t)next());
		break;
	case SIGN:
	case USER_SIGNS:
		speak_sign(deed == SIGN ? e : user, next());
		break;
	case END:
		stop_speaking(e);
		break;
	case USER_ENDS:
		stop_speaking(user);
		break;
	case VANISH:
		e->deaf = e->ended = true;
		close_end(e);
		break;
	case STALL_OR_NOT:
	case USER_STALLS_OR_NOT:
		e = deed == STALL_OR_NOT ? e : user;
		e->stalled = !e->stalled;
		break;
	case DEAF:
		stop_reading(e);
		break;
	case WAIT:
		play.nap = 1LL << which;
		break;
	case RARE:
		do_rarely(which);
	}
}

/* The script, until it lets the hub have its turn. */
static void
perform(void)
{
	int byte = TURN;

	while (play.nap == 0 && play.at < play.end) {
		byte = next();
		play.moved++;
		if (byte % 16 == TURN)
			return;
		play.calm = play.now;
		act(byte % 16, byte / 16);
	}
}

/* What it has begun to say has an end: others may have left when it leaves. */
static void
speak_end(struct end *e)
{
	play.said = 0;
	if (world.policy.messages)
		speak(e, "..", 2); /* the first one may be escaped */
	else if (world.policy.lines)
		speak(e, "\n", 1);
}

/* Is anybody still to be told something? */
static bool
owing(void)
{
	bool any = world.stdio.outlen > 0;

	for (int i = 1; i < world.n; i++) {
		const struct peer *p = world.end[i].peer;

		any |= p != NULL && p->outlen > 0;
	}
	return any;
}

/* Does the hub owe this peer nothing, and can the peer be told more? */
static bool
attentive(const struct end *e)
{
	const struct peer *p = e->peer;

	return p != NULL && p->outlen == 0 && peer_writable(p) && p->rfd != -1;
}

/* With ears that read, nothing of what the user said is left unread. */
static void
check_user_heard(void)
{
	int ears = 0;

	for (int i = 1; i < world.n; i++)
		ears += attentive(&world.end[i]);
	if (ears > 0 && !owing() && world.stdio.rfd != -1 && !world.cut)
		MUST(consumed(0) == world.end[0].said.n);
}

/* The end of what the user says has reached those who have heard of it. */
static void
check_half_closed(void)
{
	const struct policy *r = &world.policy;
	const struct peer *user = &world.stdio;

	if (r->no_half_close || r->broker || r->datagram || world.cut ||
	    user->rfd != -1 || user->received == 0)
		return;
	for (int i = 1; i < world.n; i++) {
		const struct end *e = &world.end[i];

		if (e->peer != NULL && e->rfd != -1 && !e->deaf &&
		    e->peer->outlen == 0 && (!r->keep_open || e->peer->sent > 0))
			MUST(e->over);
	}
}

/* Does the hub have to end without being told to? */
static bool
ends_alone(void)
{
	return !world.policy.keep_open && !world.policy.datagram && world.n > 1 &&
	    world.end[1].met > 0;
}

/* Nothing happens any more. */
static void
conclude(void)
{
	play.moved++;
	play.calm = play.now;
	switch (play.phase) {
	case SCRIPT:
		starve(false);
		for (int i = 0; i < world.n; i++)
			world.end[i].stalled = false;
		stop_speaking(&world.end[0]);
		play.phase = LAST_READS;
		break;
	case LAST_READS:
		check_user_heard();
		check_half_closed();
		for (int i = 1; i < world.n; i++)
			speak_end(&world.end[i]);
		play.phase = LAST_WORDS;
		break;
	case LAST_WORDS:
		for (int i = 1; i < world.n; i++)
			stop_speaking(&world.end[i]);
		play.phase = LAST_ENDS;
		break;
	case LAST_ENDS:
		MUST(!ends_alone());
		play.phase = STOP;
		signal_stop();
		break;
	case STOP:
		abort(); /* it does not end at all */
	}
}

/* Time passes, until then at most. */
static void
pass(long long until)
{
	long long most = until == -1 ? play.nap : until - play.now;
	long long some = play.nap < most ? play.nap : most;

	if (play.phase > SCRIPT && until != -1)
		some = most;
	play.nap -= some < play.nap ? some : play.nap;
	play.now += some;
	play.moved += some > 0;
}

/* What the hub has read, for others and for nobody. */
static size_t
progress(void)
{
	size_t sum = consumed(0);
	int n;

	for (int i = 1; i < world.n; i++) {
		sum += 2 * consumed(i);
		if (world.end[i].wfd != -1 &&
		    ioctl(world.end[i].wfd, TIOCOUTQ, &n) == 0)
			sum -= (size_t)n;
	}
	return sum;
}

/* The hub does not spin. */
static void
check_progress(void)
{
	size_t seen = play.moved + progress();

	play.vain = seen == play.seen ? play.vain + 1 : 0;
	play.seen = seen;
	MUST(play.vain < IN_VAIN);
}

/* Nobody costs more than that, nor holds the others up for longer. */
static void
check_peer(struct end *e)
{
	const struct peer *p = e->peer;
	long long patience = world.policy.idle_timeout == -1 ? STALL : world.policy.idle_timeout;

	if (p == NULL)
		return;
	MUST(p->partial.buf.n <= BUF_FRAGMENT + 1);
	MUST(p->partial.buf.cap <= 2 * BUF_FRAGMENT);
	if (p->outlen == 0 || !world.policy.keep_open)
		e->waits = -1;
	else if (e->waits == -1)
		e->waits = play.now;
	else
		MUST(play.now - e->waits <= GRACE * patience + SLACK);
}

/* Does the relay delay what it could pass on? */
static bool
shaped(void)
{
	return world.policy.rate > 0 || world.policy.unit_delay > 0;
}

/* With -w nobody stays when nothing happens. */
static void
check_calm(void)
{
	long long idle = world.policy.idle_timeout;
	bool here = false;

	for (int i = 1; i < world.n; i++)
		here |= world.end[i].peer != NULL;
	if (owing() || !here)
		play.calm = play.now;
	if (idle != -1 && !shaped())
		MUST(play.now - play.calm <= (1 + GRACE) * idle + SLACK);
}

/* Does time alone bring them on, who have nothing else to do? */
static bool
waits(long long until)
{
	return until != -1 && (play.phase > LAST_WORDS ||
	    (play.phase > SCRIPT && (owing() || shaped())));
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	long long until = timeout == -1 ? -1 : play.now + timeout;
	int ready;

	for (;;) {
		if (play.phase == SCRIPT)
			perform();
		for (int i = 0; i < world.n; i++) {
			read_all(&world.end[i]);
			check_peer(&world.end[i]);
		}
		check_calm();
		ready = __real_poll(fds, n, 0);
		if (ready != 0 || until == play.now)
			break;
		if (play.nap == 0 && play.at == play.end && !waits(until))
			conclude();
		else
			pass(until);
		if (until == play.now)
			break;
	}
	check_progress();
	return ready;
}

/* -1, or one of the milliseconds that say most. */
static long long
moment(int which)
{
	static const short ms[] = { -1, -1, 0, 1, 20, 500, 1000, 5000 };

	return ms[which % 8];
}

static void
read_rules(void)
{
	static const int pieces[] = { 1, 3, 17, 256, 1000, 4096, 65536,
		1 << 20 };
	static const signed char wanted[] = { -1, -1, -1, -1, 1, 2, 5, 20 };
	struct policy *r = &world.policy;
	int bits = next(), size = next(), ends = next(), more = next();

	play.listens = (bits & 65) != 0;
	r->keep_open = bits & 1;
	r->broker = r->keep_open && (bits & 2);
	r->lines = bits & 4;
	r->messages = bits & 8;
	r->no_half_close = bits & 16;
	r->datagram = bits & 32;
	r->terminal = r->messages && (bits & 128);
	r->read_size = (size_t)pieces[r->datagram ? size % 6 : size % 8];
	play.most = r->read_size < 256 ? FEW_SAID : MOST_SAID;
	play.paced = size & 8;
	play.small = (size & 16) && !r->datagram;
	r->max_clients = r->keep_open && !r->datagram && size >= 32 ? size / 32 : -1;
	r->idle_timeout = moment(ends);
	r->quit_after_stdin = moment(ends / 8);
	r->stdin_grace = moment(more) == -1 ? 1000 : moment(more);
	r->max_messages = wanted[more / 8 % 8];
	r->rate = more & 64 ? 5000 : 0;
	r->unit_delay = more & 128 ? 300 : 0;
	world.cut = r->max_messages != -1;
}

static void
make_user(void)
{
	struct peer *user = &world.stdio;
	int rfd, wfd;

	*user = (struct peer){ .closing_since = NEVER, .rsock = !play.paced, .wsock = !play.paced,
		.may_block = play.paced };
	if (play.paced) {
		user->rfd = pipes(&wfd, false);
		user->wfd = pipes(&rfd, true);
	} else {
		user->rfd = sockets(&wfd, SOCK_STREAM);
		user->wfd = sockets(&rfd, SOCK_STREAM);
	}
	add_end(rfd, wfd);
}

static struct peer *
make_peer(void)
{
	int type = world.policy.datagram ? SOCK_DGRAM : SOCK_STREAM;
	struct addr a = { .len = sizeof a.is.any.sa_family };
	int ours, fd = sockets(&ours, type);
	struct peer *p;

	a.is.any.sa_family = AF_UNIX;
	add_end(ours, ours);
	p = peer_new(fd, type, &a);
	MUST(p != NULL);
	return p;
}

static void
run(void)
{
	static const struct sock_opts wish = { -1, -1, -1, false };
	struct unix_file file = { .path = "" };
	struct listener l = { .backlog = ENDS, .replace = true, .file = &file,
		.type = world.policy.datagram ? SOCK_DGRAM : SOCK_STREAM };
	struct addr at = named(0);
	struct peer *peer = play.listens ? NULL : make_peer();
	enum status status;

	if (play.listens)
		MUST(listen_open(&l, &at, 1, &wish) == 0);
	status = loop_run(&world.policy, &world.stdio,
	    play.listens ? &l : NULL, peer, play.stop[0]);
	MUST(status == STATUS_OK || status == STATUS_NETWORK ||
	    status == STATUS_LOCAL || status == STATUS_TIMEOUT);
	if (world.policy.datagram && status == STATUS_NETWORK)
		world.cut = true; /* what the user said was too long for one */
	MUST(world.cut || !world.policy.keep_open || play.phase == STOP);
	world.cut = world.cut || status == STATUS_TIMEOUT;
	if (play.listens)
		listen_remove(&l);
}

/* Nothing is open any more on either side but what was before. */
static void
clean_up(void)
{
	world.end[0].consumed = consumed(0);
	peer_close_in(&world.stdio);
	peer_close_out(&world.stdio);
	for (int i = 0; i < world.n; i++) {
		world.end[i].stalled = false;
		read_all(&world.end[i]);
		if (i > 0 && world.policy.datagram)
			unlink(named(i).is.un.sun_path);
		close_end(&world.end[i]);
	}
	starve(false);
	shut(&play.stop[0]);
	shut(&play.stop[1]);
}

static unsigned long long
descriptors(void)
{
	unsigned long long set = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		set |= fcntl(fd, F_GETFD) == -1 ? 0 : 1ULL << fd;
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned long long open = descriptors();

	signal(SIGPIPE, SIG_IGN);
	memset(&world, 0, sizeof world);
	memset(&play, 0, sizeof play);
	play.at = data;
	play.end = data + n;
	play.now = 1;
	snprintf(play.name, sizeof play.name, "@fuzz-%ld", (long)getpid());
	MUST(getrlimit(RLIMIT_NOFILE, &play.limit) == 0);
	MUST(pipe(play.stop) == 0);
	unblock(play.stop[1]);
	read_rules();
	make_user();
	run();
	clean_up();
	MUST(descriptors() == open);
	world_check(&world);
	for (int i = 0; i < world.n; i++) {
		free(world.end[i].said.bytes);
		free(world.end[i].heard.bytes);
	}
	return 0;
}
