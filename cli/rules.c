/* Which options cannot be combined, which require another, and why. */
#include "rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What a relay does with data: nothing of this if another program has it. */
#define RELAYED (SET(OPT_CRLF) | SET(OPT_DELAY) | SET(OPT_LINES) | \
	SET(OPT_MESSAGES) | SET(OPT_TELNET) | SET(OPT_RATE) | \
	SET(OPT_BROKER) | SET(OPT_MAX_MESSAGES) | SET(OPT_HEX_DUMP) | \
	SET(OPT_PROGRESS))

/* One sentence for the user each. */
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

int
rules_check(struct opts *o)
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
