#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

/* The exit statuses of the program; with -e it may be any of the command's. */
enum status {
	STATUS_OK = 0,
	STATUS_NETWORK = 1, /* no such host, refused, reset */
	STATUS_USAGE = 2,   /* the command line is wrong */
	STATUS_LOCAL = 3,   /* stdin, stdout, memory, descriptors */
	STATUS_TIMEOUT = 4, /* no connection in time */
};

/* How an attempt has ended. */
struct outcome {
	enum status status;
	bool again; /* another attempt may succeed */
};

#endif
