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

enum kind { FLAG, COUNT, NUMBER, BYTES, TIME, TOS, STRING, LIST, LOGIN };

static const struct option {
	char letter;      /* 0: it has only a name */
	const char *name; /* of the long option, after "--" */
	const char *arg;  /* its argument in the help; NULL: none */
	const char *help; /* NULL: the help does not show the option */
	enum kind kind;
	size_t field; /* its offset in struct opts */
	long long min, max;
} table[OPTS] = {
#define AT(field) offsetof(struct opts, field)
	[OPT_IPV4] = { '4', "ipv4", NULL, "use only IPv4", FLAG, AT(only4) },
	[OPT_IPV6] = { '6', "ipv6", NULL, "use only IPv6", FLAG, AT(only6) },
	[OPT_ALLOW] = { 'a', "allow", "nets",
	    "with -l: accept clients from these networks only",
	    LIST, AT(allow) },
	[OPT_READ_SIZE] = { 'B', "read-size", "bytes",
	    "read at most this many bytes at once",
	    BYTES, AT(read_size), 1, 1 << 30 },
	[OPT_BACKLOG] = { 'b', "backlog", "num",
	    "with -l: how many clients may wait to be accepted",
	    NUMBER, AT(backlog), 0, INT_MAX },
	[OPT_CRLF] = { 'C', "crlf", NULL,
	    "send CR LF for each LF that has no CR before it",
	    FLAG, AT(crlf) },
	[OPT_RETRY] = { 'c', "retry", "secs",
	    "keep trying to connect for this long",
	    TIME, AT(retry), 0, LLONG_MAX },
	[OPT_RECV_ONLY] = { 'd', "recv-only", NULL,
	    "receive only: do not read standard input",
	    FLAG, AT(recv_only) },
	[OPT_SH_EXEC] = { 'e', "sh-exec", "command",
	    "run this shell command on each connection",
	    STRING, AT(command) },
	[OPT_PASS_FD] = { 'F', "pass-fd", NULL,
	    "pass the connected socket to standard output, and exit",
	    FLAG, AT(pass_fd) },
	[OPT_NO_SHUTDOWN] = { 'H', "no-shutdown", NULL,
	    "do not half-close at the end of standard input",
	    FLAG, AT(no_half_close) },
	[OPT_HELP] = { 'h', "help", NULL, "show this help", FLAG, AT(help) },
	[OPT_RECV_BUFFER] = { 'I', "recv-buffer", "bytes",
	    "set the socket's receive buffer size",
	    BYTES, AT(recv_buffer), 1, INT_MAX },
	[OPT_DELAY] = { 'i', "delay", "secs",
	    "wait this long between lines sent, or with -z between ports",
	    TIME, AT(delay), 0, LLONG_MAX },
	[OPT_BROKER] = { 'j', "broker", NULL,
	    "with -k: pass what each client sends to all the others",
	    FLAG, AT(broker) },
	[OPT_KEEP_OPEN] = { 'k', "keep-open", NULL,
	    "with -l: serve many clients at once; with -z: repeat",
	    FLAG, AT(keep_open) },
	[OPT_LINES] = { 'L', "lines", NULL,
	    "work in whole lines; with -k, prefix the client's address",
	    FLAG, AT(lines) },
	[OPT_LISTEN] = { 'l', "listen", NULL, "listen for a connection",
	    FLAG, AT(listen) },
	[OPT_MAX_CONNS] = { 'M', "max-conns", "num",
	    "with -k: serve at most this many clients at once",
	    NUMBER, AT(max_clients), 1, INT_MAX },
	[OPT_MESSAGES] = { 'm', "messages", NULL,
	    "message protocol: '.' sends a message, '^' ends the conversation",
	    FLAG, AT(messages) },
	[OPT_SHUTDOWN] = { 'N', "shutdown", NULL,
	    "half-close at once, even if standard input is empty",
	    FLAG, AT(half_close_at_once) },
	[OPT_NODNS] = { 'n', "nodns", NULL,
	    "do not resolve names (numeric only)",
	    FLAG, AT(numeric) },
	[OPT_SEND_BUFFER] = { 'O', "send-buffer", "bytes",
	    "set the socket's send buffer size",
	    BYTES, AT(send_buffer), 1, INT_MAX },
	[OPT_HEX_DUMP] = { 'o', "hex-dump", "file",
	    "write a hex dump of all data to this file; - is stderr",
	    STRING, AT(dump) },
	[OPT_PROXY_AUTH] = { 'P', "proxy-auth", "login",
	    "with -x: log in to the proxy as user[:password]",
	    LOGIN, AT(proxy_user) },
	[OPT_SOURCE_PORT] = { 'p', "source-port", "port",
	    "local port; with -l, the port to listen on",
	    STRING, AT(source_port) },
	[OPT_QUIT_AFTER] = { 'q', "quit-after", "secs",
	    "after one side ends, quit when the other has been silent this "
	    "long",
	    TIME, AT(quit_after), 0, LLONG_MAX },
	[OPT_NO_REUSE] = { 'R', "no-reuse", NULL,
	    "never set SO_REUSEADDR or replace a stale socket file",
	    FLAG, AT(no_reuse) },
	[OPT_REUSE] = { 'r', "reuse", NULL, "always set SO_REUSEADDR",
	    FLAG, AT(reuse) },
	[OPT_PROGRESS] = { 'S', "progress", NULL,
	    "show a progress meter, and the totals at the end",
	    FLAG, AT(progress) },
	[OPT_SOURCE] = { 's', "source", "addr", "local address to use",
	    STRING, AT(source) },
	[OPT_TOS] = { 'T', "tos", "tos",
	    "IP type of service: a number, or a name such as ef",
	    TOS, AT(tos), 0, 255 },
	[OPT_TELNET] = { 't', "telnet", NULL,
	    "refuse telnet negotiation and remove it",
	    FLAG, AT(telnet) },
	[OPT_UNIXSOCK] = { 'U', "unixsock", NULL, "use a Unix-domain socket",
	    FLAG, AT(unix_domain) },
	[OPT_UDP] = { 'u', "udp", NULL,
	    "use datagrams: UDP, or Unix datagrams with -U",
	    FLAG, AT(datagram) },
	[OPT_VERSION] = { 'V', "version", NULL, "show the version",
	    FLAG, AT(version) },
	[OPT_VERBOSE] = { 'v', "verbose", NULL,
	    "verbose; twice for more detail, three times for socket calls",
	    COUNT, AT(verbose) },
	[OPT_MAX_MESSAGES] = { 'W', "max-messages", "num",
	    "quit after receiving this many messages or reads",
	    NUMBER, AT(max_messages), 1, LLONG_MAX },
	[OPT_WAIT] = { 'w', "wait", "secs",
	    "time limit for connecting and for an idle connection",
	    TIME, AT(timeout), 0, LLONG_MAX },
	[OPT_PROXY_TYPE] = { 'X', "proxy-type", "type",
	    "with -x: 5 for SOCKS5 (the default), 4, or connect",
	    STRING, AT(proxy_type) },
	[OPT_PROXY] = { 'x', "proxy", "proxy",
	    "connect through this proxy: host[:port]",
	    STRING, AT(proxy) },
	[OPT_RATE] = { 'y', "rate", "bytes",
	    "pass at most this many bytes per second each way",
	    BYTES, AT(rate), 1, 1LL << 40 },
	[OPT_SCAN] = { 'z', "scan", NULL,
	    "scan: report which ports are open, send nothing",
	    FLAG, AT(scan) },
#undef AT
};

