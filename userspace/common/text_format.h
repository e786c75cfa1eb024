/* SPDX-License-Identifier: MIT */
#ifndef TEXT_FORMAT_H
#define TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define REPORT_COLUMNS 100

/* One formatted number: the longest are a bar's 40 blocks of 3 bytes. */
struct text {
	char s[128];
};

/* "1.234 s", "12.3 ms", "45 µs", "7 ns"; at most 11 columns. */
struct text format_duration(uint64_t ns);
/* All digits below a million, then "12.3M", "1.2G", ...; at most 6 columns. */
struct text format_count(uint64_t count);
/* "s", or nothing where it is one. */
const char *plural(uint64_t count);
/* part / whole in per cent with one digit after the point, "-" of nothing. */
struct text format_percent(uint64_t part, uint64_t whole);
/* `decimals` digits, "-" where `value` is NaN. */
struct text format_number(double value, int decimals);
/* A bar of at most `width` <= 40 columns for part / whole; empty of nothing. */
struct text format_bar(uint64_t part, uint64_t whole, unsigned int width);
/* A bar of `width` <= 40 columns that begins with blanks and stands for `from` to `to` of whole. */
struct text format_bar_between(uint64_t from, uint64_t to, uint64_t whole, unsigned int width);
/* CPU numbers in ascending order as a list: "0-3,5". */
struct text format_cpu_list(const int *cpus, size_t count);

/* Prints `text` at most REPORT_COLUMNS wide, broken at spaces, further lines indented. */
void print_wrapped(FILE *out, const char *text, unsigned int indent);

#endif
