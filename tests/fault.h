#ifndef FAULT_H
#define FAULT_H

/* The calls that can be made to fail, by the name that FAULT has for them. */
#define FAULT_NAMES \
	"socket", "bind", "listen", "accept", "connect", "poll", "read", \
	"write", "say", "send", "recv", "sendto", "recvfrom", "shutdown", \
	"malloc", "fcntl", "setsockopt", "getsockopt", "getsockname", "pipe", \
	"open", "dup2", "getaddrinfo", "mkdtemp"

enum fault_call {
	SOCKET, BIND, LISTEN, ACCEPT, CONNECT, POLL, READ,
	WRITE, SAY, SEND, RECV, SENDTO, RECVFROM, SHUTDOWN,
	MALLOC, FCNTL, SETSOCKOPT, GETSOCKOPT, GETSOCKNAME, PIPE,
	OPEN, DUP2, GETADDRINFO, MKDTEMP, FAULT_CALLS
};

/* What the library tells whoever reads the file that FAULT names. */
struct fault_report {
	int pid;              /* whose calls these are, 0: nobody's */
	int fired;            /* has the call failed? */
	int descriptors;      /* that were open at exit(3); 0: it was none */
	int waits;            /* is it in poll(2), without a timeout? */
	long live;            /* pieces of memory that were not freed then */
	int count[FAULT_CALLS];
};

#endif
