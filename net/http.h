#ifndef HTTP_H
#define HTTP_H

struct handshake;

/*
 * Start a CONNECT (RFC 9110, 9.3.6) with Basic authentication (RFC 7617): the
 * request is in h->out. The handshake goes on by proxy_feed().
 */
void http_start(struct handshake *h);

#endif
