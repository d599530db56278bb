#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the manual says that everybody receives: a model of what sockcat does
 * with bytes, for the options that change them. It does not know about time.
 */
enum {
	PARTIES = 6,     /* clients, or the only peer */
	OUT = PARTIES,   /* standard output, as a receiver */
	RECEIVERS,
	STDIN = PARTIES, /* standard input, as a source */
	ROOM = 1 << 17,  /* bytes that one receives at most */
};

/* The options of a run; times in ms, -1: not given. */
struct setup {
	bool listen, keep, broker, lines, messages, crlf, telnet, local,
	    datagram, recv_only, shutdown, no_shutdown, dump;
	int delay, quit, wait, most;
	int size; /* -B; 0: not given */
	int rate; /* 0: not given */
};

/*
 * What is received: bytes, or datagrams, each after two bytes with its length.
 */
struct received {
	unsigned char bytes[ROOM];
	size_t n;
};

/* Add bytes, or a datagram. */
void received_add(struct received *, bool datagram, const void *, size_t n);

enum telnet_state { TEXT, COMMAND, OPTION, SUBNEGOTIATION, SUB_COMMAND };

/* Who sends, and what of it is not yet a whole line or message. */
struct source {
	unsigned char text[ROOM];
	size_t n;
	bool begun, escaped;
	enum telnet_state state;
	unsigned char verb;      /* of the telnet command */
	unsigned char sent;      /* the last byte that was sent on ... */
	bool sent_escape;        /* ... is a backslash that escapes the next */
	unsigned char raw[ROOM]; /* of stdin: sent while nobody is there */
	size_t nraw;
};

struct model {
	struct setup setup;
	struct received to[RECEIVERS];
	struct source from[PARTIES + 1];
	char label[PARTIES][64];
	bool served[PARTIES]; /* receives what is sent to all */
	bool heard[PARTIES];  /* is sent answers of -t */
	bool left[PARTIES];   /* has said ^ */
	bool over;            /* a ^ has ended everything */
};

void model_start(struct model *, const struct setup *);

/* A client is served from now on; its label is for -L. */
void model_join(struct model *, int party, const char *label);
/* It is not sent anything any more. */
void model_leave(struct model *, int party);

/* A party, or STDIN, sends n bytes or a datagram, or ends. */
void model_send(struct model *, int source, const void *, size_t n);
void model_end(struct model *, int source);

#endif
