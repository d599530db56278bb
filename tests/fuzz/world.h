#ifndef WORLD_H
#define WORLD_H

/* after addr.h, hub.h, listen.h, part.h, text.h and peer.h */

#include <stdbool.h>
#include <stddef.h>

enum {
	CLIENTS = 7,
	ENDS = CLIENTS + 1, /* the user's is the first */
	CODES = 12,         /* bytes that only one of them sends */
	FIRST_CODE = 0xa0,  /* the first of these: none is a control byte */
};

struct record {
	char *bytes;
	size_t n, room;
};

/* The other side of a peer of the hub. */
struct end {
	int rfd, wfd;        /* -1: closed; a client has one for both */
	bool stalled;        /* it reads no more for now */
	bool deaf;           /* and it never will */
	bool ended;          /* it has no more to say */
	bool over;           /* it has heard the end */
	struct record said, heard;
	size_t coded;        /* bytes of its own that it has said */
	struct peer *peer;   /* as the hub sees it, NULL: it does not */
	int met;             /* how often it came in */
	bool left;           /* the hub has sent it away */
	size_t consumed;     /* bytes that the hub has heard of it for others */
	size_t from[ENDS];   /* what of others had been heard when it came */
	size_t until[ENDS];  /* and when it ended: so much it has to hear */
	long long waits;     /* since when it is owed and reads nothing, or -1 */
};

struct world {
	struct policy policy;
	struct peer stdio;   /* the relay's view of end[0] */
	struct end end[ENDS];
	int n;               /* ends so far */
	bool cut;            /* somebody had it end before the end */
};

/* The kth byte that only this end says. */
char world_code(int who, size_t k);

/* Whose byte is it? -1: anybody's. */
int world_coder(char c);

/* All were told what they should, and nothing else. */
void world_check(const struct world *w);

void record_add(struct record *r, const char *bytes, size_t n);

#endif
