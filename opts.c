/* The option table, and the parser that follows it. */
#include "opts.h"
#include "cli/value.h"

#include <regex.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { FLAG, COUNT, NUMBER, BYTES, SECONDS, TOS, STRING, LIST, LOGIN };

enum { LONGEST_NAME = 16 };

/* How an option was given. */
enum form { ABSENT, LETTER, LONG };

static const struct option {
	char letter;
	const char *name;     /* of the long option, after "--" */
	enum kind kind;
	size_t offset;        /* of its field in struct opts */
	const char *argument; /* its name in the help; NULL: no argument */
	long long min, max;
	const char *excludes; /* letters it cannot be combined with */
	const char *needs;    /* letters of which it requires one */
	const char *help;
} table[] = {
#define AT(field) offsetof(struct opts, field)
	{ '4', "ipv4", FLAG, AT(only4), NULL, 0, 0, "6", "", "use only IPv4" },
	{ '6', "ipv6", FLAG, AT(only6), NULL, 0, 0, "4", "", "use only IPv6" },
	{ 'a', "allow", LIST, AT(allow), "nets", 0, 0, "", "l",
	    "with -l: accept clients from these networks only" },
	{ 'B', "read-size", BYTES, AT(read_size), "bytes", 1, 1 << 30, "", "",
	    "read at most this many bytes at once" },
	{ 'b', "backlog", NUMBER, AT(backlog), "num", 0, INT_MAX, "", "l",
	    "with -l: how many clients may wait to be accepted" },
	{ 'C', "crlf", FLAG, AT(crlf), NULL, 0, 0, "z", "",
	    "send CR LF for each LF that has no CR before it" },
	{ 'c', "retry", SECONDS, AT(retry), "secs", 0, LLONG_MAX, "kl", "",
	    "keep trying to connect for this long" },
	{ 'd', "recv-only", FLAG, AT(recv_only), NULL, 0, 0, "", "",
	    "receive only: do not read standard input" },
	{ 'e', "sh-exec", STRING, AT(command), "command", 0, 0,
	    "CLSWdijmotuyz", "",
	    "run this shell command on each connection" },
	{ 'F', "pass-fd", FLAG, AT(pass_fd), NULL, 0, 0, "CLSWeijlmotuyz", "",
	    "pass the connected socket to standard output, and exit" },
	{ 'H', "no-shutdown", FLAG, AT(no_half_close), NULL, 0, 0, "N", "",
	    "do not half-close at the end of standard input" },
	{ 'h', "help", FLAG, AT(help), NULL, 0, 0, "", "", "show this help" },
	{ 'I', "recv-buffer", BYTES, AT(recv_buffer), "bytes", 1, INT_MAX, "",
	    "",
	    "set the socket's receive buffer size" },
	{ 'i', "delay", SECONDS, AT(delay), "secs", 0, LLONG_MAX, "", "",
	    "wait this long between lines sent, or with -z between ports" },
	{ 'j', "broker", FLAG, AT(broker), NULL, 0, 0, "", "k",
	    "with -k: pass what each client sends to all the others" },
	{ 'k', "keep-open", FLAG, AT(keep_open), NULL, 0, 0, "", "lz",
	    "with -l: serve many clients at once; with -z: repeat" },
	{ 'L', "lines", FLAG, AT(lines), NULL, 0, 0, "", "",
	    "work in whole lines; with -k, prefix the client's address" },
	{ 'l', "listen", FLAG, AT(listen), NULL, 0, 0, "", "",
	    "listen for a connection" },
	{ 'M', "max-conns", NUMBER, AT(max_clients), "num", 1, INT_MAX, "", "k",
	    "with -k: serve at most this many clients at once" },
	{ 'm', "messages", FLAG, AT(messages), NULL, 0, 0, "", "",
	    "message protocol: '.' sends a message, '^' ends the "
	    "conversation" },
	{ 'N', "shutdown", FLAG, AT(half_close), NULL, 0, 0, "H", "",
	    "half-close at the end of standard input (the default)" },
	{ 'n', "nodns", FLAG, AT(numeric), NULL, 0, 0, "", "",
	    "do not resolve names (numeric only)" },
	{ 'O', "send-buffer", BYTES, AT(send_buffer), "bytes", 1, INT_MAX, "",
	    "",
	    "set the socket's send buffer size" },
	{ 'o', "hex-dump", STRING, AT(dump), "file", 0, 0, "", "",
	    "write a hex dump of all data to this file; - is stderr" },
	{ 'P', "proxy-auth", LOGIN, AT(proxy_user), "login", 0, 0, "", "x",
	    "with -x: log in to the proxy as user[:password]" },
	{ 'p', "source-port", STRING, AT(source_port), "port", 0, 0, "", "",
	    "local port; with -l, the port to listen on" },
	{ 'q', "quit-after", SECONDS, AT(quit_after), "secs", 0, LLONG_MAX, "",
	    "",
	    "after one side ends, quit when the other has been silent this "
	    "long" },
	{ 'R', "no-reuse", FLAG, AT(no_reuse), NULL, 0, 0, "r", "",
	    "never set SO_REUSEADDR or replace a stale socket file" },
	{ 'r', "reuse", FLAG, AT(reuse), NULL, 0, 0, "R", "",
	    "always set SO_REUSEADDR" },
	{ 'S', "progress", FLAG, AT(progress), NULL, 0, 0, "", "",
	    "show a progress meter, and the totals at the end" },
	{ 's', "source", STRING, AT(source), "addr", 0, 0, "", "",
	    "local address to use" },
	{ 'T', "tos", TOS, AT(tos), "tos", 0, 255, "", "",
	    "IP type of service: a number, or a name such as ef" },
	{ 't', "telnet", FLAG, AT(telnet), NULL, 0, 0, "uz", "",
	    "refuse telnet negotiation and remove it" },
	{ 'U', "unixsock", FLAG, AT(unix_domain), NULL, 0, 0, "46apT", "",
	    "use a Unix-domain socket" },
	{ 'u', "udp", FLAG, AT(datagram), NULL, 0, 0, "b", "",
	    "use datagrams: UDP, or Unix datagrams with -U" },
	{ 'V', "version", FLAG, AT(version), NULL, 0, 0, "", "",
	    "show the version" },
	{ 'v', "verbose", COUNT, AT(verbose), NULL, 0, 0, "", "",
	    "verbose; twice for more detail, three times for socket calls" },
	{ 'W', "max-messages", NUMBER, AT(max_messages), "num", 1,
	    LLONG_MAX, "", "",
	    "quit after receiving this many messages or reads" },
	{ 'w', "wait", SECONDS, AT(timeout), "secs", 0, LLONG_MAX, "", "",
	    "time limit for connecting and for an idle connection" },
	{ 'X', "proxy-type", STRING, AT(proxy_type), "type", 0, 0, "", "x",
	    "with -x: 5 for SOCKS5 (the default), 4, or connect" },
	{ 'x', "proxy", STRING, AT(proxy), "proxy", 0, 0, "Uluz", "",
	    "connect through this proxy: host[:port]" },
	{ 'y', "rate", BYTES, AT(rate), "bytes", 1, 1LL << 40, "z", "",
	    "pass at most this many bytes per second each way" },
	{ 'z', "scan", FLAG, AT(scan), NULL, 0, 0, "jLlMmoSU", "",
	    "scan: report which ports are open, send nothing" },
#undef AT
};

