/* SPDX-License-Identifier: MIT */
/* What is asked for and what is answered: each computed from the request alone, by either side. */
#include <stdio.h>
#include <string.h>
#include "body_web.h"
#include "hash.h"

#define PATH_FORMAT "/units/%llu/requests/%llu"

size_t web_page(uint64_t unit, uint64_t request, char text[WEB_PAGE_MAX])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n";
	uint64_t state = hash_mix(hash_mix(unit + 1) + request);
	size_t length = WEB_PAGE_MIN + state % (WEB_PAGE_MAX - WEB_PAGE_MIN + 1);

	for (size_t i = 0; i < length; i++) {
		if (i % 8 == 0)
			state = hash_mix(state + 0x9e3779b97f4a7c15ull);
		text[i] = letters[(state >> (i % 8 * 8)) % 64];
	}
	return length;
}

void web_path(uint64_t unit, uint64_t request, char path[WEB_PATH_MAX])
{
	snprintf(path, WEB_PATH_MAX, PATH_FORMAT, (unsigned long long)unit,
		 (unsigned long long)request);
}

bool web_path_parse(const char *path, uint64_t *unit, uint64_t *request)
{
	unsigned long long read_unit, read_request;
	char again[WEB_PATH_MAX];

	if (sscanf(path, "/units/%18llu/requests/%18llu", &read_unit, &read_request) != 2)
		return false;
	*unit = read_unit;
	*request = read_request;
	/* scanf passes over blanks and signs, and over what follows. */
	web_path(*unit, *request, again);
	return !strcmp(path, again);
}
