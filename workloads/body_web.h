/* SPDX-License-Identifier: MIT */
#ifndef BODY_WEB_H
#define BODY_WEB_H

#include "helper_process.h"

/* Lies in memory that client and server share; only the server writes the counts. */
struct web {
	struct helper_process server;
	int listen_fd;
	uint16_t port;
	uint64_t delay_ms;
	uint64_t clients; /* that may be connected at once */
	_Atomic uint64_t answered;
	_Atomic uint64_t waiting_peak; /* requests that waited at once for their answers */
};

/* body_web_server.c: answers until it is killed; returns only after complaining. */
void web_serve(void *web, int ready_fd);

/* body_web_page.c */

#define WEB_PAGE_MIN 256
#define WEB_PAGE_MAX 1024

/* What the server answers to a request: from WEB_PAGE_MIN to WEB_PAGE_MAX bytes of text. */
size_t web_page(uint64_t unit, uint64_t request, char text[WEB_PAGE_MAX]);

/* A request's path, and back. */
#define WEB_PATH_MAX 64
void web_path(uint64_t unit, uint64_t request, char path[WEB_PATH_MAX]);
bool web_path_parse(const char *path, uint64_t *unit, uint64_t *request);

#endif
