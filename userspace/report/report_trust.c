/* SPDX-License-Identifier: MIT */
/* Why the numbers can be believed, and what watching cost. */
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "common/text_section.h"
#include "common/text_table.h"
#include "report_text_parts.h"

static void pair_row(struct text_table *t, const char *what, struct text ours, struct text kernels)
{
	text_table_row(t);
	text_table_cell(t, 0, what);
	text_table_cell(t, 1, ours.s);
	text_table_cell(t, 2, kernels.s);
}

static int print_crosscheck(const struct trust_summary *t, FILE *out, bool color)
{
	static const struct text_column columns[] = {
		{ "", COLUMN_TEXT, NULL },
		{ "schedlab", COLUMN_NUMBER, NULL },
		{ "kernel", COLUMN_NUMBER, NULL },
	};
	struct text_table table;

	bool known = !t->no_account;
	struct text unknown = { "-" };

	text_table_open(&table, out, color, columns, sizeof(columns) / sizeof(*columns));
	pair_row(&table, "switches", format_count(t->switches),
		 known ? format_count(t->kernel_switches) : unknown);
	pair_row(&table, "run time", format_duration(t->run_ns),
		 known ? format_duration(t->kernel_run_ns) : unknown);
	pair_row(&table, "run-queue wait", format_duration(t->run_delay_ns),
		 known ? format_duration(t->kernel_run_delay_ns) : unknown);
	return text_table_close(&table);
}

static void print_observer(const struct summary *s, FILE *out)
{
	const struct trust_summary *t = &s->trust;
	/* Its cost is that of the whole recording, so of a part's time it has no share. */
	bool shares = !summary_is_part(s);
	double core_ns = s->n && shares ? (double)s->n * s->program.wall_ns : UNKNOWN_DOUBLE;
	double cpu_ns = s->program.cpu_ns && shares ? (double)s->program.cpu_ns : UNKNOWN_DOUBLE;

	/* The recorder says it last: of one that was killed nobody knows. */
	if (t->ended)
		fprintf(out,
			"schedlab itself: %s of CPU time in %s switch%s, %s %% of the CPUs' time\n",
			format_duration(t->observer_cpu_ns).s, format_count(t->observer_switches).s,
			t->observer_switches == 1 ? "" : "es",
			format_number(100.0 * t->observer_cpu_ns / core_ns, 2).s);
	else
		fputs("schedlab itself: not known\n", out);
	/* Not calibrated is NaN, and a hostile trace may claim a cost that no integer holds. */
	if (t->probe_ns >= 0 && t->probe_ns < 1e18)
		fprintf(out, "its probes: %s, %s %% of the workload's CPU time\n",
			format_duration((uint64_t)t->probe_ns).s,
			format_number(100 * t->probe_ns / cpu_ns, 2).s);
	else
		fputs("its probes: not known\n", out);
}

static void print_warnings(const struct summary *s, FILE *out)
{
	const struct trust_summary *t = &s->trust;

	for (size_t i = 0; i < t->warning_count; i++) {
		char line[4 * sizeof(t->warnings[i]) + 16] = "warning: ";

		text_clean(line + 9, sizeof(line) - 9, t->warnings[i], sizeof(t->warnings[i]));
		print_wrapped(out, line, 2);
	}
}

/* The worst few, so that a reader knows where not to look. */
static void print_losses(const struct trust_summary *t, FILE *out)
{
	const struct loss_summary *worst[3] = {};
	size_t shown = 0;

	for (size_t i = 0; i < t->loss_count; i++)
		for (size_t k = 0; k < 3; k++)
			if (!worst[k] || t->losses[i].count > worst[k]->count) {
				memmove(&worst[k + 1], &worst[k], (2 - k) * sizeof(worst[0]));
				worst[k] = &t->losses[i];
				break;
			}
	for (size_t k = 0; k < 3 && worst[k]; k++, shown++)
		fprintf(out, "lost on CPU %d from %.6f s to %.6f s: %s%s\n", worst[k]->cpu,
			(double)worst[k]->from / 1e9, (double)worst[k]->to / 1e9,
			format_count(worst[k]->count).s,
			worst[k]->births ? ", of births, names and ends" : "");
	if (t->loss_count + t->losses_more > shown)
		fprintf(out, "and %s more, with fewer records each\n",
			format_count(t->loss_count + t->losses_more - shown).s);
	if (t->lower_bound_ns)
		fprintf(out,
			"for %s the state of a task is unknown: parallelism and demand are lower "
			"bounds there\n",
			format_duration(t->lower_bound_ns).s);
}

int print_trust(const struct summary *s, FILE *out, bool color)
{
	const struct trust_summary *t = &s->trust;

	print_title(out, color, "Trust: %s", trust_verdict_name(t->verdict));
	fprintf(out,
		"%s event%s, %s lost, %s untraced switch%s, %s conflict%s; unknown "
		"%s\n",
		format_count(t->events).s, plural(t->events), format_count(t->lost).s,
		format_count(t->untraced).s, t->untraced == 1 ? "" : "es",
		format_count(t->conflicts).s, plural(t->conflicts),
		format_duration(t->unknown_ns).s);
	print_losses(t, out);
	if ((t->checked_tasks || t->no_account) && print_crosscheck(t, out, color))
		return -1;
	if (t->worst_tid)
		fprintf(out, "largest error of run time: %s %%, of task %u (%s task%s checked)\n",
			format_number(100 * t->worst_error, 3).s, t->worst_tid,
			format_count(t->checked_tasks).s, plural(t->checked_tasks));
	if (t->no_account)
		fputs("recorded by ftrace: the kernel's own counters and system calls are not "
		      "known\n",
		      out);
	print_observer(s, out);
	print_warnings(s, out);
	if (summary_is_part(s))
		print_note(out, color, "All of this is of the whole recording.");
	print_note(out, color,
		   "whole: nothing lost, the kernel's counters agree; lossy: parts unknown; "
		   "broken: sums are wrong.");
	return 0;
}
