/* SPDX-License-Identifier: MIT */
#ifndef REPORT_OF_H
#define REPORT_OF_H

/* The text report as a string, and how wide it is: for the tests of what is printed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "report/report_output.h"
#include "summary/summary.h"

/* The text report of *s, malloced; NULL where report_text() failed. */
static inline char *report_of(const struct summary *s, bool color)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status = report_text(s, out, color, TASK_ROWS_DEFAULT);

	fclose(out);
	if (status) {
		free(text);
		return NULL;
	}
	return text;
}

/* The widest line in columns; -1 where a line holds what no terminal should get. */
static inline int widest(const char *text)
{
	int most = 0;

	while (*text) {
		wchar_t wide[1024];
		size_t len = strcspn(text, "\n");
		char line[1024];
		int width;

		if (len >= sizeof(line))
			return -1;
		memcpy(line, text, len);
		line[len] = '\0';
		if (mbstowcs(wide, line, sizeof(wide) / sizeof(*wide)) == (size_t)-1)
			return -1;
		width = wcswidth(wide, sizeof(wide) / sizeof(*wide));
		if (width < 0)
			return -1;
		most = width > most ? width : most;
		text += len + (text[len] == '\n');
	}
	return most;
}

#endif
