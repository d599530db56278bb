#ifndef OPTS_H
#define OPTS_H

#include <stdbool.h>
#include <stdio.h>

struct strlist {
	char **item;
	int n;
};

/*
 * What the user asked for. Times are in milliseconds and sizes in bytes; -1 is
 * "not said".
 */
struct opts {
	bool help, version;
	bool listen, keep_open, broker, lines, messages;
	bool datagram, unix_domain;
	bool only4, only6, numeric;
	bool reuse, no_reuse;
	bool recv_only;     /* do not read stdin */
	bool no_half_close; /* at the end of stdin */
	bool half_close;    /* at the end of stdin: the default */
	int verbose; /* how often -v was given */
	long long read_size, backlog, max_clients, max_messages;
	long long recv_buffer, send_buffer, tos;
	long long quit_after, timeout;
	const char *source;    /* local address, -s */
	const char *source_port; /* local port, -p */
	const char *host, *port; /* NULL where there is none */
	const char *path;        /* of a Unix socket */
	struct strlist allow;    /* what -a named, one by one */
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
