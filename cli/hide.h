#ifndef HIDE_H
#define HIDE_H

/*
 * Hide a password that ends a word of the command line, where ps(1) shows it:
 * it becomes one star, and the n words after it, whose pointers are changed,
 * move up, so that nothing tells its length.
 */
void hide_password(char *password, char **next, int n);

#endif
