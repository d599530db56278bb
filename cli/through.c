/* The proxy of -x, -X and -P. */
#include "through.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../net/login.h"
#include "../net/proxy.h"
#include "places.h"
#include "usage.h"
#include "value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SOCKS_PORT = 1080, /* of a proxy, unless -x has one */
	HTTP_PROXY_PORT = 3128,
	LINE_SIZE = 4096,  /* no terminal gives a longer line */
};

/* The type of -X that a URL of a proxy means. */
static const char *
type_of_url(const char *url)
{
	if (strncmp(url, "http", 4) == 0)
		return "http";
	return strncmp(url, "socks4", 6) == 0 ? "4" : "5";
}

/* The argument of -x is malformed: report what it has to look like. */
static enum status
report_proxy(const struct opts *o)
{
	struct opts_name name = opts_name(o, OPT_PROXY);
	const char *rest = strstr(o->proxy, "://");
	const char *at = strrchr(o->proxy, '@');

	if (rest == NULL && at != NULL)
		return usage_error("%s %s: the login is an option of its own; "
		    "use '-P %.*s -x %s'", name.text, o->proxy,
		    (int)(at - o->proxy), o->proxy, at + 1);
	if (rest == NULL)
		return usage_error("%s %s: must be host or host:port, with an "
		    "IPv6 address in brackets", name.text,
		    value_shown(o->proxy));
	rest += strlen("://");
	if (at != NULL)
		return usage_error("%s %s: give host:port, not a URL; use "
		    "'-X %s -P %.*s -x %.*s'", name.text, o->proxy,
		    type_of_url(o->proxy), (int)(at - rest), rest,
		    (int)strcspn(at + 1, "/"), at + 1);
	return usage_error("%s %s: give host:port, not a URL; use '-X %s -x "
	    "%.*s'", name.text, o->proxy, type_of_url(o->proxy),
	    (int)strcspn(rest, "/"), rest);
}

/* Parse -x and -X. */
static enum status
parse_proxy(const struct opts *o, struct proxy *p)
{
	const char *port;
	int type = PROXY_SOCKS5;

	if (o->proxy_type != NULL)
		type = proxy_type(o->proxy_type);
	if (type == -1)
		return usage_error("%s %s: must be 4, 5 or http",
		    opts_name(o, OPT_PROXY_TYPE).text,
		    value_shown(o->proxy_type));
	if (strchr(o->proxy, '@') != NULL ||
	    !proxy_split(o->proxy, p->host, &port))
		return report_proxy(o);
	p->type = (enum proxy_type)type;
	p->port = type == PROXY_CONNECT ? HTTP_PROXY_PORT : SOCKS_PORT;
	if (port != NULL)
		p->port = places_port(o, port, OPT_PROXY, o->proxy);
	return p->port == -1 ? STATUS_USAGE : STATUS_OK;
}

/* The password of -P: given there, in the environment, or typed. */
static enum status
find_password(const struct opts *o, struct proxy *p)
{
	static char typed[LINE_SIZE];
	char prompt[PROXY_TEXT];

	p->password = o->proxy_password;
	if (p->password == NULL)
		p->password = getenv("SOCKCAT_PROXY_PASSWORD");
	if (p->password != NULL)
		return STATUS_OK;
	snprintf(prompt, sizeof prompt,
	    "Password for %.200s at proxy %s port %d: ", p->user, p->host,
	    p->port);
	p->password = typed;
	if (login_ask(prompt, typed, sizeof typed) == 0)
		return STATUS_OK;
	if (signals_stopped())
		return STATUS_LOCAL;
	say("ask for the proxy password: %s; use -P user:password or "
	    "set SOCKCAT_PROXY_PASSWORD", errno == EIO
	    ? "sockcat runs in the background" : strerror(errno));
	return STATUS_LOCAL;
}

enum status
through_proxy(const struct opts *o, int port, struct proxy *p)
{
	enum status status = parse_proxy(o, p);

	if (status == STATUS_OK)
		status = proxy_set_target(p, o->host, port, false);
	p->user = o->proxy_user;
	if (status == STATUS_OK && p->type != PROXY_CONNECT &&
	    p->user != NULL && *p->user == '\0')
		return usage_error("-P: the user is missing, which only an "
		    "HTTP proxy allows (-X http)");
	if (status == STATUS_OK && p->user != NULL && p->type != PROXY_SOCKS4)
		status = find_password(o, p);
	if (status != STATUS_OK || proxy_login_fits(p))
		return status;
	return usage_error("-P: the login is too long for the proxy");
}
