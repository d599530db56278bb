/* Which options cannot be combined, which require another, and why. */
#include "rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What a relay does with data: nothing of this if another program has it. */
#define RELAYED (SET(OPT_CRLF) | SET(OPT_DELAY) | SET(OPT_LINES) | \
	SET(OPT_MESSAGES) | SET(OPT_TELNET) | SET(OPT_BROKER) | \
	SET(OPT_MAX_MESSAGES))

/* With -e, these pass the data on; the others pass the connection itself. */
#define WATCHED (SET(OPT_RATE) | SET(OPT_HEX_DUMP) | SET(OPT_PROGRESS))

/* What is about standard input and output, which -f leaves alone. */
#define FORWARD_EXCLUDES (SET(OPT_BROKER) | SET(OPT_LINES) | \
	SET(OPT_MESSAGES) | SET(OPT_TELNET) | SET(OPT_CRLF) | \
	SET(OPT_DELAY) | SET(OPT_RECV_ONLY) | SET(OPT_NO_SHUTDOWN) | \
	SET(OPT_SHUTDOWN) | SET(OPT_MAX_MESSAGES))

/*
 * One sentence for the user each. A rule holds if all options of "with" are
 * given too, and none of "unless".
 */
static const struct rule {
	enum opt opt;
	unsigned long long excludes;
	unsigned long long needs_one;
	const char *why;
	unsigned long long with, unless;
} rules[] = {
	{ OPT_IPV4, SET(OPT_IPV6),
	    .why = "each leaves out the other's addresses" },
	{ OPT_ALLOW, 0, SET(OPT_LISTEN),
	    .why = "only a listener accepts clients" },
	{ OPT_BACKLOG, 0, SET(OPT_LISTEN),
	    .why = "only a listener has a backlog" },
	{ OPT_CRLF, SET(OPT_SCAN), .why = "a scan sends nothing" },
	{ OPT_RETRY, SET(OPT_LISTEN), .why = "a listener does not connect",
	    .unless = SET(OPT_FORWARD) },
	{ OPT_RETRY, SET(OPT_KEEP_OPEN), .why = "-k already repeats",
	    .with = SET(OPT_SCAN) },
	{ OPT_SH_EXEC, SET(OPT_UDP), .why = "a command needs a stream" },
	{ OPT_SH_EXEC, SET(OPT_SCAN), .why = "a scan keeps no connection" },
	{ OPT_SH_EXEC, RELAYED | SET(OPT_RECV_ONLY),
	    .why = "the command gets the connection itself" },
	{ OPT_PASS_FD, SET(OPT_LISTEN),
	    .why = "it passes a connection it made" },
	{ OPT_PASS_FD, SET(OPT_UDP), .why = "it passes a stream" },
	{ OPT_PASS_FD, SET(OPT_SCAN), .why = "a scan keeps no connection" },
	{ OPT_PASS_FD, SET(OPT_SH_EXEC) | RELAYED | WATCHED,
	    .why = "another program gets the connection" },
	{ OPT_FORWARD, 0, SET(OPT_LISTEN), .why = "it connects the clients" },
	{ OPT_FORWARD, SET(OPT_SH_EXEC) | SET(OPT_PASS_FD),
	    .why = "a client has one other side" },
	{ OPT_FORWARD, FORWARD_EXCLUDES, .why = "it passes bytes unchanged" },
	{ OPT_FORWARD, SET(OPT_SCAN), .why = "a scan keeps no connection" },
	{ OPT_NO_SHUTDOWN, SET(OPT_SHUTDOWN), .why = "each forbids the other" },
	{ OPT_BROKER, 0, SET(OPT_LISTEN), .why = "only a listener has clients",
	    .unless = SET(OPT_SCAN) },
	{ OPT_BROKER, 0, SET(OPT_KEEP_OPEN),
	    .why = "there is only one client" },
	{ OPT_KEEP_OPEN, SET(OPT_SH_EXEC) | SET(OPT_PASS_FD),
	    .why = "without -l it connects again, for the same relay",
	    .unless = SET(OPT_LISTEN) | SET(OPT_SCAN) },
	{ OPT_KEEP_OPEN, SET(OPT_UDP),
	    .why = "without -l it connects again, which needs a stream",
	    .unless = SET(OPT_LISTEN) | SET(OPT_SCAN) },
	{ OPT_KEEP_OPEN, SET(OPT_MAX_MESSAGES),
	    .why = "without -l it connects again, for ever",
	    .unless = SET(OPT_LISTEN) | SET(OPT_SCAN) },
	{ OPT_MAX_CONNS, 0, SET(OPT_KEEP_OPEN),
	    .why = "there is only one client" },
	{ OPT_MAX_CONNS, 0, SET(OPT_LISTEN),
	    .why = "only a listener has clients",
	    .unless = SET(OPT_SCAN) },
	{ OPT_PROXY_AUTH, 0, SET(OPT_PROXY), .why = "there is no proxy" },
	{ OPT_NO_REUSE, SET(OPT_REUSE), .why = "each forbids the other" },
	{ OPT_TELNET, SET(OPT_UDP), .why = "telnet needs a stream" },
	{ OPT_UNIXSOCK, SET(OPT_IPV4) | SET(OPT_IPV6) | SET(OPT_ALLOW) |
	    SET(OPT_SOURCE_PORT) | SET(OPT_TOS),
	    .why = "a path has no IP address, port or type of service",
	    .unless = SET(OPT_FORWARD) },
	{ OPT_UDP, SET(OPT_BACKLOG), .why = "datagrams have no backlog" },
	{ OPT_PROXY_TYPE, 0, SET(OPT_PROXY), .why = "there is no proxy" },
	{ OPT_PROXY, SET(OPT_LISTEN),
	    .why = "a proxy makes connections; to pass clients on to it add -f",
	    .unless = SET(OPT_FORWARD) },
	{ OPT_PROXY, SET(OPT_UDP),
	    .why = "a proxy makes one TCP connection" },
	{ OPT_PROXY, SET(OPT_UNIXSOCK), .why = "a proxy connects to a host",
	    .unless = SET(OPT_FORWARD) },
	{ OPT_RATE, SET(OPT_SCAN), .why = "a scan sends nothing" },
	{ OPT_SCAN, SET(OPT_BROKER) | SET(OPT_MAX_CONNS),
	    .why = "a scan has no clients" },
	{ OPT_SCAN, SET(OPT_LISTEN), .why = "a scan connects" },
	{ OPT_SCAN, SET(OPT_LINES) | SET(OPT_MESSAGES) | SET(OPT_HEX_DUMP) |
	    SET(OPT_PROGRESS) | SET(OPT_SEND_ONLY),
	    .why = "a scan passes no data" },
	{ OPT_IDLE_EXIT, 0, SET(OPT_LISTEN),
	    .why = "only a listener has clients" },
	{ OPT_IDLE_EXIT, 0, SET(OPT_KEEP_OPEN),
	    .why = "there is only one client" },
	{ OPT_MODE, 0, SET(OPT_LISTEN), .why = "only a listener makes a file" },
	{ OPT_MODE, 0, SET(OPT_UNIXSOCK), .why = "only a path is a file" },
	{ OPT_READY, 0, SET(OPT_LISTEN), .why = "a listener becomes ready" },
	{ OPT_SEND_ONLY, SET(OPT_RECV_ONLY),
	    .why = "each leaves out the other's direction" },
	{ OPT_SEND_ONLY, SET(OPT_SH_EXEC) | SET(OPT_PASS_FD) |
	    SET(OPT_FORWARD), .why = "another program gets the data" },
};

