/* Who was told what, and whether that is what was said. */
#include "../../net/addr.h"
#include "../../relay/buf.h"
#include "../../relay/loop.h"
#include "../../relay/message.h"
#include "../../relay/peer.h"
#include "../../relay/policy.h"
#include "must.h"
#include "world.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
record_add(struct record *r, const char *bytes, size_t n)
{
	if (r->n + n > r->room) {
		r->room = 2 * (r->n + n);
		r->bytes = realloc(r->bytes, r->room);
		MUST(r->bytes != NULL);
	}
	if (n > 0)
		memcpy(r->bytes + r->n, bytes, n);
	r->n += n;
}

char
world_code(int who, size_t k)
{
	uint32_t mixed = (uint32_t)k * 2654435761u;

	return (char)(FIRST_CODE + who * CODES + (int)((mixed >> 16) % CODES));
}

int
world_coder(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte < FIRST_CODE ? -1 : (byte - FIRST_CODE) / CODES;
}

/* Add those of the bytes that only this end says. */
static void
add_coded(struct record *r, int who, const char *bytes, size_t n)
{
	for (size_t i = 0, end; i < n; i = end + 1) {
		for (end = i; end < n && world_coder(bytes[end]) == who; end++)
			;
		record_add(r, bytes + i, end - i);
	}
}

/* The same up to the '^'. */
static void
add_text(struct record *r, int who, const char *bytes, size_t n)
{
	struct message t = { 0 };
	enum message_event event;
	const char *text;
	size_t len;

	while (n > 0 &&
	    (event = message_next(&t, &bytes, &n, &text, &len)) != MESSAGE_NONE) {
		add_coded(r, who, text, len);
		if (event == MESSAGE_END) {
			message_free(&t);
			return;
		}
	}
	len = message_rest(&t, &text);
	add_coded(r, who, text, len);
	message_free(&t);
}

static bool
framed(const struct world *w, int speaker)
{
	if (w->policy.messages || (speaker == 0 && w->policy.unit_delay > 0))
		return true;
	return w->policy.lines && (speaker != 0 || w->policy.broker ||
	    w->policy.datagram);
}

static bool
hears(const struct world *w, int ear, int speaker)
{
	return ear != speaker &&
	    (ear == 0 || speaker == 0 || w->policy.broker);
}

/* Was the ear there to the end, and nothing in its way? */
static bool
loyal(const struct world *w, int ear)
{
	const struct end *e = &w->end[ear];

	return !w->cut && !e->deaf && !e->left && (ear == 0 || e->met > 0);
}

/*
 * How much of what the speaker said has to have reached the ear: with -k who
 * has ended is told no more.
 */
static size_t
least(const struct world *w, int ear, int speaker)
{
	if (!loyal(w, ear))
		return 0;
	return ear != 0 && w->policy.keep_open ? w->end[ear].until[speaker]
					 : w->end[speaker].consumed;
}

static bool
is_at(const struct record *all, size_t at, const struct record *part)
{
	return at + part->n <= all->n && (part->n == 0 ||
	    memcmp(all->bytes + at, part->bytes, part->n) == 0);
}

static bool
is_behind(const struct record *all, size_t at, const struct record *part)
{
	for (; at + part->n <= all->n; at++)
		if (is_at(all, at, part))
			return true;
	return false;
}

/* The bytes up to there, as they are heard. */
typedef void reading(const struct world *w, struct record *r, int speaker,
    size_t n);

static size_t
length(const struct world *w, reading *read, int speaker, size_t n)
{
	struct record r = { 0 };

	if (n == 0)
		return 0;
	read(w, &r, speaker, n);
	free(r.bytes);
	return r.n;
}

/*
 * What was heard of the speaker is a stretch of what it said, beginning where
 * the ear came in, as far as that can be told, and as long as it has to be.
 */
static void
compare(const struct world *w, int ear, int speaker, reading *read,
    struct record *heard)
{
	const struct end *e = &w->end[ear], *s = &w->end[speaker];
	struct record said = { 0 };
	size_t from = length(w, read, speaker, e->from[speaker]);
	size_t end = least(w, ear, speaker);

	read(w, &said, speaker, s->consumed);
	end = end == s->consumed ? said.n : length(w, read, speaker, end);
	if (e->from[speaker] == 0 || !framed(w, speaker))
		MUST(is_at(&said, from, heard) && from + heard->n >= end);
	else
		MUST(is_behind(&said, end > heard->n ? end - heard->n : 0,
		    heard));
	free(said.bytes);
	free(heard->bytes);
}

static void
read_codes(const struct world *w, struct record *r, int speaker, size_t n)
{
	const char *said = w->end[speaker].said.bytes;

	if (w->policy.messages && !w->policy.datagram)
		add_text(r, speaker, said, n);
	else
		add_coded(r, speaker, said, n);
}

static void
check_pair(const struct world *w, int ear, int speaker)
{
	const struct end *e = &w->end[ear];
	struct record heard = { 0 };

	add_coded(&heard, speaker, e->heard.bytes, e->heard.n);
	compare(w, ear, speaker, read_codes, &heard);
}

