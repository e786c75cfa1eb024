/* SPDX-License-Identifier: MIT */
#include "complain.h"
#include <stdarg.h>
#include <stdio.h>

static size_t escape(char *clean, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text && used + 5 < size; text++) {
		unsigned char byte = *text;

		if (byte >= 0x20 && byte < 0x7f)
			clean[used++] = byte;
		else
			used += snprintf(clean + used, size - used, "\\x%02x", byte);
	}
	clean[used] = 0;
	return used;
}

int complain(const char *hint, const char *what, ...)
{
	char line[512], clean[4 * sizeof(line)];
	va_list args;

	va_start(args, what);
	vsnprintf(line, sizeof(line), what, args);
	va_end(args);
	escape(clean, sizeof(clean), line);
	fprintf(stderr, "schedlab-workload: %s\nhint: %s\n", clean, hint);
	return -1;
}
