/* SPDX-License-Identifier: MIT */
/* Reading a summary in a test; included by drawn_trace.h. */
#ifndef DRAWN_SUMMARY_H
#define DRAWN_SUMMARY_H

#include <string.h>
#include "check.h"
#include "summary/summary.h"

#define UNUSED __attribute__((unused))

/* The task's row; NULL: it has none. */

UNUSED static const struct task_summary *drawn_task(const struct summary *s, uint32_t tid)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (s->tasks[i].tid == tid)
			return &s->tasks[i];
	return NULL;
}

/* Whether a warning holds `words`. */
UNUSED static bool drawn_warned(const struct summary *s, const char *words)
{
	for (size_t i = 0; i < s->trust.warning_count; i++)
		if (strstr(s->trust.warnings[i], words))
			return true;
	return false;
}

/* CHECKs of METRICS.md's sums, computed from the summary's parts; true where all hold. */
UNUSED static bool drawn_sums_hold(const struct summary *s)
{
	const struct program_summary *p = &s->program;
	uint64_t running = 0, demand = 0, cpu = 0, workload = 0, run = 0, accounted = 0, listed = 0;
	bool good = true;

	for (size_t k = 0; k < p->level_count; k++) {
		running += p->parallelism_ns[k];
		demand += p->demand_ns[k];
		cpu += k * p->parallelism_ns[k];
	}
	good &= CHECK_EQ(running, p->wall_ns) & CHECK_EQ(demand, p->wall_ns);
	for (size_t i = 0; i < s->cpu_count; i++) {
		const struct cpu_summary *c = &s->cpus[i];

		uint64_t behind = c->wait_behind_rest_ns;

		for (size_t j = 0; j < c->wait_behind_count; j++)
			behind += c->wait_behind[j].ns;
		good &= CHECK_EQ(behind, c->wait_behind_ns);
		workload += c->workload_ns;
		good &= CHECK_EQ(c->workload_ns + c->other_ns + c->idle_ns + c->offline_ns +
					 c->unknown_ns,
				 p->wall_ns);
	}
	for (size_t i = 0; i < s->task_count; i++) {
		const struct task_summary *t = &s->tasks[i];

		run += t->measured ? t->run_ns : 0;
		good &= CHECK_EQ(t->run_ns + t->wait_wakeup_ns + t->wait_preempt_ns +
					 t->blocked_ns + t->unknown_ns,
				 t->lifetime_ns);
		good &= CHECK(t->lifetime_ns <= p->wall_ns);
	}
	for (int i = 0; i < CAUSE_COUNT; i++)
		accounted += s->accounting_ns[i];
	good &= CHECK_EQ(cpu, p->cpu_ns) & CHECK_EQ(workload, cpu) & CHECK_EQ(run, cpu);
	good &= CHECK_EQ(accounted, s->n * p->wall_ns);
	good &= CHECK_EQ(s->violation_sums.ns, s->accounting_ns[CAUSE_VIOLATION]);
	good &= CHECK(s->violation_sums.masked_ns <= s->accounting_ns[CAUSE_NO_TASK]);
	for (size_t i = 0; i < s->violation_count; i++)
		listed += s->violations[i].ns;
	good &= CHECK_EQ(listed + s->violation_sums.short_ns + s->violation_sums.more_ns,
			 s->violation_sums.ns);
	good &= CHECK(s->trust.verdict != TRUST_BROKEN);
	return good;
}

/* How the CPU spent the window. */
static inline void drawn_check_cpu(const struct summary *s, int cpu, uint64_t workload,
				   uint64_t other, uint64_t idle, uint64_t unknown)
{
	CHECK_OR_RETURN((size_t)cpu < s->cpu_count);
	CHECK_EQ(s->cpus[cpu].workload_ns, workload);
	CHECK_EQ(s->cpus[cpu].other_ns, other);
	CHECK_EQ(s->cpus[cpu].idle_ns, idle);
	CHECK_EQ(s->cpus[cpu].unknown_ns, unknown);
}

#endif
