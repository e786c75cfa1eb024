/* SPDX-License-Identifier: MIT */
/* How long tasks waited for a CPU. */
#include "report_text_parts.h"
#include "text_format.h"
#include "text_table.h"

static void latency_row(struct text_table *t, const char *after, const struct latency_summary *l)
{
	text_table_row(t);
	text_table_cell(t, 0, after);
	text_table_cell(t, 1, format_count(l->count).s);
	text_table_cell(t, 2, l->count ? format_duration(l->p50).s : "-");
	text_table_cell(t, 3, l->count ? format_duration(l->p90).s : "-");
	text_table_cell(t, 4, l->count ? format_duration(l->p99).s : "-");
	text_table_cell(t, 5, l->count ? format_duration(l->max).s : "-");
}

int print_latency(const struct summary *s, FILE *out, bool color)
{
	static const struct text_column columns[] = {
		{ "after", COLUMN_TEXT, NULL }, { "times", COLUMN_NUMBER, NULL },
		{ "p50", COLUMN_NUMBER, NULL }, { "p90", COLUMN_NUMBER, NULL },
		{ "p99", COLUMN_NUMBER, NULL }, { "max", COLUMN_NUMBER, NULL },
	};
	struct text_table t;

	print_title(out, color, "Waits for a CPU (run-queue latency)");
	text_table_open(&t, out, color, columns, sizeof(columns) / sizeof(*columns));
	latency_row(&t, "a waking", &s->latency_wakeup);
	latency_row(&t, "a preemption", &s->latency_preempt);
	if (text_table_close(&t))
		return -1;
	print_note(out, color,
		   "From runnable to running; percentiles are at most 1/16 off, the longest is "
		   "exact.");
	return 0;
}
