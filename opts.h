#ifndef OPTS_H
#define OPTS_H

#include <stdbool.h>
#include <stdio.h>

/* The options, in the order of their letters. */
enum opt {
	OPT_IPV4, OPT_IPV6, OPT_ALLOW, OPT_READ_SIZE, OPT_BACKLOG, OPT_CRLF,
	OPT_RETRY, OPT_RECV_ONLY, OPT_SH_EXEC, OPT_PASS_FD, OPT_FORWARD,
	OPT_NO_SHUTDOWN, OPT_HELP, OPT_RECV_BUFFER, OPT_DELAY, OPT_BROKER,
	OPT_KEEP_OPEN, OPT_SOCKOPT, OPT_LINES, OPT_LISTEN,
	OPT_MAX_CONNS, OPT_MESSAGES, OPT_SHUTDOWN, OPT_NODNS,
	OPT_SEND_BUFFER, OPT_HEX_DUMP, OPT_PROXY_AUTH,
	OPT_SOURCE_PORT, OPT_QUIT_AFTER, OPT_NO_REUSE, OPT_REUSE,
	OPT_PROGRESS, OPT_SOURCE, OPT_TOS, OPT_TELNET, OPT_UNIXSOCK, OPT_UDP,
	OPT_VERSION, OPT_VERBOSE, OPT_MAX_MESSAGES, OPT_WAIT, OPT_PROXY_TYPE,
	OPT_PROXY, OPT_RATE, OPT_SCAN,
	/* those without a letter */
	OPT_IDLE_EXIT, OPT_MODE, OPT_READY, OPT_SEND_ONLY, OPT_STAMP,
	OPT_LIST_OPTIONS,
	OPTS
};

/* The set of this option alone; sets are joined with |. */
#define SET(opt) (1ULL << (opt))

/* An option as it was typed. */
struct opts_before {
	enum opt opt;      /* OPTS: none */
	const char *word;  /* "-x", or a group of letters that ends in it */
	const char *value; /* its argument, if that is a word of its own */
};

struct strlist {
	char **item;
	int n;
};

/* The command line. Times are in milliseconds, sizes in bytes; -1 is unset. */
struct opts {
	bool help, version, list_options;
	bool listen, keep_open, broker, lines, messages;
	bool scan; /* -z */
	bool datagram, unix_domain;
	bool only4, only6, numeric;
	bool reuse, no_reuse;
	bool crlf, telnet;
	bool recv_only;          /* do not read stdin */
	bool send_only;          /* throw away what is received */
	bool no_half_close;      /* do not half-close at the end of stdin */
	bool half_close_at_once; /* even at the end of an empty stdin */
	bool pass_fd;            /* pass the connected socket to stdout */
	bool stamp;              /* the time of day before each line */
	bool progress;           /* draw a meter, and report the totals */
	int verbose;             /* how often -v was given */
	long long read_size, backlog, max_messages;
	long long max_clients, max_per_address; /* -M */
	long long recv_buffer, send_buffer, tos;
	long long quit_after, timeout;
	long long retry, delay;  /* -c, -i */
	long long rate;          /* bytes per second */
	long long ready;         /* descriptor to tell that we listen */
	long long idle_exit;     /* without a client */
	long long mode;          /* of the socket file, -lU */
	const char *command;     /* run on each connection, -e */
	const char *forward;     /* where to connect each client, -f */
	const char *source;      /* local address, -s */
	const char *source_port; /* local port, -p */
	const char *dump;        /* file of the hex dump, "-" is stderr */
	char **operand;          /* what is no option, in argv */
	int noperands;
	struct opts_before before; /* the last option before the first one */
	const char *host, *port; /* of the operands; NULL if not given */
	const char *path;        /* path of the Unix socket, with -U */
	const char *proxy, *proxy_type, *proxy_user;
	char *proxy_password;    /* NULL if not given */
	struct strlist allow;    /* networks of -a, one per item */
	struct strlist sockopts; /* name=value of -K, one per item */
	unsigned long long given;   /* the set of all options that were given */
	unsigned long long by_name; /* those of them given by a long name */
	const char *argument[OPTS]; /* as it was typed; NULL: none */
	char error[512];         /* why the line is rejected, in one line */
	bool advised;            /* the error tells what to type instead */
	bool no_memory;          /* because memory ran out */
};

/*
 * Parse the options into *o: letters by the rules of POSIX, and --name value or
 * --name=value. Options may stand after the operands too, which are moved to
 * the front of argv; all words after "--" are operands. rules_check() and
 * operands_parse() do the rest.
 * Returns 0, or -1 with the reason in o->error.
 * The strings in *o point into argv, where the arguments of -a and -K are split
 * at their commas, the name of a long option is split from its value, and the
 * password of -P is hidden: what follows it moves.
 */
int opts_parse(struct opts *o, int argc, char **argv);

/* An option as the user wrote it, for diagnostics: "-w" or "--wait". */
struct opts_name {
	char text[32];
};

struct opts_name opts_name(const struct opts *o, enum opt opt);

/* The option by its letter, unless by_name is set or there is none. */
struct opts_name opts_name_as(enum opt opt, bool by_name);

/* Its letter, '\0' if it has none, and whether it takes no argument. */
char opts_letter(enum opt opt);
bool opts_is_flag(enum opt opt);

/* Write to o->error why the command line is rejected. Returns -1. */
int opts_error(struct opts *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same; the line says what to type, so it needs no pointer to the help. */
int opts_advise(struct opts *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Another option means this flag too. */
void opts_imply(struct opts *o, enum opt flag);

/* Free what opts_parse() allocated, also after it failed. */
void opts_free(struct opts *o);

/* Write the help text to out: one line per option, by section. */
void opts_help(FILE *out);

/*
 * Write the options to out for programs, one per line: letter, name, argument
 * and help, separated by tabs. An option without a letter, or without an
 * argument, has an empty field there.
 */
void opts_list(FILE *out);

#endif
