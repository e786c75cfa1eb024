/* SPDX-License-Identifier: MIT */
#ifndef SAMPLE_SUMMARY_H
#define SAMPLE_SUMMARY_H

/* A small, consistent summary for the tests of what is printed: two threads on two CPUs, 2 s. */

#include <stdlib.h>
#include <string.h>
#include "summary/summary.h"

#define HOSTILE_COMM "\033]0;x\a<b>\xff\u202e"

/* CPU i and the thread that ran on it. */
static inline void sample_pair(struct summary *s, int i)
{
	struct task_summary *t = &s->tasks[i];

	s->cpus[i] = (struct cpu_summary){ .cpu = i,
					   .core = i,
					   .allowed = true,
					   .workload_ns = 1940000000,
					   .idle_ns = 60000000,
					   .switches = 42,
					   .voluntary = 40,
					   .involuntary = 2,
					   .longest_slice_ns = 45600000,
					   .steal_ns = -1,
					   .irq_ns = -1,
					   .softirq_ns = -1,
					   .tasks = 1 };
	*t = (struct task_summary){ .tid = 1000 + i,
				    .pid = 1000,
				    .ppid = 1,
				    .start_ns = 5,
				    .comm = "spin",
				    .role = ROLE_UNIT,
				    .measured = true,
				    .unit = i,
				    .end_ns = 2000000000,
				    .run_ns = 1940000000,
				    .blocked_ns = 60000000,
				    .lifetime_ns = 2000000000,
				    .slices = 21,
				    .voluntary = 20,
				    .involuntary = 1 };
	t->cpus = calloc(1, sizeof(*t->cpus));
	if (!t->cpus)
		abort();
	t->cpus[0] = i;
	t->cpu_count = 1;
}

/* summary_free() releases it. */
static inline struct summary sample_summary(void)
{
	static const uint64_t ran[] = { 20000000, 80000000, 1900000000 };
	struct summary s = { .n = 2, .cpu_count = 2, .task_count = 2 };
	struct program_summary *p = &s.program;

	s.machine =
		json_pack("{s:s, s:s, s:i}", "hostname", "lab", "virt", "none", "cpus_online", 2);
	s.run = json_pack("{s:[s, s], s:s, s:s, s:i}", "command", "schedlab-workload", "spin",
			  "workload", "spin", "model", "threads", "units", 2);
	*p = (struct program_summary){ .wall_ns = 2000000000,
				       .cpu_ns = 3880000000,
				       .busy_ns = 1980000000,
				       .idle_ns = 20000000,
				       .average_cores = 1.94,
				       .tlp = 3.88 / 1.98,
				       .peak_parallelism = 2,
				       .peak_demand = 2,
				       .peak_in_flight = 2,
				       .mean_demand = 1.94,
				       .mean_in_flight = 1.99,
				       .parallel_share = 0.95,
				       .satisfaction = 1,
				       .physical_tlp = UNKNOWN_DOUBLE,
				       .smt_share = UNKNOWN_DOUBLE,
				       .fairness = UNKNOWN_DOUBLE,
				       .verdict = VERDICT_PARALLEL,
				       .level_count = 3 };
	p->parallelism_ns = malloc(sizeof(ran));
	p->demand_ns = malloc(sizeof(ran));
	s.cpus = calloc(2, sizeof(*s.cpus));
	s.tasks = calloc(2, sizeof(*s.tasks));
	if (!p->parallelism_ns || !p->demand_ns || !s.cpus || !s.tasks)
		abort();
	memcpy(p->parallelism_ns, ran, sizeof(ran));
	memcpy(p->demand_ns, ran, sizeof(ran));
	s.accounting_ns[CAUSE_OWN] = 3880000000;
	s.accounting_ns[CAUSE_NO_TASK] = 120000000;
	for (int i = 0; i < 2; i++)
		sample_pair(&s, i);
	s.run_result.wall_ns = 2100000000;
	s.run_result.throttled_ns = s.run_result.steal_ns = -1;
	s.trust.events = 1234;
	s.trust.probe_ns = 246800;
	s.trust.probe_record_ns = 200;
	s.trust.ended = true;
	return s;
}

/* A task and a CPU with the worst numbers and names that a trace may hold. */
static inline void sample_worst_pair(struct task_summary *t, struct cpu_summary *c, int i)
{
	*t = (struct task_summary){ .tid = UINT32_MAX - i,
				    .unit = -1,
				    .role = ROLE_LAUNCHER,
				    .run_ns = UINT64_MAX / 2 - i,
				    .wait_wakeup_ns = UINT64_MAX / 4,
				    .blocked_ns = UINT64_MAX / 2,
				    .slices = UINT64_MAX,
				    .voluntary = UINT64_MAX,
				    .involuntary = UINT64_MAX,
				    .migrations = UINT64_MAX,
				    .comm = HOSTILE_COMM };
	*c = (struct cpu_summary){ .cpu = 960 + i,
				   .allowed = true,
				   .switches = UINT64_MAX,
				   .voluntary = UINT64_MAX,
				   .involuntary = UINT64_MAX,
				   .interleavings = UINT64_MAX,
				   .migrations_in = UINT64_MAX,
				   .longest_slice_ns = UINT64_MAX };
	t->cpus = calloc(64, sizeof(*t->cpus));
	t->blocked_on = calloc(1, sizeof(*t->blocked_on));
	c->others = calloc(1, sizeof(*c->others));
	if (!t->cpus || !t->blocked_on || !c->others)
		abort();
	for (int cpu = 0; cpu < 64; cpu++)
		t->cpus[cpu] = 2 * cpu;
	t->cpu_count = 64;
	memset(t->blocked_on->what, 'w', sizeof(t->blocked_on->what) - 1);
	t->blocked_on_count = c->other_count = 1;
	strcpy(c->others->comm, HOSTILE_COMM);
	c->others->ns = UINT64_MAX;
}

/* And violations of the worst kind, whose waits may be as long. */
static inline void sample_worst_violations(struct summary *s)
{
	s->latency_wakeup = (struct latency_summary){ UINT64_MAX, UINT64_MAX, UINT64_MAX,
						      UINT64_MAX, UINT64_MAX };
	s->violations = calloc(VIOLATION_CAUSE_COUNT, sizeof(*s->violations));
	if (!s->violations)
		abort();
	for (int i = 0; i < VIOLATION_CAUSE_COUNT; i++)
		s->violations[i] = (struct violation_summary){ 1023,	   UINT32_MAX, HOSTILE_COMM,
							       UINT64_MAX, UINT64_MAX, i };
	s->violation_count = VIOLATION_CAUSE_COUNT;
	s->violation_sums.count = s->violation_sums.ns = UINT64_MAX;
}

/* Gives the sample `count` tasks and CPUs of the worst kind instead of its own. */
static inline void sample_worsen(struct summary *s, size_t count)
{
	for (size_t i = 0; i < s->task_count; i++)
		free(s->tasks[i].cpus);
	free(s->tasks);
	free(s->cpus);
	s->tasks = calloc(count, sizeof(*s->tasks));
	s->cpus = calloc(count, sizeof(*s->cpus));
	if (!s->tasks || !s->cpus)
		abort();
	s->n = s->cpu_count = s->task_count = count;
	for (size_t i = 0; i < count; i++)
		sample_worst_pair(&s->tasks[i], &s->cpus[i], (int)i);
}

#endif
