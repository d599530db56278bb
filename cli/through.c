/* The proxy of -x, -X and -P. */
#include "through.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../net/login.h"
#include "../net/proxy.h"
#include "operands.h"
#include "places.h"
#include "usage.h"
#include "value.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SOCKS_PORT = 1080, /* of a proxy, unless -x has one */
	HTTP_PROXY_PORT = 3128,
	LINE_SIZE = 4096,  /* no terminal gives a longer line */
};

/* The type of -X that a URL of a proxy means, as an option; "": the default. */
static const char *
type_of_url(const char *url)
{
	if (strncasecmp(url, "http", 4) == 0)
		return "-X http ";
	if (strncasecmp(url, "socks4", 6) == 0)
		return "-X 4 ";
	if (strstr(url, "://") == NULL)
		return "";
	return "-X 5 ";
}

/* The parts of what was given for a proxy: [type://][user[:password]@]host. */
struct url {
	int before;       /* letters before the user or host */
	const char *user; /* NULL: none */
	int user_n;
	bool password;    /* which is not shown */
	const char *host; /* with its port */
	int host_n;
};

static void
split_url(const char *text, struct url *u)
{
	const char *rest = strstr(text, "://");
	const char *at;

	*u = (struct url){ 0 };
	if (rest == NULL)
		rest = text;
	else
		rest += strlen("://");
	u->before = (int)(rest - text);
	u->host = rest;
	at = strrchr(rest, '@');
	if (at != NULL) {
		u->user = rest;
		u->user_n = (int)strcspn(rest, ":@");
		u->password = rest[u->user_n] == ':';
		u->host = at + 1;
	}
	u->host_n = (int)strcspn(u->host, "/");
}

/* The argument of -x is malformed: report what it has to look like. */
static enum status
report_proxy(const struct opts *o)
{
	struct opts_name name = opts_name(o, OPT_PROXY);
	char login[PROXY_TEXT] = "", user[PROXY_TEXT] = "";
	char operands[OPERANDS_TEXT];
	const char *why = "the login is an option of its own";
	const char *shown;
	struct url u;

	split_url(o->proxy, &u);
	shown = u.host;
	if (u.user == NULL)
		shown = value_shown(u.host);
	if (u.before > 0)
		why = "give host:port, not a URL";
	if (strncasecmp(o->proxy, "https:", 6) == 0)
		why = "there is no TLS, also not to a proxy";
	if (u.user != NULL) {
		snprintf(login, sizeof login, "-P %.*s ", u.user_n, u.user);
		snprintf(user, sizeof user, "%.*s%s@", u.user_n, u.user,
		    u.password ? ":*" : "");
	}
	if (u.before == 0 && u.user == NULL && u.host[u.host_n] == '/')
		why = "leave out the slash";
	else if ((u.before == 0 && u.user == NULL) || u.host_n == 0)
		return usage_error("%s %.*s%s%s: must be host or host:port, "
		    "with an IPv6 address in brackets", name.text, u.before,
		    o->proxy, user, shown);
	return usage_error("%s %.*s%s%.*s: %s; use '%s%s-x %.*s%s'", name.text,
	    u.before, o->proxy, user, u.host_n, u.host, why,
	    type_of_url(o->proxy), login, u.host_n, u.host,
	    operands_text(o, operands));
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
	if (strpbrk(o->proxy, "@/") != NULL ||
	    !proxy_split(o->proxy, p->host, &port))
		return report_proxy(o);
	p->type = (enum proxy_type)type;
	p->port = SOCKS_PORT;
	if (type == PROXY_CONNECT)
		p->port = HTTP_PROXY_PORT;
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
	const char *why;

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
	why = strerror(errno);
	if (errno == EIO)
		why = "sockcat runs in the background";
	say("ask for the proxy password: %s; use -P user:password or "
	    "set SOCKCAT_PROXY_PASSWORD", why);
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
