/* A model of sockcat, written from its manual, byte by byte. */
#include "model.h"

#include <string.h>

enum { SE = 240, SB = 250, WILL, WONT, DO, DONT, IAC };

void
received_add(struct received *r, bool datagram, const void *bytes, size_t n)
{
	if (r->n + n + 2 > sizeof r->bytes)
		return; /* never: the driver sends less */
	if (datagram) {
		r->bytes[r->n++] = (unsigned char)(n >> 8);
		r->bytes[r->n++] = (unsigned char)n;
	}
	memcpy(r->bytes + r->n, bytes, n);
	r->n += n;
}

void
model_start(struct model *m, const struct setup *setup)
{
	memset(m, 0, sizeof *m);
	m->setup = *setup;
}

static bool
blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
put(unsigned char *to, size_t *n, unsigned char c)
{
	to[(*n)++] = c;
}

/* -C and -t: what a source's bytes are on the wire. Returns the length. */
static size_t
encode(struct model *m, struct source *s, const unsigned char *bytes, size_t n,
    unsigned char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = bytes[i];

		if (c == '\n' && m->setup.crlf && s->sent != '\r' &&
		    !(m->setup.messages && s->sent_escape))
			put(to, &len, '\r');
		if (c == IAC && m->setup.telnet)
			put(to, &len, IAC);
		put(to, &len, c);
		s->sent_escape = !s->sent_escape && c == '\\';
		s->sent = c;
	}
	return len;
}

/* Send these bytes of a source to all that are there, but not back to it. */
static void
to_parties(struct model *m, int source, const unsigned char *bytes, size_t n)
{
	static unsigned char wire[2 * ROOM];
	size_t len;

	if (n == 0)
		return;
	len = encode(m, &m->from[source], bytes, n, wire);
	for (int i = 0; i < PARTIES; i++)
		if (i != source && m->served[i])
			received_add(&m->to[i], m->setup.datagram, wire, len);
}

static void
print(struct model *m, const void *bytes, size_t n)
{
	received_add(&m->to[OUT], false, bytes, n);
}

/* Who gets the whole lines and messages of this source? */
static bool
is_printed(int source)
{
	return source != STDIN;
}

static bool
is_sent_on(const struct model *m, int source)
{
	return source == STDIN || m->setup.broker;
}

/* The name of a client, and a space, come before what it says. */
static size_t
start_labelled(const struct model *m, int source, unsigned char *to)
{
	if (source == STDIN || !m->setup.keep || !m->setup.lines)
		return 0;
	memcpy(to, m->label[source], strlen(m->label[source]));
	to[strlen(m->label[source])] = ' ';
	return strlen(m->label[source]) + 1;
}

/* A line; the last one of its source may have no line feed. */
static void
emit_line(struct model *m, int source, const unsigned char *text, size_t n)
{
	static unsigned char line[ROOM + 64];
	size_t len = start_labelled(m, source, line);
	bool others = source != STDIN ? m->setup.keep : m->setup.broker;

	memcpy(line + len, text, n);
	len += n;
	if (others && m->setup.lines && (n == 0 || text[n - 1] != '\n'))
		line[len++] = '\n';
	if (is_printed(source))
		print(m, line, len);
	if (is_sent_on(m, source))
		to_parties(m, source, line, len);
}

/* Is the byte that would follow escaped? */
static bool
open_end(const unsigned char *text, size_t n)
{
	bool open = false;

	for (size_t i = 0; i < n; i++)
		open = !open && text[i] == '\\';
	return open;
}

static size_t
trimmed(const unsigned char *text, size_t n)
{
	while (n > 0 && blank(text[n - 1]) && !open_end(text, n - 1))
		n--;
	return n;
}

/* One line: white space with a line feed is a space, backslashes are off. */
static size_t
plain(const unsigned char *text, size_t n, unsigned char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		size_t end = i;

		while (end < n && blank(text[end]))
			end++;
		if (end > i && memchr(text + i, '\n', end - i) != NULL) {
			put(to, &len, ' ');
			i = end - 1;
			continue;
		}
		for (; i < end; i++)
			put(to, &len, text[i]);
		if (i == n)
			break;
		if (text[i] == '\\' && i + 1 < n)
			i++;
		put(to, &len, text[i] == '\n' ? ' ' : text[i]);
	}
	return len;
}

