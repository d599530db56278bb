/* The option table, and the parser that follows it. */
#include "opts.h"
#include "cli/mistakes.h"
#include "cli/value.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	GUESS = 6,   /* letters that differ at most in a guess */
	COLUMN = 17, /* width of a name and an argument in the help */
};

/* What an option sets: numbers of all kinds, and what follows. */
enum kind {
	NUMBER = VALUE_NUMBER, BYTES = VALUE_BYTES, TIME = VALUE_TIME,
	TOS = VALUE_TOS, OCTAL = VALUE_OCTAL,
	FLAG, COUNT, LIMITS, LIST, LOGIN, STRING
};

/* What an argument is called in an error; NULL: as in the help. */
static const char *const called[STRING + 1] = {
	[NUMBER] = "a number", [BYTES] = "bytes", [TIME] = "seconds",
	[TOS] = "type of service", [OCTAL] = "permissions",
	[LIMITS] = "a number", [LOGIN] = "user[:password]",
};

/* Of the help. */
enum section { CONNECT, LISTEN, ADDRESS, DATA, ENDS, WATCH, GENERAL, SECTIONS };

static const char *const headings[SECTIONS] = {
	[CONNECT] = "Connect", [LISTEN] = "Listen",
	[ADDRESS] = "Addresses and sockets", [DATA] = "Data",
	[ENDS] = "How both sides end", [WATCH] = "Watch",
	[GENERAL] = "General",
};

