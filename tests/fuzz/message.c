/*
 * Fuzz target of the message protocol. The input without its first byte is
 * parsed twice: as a whole, and in pieces whose size that byte gives. Both give
 * the same messages. None is longer than the maximum, an unescaped dot is only
 * at the end of a message, and each is printed as one line.
 */
#include "../../relay/buf.h"
#include "../../relay/message.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All events: for each, a byte for its kind, and its text. */
struct record {
	char *bytes;
	size_t n;
};

static void
check(enum message_event event, const char *text, size_t n)
{
	char *out = malloc(4 * n + 1);
	size_t plain = message_plain(out, text, n, false);
	bool escaped = false;

	MUST(n <= BUF_FRAGMENT);
	MUST(plain <= n && memchr(out, '\n', plain) == NULL);
	MUST(message_plain(out, text, n, true) <= 4 * n);
	MUST(message_trim(text, n) <= n);
	free(out);
	for (size_t i = 0; i < n; i++) {
		escaped = !escaped && i > 0 && text[i - 1] == '\\';
		MUST(escaped || text[i] != '^');
		MUST(escaped || text[i] != '.' ||
		    (event == MESSAGE_COMPLETE && i == n - 1));
	}
}

static void
record_event(struct record *r, enum message_event event, const char *text,
    size_t n)
{
	check(event, text, n);
	r->bytes[r->n++] = (char)event;
	memcpy(r->bytes + r->n, text, n);
	r->n += n;
}

static void
scan(struct record *r, const char *all, size_t n, size_t step)
{
	struct message t = { 0 };
	enum message_event event = MESSAGE_NONE;
	const char *text, *from;
	size_t len, left;

	for (size_t at = 0; at < n && event != MESSAGE_END; at += step) {
		from = all + at;
		left = n - at < step ? n - at : step;
		while ((event = message_next(&t, &from, &left, &text, &len)) !=
		    MESSAGE_NONE && event != MESSAGE_END)
			record_event(r, event, text, len);
		MUST(event == MESSAGE_END || left == 0);
	}
	if (event == MESSAGE_END)
		record_event(r, event, text, len);
	len = message_rest(&t, &text);
	if (len > 0)
		record_event(r, MESSAGE_NONE, text, len);
	message_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct record whole = { malloc(2 * n + 16), 0 };
	struct record cut = { malloc(2 * n + 16), 0 };
	const char *all = (const char *)data + 1;

	MUST(whole.bytes != NULL && cut.bytes != NULL);
	if (n > 0) {
		scan(&whole, all, n - 1, n);
		scan(&cut, all, n - 1, 1 + data[0] * (size_t)data[0]);
		MUST(whole.n == cut.n &&
		    memcmp(whole.bytes, cut.bytes, cut.n) == 0);
	}
	free(whole.bytes);
	free(cut.bytes);
	return 0;
}
