/* SPDX-License-Identifier: MIT */
/*
 * How the state of a CPU and of a task changes, at the instant that clock_advance() has come to:
 * inline, as each event asks for several of these. Where the instant is given it is tl->at, or that
 * but plain: a constant, of which the compiler leaves out what only other instants need.
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

/* It counts as idle for tasks of W. */
static inline bool cpu_is_claimable(const struct cpu_timeline *c)
{
	return c->state == CPU_IDLE && c->allowed;
}

/* The span that ends is known by who was in: what it adds to. */
static ALWAYS_INLINE void end_stay(struct timeline *tl, struct cpu_timeline *c, int cpu,
				   struct instant at)
{
	uint64_t span = span_to(tl, at, c->since), end = at.plain ? at.t : at.clipped;

	if (!span)
		return;
	strip_add(&tl->strip, cpu, end - span, end, c->state, c->task);
	c->ns[c->state] += span;
	if (c->state != CPU_WORKLOAD && c->state != CPU_OTHER)
		return;
	behind_slice(&tl->behind, cpu, c->task, span);
	if (c->state == CPU_OTHER) {
		if (!cpu_timeline_other(c, tl->table->tasks[c->task].id.comm, span))
			tl->failed = true;
	} else if (span > c->longest_slice_ns) {
		c->longest_slice_ns = span;
	}
}

/* CPUs on which a task of W runs while another one waits there: one more, or one less. */
static inline void sliced_add(struct timeline *tl, int change)
{
	uint32_t before = tl->sliced_cpus;

	_Static_assert(MOMENT_SLICED == 1, "is added and taken off");
	tl->sliced_cpus += change;
	if (!before != !tl->sliced_cpus)
		moment_add(&tl->moment, MOMENT_COUNTER(flags), change);
}

static inline void cpu_change_state(struct timeline *tl, struct cpu_timeline *c, int cpu,
				    enum cpu_state before, enum cpu_state after)
{
	if (c->waiting && (before == CPU_WORKLOAD || after == CPU_WORKLOAD))
		sliced_add(tl, after == CPU_WORKLOAD ? 1 : -1);
	c->state = after;
	if (c->allowed) {
		moment_add(&tl->moment, MOMENT_COUNTER(cpus[before]), -1);
		moment_add(&tl->moment, MOMENT_COUNTER(cpus[after]), 1);
		if (after == CPU_IDLE)
			claims_set_queued(&tl->claims, cpu, c->waiting);
		claims_set_idle(&tl->claims, cpu, after == CPU_IDLE);
	}
	physical_set(&tl->physical, tl->window, cpu, tl->at.t, before == CPU_WORKLOAD,
		     after == CPU_WORKLOAD);
}

/* The task in on `cpu` changes. */
static ALWAYS_INLINE void cpu_set_at(struct timeline *tl, int cpu, uint32_t task, struct instant at)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	enum cpu_state before = c->state, after = state_with(tl, c, task);

	end_stay(tl, c, cpu, at);
	c->since = at.t;
	c->task = task;
	if (before != after)
		cpu_change_state(tl, c, cpu, before, after);
}

static inline void cpu_set(struct timeline *tl, int cpu, uint32_t task)
{
	cpu_set_at(tl, cpu, task, tl->at);
}

/* ---- one task -----------------------------------------------------------------------------------
 */

/* `c`: of s->cpu, NULL: it is none of this machine's. */
static ALWAYS_INLINE void waiting_add(struct timeline *tl, struct task_state *s,
				      struct cpu_timeline *c)
{
	uint32_t index = s - tl->tasks, queued = tl->moment.moment.waiting;
	bool claimable = c && cpu_is_claimable(c);

	s->waiting_at = queued;
	tl->waiting[queued] = index;
	moment_add(&tl->moment, MOMENT_COUNTER(waiting), 1);
	claims_join(&tl->claims, s, index, claimable);
	if (!c)
		return;
	s->busy_before_ns = cpu_timeline_busy_ns(c, span_since(tl, c->since));
	if (c->waiting++)
		return;
	if (c->state == CPU_WORKLOAD)
		sliced_add(tl, 1);
	if (claimable)
		claims_set_queued(&tl->claims, s->cpu, true);
}

