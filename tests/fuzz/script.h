#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The fuzzer's input as a script, whose bytes are taken one by one. */
static struct {
	const uint8_t *at, *end;
} script;

static void
script_begin(const uint8_t *data, size_t n)
{
	script.at = data;
	script.end = data + n;
}

/* Has it further bytes? */
static bool
script_left(void)
{
	return script.at < script.end;
}

/* The next byte of the script; 0 after its end. */
static int
next_byte(void)
{
	return script_left() ? *script.at++ : 0;
}

#endif
