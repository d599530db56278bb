/*
 * Random sets of options, and random schedules of who says what and who ends:
 * does everybody receive what the model says, and is the exit status right?
 *
 *	differ sockcat schedules seed [first]	seed 0: any; it is printed
 *
 * Each step waits until all that it causes has arrived, so that the order is
 * known; how the bytes are cut into writes is random. A schedule that differs
 * is tried three times, because a busy machine may miss a time limit. The exit
 * status is 0 if there was no difference.
 */
#include "common.h"
#include "model.h"
#include "subject.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const program = "differ";

enum {
	LANES = 8,       /* schedules at once */
	TRIES = 3,
	LIMIT = 8000,    /* ms that a step may take */
	QUIET = 4,       /* ms to see that nothing comes ... */
	SLOW = 30,       /* ... and with -y, which delays what is read */
	STORY = 1 << 14,
	FAILED = 99,     /* status of a lane with differences */
};

static uint64_t dice;
static struct subject subject;
static struct model model;
static bool fed_end;      /* standard input has ended */
static bool spoken;       /* the peer has sent a byte */
static bool different;
static char story[STORY]; /* what was done, and what differs */
static size_t told;

static void
tell(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(story + told, sizeof story - told, format, args);
	va_end(args);
	if (n > 0)
		told += (size_t)n;
	if (told > sizeof story - 1)
		told = sizeof story - 1;
}

/* splitmix64: a number below n. */
static size_t
roll(size_t n)
{
	uint64_t z = dice += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (size_t)((z ^ (z >> 31)) >> 11) % n;
}

static bool
once_in(size_t n)
{
	return roll(n) == 0;
}

static int
one_of(int a, int b, int c, int d)
{
	const int all[] = { a, b, c, d };

	return all[roll(4)];
}

static struct setup
random_setup(void)
{
	struct setup o = { .delay = -1, .quit = -1, .wait = -1, .most = -1 };

	o.local = once_in(4);
	o.datagram = once_in(4);
	o.listen = !once_in(3);
	o.keep = o.listen && !once_in(3);
	o.broker = o.keep && once_in(2);
	o.lines = once_in(3);
	o.messages = once_in(4);
	o.crlf = once_in(3);
	o.telnet = !o.datagram && once_in(3);
	o.recv_only = once_in(8) && (o.listen || !o.datagram);
	o.shutdown = once_in(6);
	o.no_shutdown = !o.shutdown && once_in(6);
	o.dump = once_in(3);
	if (once_in(5))
		o.delay = one_of(0, 1, 1, 2);
	if (once_in(3))
		o.quit = one_of(0, 50, 100, 200);
	if (once_in(5))
		o.wait = o.datagram && !o.listen ? 800 : 30000;
	if (o.keep && once_in(3))
		o.most = one_of(1, 2, 2, 3);
	if (once_in(3))
		o.size = one_of(1 + (int)roll(8), 1 + (int)roll(64), 1400,
		    65536);
	if (once_in(5))
		o.rate = one_of(200000, 500000, 1000000, 1 << 30);
	return o;
}

static int
count_served(void)
{
	int n = 0;

	for (int i = 0; i < PARTIES; i++) {
		const struct party *p = &subject.party[i];

		if (p->fd != -1 && p->served > 0 && !p->leaving)
			n++;
	}
	return n;
}

/* A byte that some option may treat in a special way, or a letter. */
static unsigned char
random_byte(void)
{
	switch (roll(24)) {
	case 0: case 1:
		return '\n';
	case 2:
		return '\r';
	case 3:
		return '.';
	case 4:
		return '\\';
	case 5: case 6:
		return (unsigned char)"  \t\v"[roll(4)];
	case 7:
		return 255;
	case 8:
		return (unsigned char)roll(256);
	default:
		return (unsigned char)('a' + roll(26));
	}
}

/* What telnet makes of a 255 would be an answer that nobody can be sent. */
static bool
is_fit(int source, unsigned char c)
{
	if (c == '^')
		return !model.setup.messages;
	return c != 255 || source == STDIN || !model.setup.telnet ||
	    !(fed_end || model.setup.recv_only);
}

/*
 * A ^ that stdin says before anybody is there, or that comes before what stdin
 * has said, may be read in another order.
 */
static bool
may_end(int source)
{
	return model.setup.messages && model.from[STDIN].nraw == 0 &&
	    (source != STDIN || count_served() > 0);
}

