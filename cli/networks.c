/* What people type by mistake for the networks of -a. */
#include "networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many bits a mask such as 255.255.0.0 has; -1: it is none. */
static int
mask_bits(const char *mask)
{
	struct in_addr a;
	uint32_t bits;
	int n = 0;

	if (inet_pton(AF_INET, mask, &a) != 1)
		return -1;
	for (bits = ntohl(a.s_addr); bits >> 31 == 1; bits <<= 1)
		n++;
	return bits == 0 ? n : -1;
}

const char *
networks_advice(const char *item, char *text)
{
	const char *slash = strchr(item, '/');
	size_t digits = strspn(item, "0123456789.");

	if (strncmp(item, "!@", 2) == 0)
		snprintf(text, NETWORKS_ADVICE,
		    "use %s, with ! before its lines", item + 1);
	else if (access(item, R_OK) == 0)
		snprintf(text, NETWORKS_ADVICE,
		    "use @%s for the networks in a file", item);
	else if (slash != NULL && mask_bits(slash + 1) != -1)
		snprintf(text, NETWORKS_ADVICE, "use %.*s/%d",
		    (int)(slash - item), item, mask_bits(slash + 1));
	else if (strchr(item, ' ') != NULL)
		snprintf(text, NETWORKS_ADVICE, "separate networks by commas");
	else if (item[digits] == '*' && digits > 0)
		snprintf(text, NETWORKS_ADVICE,
		    "use a network, such as %.*s0/24", (int)digits, item);
	else if (item[digits] == '-' && digits > 0)
		snprintf(text, NETWORKS_ADVICE,
		    "a range is no network; use one, such as %.*s/24",
		    (int)digits, item);
	else if (item[digits] == ':' && strchr(item, '.') != NULL)
		snprintf(text, NETWORKS_ADVICE, "leave out the port; use %.*s",
		    (int)digits, item);
	else if (*item == '[')
		snprintf(text, NETWORKS_ADVICE,
		    "leave out the brackets; use %.*s",
		    (int)strcspn(item + 1, "]"), item + 1);
	else
		snprintf(text, NETWORKS_ADVICE,
		    "must be an address, a name or a network such as "
		    "192.0.2.0/24");
	return text;
}