static const struct option {
	char letter;      /* '\0': the option has only a name */
	const char *name; /* of the long option, after "--" */
	const char *arg;  /* its argument in the help; NULL: none */
	enum kind kind;
	size_t field; /* its offset in struct opts */
	enum section section;
	const char *help; /* NULL: the option is not shown */
	long long min, max;
} table[OPTS] = {
#define AT(field) offsetof(struct opts, field)
	[OPT_IPV4] = { '4', "ipv4", NULL, FLAG, AT(only4), ADDRESS,
	    "use only IPv4" },
	[OPT_IPV6] = { '6', "ipv6", NULL, FLAG, AT(only6), ADDRESS,
	    "use only IPv6" },
	[OPT_ALLOW] = { 'a', "allow", "nets", LIST, AT(allow), LISTEN,
	    "with -l: accept clients from these networks only" },
	[OPT_READ_SIZE] = { 'B', "read-size", "bytes", BYTES,
	    AT(read_size), DATA,
	    "read at most this many bytes at once", 1, 1 << 30 },
	[OPT_BACKLOG] = { 'b', "backlog", "num", NUMBER, AT(backlog), LISTEN,
	    "with -l: how many clients may wait to be accepted", 0, INT_MAX },
	[OPT_CRLF] = { 'C', "crlf", NULL, FLAG, AT(crlf), DATA,
	    "send CR LF for each LF that has no CR before it" },
	[OPT_RETRY] = { 'c', "retry", "secs", TIME, AT(retry), CONNECT,
	    "keep trying to connect for this long", 0, LLONG_MAX },
	[OPT_RECV_ONLY] = { 'd', "recv-only", NULL, FLAG, AT(recv_only), ENDS,
	    "receive only: do not read standard input" },
	[OPT_SH_EXEC] = { 'e', "sh-exec", "command", STRING, AT(command), DATA,
	    "run this shell command on each connection" },
	[OPT_PASS_FD] = { 'F', "pass-fd", NULL, FLAG, AT(pass_fd), DATA,
	    "pass the connected socket to standard output; exit" },
	[OPT_FORWARD] = { 'f', "forward", "dest", STRING, AT(forward), LISTEN,
	    "with -l: connect each client to host:port or a path" },
	[OPT_NO_SHUTDOWN] = { 'H', "no-shutdown", NULL, FLAG,
	    AT(no_half_close), ENDS,
	    "do not half-close at the end of standard input" },
	[OPT_HELP] = { 'h', "help", NULL, FLAG, AT(help), GENERAL,
	    "show this help" },
	[OPT_RECV_BUFFER] = { 'I', "recv-buffer", "bytes", BYTES,
	    AT(recv_buffer), ADDRESS,
	    "set the socket's receive buffer size", 1, INT_MAX },
	[OPT_DELAY] = { 'i', "delay", "secs", TIME, AT(delay), DATA,
	    "wait this long between lines sent or ports scanned",
	    0, LLONG_MAX },
	[OPT_BROKER] = { 'j', "broker", NULL, FLAG, AT(broker), LISTEN,
	    "with -k: pass what each client sends to the others" },
	[OPT_KEEP_OPEN] = { 'k', "keep-open", NULL, FLAG, AT(keep_open), LISTEN,
	    "serve many clients at once; else repeat, reconnect" },
	[OPT_SOCKOPT] = { 'K', "sockopt", "name=val", LIST, AT(sockopts),
	    ADDRESS, "set a socket option, such as keepidle=60" },
	[OPT_LINES] = { 'L', "lines", NULL, FLAG, AT(lines), DATA,
	    "work in whole lines; with -k, prefix the address" },
	[OPT_LISTEN] = { 'l', "listen", NULL, FLAG, AT(listen), LISTEN,
	    "listen for a connection" },
	[OPT_MAX_CONNS] = { 'M', "max-conns", "num", LIMITS,
	    AT(max_clients), LISTEN,
	    "with -k: serve at most this many clients at once", 1, INT_MAX },
	[OPT_MESSAGES] = { 'm', "messages", NULL, FLAG, AT(messages), DATA,
	    "messages: '.' sends one, '^' ends the conversation" },
	[OPT_SHUTDOWN] = { 'N', "shutdown", NULL, FLAG,
	    AT(half_close_at_once), ENDS,
	    "half-close at once, even if standard input is empty" },
	[OPT_NODNS] = { 'n', "nodns", NULL, FLAG, AT(numeric), ADDRESS,
	    "do not resolve names (numeric only)" },
	[OPT_SEND_BUFFER] = { 'O', "send-buffer", "bytes", BYTES,
	    AT(send_buffer), ADDRESS,
	    "set the socket's send buffer size", 1, INT_MAX },
	[OPT_HEX_DUMP] = { 'o', "hex-dump", "file", STRING, AT(dump), WATCH,
	    "hex dump of all data to this file; - is stderr" },
	[OPT_PROXY_AUTH] = { 'P', "proxy-auth", "login", LOGIN,
	    AT(proxy_user), CONNECT,
	    "with -x: log in to the proxy as user[:password]" },
	[OPT_SOURCE_PORT] = { 'p', "source-port", "port", STRING,
	    AT(source_port), ADDRESS,
	    "local port; with -l, the port to listen on" },
	[OPT_QUIT_AFTER] = { 'q', "quit-after", "secs", TIME,
	    AT(quit_after), ENDS,
	    "after one side ends, how long the other may be silent",
	    0, LLONG_MAX },
	[OPT_NO_REUSE] = { 'R', "no-reuse", NULL, FLAG, AT(no_reuse), ADDRESS,
	    "never set SO_REUSEADDR or replace a stale socket" },
	[OPT_REUSE] = { 'r', "reuse", NULL, FLAG, AT(reuse), ADDRESS,
	    "always set SO_REUSEADDR" },
	[OPT_PROGRESS] = { 'S', "progress", NULL, FLAG, AT(progress), WATCH,
	    "show a progress meter, and the totals at the end" },
	[OPT_SOURCE] = { 's', "source", "addr", STRING, AT(source), ADDRESS,
	    "local address to use" },
	[OPT_TOS] = { 'T', "tos", "tos", TOS, AT(tos), ADDRESS,
	    "IP type of service: a number, or a name such as ef", 0, 255 },
	[OPT_TELNET] = { 't', "telnet", NULL, FLAG, AT(telnet), DATA,
	    "refuse telnet negotiation and remove it" },
	[OPT_UNIXSOCK] = { 'U', "unixsock", NULL, FLAG,
	    AT(unix_domain), ADDRESS,
	    "use a Unix-domain socket" },
	[OPT_UDP] = { 'u', "udp", NULL, FLAG, AT(datagram), ADDRESS,
	    "use datagrams: UDP, or Unix datagrams with -U" },
	[OPT_VERSION] = { 'V', "version", NULL, FLAG, AT(version), GENERAL,
	    "show the version" },
	[OPT_VERBOSE] = { 'v', "verbose", NULL, COUNT, AT(verbose), WATCH,
	    "verbose; -vv: more detail; -vvv: each socket call" },
	[OPT_MAX_MESSAGES] = { 'W', "max-messages", "num", NUMBER,
	    AT(max_messages), ENDS,
	    "quit after receiving this many messages or reads", 1, LLONG_MAX },
	[OPT_WAIT] = { 'w', "wait", "secs", TIME, AT(timeout), ENDS,
	    "time limit for connecting and for an idle connection",
	    0, LLONG_MAX },
	[OPT_PROXY_TYPE] = { 'X', "proxy-type", "type", STRING,
	    AT(proxy_type), CONNECT,
	    "with -x: 5 for SOCKS5 (the default), 4, or connect" },
	[OPT_PROXY] = { 'x', "proxy", "proxy", STRING, AT(proxy), CONNECT,
	    "connect through this proxy: host[:port]" },
	[OPT_RATE] = { 'y', "rate", "bytes", BYTES, AT(rate), DATA,
	    "pass at most this many bytes per second each way", 1, 1LL << 40 },
	[OPT_SCAN] = { 'z', "scan", NULL, FLAG, AT(scan), CONNECT,
	    "scan: report which ports are open, send nothing" },
	[OPT_IDLE_EXIT] = { '\0', "idle-exit", "secs", TIME, AT(idle_exit),
	    ENDS, "with -lk: exit after this long without a client",
	    0, LLONG_MAX },
	[OPT_MODE] = { '\0', "mode", "octal", OCTAL, AT(mode), LISTEN,
	    "with -lU: permissions of the socket file", 0, 0777 },
	[OPT_READY] = { '\0', "ready", "fd", NUMBER, AT(ready), LISTEN,
	    "with -l: once it listens, write the port to fd",
	    STDERR_FILENO + 1, INT_MAX },
	[OPT_SEND_ONLY] = { '\0', "send-only", NULL, FLAG, AT(send_only), ENDS,
	    "throw away what is received; quit when all is sent" },
	[OPT_STAMP] = { '\0', "stamp", NULL, FLAG, AT(stamp), WATCH,
	    "the time of day before each line" },
	[OPT_LIST_OPTIONS] = { '\0', "list-options", NULL, FLAG,
	    AT(list_options), GENERAL, NULL },
#undef AT
};

