/* The hex dump of what was sent and received. */
#include "dump.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/system.h"
#include "../base/wait.h"
#include "../net/addr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dump {
	const char *name; /* of the file, for diagnostics */
	int fd;
	bool labelled;
	bool may_block;   /* not a regular file */
	long long start;  /* clock_us() */
	int error;        /* why it could not be written, an errno; 0: none */
	size_t n;
	char buf[1 << 16];
};

#define CELL(digits) " " digits " "
#define CELLS(h) CELL(h "0") CELL(h "1") CELL(h "2") CELL(h "3") CELL(h "4") \
	CELL(h "5") CELL(h "6") CELL(h "7") CELL(h "8") CELL(h "9") \
	CELL(h "a") CELL(h "b") CELL(h "c") CELL(h "d") CELL(h "e") CELL(h "f")

/* Each byte in hexadecimal digits, between spaces. */
static const char cells[] = CELLS("0") CELLS("1") CELLS("2") CELLS("3")
	CELLS("4") CELLS("5") CELLS("6") CELLS("7") CELLS("8") CELLS("9")
	CELLS("a") CELLS("b") CELLS("c") CELLS("d") CELLS("e") CELLS("f");

static const char *
cell(unsigned char byte)
{
	return cells + 4 * (size_t)byte;
}

/* At least eight digits. */
static size_t
put_offset(char *out, unsigned long long offset)
{
	size_t n = 8;

	while (n < 2 * sizeof offset && offset >> 4 * n != 0)
		n++;
	for (size_t i = n; i > 0; offset >>= 8) {
		const char *c = cell((unsigned char)offset);

		out[--i] = c[2];
		if (i > 0)
			out[--i] = c[1];
	}
	return n;
}

static char
printable(char c)
{
	if (c >= ' ' && c <= '~')
		return c;
	return '.';
}

/* A compiler that knows the number of bytes uses vectors. */
static void
put_text(char *restrict out, const char *restrict data, size_t n)
{
	if (n == DUMP_BYTES)
		for (int i = 0; i < DUMP_BYTES; i++)
			out[i] = printable(data[i]);
	else
		for (size_t i = 0; i < n; i++)
			out[i] = printable(data[i]);
}

/* The spaces of two cells overlap. */
static char *
put_cells(char *out, const char *data, size_t n)
{
	for (; n >= 4; n -= 4, data += 4, out += 12) {
		memcpy(out, cell((unsigned char)data[0]), 4);
		memcpy(out + 3, cell((unsigned char)data[1]), 4);
		memcpy(out + 6, cell((unsigned char)data[2]), 4);
		memcpy(out + 9, cell((unsigned char)data[3]), 4);
	}
	for (; n > 0; n--, out += 3)
		memcpy(out, cell((unsigned char)*data++), 4);
	return out;
}

size_t
dump_line(char *out, unsigned long long offset, const char *data, size_t n)
{
	char *p = out + put_offset(out, offset);

	*p++ = ' ';
	p = put_cells(p, data, n);
	*p++ = ' ';
	*p++ = ' ';
	*p++ = '|';
	put_text(p, data, n);
	p += n;
	*p++ = '|';
	*p++ = '\n';
	return (size_t)(p - out);
}

struct dump *
dump_open(const char *path, bool labelled)
{
	bool is_stderr = strcmp(path, "-") == 0;
	struct dump *d = malloc(sizeof *d);
	struct stat st;

	if (d == NULL) {
		say_error(ENOMEM, "open %s", path);
		return NULL;
	}
	d->fd = is_stderr ? STDERR_FILENO
	    : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC,
	    0666);
	if (d->fd == -1) {
		say_error(errno, "open %s", path);
		free(d);
		return NULL;
	}
	d->name = is_stderr ? "standard error" : path;
	d->labelled = labelled;
	d->may_block = fstat(d->fd, &st) == -1 || !S_ISREG(st.st_mode);
	d->start = clock_us();
	d->error = 0;
	d->n = 0;
	return d;
}

/*
 * Wait until the file can take more. Returns false if poll(2) fails, or with
 * EINTR if we have to stop first.
 */
static bool
wait_writable(const struct dump *d)
{
	enum waited waited = wait_fd(d->fd, POLLOUT, NEVER);

	if (waited == WAIT_STOPPED)
		errno = EINTR;
	return waited == WAIT_READY;
}

/* A pipe that poll(2) reports as writable takes PIPE_BUF bytes at once. */
static ssize_t
write_some(const struct dump *d, const char *data, size_t n)
{
	if (d->may_block && !wait_writable(d))
		return -1;
	return write(d->fd, data, d->may_block && n > PIPE_BUF ? PIPE_BUF : n);
}

static void
fail(struct dump *d, int error)
{
	d->error = error;
	say_error(error, "write %s", d->name);
}

bool
dump_flush(struct dump *d)
{
	size_t done = 0;

	if (d->fd == STDERR_FILENO && d->n > 0)
		say_erase_status();
	while (done < d->n && d->error == 0) {
		ssize_t n = write_some(d, d->buf + done, d->n - done);

		if (n != -1)
			done += (size_t)n;
		else if (errno != EINTR)
			fail(d, errno);
		else if (signals_stopped())
			d->error = EINTR; /* a signal's end needs no report */
	}
	d->n = 0;
	return d->error == 0;
}

/* Direction, time and label, as each line of this read or write has them. */
static size_t
put_prefix(const struct dump *d, char *out, char direction,
    const struct addr *peer)
{
	long long us = clock_us() - d->start;
	char label[ADDR_TEXT];
	int n;

	if (d->labelled)
		n = snprintf(out, DUMP_PREFIX, "%c %lld.%06lld %s ", direction,
		    us / 1000000, us % 1000000, addr_label(peer, label));
	else
		n = snprintf(out, DUMP_PREFIX, "%c %lld.%06lld ", direction,
		    us / 1000000, us % 1000000);
	return (size_t)n;
}

/* An empty datagram is a line too. */
void
dump_bytes(struct dump *d, char direction, const struct addr *peer,
    unsigned long long offset, const char *data, size_t n)
{
	char prefix[DUMP_PREFIX];
	size_t len = put_prefix(d, prefix, direction, peer), at = 0, part;

	do {
		if (sizeof d->buf - d->n < DUMP_PREFIX + DUMP_LINE)
			dump_flush(d);
		part = n - at < DUMP_BYTES ? n - at : DUMP_BYTES;
		memcpy(d->buf + d->n, prefix, len);
		d->n += len;
		d->n += dump_line(d->buf + d->n, offset + at, data + at, part);
		at += part;
	} while (at < n);
	if (d->fd == STDERR_FILENO)
		dump_flush(d); /* in order with the diagnostics */
}

bool
dump_close(struct dump *d)
{
	bool written = dump_flush(d);

	if (d->fd != STDERR_FILENO && close(d->fd) == -1 && written) {
		fail(d, errno);
		written = false;
	}
	free(d);
	return written;
}
