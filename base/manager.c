/* What a service manager passes in the environment. */
#include "manager.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A variable that is a whole number; -1 if it is none, or too large. */
static long
number(const char *name)
{
	const char *text = getenv(name);
	size_t digits;

	if (text == NULL)
		return -1;
	digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 9 || text[digits] != '\0')
		return -1;
	return strtol(text, NULL, 10);
}

int
manager_sockets(void)
{
	long n = number("LISTEN_FDS");

	if (n <= 0 || n > SHRT_MAX || number("LISTEN_PID") != (long)getpid())
		return 0;
	return (int)n;
}

bool
manager_variable(const char *var)
{
	static const char *const names[] = { "LISTEN_FDNAMES=", "LISTEN_FDS=",
		"LISTEN_PID=", "LISTEN_PIDFDID=", "NOTIFY_SOCKET=" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}
