/* SPDX-License-Identifier: MIT */
/* The report's latency: how long tasks waited for a CPU. */
#include "histogram.h"
#include "json_build.h"
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