_Static_assert(OPTS <= 64, "a set of options has 64 bits");

/* The option with this letter; OPTS: none. */
static enum opt
find_letter(int letter)
{
	enum opt id = 0;

	while (id < OPTS && table[id].letter != letter)
		id++;
	return id;
}

static enum opt
find_name(const char *name)
{
	enum opt id = 0;

	while (id < OPTS && strcmp(table[id].name, name) != 0)
		id++;
	return id;
}

struct opts_name
opts_name_as(enum opt id, bool by_name)
{
	struct opts_name name;

	if (by_name || table[id].letter == '\0')
		snprintf(name.text, sizeof name.text, "--%s", table[id].name);
	else
		snprintf(name.text, sizeof name.text, "-%c", table[id].letter);
	return name;
}

struct opts_name
opts_name(const struct opts *o, enum opt id)
{
	return opts_name_as(id, (o->by_name & SET(id)) != 0);
}

int
opts_error(struct opts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof o->error, fmt, ap);
	va_end(ap);
	return -1;
}

static int
out_of_memory(struct opts *o)
{
	o->no_memory = true;
	return opts_error(o, "out of memory");
}

/* Is the argument of this option a known mistake? Then the error says so. */
static bool
is_argument_mistaken(struct opts *o, enum opt id, const char *arg)
{
	const char *advice = mistake_argument(id, arg);

	if (advice == NULL)
		return false;
	o->advised = true;
	opts_error(o, "%s %s: %s", opts_name(o, id).text, arg, advice);
	return true;
}

/* Split arg at its commas, in place, and append the parts to the list. */
static int
append_list(struct opts *o, struct strlist *list, char *arg)
{
	for (char *next = arg; next != NULL; arg = next) {
		char **more = realloc(list->item,
		    ((size_t)list->n + 1) * sizeof(char *));

		if (more == NULL)
			return out_of_memory(o);
		next = strchr(arg, ',');
		if (next != NULL)
			*next++ = '\0';
		list->item = more;
		list->item[list->n++] = arg;
	}
	return 0;
}

/*
 * Split user:password. The password is copied, and overwritten in the command
 * line, where ps(1) shows it.
 */
