/* SPDX-License-Identifier: MIT */
/* What was lost, where and when, and whether the probes' own counters say the same. */
#include <inttypes.h>
#include <stdlib.h>
#include "summary_build.h"

static int by_size(const void *a, const void *b)
{
	const struct loss_summary *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->to - x->from > y->to - y->from ? -1 : x->to - x->from < y->to - y->from;
}

static int by_time(const void *a, const void *b)
{
	const struct loss_summary *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static int64_t from_window(const struct timeline *tl, uint64_t ts)
{
	return (int64_t)(ts - tl->window->run_t0);
}

bool summary_losses(struct summary *s, const struct timeline *tl)
{
	const struct losses *losses = &tl->resolution->losses;
	struct trust_summary *t = &s->trust;

	t->losses = calloc(losses->count + 1, sizeof(*t->losses));
	if (!t->losses)
		return false;
	for (size_t i = 0; i < losses->count; i++) {
		const struct loss *loss = &losses->list[i];

		t->losses[i] = (struct loss_summary){ .cpu = loss->cpu,
						      .births = loss->stream == STREAM_LIFECYCLE,
						      .from = from_window(tl, loss->from),
						      .to = from_window(tl, loss->to),
						      .count = loss->count };
	}
	t->loss_count = losses->count;
	if (t->loss_count > LOSSES_LISTED) {
		qsort(t->losses, t->loss_count, sizeof(*t->losses), by_size);
		t->losses_more = t->loss_count - LOSSES_LISTED;
		t->loss_count = LOSSES_LISTED;
	}
	qsort(t->losses, t->loss_count, sizeof(*t->losses), by_time);
	t->lower_bound_ns = tl->parallelism.bound_ns;
	return true;
}

/* ---- the probes' own counters -------------------------------------------------------------------
 */

static uint64_t count_of(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

/*
 * emitted + dropped = sequence numbers, in the probes' own counters; and in a file that is not
 * damaged the holes are what was dropped: no more was lost on the way.
 */
static bool check_cpu(struct summary *s, const struct timeline *tl, const json_t *row)
{
	uint64_t given = count_of(row, "sched_seq") + count_of(row, "lifecycle_seq");
	uint64_t emitted = count_of(row, "emitted"), dropped = count_of(row, "dropped");
	uint64_t cpu = count_of(row, "cpu"), lost;
	bool damaged = tl->trace->damaged || tl->trace->damaged_sections || !tl->trace->complete;

	s->trust.dropped += dropped;
	if ((uint32_t)(emitted + dropped) != (uint32_t)given) {
		summary_worsen(s, TRUST_BROKEN);
		return summary_warn(s,
				    "CPU %" PRIu64 ": %" PRIu64 " records emitted and %" PRIu64
				    " dropped are not %" PRIu64 " sequence numbers",
				    cpu, emitted, dropped, given);
	}
	lost = cpu < (uint64_t)tl->cpu_count ? tl->resolution->lost[cpu] : 0;
	if (damaged || (uint32_t)lost == (uint32_t)dropped)
		return true;
	summary_worsen(s, lost > dropped ? TRUST_LOSSY : TRUST_BROKEN);
	return summary_warn(s,
			    "CPU %" PRIu64 ": %" PRIu64 " records are missing, and %" PRIu64
			    " were dropped by the probes",
			    cpu, lost, dropped);
}

bool summary_check_counters(struct summary *s, const struct timeline *tl)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(tl->trace->end, "counters"), i, row) {
		if (!check_cpu(s, tl, row))
			return false;
	}
	if (s->trust.dropped)
		summary_worsen(s, TRUST_LOSSY);
	return true;
}
