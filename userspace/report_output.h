/* SPDX-License-Identifier: MIT */
/* Where and how a report is printed: the options --format, -o and --color, and what follows from them. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <argp.h>
#include "report.h"

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct report_options {
	enum report_format format;
	enum color_mode color;
	const char *output; /* NULL: stdout */
};

/* An argp child whose input is a struct report_options. */
extern const struct argp report_options_argp;

/* Prints `s` as *o says. 0, or an exit status with the reason printed. */
int report_print(const struct summary *s, const struct report_options *o);

#endif
