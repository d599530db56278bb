/* -z: from the options to a scan, which is run. */
#include "scanning.h"
#include "../base/limit.h"
#include "../base/say.h"
#include "../net/scan.h"
#include "../net/unix.h"
#include "hosts.h"
#include "settings.h"
#include "setup.h"

#include <stdlib.h>

enum { PATIENCE = 5000 }; /* ms that a scan waits for a full stderr */

enum status
scanning_run(const struct opts *o, const struct sockopts *more,
    struct unix_file *file, int source_port)
{
	struct sock_opts sock_opts = settings_sock_opts(o, more);
	struct scan_host *hosts = NULL;
	struct scan_params p;
	int nhosts;
	enum status status = hosts_parse(o, &hosts, &nhosts);

	say_set_patience(PATIENCE);
	limit_raise();
	if (status == STATUS_OK) {
		p = setup_scan(o, hosts, nhosts, source_port);
		setup_share(o, &sock_opts);
		p.dial.sock_opts = &sock_opts;
		p.dial.file = file;
		status = scan(&p);
	}
	unix_remove(file);
	free(hosts);
	return status;
}
