/* SPDX-License-Identifier: MIT */
#include "first_line.h"
#include <stdio.h>
#include <string.h>

char *first_line(char *out, size_t size, const char *path)
{
	FILE *file = fopen(path, "re");
	char *got;

	if (!file)
		return NULL;
	got = fgets(out, (int)size, file);
	fclose(file);
	if (!got)
		return NULL;
	out[strcspn(out, "\n")] = '\0';
	return out;
}
