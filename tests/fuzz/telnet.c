/*
 * Fuzz target of the telnet protocol. The first byte of the input gives the
 * size of the pieces in which the rest is passed. How a peer's bytes are split
 * changes neither the data nor the answers. Encoded data is decoded to the same
 * bytes, and half_pair is true after a piece that ends within a pair of IACs.
 */
#include "../../relay/encode.h"
#include "../../relay/telnet.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Decode a copy of the n bytes, step of them at once. */
static char *
decode(struct telnet *t, const char *all, size_t n, size_t step, size_t *len)
{
	char *copy = malloc(n + 1);

	MUST(copy != NULL);
	*len = 0;
	for (size_t at = 0; at < n; at += step) {
		size_t part = n - at < step ? n - at : step;

		memcpy(copy + *len, all + at, part);
		*len += telnet_decode(t, copy + *len, part);
	}
	return copy;
}

static void
check_cuts(const char *all, size_t n, size_t step)
{
	struct telnet whole = { 0 }, cut = { 0 };
	size_t len, cut_len;
	char *data = decode(&whole, all, n, n + 1, &len);
	char *cut_data = decode(&cut, all, n, step, &cut_len);

	MUST(len == cut_len && memcmp(data, cut_data, len) == 0);
	MUST(whole.state == cut.state);
	MUST(whole.answers.n == cut.answers.n && whole.answers.n % 3 == 0);
	MUST(whole.answers.n <= TELNET_ANSWERS);
	MUST(whole.answers.n == 0 || memcmp(whole.answers.data,
	    cut.answers.data, whole.answers.n) == 0);
	telnet_free(&whole);
	telnet_free(&cut);
	free(data);
	free(cut_data);
}

static void
check_round(const char *all, size_t n, size_t step)
{
	static const struct encoding e = { .telnet = true };
	struct telnet t = { 0 };
	char *sent = malloc(2 * n + 1), *data, last = 0;
	size_t len, total;

	MUST(sent != NULL);
	total = encode(&e, &last, sent, all, n);
	for (size_t at = 0; at < total; at += step) {
		size_t part = total - at < step ? total - at : step;

		telnet_sent(&t, sent + at, part);
		free(decode(&t, sent + at, part, step, &len));
		MUST(t.half_pair == (t.state == TELNET_COMMAND));
	}
	MUST(t.state == TELNET_DATA && t.answers.n == 0);
	data = decode(&t, sent, total, step, &len);
	MUST(len == n && memcmp(data, all, n) == 0);
	free(data);
	free(sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *all = (const char *)data + 1;
	size_t step = n > 0 ? 1 + data[0] * (size_t)data[0] : 1;

	n = n > 0 ? n - 1 : 0;
	check_cuts(all, n, step);
	check_round(all, n, step);
	return 0;
}