_Static_assert(OPTS <= 64, "a set of options has 64 bits");

/* What a relay does with data: nothing of this if another program has it. */
#define RELAYED (SET(OPT_CRLF) | SET(OPT_DELAY) | SET(OPT_LINES) | \
	SET(OPT_MESSAGES) | SET(OPT_TELNET) | SET(OPT_RATE) | \
	SET(OPT_BROKER) | SET(OPT_MAX_MESSAGES) | SET(OPT_HEX_DUMP) | \
	SET(OPT_PROGRESS))

/* What cannot be combined, what requires another option, and why. */
static const struct rule {
	enum opt opt;
	unsigned long long excludes;
	unsigned long long needs_one;
	const char *why;
} rules[] = {
	{ OPT_IPV4, SET(OPT_IPV6), 0, "each leaves out the other's addresses" },
	{ OPT_ALLOW, 0, SET(OPT_LISTEN), "only a listener accepts clients" },
	{ OPT_BACKLOG, 0, SET(OPT_LISTEN), "only a listener has a backlog" },
	{ OPT_CRLF, SET(OPT_SCAN), 0, "a scan sends nothing" },
	{ OPT_RETRY, SET(OPT_LISTEN), 0, "a listener does not connect" },
	{ OPT_RETRY, SET(OPT_KEEP_OPEN), 0, "-k already repeats" },
	{ OPT_SH_EXEC, SET(OPT_UDP), 0, "a command needs a stream" },
	{ OPT_SH_EXEC, SET(OPT_SCAN), 0, "a scan keeps no connection" },
	{ OPT_SH_EXEC, RELAYED | SET(OPT_RECV_ONLY), 0,
	    "the command gets the connection itself" },
	{ OPT_PASS_FD, SET(OPT_LISTEN), 0, "it passes a connection it made" },
	{ OPT_PASS_FD, SET(OPT_UDP), 0, "it passes a stream" },
	{ OPT_PASS_FD, SET(OPT_SCAN), 0, "a scan keeps no connection" },
	{ OPT_PASS_FD, SET(OPT_SH_EXEC) | RELAYED, 0,
	    "another program gets the connection" },
	{ OPT_NO_SHUTDOWN, SET(OPT_SHUTDOWN), 0, "each forbids the other" },
	{ OPT_BROKER, 0, SET(OPT_KEEP_OPEN), "there is only one client" },
	{ OPT_KEEP_OPEN, 0, SET(OPT_LISTEN) | SET(OPT_SCAN),
	    "it serves many clients, or repeats a scan" },
	{ OPT_MAX_CONNS, 0, SET(OPT_KEEP_OPEN), "there is only one client" },
	{ OPT_PROXY_AUTH, 0, SET(OPT_PROXY), "there is no proxy" },
	{ OPT_NO_REUSE, SET(OPT_REUSE), 0, "each forbids the other" },
	{ OPT_TELNET, SET(OPT_UDP), 0, "telnet needs a stream" },
	{ OPT_TELNET, SET(OPT_SCAN), 0, "a scan receives nothing" },
	{ OPT_UNIXSOCK, SET(OPT_IPV4) | SET(OPT_IPV6) | SET(OPT_ALLOW) |
	    SET(OPT_SOURCE_PORT) | SET(OPT_TOS), 0,
	    "a path has no IP address, port or type of service" },
	{ OPT_UDP, SET(OPT_BACKLOG), 0, "datagrams have no backlog" },
	{ OPT_PROXY_TYPE, 0, SET(OPT_PROXY), "there is no proxy" },
	{ OPT_PROXY, SET(OPT_UNIXSOCK) | SET(OPT_LISTEN) | SET(OPT_UDP) |
	    SET(OPT_SCAN), 0, "a proxy makes one TCP connection" },
	{ OPT_RATE, SET(OPT_SCAN), 0, "a scan sends nothing" },
	{ OPT_SCAN, SET(OPT_BROKER) | SET(OPT_MAX_CONNS), 0,
	    "a scan has no clients" },
	{ OPT_SCAN, SET(OPT_LISTEN), 0, "a scan connects" },
	{ OPT_SCAN, SET(OPT_UNIXSOCK), 0, "a path has no ports" },
	{ OPT_SCAN, SET(OPT_LINES) | SET(OPT_MESSAGES) | SET(OPT_HEX_DUMP) |
	    SET(OPT_PROGRESS), 0, "a scan passes no data" },
};

