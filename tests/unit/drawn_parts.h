/* SPDX-License-Identifier: MIT */
/* Whatever adds up is, in two parts of a window, what it is in the whole; for drawn traces. */
#ifndef DRAWN_PARTS_H
#define DRAWN_PARTS_H

#include "drawn_trace.h"

/* A sum that three summaries have. `slack`: ns that rounding may move from one cause to another. */
static bool adds(uint64_t whole, uint64_t a, uint64_t b, uint64_t slack, const char *words)
{
	uint64_t off = a + b > whole ? a + b - whole : whole - a - b;

	return check_that(off <= slack, __FILE__, __LINE__, "%s: %llu + %llu is not %llu", words,
			  (unsigned long long)a, (unsigned long long)b, (unsigned long long)whole);
}

#define ADDS(field) adds((w)->field, (a) ? (a)->field : 0, (b) ? (b)->field : 0, 0, #field)

static bool is_shared_out(int cause)
{
	return (cause >= CAUSE_LOCK && cause <= CAUSE_OTHER_BLOCK) || cause == CAUSE_UNKNOWN;
}

static bool part_program(const struct summary *w, const struct summary *a, const struct summary *b)
{
	bool good = ADDS(program.wall_ns) & ADDS(program.cpu_ns) & ADDS(program.busy_ns) &
		    ADDS(program.idle_ns) & ADDS(trust.unknown_ns) & ADDS(trust.lower_bound_ns) &
		    ADDS(trust.unknown_task_ns) & ADDS(latency_wakeup.count) &
		    ADDS(latency_preempt.count) & ADDS(violation_sums.ns);
	double flight = w->program.mean_in_flight * w->program.wall_ns;

	for (size_t k = 0; k < w->program.level_count; k++) {
		uint64_t in_a = k < a->program.level_count ? a->program.parallelism_ns[k] : 0;
		uint64_t in_b = k < b->program.level_count ? b->program.parallelism_ns[k] : 0;

		good &= adds(w->program.parallelism_ns[k], in_a, in_b, 0, "parallelism");
		in_a = k < a->program.level_count ? a->program.demand_ns[k] : 0;
		in_b = k < b->program.level_count ? b->program.demand_ns[k] : 0;
		good &= adds(w->program.demand_ns[k], in_a, in_b, 0, "demand");
	}
	good &= CHECK_NEAR(a->program.mean_in_flight * a->program.wall_ns +
				   b->program.mean_in_flight * b->program.wall_ns,
			   flight, 1e-6 * flight + 1e-6);
	/* Masks may give each part another number of CPUs: then it is another n x T. */
	for (int i = 0; i < CAUSE_COUNT && a->n == w->n && b->n == w->n; i++)
		good &= adds(w->accounting_ns[i], a->accounting_ns[i], b->accounting_ns[i],
			     is_shared_out(i) ? 8 : 0, cause_name(i));
	return good;
}

static const struct cpu_summary *cpu_in(const struct summary *s, int cpu)
{
	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].cpu == cpu)
			return &s->cpus[i];
	return NULL;
}

static uint64_t other_in(const struct cpu_summary *c, const char *comm)
{
	for (size_t i = 0; c && i < c->other_count; i++)
		if (!memcmp(c->others[i].comm, comm, COMM_SIZE))
			return c->others[i].ns;
	return 0;
}

static bool part_cpu(const struct cpu_summary *w, const struct cpu_summary *a,
		     const struct cpu_summary *b)
{
	bool good = ADDS(workload_ns) & ADDS(other_ns) & ADDS(idle_ns) & ADDS(offline_ns) &
		    ADDS(unknown_ns) & ADDS(switches) & ADDS(voluntary) & ADDS(involuntary) &
		    ADDS(interleavings) & ADDS(migrations_in) & ADDS(wait_behind_ns);

	for (size_t i = 0; i < w->other_count; i++)
		good &= adds(w->others[i].ns, other_in(a, w->others[i].comm),
			     other_in(b, w->others[i].comm), 0, "others");
	return good;
}

static const struct task_summary *task_in(const struct summary *s, const struct task_summary *like)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (s->tasks[i].tid == like->tid && s->tasks[i].start_ns == like->start_ns)
			return &s->tasks[i];
	return NULL;
}

static uint64_t blocked_in(const struct task_summary *t, const char *what)
{
	for (size_t i = 0; t && i < t->blocked_on_count; i++)
		if (!strcmp(t->blocked_on[i].what, what))
			return t->blocked_on[i].ns;
	return 0;
}

static uint64_t woken_in(const struct task_summary *t, int64_t tid)
{
	for (size_t i = 0; t && i < t->woken_by_count; i++)
		if (t->woken_by[i].tid == tid)
			return t->woken_by[i].count;
	return 0;
}

static bool part_task(const struct task_summary *w, const struct task_summary *a,
		      const struct task_summary *b)
{
	bool good = ADDS(run_ns) & ADDS(wait_wakeup_ns) & ADDS(wait_preempt_ns) & ADDS(blocked_ns) &
		    ADDS(unknown_ns) & ADDS(lifetime_ns) & ADDS(voluntary) & ADDS(involuntary) &
		    ADDS(yields) & ADDS(migrations);

	for (size_t i = 0; i < w->blocked_on_count; i++)
		good &= adds(w->blocked_on[i].ns, blocked_in(a, w->blocked_on[i].what),
			     blocked_in(b, w->blocked_on[i].what), 0, "blocked_on");
	for (size_t i = 0; i < w->woken_by_count; i++)
		good &= adds(w->woken_by[i].count, woken_in(a, w->woken_by[i].tid),
			     woken_in(b, w->woken_by[i].tid), 0, "woken_by");
	return good;
}

static bool parts_sum(const struct summary *w, const struct summary *a, const struct summary *b)
{
	bool good = part_program(w, a, b) & drawn_sums_hold(a) & drawn_sums_hold(b);

	for (size_t i = 0; i < w->cpu_count; i++)
		good &= part_cpu(&w->cpus[i], cpu_in(a, w->cpus[i].cpu), cpu_in(b, w->cpus[i].cpu));
	for (size_t i = 0; i < w->task_count; i++)
		good &= part_task(&w->tasks[i], task_in(a, &w->tasks[i]), task_in(b, &w->tasks[i]));
	return good;
}

/* CHECKs the trace at `path`, whose whole window has *whole, cut at so many ns; says where. */
static bool drawn_cut(const char *name, const char *path, const struct summary *whole, uint64_t cut)
{
	struct window_part before = { 0, cut }, after = { cut, UINT64_MAX };
	struct summary a, b;
	bool good = false;

	if (!CHECK_EQ(analyze_part(path, &before, &a), 0))
		return false;
	if (CHECK_EQ(analyze_part(path, &after, &b), 0)) {
		good = parts_sum(whole, &a, &b);
		good &= CHECK_EQ(a.window.to_ns, cut) & CHECK_EQ(b.window.from_ns, cut);
		if (!good)
			printf("# %s, cut at %llu of %llu\n", name, (unsigned long long)cut,
			       (unsigned long long)whole->program.wall_ns);
		summary_free(&b);
	}
	summary_free(&a);
	return good;
}

#endif
