/* SPDX-License-Identifier: MIT */
/* What differs beside the wall time: how long tasks waited, and what their CPUs were kept by. */
#include <math.h>
#include <string.h>
#include "compare.h"

/* Nearer to each other than this they are alike, as wall times are. */
#define ALIKE 0.02

static double seconds_of(const json_t *value)
{
	double s = json_is_number(value) ? json_number_value(value) : NAN;

	return isfinite(s) && s >= 0 ? s : NAN;
}

static double p99_s(const struct result_entry *e, const char *kind)
{
	return seconds_of(json_object_get(json_object_get(e->latency, kind), "p99"));
}

static double cause_s(const struct result_entry *e, const char *cause)
{
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)e->accounting, i, row) {
		const char *name = json_string_value(json_object_get(row, "cause"));

		if (name && !strcmp(name, cause))
			return seconds_of(json_object_get(row, "core_s"));
	}
	return NAN;
}

static bool differ(double a, double b)
{
	return !isnan(a) && !isnan(b) && fabs(a - b) > ALIKE * fmax(a, b);
}

size_t compare_rows(const struct compare_pair *p, struct compare_row rows[COMPARE_ROWS])
{
	static const struct compare_row latencies[] = {
		{ .key = "wakeup_s",
		  .row = "latency.wakeup_s.p99",
		  .title = "wake-up wait, p99",
		  .words = "after a waking 99 of 100 waits for a CPU were shorter" },
		{ .key = "preempt_s",
		  .row = "latency.preempt_s.p99",
		  .title = "preempted, p99",
		  .words = "after a preemption 99 of 100 waits were shorter" },
	};
	static const struct compare_row causes[] = {
		{ .key = "violation",
		  .row = "accounting.violation.core_s",
		  .title = "violation",
		  .words = "a CPU idled although a task waited" },
		{ .key = "being_woken",
		  .row = "accounting.being_woken.core_s",
		  .title = "being woken",
		  .words = "a CPU was waking up for a task" },
		{ .key = "throttled",
		  .row = "accounting.throttled.core_s",
		  .title = "throttled",
		  .words = "a CPU quota held a task back (inferred)" },
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++) {
		rows[count] = latencies[i];
		rows[count].a_s = p99_s(p->a, latencies[i].key);
		rows[count].b_s = p99_s(p->b, latencies[i].key);
		count += differ(rows[count].a_s, rows[count].b_s);
	}
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		rows[count] = causes[i];
		rows[count].a_s = cause_s(p->a, causes[i].key);
		rows[count].b_s = cause_s(p->b, causes[i].key);
		count += differ(rows[count].a_s, rows[count].b_s);
	}
	return count;
}
