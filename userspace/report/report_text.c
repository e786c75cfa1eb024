/* SPDX-License-Identifier: MIT */
#include "report.h"
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "report_text_parts.h"

static void print_sentence(const struct summary *s, FILE *out, bool color)
{
	static const char *const colors[] = {
		[VERDICT_PARALLEL] = "\033[1;32m",
		[VERDICT_CONCURRENT] = "\033[1;33m",
		[VERDICT_IDLE] = "\033[1;34m",
		[VERDICT_SEQUENTIAL] = "\033[1;35m",
	};
	char clean[4 * sizeof(s->program.sentence)];

	text_clean(clean, sizeof(clean), s->program.sentence, sizeof(s->program.sentence));
	fputs(color ? colors[s->program.verdict] : "", out);
	print_wrapped(out, clean, 0);
	fputs(color ? "\033[0m" : "", out);
}

/* Above all, since every number below is of that part. */
static void print_part(const struct summary *s, FILE *out)
{
	const struct window_summary *w = &s->window;

	if (summary_is_part(s))
		fprintf(out, "Only from %.6f s to %.6f s of the run's %.6f s:\n",
			(double)w->from_ns / 1e9, (double)w->to_ns / 1e9,
			(double)w->whole_ns / 1e9);
}

int report_text(const struct summary *s, FILE *out, bool color, size_t task_rows)
{
	print_part(s, out);
	print_sentence(s, out, color);
	print_subject(s, out);
	print_work(s, out);
	if (print_profile(s, out, color) || print_waterfall(s, out, color) ||
	    print_cpus(s, out, color) || print_tasks(s, out, color, task_rows) ||
	    print_latency(s, out, color) || print_violations(s, out, color) ||
	    print_strip(s, out, color) || print_trust(s, out, color))
		return -1;
	return fflush(out) || ferror(out) ? -1 : 0;
}
