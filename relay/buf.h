#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

enum { BUF_FRAGMENT = 65536 }; /* bytes kept of an incomplete line or message */

/* A growable byte buffer. All zero is an empty one. */
struct buf {
	char *data;
	size_t n, cap;
};

/*
 * Append n bytes, growing as needed. Returns false if there is no memory
 * (malloc(3)).
 */
bool buf_add(struct buf *b, const char *data, size_t n);

/* Append n bytes for which there is room. */
void buf_put(struct buf *b, const char *data, size_t n);

/*
 * Allocate an empty buffer of this capacity that begins with a page of memory:
 * copying to and from the kernel is faster then. Returns false if there is no
 * memory (posix_memalign(3)).
 */
bool buf_pages(struct buf *b, size_t cap);

/* Free the memory; the buffer is empty again. */
void buf_free(struct buf *b);

#endif