static int
apply_login(struct opts *o, char *arg)
{
	char *colon = strchr(arg, ':');

	free(o->proxy_password);
	o->proxy_password = NULL;
	o->proxy_user = arg;
	if (colon != NULL) {
		*colon = '\0';
		o->proxy_password = strdup(colon + 1);
		memset(colon + 1, '*', strlen(colon + 1));
		if (o->proxy_password == NULL)
			return out_of_memory(o);
	}
	if (*arg != '\0' || colon != NULL)
		return 0;
	return opts_error(o, "%s: the user is missing",
	    opts_name(o, OPT_PROXY_AUTH).text);
}

/* Parse the value of an option into *field. */
static int
parse_value(struct opts *o, enum opt id, enum value kind, const char *arg,
    long long *field)
{
	const struct option *opt = &table[id];
	long long n = value_parse(kind, arg);
	char form[VALUE_FORM];

	if (n >= opt->min && n <= opt->max) {
		*field = n;
		return 0;
	}
	if (n == -1 && is_argument_mistaken(o, id, arg))
		return -1;
	if (n == -1)
		value_form(kind, opt->min, opt->max, form);
	else
		snprintf(form, sizeof form, "must be between %lld and %lld",
		    opt->min, opt->max);
	return opts_error(o, "%s %s: %s", opts_name(o, id).text,
	    value_shown(arg), form);
}

/* Split num[,per]: a limit of all clients, and one of each address. */
static int
apply_limits(struct opts *o, enum opt id, char *arg)
{
	char *comma = strchr(arg, ',');

	if (comma != NULL)
		*comma++ = '\0';
	if (parse_value(o, id, VALUE_NUMBER, arg, &o->max_clients) == -1)
		return -1;
	return comma == NULL ? 0 : parse_value(o, id, VALUE_NUMBER, comma,
	    &o->max_per_address);
}

/* Set the option's field in *o. */
static int
apply(struct opts *o, enum opt id, char *arg)
{
	void *field = (char *)o + table[id].field;

	switch (table[id].kind) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case COUNT:
		++*(int *)field;
		return 0;
	case STRING:
		if (is_argument_mistaken(o, id, arg))
			return -1;
		*(const char **)field = arg;
		return 0;
	case LIMITS:
		return apply_limits(o, id, arg);
	case LIST:
		return append_list(o, field, arg);
	case LOGIN:
		return apply_login(o, arg);
	default:
		return parse_value(o, id, (enum value)table[id].kind, arg,
		    field);
	}
}

/* Write getopt(3)'s option string for the table to s. */
static void
build_optstring(char *s)
{
	*s++ = ':';
	for (size_t i = 0; i < OPTS; i++) {
		if (table[i].letter == '\0')
			continue;
		*s++ = table[i].letter;
		if (table[i].arg != NULL)
			*s++ = ':';
	}
	*s = '\0';
}

static int
missing_argument(struct opts *o, enum opt id)
{
	const char *name = table[id].arg;

	if (called[table[id].kind] != NULL)
		name = called[table[id].kind];
	return opts_error(o, "option %s requires an argument (%s)",
	    opts_name(o, id).text, name);
}

/* Report an unknown option; the guess, if any, is what was meant. */
static int
unknown(struct opts *o, const char *option, const char *guess)
{
	const char *advice = mistake_option(option);

	o->advised = advice != NULL || guess != NULL;
	if (advice != NULL)
		return opts_error(o, "unknown option %s: %s", option, advice);
	if (guess != NULL)
		return opts_error(o, "unknown option %s (did you mean --%s?)",
		    option, guess);
	return opts_error(o, "unknown option %s", option);
}

/* Apply the letter that getopt(3) returned as c. */
static int
parse_letter(struct opts *o, int c)
{
	const char option[] = { '-', (char)optopt, '\0' };
	enum opt id;

	if (c == '?' && optopt == '-')
		return opts_error(o, "'-' is not an option letter");
	if (c == '?')
		return unknown(o, option, NULL);
	id = find_letter(c == ':' ? optopt : c);
	o->given |= SET(id);
	o->by_name &= ~SET(id);
	return c == ':' ? missing_argument(o, id) : apply(o, id, optarg);
}

static bool
is_near(const char *text, const char *name, size_t differ)
{
	return differ <= strlen(name) / 3 && mistake_near(text, name, differ);
}

/*
 * The name that was probably meant: one that was cut short, or else one of
 * which at most a third of the letters differ. NULL: none is near.
 */
