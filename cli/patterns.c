/* Operands that are mistakes, as patterns, and what to type instead. */
#include "patterns.h"
#include "corrected.h"
#include "operands.h"
#include "../net/zone.h"

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
 * group, $f the options that were given, $(lk) those and the flags -l and -k,
 * and $i an interface. A pattern is compiled only if its guard, a character,
 * occurs in the operands. With one of the options in "unless" they are no
 * mistake.
 */
static const struct {
	char guard; /* '\0': none */
	unsigned long long unless;
	const char *pattern, *advice;
} operands[] = {
	/* a port alone, or a word too many */
	{ '\0', SET(OPT_LISTEN) | SET(OPT_SCAN), "^[0-9]{1,5}$",
	    "no host before port $0; use '$flocalhost $0', or '$(l)$0' to "
	    "listen" },
	{ '\0', SET(OPT_LISTEN), "^[0-9]{1,5}$",
	    "no host before port $0; use '$flocalhost $0'" },
	{ ' ', 0, "^(nc|ncat|netcat|sockcat|socat|ssh|telnet) ([^ ]+) ([0-9]+)$",
	    "$0: leave out $1; use '$f$2 $3'" },
	{ '/', 0, "^(get|head|post|curl|wget) https?://([^/: ]+)[^ ]*$",
	    "$0: give a host and a port, and the request on standard input; "
	    "use '$f$2 80'" },
	{ ' ', 0, "^([^ ]+) ([0-9]+) udp$", "$0: use '$(u)$1 $2'" },
	{ ' ', 0, "^([^ ]+) ([0-9]+) (tcp|http|https|ssh|smtp|ftp|telnet)$",
	    "$0: give the port only once; use '$f$1 $2'" },
	{ ' ', 0, "^([^ ]+) (http|https|ssh|smtp|ftp|telnet) ([0-9]+)$",
	    "$0: give the port only once; use '$f$1 $3'" },
	{ ' ', 0, "^(tcp|connect) ([^ ]+) ([0-9]+)$", "$0: use '$f$2 $3'" },
	{ ' ', 0, "^udp ([^ ]+) ([0-9]+)$", "$0: use '$(u)$1 $2'" },
	{ ' ', SET(OPT_LISTEN), "^udp ([0-9]+)$", "$0: use '$(u)localhost $1'" },
	{ ' ', 0, "^udp ([0-9]+)$", "$0: use '$(u)$1'" },
	{ ' ', 0, "^tcp ([0-9]+)$", "$0: leave out tcp; use '$f$1'" },
	{ ' ', 0, "^([^ ]+) (port|tcp|:|-p) ([0-9]+)$", "$0: use '$f$1 $3'" },
	{ ' ', 0, "^([^ ]+) udp ([0-9]+)$", "$0: use '$(u)$1 $2'" },
	{ '-', SET(OPT_LISTEN), "^-$",
	    "-: standard input is read in any case; give a host and a port" },
	{ '-', 0, "^- ([^ :/]+) ([0-9]+)$",
	    "$0: leave out the -; use '$f$1 $2'" },
	/* URLs */
	{ '/', 0, "^(https|wss)://([^ /@]*@)?([^/: ]+:[0-9]+)[^ ]*",
	    "$0: there is no TLS; use 'openssl s_client -connect $3'" },
	{ '/', 0, "^(https|wss)://([^ /@]*@)?([^/: ]+)[^ ]*",
	    "$0: there is no TLS; use 'openssl s_client -connect $3:443'" },
	{ '/', 0, "^udp://([^/: ]+):([0-9]+)[^ ]*",
	    "$0: give a host and a port, not a URL; use '$(u)$1 $2'" },
	{ '/', 0, "^udp://([^/: ]+)[^ ]*$",
	    "$0: give a host and a port, not a URL; use '$(u)$1' and a port" },
	{ '/', 0, "^(file|ipc)://(/[^ ]*)$",
	    "$0: give a path, not a URL; use '$(U)$2'" },
	{ '/', 0, "^(http\\+)?unix:/*(/[^ ]*)",
	    "$0: give a path, not a URL; use '$(U)$2'" },
	{ '/', 0, "^[a-z]+://([^ /@]*@)?\\[?([^]/ ]+)]?:([0-9]+)[^ ]*",
	    URL "$2 $3'" },
	{ '/', 0, "^(http|ws)://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$3 80'" },
	{ '/', 0, "^(ftp|imap|ssh|smtp|telnet)://([^ /@]*@)?([^/: ]+)[^ ]*",
	    URL "$3 $1'" },
	{ '/', 0, "^postgres(ql)?://([^ /@]*@)?([^/: ]+)[^ ]*",
	    URL "$3 5432'" },
	{ '/', 0, "^rediss?://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$2 6379'" },
	{ '/', 0, "^mongodb://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$2 27017'" },
	{ '/', 0, "^mysql://([^ /@]*@)?([^/: ]+)[^ ]*", URL "$2 3306'" },
	{ '/', 0, "^[a-z]+://([^ /@]*@)?([^/: ]+)[^ ]*",
	    URL "$2' and a port" },
	{ '/', 0, "^/dev/tcp/([^/ ]+)/([0-9]+)$",
	    "$0: this is how bash writes it; use '$f$1 $2'" },
	{ '/', 0, "^/dev/udp/([^/ ]+)/([0-9]+)$",
	    "$0: this is how bash writes it; use '$(u)$1 $2'" },
	/* socat's addresses, two of them first */
	{ ':', 0, "^tcp[46]?-l(isten)?:([0-9]+)[^ ]* "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "$(lk)-f $4:$5 $2'" },
	{ ':', 0, "^tcp[46]?-l(isten)?:([0-9]+)[^ ]* "
	    "unix(-connect|-client)?:([^, ]+)", SOCAT "$(lk)-f $4 $2'" },
	{ ':', 0, "^unix-l(isten)?:([^, ]+)[^ ]* "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "$(lk)-f $4:$5 -U $2'" },
	{ ':', 0, "^udp[46]?-(l|listen|recvfrom):([0-9]+)[^ ]* "
	    "udp[46]?(-connect|-sendto)?:([^:, ]+):([^:, ]+)",
	    SOCAT "$(lku)-f $4:$5 $2'" },
	{ ':', 0, "^tcp[46]?-l(isten)?:([0-9]+)[^ ]* (exec|system|shell):([^,]+)",
	    SOCAT "$(lk)-e '$4' $2'" },
	{ ':', 0, "^tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)[^ ]* "
	    "(exec|system|shell):([^,]+)", SOCAT "$f-e '$5' $2 $3'" },
	{ ':', 0, "^(exec|system|shell):([^,]+)[^ ]* tcp[46]?-l(isten)?:([0-9]+)",
	    SOCAT "$(lk)-e '$2' $4'" },
	{ ':', 0, "^(exec|system|shell):([^,]+) "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "$f-e '$2' $4 $5'" },
	{ ':', 0, "^(file|open|gopen):([^, ]+)[^ ]* "
	    "tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)",
	    SOCAT "$f$4 $5 <$2'" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?tcp[46]?(-connect)?:"
	    "([^:, ]+):([^:, ]+)[^ ]*", SOCAT "$f$4 $5'" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?udp[46]?"
	    "(-connect|-sendto|-datagram)?:([^:, ]+):([^:, ]+)[^ ]*",
	    SOCAT "$(u)$4 $5'" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?tcp[46]?-l(isten)?:([^:, ]+)"
	    "[^ ]*", SOCAT "$(l)$4', with -k for many clients" },
	{ ':', 0, "^((-|stdio|stdin|stdout) )?udp[46]?-"
	    "(l|listen|recvfrom|recv):([^:, ]+)[^ ]*", SOCAT "$(lu)$4'" },
	{ ':', 0, "^((-|stdio) )?(openssl|ssl)-l(isten)?:([0-9]+)[^ ]*",
	    "$0: there is no TLS; use 'openssl s_server -accept $5'" },
	{ ':', 0, "^((-|stdio) )?(openssl|ssl)(-connect)?:([^, ]+)[^ ]*",
	    "$0: there is no TLS; use 'openssl s_client -connect $5'" },
	{ ':', 0, "^((-|stdio) )?unix-(sendto|send):([^ ,]+)[^ ]*",
	    SOCAT "$(uU)$4'" },
	{ ':', 0, "^((-|stdio) )?unix-(recvfrom|recv):([^ ,]+)[^ ]*",
	    SOCAT "$(luU)$4'" },
	{ ':', 0, "^((-|stdio) )?unix(-connect|-client)?:([^ ,]+)[^ ]*",
	    SOCAT "$(U)$4'" },
	{ ':', 0, "^((-|stdio) )?unix-l(isten)?:([^ ,]+)[^ ]*",
	    SOCAT "$(l)-U $4'" },
	{ ':', 0, "^((-|stdio) )?abstract-l(isten)?:([^ ,]+)[^ ]*",
	    SOCAT "$(l)-U @$4'" },
	{ ':', 0, "^((-|stdio) )?abstract-[a-z]+:([^ ,]+)[^ ]*",
	    SOCAT "$(U)@$3'" },
	{ ':', 0, "^((-|stdio) )?socks4a?:([^:, ]+):([^:, ]+):([^:, ]+)[^ ]*",
	    SOCAT "$f-X 4 -x $3 $4 $5'" },
	{ ':', 0, "^((-|stdio) )?socks5[-a-z]*:([^:, ]+):([^:, ]+):"
	    "([^:, ]+):([^:, ]+)[^ ]*", SOCAT "$f-x $3:$4 $5 $6'" },
	{ ':', 0, "^((-|stdio) )?socks5[-a-z]*:([^:, ]+):([^:, ]+):"
	    "([^:, ]+)[^ ]*", SOCAT "$f-x $3 $4 $5'" },
	{ ':', 0, "^readline[^ ]* tcp[46]?(-connect)?:([^:, ]+):([^:, ]+)[^ ]*",
	    SOCAT "$f$2 $3', perhaps by rlwrap(1)" },
	{ ':', 0, "^((-|stdio) )?proxy[-a-z]*:([^:, ]+):([^:, ]+):"
	    "([^:, ]+)[^ ]*", SOCAT "$f-X http -x $3 $4 $5'" },
	{ ':', 0, "^(exec|system|shell):([^ ,]+)[^ ]*",
	    SOCAT "-e '$2'' with a host and a port, or with -l" },
	{ ':', 0, "^(file|open|gopen|create|pipe|fd):([^ ,]+)[^ ]*",
	    "$0: this is how socat writes it; redirect standard input or "
	    "output, as in 'host port <$2'" },
	{ ':', 0, "^(- )?(pty|tun|ip[46]?|interface|sctp|vsock|readline|dccp)"
	    "[-a-z]*[,:][^ ]*", "$0: this is how socat writes it; there are only "
	    "TCP, UDP and Unix-domain sockets" },
	{ '-', 0, "^- (\\.?/[^ ]*)$", "$0: use '$(U)$1'" },
	/* lists and networks of hosts */
	{ ',', SET(OPT_LISTEN), "^([^ ,/]+),([^ ,/]*[a-z.][^ ,/]*) ([^ ]+)$",
	    "$0: each host comes with its ports; use '$(z)$1 $3 $2 $3'" },
	{ '.', SET(OPT_LISTEN),
	    "^([0-9]+\\.[0-9]+\\.[0-9]+)\\.([0-9]+-[0-9.]+|[*])( [^ ]+)*$",
	    "$0: a network is no host; scan its hosts, such as '-z $1.1 80'" },
	{ '/', SET(OPT_LISTEN),
	    "^([0-9]+\\.[0-9]+\\.[0-9]+)\\.[0-9]+/[0-9]+ ([^ ]+)$",
	    "$0: a network is no host; scan its hosts, such as '-z $1.1 $2'" },
	{ '/', SET(OPT_LISTEN),
	    "^([0-9]+\\.[0-9]+\\.[0-9]+)\\.[0-9]+/[0-9]+( [^ ]+)*$",
	    "$0: a network is no host; scan its hosts, such as '-z $1.1 80'" },
	{ '/', 0, "^([0-9a-f.:]+/[0-9]+) ([^ ]+)$",
	    "$0: a network is no address; to serve only its clients use "
	    "'-l -a $1 $2'" },
	/* paths */
	{ '/', SET(OPT_UNIXSOCK), "^([.]?/[^ ]*) [0-9]+$",
	    "$1: a path has no port; use '$(U)$1'" },
	{ '/', SET(OPT_UNIXSOCK), "^([^ :/]+\\.[^ :/]+)/[^ ]* ([^ ]+)$",
	    "$0: leave out the path; use '$f$1 $2'" },
	{ '/', 0, "^([^ :/]+) udp/([0-9]+)$", "$0: use '$(u)$1 $2'" },
	{ '/', 0, "^([^ :/]+) ([0-9]+)/tcp$", "$0: use '$f$1 $2'" },
	{ '/', 0, "^([^ :/]+) ([0-9]+)/udp$", "$0: use '$(u)$1 $2'" },
	{ '/', 0, "^([^ :/]+):([0-9]+)/[^ ]*$", TWO "$1 $2'" },
	{ '/', SET(OPT_LISTEN), "^[^ :]*/[^ ]*$",
	    "$0: a path needs -U; use '$(U)$0'" },
	{ '/', 0, "^[^ :]*/[^ ]*$", "$0: a path needs -U; use '$(U)$0'" },
	/* host and port in one word, or in a form of another program */
	{ ':', 0, "^([0-9]+):([^ :/]+):([0-9]+)( .*)?$",
	    "$0: this is how ssh writes it; to forward a port use "
	    "'-lk -f $2:$3 $1'" },
	{ ':', 0, "^([^ :]+):([0-9]+):([^ :/]+):([0-9]+)( .*)?$",
	    "$0: this is how ssh writes it; to forward a port use "
	    "'-lk -f $3:$4 $1 $2'" },
	{ '@', 0, "^[^ @/:]+@([^ :/]+)$",
	    "$0: leave out the user, and give a port; use '$f$1 22'" },
	{ '@', 0, "^[^ @/:]+@([^ :]+)[: ]([0-9]+)$",
	    "$0: leave out the user; use '$f$1 $2'" },
	{ ':', SET(OPT_LISTEN), "^:([0-9]+)$",
	    "$0: the host is missing; use '$flocalhost $1'" },
	{ ':', 0, "^[*]?:([0-9]+)$",
	    "$0: leave out the colon; use '$(l)$1'" },
	{ ':', 0, "^([^ :/]+): ([^ ]+)$",
	    "$0: leave out the colon; use '$f$1 $2'" },
	{ ':', 0, "^([^ :/]+):$",
	    "$0: leave out the colon; use '$f$1' and a port" },
	{ ':', 0, "^([^ :/]+):[0-9]+ ([0-9]+)$",
	    "$0: give the port only once; use '$f$1 $2'" },
	{ '[', SET(OPT_PROXY), "^\\[([^] ]+)](:[0-9]+)? ([^ ]+)$",
	    "$0: leave out the brackets; use '$f$1 $3'" },
	{ '[', 0, "^\\[([0-9a-f:.%]*::[0-9a-f]{0,4})]?$",
	    "$0: leave out the bracket, and give a port; use '$f$1 8080'" },
	{ '[', 0, "^\\[([0-9a-f:.%]+)]$",
	    "$0: leave out the bracket, and give a port; use '$f$1 8080'" },
	{ ']', 0, "^([0-9a-f:.%]+)]$",
	    "$0: leave out the bracket, and give a port; use '$f$1 8080'" },
	{ '[', 0, "^\\[([0-9a-f:.%]+)]([0-9]+)$", TWO "$1 $2'" },
	{ '[', 0, "^\\[([0-9a-f:.%]+) ([^ ]+)$",
	    "$0: leave out the bracket; use '$f$1 $2'" },
	{ ']', 0, "^([0-9a-f:.%]+)] ([^ ]+)$",
	    "$0: leave out the bracket; use '$f$1 $2'" },
	{ ':', 0, "^([^ ]+) ([0-9]+):([0-9]+)$",
	    "$0: to scan ports use '$(z)$1 $2-$3'" },
	{ ':', 0, "^([^ :]+):([0-9]+):([0-9]+)$",
	    "$0: to scan ports use '$(z)$1 $2,$3'" },
	{ ':', 0, "^([^ :]+):([0-9]+(,[0-9]+)+)$",
	    "$0: to scan ports use '$(z)$1 $2'" },
	{ ':', 0, "^([^ :]+):([0-9]+-[0-9]+)$",
	    "$0: to scan ports use '$(z)$1 $2'" },
	{ '.', 0, "^([^ ]+) ([0-9]+)\\.\\.+([0-9]+)$",
	    "$0: to scan ports use '$(z)$1 $2-$3'" },
	{ ' ', 0, "^([^ ]+) ([0-9]+) (-|to|bis) ([0-9]+)$",
	    "$0: to scan ports use '$(z)$1 $2-$4'" },
	{ ',', 0, "^([^ ]+) ([0-9]+), ([0-9]+)$",
	    "$0: to scan ports use '$(z)$1 $2,$3'" },
	{ ',', 0, "^([^ ]+) ,*([0-9]+),*$",
	    "$0: leave out the comma; use '$f$1 $2'" },
	{ '\0', SET(OPT_LISTEN) | SET(OPT_SCAN),
	    "^([^ ]+) ([0-9a-z-]+,[^ ]*|[0-9]+-[0-9]+)$",
	    "to scan ports use '$(z)$1 $2'" },
	{ ' ', SET(OPT_LISTEN) | SET(OPT_SCAN),
	    "^([^ ]+) ([0-9]+) ([0-9]+)$",
	    "to scan ports use '$(z)$1 $2,$3'" },
	{ ' ', SET(OPT_LISTEN), "^([^ ]+) ([0-9]+) ([^ ]*[./][^ ]*)$",
	    "$3: to send a file use '$f$1 $2 <$3'" },
	{ ':', 0, "^([^ :/]+):([0-9]+|[a-z][a-z0-9-]*)$", TWO "$1 $2'" },
	{ '\0', 0, "^([^ :/,]+)[,#=|;]([0-9]+)$", TWO "$1 $2'" },
	{ '[', 0, "^\\[([^] ]+)]:([0-9]+)$", TWO "$1 $2'" },
	{ '[', 0, "^\\[([0-9a-f:]*:[0-9a-f]*):([0-9]+)$",
	    "$0: a bracket is missing, and is not needed; use '$f$1 $2'" },
	{ ':', SET(OPT_SOURCE_PORT), "^([^ ]*::[^ ]*[^ :]):([0-9]+)$",
	    TWO "$1 $2'" },
	{ ' ', 0, "^([0-9][-0-9,]*) (localhost|[^ ]*[a-z.:][^ ]*)$",
	    "$0: the host comes before the port; use '$f$2 $1'" },
	{ ':', 0, "^((fe[89ab][0-9a-f]|ff[0-9a-f][12]):[^% ]*)( [^ ]+|$)",
	    "$1: a link-local address requires a zone; use '$f$1%$i$3' or "
	    "another interface" },
};

