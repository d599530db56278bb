#ifndef PLACES_H
#define PLACES_H

#include "../base/status.h"
#include "../opts.h"

#include <stdbool.h>

/*
 * Ports and paths as the command line has them. A function that returns a
 * status, or -1, has reported the mistake.
 */

/*
 * Check the paths, and parse the ports: the one to connect to or to listen on,
 * and the local one of -p. Each is 0 if there is none; that of -z is in
 * hosts_parse().
 */
enum status places_parse(const struct opts *o, int *port, int *source_port);

/*
 * Parse a port, which is an operand (OPTS) or belongs to the argument of this
 * option. Returns -1 if it is none.
 */
int places_port(const struct opts *o, const char *text, enum opt opt,
    const char *argument);

/* Check that the path, which may be NULL, fits into an address. */
enum status places_path(const struct opts *o, enum opt opt, const char *path);

/* How addr_port() reads a port: PORT_UDP, PORT_NUMERIC. */
int places_how(const struct opts *o);

/* Is the text a service's name, which -n forbids? */
bool places_needs_number(const struct opts *o, const char *text);

#endif
