/* SPDX-License-Identifier: MIT */
#include "text_section.h"
#include <stdarg.h>
#include "text_format.h"

static const char *const bold = "\033[1m", *const faint = "\033[2m", *const plain = "\033[0m";

void print_title(FILE *out, bool color, const char *format, ...)
{
	char title[REPORT_COLUMNS + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(title, sizeof(title), format, args);
	va_end(args);
	fprintf(out, "\n%s%s%s\n", color ? bold : "", title, color ? plain : "");
}

void print_note(FILE *out, bool color, const char *note)
{
	fputs(color ? faint : "", out);
	print_wrapped(out, note, 0);
	fputs(color ? plain : "", out);
}
