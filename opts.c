/* The option table, and what is printed from it. */
#include "opts.h"
#include "cli/parse.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { COLUMN = 17 }; /* width of a name and an argument in the help */

static const char *const headings[SECTIONS] = {
	[CONNECT] = "Connect", [LISTEN] = "Listen",
	[ADDRESS] = "Addresses and sockets", [DATA] = "Data",
	[ENDS] = "How both sides end", [WATCH] = "Watch",
	[GENERAL] = "General",
};

const struct option opts_table[OPTS] = {
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
	    "set the socket's receive buffer size", 1, 1 << 30 },
	[OPT_DELAY] = { 'i', "delay", "secs", TIME, AT(delay), DATA,
	    "wait this long between lines sent or ports scanned",
	    0, LLONG_MAX },
	[OPT_BROKER] = { 'j', "broker", NULL, FLAG, AT(broker), LISTEN,
	    "with -l: pass what each client sends to the others" },
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
	    "set the socket's send buffer size", 1, 1 << 30 },
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

char
opts_letter(enum opt id)
{
	return opts_table[id].letter;
}

bool
opts_is_flag(enum opt id)
{
	return opts_table[id].arg == NULL;
}

struct opts_name
opts_name_as(enum opt id, bool by_name)
{
	struct opts_name name;

	if (by_name || opts_table[id].letter == '\0')
		snprintf(name.text, sizeof name.text, "--%s",
		    opts_table[id].name);
	else
		snprintf(name.text, sizeof name.text, "-%c",
		    opts_table[id].letter);
	return name;
}

struct opts_name
opts_name(const struct opts *o, enum opt id)
{
	return opts_name_as(id, (o->by_name & SET(id)) != 0);
}

void
opts_imply(struct opts *o, enum opt id)
{
	*(bool *)((char *)o + opts_table[id].field) = true;
	o->given |= SET(id);
}

int
opts_advise(struct opts *o, const char *fmt, ...)
{
	va_list ap;

	o->advised = true;
	va_start(ap, fmt);
	vsnprintf(o->error, sizeof o->error, fmt, ap);
	va_end(ap);
	return -1;
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
	    "       sockcat [options] -z host ports... [host ports...]\n", out);
	for (enum section section = 0; section < SECTIONS; section++) {
		fprintf(out, "\n%s:\n", headings[section]);
		for (enum opt id = 0; id < OPTS; id++)
			if (opts_table[id].section == section &&
			    opts_table[id].help != NULL)
				help_option(out, &opts_table[id]);
	}
	fputs("\nByte counts accept k, M and G; seconds may be fractional.\n"
	    "Manual: man sockcat, man sockcat-sockets\n", out);
}

void
opts_list(FILE *out)
{
	for (enum opt id = 0; id < OPTS; id++) {
		const struct option *opt = &opts_table[id];

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
