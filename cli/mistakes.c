/* What people type by mistake, and what to type instead. */
#include "mistakes.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	GROUPS = 6,  /* of a pattern, the whole match among them */
	TYPED = 256, /* size of the buffer for operands; the rest is cut */
};

/* Options of other netcats; "*" stands for any letters at the end. */
static const struct {
	const char *option, *advice;
} options[] = {
	{ "-D", "use -vvv to see the socket calls" },
	{ "-G", "source routing is not supported; routers ignore it" },
	{ "-g", "source routing is not supported; routers ignore it" },
	{ "--append-output", "redirect standard output" },
	{ "--broadcast", "broadcast needs no option" },
	{ "--chat", "use --listen --keep-open --broker --lines" },
	{ "--deny*", "use --allow" },
	{ "--exec", "use --sh-exec" },
	{ "--idle-timeout", "use --wait" },
	{ "--lua-exec", "use --sh-exec" },
	{ "--output", "redirect standard output" },
	{ "--port", "use --source-port, or give it as an operand" },
	{ "--sctp", "there are TCP, UDP and Unix-domain sockets" },
	{ "--sendonly", "use --send-only" },
	{ "--ssl*", "use openssl s_client" },
	{ "--tcp", "it is the default" },
	{ "--timeout", "use --wait" },
	{ "--tls*", "use openssl s_client" },
	{ "--vsock", "there are TCP, UDP and Unix-domain sockets" },
	{ "--zero", "use --scan" },
};

/* Arguments that other netcats take, and long options with one dash. */
static const struct {
	enum opt opt;
	const char *arg, *advice;
} arguments[] = {
	{ OPT_SH_EXEC, "rbose", "use --verbose" },
	{ OPT_SH_EXEC, "rsion", "use --version" },
	{ OPT_QUIT_AFTER, "-1", "leave out -q" },
	{ OPT_SOURCE, "sl", "there is no -ssl; use openssl s_client" },
	{ OPT_PROXY_TYPE, "http", "use connect" },
	{ OPT_PROXY_TYPE, "https", "use connect" },
	{ OPT_PROXY_TYPE, "socks4", "use 4" },
	{ OPT_PROXY_TYPE, "socks4a", "use 4" },
	{ OPT_PROXY_TYPE, "socks5", "use 5" },
	{ OPT_PROXY_TYPE, "socks5h", "use 5" },
};

/*
 * Operands, joined by spaces. The pattern is an extended regular expression, in
 * which case does not matter; $0 in the advice is what matched, $1 its first
 * group. A pattern is compiled only if its guard, a character, occurs in the
 * operands. With one of the options in "unless" they are no mistake.
 */
