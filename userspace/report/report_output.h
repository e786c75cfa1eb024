/* SPDX-License-Identifier: MIT */
/* Where and how a report is printed: the options --format, -o and --color, and what follows from
 * them. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <argp.h>
#include <stdio.h>
#include "report.h"

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct report_options {
	enum report_format format;
	enum color_mode color;
	const char *output; /* NULL: stdout */
	const char *cpus;   /* -C: the CPUs section holds these only; NULL: all */
	size_t task_rows;   /* of the text; 0: TASK_ROWS_DEFAULT */
	FILE *out;	    /* once it is open */
	bool made;	    /* it was not there before */
};

/* An argp child whose input is a struct report_options. */
extern const struct argp report_options_argp;

/*
 * Opens *o's output, so that it fails before something long has run. 0, or an exit status with the
 * reason printed. What it holds already stays until report_print(). report_discard() leaves all as
 * it was before: there is nothing to report.
 */
int report_open(struct report_options *o);
void report_discard(struct report_options *o);

/*
 * Ends what was written to `out`, stdout or a file that it closes; `err` and errno tell how that
 * went. 0, or EXIT_FAILED where it or its last bytes failed, the reason printed: "WHAT can't be
 * written".
 */
int report_close(FILE *out, int err, const char *what);

/* Prints `s` as *o says. 0, or an exit status with the reason printed. */
int report_print(const struct summary *s, struct report_options *o);

#endif
