#ifndef NETWORKS_H
#define NETWORKS_H

enum { NETWORKS_ADVICE = 160 };

/*
 * What to type instead of an item of -a that is no network, in text, which has
 * NETWORKS_ADVICE bytes. Returns text.
 */
const char *networks_advice(const char *item, char *text);

#endif