static const struct {
	char guard; /* '\0': none */
	unsigned long long unless;
	const char *pattern, *advice;
} operands[] = {
	{ '\0', SET(OPT_LISTEN), "^[0-9]{1,5}$",
	    "no host before port $0; use 'localhost $0', or '-l $0' to "
	    "listen" },
	{ '/', 0, "^https://[^ ]*",
	    "$0: there is no TLS; use openssl s_client" },
	{ '/', 0, "^[a-z]+://([^/: ]+):([0-9]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$1 $2'" },
	{ '/', 0, "^http://([^/: ]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$1 80'" },
	{ '/', 0, "^[a-z]+://([^/: ]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$1' and a port" },
	{ ':', 0, "^(- )?(tcp|udp)[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    "$0: this is how socat writes it; use '$4 $5', with -u for UDP" },
	{ ':', 0, "^(- )?(tcp|udp)[46]?-l(isten)?:([^:, ]+)",
	    "$0: this is how socat writes it; use '-l $4', with -u for UDP" },
	{ ':', 0, "^(- )?unix(-connect|-client)?:([^ ,]+)",
	    "$0: this is how socat writes it; use '-U $3'" },
	{ ':', 0, "^(- )?unix-l(isten)?:([^ ,]+)",
	    "$0: this is how socat writes it; use '-l -U $3'" },
	{ '/', 0, "^[^ :]*/[^ ]*$",
	    "$0: use -U for a path" },
	{ '@', 0, "^[^ @/:]+@([^ :]+)[: ]([0-9]+)$",
	    "$0: leave out the user; use '$1 $2'" },
	{ ':', SET(OPT_LISTEN), "^:([0-9]+)$",
	    "$0: the host is missing; use 'localhost $1'" },
	{ ':', 0, "^:([0-9]+)$",
	    "$0: leave out the colon; use '-l $1'" },
	{ ':', 0, "^([^ :/]+): ([^ ]+)$",
	    "$0: leave out the colon; use '$1 $2'" },
	{ ':', 0, "^([^ :/]+):$",
	    "$0: leave out the colon; use '$1' and a port" },
	{ ':', 0, "^([^ :/]+):[0-9]+ ([0-9]+)$",
	    "$0: give the port only once; use '$1 $2'" },
	{ '[', SET(OPT_PROXY), "^\\[([^] ]+)](:[0-9]+)? ([^ ]+)$",
	    "$0: leave out the brackets; use '$1 $3'" },
	{ '\0', SET(OPT_LISTEN) | SET(OPT_SCAN),
	    "^([^ ]+) ([0-9a-z-]+,[^ ]*|[0-9]+-[0-9]+)$",
	    "to scan ports use '-z $1 $2'" },
	{ ':', 0, "^([^ :/]+):([0-9]+)$",
	    "$0: host and port are two arguments; use '$1 $2'" },
	{ '[', 0, "^\\[([^] ]+)]:([0-9]+)$",
	    "$0: host and port are two arguments; use '$1 $2'" },
	{ ':', SET(OPT_SOURCE_PORT), "^([^ ]*::[^ ]*[^ :]):([0-9]+)$",
	    "$0: host and port are two arguments; use '$1 $2'" },
	{ ' ', 0, "^([0-9]+) (localhost|[^ ]*[.:][^ ]*)$",
	    "$0: the host comes before the port; use '$2 $1'" },
	{ '-', 0, "^[^ -][^ ]* (.* )?(--?[46a-z][^ ]*)",
	    "$2: options come before the host, the port and the path" },
	{ ':', 0, "^(fe[89ab][0-9a-f]:[^% ]*)( |$)",
	    "$1: a link-local address requires a zone; use '$1%eth0' or "
	    "another interface" },
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

const char *
mistake_argument(enum opt opt, const char *arg)
{
	for (size_t i = 0; i < COUNT(arguments); i++)
		if (arguments[i].opt == opt &&
		    strcasecmp(arguments[i].arg, arg) == 0)
			return arguments[i].advice;
	if (opt == OPT_RETRY && *arg != '\0' &&
	    strchr("0123456789. -", *arg) == NULL)
		return "to run a command use -e";
	return NULL;
}

/* fe80::/10, without the zone that it requires. The host has a colon. */
static bool
lacks_zone(const char *host)
{
	return strchr("fF", host[0]) != NULL && strchr("eE", host[1]) != NULL &&
	    strchr("89abAB", host[2]) != NULL && strchr(host, '%') == NULL;
}

/* A name or an address; for a proxy an IPv6 address may be in brackets. */
static bool
looks_like_host(const char *host, bool proxy)
{
	const char *colon = strchr(host, ':');
	size_t n = strspn(host, "0123456789abcdefABCDEF:.");

	if (*host == '[')
		return proxy;
	if (colon == NULL)
		return strpbrk(host, "/@ ") == NULL &&
		    host[strspn(host, "0123456789")] != '\0';
	return (host[n] == '\0' || host[n] == '%') &&
	    strchr(colon + 1, ':') != NULL && !lacks_zone(host);
}

/* A number or a service's name; a scan takes a list of them, and of ranges. */
static bool
looks_like_port(const char *port, bool scan)
{
	size_t digits = strspn(port, "0123456789");

	if (strpbrk(port, ":/[@%. ") != NULL || *port == '-')
		return false;
	return scan || (strchr(port, ',') == NULL &&
	    (digits == 0 || port[digits] != '-'));
}

bool
mistake_unlikely(const char *host, const char *port, unsigned long long given)
{
	return looks_like_port(port, (given & SET(OPT_SCAN)) != 0) &&
	    (host == NULL ||
	    looks_like_host(host, (given & SET(OPT_PROXY)) != 0));
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

/* Write the advice, with what matched in what was typed. */
static void
fill_in(const char *advice, const char *typed, const regmatch_t *match,
    char *text, size_t size)
{
	size_t n = 0;

	for (; *advice != '\0' && n < size; advice++) {
		const regmatch_t *m;

		if (*advice != '$') {
			n += (size_t)snprintf(text + n, size - n, "%c",
			    *advice);
			continue;
		}
		m = &match[*++advice - '0'];
		n += (size_t)snprintf(text + n, size - n, "%.*s",
		    (int)(m->rm_eo - m->rm_so), typed + m->rm_so);
	}
}

static void
join(char *text, size_t size, int n, char **word)
{
	const char *space = "";

	*text = '\0';
	for (int i = 0; i < n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, size - len, "%s%s", space, word[i]);
		space = " ";
	}
}

bool
mistake_operands(int n, char **operand, unsigned long long given, char *text,
    size_t size)
{
	char typed[TYPED];
	regmatch_t match[GROUPS];

	join(typed, sizeof typed, n, operand);
	for (size_t i = 0; i < COUNT(operands); i++) {
		if ((given & operands[i].unless) != 0 ||
		    strchr(typed, operands[i].guard) == NULL ||
		    !matches(operands[i].pattern, typed, match))
			continue;
		fill_in(operands[i].advice, typed, match, text, size);
		return true;
	}
	return false;
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
