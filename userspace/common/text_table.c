/* SPDX-License-Identifier: MIT */
#include "text_table.h"
#include "text_clean.h"
#include "text_format.h"

void text_table_open(struct text_table *t, FILE *out, bool color, const struct text_column *columns,
		     size_t count)
{
	*t = (struct text_table){ .table = scols_new_table() };
	if (!t->table) {
		t->failed = true;
		return;
	}
	t->failed |= scols_table_set_stream(t->table, out) != 0;
	t->failed |= scols_table_enable_colors(t->table, color) != 0;
	/* The width is a promise to pipes and files too, so it is forced, and nothing wraps. */
	t->failed |= scols_table_set_termforce(t->table, SCOLS_TERMFORCE_ALWAYS) != 0;
	t->failed |= scols_table_set_termwidth(t->table, REPORT_COLUMNS) != 0;
	t->failed |= scols_table_enable_nowrap(t->table, 1) != 0;
	for (size_t i = 0; i < count; i++) {
		struct libscols_column *column =
			scols_table_new_column(t->table, columns[i].name, 0, columns[i].flags);

		/* Cells are cleaned already: escaping the escapes would make them unreadable. */
		if (!column || scols_column_set_safechars(column, "\\") ||
		    (columns[i].color && scols_column_set_color(column, columns[i].color)))
			t->failed = true;
	}
}

void text_table_row(struct text_table *t)
{
	t->line = t->failed ? NULL : scols_table_new_line(t->table, NULL);
	if (!t->line)
		t->failed = true;
}

void text_table_cell(struct text_table *t, size_t column, const char *text)
{
	char clean[512];

	if (t->failed)
		return;
	text_clean(clean, sizeof(clean), text, sizeof(clean));
	if (scols_line_set_data(t->line, column, clean))
		t->failed = true;
}

int text_table_close(struct text_table *t)
{
	if (!t->failed && scols_print_table(t->table))
		t->failed = true;
	scols_unref_table(t->table);
	return t->failed ? -1 : 0;
}