static const char *
nearest_name(const char *text)
{
	size_t n = strlen(text);

	for (enum opt id = 0; id < OPTS && n > 0; id++)
		if (strncmp(text, table[id].name, n) == 0)
			return table[id].name;
	for (size_t differ = 1; differ <= GUESS; differ++)
		for (enum opt id = 0; id < OPTS; id++)
			if (is_near(text, table[id].name, differ))
				return table[id].name;
	return NULL;
}

/*
 * Parse the long option argv[optind], --name or --name=value, and the argument
 * after it if that is its value. Returns 0, or -1 after an error.
 */
static int
parse_long(struct opts *o, char **argv)
{
	char *word = argv[optind++], *value = strchr(word, '=');
	enum opt id;

	if (value != NULL)
		*value++ = '\0';
	id = find_name(word + 2);
	if (id == OPTS)
		return unknown(o, word, nearest_name(word + 2));
	o->given |= SET(id);
	o->by_name |= SET(id);
	if (table[id].arg == NULL && value != NULL)
		return opts_error(o, "option %s takes no argument", word);
	if (table[id].arg != NULL && value == NULL) {
		value = argv[optind];
		if (value == NULL)
			return missing_argument(o, id);
		optind++;
	}
	return apply(o, id, value);
}

static bool
is_long(const char *arg)
{
	return strncmp(arg, "--", 2) == 0 && arg[2] != '\0';
}

/*
 * Apply all options. getopt(3) knows only letters; it is never in the middle of
 * a group of letters where argv[optind] is a long option.
 */
static int
parse_options(struct opts *o, int argc, char **argv)
{
	char optstring[2 * OPTS + 2];
	int c, status = 0;

	build_optstring(optstring);
	opterr = 0;
	while (status == 0) {
		if (optind < argc && is_long(argv[optind]))
			status = parse_long(o, argv);
		else if ((c = getopt(argc, argv, optstring)) != -1)
			status = parse_letter(o, c);
		else
			break;
	}
	return status;
}

int
opts_parse(struct opts *o, int argc, char **argv)
{
	*o = (struct opts){ .read_size = -1, .backlog = -1, .max_clients = -1,
		.max_per_address = -1, .ready = -1, .idle_exit = -1,
		.mode = -1,
		.recv_buffer = -1, .send_buffer = -1, .tos = -1,
		.max_messages = -1, .quit_after = -1, .timeout = -1,
		.retry = -1, .delay = -1, .rate = -1 };
	if (parse_options(o, argc, argv) == -1)
		return -1;
	o->operand = argv + optind;
	o->noperands = argc - optind;
	return 0;
}

void
opts_free(struct opts *o)
{
	free(o->allow.item);
	free(o->sockopts.item);
	free(o->proxy_password);
}

static void
help_option(FILE *out, const struct option *opt)
{
	const char *arg = "";

	if (opt->arg != NULL)
		arg = opt->arg;
	if (opt->letter != '\0')
		fprintf(out, "  -%c, ", opt->letter);
	else
		fputs("      ", out);
	fprintf(out, "--%s %-*s %s\n", opt->name,
	    COLUMN - (int)strlen(opt->name), arg, opt->help);
}

void
opts_help(FILE *out)
{
	fputs("usage: sockcat [options] host port\n"
	    "       sockcat [options] -l [host] port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat [options] -l -U path\n"
	    "       sockcat [options] -z host port[,port...]\n", out);
	for (enum section section = 0; section < SECTIONS; section++) {
		fprintf(out, "\n%s:\n", headings[section]);
		for (enum opt id = 0; id < OPTS; id++)
			if (table[id].section == section &&
			    table[id].help != NULL)
				help_option(out, &table[id]);
	}
	fputs("\nByte counts accept k, M and G; seconds may be fractional.\n"
	    "Manual: man sockcat, man sockcat-sockets\n", out);
}

void
opts_list(FILE *out)
{
	for (enum opt id = 0; id < OPTS; id++) {
		const struct option *opt = &table[id];

		if (opt->help == NULL)
			continue;
		if (opt->letter != '\0')
			fputc(opt->letter, out);
		fprintf(out, "\t%s\t", opt->name);
		if (opt->arg != NULL)
			fputs(opt->arg, out);
		fprintf(out, "\t%s\n", opt->help);
	}
}
