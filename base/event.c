/* Events: the lines of -v. */
#include "event.h"
#include "say.h"

static void
tell_client(const struct event *e)
{
	switch (e->kind) {
	case EVENT_JOINED:
		say_verbose(1, "client %s connected%s", e->who, e->more);
		break;
	case EVENT_FORWARDED:
		say_verbose(1, "client %s connected, forwarded to %s", e->who,
		    e->more);
		break;
	case EVENT_REJECTED:
		say_verbose(1, "client %s rejected (%s)", e->who, e->more);
		break;
	case EVENT_ENDED:
		say_verbose(1, "client %s closed: %s", e->who, e->more);
		break;
	default: /* EVENT_LEFT */
		say_verbose(1, "client %s closed: received %llu byte%s, "
		    "sent %llu byte%s", e->who, e->received,
		    say_plural(e->received), e->sent, say_plural(e->sent));
		break;
	}
}

void
event(const struct event *e)
{
	switch (e->kind) {
	case EVENT_LISTENING:
		say_verbose(1, "listening on %s", e->who);
		break;
	case EVENT_TRYING:
		say_verbose(2, "trying %s", e->who);
		break;
	case EVENT_CONNECTED:
		say_verbose(1, "connected to %s", e->who);
		break;
	case EVENT_ASKING:
		say_verbose(1, "sending to %s: anybody there may answer",
		    e->who);
		break;
	case EVENT_OPEN:
		say_verbose(1, "connection to %s succeeded: open", e->who);
		break;
	case EVENT_TOTALS:
		say_verbose(2, "received %llu byte%s, sent %llu byte%s",
		    e->received, say_plural(e->received), e->sent,
		    say_plural(e->sent));
		break;
	default:
		tell_client(e);
		break;
	}
}