/* Bytes of a source; with -m, now and then, a ^ . Returns how many. */
static size_t
random_bytes(int source, unsigned char *bytes)
{
	size_t most = once_in(8) ? 1400 : 48, n;
	int delay = model.setup.delay;

	if (model.setup.datagram || (source == STDIN && delay > 0))
		most = once_in(4) ? 300 : 48;
	n = 1 + roll(most);
	for (size_t i = 0; i < n; i++)
		do
			bytes[i] = random_byte();
		while (!is_fit(source, bytes[i]));
	if (may_end(source) && once_in(40))
		bytes[roll(n)] = '^';
	return n;
}

static void
differs(const char *format, ...)
{
	va_list args;

	if (different)
		return;
	different = true;
	tell("  DIFFERENCE: ");
	va_start(args, format);
	told += (size_t)vsnprintf(story + told, sizeof story - told - 256,
	    format, args);
	va_end(args);
	tell("\n");
}

/* The first of these bytes, as a reader of the story can see them. */
static void
tell_bytes(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n && i < 60; i++)
		if (bytes[i] > ' ' && bytes[i] < 127)
			tell(" %c", bytes[i]);
		else
			tell(" %02x", bytes[i]);
	tell("\n");
}

/* Some bytes from there on. */
static void
show(const char *what, const struct received *r, size_t from)
{
	tell("    %s:", what);
	from = from > 12 ? from - 12 : 0;
	tell_bytes(r->bytes + from, r->n - from);
}

static void
compare(const char *who, int n, const struct received *got,
    const struct received *due)
{
	size_t i = 0;

	while (i < got->n && i < due->n && got->bytes[i] == due->bytes[i])
		i++;
	if (different || (i == got->n && i == due->n))
		return;
	differs("%s %d received %zu of %zu bytes, the same up to %zu", who, n,
	    got->n, due->n, i);
	show("received", got, i);
	show("model", due, i);
}

static void
compare_all(void)
{
	compare("standard output", 1, &subject.got, &model.to[OUT]);
	for (int i = 0; i < PARTIES; i++) {
		struct party *p = &subject.party[i];

		if (p->fd != -1 && p->served)
			compare("party", i, &p->got, &model.to[i]);
		if (p->fd != -1 && p->served && p->must_end && !p->eof)
			differs("party %d sees %s instead of an end", i,
			    p->reset ? "a reset" : "nothing");
	}
	if (subject.must_close_out && !subject.out_eof)
		differs("standard output is not closed");
	if (subject.must_exit && !subject.ended)
		differs("sockcat does not end");
	if (!subject.must_exit && subject.ended)
		differs("sockcat has ended");
}

/* Wait until all that is due has come, and nothing else comes. */
static void
settle(void)
{
	long long until = now_ms() + LIMIT;
	int quiet = model.setup.rate > 0 ? SLOW : QUIET;

	while (!different && !subject_has_all(&subject, &model) &&
	    now_ms() < until)
		subject_read(&subject, 20);
	while (subject_read(&subject, quiet) && now_ms() < until)
		if (subject.ended)
			break;
	compare_all();
	if (subject_clients(&subject) < subject.accepted)
		differs("a client is not reported");
}

/* It is served from now on. */
static void
serve(int i)
{
	struct party *p = &subject.party[i];

	if (model.setup.local)
		snprintf(p->label, sizeof p->label, "unix:%d",
		    subject.accepted + 1);
	subject.accepted++;
	p->served = subject.accepted;
	model_join(&model, i, p->label);
	/* what it said while it waited */
	if (!model.setup.datagram && p->said.n > 0)
		model_send(&model, i, p->said.bytes, p->said.n);
}

/* Places are free again: those that wait are served, in order of their slots. */
static void
serve_next(void)
{
	int first = -1;

	if (model.setup.datagram || count_served() >= model.setup.most)
		return;
	for (int i = PARTIES - 1; i >= 0; i--)
		if (subject.party[i].fd != -1 && !subject.party[i].served)
			first = i;
	if (first != -1)
		serve(first);
}

/* Its connection will be closed; then who waits is served. */
static void
leave(int i)
{
	struct party *p = &subject.party[i];

	p->must_end = !model.setup.datagram;
	p->leaving = true;
	model_leave(&model, i);
	serve_next();
}

/* What was sent last is read by now, also if nobody can see it. */
static void
wait_until_read(void)
{
	while (subject_read(&subject, SLOW) && !subject.ended)
		;
}

/* The other side has closed, or we do: forget it. */
static void
forget(int i)
{
	struct party *p = &subject.party[i];

	model_leave(&model, i);
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	p->served = 0;
	p->must_end = p->leaving = false;
	serve_next();
}

static int
free_slot(void)
{
	for (int i = 0; i < PARTIES; i++)
		if (subject.party[i].fd == -1)
			return i;
	return -1;
}