/* Nothing is heard of those who are not to be heard, and nothing invented. */
static void
check_voices(const struct world *w, int ear)
{
	const struct record *r = &w->end[ear].heard;
	bool plain = !w->policy.lines && !w->policy.messages;

	for (size_t i = 0; i < r->n; i++) {
		int speaker = world_coder(r->bytes[i]);

		MUST(speaker != -1 || !plain);
		MUST(speaker == -1 || hears(w, ear, speaker));
	}
}

/* Whose line or message it is, by its label, which is taken off; 0: none. */
static int
labelled(const char **line, size_t *n)
{
	char label[16];
	size_t len;

	for (int i = 1; i < ENDS; i++) {
		snprintf(label, sizeof label, "unix:%d ", i);
		len = strlen(label);
		if (*n >= len && memcmp(*line, label, len) == 0) {
			*line += len;
			*n -= len;
			return i;
		}
	}
	return 0;
}

/* All of it was said by one, who is the one on its label. */
static void
check_voice(const struct world *w, const char *line, size_t n, bool begins)
{
	int who = -1, by = begins ? labelled(&line, &n) : 0;

	for (size_t i = 0; i < n; i++) {
		int coder = world_coder(line[i]);

		if (coder == -1)
			continue;
		MUST(who == -1 || who == coder);
		who = coder;
	}
	if (w->policy.lines && begins && who != -1)
		MUST(who == by);
}

/* Whole lines as the user reads them. */
static void
check_lines(const struct world *w, int ear)
{
	const struct record *r = &w->end[ear].heard;
	const char *line = r->bytes;
	size_t left = r->n, n;

	for (; left > 0; line += n, left -= n) {
		const char *end = memchr(line, '\n', left);

		MUST(end != NULL || !loyal(w, ear));
		n = end == NULL ? left : (size_t)(end + 1 - line);
		check_voice(w, line, n, true);
	}
}

static void
check_messages(const struct world *w, int ear)
{
	const struct record *r = &w->end[ear].heard;
	const char *from = r->bytes, *text;
	struct message t = { 0 };
	enum message_event event;
	size_t left = r->n, len;
	bool begins = true;

	while (left > 0 && (event = message_next(&t, &from, &left, &text, &len)) !=
	    MESSAGE_NONE && event != MESSAGE_END) {
		check_voice(w, text, len, begins);
		begins = event == MESSAGE_COMPLETE;
	}
	message_free(&t);
}

/* As line feeds cut it, and the longest line: each with a line feed. */
static void
read_lines(const struct world *w, struct record *r, int speaker, size_t n)
{
	const char *bytes = w->end[speaker].said.bytes;

	for (size_t len; n > 0; bytes += len, n -= len) {
		size_t most = n < BUF_FRAGMENT ? n : BUF_FRAGMENT;
		const char *end = memchr(bytes, '\n', n <= BUF_FRAGMENT ? n
		    : BUF_FRAGMENT + 1);

		len = end != NULL ? (size_t)(end + 1 - bytes) : most;
		record_add(r, bytes, len);
		if (end == NULL)
			record_add(r, "\n", 1);
	}
}

/* The lines of one speaker, without the label. */
static void
add_lines_of(struct record *r, int speaker, const struct record *heard)
{
	const char *line = heard->bytes, *end;
	size_t left = heard->n, n;

	for (; left > 0; line = end, left = n) {
		const char *body = line;
		size_t len;

		end = memchr(line, '\n', left);
		if (end == NULL)
			return;
		end++;
		len = (size_t)(end - line);
		n = left - len;
		if (labelled(&body, &len) == speaker)
			record_add(r, body, len);
	}
}

static void
check_lines_of(const struct world *w, int ear, int speaker)
{
	struct record heard = { 0 };

	add_lines_of(&heard, speaker, &w->end[ear].heard);
	compare(w, ear, speaker, read_lines, &heard);
}

static void
check_ear(const struct world *w, int ear)
{
	const struct policy *r = &w->policy;

	check_voices(w, ear);
	if (w->end[ear].met > 1)
		return; /* who comes again has missed something */
	for (int i = 0; i < w->n; i++)
		if (hears(w, ear, i))
			check_pair(w, ear, i);
	if (!r->keep_open || r->datagram || (ear != 0 && !r->broker))
		return;
	if (r->messages && ear != 0)
		check_messages(w, ear);
	else if (r->messages || r->lines)
		check_lines(w, ear);
	for (int i = 0; i < w->n; i++)
		if (r->lines && !r->messages && hears(w, ear, i))
			check_lines_of(w, ear, i);
}

void
world_check(const struct world *w)
{
	for (int i = 0; i < w->n; i++) {
		const struct end *e = &w->end[i];

		MUST(e->consumed <= e->said.n);
		check_ear(w, i);
		if (i > 0 && e->met > 0 && !e->left && !w->cut)
			MUST(e->consumed == e->said.n);
	}
}
