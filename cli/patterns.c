/* What people type by mistake as operands, and what to type instead. */
#include "patterns.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

enum {
	GROUPS = 9,  /* of a pattern, the whole match among them */
	TYPED = 256, /* size of the buffer for operands; the rest is cut */
};

#define TWO "$0: host and port are two arguments; use '$f"
#define URL "$0: give a host and a port, not a URL; use '$f"
#define SOCAT "$0: this is how socat writes it; use '"

/*
 * Operands, joined by spaces. The pattern is an extended regular expression, in
 * which case does not matter. In the advice $0 is what matched, $1 its first
 * group, and $f the options -l and -u, if they were given. A pattern is
 * compiled only if its guard, a character, occurs in the operands. With one of
 * the options in "unless" they are no mistake.
 */
static const struct {
	char guard; /* '\0': none */
	unsigned long long unless;
	const char *pattern, *advice;
} operands[] = {
	/* a port alone, or a word too many */
	{ '\0', SET(OPT_LISTEN), "^[0-9]{1,5}$",
	    "no host before port $0; use '$flocalhost $0', or '-l $0' to "
	    "listen" },
	{ ' ', 0, "^(tcp|connect) ([^ ]+) ([0-9]+)$", "$0: use '$2 $3'" },
	{ ' ', 0, "^udp ([^ ]+) ([0-9]+)$", "$0: use '-u $1 $2'" },
	{ '-', 0, "^- ([^ :/]+) ([0-9]+)$",
	    "$0: leave out the -; use '$1 $2'" },
	/* URLs */
	{ '/', 0, "^(https|wss)://([^ /@]*@)?([^/: ]+)(:[0-9]+)?[^ ]*",
	    "$0: there is no TLS; use 'openssl s_client -connect $3:443'" },
	{ '/', 0, "^udp://([^/: ]+):([0-9]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '-u $1 $2'" },
	{ '/', 0, "^(http\\+)?unix:/*(/[^ ]*)",
	    "$0: give a path, not a URL; use '-U $2'" },
	{ '/', 0, "^[a-z]+://([^ /@]*@)?\\[?([^]/ ]+)]?:([0-9]+)[^ ]*",
	    URL "$2 $3'" },
	{ '/', 0, "^(http|ws)://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$3 80'" },
	{ '/', 0, "^(ftp|ssh|smtp|telnet)://([^ /@]*@)?([^/: ]+)[^ ]*",
	    URL "$3 $1'" },
	{ '/', 0, "^postgres(ql)?://([^ /@]*@)?([^/: ]+)[^ ]*",
	    URL "$3 5432'" },
	{ '/', 0, "^rediss?://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$2 6379'" },
	{ '/', 0, "^mysql://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$2 3306'" },
	{ '/', 0, "^[a-z]+://([^ /@]*@)?([^/: ]+)[^ ]*",
	    URL "$2' and a port" },
	{ '/', 0, "^/dev/tcp/([^/ ]+)/([0-9]+)$",
	    "$0: this is how bash writes it; use '$1 $2'" },
	{ '/', 0, "^/dev/udp/([^/ ]+)/([0-9]+)$",
	    "$0: this is how bash writes it; use '-u $1 $2'" },
	/* socat's addresses, two of them first */
	{ ':', 0, "^tcp[46]?-l(isten)?:([0-9]+)[^ ]* "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "-lk -f $4:$5 $2'" },
	{ ':', 0, "^tcp[46]?-l(isten)?:([0-9]+)[^ ]* "
	    "unix(-connect|-client)?:([^, ]+)", SOCAT "-lk -f $4 $2'" },
	{ ':', 0, "^unix-l(isten)?:([^, ]+)[^ ]* "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "-lk -f $4:$5 -U $2'" },
	{ ':', 0, "^udp[46]?-(l|listen|recvfrom):([0-9]+)[^ ]* "
	    "udp[46]?(-connect|-sendto)?:([^:, ]+):([^:, ]+)",
	    SOCAT "-lku -f $4:$5 $2'" },
	{ ':', 0, "^tcp[46]?-l(isten)?:([0-9]+)[^ ]* (exec|system):([^,]+)",
	    SOCAT "-lk -e '$4' $2'" },
	{ ':', 0, "^tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)[^ ]* "
	    "(exec|system):([^,]+)", SOCAT "-e '$5' $2 $3'" },
	{ ':', 0, "^(exec|system):([^,]+)[^ ]* tcp[46]?-l(isten)?:([0-9]+)",
	    SOCAT "-lk -e '$2' $4'" },
	{ ':', 0, "^(exec|system):([^,]+) "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "-e '$2' $4 $5'" },
	{ ':', 0, "^(file|open|gopen):([^, ]+)[^ ]* "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "$4 $5 <$2'" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?tcp[46]?(-connect)?:"
	    "([^:, ]+):([^:, ]+)[^ ]*", SOCAT "$4 $5'" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?udp[46]?"
	    "(-connect|-sendto|-datagram)?:([^:, ]+):([^:, ]+)[^ ]*",
	    SOCAT "-u $4 $5'" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?tcp[46]?-l(isten)?:([^:, ]+)"
	    "[^ ]*", SOCAT "-l $4', with -k for many clients" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?udp[46]?-"
	    "(l|listen|recvfrom|recv):([^:, ]+)[^ ]*", SOCAT "-lu $4'" },
	{ ':', 0, "^((-|stdio) )?(openssl|ssl)-l(isten)?:([0-9]+)[^ ]*",
	    "$0: there is no TLS; use 'openssl s_server -accept $5'" },
	{ ':', 0, "^((-|stdio) )?(openssl|ssl)(-connect)?:([^, ]+)[^ ]*",
	    "$0: there is no TLS; use 'openssl s_client -connect $5'" },
	{ ':', 0, "^((-|stdio) )?unix-(sendto|send):([^ ,]+)[^ ]*",
	    SOCAT "-uU $4'" },
	{ ':', 0, "^((-|stdio) )?unix-(recvfrom|recv):([^ ,]+)[^ ]*",
	    SOCAT "-luU $4'" },
	{ ':', 0, "^((-|stdio) )?unix(-connect|-client)?:([^ ,]+)[^ ]*",
	    SOCAT "-U $4'" },
	{ ':', 0, "^((-|stdio) )?unix-l(isten)?:([^ ,]+)[^ ]*",
	    SOCAT "-l -U $4'" },
	{ ':', 0, "^((-|stdio) )?abstract-l(isten)?:([^ ,]+)[^ ]*",
	    SOCAT "-l -U @$4'" },
	{ ':', 0, "^((-|stdio) )?abstract-[a-z]+:([^ ,]+)[^ ]*",
	    SOCAT "-U @$3'" },
	{ ':', 0, "^((-|stdio) )?socks4a?:([^:, ]+):([^:, ]+):([^:, ]+)[^ ]*",
	    SOCAT "-X 4 -x $3 $4 $5'" },
	{ ':', 0, "^((-|stdio) )?socks5[-a-z]*:([^:, ]+):([^:, ]+):"
	    "([^:, ]+)[^ ]*", SOCAT "-x $3 $4 $5'" },
	{ ':', 0, "^((-|stdio) )?proxy[-a-z]*:([^:, ]+):([^:, ]+):"
	    "([^:, ]+)[^ ]*", SOCAT "-X http -x $3 $4 $5'" },
	{ ':', 0, "^(exec|system):([^ ,]+)[^ ]*",
	    SOCAT "-e '$2'' with a host and a port, or with -l" },
	{ ':', 0, "^(file|open|gopen|create|pipe|fd):([^ ,]+)[^ ]*",
	    "$0: this is how socat writes it; redirect standard input or "
	    "output, as in 'host port <$2'" },
	{ ':', 0, "^(- )?(pty|tun|ip[46]?|interface|sctp|vsock|readline|dccp)"
	    "[,:][^ ]*", "$0: this is how socat writes it; there are only "
	    "TCP, UDP and Unix-domain sockets" },
	{ '-', 0, "^- (\\.?/[^ ]*)$", "$0: use '-U $1'" },
	/* networks */
	{ '/', SET(OPT_LISTEN),
	    "^([0-9]+\\.[0-9]+\\.[0-9]+)\\.[0-9]+/[0-9]+( [^ ]+)*$",
	    "$0: a network is no host; scan its hosts, such as '-z $1.1 80'" },
	{ '/', 0, "^([0-9a-f.:]+/[0-9]+) ([^ ]+)$",
	    "$0: a network is no address; to serve only its clients use "
	    "'-l -a $1 $2'" },
	/* paths */
	{ '/', 0, "^([^ :/]+) ([0-9]+)/tcp$", "$0: use '$f$1 $2'" },
	{ '/', 0, "^([^ :/]+) ([0-9]+)/udp$", "$0: use '-u $1 $2'" },
	{ '/', 0, "^([^ :/]+):([0-9]+)/[^ ]*$", TWO "$1 $2'" },
	{ '/', SET(OPT_LISTEN), "^[^ :]*/[^ ]*$",
	    "$0: a path needs -U; use '-U $0'" },
	{ '/', 0, "^[^ :]*/[^ ]*$", "$0: a path needs -U; use '-l -U $0'" },
	/* host and port in one word, or in a form of another program */
	{ ':', 0, "^([0-9]+):([^ :/]+):([0-9]+)( .*)?$",
	    "$0: this is how ssh writes it; to forward a port use "
	    "'-lk -f $2:$3 $1'" },
	{ '@', 0, "^[^ @/:]+@([^ :]+)[: ]([0-9]+)$",
	    "$0: leave out the user; use '$1 $2'" },
	{ ':', SET(OPT_LISTEN), "^:([0-9]+)$",
	    "$0: the host is missing; use 'localhost $1'" },
	{ ':', 0, "^[*]?:([0-9]+)$",
	    "$0: leave out the colon; use '-l $1'" },
	{ ':', 0, "^([^ :/]+): ([^ ]+)$",
	    "$0: leave out the colon; use '$f$1 $2'" },
	{ ':', 0, "^([^ :/]+):$",
	    "$0: leave out the colon; use '$f$1' and a port" },
	{ ':', 0, "^([^ :/]+):[0-9]+ ([0-9]+)$",
	    "$0: give the port only once; use '$f$1 $2'" },
	{ '[', SET(OPT_PROXY), "^\\[([^] ]+)](:[0-9]+)? ([^ ]+)$",
	    "$0: leave out the brackets; use '$f$1 $3'" },
	{ '[', 0, "^\\[([0-9a-f:.%]+) ([^ ]+)$",
	    "$0: leave out the bracket; use '$f$1 $2'" },
	{ ']', 0, "^([0-9a-f:.%]+)] ([^ ]+)$",
	    "$0: leave out the bracket; use '$f$1 $2'" },
	{ ':', 0, "^([^ ]+) ([0-9]+):([0-9]+)$",
	    "$0: to scan ports use '-z $1 $2-$3'" },
	{ '\0', SET(OPT_LISTEN) | SET(OPT_SCAN),
	    "^([^ ]+) ([0-9a-z-]+,[^ ]*|[0-9]+-[0-9]+)$",
	    "to scan ports use '-z $1 $2'" },
	{ ' ', SET(OPT_LISTEN) | SET(OPT_SCAN),
	    "^([^ ]+) ([0-9]+) ([0-9]+)$",
	    "to scan ports use '-z $1 $2,$3'" },
	{ ' ', SET(OPT_LISTEN), "^([^ ]+) ([0-9]+) ([^ ]*[./][^ ]*)$",
	    "$3: to send a file use '$1 $2 <$3'" },
	{ ':', 0, "^([^ :/]+):([0-9]+|[a-z][a-z0-9-]*)$", TWO "$1 $2'" },
	{ ',', 0, "^([^ :/,]+),([0-9]+)$", TWO "$1 $2'" },
	{ '[', 0, "^\\[([^] ]+)]:([0-9]+)$", TWO "$1 $2'" },
	{ '[', 0, "^\\[([0-9a-f:]*:[0-9a-f]*):([0-9]+)$",
	    "$0: a bracket is missing, and is not needed; use '$f$1 $2'" },
	{ ':', SET(OPT_SOURCE_PORT), "^([^ ]*::[^ ]*[^ :]):([0-9]+)$",
	    TWO "$1 $2'" },
	{ ' ', 0, "^([0-9]+) (localhost|[^ ]*[.:][^ ]*)$",
	    "$0: the host comes before the port; use '$f$2 $1'" },
	{ ':', 0, "^(fe[89ab][0-9a-f]:[^% ]*)( |$)",
	    "$1: a link-local address requires a zone; use '$1%eth0' or "
	    "another interface" },
};

