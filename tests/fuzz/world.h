#ifndef WORLD_H
#define WORLD_H

#include "../../relay/peer.h"
#include "../../relay/policy.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	CLIENTS = 7,
	ENDPOINTS = CLIENTS + 1, /* the first is that of stdin and stdout */
	TAGS = 12,               /* byte values that only one of them sends */
	FIRST_TAG = 0xa0,        /* the lowest: none is a control character */
	IAC = 0xff,              /* with -t, nobody has this one for a tag */
	REQUEST = 3,             /* bytes of IAC DO or WILL, and an option */
};

/* Bytes that were sent or received. */
struct record {
	char *bytes;
	size_t n, room;
};

/* The other end of a peer of the relay. */
struct endpoint {
	int rfd, wfd;      /* -1: closed; a client has one for both */
	bool stalled;      /* it does not read for now */
	bool reader_gone;  /* it never reads again */
	bool done_sending; /* it sends no more */
	bool got_eof;      /* it received EOF, or its read failed */
	struct record sent, received;
	size_t ntagged;    /* tagged bytes that it has sent */
	size_t requests, answers; /* of telnet: sent, and received */
	int in_answer;     /* bytes of the next one that were received */
	size_t read_before;       /* consumed when the turn began */
	struct peer *peer; /* its peer in the relay; NULL: none */
	int joins;         /* how often the relay added it */
	bool removed;      /* the relay closed it or forgot it */
	size_t consumed;   /* bytes that the relay read from it to pass on */
	bool discarding;   /* the relay reads only to discard ... */
	size_t passed_on;  /* ... after this many bytes */
	size_t start[ENDPOINTS];    /* consumed of each other when it joined */
	size_t required[ENDPOINTS]; /* and when it stopped sending */
	long long pending_since;    /* since when output is pending, and it
				       reads nothing; -1: there is none */
};

struct world {
	struct policy policy;
	struct peer stdio; /* the relay's peer of endpoint[0] */
	struct endpoint endpoint[ENDPOINTS];
	int n;             /* endpoints so far */
	bool ends_early;   /* the relay may end before all data is passed on */
};

/* The tagged byte that this endpoint sends as its kth. */
char world_tagged(int who, size_t k);

/* Which endpoint sends this byte? -1: any may. */
int world_sender(char c);

/* Check that each endpoint received what it must, and nothing else. */
void world_check(const struct world *w);

/* Append n bytes. */
void record_add(struct record *r, const char *bytes, size_t n);

#endif
