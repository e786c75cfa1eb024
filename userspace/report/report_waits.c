/* SPDX-License-Identifier: MIT */
/* How long tasks waited for a CPU, and which idled beside them. */
#include <math.h>
#include <stdlib.h>
#include "common/text_format.h"
#include "common/text_section.h"
#include "common/text_table.h"
#include "report_text_parts.h"

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

/* Where masks kept CPUs idle it could not have been 100 %. */
static void print_satisfaction(const struct summary *s, FILE *out)
{
	char line[256];

	if (!isfinite(s->program.satisfaction))
		return;
	snprintf(line, sizeof(line), "It got %s %% of the CPU time that it could have used%s.",
		 format_number(100 * s->program.satisfaction, 1).s,
		 s->violation_sums.masked_ns
			 ? " (satisfaction; it reads low, as tasks were bound to CPUs one by one)"
			 : " (satisfaction)");
	print_wrapped(out, line, 0);
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
	if (text_table_close(&t) || print_wait_behind(s, out))
		return -1;
	print_satisfaction(s, out);
	print_note(out, color,
		   "From runnable to running; percentiles are at most 1/16 off, the longest is "
		   "exact.");
	return 0;
}

#define VIOLATION_ROWS_MAX 5

static int by_length(const void *a, const void *b)
{
	const struct violation_summary *const *x = a, *const *y = b;

	if ((*x)->ns != (*y)->ns)
		return (*x)->ns > (*y)->ns ? -1 : 1;
	return (*x)->start_ns < (*y)->start_ns ? -1 : 1;
}

static const char *cause_of(enum violation_cause cause)
{
	static const char *const words[VIOLATION_CAUSE_COUNT] = {
		[VIOLATION_UNKNOWN] = "unknown",
		[VIOLATION_WAKING_UP] = "its CPU woke up late",
		[VIOLATION_HELD_BACK] = "held back from its own CPU (a quota?)",
		[VIOLATION_BUSY_QUEUE] = "kept in the queue of a busy CPU",
	};

	return words[cause];
}

static void violation_row(struct text_table *t, const struct violation_summary *v)
{
	struct text id;

	text_table_row(t);
	snprintf(id.s, sizeof(id.s), "%d", v->cpu);
	text_table_cell(t, 0, id.s);
	text_table_cell(t, 1, format_duration(v->start_ns).s);
	text_table_cell(t, 2, format_duration(v->ns).s);
	snprintf(id.s, sizeof(id.s), "%u", v->tid);
	text_table_cell(t, 3, id.s);
	text_table_cell(t, 4, v->comm);
	text_table_cell(t, 5, cause_of(v->cause));
}

static int print_longest(const struct summary *s, FILE *out, bool color)
{
	static const struct text_column columns[] = {
		{ "cpu", COLUMN_NUMBER, NULL },	   { "at", COLUMN_NUMBER, NULL },
		{ "idled", COLUMN_NUMBER, "red" }, { "tid", COLUMN_NUMBER, NULL },
		{ "waited", COLUMN_TEXT, NULL },   { "why", COLUMN_BAR, NULL },
	};
	const struct violation_summary **order = calloc(s->violation_count, sizeof(*order));
	struct text_table t;

	if (!order)
		return -1;
	for (size_t i = 0; i < s->violation_count; i++)
		order[i] = &s->violations[i];
	qsort(order, s->violation_count, sizeof(*order), by_length);
	text_table_open(&t, out, color, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < s->violation_count && i < VIOLATION_ROWS_MAX; i++)
		violation_row(&t, order[i]);
	free(order);
	return text_table_close(&t);
}

int print_violations(const struct summary *s, FILE *out, bool color)
{
	uint64_t longer = s->violation_sums.count - s->violation_sums.short_count;

	if (!longer)
		return 0;
	print_title(
		out, color,
		"CPUs that idled while a task waited for one: %s spell%s, %s over 1 ms, %s in all",
		format_count(s->violation_sums.count).s, plural(s->violation_sums.count),
		format_count(longer).s, format_duration(s->violation_sums.ns).s);
	if (s->violation_count && print_longest(s, out, color))
		return -1;
	print_note(out, color,
		   longer > VIOLATION_ROWS_MAX
			   ? "The longest. at: from the run's start; idled: the spell, while that "
			     "task could have run there."
			   : "at: from the run's start; idled: the spell, while that task could "
			     "have run there.");
	return 0;
}