enum { OPTIONS = sizeof table / sizeof table[0] };

/*
 * Mistakes that people make, each with what to do instead. The pattern is an
 * extended regular expression; it is compared with the operands, joined by
 * spaces, with an unknown option, or with an option and its argument. $0 is
 * what matched, $1 its first group. With one of the options in "unless" it is
 * no mistake.
 */
static const struct mistake {
	const char *unless, *pattern, *advice;
} mistakes[] = {
	{ "", "^-D$", "use -vvv to see the socket calls" },
	{ "", "^-[Gg]$", "source routing is not supported; routers ignore it" },
	{ "", "^--(ssl|tls)", "use openssl s_client" },
	{ "", "^--(append-)?output$", "redirect standard output" },
	{ "", "^--broadcast$", "broadcast needs no option" },
	{ "", "^--chat$", "use --listen --keep-open --broker --lines" },
	{ "", "^--deny", "use --allow" },
	{ "", "^--(lua-)?exec$", "use --sh-exec" },
	{ "", "^--port$", "use --source-port, or give it as an operand" },
	{ "", "^--(sctp|vsock)$",
	    "there are TCP, UDP and Unix-domain sockets" },
	{ "", "^--send-?only$", "redirect standard output to /dev/null" },
	{ "", "^--tcp$", "it is the default" },
	{ "", "^--(idle-)?timeout$", "use --wait" },
	{ "", "^--zero$", "use --scan" },
	{ "", "^-c [^0-9. -]", "to run a command use -e" },
	{ "", "^-e (rsion|rbose)$", "use --ve$1" },
	{ "", "^-q -[0-9]", "leave out -q" },
	{ "", "^-s sl$", "there is no -ssl; use openssl s_client" },
	{ "", "^-X https?$", "use connect" },
	{ "", "^-X socks(4)a?$", "use $1" },
	{ "", "^-X socks5?h?$", "use 5" },
	{ "", "^[0-9]{1,5}$",
	    "no host before port $0; use 'localhost $0', or '-l $0' to "
	    "listen" },
	{ "", "^https://[^ ]*", "$0: there is no TLS; use openssl s_client" },
	{ "", "^[a-z]+://([^/: ]+):([0-9]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$1 $2'" },
	{ "", "^http://([^/: ]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$1 80'" },
	{ "", "^[a-z]+://([^/: ]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$1' and a port" },
	{ "", "^(- )?(tcp|udp)[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    "$0: this is how socat writes it; use '$4 $5', with -u for UDP" },
	{ "", "^(- )?(tcp|udp)[46]?-l(isten)?:([^:, ]+)",
	    "$0: this is how socat writes it; use '-l $4', with -u for UDP" },
	{ "", "^(- )?unix(-connect|-client)?:([^ ,]+)",
	    "$0: this is how socat writes it; use '-U $3'" },
	{ "", "^(- )?unix-l(isten)?:([^ ,]+)",
	    "$0: this is how socat writes it; use '-l -U $3'" },
	{ "", "^[^ :]*/[^ ]*$", "$0: use -U for a path" },
	{ "", "^[^ @/:]+@([^ :]+)[: ]([0-9]+)$",
	    "$0: leave out the user; use '$1 $2'" },
	{ "l", "^:([0-9]+)$", "$0: the host is missing; use 'localhost $1'" },
	{ "", "^:([0-9]+)$", "$0: leave out the colon; use '-l $1'" },
	{ "", "^([^ :/]+): ([^ ]+)$",
	    "$0: leave out the colon; use '$1 $2'" },
	{ "", "^([^ :/]+):$", "$0: leave out the colon; use '$1' and a port" },
	{ "", "^([^ :/]+):[0-9]+ ([0-9]+)$",
	    "$0: give the port only once; use '$1 $2'" },
	{ "x", "^\\[([^] ]+)](:[0-9]+)? ([^ ]+)$",
	    "$0: leave out the brackets; use '$1 $3'" },
	{ "lz", "^([^ ]+) ([0-9a-z-]+,[^ ]*|[0-9]+-[0-9]+)$",
	    "to scan ports use '-z $1 $2'" },
	{ "", "^([^ :/]+):([0-9]+)$",
	    "$0: host and port are two arguments; use '$1 $2'" },
	{ "", "^\\[([^] ]+)]:([0-9]+)$",
	    "$0: host and port are two arguments; use '$1 $2'" },
	{ "p", "^([^ ]*::[^ ]*[^ :]):([0-9]+)$",
	    "$0: host and port are two arguments; use '$1 $2'" },
	{ "", "^([0-9]+) (localhost|[^ ]*[.:][^ ]*)$",
	    "$0: the host comes before the port; use '$2 $1'" },
	{ "", "^[^ -][^ ]* (.* )?(--?[46a-z][^ ]*)",
	    "$2: options come before the host, the port and the path" },
	{ "", "^(fe[89ab][0-9a-f]:[^% ]*)( |$)",
	    "$1: a link-local address requires a zone; use '$1%eth0' or "
	    "another interface" },
};

enum { MISTAKES = sizeof mistakes / sizeof mistakes[0], GROUPS = 6 };

static const struct option *
find_option(int letter)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static const struct option *
find_long(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static struct opts_name
name_in(enum form form, const struct option *opt)
{
	struct opts_name name;

	if (form == LONG)
		snprintf(name.text, sizeof name.text, "--%s", opt->name);
	else
		snprintf(name.text, sizeof name.text, "-%c", opt->letter);
	return name;
}

static enum form
form_of(const struct opts *o, char letter)
{
	return o->given[(unsigned char)letter];
}

struct opts_name
opts_name(const struct opts *o, char letter)
{
	return name_in(form_of(o, letter), find_option(letter));
}

/* Is one of these options given? */
static bool
any_given(const struct opts *o, const char *letters)
{
	while (*letters != '\0' && form_of(o, *letters) == ABSENT)
		letters++;
	return *letters != '\0';
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

/* Append the advice to the error, with what matched in the text. */
static void
add_advice(struct opts *o, const char *advice, const char *text,
    const regmatch_t *match)
{
	for (; *advice != '\0'; advice++) {
		size_t n = strlen(o->error);
		char *end = o->error + n;

		if (*advice == '$') {
			const regmatch_t *m = &match[*++advice - '0'];

			snprintf(end, sizeof o->error - n, "%.*s",
			    (int)(m->rm_eo - m->rm_so), text + m->rm_so);
		} else
			snprintf(end, sizeof o->error - n, "%c", *advice);
	}
}

static bool
matches(const char *pattern, const char *text, regmatch_t *match)
{
	regex_t re;
	bool found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_ICASE) != 0)
		return false;
	found = regexec(&re, text, GROUPS, match, 0) == 0;
	regfree(&re);
	return found;
}

/* Is it a known mistake? Then append the advice to the error. */
static bool
is_mistake(struct opts *o, const char *text)
{
	regmatch_t match[GROUPS];

	for (size_t i = 0; i < MISTAKES; i++)
		if (!any_given(o, mistakes[i].unless) &&
		    matches(mistakes[i].pattern, text, match)) {
			add_advice(o, mistakes[i].advice, text, match);
			return true;
		}
	return false;
}

/* Is the argument of this option a known mistake? Then the error says so. */
static bool
is_argument_mistaken(struct opts *o, const struct option *opt, const char *arg)
{
	char text[sizeof o->error];

	snprintf(text, sizeof text, "-%c %s", opt->letter, arg);
	set_error(o, "%s %s: ", opts_name(o, opt->letter).text, arg);
	if (is_mistake(o, text))
		return true;
	*o->error = '\0';
	return false;
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
	return n > 0 || password != NULL ? 0
	    : set_error(o, "%s: the user is missing",
	    opts_name(o, 'P').text);
}

static long long
parse_value(enum kind kind, const char *arg)
{
	switch (kind) {
	case BYTES:
		return value_bytes(arg);
	case SECONDS:
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
	struct opts_name name = opts_name(o, opt->letter);

	if (is_argument_mistaken(o, opt, arg))
		return -1;
	if (*arg == '\0')
		arg = "''";
	switch (opt->kind) {
	case BYTES:
		return set_error(o, "%s %s: must be a number of bytes "
		    "between %lld and %lld, such as 64k", name.text, arg,
		    opt->min, opt->max);
	case SECONDS:
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
		    opts_name(o, opt->letter).text, arg, opt->min, opt->max);
	*(long long *)(void *)((char *)o + opt->offset) = n;
	return 0;
}

/* Set the option's field in *o. */
static int
apply(struct opts *o, const struct option *opt, enum form form, char *arg)
{
	void *field = (char *)o + opt->offset;

	o->given[(unsigned char)opt->letter] = (unsigned char)form;
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

static int
missing_option(struct opts *o, const struct option *opt, enum form form)
{
	const char *needs = opt->needs;

	return set_error(o, "%s requires %s%s%s", name_in(form, opt).text,
	    name_in(form, find_option(needs[0])).text,
	    needs[1] == '\0' ? "" : " or ", needs[1] == '\0' ? ""
	    : name_in(form, find_option(needs[1])).text);
}

/*
 * Check what the options given exclude and require. What is missing is named in
 * the form of the option that requires it.
 */
static int
check_conflicts(struct opts *o)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *opt = &table[i];
		enum form form = form_of(o, opt->letter);
		const char *c;

		if (form == ABSENT)
			continue;
		for (c = opt->excludes; *c != '\0'; c++)
			if (form_of(o, *c) != ABSENT)
				return set_error(o, "%s and %s cannot be "
				    "combined", name_in(form, opt).text,
				    opts_name(o, *c).text);
		if (*opt->needs != '\0' && !any_given(o, opt->needs))
			return missing_option(o, opt, form);
	}
	return 0;
}

/*
 * Are the operands, of which there are enough or not, a known mistake? Then the
 * error says so. What is most likely right is not compared with the table.
 */
static bool
are_mistaken(struct opts *o, int n, char **operand, bool enough)
{
	char text[sizeof o->error] = "";

	if (n == 0 || (enough && strpbrk(operand[0], ":/[@") == NULL &&
	    value_number(operand[n - 1]) != -1))
		return false;
	for (int i = 0; i < n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof text - len, "%s%s",
		    i > 0 ? " " : "", operand[i]);
	}
	return is_mistake(o, text);
}