#define COUNT(array) (sizeof (array) / sizeof (array)[0])

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

/* Write what a $ of the advice stands for. Returns the end of its name. */
static const char *
fill_in_one(const char *name, const char *typed, const regmatch_t *match,
    const struct opts *o, char *text, size_t size)
{
	const regmatch_t *m = &match[(*name - '0') & 15];
	size_t n = strcspn(name, ")");
	char more[8];

	if (*name == 'f') {
		corrected_options(o, "", text, size);
	} else if (*name == '(') {
		snprintf(more, sizeof more, "%.*s", (int)n - 1, name + 1);
		corrected_options(o, more, text, size);
		return name + n + 1;
	} else if (*name == 'i') {
		zone_example(text, size);
	} else {
		snprintf(text, size, "%.*s", (int)(m->rm_eo - m->rm_so),
		    typed + m->rm_so);
	}
	return name + 1;
}

/* Write the advice, with what matched in what was typed. */
static void
fill_in(const char *advice, const char *typed, const regmatch_t *match,
    const struct opts *o, char *text, size_t size)
{
	size_t n = 0;

	while (*advice != '\0' && n + 1 < size) {
		if (*advice == '$')
			advice = fill_in_one(advice + 1, typed, match, o,
			    text + n, size - n);
		else
			snprintf(text + n, size - n, "%c", *advice++);
		n += strlen(text + n);
	}
}

bool
patterns_advise(struct opts *o)
{
	char typed[TYPED];
	regmatch_t match[GROUPS];

	operands_join(typed, sizeof typed, o->noperands, o->operand);
	for (size_t i = 0; i < COUNT(operands); i++) {
		if ((o->given & operands[i].unless) != 0 ||
		    strchr(typed, operands[i].guard) == NULL ||
		    !matches(operands[i].pattern, typed, match))
			continue;
		fill_in(operands[i].advice, typed, match, o, o->error,
		    sizeof o->error);
		o->advised = true;
		return true;
	}
	return false;
}
