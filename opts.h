#ifndef OPTS_H
#define OPTS_H

#include <stdbool.h>
#include <stdio.h>

struct words {
	char **word;
	int n;
};

/*
 * What the user asked for. Times are in milliseconds and sizes in bytes; -1 is
 * "not said".
 */
struct opts {
	bool help, version;
	bool listen, keep, share, lines, chat;
	bool datagram, local; /* UDP, or Unix ones with local: Unix sockets */
	bool only4, only6, numeric;
	bool reuse, no_reuse;
	bool mute;   /* stdin is not read */
	bool hold;   /* no half-close at the end of stdin */
	bool shut;   /* half-close at the end of stdin: what happens anyway */
	int verbose; /* how often -v was given */
	long long at_most, backlog, most, receive, send, tos, wanted;
	long long quiet, patience;
	const char *source;    /* local address, -s */
	const char *from_port; /* local port, -p */
	const char *host, *port; /* NULL where there is none */
	const char *path;        /* of a Unix socket */
	struct words allowed;    /* what -a named, one by one */
	char error[256];
	bool no_memory;          /* that is why, not the words */
};

/*
 * Read the words of a command line, as getopt(3) does, into *o. Returns 0; -1
 * if they make no sense, and then o->error says in one line which and why.
 */
int opts_parse(struct opts *o, int argc, char **argv);

/* Give back what opts_parse() took, whatever it returned. */
void opts_free(struct opts *o);

/* Write the help to out: a line for each option. */
void opts_help(FILE *out);

#endif