static int
count_waiting(void)
{
	int n = 0;

	for (int i = 0; i < PARTIES; i++)
		if (subject.party[i].fd != -1 && subject.party[i].served == 0)
			n++;
	return n;
}

static bool
has_place(void)
{
	return model.setup.most == -1 || count_served() < model.setup.most;
}

/* One client may wait: if there were two, their order would be their slots'. */
static void
join(void)
{
	int i = free_slot();

	if (i == -1 || count_waiting() > 0)
		return;
	subject_connect(&subject, i);
	tell("  %d connects\n", i);
	if (model.setup.datagram)
		return;
	if (has_place())
		serve(i);
	settle();
}

static bool
can_say(int i)
{
	const struct party *p = &subject.party[i];

	return p->fd != -1 && p->known && !p->shut && !model.left[i] &&
	    (p->served || model.setup.datagram || p->said.n < 4096);
}

/* A ^ has ended everything, or only this client's conversation. */
static void
act_on_goodbye(int i)
{
	if (model.over) {
		subject.must_exit = subject.must_close_out = true;
		for (int k = 0; k < PARTIES; k++)
			subject.party[k].must_end = !model.setup.datagram;
	} else if (i != STDIN && model.left[i])
		leave(i);
}

static void
say(int i)
{
	unsigned char bytes[2048];
	struct party *p = &subject.party[i];
	size_t n = random_bytes(i, bytes);

	tell("  %d says %zu bytes:", i, n);
	tell_bytes(bytes, n);
	spoken = true;
	if (model.setup.datagram && !p->served && has_place())
		serve(i);
	if (p->served)
		model_send(&model, i, bytes, n);
	act_on_goodbye(i);
	/* many small pieces fill a buffer that nobody empties yet */
	subject_say(&subject, i, bytes, n, p->served == 0 ? n
	    : 1 + roll(once_in(2) ? 8 : 600));
	settle();
	if (model.left[i] && !different)
		forget(i);
}

static void
feed(void)
{
	unsigned char bytes[2048];
	size_t n = random_bytes(STDIN, bytes);

	tell("  stdin says %zu bytes:", n);
	tell_bytes(bytes, n);
	if (!model.setup.recv_only)
		model_send(&model, STDIN, bytes, n);
	if (model.over)
		wait_until_read();
	act_on_goodbye(STDIN);
	subject_feed(&subject, bytes, n,
	    model.setup.datagram ? n : 1 + roll(once_in(2) ? 8 : 600));
	settle();
}

/* Clients that were sent something see the end of stdin; a -k listener's. */
static bool
sees_end_of_stdin(int i)
{
	const struct party *p = &subject.party[i];

	return p->fd != -1 && p->served && !model.setup.datagram &&
	    !model.setup.recv_only && !model.setup.no_shutdown &&
	    !model.setup.broker && (!model.setup.keep || p->got.n > 0);
}

static void
feed_end(void)
{
	tell("  stdin ends\n");
	close(subject.in);
	subject.in = -1;
	fed_end = true;
	if (!model.setup.recv_only && count_served() > 0)
		model_end(&model, STDIN);
	for (int i = 0; i < PARTIES; i++)
		if (sees_end_of_stdin(i))
			subject.party[i].must_end = true;
	if (subject.party[0].shut)
		subject.must_exit = subject.must_exit || !model.setup.keep;
	settle();
}

/* A client's end; unless it is to stay a while, it is closed. */
static void
shut(int i, bool linger)
{
	struct party *p = &subject.party[i];

	tell("  %d ends%s\n", i, linger ? ", and stays" : "");
	shutdown(p->fd, SHUT_WR);
	p->shut = true;
	model_end(&model, i);
	if (!linger)
		leave(i);
	settle();
	if (!linger && !different)
		forget(i);
}

static void
reset(int i)
{
	struct party *p = &subject.party[i];

	tell("  %d resets\n", i);
	close_with_reset(p->fd);
	p->fd = -1;
	model_end(&model, i);
	forget(i);
	settle();
}

/* Those that have ended, and stayed, are closed now. */
static void
close_lingering(void)
{
	for (int i = 0; i < PARTIES && !different; i++) {
		struct party *p = &subject.party[i];

		if (p->fd == -1 || !p->shut)
			continue;
		tell("  %d is closed\n", i);
		leave(i);
		settle();
		forget(i);
	}
	settle();
}

static bool
may_linger(void)
{
	return model.setup.quit == -1 && model.setup.most == -1 && !fed_end &&
	    !model.setup.recv_only;
}

