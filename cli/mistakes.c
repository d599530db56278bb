/* What people type by mistake for an option or its argument. */
#include "mistakes.h"
#include "parse.h"
#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Options of other programs; "*" stands for any letters at the end. */
static const struct {
	const char *option, *advice;
} options[] = {
	{ "--abstract", "use --unixsock and @name" },
	{ "--address*", "give it as an operand, before the port" },
	{ "--alpn", "there is no TLS; use openssl s_client" },
	{ "--append-output", "redirect standard output" },
	{ "--attempts", "use --retry, with a number of seconds" },
	{ "--background", "add an & to the command" },
	{ "--bandwidth", "use --rate" },
	{ "--bind-port", "use --source-port" },
	{ "--bind*", "use --source" },
	{ "--block-size", "use --read-size" },
	{ "--broadcast", "broadcast needs no option" },
	{ "--buf*", "use --recv-buffer or --send-buffer" },
	{ "--bw", "use --rate" },
	{ "--ca*", "there is no TLS; use openssl s_client" },
	{ "--cert*", "there is no TLS; use openssl s_client" },
	{ "--chat", "use --listen --keep-open --broker --lines" },
	{ "--chroot", "use chroot(8)" },
	{ "--client", "leave it out: sockcat connects unless -l is given" },
	{ "--cmd", "use --sh-exec, or -e" },
	{ "--command", "use --sh-exec, or -e" },
	{ "--connect", "leave it out: sockcat connects unless -l is given" },
	{ "--connect-timeout", "use --wait" },
	{ "--connect-to", "leave it out: sockcat connects unless -l is given" },
	{ "--count", "use --max-messages" },
	{ "--daemon*", "add an & to the command" },
	{ "--data*", "give the data on standard input" },
	{ "--debug", "use -vvv to see the socket calls" },
	{ "--deny*", "use --allow" },
	{ "--device", "use -K device=eth0, or another interface" },
	{ "--dgram*", "use --udp --unixsock" },
	{ "--dscp", "use --tos" },
	{ "--dump", "use --hex-dump" },
	{ "--eof", "use --shutdown" },
	{ "--eol", "use --crlf" },
	{ "--exec", "use --sh-exec, or -e" },
	{ "--fork", "use --keep-open" },
	{ "--fork-max", "use --max-conns" },
	{ "--get", "give the request on standard input" },
	{ "--half-close", "use --shutdown" },
	{ "--head*", "give the request on standard input" },
	{ "--help-*", "use --help, or man sockcat" },
	{ "--host*", "give it as an operand, before the port" },
	{ "--http", "give the request on standard input" },
	{ "--http-connect", "use --proxy-type http --proxy" },
	{ "--http-proxy", "use --proxy-type http --proxy" },
	{ "--icmp*", "there are TCP, UDP and Unix-domain sockets" },
	{ "--idle-timeout", "use --wait" },
	{ "--iface", "use -K device=eth0, or another interface" },
	{ "--inet6", "use --ipv6" },
	{ "--inet*", "use --ipv4" },
	{ "--insecure", "there is no TLS; use openssl s_client" },
	{ "--interface", "use -K device=eth0, or another interface" },
	{ "--interval", "use --delay" },
	{ "--ip", "give it as an operand, before the port" },
	{ "--ipv4-*", "use --ipv4" },
	{ "--ipv6-*", "use --ipv6" },
	{ "--keep-alive", "use -K keepidle=60" },
	{ "--keepalive", "use -K keepidle=60" },
	{ "--key", "there is no TLS; use openssl s_client" },
	{ "--limit-rate", "use --rate" },
	{ "--linger", "use --quit-after" },
	{ "--listen-*", "use --listen, and the port as an operand" },
	{ "--local-a*", "use --source" },
	{ "--local-port", "use --source-port" },
	{ "--localport", "use --source-port" },
	{ "--log*", "redirect standard error, or use --hex-dump" },
	{ "--lua-exec", "use --sh-exec" },
	{ "--many", "use --keep-open" },
	{ "--man*", "use --help, or man sockcat" },
	{ "--mark", "use -K mark=5" },
	{ "--max-time", "use --wait" },
	{ "--mss", "use -K mss=1400" },
	{ "--mtu", "use -K mss=1400" },
	{ "--multicast*", "give the group as the host; -l -u joins it" },
	{ "--multi*", "use --keep-open" },
	{ "--no-colo*", "leave it out: there are no colours" },
	{ "--no-dns", "use --nodns" },
	{ "--no-resolve", "use --nodns" },
	{ "--nodelay", "leave it out: it is always set" },
	{ "--numeric", "use --nodns" },
	{ "--output", "redirect standard output" },
	{ "--path", "use --unixsock" },
	{ "--pidfile", "the shell has the process id in $!" },
	{ "--port", "use --source-port, or give it as an operand" },
	{ "--port-*", "use --scan" },
	{ "--ports", "give them after the host, as in --scan host 1-100" },
	{ "--preproxy", "there is one proxy, that of --proxy" },
	{ "--progress-*", "use --progress" },
	{ "--proxy-pass*", "use --proxy-auth user:password" },
	{ "--proxy-port", "give it with the proxy, as in --proxy host:1080" },
	{ "--proxy-user", "use --proxy-auth" },
	{ "--proxyport", "give it with the proxy, as in --proxy host:1080" },
	{ "--pv", "use --progress" },
	{ "--qos", "use --tos" },
	{ "--quiet", "leave it out: only -v reports anything" },
	{ "--range", "give it after the host, as in --scan host 1-100" },
	{ "--rate-limit", "use --rate" },
	{ "--ratelimit", "use --rate" },
	{ "--raw", "there are TCP, UDP and Unix-domain sockets" },
	{ "--rcvbuf", "use --recv-buffer" },
	{ "--request", "give the request on standard input" },
	{ "--retries", "use --retry, with a number of seconds" },
	{ "--retry-*", "leave it out: --retry waits one second at most" },
	{ "--reuseaddr", "use --reuse" },
	{ "--reuseport", "it is never set: two programs would share the "
	    "clients" },
	{ "--run", "use --sh-exec, or -e" },
	{ "--scan-*", "use --scan" },
	{ "--sctp", "there are TCP, UDP and Unix-domain sockets" },
	{ "--sendonly", "use --send-only" },
	{ "--seqpacket", "there are TCP, UDP and Unix-domain sockets" },
	{ "--server", "use --listen" },
	{ "--shell", "use --sh-exec, or -e" },
	{ "--shutdown-*", "use --quit-after" },
	{ "--silent", "leave it out: only -v reports anything" },
	{ "--sndbuf", "use --send-buffer" },
	{ "--sni", "there is no TLS; use openssl s_client" },
	{ "--socket", "use --unixsock" },
	{ "--socks4*", "use --proxy-type 4 --proxy" },
	{ "--socks*", "use --proxy" },
	{ "--source-ip", "use --source" },
	{ "--speed", "use --rate" },
	{ "--ssl*", "there is no TLS; use openssl s_client" },
	{ "--starttls", "there is no TLS; use openssl s_client -starttls" },
	{ "--stat*", "use --progress" },
	{ "--tcp", "leave it out: TCP is the default" },
	{ "--tcp-nodelay", "leave it out: it is always set" },
	{ "--throttle", "use --rate" },
	{ "--timeout", "use --wait" },
	{ "--tls*", "there is no TLS; use openssl s_client" },
	{ "--tn", "use --telnet" },
	{ "--tor", "use --proxy 127.0.0.1:9050" },
	{ "--trace", "use -vvv to see the socket calls" },
	{ "--tries", "use --retry, with a number of seconds" },
	{ "--ttl", "use -K ttl=10" },
	{ "--unix", "use --unixsock" },
	{ "--unix-socket", "use --unixsock" },
	{ "--url", "give a host and a port" },
	{ "--usage", "use --help, or man sockcat" },
	{ "--user", "leave it out; for a proxy's login use --proxy-auth" },
	{ "--vsock", "there are TCP, UDP and Unix-domain sockets" },
	{ "--zero*", "use --scan" },
	{ "-?", "use -h" },
	{ "-D", "use -vvv to see the socket calls" },
	{ "-G", "for a time limit use -w, as in -w 3; there is no source "
	    "routing, which routers ignore" },
	{ "-g", "source routing is not supported; routers ignore it" },
	{ "-Z", "there is no TLS; use openssl s_client" },
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

	if (strcasecmp(word, "-udp") == 0)
		return *next >= '0' && *next <= '9';
	return n < strlen("quit") && strcasecmp(word, "-tcp") != 0 &&
	    strcmp(word, "-ssl") != 0;
}

