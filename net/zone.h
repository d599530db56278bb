#ifndef ZONE_H
#define ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zones: the interfaces after '%' (RFC 4007, 11), by if_nametoindex(3). */

enum { ZONE_NAMES = 256 }; /* size of the buffer for a list of names */

/*
 * Parse an interface's name, or a number up to 2^32 - 1. The number goes to
 * *id. Returns false if it is neither.
 */
bool zone_parse(const char *text, uint32_t *id);

/* "eth0", "7" where no interface has that number, or "" for 0: no zone. */
const char *zone_name(uint32_t id, char *text, size_t size);

/*
 * The interface to name in an example, into text of size bytes: the first one
 * that leads to other machines, or "eth0". Returns text.
 */
const char *zone_example(char *text, size_t size);

/*
 * "; there are lo and eth0": what interfaces this machine has, into text of
 * ZONE_NAMES bytes; "" if that is unknown. Returns text.
 */
const char *zone_names(char *text);

#endif
