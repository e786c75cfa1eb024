/* SPDX-License-Identifier: MIT */
#ifndef REPORT_TEXT_PARTS_H
#define REPORT_TEXT_PARTS_H

#include <stdbool.h>
#include <stdio.h>
#include "summary/summary.h"

/* The sections of the report for people. Each prints and returns 0, or -1 out of memory. */
void print_subject(const struct summary *s, FILE *out);
void print_work(const struct summary *s, FILE *out);
int print_profile(const struct summary *s, FILE *out, bool color);
int print_waterfall(const struct summary *s, FILE *out, bool color);
int print_latency(const struct summary *s, FILE *out, bool color);
int print_wait_behind(const struct summary *s, FILE *out);
int print_violations(const struct summary *s, FILE *out, bool color);
int print_cpus(const struct summary *s, FILE *out, bool color);
int print_tasks(const struct summary *s, FILE *out, bool color, size_t rows);
int print_strip(const struct summary *s, FILE *out, bool color);
int print_trust(const struct summary *s, FILE *out, bool color);

#define STRIP_WIDTH 80

/* Parts of print_cpus(). */
void print_cpus_title(const struct summary *s, FILE *out, bool color);
void print_placement(const struct summary *s, FILE *out, bool color);
bool has_steal_to_show(const struct summary *s);

#endif
