/* Hides a password in the command line. */
#include "hide.h"

#include <string.h>

/* How many of the words follow this end in memory, without a gap? */
static int
count_adjacent(const char *end, char **word, int n)
{
	int i = 0;

	while (i < n && word[i] == end + 1) {
		end = word[i] + strlen(word[i]);
		i++;
	}
	return i;
}

void
hide_password(char *password, char **next, int n)
{
	size_t cut = strlen(password), rest = 0;
	char *end = password + cut;
	int words = count_adjacent(end, next, n);

	if (cut == 0)
		return;
	memset(password, '*', cut--);
	for (int i = 0; i < words; i++) {
		rest += strlen(next[i]) + 1;
		next[i] -= cut;
	}
	memmove(password + 1, end, rest + 1);
	memset(password + 1 + rest + 1, '\0', cut);
}