/* The n operands with -U: the path to connect to or to listen on. */
static int
apply_path(struct opts *o, int n, char **operand)
{
	if (n > 1 && are_mistaken(o, n, operand, false))
		return -1;
	if (n > 1)
		return set_error(o, "unexpected argument '%s'", operand[1]);
	if (n == 1 && o->listen && o->source != NULL)
		return set_error(o, "%s %s and %s: give only one path",
		    opts_name(o, 's').text, o->source, operand[0]);
	if (n == 0 && !(o->listen && o->source != NULL))
		return set_error(o, "%s requires a path",
		    opts_name(o, 'U').text);
	o->path = n == 1 ? operand[0] : o->source;
	return 0;
}

static int
missing(struct opts *o, int n, char **operand)
{
	if (n > 0)
		return set_error(o, "missing port after host '%s'", operand[0]);
	if (o->listen)
		return set_error(o, "%s requires a port",
		    opts_name(o, 'l').text);
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
	if (o->port == o->source_port)
		return set_error(o, "%s %s and %s: give only one port",
		    opts_name(o, 'p').text, o->port, o->host);
	return set_error(o, "'%s' is a number, not a host; the host comes "
	    "first, then the port", o->host);
}

/* The n operands without -U: a host and a port. */
static int
apply_operands(struct opts *o, int n, char **operand)
{
	int max = o->listen && o->source_port != NULL ? 1 : 2;
	int min = o->listen ? max - 1 : 2;

	if (are_mistaken(o, n, operand, min <= n && n <= max))
		return -1;
	if (n > max)
		return set_error(o, "unexpected argument '%s'", operand[max]);
	if (n < min)
		return missing(o, n, operand);
	if (n == 2 || max == 1)
		o->host = operand[0]; /* no operand: the NULL that ends argv */
	o->port = max == 1 ? o->source_port : operand[n - 1];
	if (o->listen && o->source != NULL && o->host != NULL)
		return set_error(o, "%s %s and %s: give only one address",
		    opts_name(o, 's').text, o->source, o->host);
	return o->host != NULL && is_number(o->host) ? number_as_host(o) : 0;
}

