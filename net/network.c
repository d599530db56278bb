/* Networks: the addresses that share their first bits. */
#include "network.h"
#include "resolve.h"

#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPED_BITS = 96 }; /* before the IPv4 address in ::ffff:0:0/96 */

int
network_parse(struct network *net, const char *text)
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	size_t n = strcspn(text, "/");
	const char *bits = text + n + 1;
	int most;

	if (n >= sizeof host)
		return -1;
	memcpy(host, text, n);
	host[n] = '\0';
	if (!resolve_literal(&net->addr, host))
		return -1;
	most = addr_bits(&net->addr);
	net->except = false;
	net->bits = most;
	if (text[n] == '\0')
		return 0;
	n = strspn(bits, "0123456789");
	if (n == 0 || n > 3 || bits[n] != '\0')
		return -1;
	net->bits = (int)strtol(bits, NULL, 10);
	if (most == 32 && strchr(host, ':') != NULL)
		net->bits -= MAPPED_BITS;
	return net->bits < 0 || net->bits > most ? -1 : 0;
}

static bool
covers(const struct network *net, const struct addr *a)
{
	size_t n;
	const unsigned char *x = addr_bytes(&net->addr, &n);
	const unsigned char *y = addr_bytes(a, &n);
	int bytes = net->bits / 8, rest = net->bits % 8;
	uint32_t net_zone = net->addr.is.in6.sin6_scope_id;

	if (net->addr.is.any.sa_family != a->is.any.sa_family ||
	    memcmp(x, y, (size_t)bytes) != 0)
		return false;
	if (a->is.any.sa_family == AF_INET6 && net_zone != 0 &&
	    net_zone != a->is.in6.sin6_scope_id)
		return false;
	return rest == 0 || (x[bytes] ^ y[bytes]) >> (8 - rest) == 0;
}

const struct network *
network_find(const struct addr *a, const struct network *nets, int n)
{
	for (int i = 0; i < n; i++)
		if (covers(&nets[i], a))
			return &nets[i];
	return NULL;
}
