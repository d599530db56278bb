#ifndef PASS_H
#define PASS_H

#include "../base/status.h"

/* -F: pass a connected socket on over a Unix-domain socket, by SCM_RIGHTS. */

/*
 * Is out, which is standard output, a socket that a descriptor can be passed
 * over? Returns STATUS_OK; STATUS_USAGE or STATUS_LOCAL after a report.
 */
enum status pass_check(int out);

/*
 * Pass fd to out, in blocking mode, as a program expects it, and close it here.
 * Waits for room, until a signal to stop. Returns STATUS_OK or STATUS_LOCAL,
 * after a report unless it was stopped.
 */
enum status pass_socket(int out, int fd);

#endif
