/* SPDX-License-Identifier: MIT */
#include "failure.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
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

static struct failure_text *diverted;

void fail_divert(struct failure_text *text)
{
	diverted = text;
}

int fail(int status, const char *hint, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	if (diverted)
		vsnprintf(diverted->what, sizeof(diverted->what), what, args);
	else
		print_line("schedlab: ", what, args);
	va_end(args);
	if (diverted)
		diverted->hint = hint;
	else if (hint)
		fprintf(stderr, "hint: %s\n", hint);
	return status;
}

const char *hint_for(int error)
{
	switch (error) {
	case ENOMEM:
		return "free some memory or raise its limit; a smaller --buffer takes less";
	case EMFILE:
		return "raise the limit of open files: ulimit -n 65536";
	case ENFILE:
		return "the whole system has too many open files: sysctl fs.file-max";
	case EAGAIN:
		return "end some processes or raise their limit: ulimit -u, or the container's "
		       "pids limit";
	case ENOSPC:
	case EDQUOT:
		return "make room, or choose another place";
	case EPERM:
	case EACCES:
		return "a container or a security module forbids it; `schedlab check` says more";
	case ENOSYS:
		return "boot a newer kernel (5.10 is the oldest that schedlab was tried on)";
	default:
		return "`schedlab check` says what this machine lacks";
	}
}

int fail_errno(const char *what, int error)
{
	return fail(EXIT_FAILED, hint_for(error), "%s: %s", what, strerror(error));
}

int fail_memory(void)
{
	return fail(EXIT_FAILED, hint_for(ENOMEM), "out of memory");
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
