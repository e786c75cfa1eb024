/* SPDX-License-Identifier: MIT */
#include "failure.h"
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "text_clean.h"

int quiet, verbose;

static void print_line(const char *prefix, const char *format, va_list args)
{
	char line[1024], clean[4 * sizeof(line)];

	vsnprintf(line, sizeof(line), format, args);
	text_clean(clean, sizeof(clean), line, sizeof(line));
	fprintf(stderr, "%s%s\n", prefix, clean);
}

int fail(int status, const char *hint, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	print_line("schedlab: ", what, args);
	va_end(args);
	if (hint)
		fprintf(stderr, "hint: %s\n", hint);
	return status;
}

void warn(const char *what, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, what);
	print_line("schedlab: warning: ", what, args);
	va_end(args);
}

void progress(const char *what, ...)
{
	va_list args;

	if (quiet || !isatty(STDERR_FILENO))
		return;
	va_start(args, what);
	print_line("schedlab: ", what, args);
	va_end(args);
}
