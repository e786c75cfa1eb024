/* SPDX-License-Identifier: MIT */
/* Where the core-seconds went: from n x T each cause takes its part, and what stays is `own`. */
#include <stdlib.h>
#include <string.h>
#include "common/text_format.h"
#include "common/text_section.h"
#include "common/text_table.h"
#include "report_text_parts.h"
#include "summary/sentence.h"

#define WATERFALL_BAR 22

struct part {
	enum cause cause;
	uint64_t ns;
};

/* A unit in which three digits after the point show what matters of `whole_ns`. */
struct scale {
	const char *title;
	double ns;
};

static struct scale scale_of(uint64_t whole_ns)
{
	static const struct scale scales[] = {
		{ "core-s", 1e9 }, { "core-ms", 1e6 }, { "core-us", 1e3 }, { "core-ns", 1 }
	};
	size_t i = 0;

	while (i < sizeof(scales) / sizeof(*scales) - 1 && (double)whole_ns < scales[i].ns)
		i++;
	return scales[i];
}

static int by_ns(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if ((x->cause == CAUSE_OWN_SMT) != (y->cause == CAUSE_OWN_SMT))
		return x->cause == CAUSE_OWN_SMT ? 1 : -1;
	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return x->cause < y->cause ? -1 : x->cause > y->cause;
}

/*
 * What was taken from the workload, the largest part first; what it had, but shared with itself,
 * is the last. Returns how many there are.
 */
static size_t parts_of(const struct summary *s, struct part *parts, uint64_t *whole_ns)
{
	size_t count = 0;

	*whole_ns = 0;
	for (int i = 0; i < CAUSE_COUNT; i++) {
		*whole_ns += s->accounting_ns[i];
		if (i != CAUSE_OWN && s->accounting_ns[i])
			parts[count++] = (struct part){ i, s->accounting_ns[i] };
	}
	qsort(parts, count, sizeof(*parts), by_ns);
	return count;
}

static void row(struct text_table *t, const char *label, const struct scale *scale, uint64_t ns,
		uint64_t whole_ns, struct text bar, const char *words)
{
	text_table_row(t);
	text_table_cell(t, 0, label);
	text_table_cell(t, 1, format_number((double)ns / scale->ns, scale->ns > 1 ? 3 : 0).s);
	text_table_cell(t, 2, format_percent(ns, whole_ns).s);
	text_table_cell(t, 3, bar.s);
	text_table_cell(t, 4, words);
}

static void rows(struct text_table *t, const struct summary *s, const struct scale *scale)
{
	struct part parts[CAUSE_COUNT];
	uint64_t whole_ns, left_ns;
	size_t count = parts_of(s, parts, &whole_ns);
	char label[32];

	row(t, "n x T", scale, whole_ns, whole_ns,
	    format_bar_between(0, whole_ns, whole_ns, WATERFALL_BAR), "");
	left_ns = whole_ns;
	for (size_t i = 0; i < count; i++) {
		uint64_t after_ns = left_ns - parts[i].ns;

		snprintf(label, sizeof(label), "- %s", cause_name(parts[i].cause));
		row(t, label, scale, parts[i].ns, whole_ns,
		    format_bar_between(after_ns, left_ns, whole_ns, WATERFALL_BAR),
		    cause_words(parts[i].cause));
		left_ns = after_ns;
	}
	snprintf(label, sizeof(label), "= %s", cause_name(CAUSE_OWN));
	row(t, label, scale, left_ns, whole_ns,
	    format_bar_between(0, left_ns, whole_ns, WATERFALL_BAR), cause_words(CAUSE_OWN));
}

int print_waterfall(const struct summary *s, FILE *out, bool color)
{
	struct part parts[CAUSE_COUNT];
	uint64_t whole_ns;
	struct scale scale;
	struct text_table t;

	parts_of(s, parts, &whole_ns);
	scale = scale_of(whole_ns);
	print_title(out, color, "Where the time went: %llu CPU%s x %s of wall time",
		    (unsigned long long)s->n, plural(s->n), format_duration(s->program.wall_ns).s);
	text_table_open(&t, out, color,
			(const struct text_column[]){ { "cause", COLUMN_BAR, NULL },
						      { scale.title, COLUMN_NUMBER, NULL },
						      { "%", COLUMN_NUMBER, NULL },
						      { "", COLUMN_BAR, "cyan" },
						      { "in words", COLUMN_TEXT, NULL } },
			5);
	rows(&t, s, &scale);
	if (text_table_close(&t))
		return -1;
	print_note(out, color,
		   "At each instant each CPU that it may use has one cause; n x T less all others "
		   "is own, exactly.");
	return 0;
}