#define COUNT(array) (sizeof (array) / sizeof (array)[0])

/* A dash that word processors make of "-": U+2010 to U+2015, and U+2212. */
static bool
is_typographic(const char *word)
{
	return strncmp(word, "\xe2\x88\x92", 3) == 0 ||
	    (strncmp(word, "\xe2\x80", 2) == 0 && word[2] != '\0' &&
	    strchr("\x90\x91\x92\x93\x94\x95", word[2]) != NULL);
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
	if (*host == '\0' || is_typographic(host))
		return false;
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
patterns_unlikely(const char *host, const char *port, unsigned long long given)
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
    const char *options, char *text, size_t size)
{
	size_t n = 0;

	for (; *advice != '\0' && n < size; advice++) {
		const regmatch_t *m;

		if (*advice != '$') {
			n += (size_t)snprintf(text + n, size - n, "%c",
			    *advice);
			continue;
		}
		if (*++advice == 'f') {
			n += (size_t)snprintf(text + n, size - n, "%s",
			    options);
			continue;
		}
		m = &match[*advice - '0'];
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

/* The options -l and -u, as they were given. */
static const char *
flags(const struct opts *o)
{
	if (o->listen)
		return o->datagram ? "-lu " : "-l ";
	return o->datagram ? "-u " : "";
}

static bool
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789.")] == '\0';
}

/* What needs no pattern: words that are empty or have the wrong characters. */
static bool
advise_words(struct opts *o)
{
	char *word = o->operand[0];
	const char *dashes = "-";

	if (o->noperands == 1 && strchr(word, ' ') != NULL)
		opts_advise(o, "'%s': host and port are two arguments; leave "
		    "out the quotes: %s%s", word, flags(o), word);
	else if (*word == '\0' && o->noperands == 2)
		opts_advise(o, "the host is empty, perhaps an unset variable; "
		    "use '%slocalhost %s'", flags(o), o->operand[1]);
	else if (is_typographic(word)) {
		if (strncmp(word, "\xe2\x80\x94", 3) == 0 ||
		    strlen(word) > strlen("xxx") + 3)
			dashes = "--";
		opts_advise(o, "%s begins with a typographic dash; type '%s%s'",
		    word, dashes, word + 3);
	}
	return o->advised;
}

/* -e cat file: the command was not quoted. The last n words are no part. */
static bool
advise_command(struct opts *o, int n)
{
	char rest[TYPED], words[TYPED];
	int args = o->noperands - n;

	if (o->before.opt != OPT_SH_EXEC || o->before.value == NULL ||
	    args < 1 || (!o->listen && o->noperands == 2 &&
	    strchr(o->operand[0], '/') == NULL))
		return false;
	join(words, sizeof words, args, o->operand);
	join(rest, sizeof rest, n, o->operand + args);
	opts_advise(o, "-e takes one argument; use -e '%.80s %.60s' %.60s",
	    o->command, words, rest);
	return true;
}

/* -xu proxy host 80: the argument of -x is the rest of the group. */
static bool
advise_group(struct opts *o)
{
	const struct opts_before *b = &o->before;
	const char *arg;

	if (b->opt == OPTS || b->value != NULL || opts_is_flag(b->opt) ||
	    b->word[1] == '-' || o->noperands < 3)
		return false;
	arg = strchr(b->word, opts_letter(b->opt)) + 1;
	if (is_number(arg))
		return false;
	opts_advise(o, "%s took '%s' as the argument of -%c; use '-%s -%c %s'",
	    b->word, arg, arg[-1], arg, arg[-1], o->operand[0]);
	return true;
}

/* -x host 80: the host was taken as the argument of -x. */
static bool
advise_taken(struct opts *o)
{
	const struct opts_before *b = &o->before;
	const char *word = o->operand[0];

	if (o->listen || o->unix_domain || o->noperands != 1)
		return false;
	if (o->source_port != NULL && !is_number(word) &&
	    is_number(o->source_port) && strpbrk(word, ":/@") == NULL)
		opts_advise(o, "%s is the local port; use '%s%s %s'",
		    opts_name(o, OPT_SOURCE_PORT).text, flags(o), word,
		    o->source_port);
	else if (b->value != NULL && is_number(word) &&
	    strchr("xospPXKfe", opts_letter(b->opt)) != NULL)
		opts_advise(o, "%s took '%s' as its argument: no host is left "
		    "before port %s", b->word, b->value, word);
	return o->advised;
}

/* -t 5 host 80: the flag was given a value. */
static bool
advise_flag(struct opts *o)
{
	const struct opts_before *b = &o->before;
	const char *value = o->operand[0];
	struct opts_name name;

	if (b->opt == OPTS || b->value != NULL || !is_number(value) ||
	    !opts_is_flag(b->opt) || (o->noperands < 3 &&
	    !(o->noperands == 2 && b->opt == OPT_MESSAGES)))
		return false;
	name = opts_name(o, b->opt);
	if (b->opt == OPT_MESSAGES && o->listen)
		opts_advise(o, "%s takes no value; for %s clients at once use "
		    "'-M %s'", name.text, value, value);
	else if (b->opt == OPT_MESSAGES)
		opts_advise(o, "%s takes no value; for a TTL use '-K ttl=%s'",
		    name.text, value);
	else
		opts_advise(o, "%s takes no value, and '%s' was taken as the "
		    "host; leave it out", name.text, value);
	return true;
}

static bool
advise_path(struct opts *o)
{
	if (!o->unix_domain || o->noperands != 2 || !is_number(o->operand[1]))
		return false;
	opts_advise(o, "-U takes only a path; for UDP use '%s%s %s'",
	    o->listen ? "-lu " : "-u ", o->operand[0], o->operand[1]);
	return true;
}

static bool
advise_pattern(struct opts *o)
{
	char typed[TYPED];
	regmatch_t match[GROUPS];

	join(typed, sizeof typed, o->noperands, o->operand);
	for (size_t i = 0; i < COUNT(operands); i++) {
		if ((o->given & operands[i].unless) != 0 ||
		    strchr(typed, operands[i].guard) == NULL ||
		    !matches(operands[i].pattern, typed, match))
			continue;
		fill_in(operands[i].advice, typed, match, flags(o), o->error,
		    sizeof o->error);
		o->advised = true;
		return true;
	}
	return false;
}

bool
patterns_advise(struct opts *o)
{
	int ports = o->listen && o->source_port != NULL ? 0 : 1;

	if (!o->listen && o->noperands > 2)
		ports = 2;
	if (o->noperands > 0 && (advise_path(o) || advise_words(o) ||
	    advise_command(o, ports) || advise_flag(o) || advise_taken(o) ||
	    advise_group(o)))
		return true;
	return advise_pattern(o);
}
