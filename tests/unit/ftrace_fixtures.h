/* SPDX-License-Identifier: MIT */
/* The format files of a 6.18 kernel, from tests/fixtures/ftrace. */
#ifndef FTRACE_FIXTURES_H
#define FTRACE_FIXTURES_H

#include <stdio.h>
#include <stdlib.h>
#include "check.h"
#include "record/tracefs_decode.h"

static char *fixture(const char *name)
{
	char path[128], *text = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "tests/fixtures/ftrace/%s", name);
	file = fopen(path, "r");
	if (!file || getdelim(&text, &room, '\0', file) < 0)
		printf("# %s can't be read (run from the top of the tree)\n", path);
	if (file)
		fclose(file);
	return text;
}

static struct raw_formats formats(void)
{
	struct raw_formats all = {};

	for (int i = 0; i < RAW_EVENTS; i++) {
		char name[64], *text;

		snprintf(name, sizeof(name), "%s.format", raw_sources[i].name);
		text = fixture(name);
		CHECK(text && raw_formats_add(&all, &raw_sources[i], text));
		free(text);
	}
	return all;
}

#endif
