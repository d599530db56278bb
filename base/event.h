#ifndef EVENT_H
#define EVENT_H

/* What happens to the connections of the program, which -v tells. */
enum event_kind {
	EVENT_LISTENING, /* at who */
	EVENT_TRYING,    /* to connect to who; told at -vv */
	EVENT_CONNECTED, /* to who */
	EVENT_ASKING,    /* who, at which anybody may answer */
	EVENT_OPEN,      /* -z has found who open */
	EVENT_JOINED,    /* who is a client; more may tell whose it is */
	EVENT_FORWARDED, /* the client who is connected to more */
	EVENT_REJECTED,  /* the client who; more tells why */
	EVENT_ENDED,     /* the command of the client who; more tells how */
	EVENT_LEFT,      /* the client who, with its bytes */
	EVENT_TOTALS,    /* the bytes of all; told at -vv */
};

struct event {
	enum event_kind kind;
	const char *who;  /* an address or path, or a client's label */
	const char *more; /* what the kind says, or NULL */
	unsigned long long received, sent; /* bytes */
};

/* Print the line of the event, if -v asks for it: see say_verbose(). */
void event(const struct event *e);

#endif
