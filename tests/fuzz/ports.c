/*
 * Fuzz target of port lists. The first byte is 'n' for numbers only, or 'u' for
 * the names of UDP services; the rest is the list. If it parses, the ports are
 * in ascending order, and the same ports written out with the last one first
 * parse to the same list. If it does not parse, the word that is reported as
 * wrong is part of the list.
 */
#include "../../net/addr.h"
#include "../../net/ports.h"
#include "must.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
check_order(const struct ports *p)
{
	MUST(p->n > 0 && p->n <= PORTS_MAX);
	for (int i = 0; i < p->n; i++)
		MUST(p->port[i] >= 0 && p->port[i] < PORTS_MAX);
	for (int i = 1; i < p->n; i++)
		MUST(p->port[i - 1] < p->port[i]);
}

/* The ports as ranges, the last one first. */
static char *
write_out(const struct ports *p)
{
	enum { RANGE = 13 };
	size_t size = (size_t)p->n * RANGE + 1;
	char *text = malloc(size), *end = text;

	MUST(text != NULL);
	for (int last = p->n - 1, first; last >= 0; last = first - 1) {
		first = last;
		while (first > 0 && p->port[first - 1] == p->port[first] - 1)
			first--;
		end += snprintf(end, size - (size_t)(end - text), "%s%d-%d",
		    end == text ? "" : ",", p->port[first], p->port[last]);
	}
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct ports p, again;
	char word[PORTS_WORD], *text, *out;
	int how = 0;

	if (n > 0 && data[0] == 'n')
		how = PORT_NUMERIC;
	else if (n > 0 && data[0] == 'u')
		how = PORT_UDP;
	text = calloc(1, n + 1);
	MUST(text != NULL);
	if (n > 0)
		memcpy(text, data + 1, n - 1);
	if (ports_parse(&p, &text, 1, how, word) == 0) {
		check_order(&p);
		out = write_out(&p);
		MUST(ports_parse(&again, &out, 1, PORT_NUMERIC, word) == 0);
		MUST(again.n == p.n && memcmp(again.port, p.port,
		    (size_t)p.n * sizeof p.port[0]) == 0);
		free(out);
	} else {
		MUST(memchr(word, '\0', sizeof word) != NULL);
		MUST(strstr(text, word) != NULL);
	}
	free(text);
	return 0;
}
