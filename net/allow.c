/* The clients that are served: networks, names, and files of them. */
#include "allow.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/system.h"
#include "addr.h"
#include "lookup.h"
#include "network.h"
#include "resolve.h"
#include "sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK = 500 }; /* ms between two looks at a file, at least */

#define BLANK " \t\r\n"

struct nets {
	struct network *list;
	int n, cap;
};

/* An item of -a. */
struct allow_part {
	const char *item;
	struct nets nets;
	struct stat seen; /* of a file, when it was read */
	int error;        /* why the file cannot be read now; 0: it can be */
};

static enum status
append(struct nets *to, const struct network *net)
{
	int cap = to->cap == 0 ? 1 : 2 * to->cap;
	struct network *more;

	if (to->n == to->cap) {
		more = realloc(to->list, (size_t)cap * sizeof *more);
		if (more == NULL) {
			say_error(ENOMEM, "read the networks of -a");
			return STATUS_LOCAL;
		}
		to->list = more;
		to->cap = cap;
	}
	to->list[to->n++] = *net;
	return STATUS_OK;
}

/*
 * The addresses of a name, as they are now. At the start a signal ends the
 * lookup, and the program. Later there may be clients: it waits.
 */
static int
look_up(const struct allow *a, const char *name, struct addr **at)
{
	static const struct ends any = { .family = AF_UNSPEC };

	if (a->looked == NEVER)
		return lookup(&any, name, 0, at);
	return resolve(at, name, 0, AF_UNSPEC, false);
}

/* A name stands for all its addresses. */
static enum status
append_name(const struct allow *a, struct nets *to, const char *name,
    bool except)
{
	enum status status = STATUS_OK;
	struct addr *at;
	int n = look_up(a, name, &at);

	if (n == -1)
		return sock_status(errno);
	for (int i = 0; i < n && status == STATUS_OK; i++)
		status = append(to, &(struct network){ .addr = at[i],
		    .bits = addr_bits(&at[i]), .except = except });
	free(at);
	return status;
}

/*
 * Can it be the name of a host? getaddrinfo(3) takes more than names: "*", and
 * addresses that lack a part.
 */
static bool
is_name(const char *text)
{
	return text[strspn(text, "0123456789.-")] != '\0' &&
	    strpbrk(text, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~" BLANK) == NULL;
}

/*
 * A network, an address or a name, with ! an exception. STATUS_USAGE is not
 * reported yet: it is none of them.
 */
static enum status
append_item(const struct allow *a, struct nets *to, const char *item)
{
	bool except = *item == '!';
	const char *text = item + except;
	struct network net;

	if (network_parse(&net, text) == 0) {
		net.except = except;
		return append(to, &net);
	}
	if (is_name(text) && !a->numeric)
		return append_name(a, to, text, except);
	return STATUS_USAGE;
}

/* Cut comments and the blanks at both ends. */
static char *
trim(char *line)
{
	size_t n;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANK);
	n = strlen(line);
	while (n > 0 && strchr(BLANK, line[n - 1]) != NULL)
		line[--n] = '\0';
	return line;
}

/* What a report ends with after the start. */
static const char *
consequence(const struct allow *a)
{
	return a->looked == NEVER ? "" : "; the old list stays";
}

static void
report_line(const struct allow *a, const struct allow_part *p, int line,
    const char *text, enum status status)
{
	char advice[ALLOW_ADVICE];
	const char *why = "cannot be looked up";

	if (status == STATUS_USAGE)
		why = a->advise(text, advice);
	say("%s %s: line %d: %s: %s%s", a->option, p->item, line, text, why,
	    consequence(a));
}

static enum status
read_lines(const struct allow *a, const struct allow_part *p, FILE *file,
    struct nets *to)
{
	enum status status = STATUS_OK;
	char *buf = NULL;
	size_t size = 0;

	for (int n = 1; status == STATUS_OK &&
	    getline(&buf, &size, file) != -1; n++) {
		char *text = trim(buf);

		if (*text == '\0')
			continue;
		status = append_item(a, to, text);
		if (status != STATUS_OK)
			report_line(a, p, n, text, status);
	}
	free(buf);
	return status;
}

