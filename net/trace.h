#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>

/* Is each socket call to be shown, as with -vvv? False until set. */
extern bool tracing;

/*
 * Show a socket call and its result in one line: "bind(3, ...) = 0", and what
 * it means in a few words. The format is printf(3)'s and gives the call. If the
 * result is -1, errno is shown by name and text, with its own meaning; the one
 * that is given then stands for EAGAIN and EINPROGRESS. Keeps errno.
 */
void trace(long long result, const char *meaning, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of an error, such as "ECONNREFUSED"; "an error" if unknown. */
const char *trace_error_name(int error);

#endif