enum { RULES = sizeof rules / sizeof rules[0] };

/* Report what the rule's option cannot be combined with. */
static int
excluded(struct opts *o, const struct rule *rule)
{
	enum opt other = 0;

	while ((o->given & rule->excludes & SET(other)) == 0)
		other++;
	o->advised = true;
	return opts_error(o, "%s and %s cannot be combined: %s",
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
	const char *separator = "";
	char needs[64] = "";

	for (enum opt id = 0; id < OPTS; id++) {
		size_t n = strlen(needs);

		if ((rule->needs_one & SET(id)) == 0)
			continue;
		snprintf(needs + n, sizeof needs - n, "%s%s", separator,
		    opts_name_as(id, by_name).text);
		separator = " or ";
	}
	o->advised = true;
	return opts_error(o, "%s requires %s: %s",
	    opts_name(o, rule->opt).text, needs, rule->why);
}

/* Does the rule concern the options that are given? */
static bool
holds(const struct opts *o, const struct rule *rule)
{
	unsigned long long all = rule->with | SET(rule->opt);

	return (o->given & all) == all && (o->given & rule->unless) == 0;
}

int
rules_check(struct opts *o)
{
	if (o->broker && o->listen)
		opts_imply(o, OPT_KEEP_OPEN);
	for (size_t i = 0; i < RULES; i++) {
		const struct rule *rule = &rules[i];

		if (!holds(o, rule))
			continue;
		if ((o->given & rule->excludes) != 0)
			return excluded(o, rule);
		if (rule->needs_one != 0 && (o->given & rule->needs_one) == 0)
			return incomplete(o, rule);
	}
	return 0;
}
