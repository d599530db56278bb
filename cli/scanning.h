#ifndef SCANNING_H
#define SCANNING_H

#include "../base/status.h"

struct opts;
struct sockopts;
struct unix_file;

/*
 * Scan the hosts and ports of -z, from source_port, or 0, with the options of
 * -K, more. *file is for the socket file of the local end, which is removed
 * again. Returns the exit status; what fails is reported.
 */
enum status scanning_run(const struct opts *o, const struct sockopts *more,
    struct unix_file *file, int source_port);

#endif
