/* Zones: the interfaces that addresses name after '%'. */
#include "zone.h"
#include "../base/system.h"

#ifdef HAVE_IFADDRS
#include <ifaddrs.h>
#endif
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool
zone_parse(const char *text, uint32_t *id)
{
	char *end;
	unsigned long long n;

	*id = if_nametoindex(text);
	if (*id != 0)
		return true;
	n = strtoull(text, &end, 10);
	*id = (uint32_t)n;
	return *text >= '0' && *text <= '9' && *end == '\0' &&
	    n <= UINT32_MAX;
}

const char *
zone_name(uint32_t id, char *text, size_t size)
{
	char name[IF_NAMESIZE];

	if (id == 0)
		*text = '\0';
	else if (if_indextoname(id, name) != NULL)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%lu", (unsigned long)id);
	return text;
}

#ifdef HAVE_IFADDRS
/* Has the interface an IP address, and is it not the loopback's, lo or lo0? */
static bool
leads_out(const struct ifaddrs *i)
{
	return i->ifa_addr != NULL && strcmp(i->ifa_name, "lo") != 0 &&
	    strcmp(i->ifa_name, "lo0") != 0 &&
	    (i->ifa_addr->sa_family == AF_INET ||
	    i->ifa_addr->sa_family == AF_INET6);
}

const char *
zone_example(char *text, size_t size)
{
	struct ifaddrs *list = NULL;
	const char *found = "eth0";

	if (getifaddrs(&list) == -1)
		list = NULL;
	for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
		if (leads_out(i)) {
			found = i->ifa_name;
			break;
		}
	snprintf(text, size, "%s", found);
	if (list != NULL)
		freeifaddrs(list);
	return text;
}
#else
const char *
zone_example(char *text, size_t size)
{
	snprintf(text, size, "eth0");
	return text;
}
#endif

/* What stands before interface i of a list. */
static const char *
gap(const struct if_nameindex *list, size_t i)
{
	if (i == 0)
		return list[1].if_index == 0 ? "; there is " : "; there are ";
	return list[i + 1].if_index == 0 ? " and " : ", ";
}

const char *
zone_names(char *text)
{
	struct if_nameindex *list = if_nameindex();
	size_t n = 0;

	*text = '\0';
	if (list == NULL)
		return text;
	for (size_t i = 0; list[i].if_index != 0 && n < ZONE_NAMES; i++)
		n += (size_t)snprintf(text + n, ZONE_NAMES - n, "%s%s",
		    gap(list, i), list[i].if_name);
	if_freenameindex(list);
	return text;
}
