#ifndef SUBJECT_H
#define SUBJECT_H

#include "model.h"

#include <sys/types.h>

/* Who talks with the sockcat under test. */
struct party {
	int fd;              /* -1: not there */
	bool known;          /* it can send: datagrams need an address */
	int served;          /* as the how manieth client; 0: it waits */
	bool shut;           /* it has ended its side */
	bool leaving;        /* it will see an end: its place is free */
	bool eof, reset;     /* what it has seen of the other side's end */
	bool must_end;       /* it has to see one */
	struct received got; /* since it came */
	struct received said;
	char label[64], path[128];
};

/* The sockcat under test: what it was given, what it has written. */
struct subject {
	struct setup setup;
	pid_t pid;
	int in, out, log;    /* our ends of its standard descriptors */
	int listener;        /* that it connects to, or -1 */
	bool out_eof, ended;
	bool must_close_out, must_exit;
	int status;          /* once it has ended, as a shell has it */
	char address[128];   /* a port, or a path */
	char folder[100];     /* of the files of this run */
	char text[1 << 16];  /* its log */
	size_t len;
	int accepted;        /* clients that have to be in the log */
	struct received got; /* of its standard output */
	struct party party[PARTIES];
	int joined;          /* how many ever were */
};

/* Run it with these options. The connection is made if it connects. */
void subject_start(struct subject *, char *sockcat, const struct setup *);

/* A new client connects, or has a socket for datagrams. */
void subject_connect(struct subject *, int party);

/* Write what is there. Bytes are written in pieces. */
void subject_feed(struct subject *, const void *, size_t n, size_t piece);
void subject_say(struct subject *, int party, const void *, size_t n,
    size_t piece);

/* Read what has come within so many ms; returns whether anything had. */
bool subject_read(struct subject *, int ms);

/* Has everybody all that the model says, or more? */
bool subject_has_all(const struct subject *, const struct model *);

/* Close everything, and kill it if it has not ended. */
void subject_stop(struct subject *);

/* How many clients are in its log as connected? */
int subject_clients(const struct subject *);

#endif