/* Write getopt(3)'s option string for the table to s. */
static void
build_optstring(char *s)
{
	*s++ = ':';
	for (size_t i = 0; i < OPTIONS; i++) {
		*s++ = table[i].letter;
		if (table[i].argument != NULL)
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
	case SECONDS:
		return "seconds";
	case TOS:
		return "type of service";
	case LIST:
		return "networks";
	case LOGIN:
		return "user[:password]";
	default:
		return opt->argument;
	}
}

static int
missing_argument(struct opts *o, const struct option *opt, enum form form)
{
	return set_error(o, "option %s requires an argument (%s)",
	    name_in(form, opt).text, argument_name(opt));
}

static int
unknown_letter(struct opts *o, int letter)
{
	const char option[] = { '-', (char)letter, '\0' };

	set_error(o, "unknown option %s: ", option);
	if (is_mistake(o, option))
		return -1;
	return set_error(o, "unknown option %s", option);
}

/* Apply the letter that getopt(3) returned as c. */
static int
parse_letter(struct opts *o, int c)
{
	if (c == ':')
		return missing_argument(o, find_option(optopt), LETTER);
	if (c == '?' && optopt == '-')
		return set_error(o, "'-' is not an option letter");
	if (c == '?')
		return unknown_letter(o, optopt);
	return apply(o, find_option(c), LETTER, optarg);
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many characters to insert, delete or replace: Levenshtein's distance. */
static size_t
distance(const char *text, const char *name)
{
	size_t n = strlen(name), cost[LONGEST_NAME + 1];

	for (size_t i = 0; i <= n; i++)
		cost[i] = i;
	for (; *text != '\0'; text++) {
		size_t diagonal = cost[0]++;

		for (size_t i = 1; i <= n; i++) {
			size_t replace = diagonal + (*text != name[i - 1]);

			diagonal = cost[i];
			cost[i] = smaller(replace,
			    smaller(cost[i - 1], cost[i]) + 1);
		}
	}
	return cost[n];
}

/* The name that was probably meant. */
static const char *
nearest_name(const char *text)
{
	size_t n = strlen(text), best = SIZE_MAX;
	const char *nearest = table[0].name;

	for (size_t i = 0; i < OPTIONS; i++) {
		size_t d = distance(text, table[i].name);

		if (n > 0 && strncmp(text, table[i].name, n) == 0)
			return table[i].name; /* it was cut short */
		if (d < best) {
			best = d;
			nearest = table[i].name;
		}
	}
	return nearest;
}

static int
unknown_name(struct opts *o, const char *text)
{
	set_error(o, "unknown option --%s: ", text);
	if (is_mistake(o, text - 2))
		return -1;
	return set_error(o, "unknown option --%s (did you mean --%s?)", text,
	    nearest_name(text));
}

/*
 * Parse the long option argv[optind], --name or --name=value, and the argument
 * after it if that is its value. Returns 0, or -1 after an error.
 */
static int
parse_long(struct opts *o, char **argv)
{
	char *text = argv[optind++] + 2;
	size_t n = strcspn(text, "=");
	char *value = text[n] == '=' ? text + n + 1 : NULL;
	const struct option *opt;

	text[n] = '\0';
	opt = find_long(text);
	if (opt == NULL)
		return unknown_name(o, text);
	if (opt->argument == NULL && value != NULL)
		return set_error(o, "option --%s takes no argument", text);
	if (opt->argument != NULL && value == NULL) {
		value = argv[optind];
		if (value == NULL)
			return missing_argument(o, opt, LONG);
		optind++;
	}
	return apply(o, opt, LONG, value);
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
	char optstring[2 * OPTIONS + 2];
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
	if (check_conflicts(o) == -1)
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
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  --%-12s -%c%s", table[i].name, table[i].letter,
		    i % 4 == 3 || i + 1 == OPTIONS ? "\n" : "");
}

void
opts_help(FILE *out)
{
	fputs("usage: sockcat [options] host port\n"
	    "       sockcat [options] -l [host] port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat [options] -l -U path\n"
	    "       sockcat [options] -z host port[,port...]\n\n", out);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  -%c %-7s %s\n", table[i].letter,
		    table[i].argument == NULL ? "" : table[i].argument,
		    table[i].help);
	fputs("\nByte counts accept k, M and G; seconds may be fractional.\n"
	    "Full manual: man sockcat\n", out);
	help_long(out);
}
