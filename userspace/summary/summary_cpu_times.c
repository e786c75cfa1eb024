/* SPDX-License-Identifier: MIT */
/* What the host and interrupts took, as the trace's END section tells: it may come from anyone. */
#include <math.h>
#include "machine/cpu_times.h"
#include "summary_build.h"

/* Below this share of its CPUs' time steal is not worth a word. */
#define STEAL_SHARE_MIN 0.02

static int64_t told(const json_t *row, const char *key)
{
	const json_t *number = json_object_get(row, key);

	return json_is_integer(number) && json_integer_value(number) >= 0
		       ? json_integer_value(number)
		       : -1;
}

static void take_row(struct cpu_summary *c, const json_t *row)
{
	c->steal_ns = told(row, "steal_ns");
	c->irq_ns = told(row, "irq_ns");
	c->softirq_ns = told(row, "softirq_ns");
}

/* Of the CPUs that W may use, -1 where one of them does not know. */
static int64_t sum_of_steal(const struct summary *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->cpu_count; i++) {
		int64_t ns = s->cpus[i].steal_ns;

		if (!s->cpus[i].allowed)
			continue;
		if (ns < 0 || ns > INT64_MAX - sum)
			return -1;
		sum += ns;
	}
	return s->n ? sum : -1;
}

bool summary_cpu_times(struct summary *s, const struct timeline *tl)
{
	struct cpu_summary *of[EVENT_MAX_CPUS] = {};
	json_t *row;
	size_t i;

	for (i = 0; i < s->cpu_count; i++) {
		s->cpus[i].steal_ns = s->cpus[i].irq_ns = s->cpus[i].softirq_ns = -1;
		of[s->cpus[i].cpu] = &s->cpus[i];
	}
	json_array_foreach(json_object_get(tl->trace->end, "cpu_times"), i, row) {
		int64_t cpu = told(row, "cpu");

		if (cpu >= 0 && cpu < EVENT_MAX_CPUS && of[cpu])
			take_row(of[cpu], row);
	}
	s->run_result.steal_ns = sum_of_steal(s);
	/* When in the run it was, nobody knows. */
	for (i = 0; window_is_part(tl->window) && i < s->cpu_count; i++)
		s->cpus[i].steal_ns = s->cpus[i].irq_ns = s->cpus[i].softirq_ns = -1;
	return true;
}

double summary_steal_share(const struct summary *s)
{
	double whole = (double)s->n * (double)s->run_result.wall_ns, share;

	if (s->run_result.steal_ns < 0 || whole <= 0)
		return UNKNOWN_DOUBLE;
	/* Counted in ticks, of which each CPU's first may lie before the recording. */
	share = ((double)s->run_result.steal_ns - (double)s->n * CPU_TIMES_TICK_NS) / whole;
	return share > STEAL_SHARE_MIN ? fmin((double)s->run_result.steal_ns / whole, 1) : 0;
}