static void
print_message(struct model *m, int source, const unsigned char *text, size_t n,
    bool whole)
{
	static unsigned char line[ROOM + 64];
	size_t len = start_labelled(m, source, line);

	if (!whole)
		n = trimmed(text, n);
	len += plain(text, n, line + len);
	line[len++] = '\n';
	print(m, line, len);
}

/* A label on the wire must not end the message. */
static size_t
escaped_label(const struct model *m, int source, unsigned char *to)
{
	unsigned char label[80];
	size_t n = start_labelled(m, source, label), len = 0;

	for (size_t i = 0; i < n; i++) {
		if (label[i] == '.' || label[i] == '^' || label[i] == '\\')
			put(to, &len, '\\');
		put(to, &len, label[i]);
	}
	return len;
}

/* Where messages of others may follow, an unfinished one gets its dot. */
static void
send_message(struct model *m, int source, const unsigned char *text, size_t n,
    bool whole)
{
	static unsigned char wire[ROOM + 128];
	size_t len = escaped_label(m, source, wire);
	bool finish = !whole && m->setup.broker;

	if (finish)
		n = trimmed(text, n);
	memcpy(wire + len, text, n);
	len += n;
	if (finish && open_end(text, n))
		wire[len++] = '\\';
	if (finish)
		wire[len++] = '.';
	if ((finish || whole) && !m->setup.datagram)
		wire[len++] = '\n';
	to_parties(m, source, wire, len);
}

static void
emit_message(struct model *m, int source, bool whole)
{
	struct source *s = &m->from[source];

	if (is_printed(source))
		print_message(m, source, s->text, s->n, whole);
	if (is_sent_on(m, source))
		send_message(m, source, s->text, s->n, whole);
	s->n = 0;
	s->begun = s->escaped = false;
}

/* The conversation is over: what a client has not finished is printed. */
static void
print_rest(struct model *m, int party)
{
	struct source *s = &m->from[party];

	print_message(m, party, s->text, s->n, false);
	s->n = 0;
	s->begun = false;
}

/* ^: unfinished text, and from standard input the ^ itself. */
static void
say_goodbye(struct model *m, int source)
{
	struct source *s = &m->from[source];

	if (source == STDIN) {
		s->text[s->n++] = '^';
		to_parties(m, source, s->text, s->n);
		s->n = 0;
	} else if (s->begun)
		emit_message(m, source, false);
	s->begun = false;
	if (source == STDIN || !m->setup.keep)
		m->over = true;
	else
		m->left[source] = true;
	for (int i = 0; i < PARTIES && source == STDIN; i++)
		if (m->from[i].begun && m->served[i] && !m->left[i])
			print_rest(m, i);
}

static void
add_to_message(struct model *m, int source, unsigned char c)
{
	struct source *s = &m->from[source];
	bool literal = s->escaped;

	if (!s->begun && blank(c))
		return;
	if (!literal && c == '^') {
		say_goodbye(m, source);
		return;
	}
	s->begun = true;
	s->escaped = !literal && c == '\\';
	s->text[s->n++] = c;
	if (!literal && c == '.')
		emit_message(m, source, true);
}

static void
add_to_line(struct model *m, int source, unsigned char c)
{
	struct source *s = &m->from[source];

	s->text[s->n++] = c;
	if (c != '\n')
		return;
	emit_line(m, source, s->text, s->n);
	s->n = 0;
}

/* The end of a source, or of its datagram: what is unfinished. */
static void
finish(struct model *m, int source)
{
	struct source *s = &m->from[source];

	if (m->setup.messages) {
		if (s->begun)
			emit_message(m, source, false);
	} else if (s->n > 0)
		emit_line(m, source, s->text, s->n);
	s->n = 0;
}

/* Are its bytes cut into lines or messages? */
static bool
is_cut(const struct model *m, int source)
{
	const struct setup *o = &m->setup;

	if (o->messages || (source != STDIN && o->lines))
		return true;
	return source == STDIN && (o->delay > 0 ||
	    (o->lines && (o->broker || o->datagram)));
}

