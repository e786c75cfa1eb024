/* SPDX-License-Identifier: MIT */
/* The report's latency and violations: how long tasks waited for a CPU, and beside which. */
#include "common/histogram.h"
#include "common/json_build.h"
#include "report_json_parts.h"

/* Of no wait there is no percentile. */
static json_t *seconds_of_some(uint64_t count, uint64_t ns)
{
	return count ? json_seconds(ns) : json_null();
}

json_t *report_json_percentiles(const struct latency_summary *l)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "p50", seconds_of_some(l->count, l->p50));
	bad |= json_object_set_new(o, "p90", seconds_of_some(l->count, l->p90));
	bad |= json_object_set_new(o, "p99", seconds_of_some(l->count, l->p99));
	bad |= json_object_set_new(o, "max", seconds_of_some(l->count, l->max));
	bad |= json_object_set_new(o, "count", json_count(l->count));
	return json_built(o, bad);
}

json_t *report_json_latency(const struct summary *s)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "wakeup_s", report_json_percentiles(&s->latency_wakeup));
	bad |= json_object_set_new(o, "preempt_s", report_json_percentiles(&s->latency_preempt));
	/* Of the percentiles, here and in tasks[], relative; max is exact. */
	bad |= json_object_set_new(o, "error_at_most", json_real(HISTOGRAM_ERROR));
	return json_built(o, bad);
}

static json_t *antagonist_row(const struct antagonist *a, bool with_tid)
{
	json_t *o = json_object();
	int bad = 0;

	if (with_tid)
		bad |= json_object_set_new(o, "tid", json_count(a->tid));
	bad |= json_object_set_new(o, "comm", json_text(a->comm, sizeof(a->comm)));
	bad |= json_object_set_new(o, "own", json_boolean(a->own));
	bad |= json_object_set_new(o, "s", json_seconds(a->ns));
	return json_built(o, bad);
}

json_t *report_json_wait_behind(const struct cpu_summary *c)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < c->wait_behind_count; i++)
		bad |= json_array_append_new(array, antagonist_row(&c->wait_behind[i], false));
	return json_built(array, bad);
}

json_t *report_json_antagonist(const struct task_summary *t)
{
	return t->antagonist.ns ? antagonist_row(&t->antagonist, true) : json_null();
}

static json_t *violation_row(const struct violation_summary *v)
{
	const char *cause = violation_cause_name(v->cause);
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "cpu", json_integer(v->cpu));
	bad |= json_object_set_new(o, "tid", json_count(v->tid));
	bad |= json_object_set_new(o, "start_s", json_seconds(v->start_ns));
	bad |= json_object_set_new(o, "s", json_seconds(v->ns));
	bad |= json_object_set_new(o, "comm", json_text(v->comm, sizeof(v->comm)));
	bad |= json_object_set_new(o, "cause", cause ? json_string(cause) : json_null());
	return json_built(o, bad);
}

json_t *report_json_violations(const struct summary *s)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < s->violation_count; i++)
		bad |= json_array_append_new(array, violation_row(&s->violations[i]));
	return json_built(array, bad);
}

/* All spells; of these the ones of at most 1 ms, and those that were too many to be listed. */
json_t *report_json_violation_sums(const struct summary *s)
{
	const struct violation_sums *sums = &s->violation_sums;
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "count", json_count(sums->count));
	bad |= json_object_set_new(o, "s", json_seconds(sums->ns));
	bad |= json_object_set_new(o, "short_count", json_count(sums->short_count));
	bad |= json_object_set_new(o, "short_s", json_seconds(sums->short_ns));
	bad |= json_object_set_new(o, "more_count", json_count(sums->more_count));
	bad |= json_object_set_new(o, "more_s", json_seconds(sums->more_ns));
	bad |= json_object_set_new(o, "masked_s", json_seconds(sums->masked_ns));
	return json_built(o, bad);
}