static ALWAYS_INLINE void waiting_remove(struct timeline *tl, struct task_state *s,
					 struct cpu_timeline *c)
{
	uint32_t at = s->waiting_at, last = tl->moment.moment.waiting - 1;
	bool claimable = c && cpu_is_claimable(c);

	moment_add(&tl->moment, MOMENT_COUNTER(waiting), -1);
	claims_leave(&tl->claims, s, claimable);
	if (at != last) {
		tl->waiting[at] = tl->waiting[last];
		tl->tasks[tl->waiting[at]].waiting_at = at;
	}
	if (!c || --c->waiting)
		return;
	if (c->state == CPU_WORKLOAD)
		sliced_add(tl, -1);
	if (claimable)
		claims_set_queued(&tl->claims, s->cpu, false);
}

/* What the program as a whole does; launchers and helpers have no part in it. */
static ALWAYS_INLINE void leave_counts(struct timeline *tl, struct task_state *s, enum state state)
{
	if (state == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), -1);
	else if (state_waits(state))
		waiting_remove(tl, s, cpu_at(tl, s->cpu));
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
		waiting_add(tl, s, cpu_at(tl, s->cpu));
	else if (state == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), 1);
	else if (state == STATE_UNKNOWN)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[BLOCK_UNKNOWN]), 1);
	if (flies != s->in_flight) {
		moment_add(&tl->moment, MOMENT_COUNTER(in_flight), flies ? 1 : -1);
		s->in_flight = flies;
	}
}

/* How long it was in its state since its first account, in the window or not. */
static inline uint64_t accounted_span(const struct task_state *s, uint64_t t)
{
	uint64_t from = s->since > s->counted_from ? s->since : s->counted_from;

	return t > from ? t - from : 0;
}

/* What its account has of the stay that ends at `t`, but for `span`, which is in the window. */
static inline void leave_beyond(struct timeline *tl, struct task_state *s, uint64_t t,
				uint64_t span)
{
	uint64_t all = accounted_span(s, t);

	tl->conflicts += t < s->since;
	if (state_waits(s->state))
		s->wait_beyond_ns += all - span;
	if (s->state != STATE_RUNNING)
		return;
	s->run_beyond_ns += all - span;
	if (tl->table->tasks[s - tl->tasks].exec_ns)
		s->before_exec_run_ns += t - s->since - all;
}

/*
 * A change of state is a leave and an enter at the same time, what belongs to the new one between.
 * These two are for where the state is known, as a constant: of the others nothing is left then.
 * Either wait stands for both. A plain instant is for tasks of W only: of others none is plain.
 */
static ALWAYS_INLINE void leave_known(struct timeline *tl, struct task_state *s, enum state state,
				      struct instant at)
{
	uint64_t span = span_to(tl, at, s->since);

	s->ns[s->state] += span;
	if (!at.plain)
		leave_beyond(tl, s, at.t, span);
	if (at.plain || s->measured)
		leave_counts(tl, s, state);
	if (state == STATE_RUNNING)
		s->slices += span > 0;
	else if (state == STATE_BLOCKED && span && !task_state_blocked(s, s->syscall, span))
		tl->failed = true;
}

static ALWAYS_INLINE void enter_known(struct timeline *tl, struct task_state *s, enum state state,
				      struct instant at)
{
	s->state = state;
	s->since = at.t;
	if (!at.plain && !s->born_ns && state != STATE_NONE)
		s->born_ns = at.t > s->counted_from ? at.t : s->counted_from;
	if (at.plain || s->measured)
		enter_counts(tl, s, state);
}

/* A waiting task goes to the queue of another CPU. */
static inline void requeue(struct timeline *tl, struct task_state *s, int cpu)
{
	if (s->measured)
		waiting_remove(tl, s, cpu_at(tl, s->cpu));
	s->cpu = cpu;
	if (s->measured)
		waiting_add(tl, s, cpu_at(tl, s->cpu));
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