/* The file cannot be read now: reported once. */
static enum status
unreadable(const struct allow *a, struct allow_part *p, int error)
{
	if (p->error != error)
		say("%s %s: %s%s", a->option, p->item, strerror(error),
		    consequence(a));
	p->error = error;
	return STATUS_LOCAL;
}

/*
 * Read the networks of the file. Its state is that before reading, so that
 * what is written meanwhile is a change.
 */
static enum status
read_file(const struct allow *a, struct allow_part *p)
{
	FILE *file = fopen(p->item + 1, "r");
	struct nets nets = { 0 };
	enum status status;

	if (file == NULL)
		return unreadable(a, p, errno);
	fstat(fileno(file), &p->seen);
	status = read_lines(a, p, file, &nets);
	if (ferror(file))
		status = unreadable(a, p, errno);
	else
		p->error = 0;
	fclose(file);
	if (status != STATUS_OK) {
		free(nets.list);
		return status;
	}
	free(p->nets.list);
	p->nets = nets;
	return STATUS_OK;
}

static enum status
read_item(const struct allow *a, struct allow_part *p)
{
	const char *shown = *p->item == '\0' ? "''" : p->item;
	char advice[ALLOW_ADVICE];
	enum status status;

	if (*p->item == '@')
		return read_file(a, p);
	status = append_item(a, &p->nets, p->item);
	if (status == STATUS_USAGE)
		say("%s %s: %s", a->option, shown, a->advise(p->item, advice));
	return status;
}

enum status
allow_open(struct allow *a, char *const *item, int n)
{
	enum status status = STATUS_OK;

	a->looked = NEVER;
	if (n == 0)
		return STATUS_OK;
	a->part = calloc((size_t)n, sizeof *a->part);
	if (a->part == NULL) {
		say_error(ENOMEM, "read the networks of -a");
		return STATUS_LOCAL;
	}
	for (; a->n < n && status == STATUS_OK; a->n++) {
		a->part[a->n].item = item[a->n];
		status = read_item(a, &a->part[a->n]);
	}
	a->looked = clock_ms();
	return status;
}

/* A change of the contents changes the time of the inode, too. */
static bool
same_file(const struct stat *x, const struct stat *y)
{
	return x->st_dev == y->st_dev && x->st_ino == y->st_ino &&
	    x->st_size == y->st_size &&
	    x->st_ctim.tv_sec == y->st_ctim.tv_sec &&
	    x->st_ctim.tv_nsec == y->st_ctim.tv_nsec;
}

/* What is no regular file, such as a pipe, is read only once. */
static void
look_again(const struct allow *a, struct allow_part *p)
{
	struct stat now;

	if (*p->item != '@' || !S_ISREG(p->seen.st_mode))
		return;
	if (stat(p->item + 1, &now) == -1)
		unreadable(a, p, errno);
	else if (S_ISREG(now.st_mode) &&
	    (p->error != 0 || !same_file(&now, &p->seen)))
		read_file(a, p);
}

static void
look_at_files(struct allow *a)
{
	long long now = clock_ms();

	if (now - a->looked < LOOK)
		return;
	a->looked = now;
	for (int i = 0; i < a->n; i++)
		look_again(a, &a->part[i]);
}

bool
allow_has(struct allow *a, const struct addr *from)
{
	const struct network *first = NULL;

	if (a->n == 0)
		return true;
	look_at_files(a);
	for (int i = 0; i < a->n; i++) {
		const struct nets *nets = &a->part[i].nets;
		const struct network *found = network_find(from, nets->list,
		    nets->n);

		if (found != NULL)
			return !found->except;
		if (first == NULL && nets->n > 0)
			first = nets->list;
	}
	return first != NULL && first->except;
}

void
allow_close(struct allow *a)
{
	for (int i = 0; i < a->n; i++)
		free(a->part[i].nets.list);
	free(a->part);
}