static bool
is_endless(const char *arg)
{
	return strncasecmp(arg, "inf", 3) == 0 ||
	    strcasecmp(arg, "forever") == 0 || strcasecmp(arg, "never") == 0 ||
	    strcasecmp(arg, "none") == 0 || strcasecmp(arg, "off") == 0;
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

/* A rate in bits, or with the second in its unit. */
static bool
mistaken_rate(const char *arg, char *text, size_t size)
{
	size_t n = strspn(arg, "0123456789.");

	if (n == 0)
		return false;
	if (strstr(arg, "bit") != NULL || strstr(arg, "bp") != NULL)
		snprintf(text, size, "give bytes a second, not bits: divide "
		    "%.*s by 8", (int)n, arg);
	else if (strchr(arg, '/') != NULL)
		snprintf(text, size, "leave out the /; use %.*s",
		    (int)strcspn(arg, "/"), arg);
	else
		return false;
	return true;
}

/* A type of service that is right but for its capital letters. */
static bool
mistaken_case(const char *arg, char *text, size_t size)
{
	char lower[16];
	size_t n = 0;

	while (n + 1 < sizeof lower && arg[n] != '\0') {
		lower[n] = (char)tolower((unsigned char)arg[n]);
		n++;
	}
	lower[n] = '\0';
	if (arg[n] != '\0' || strcmp(lower, arg) == 0)
		return false;
	if (value_tos(lower) == -1)
		return false;
	snprintf(text, size, "use %s", lower);
	return true;
}

static bool
mistaken_proxy_type(const char *arg, char *text, size_t size)
{
	static const struct {
		const char *arg, *type;
	} known[] = { { "https", "http" }, { "socks", "5" }, { "tor", "5" },
		{ "4a", "4" }, { "5h", "5" }, { "http", "http" },
		{ "connect", "connect" }, { "socks4", "socks4" },
		{ "socks5", "socks5" } };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcasecmp(arg, known[i].arg) == 0 &&
		    strcmp(arg, known[i].type) != 0) {
			snprintf(text, size, "use %s", known[i].type);
			return true;
		}
	return false;
}

bool
mistake_argument(enum opt opt, const char *arg, char *text, size_t size)
{
	if (opts_table[opt].kind == TIME)
		return mistaken_time(opt, arg, text, size);
	if (opt == OPT_RATE)
		return mistaken_rate(arg, text, size);
	if (opt == OPT_TOS)
		return mistaken_case(arg, text, size);
	if (opt == OPT_PROXY_TYPE)
		return mistaken_proxy_type(arg, text, size);
	if (opt == OPT_BACKLOG && *arg != '\0' && strcmp(arg, "-1") != 0 &&
	    (strchr("0123456789", *arg) == NULL || strpbrk(arg, ".:") != NULL))
		snprintf(text, size, "-b is the backlog of a listener; "
		    "broadcast needs no option, and an interface is "
		    "-K device=eth0");
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
