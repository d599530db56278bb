#ifndef PORTS_H
#define PORTS_H

enum {
	PORTS_MAX = 65536,
	PORTS_WORD = 64, /* size of the buffer for a word of the list */
};

/* Port numbers, each once, in ascending order. */
struct ports {
	int n;
	int port[PORTS_MAX];
};

/*
 * Parse n lists such as "22,http,8000-8100": port numbers, names from
 * services(5) and ranges of numbers; how is that of addr_port(). Returns 0; -1
 * with the first word that is none of them in word, which holds PORTS_WORD
 * bytes.
 */
int ports_parse(struct ports *p, char *const *list, int n, int how, char *word);

#endif