/* One step of somebody. */
static void
step(void)
{
	int i = (int)roll(PARTIES);
	bool stream = !model.setup.datagram, keep = model.setup.keep;
	const struct party *p = &subject.party[i];
	bool served = p->fd != -1 && p->served && !p->shut;

	switch (roll(10)) {
	case 0: case 1: case 2:
		if (!fed_end)
			feed();
		break;
	case 3:
		if (keep)
			join();
		break;
	case 4:
		if (keep && stream && served)
			shut(i, may_linger() && once_in(2));
		break;
	case 5:
		if (keep && stream && served && !model.setup.local &&
		    !p->must_end)
			reset(i);
		break;
	case 6:
		if (!fed_end && model.setup.quit == -1 && stream &&
		    count_served() > 0 && once_in(4))
			feed_end();
		break;
	default:
		if (can_say(i))
			say(i);
	}
	if (once_in(3) && !different && !model.over)
		close_lingering();
}

/* It ends by itself; clients see an end. */
static void
expect_exit(int status)
{
	subject.must_exit = subject.must_close_out = true;
	for (int i = 0; i < PARTIES; i++)
		if (subject.party[i].fd != -1 && subject.party[i].served > 0)
			subject.party[i].must_end = !model.setup.datagram;
	settle();
	if (!different && subject.status != status)
		differs("exit status %d, not %d", subject.status, status);
}

/*
 * It ends: what was read of a line or message is printed, in the order in which
 * the clients came.
 */
static void
end_all(void)
{
	for (int i = 0; i < PARTIES; i++)
		model_leave(&model, i);
	for (int n = 1; n <= subject.accepted; n++)
		for (int i = 0; i < PARTIES; i++)
			if (subject.party[i].fd != -1 &&
			    subject.party[i].served == n) /* in this order */
				model_end(&model, i);
}

static void
terminate(void)
{
	tell("  SIGTERM\n");
	wait_until_read();
	end_all();
	kill(subject.pid, SIGTERM);
	expect_exit(128 + SIGTERM);
}

static void
finish_many(void)
{
	close_lingering();
	if (different)
		return;
	if (model.setup.quit == -1 || model.setup.recv_only || fed_end ||
	    count_served() == 0) {
		terminate();
		return;
	}
	wait_until_read();
	feed_end();
	end_all();
	expect_exit(0);
}

static void
finish_datagrams(void)
{
	bool ends = !model.setup.listen || model.setup.quit != -1;

	if (!ends || model.setup.recv_only || count_served() == 0) {
		terminate();
		return;
	}
	subject.must_exit = true;
	feed_end();
	expect_exit(0);
}

/* The peer ends first. */
static void
finish_shut(void)
{
	struct party *p = &subject.party[0];
	bool waits = !fed_end && !model.setup.recv_only &&
	    model.setup.quit == -1;

	tell("  the peer ends\n");
	shutdown(p->fd, SHUT_WR);
	p->shut = true;
	model_end(&model, 0);
	subject.must_close_out = true;
	if (!waits) {
		if (!fed_end)
			model_end(&model, STDIN);
		expect_exit(0);
		return;
	}
	settle();
	if (once_in(2) && !different)
		feed();
	if (model.over || different)
		return;
	if (!spoken || once_in(3))
		feed_end();
	else if (!fed_end)
		model_end(&model, STDIN);
	if (!different)
		expect_exit(0);
}

static void
finish_one(void)
{
	if (!model.setup.local && once_in(5)) {
		tell("  the peer resets\n");
		close_with_reset(subject.party[0].fd);
		subject.party[0].fd = -1;
		model_end(&model, 0);
		expect_exit(1);
		return;
	}
	if (!fed_end && !model.setup.recv_only && once_in(2)) {
		subject.must_exit = model.setup.quit != -1;
		if (subject.must_exit)
			model_end(&model, 0);
		feed_end();
		if (model.setup.quit != -1 && !different)
			expect_exit(0);
		if (different || model.setup.quit != -1)
			return;
		for (size_t n = roll(3); n > 0 && !different; n--)
			if (can_say(0))
				say(0);
	}
	if (!different && !model.over)
		finish_shut();
}

/* The bytes of one direction in the dump. */
static void
read_dump(FILE *f, char direction, struct received *r)
{
	char line[256], text[64];
	unsigned byte;

	rewind(f);
	while (fgets(line, sizeof line, f) != NULL) {
		const char *at = strstr(line, "  ");
		int used;

		if (line[0] != direction || at == NULL)
			continue;
		snprintf(text, sizeof text, "%.51s", at);
		for (at = text; sscanf(at, " %2x%n", &byte, &used) == 1;
		    at += used) {
			unsigned char c = (unsigned char)byte;

			received_add(r, false, &c, 1);
		}
	}
}

