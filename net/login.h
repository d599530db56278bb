#ifndef LOGIN_H
#define LOGIN_H

#include <stddef.h>

/*
 * Print the prompt on /dev/tty and read one line from there without echo. The
 * line goes to line, without its line feed; size is that of the buffer. A
 * signal to stop ends this. Returns 0; -1 and errno, after restoring the
 * terminal.
 */
int login_ask(const char *prompt, char *line, size_t size);

#endif
