/* SPDX-License-Identifier: MIT */
/*
 * How the state of a CPU and of a task changes, at the instant that clock_advance() has come to:
 * inline, as each event asks for several of these. Of a plain one (struct instant, a constant) the
 * compiler leaves out what only others need.
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
	if (at.plain)
		strip_add_within(&tl->strip, cpu, end - span, end, c->state, c->task);
	else
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

/* The task in on `cpu` changes, by which the CPU is in state `after`. */
static ALWAYS_INLINE void cpu_set_at(struct timeline *tl, struct cpu_timeline *c, int cpu,
				     uint32_t task, enum cpu_state after, struct instant at)
{
	enum cpu_state before = c->state;

	end_stay(tl, c, cpu, at);
	c->since = at.t;
	c->task = task;
	if (before != after)
		cpu_change_state(tl, c, cpu, before, after);
}

static inline void cpu_set(struct timeline *tl, int cpu, uint32_t task)
{
	struct cpu_timeline *c = &tl->cpus[cpu];

	cpu_set_at(tl, c, cpu, task, state_with(tl, c, task), tl->at);
}

/* ---- one task -----------------------------------------------------------------------------------
 */

/* Task `index` joins the queue of `c`, on s->cpu; NULL: that is none of this machine's. */
static ALWAYS_INLINE void waiting_add(struct timeline *tl, struct task_state *s, uint32_t index,
				      struct cpu_timeline *c)
{
	uint32_t at = tl->moment.moment.waiting;
	bool claimable = c && cpu_is_claimable(c);

	moment_add(&tl->moment, MOMENT_COUNTER(waiting), 1);
	s->waiting_at = at;
	tl->waiting[at] = index;
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

/* Of a task in `state`: whether it is a unit in flight. */
static ALWAYS_INLINE void set_in_flight(struct timeline *tl, struct task_state *s, enum state state)
{
	bool flies = s->flies && state != STATE_NONE && state != STATE_UNKNOWN &&
		     !(state == STATE_BLOCKED && s->block == BLOCK_CHILD);

	if (flies == s->in_flight)
		return;
	moment_add(&tl->moment, MOMENT_COUNTER(in_flight), flies ? 1 : -1);
	s->in_flight = flies;
}

/*
 * The task goes from one state to another, at an instant that is plain for it. `from` and `to` are
 * constants, either wait stands for both; what belongs to the new state is set already. `c`: in
 * whose queue it has waited, or does now; else anything.
 */
static ALWAYS_INLINE void change_plain(struct timeline *tl, struct task_state *s, uint32_t index,
				       struct cpu_timeline *c, enum state from, enum state to,
				       uint64_t t)
{
	uint64_t span = t - s->since;

	s->ns[state_waits(from) ? s->state : from] += span;
	s->state = to;
	s->since = t;
	if (from == STATE_RUNNING)
		s->slices += span > 0;
	else if (from == STATE_BLOCKED && span && !task_state_blocked(s, s->syscall, span))
		tl->failed = true;
	if (from == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), -1);
	else if (from == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), -1);
	if (to == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), 1);
	else if (to == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), 1);
	if (state_waits(from))
		waiting_remove(tl, s, c);
	if (state_waits(to))
		waiting_add(tl, s, index, c);
	if (from == STATE_BLOCKED || to == STATE_BLOCKED)
		set_in_flight(tl, s, to);
}

/* A waiting task goes to the queue of another CPU. */
static inline void requeue(struct timeline *tl, struct task_state *s, int cpu)
{
	if (s->measured)
		waiting_remove(tl, s, cpu_at(tl, s->cpu));
	s->cpu = cpu;
	if (s->measured)
		waiting_add(tl, s, s - tl->tasks, cpu_at(tl, s->cpu));
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