enum { RULES = sizeof rules / sizeof rules[0] };

/* The option with this letter; NULL: none. */
static const struct option *
find_letter(int letter)
{
	for (size_t i = 0; i < OPTS; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static const struct option *
find_name(const char *name)
{
	for (size_t i = 0; i < OPTS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static enum opt
id_of(const struct option *opt)
{
	return (enum opt)(opt - table);
}

/* An option as it is written by its letter, if it has one, or by its name. */
static struct opts_name
name_of(enum opt id, bool by_name)
{
	const struct option *opt = &table[id];
	struct opts_name name;

	if (by_name || opt->letter == '\0')
		snprintf(name.text, sizeof name.text, "--%s", opt->name);
	else
		snprintf(name.text, sizeof name.text, "-%c", opt->letter);
	return name;
}

struct opts_name
opts_name(const struct opts *o, enum opt id)
{
	return name_of(id, (o->by_name & SET(id)) != 0);
}

static int set_error(struct opts *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
set_error(struct opts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof o->error, fmt, ap);
	va_end(ap);
	return -1;
}

/* Is the argument of this option a known mistake? Then the error says so. */
static bool
is_argument_mistaken(struct opts *o, const struct option *opt, const char *arg)
{
	const char *advice = mistake_argument(id_of(opt), arg);

	if (advice == NULL)
		return false;
	o->advised = true;
	set_error(o, "%s %s: %s", opts_name(o, id_of(opt)).text, arg, advice);
	return true;
}

/* Split arg at its commas, in place, and append the parts to the list. */
static int
append_list(struct opts *o, struct strlist *list, char *arg)
{
	for (char *next = arg; next != NULL; arg = next) {
		char **more = realloc(list->item,
		    ((size_t)list->n + 1) * sizeof(char *));

		o->no_memory = more == NULL;
		if (o->no_memory)
			return set_error(o, "out of memory");
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
	size_t n = strcspn(arg, ":");
	char *password = arg[n] == ':' ? arg + n + 1 : NULL;

	arg[n] = '\0';
	o->proxy_user = arg;
	free(o->proxy_password);
	o->proxy_password = NULL;
	if (password != NULL) {
		o->proxy_password = strdup(password);
		memset(password, '*', strlen(password));
		o->no_memory = o->proxy_password == NULL;
	}
	if (o->no_memory)
		return set_error(o, "out of memory");
	if (n > 0 || password != NULL)
		return 0;
	return set_error(o, "%s: the user is missing",
	    opts_name(o, OPT_PROXY_AUTH).text);
}

static long long
parse_value(enum kind kind, const char *arg)
{
	switch (kind) {
	case BYTES:
		return value_bytes(arg);
	case TIME:
		return value_time(arg);
	case TOS:
		return value_tos(arg);
	default:
		return value_number(arg);
	}
}

/* The argument cannot be read: report what it has to look like. */
static int
malformed(struct opts *o, const struct option *opt, const char *arg)
{
	struct opts_name name = opts_name(o, id_of(opt));

	if (is_argument_mistaken(o, opt, arg))
		return -1;
	if (*arg == '\0')
		arg = "''";
	switch (opt->kind) {
	case BYTES:
		return set_error(o, "%s %s: must be a number of bytes "
		    "between %lld and %lld, such as 64k", name.text, arg,
		    opt->min, opt->max);
	case TIME:
		return set_error(o, "%s %s: must be a number of seconds "
		    "below %d, without a unit, such as 5 or 0.25", name.text,
		    arg, VALUE_SECONDS);
	case TOS:
		return set_error(o, "%s %s: must be a number between "
		    "%lld and %lld, or a name such as ef", name.text, arg,
		    opt->min, opt->max);
	default:
		return set_error(o, "%s %s: must be a whole number "
		    "between %lld and %lld", name.text, arg, opt->min,
		    opt->max);
	}
}

static int
apply_value(struct opts *o, const struct option *opt, const char *arg)
{
	long long n = parse_value(opt->kind, arg);

	if (n == -1)
		return malformed(o, opt, arg);
	if (n < opt->min || n > opt->max)
		return set_error(o, "%s %s: must be between %lld and %lld",
		    opts_name(o, id_of(opt)).text, arg, opt->min, opt->max);
	*(long long *)(void *)((char *)o + opt->field) = n;
	return 0;
}

/* Set the option's field in *o. */
static int
apply(struct opts *o, const struct option *opt, bool by_name, char *arg)
{
	unsigned long long bit = SET(id_of(opt));
	void *field = (char *)o + opt->field;

	o->given |= bit;
	o->by_name &= ~bit;
	if (by_name)
		o->by_name |= bit;
	switch (opt->kind) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case COUNT:
		++*(int *)field;
		return 0;
	case STRING:
		if (is_argument_mistaken(o, opt, arg))
			return -1;
		*(const char **)field = arg;
		return 0;
	case LIST:
		return append_list(o, field, arg);
	case LOGIN:
		return apply_login(o, arg);
	default:
		return apply_value(o, opt, arg);
	}
}

/* Report what the rule's option cannot be combined with. */
static int
excluded(struct opts *o, const struct rule *rule)
{
	enum opt other = 0;

	while ((o->given & rule->excludes & SET(other)) == 0)
		other++;
	o->advised = true;
	return set_error(o, "%s and %s cannot be combined: %s",
	    opts_name(o, rule->opt).text, opts_name(o, other).text, rule->why);
}

/*
 * Report what the rule's option requires. That is named in the form of the
 * option itself.
 */
static int
incomplete(struct opts *o, const struct rule *rule)
{
	bool by_name = (o->by_name & SET(rule->opt)) != 0;
	char needs[64] = "";

	for (enum opt id = 0; id < OPTS; id++) {
		size_t n = strlen(needs);

		if ((rule->needs_one & SET(id)) != 0)
			snprintf(needs + n, sizeof needs - n, "%s%s",
			    n > 0 ? " or " : "", name_of(id, by_name).text);
	}
	o->advised = true;
	return set_error(o, "%s requires %s: %s",
	    opts_name(o, rule->opt).text, needs, rule->why);
}

static int
check_rules(struct opts *o)
{
	for (size_t i = 0; i < RULES; i++) {
		const struct rule *rule = &rules[i];

		if ((o->given & SET(rule->opt)) == 0)
			continue;
		if ((o->given & rule->excludes) != 0)
			return excluded(o, rule);
		if (rule->needs_one != 0 && (o->given & rule->needs_one) == 0)
			return incomplete(o, rule);
	}
	return 0;
}

/* The operands are wrong. Are they a known mistake? Then the error says so. */
static bool
are_mistaken(struct opts *o, int n, char **operand)
{
	o->advised = mistake_operands(n, operand, o->given, o->error,
	    sizeof o->error);
	return o->advised;
}

/* The n operands with -U: the path to connect to or to listen on. */
static int
apply_path(struct opts *o, int n, char **operand)
{
	if (n > 1 && are_mistaken(o, n, operand))
		return -1;
	if (n > 1)
		return set_error(o, "unexpected argument '%s'", operand[1]);
	if (n == 1 && o->listen && o->source != NULL)
		return set_error(o, "%s %s and %s: give only one path",
		    opts_name(o, OPT_SOURCE).text, o->source, operand[0]);
	if (n == 0 && !(o->listen && o->source != NULL))
		return set_error(o, "%s requires a path",
		    opts_name(o, OPT_UNIXSOCK).text);
	o->path = n == 1 ? operand[0] : o->source;
	return 0;
}

bool
opts_port_is_source(const struct opts *o)
{
	return o->listen && o->source_port != NULL;
}

static int
missing(struct opts *o, int n, char **operand)
{
	if (n > 0)
		return set_error(o, "missing port after host '%s'", operand[0]);
	if (o->listen)
		return set_error(o, "%s requires a port",
		    opts_name(o, OPT_LISTEN).text);
	return set_error(o, "missing host and port");
}

static bool
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* The host is a number. With -l and -p it is most likely a second port. */
static int
number_as_host(struct opts *o)
{
	if (opts_port_is_source(o))
		return set_error(o, "%s %s and %s: give only one port",
		    opts_name(o, OPT_SOURCE_PORT).text, o->port, o->host);
	return set_error(o, "'%s' is a number, not a host; the host comes "
	    "first, then the port", o->host);
}

/* The n operands without -U: a host and a port. */
static int
apply_operands(struct opts *o, int n, char **operand)
{
	int max = opts_port_is_source(o) ? 1 : 2;
	int min = o->listen ? max - 1 : 2;

	if (n == 2 || (n == 1 && max == 1))
		o->host = operand[0];
	if (max == 1)
		o->port = o->source_port;
	else if (n > 0)
		o->port = operand[n - 1];
	if ((n < min || n > max ||
	    !mistake_unlikely(o->host, o->port, o->given)) &&
	    are_mistaken(o, n, operand))
		return -1;
	if (n > max)
		return set_error(o, "unexpected argument '%s'", operand[max]);
	if (n < min)
		return missing(o, n, operand);
	if (o->listen && o->source != NULL && o->host != NULL)
		return set_error(o, "%s %s and %s: give only one address",
		    opts_name(o, OPT_SOURCE).text, o->source, o->host);
	return o->host != NULL && is_number(o->host) ? number_as_host(o) : 0;
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

/* What the argument of an option is called in an error. */
static const char *
argument_name(const struct option *opt)
{
	switch (opt->kind) {
	case NUMBER:
		return "a number";
	case BYTES:
		return "bytes";
	case TIME:
		return "seconds";
	case TOS:
		return "type of service";
	case LIST:
		return "networks";
	case LOGIN:
		return "user[:password]";
	default:
		return opt->arg;
	}
}

static int
missing_argument(struct opts *o, const struct option *opt, bool by_name)
{
	return set_error(o, "option %s requires an argument (%s)",
	    name_of(id_of(opt), by_name).text, argument_name(opt));
}

/* Report an unknown option; the guess, if any, is what was meant. */
static int
unknown(struct opts *o, const char *option, const char *guess)
{
	const char *advice = mistake_option(option);

	o->advised = advice != NULL || guess != NULL;
	if (advice != NULL)
		return set_error(o, "unknown option %s: %s", option, advice);
	if (guess != NULL)
		return set_error(o, "unknown option %s (did you mean --%s?)",
		    option, guess);
	return set_error(o, "unknown option %s", option);
}

static int
unknown_letter(struct opts *o, int letter)
{
	const char option[] = { '-', (char)letter, '\0' };

	return unknown(o, option, NULL);
}

/* Apply the letter that getopt(3) returned as c. */
static int
parse_letter(struct opts *o, int c)
{
	if (c == ':')
		return missing_argument(o, find_letter(optopt), false);
	if (c == '?' && optopt == '-')
		return set_error(o, "'-' is not an option letter");
	if (c == '?')
		return unknown_letter(o, optopt);
	return apply(o, find_letter(c), false, optarg);
}

/*
 * The name that was probably meant: one that was cut short, or else one of
 * which at most a third of the letters differ. NULL: none is near.
 */
static const char *
nearest_name(const char *text)
{
	size_t n = strlen(text);
	bool further = n > 0;

	for (size_t i = 0; i < OPTS && n > 0; i++)
		if (strncmp(text, table[i].name, n) == 0)
			return table[i].name;
	for (size_t d = 1; further; d++) {
		further = false;
		for (size_t i = 0; i < OPTS; i++) {
			if (strlen(table[i].name) / 3 < d)
				continue;
			further = true;
			if (mistake_near(text, table[i].name, d))
				return table[i].name;
		}
	}
	return NULL;
}

/*
 * Parse the long option argv[optind], --name or --name=value, and the argument
 * after it if that is its value. Returns 0, or -1 after an error.
 */
static int
parse_long(struct opts *o, char **argv)
{
	char *word = argv[optind++], *text = word + 2;
	size_t n = strcspn(text, "=");
	char *value = text[n] == '=' ? text + n + 1 : NULL;
	const struct option *opt;

	text[n] = '\0';
	opt = find_name(text);
	if (opt == NULL)
		return unknown(o, word, nearest_name(text));
	if (opt->arg == NULL && value != NULL)
		return set_error(o, "option --%s takes no argument", text);
	if (opt->arg != NULL && value == NULL) {
		value = argv[optind];
		if (value == NULL)
			return missing_argument(o, opt, true);
		optind++;
	}
	return apply(o, opt, true, value);
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
		.recv_buffer = -1, .send_buffer = -1, .tos = -1,
		.max_messages = -1, .quit_after = -1, .timeout = -1,
		.retry = -1, .delay = -1, .rate = -1 };
	if (parse_options(o, argc, argv) == -1)
		return -1;
	if (o->help || o->version)
		return 0;
	if (check_rules(o) == -1)
		return -1;
	return o->unix_domain ? apply_path(o, argc - optind, argv + optind)
			: apply_operands(o, argc - optind, argv + optind);
}

void
opts_free(struct opts *o)
{
	free(o->allow.item);
	free(o->proxy_password);
}

/* The long options with their letters, four on a line. */
static void
help_long(FILE *out)
{
	fputs("\nLong options (--name value or --name=value):\n", out);
	for (size_t i = 0; i < OPTS; i++)
		fprintf(out, "  --%-12s -%c%s", table[i].name, table[i].letter,
		    i % 4 == 3 || i + 1 == OPTS ? "\n" : "");
}

void
opts_help(FILE *out)
{
	fputs("usage: sockcat [options] host port\n"
	    "       sockcat [options] -l [host] port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat [options] -l -U path\n"
	    "       sockcat [options] -z host port[,port...]\n\n", out);
	for (size_t i = 0; i < OPTS; i++)
		fprintf(out, "  -%c %-7s %s\n", table[i].letter,
		    table[i].arg == NULL ? "" : table[i].arg,
		    table[i].help);
	fputs("\nByte counts accept k, M and G; seconds may be fractional.\n"
	    "Full manual: man sockcat\n", out);
	help_long(out);
}
