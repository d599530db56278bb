#ifndef OPTS_H
#define OPTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

struct strlist {
	char **item;
	int n;
};

/* The command line. Times are in milliseconds, sizes in bytes; -1 is unset. */
struct opts {
	bool help, version;
	bool listen, keep_open, broker, lines, messages;
	bool scan; /* -z */
	bool datagram, unix_domain;
	bool only4, only6, numeric;
	bool reuse, no_reuse;
	bool crlf, telnet;
	bool recv_only;     /* do not read stdin */
	bool no_half_close; /* do not half-close at the end of stdin */
	bool half_close;    /* half-close at the end of stdin: the default */
	bool pass_fd;       /* pass the connected socket to stdout */
	bool progress;      /* draw a meter, and report the totals */
	int verbose;        /* how often -v was given */
	long long read_size, backlog, max_clients, max_messages;
	long long recv_buffer, send_buffer, tos;
	long long quit_after, timeout;
	long long retry, delay;  /* -c, -i */
	long long rate;          /* bytes per second */
	const char *command;     /* run on each connection, -e */
	const char *source;      /* local address, -s */
	const char *source_port; /* local port, -p */
	const char *dump;        /* file of the hex dump, "-" is stderr */
	const char *host, *port; /* operands; NULL if not given */
	const char *path;        /* path of the Unix socket, with -U */
	const char *proxy, *proxy_type, *proxy_user;
	char *proxy_password;    /* NULL if not given */
	struct strlist allow;    /* networks of -a, one per item */
	unsigned char given[UCHAR_MAX + 1]; /* for opts_name() */
	char error[256];         /* why opts_parse() failed, in one line */
	bool no_memory;          /* it failed because memory ran out */
};

/*
 * Parse the command line into *o: letters by the rules of getopt(3), and
 * --name value or --name=value. Returns 0, or -1 with the reason in o->error.
 * The strings in *o point into argv, where the arguments of -a are split at
 * their commas, the name of a long option is split from its value, and the
 * password of -P is overwritten.
 */
int opts_parse(struct opts *o, int argc, char **argv);

/* The option as the user wrote it, for diagnostics: "-w" or "--wait". */
struct opts_name {
	char text[24];
};

struct opts_name opts_name(const struct opts *o, char letter);

/* Free what opts_parse() allocated, also after it failed. */
void opts_free(struct opts *o);

/* Write the help text to out: one line per option, then the long options. */
void opts_help(FILE *out);

#endif
