/* Lists of ports: numbers, service names and ranges. */
#include "ports.h"
#include "addr.h"

#include <stdbool.h>
#include <string.h>

static const char digits[] = "0123456789";

/* The '-' of a range of numbers, such as 80-90; NULL if it is none. */
static const char *
find_dash(const char *word)
{
	const char *dash = word + strspn(word, digits);
	size_t n;

	if (dash == word || *dash != '-')
		return NULL;
	n = strspn(dash + 1, digits);
	return n > 0 && dash[1 + n] == '\0' ? dash : NULL;
}

/* Mark the ports of one word of the list. Returns false if it is malformed. */
static bool
add_word(bool *wanted, const char *word, int how)
{
	const char *dash = find_dash(word);
	char low[PORTS_WORD] = "";
	int first, last;

	if (dash != NULL) {
		memcpy(low, word, (size_t)(dash - word));
		first = addr_port(low, how | PORT_NUMERIC);
		last = addr_port(dash + 1, how | PORT_NUMERIC);
	} else {
		first = last = addr_port(word, how);
	}
	if (first == -1 || first > last)
		return false;
	memset(wanted + first, true, (size_t)(last - first) + 1);
	return true;
}

static void
collect(struct ports *p, const bool *wanted)
{
	p->n = 0;
	for (int i = 0; i < PORTS_MAX; i++)
		if (wanted[i])
			p->port[p->n++] = i;
}

/* Mark the ports of a list. Returns false with the malformed word in word. */
static bool
add_list(bool *wanted, const char *list, int how, char *word)
{
	size_t n;

	for (;; list += n + 1) {
		size_t kept;

		n = strcspn(list, ",");
		kept = n < PORTS_WORD ? n : PORTS_WORD - 1;
		memcpy(word, list, kept);
		word[kept] = '\0';
		if (kept < n || !add_word(wanted, word, how))
			return false;
		if (list[n] == '\0')
			return true;
	}
}

int
ports_parse(struct ports *p, char *const *list, int n, int how, char *word)
{
	bool wanted[PORTS_MAX] = { false };

	for (int i = 0; i < n; i++)
		if (!add_list(wanted, list[i], how, word))
			return -1;
	collect(p, wanted);
	return 0;
}
