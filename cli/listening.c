/* Where -l listens, and whom it serves. */
#include "listening.h"
#include "../base/limit.h"
#include "../net/service.h"
#include "networks.h"
#include "settings.h"
#include "setup.h"

enum status
listening_set(const struct opts *o, int port, const struct sockopts *more,
    struct unix_file *file, struct listening *w)
{
	enum status status;

	*w = (struct listening){
		.here = setup_here(o, port),
		.adopts = o->port == NULL && o->path == NULL,
		.name = opts_name(o, OPT_ALLOW),
		.sock_opts = settings_sock_opts(o, more),
		.tally.limit = (int)o->max_per_address,
	};
	w->allow = (struct allow){ .advise = networks_advice,
		.option = w->name.text, .numeric = o->numeric };
	w->listener = setup_listener(o, &w->sock_opts, file);
	w->listener.allow = &w->allow;
	w->listener.tally = &w->tally;
	status = allow_open(&w->allow, o->allow.item, o->allow.n);
	if (o->keep_open && o->command == NULL)
		limit_raise();
	return status;
}

enum status
listening_open(struct listening *w)
{
	return service_listen(&w->listener, w->adopts ? NULL : &w->here);
}

void
listening_free(struct listening *w)
{
	allow_close(&w->allow);
	tally_free(&w->tally);
}
