/* SPDX-License-Identifier: MIT */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stddef.h>

#define HTTP_HEAD_MAX 1024
#define HTTP_BODY_MAX 1024

enum http_progress { HTTP_MORE, HTTP_WHOLE, HTTP_WRONG };

struct http_answer {
	unsigned status;
	size_t head_bytes; /* up to and with the empty line; the body follows */
	size_t body_bytes;
	const char *wrong; /* after HTTP_WRONG: what is */
};

/*
 * The answer to one GET, RFC 9112, with a Content-Length: the first `count` bytes that came on the
 * connection. HTTP_MORE: it is right so far. Any other transfer, a head or body beyond the limits
 * and bytes after the answer are HTTP_WRONG.
 */
enum http_progress http_answer_parse(const char *bytes, size_t count, struct http_answer *answer);

#endif