static void
pass(struct model *m, int source, const unsigned char *bytes, size_t n)
{
	if (is_printed(source))
		print(m, bytes, n);
	if (is_sent_on(m, source))
		to_parties(m, source, bytes, n);
}

/* The answer to a request to use an option is always no. */
static void
refuse(struct model *m, int party, unsigned char verb, unsigned char option)
{
	unsigned char no[] = { IAC, verb == WILL ? DONT : WONT, option };

	if ((verb == WILL || verb == DO) && m->heard[party])
		received_add(&m->to[party], false, no, sizeof no);
}

static enum telnet_state
after_iac(struct source *s, unsigned char c)
{
	s->verb = c;
	if (c == SB)
		return SUBNEGOTIATION;
	return c >= WILL && c <= DONT ? OPTION : TEXT;
}

/* -t: is this byte data? */
static bool
is_text(struct model *m, int party, unsigned char c)
{
	struct source *s = &m->from[party];

	switch (s->state) {
	case TEXT:
		if (c == IAC)
			s->state = COMMAND;
		return c != IAC;
	case COMMAND:
		s->state = after_iac(s, c);
		return c == IAC;
	case OPTION:
		refuse(m, party, s->verb, c);
		s->state = TEXT;
		return false;
	case SUBNEGOTIATION:
		if (c == IAC)
			s->state = SUB_COMMAND;
		return false;
	case SUB_COMMAND:
		s->state = SUBNEGOTIATION;
		if (c >= SE && c != IAC)
			s->state = after_iac(s, c);
	}
	return false;
}

/* Cut into lines or messages, until a ^ ends it. */
static void
cut(struct model *m, int source, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !m->over; i++) {
		if (source != STDIN && m->left[source])
			return;
		if (m->setup.messages)
			add_to_message(m, source, bytes[i]);
		else
			add_to_line(m, source, bytes[i]);
	}
	if (m->setup.datagram && source != STDIN && !m->over &&
	    !m->left[source])
		finish(m, source);
}

/* One read of standard input is one datagram. */
static size_t
largest(const struct model *m, int source)
{
	if (source != STDIN || !m->setup.datagram)
		return ROOM;
	if (m->setup.size > 0)
		return (size_t)m->setup.size;
	return m->setup.local ? 8192 : 1400;
}

static void
take(struct model *m, int source, const unsigned char *bytes, size_t n)
{
	size_t most = largest(m, source);

	if (is_cut(m, source)) {
		cut(m, source, bytes, n);
		return;
	}
	for (; n > 0; bytes += most) {
		if (most > n)
			most = n;
		pass(m, source, bytes, most);
		n -= most;
	}
}

static bool
anybody(const struct model *m)
{
	for (int i = 0; i < PARTIES; i++)
		if (m->served[i])
			return true;
	return false;
}

void
model_send(struct model *m, int source, const void *bytes, size_t n)
{
	struct source *s = &m->from[source];
	static unsigned char text[ROOM];
	const unsigned char *at = bytes;
	size_t len = 0;

	if (m->over)
		return;
	if (source == STDIN && !anybody(m)) {
		memcpy(s->raw + s->nraw, bytes, n);
		s->nraw += n;
		return;
	}
	if (source == STDIN || !m->setup.telnet) {
		take(m, source, at, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (is_text(m, source, at[i]))
			text[len++] = at[i];
	take(m, source, text, len);
}

void
model_join(struct model *m, int party, const char *label)
{
	struct source *in = &m->from[STDIN], *s = &m->from[party];
	size_t n = in->nraw;

	memset(s, 0, sizeof *s);
	m->to[party].n = 0;
	strncpy(m->label[party], label, sizeof m->label[party] - 1);
	m->served[party] = m->heard[party] = true;
	m->left[party] = false;
	in->nraw = 0;
	if (n > 0 && !m->over)
		take(m, STDIN, in->raw, n);
}

void
model_leave(struct model *m, int party)
{
	m->served[party] = m->heard[party] = false;
}

void
model_end(struct model *m, int source)
{
	if (!m->over && is_cut(m, source) &&
	    (source == STDIN || !m->left[source]))
		finish(m, source);
}
