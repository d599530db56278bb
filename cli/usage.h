#ifndef USAGE_H
#define USAGE_H

#include "../base/status.h"

enum { USAGE_TEXT = 4096 }; /* say() shows no more */

/*
 * Report what is wrong with the command line, and what would be right. Returns
 * STATUS_USAGE.
 */
enum status usage_error(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
