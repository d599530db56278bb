#ifndef FAULT_H
#define FAULT_H

/* The calls that can fail, by their names in FAULT. */
#define FAULT_NAMES \
	"socket", "bind", "listen", "accept", "connect", "poll", "read", \
	"write", "say", "send", "recv", "sendto", "recvmsg", "sendmsg", \
	"shutdown", "malloc", "fcntl", "setsockopt", "getsockopt", \
	"getsockname", "getpeername", "pipe", "open", "dup2", "getaddrinfo", \
	"mkdtemp", "fork", "execle", "waitpid"

enum fault_call {
	SOCKET, BIND, LISTEN, ACCEPT, CONNECT, POLL, READ,
	WRITE, SAY, SEND, RECV, SENDTO, RECVMSG, SENDMSG,
	SHUTDOWN, MALLOC, FCNTL, SETSOCKOPT, GETSOCKOPT,
	GETSOCKNAME, GETPEERNAME, PIPE, OPEN, DUP2, GETADDRINFO,
	MKDTEMP, FORK, EXECLE, WAITPID, FAULT_CALLS
};

/* What the library writes to the file. */
struct fault_report {
	int pid;              /* of the program; 0: not loaded */
	int fired;            /* whether the call has failed */
	int descriptors;      /* open at exit; 0: it did not get there */
	int waits;            /* is it in poll(2), for long or for ever? */
	long live;            /* allocations that were not freed then */
	_Atomic int count[FAULT_CALLS]; /* also by children at the same time */
};

#endif
