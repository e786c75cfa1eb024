/* SPDX-License-Identifier: MIT */
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include <libsmartcols.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How a column behaves: numbers stand right, text gives way where a line is too long, a bar never.
 */
enum {
	COLUMN_NUMBER = SCOLS_FL_RIGHT,
	COLUMN_TEXT = SCOLS_FL_TRUNC,
	COLUMN_BAR = 0,
	COLUMN_HIDDEN = SCOLS_FL_HIDDEN,
};

struct text_column {
	const char *name;
	int flags;
	const char *color; /* of libsmartcols, or NULL */
};

/* A table by libsmartcols. Errors are kept in `failed`, so that filling it stays plain. */
struct text_table {
	struct libscols_table *table;
	struct libscols_line *line;
	bool failed;
};

/* An empty table of `count` columns that prints to `out`, never wider than REPORT_COLUMNS. */
void text_table_open(struct text_table *t, FILE *out, bool color, const struct text_column *columns,
		     size_t count);

void text_table_row(struct text_table *t);

/* Sets a cell of the last row. Text of the traced system is cleaned here. */
void text_table_cell(struct text_table *t, size_t column, const char *text);

/* Prints and frees the table. Returns 0, or -1 where anything failed since it was opened. */
int text_table_close(struct text_table *t);

#endif
