/* What people type by mistake for an option or its argument. */
#include "mistakes.h"
#include "parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Options of other programs; "*" stands for any letters at the end. */
static const struct {
	const char *option, *advice;
} options[] = {
	{ "-D", "use -vvv to see the socket calls" },
	{ "-G", "for a time limit use -w, as in -w 3; there is no source "
	    "routing, which routers ignore" },
	{ "-g", "source routing is not supported; routers ignore it" },
	{ "--append-output", "redirect standard output" },
	{ "--bind*", "use --source" },
	{ "--broadcast", "broadcast needs no option" },
	{ "--chat", "use --listen --keep-open --broker --lines" },
	{ "--connect-timeout", "use --wait" },
	{ "--count", "use --max-messages" },
	{ "--data*", "give the data on standard input" },
	{ "--deny*", "use --allow" },
	{ "--exec", "use --sh-exec, or -e" },
	{ "--fork", "use --keep-open" },
	{ "--http-proxy", "use --proxy-type http --proxy" },
	{ "--idle-timeout", "use --wait" },
	{ "--interface", "use -K device=eth0, or another interface" },
	{ "--interval", "use --delay" },
	{ "--keepalive", "use -K keepidle=60" },
	{ "--limit-rate", "use --rate" },
	{ "--local-port", "use --source-port" },
	{ "--log*", "redirect standard error, or use --hex-dump" },
	{ "--lua-exec", "use --sh-exec" },
	{ "--max-time", "use --wait" },
	{ "--multicast*", "give the group as the host; -l -u joins it" },
	{ "--no-dns", "use --nodns" },
	{ "--numeric", "use --nodns" },
	{ "--output", "redirect standard output" },
	{ "--port", "use --source-port, or give it as an operand" },
	{ "--proxy-user", "use --proxy-auth" },
	{ "--quiet", "leave it out: only -v reports anything" },
	{ "--ratelimit", "use --rate" },
	{ "--retries", "use --retry, with a number of seconds" },
	{ "--sctp", "there are TCP, UDP and Unix-domain sockets" },
	{ "--sendonly", "use --send-only" },
	{ "--silent", "leave it out: only -v reports anything" },
	{ "--socks4*", "use --proxy-type 4 --proxy" },
	{ "--socks*", "use --proxy" },
	{ "--ssl*", "there is no TLS; use openssl s_client" },
	{ "--tcp", "leave it out: TCP is the default" },
	{ "--timeout", "use --wait" },
	{ "--tls*", "there is no TLS; use openssl s_client" },
	{ "--ttl", "use -K ttl=10" },
	{ "--unix-socket", "use --unixsock" },
	{ "--user", "leave it out; for a proxy's login use --proxy-auth" },
	{ "--vsock", "there are TCP, UDP and Unix-domain sockets" },
	{ "--zero*", "use --scan" },
};

#define COUNT(array) (sizeof (array) / sizeof (array)[0])

static bool
is_option(const char *typed, const char *option)
{
	size_t n = strcspn(option, "*");

	return strncmp(typed, option, n) == 0 &&
	    (option[n] == '*' || typed[n] == '\0');
}

const char *
mistake_option(const char *option)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (is_option(option, options[i].option))
			return options[i].advice;
	return NULL;
}

bool
mistake_is_group(const char *word, const char *next)
{
	size_t n = strlen(word + 1);

	if (strcmp(word, "-udp") == 0)
		return *next >= '0' && *next <= '9';
	return n < strlen("quit") && strcmp(word, "-tcp") != 0 &&
	    strcmp(word, "-ssl") != 0;
}

static bool
is_endless(const char *arg)
{
	return strncasecmp(arg, "inf", 3) == 0 ||
	    strcasecmp(arg, "forever") == 0 || strcasecmp(arg, "never") == 0;
}

/* A mistaken number of seconds. */
static bool
mistaken_time(enum opt opt, const char *arg, char *text, size_t size)
{
	size_t n = strspn(arg, "0123456789");

	if (arg[n] == ',' && arg[n + 1] != '\0' &&
	    arg[n + 1 + strspn(arg + n + 1, "0123456789")] == '\0')
		snprintf(text, size, "use %.*s.%s", (int)n, arg, arg + n + 1);
	else if (is_endless(arg) && opt == OPT_WAIT)
		snprintf(text, size, "leave it out: then there is no limit");
	else if (is_endless(arg) && opt == OPT_QUIT_AFTER)
		snprintf(text, size, "use -1, which is never");
	else if (is_endless(arg))
		snprintf(text, size, "give seconds; for a very long time use "
		    "999999999");
	else if (opt == OPT_RETRY && *arg != '\0' &&
	    strchr("0123456789. -", *arg) == NULL)
		snprintf(text, size, "-c takes seconds to retry for; to run "
		    "a command use -e '%s'", arg);
	else
		return false;
	return true;
}

bool
mistake_argument(enum opt opt, const char *arg, char *text, size_t size)
{
	if (opts_table[opt].kind == TIME)
		return mistaken_time(opt, arg, text, size);
	if (opt == OPT_BACKLOG && *arg != '\0' &&
	    (strchr("0123456789", *arg) == NULL || strpbrk(arg, ".:") != NULL))
		snprintf(text, size, "-b is the backlog of a listener; "
		    "broadcast needs no option, and an interface is "
		    "-K device=eth0");
	else if (opt == OPT_PROXY_TYPE && strcasecmp(arg, "https") == 0)
		snprintf(text, size, "use http");
	else
		return false;
	return true;
}

bool
mistake_near(const char *typed, const char *name, size_t n)
{
	while (*typed != '\0' && *typed == *name) {
		typed++;
		name++;
	}
	if (*typed == *name)
		return true;
	if (n == 0)
		return false;
	if (*typed == '\0')
		return mistake_near(typed, name + 1, n - 1);
	if (mistake_near(typed + 1, name, n - 1))
		return true;
	if (*name == '\0')
		return false;
	return mistake_near(typed, name + 1, n - 1) ||
	    mistake_near(typed + 1, name + 1, n - 1) ||
	    (typed[1] == *name && *typed == name[1] &&
	    mistake_near(typed + 2, name + 2, n - 1));
}
