/* SPDX-License-Identifier: MIT */
/*
 * How the state of a CPU and of a task changes, at the instant that clock_advance() has come to:
 * inline, as each event asks for several of these.
 */
#ifndef TIMELINE_CHANGE_H
#define TIMELINE_CHANGE_H

#include "timeline_states.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* ---- one CPU ------------------------------------------------------------------------------------
 */

static inline enum cpu_state state_with(const struct timeline *tl, const struct cpu_timeline *c,
					uint32_t task)
{
	if (task < TASK_UNKNOWN)
		return tl->tasks[task].in;
	if (task == TASK_UNKNOWN)
		return CPU_UNKNOWN;
	return c->offline ? CPU_OFFLINE : CPU_IDLE;
}

/* The span that ends is known by who was in: what it adds to. */
static inline void end_stay(struct timeline *tl, struct cpu_timeline *c, int cpu)
{
	uint64_t span = span_since(tl, c->since);

	if (!span)
		return;
	strip_add(&tl->strip, cpu, tl->at.clipped - span, tl->at.clipped, c->state, c->task);
	c->ns[c->state] += span;
	if (c->state != CPU_WORKLOAD && c->state != CPU_OTHER)
		return;
	behind_slice(&tl->behind, cpu, c->task, span);
	if (c->state == CPU_WORKLOAD)
		c->longest_slice_ns = span > c->longest_slice_ns ? span : c->longest_slice_ns;
	else if (!cpu_timeline_other(c, tl->table->tasks[c->task].id.comm, span))
		tl->failed = true;
}

static inline void cpu_change_state(struct timeline *tl, struct cpu_timeline *c, int cpu,
				    enum cpu_state before, enum cpu_state after)
{
	if (c->waiting)
		tl->sliced_cpus += (after == CPU_WORKLOAD) - (before == CPU_WORKLOAD);
	c->state = after;
	if (c->allowed) {
		moment_add(&tl->moment, MOMENT_COUNTER(cpus[before]), -1);
		moment_add(&tl->moment, MOMENT_COUNTER(cpus[after]), 1);
		claims_set_idle(&tl->claims, cpu, after == CPU_IDLE);
	}
	physical_set(&tl->physical, tl->window, cpu, tl->at.t, before == CPU_WORKLOAD,
		     after == CPU_WORKLOAD);
}

/* The task in on `cpu` changes. */
static ALWAYS_INLINE void cpu_set(struct timeline *tl, int cpu, uint32_t task)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	enum cpu_state before = c->state, after = state_with(tl, c, task);

	end_stay(tl, c, cpu);
	c->since = tl->at.t;
	c->task = task;
	if (before != after)
		cpu_change_state(tl, c, cpu, before, after);
}

/* ---- one task -----------------------------------------------------------------------------------
 */

static inline void waiting_add(struct timeline *tl, struct task_state *s)
{
	struct cpu_timeline *c = cpu_at(tl, s->cpu);

	s->waiting_at = tl->moment.moment.waiting;
	tl->waiting[s->waiting_at] = s - tl->tasks;
	moment_add(&tl->moment, MOMENT_COUNTER(waiting), 1);
	claims_join(&tl->claims, s, s - tl->tasks);
	if (!c)
		return;
	s->busy_before_ns = cpu_timeline_busy_ns(c, span_since(tl, c->since));
	if (c->waiting++)
		return;
	tl->sliced_cpus += c->state == CPU_WORKLOAD;
	claims_set_queued(&tl->claims, s->cpu, true);
}

static inline void waiting_remove(struct timeline *tl, struct task_state *s)
{
	uint32_t at = s->waiting_at, last = tl->moment.moment.waiting - 1;
	struct cpu_timeline *c = cpu_at(tl, s->cpu);

	moment_add(&tl->moment, MOMENT_COUNTER(waiting), -1);
	claims_leave(&tl->claims, s);
	if (at != last) {
		tl->waiting[at] = tl->waiting[last];
		tl->tasks[tl->waiting[at]].waiting_at = at;
	}
	if (!c || --c->waiting)
		return;
	tl->sliced_cpus -= c->state == CPU_WORKLOAD;
	claims_set_queued(&tl->claims, s->cpu, false);
}

/* What the program as a whole does; launchers and helpers have no part in it. */
static ALWAYS_INLINE void leave_counts(struct timeline *tl, struct task_state *s, enum state state)
{
	if (state == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), -1);
	else if (state_waits(state))
		waiting_remove(tl, s);
	else if (state == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), -1);
	else if (state == STATE_UNKNOWN)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[BLOCK_UNKNOWN]), -1);
}

static ALWAYS_INLINE void enter_counts(struct timeline *tl, struct task_state *s, enum state state)
{
	bool flies = s->flies && state != STATE_NONE && state != STATE_UNKNOWN &&
		     !(state == STATE_BLOCKED && s->block == BLOCK_CHILD);

	if (state == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), 1);
	else if (state_waits(state))
		waiting_add(tl, s);
	else if (state == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), 1);
	else if (state == STATE_UNKNOWN)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[BLOCK_UNKNOWN]), 1);
	if (flies != s->in_flight)
		moment_add(&tl->moment, MOMENT_COUNTER(in_flight), flies ? 1 : -1);
	s->in_flight = flies;
}

/* How long it was in its state since its first account, in the window or not. */
static inline uint64_t accounted_span(const struct task_state *s, uint64_t t)
{
	uint64_t from = s->since > s->counted_from ? s->since : s->counted_from;

	return t > from ? t - from : 0;
}

/*
 * A change of state is a leave and an enter at the same time, what belongs to the new one between.
 * These two are for where the state is known, as a constant: of the others nothing is left then.
 * Either wait stands for both.
 */
static ALWAYS_INLINE void leave_known(struct timeline *tl, struct task_state *s, enum state state)
{
	uint64_t t = tl->at.t, span = span_since(tl, s->since), all;

	if (__builtin_expect(t < s->since, 0))
		tl->conflicts++;
	s->ns[s->state] += span;
	if (s->measured)
		leave_counts(tl, s, state);
	if (state == STATE_RUNNING) {
		all = accounted_span(s, t);
		s->slices += span > 0;
		s->all_run_ns += all;
		if (s->rare)
			rare_run(tl, s, t, all);
	} else if (state_waits(state)) {
		s->all_wait_ns += accounted_span(s, t);
	} else if (state == STATE_BLOCKED && span && !task_state_blocked(s, s->syscall, span)) {
		tl->failed = true;
	}
}

static ALWAYS_INLINE void enter_known(struct timeline *tl, struct task_state *s, enum state state)
{
	uint64_t t = tl->at.t;

	s->state = state;
	s->since = t;
	if (__builtin_expect(!s->born_ns, 0) && state != STATE_NONE)
		s->born_ns = t > s->counted_from ? t : s->counted_from;
	if (s->measured)
		enter_counts(tl, s, state);
}

/* A waiting task goes to the queue of another CPU. */
static inline void requeue(struct timeline *tl, struct task_state *s, int cpu)
{
	if (s->measured)
		waiting_remove(tl, s);
	s->cpu = cpu;
	if (s->measured)
		waiting_add(tl, s);
}

/* A slice that reaches into the window has run there, wherever it began. */
static inline void note_cpu(struct timeline *tl, struct task_state *s, int cpu, uint64_t since)
{
	if (s->noted_cpu == cpu)
		return;
	if (!task_state_ran_on(s, cpu)) {
		if (!span_since(tl, since))
			return;
		if (!task_state_note_cpu(s, cpu, tl->cpu_count))
			tl->failed = true;
	}
	s->noted_cpu = cpu;
}

#endif
