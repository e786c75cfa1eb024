/* SPDX-License-Identifier: MIT */
#ifndef TEXT_SECTION_H
#define TEXT_SECTION_H

#include <stdbool.h>
#include <stdio.h>

/* A section's title above and its definitions below, both within REPORT_COLUMNS. */
void print_title(FILE *out, bool color, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void print_note(FILE *out, bool color, const char *note);

#endif
