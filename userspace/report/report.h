/* SPDX-License-Identifier: MIT */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include "summary/summary.h"

enum report_format { REPORT_TEXT, REPORT_JSON };

/* Schema "schedlab.report/1" (INTERFACE.md). Returns a new reference, NULL out of memory. */
json_t *report_json(const struct summary *s);

/*
 * Writes what json_write() does of report_json(), byte for byte, but has no more than one row of
 * cpus[] or tasks[] in memory. 0, or -1 with errno: `out` could not be written, or out of memory.
 */
int report_json_write(const struct summary *s, FILE *out);

#define TASK_ROWS_DEFAULT 20

/*
 * The report for people, at most 100 columns, with the `task_rows` tasks that ran longest.
 * Returns 0, or -1 where `out` could not be written.
 */
int report_text(const struct summary *s, FILE *out, bool color, size_t task_rows);

/* 15 digits give back every decimal number as it was written: 0.1 is not 0.1000000000001. */
#define JSON_WRITE_FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(15))

/* Writes `json` with sorted-as-built keys, two spaces an indent, a final newline. 0 or -1. */
int json_write(const json_t *json, FILE *out);

#endif