/* With one peer, the dump has all that both have said. */
static void
check_dump(void)
{
	static struct received sent, got;
	char name[128];
	FILE *f;

	snprintf(name, sizeof name, "%s/dump", subject.folder);
	f = fopen(name, "r");
	if (f == NULL) {
		differs("there is no dump");
		return;
	}
	sent.n = got.n = 0;
	read_dump(f, '>', &sent);
	read_dump(f, '<', &got);
	fclose(f);
	if (!model.over)
		compare("dump of peer", 0, &got, &subject.party[0].said);
	if (!model.setup.datagram)
		compare("dump for peer", 0, &sent, &subject.party[0].got);
}

/* What stdin says before there is anybody is sent to the first who comes. */
static void
start_parties(void)
{
	const struct setup *o = &model.setup;

	if (!o->listen) {
		model_join(&model, 0, "");
		return;
	}
	if (once_in(3) && !o->recv_only)
		feed();
	join();
	if (o->datagram && !different)
		say(0);
}

static void
print_options(void)
{
	const struct setup *o = &model.setup;

	tell("  options:%s%s%s%s%s%s%s%s%s%s%s%s%s", o->listen ? " -l" : "",
	    o->keep ? " -k" : "", o->broker ? " -j" : "",
	    o->lines ? " -L" : "", o->messages ? " -m" : "",
	    o->crlf ? " -C" : "", o->telnet ? " -t" : "",
	    o->local ? " -U" : "", o->datagram ? " -u" : "",
	    o->recv_only ? " -d" : "", o->shutdown ? " -N" : "",
	    o->no_shutdown ? " -H" : "", o->dump ? " -o" : "");
	tell(" -i %d -q %d -w %d -M %d -B %d -y %d (-1: not given)\n",
	    o->delay, o->quit, o->wait, o->most, o->size, o->rate);
}

/* Run one schedule; true if all was as the model says. */
static bool
run(char *sockcat, uint64_t seed, unsigned number)
{
	struct setup o;

	dice = seed * 1000003 + number;
	told = 0;
	different = fed_end = spoken = false;
	o = random_setup();
	model_start(&model, &o);
	print_options();
	subject_start(&subject, sockcat, &o);
	start_parties();
	for (size_t n = roll(16); n > 0 && !different && !model.over; n--)
		step();
	if (model.over && !different)
		expect_exit(0);
	else if (!different && o.datagram)
		finish_datagrams();
	else if (!different && o.keep)
		finish_many();
	else if (!different)
		finish_one();
	if (model.over && !different)
		expect_exit(0);
	if (o.dump && !o.keep && !different)
		check_dump();
	if (different)
		tell("  log:\n%.2000s", subject.text);
	subject_stop(&subject);
	return !different;
}

/* Every LANES-th schedule from this one on. */
static int
lane(char *sockcat, uint64_t seed, unsigned first, unsigned end)
{
	int status = 0;

	for (unsigned n = first; n < end; n += LANES) {
		int try = 1;

		while (!run(sockcat, seed, n) && try < TRIES)
			try++;
		if (different) {
			printf("schedule %u:\n%s", n, story);
			status = FAILED;
		} else if (try > 1)
			printf("schedule %u: try %d was as it should be\n", n,
			    try);
		fflush(stdout);
	}
	return status;
}

static bool
run_lanes(char *sockcat, uint64_t seed, unsigned first, unsigned end)
{
	bool good = true;
	int status;

	for (unsigned i = 0; i < LANES; i++) {
		pid_t pid = fork();

		if (pid == -1)
			fail("fork");
		if (pid == 0)
			exit(lane(sockcat, seed, first + i, end));
	}
	for (int i = 0; i < LANES; i++)
		good = wait(&status) != -1 && status == 0 && good;
	return good;
}

int
main(int argc, char **argv)
{
	unsigned long n = argc < 4 ? 0 : strtoul(argv[2], NULL, 10);
	unsigned long first = argc < 5 ? 0 : strtoul(argv[4], NULL, 10);
	uint64_t seed;

	if (n == 0)
		return 2;
	seed = strtoull(argv[3], NULL, 10);
	if (seed == 0)
		seed = (uint64_t)time(NULL);
	signal(SIGPIPE, SIG_IGN);
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	if (!run_lanes(argv[1], seed, (unsigned)first, (unsigned)(first + n)))
		return 1;
	printf("%lu schedules without a difference\n", n);
	return 0;
}
