/* SPDX-License-Identifier: MIT */
/* How the state of a CPU and of a task changes: inline, as each event asks for several of these. */
#ifndef TIMELINE_CHANGE_H
#define TIMELINE_CHANGE_H

#include "timeline_states.h"

/* ---- one CPU ------------------------------------------------------------------------------------
 */

static inline bool cpu_is_sliced(const struct cpu_timeline *cpu)
{
	return cpu->state == CPU_WORKLOAD && cpu->waiting > 0;
}

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
static inline void end_stay(struct timeline *tl, struct cpu_timeline *c, int cpu, uint64_t t)
{
	uint64_t span = window_span(tl->window, c->since, t);

	strip_add(&tl->strip, cpu, c->since, t, c->state, c->task);
	c->ns[c->state] += span;
	if (!span || (c->state != CPU_WORKLOAD && c->state != CPU_OTHER))
		return;
	behind_slice(&tl->behind, cpu, c->task, span);
	if (c->state == CPU_OTHER &&
	    !cpu_timeline_other(c, tl->table->tasks[c->task].id.comm, span))
		tl->failed = true;
	else if (c->state == CPU_WORKLOAD && span > c->longest_slice_ns)
		c->longest_slice_ns = span;
}

/* The task in on `cpu` changes at `t`. */
static inline void cpu_set(struct timeline *tl, int cpu, uint64_t t, uint32_t task)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	enum cpu_state before = c->state, after = state_with(tl, c, task);

	end_stay(tl, c, cpu, t);
	c->since = t;
	c->task = task;
	if (before == after)
		return;
	tl->sliced_cpus -= cpu_is_sliced(c);
	c->state = after;
	tl->sliced_cpus += cpu_is_sliced(c);
	if (c->allowed) {
		tl->moment.cpus[before]--;
		tl->moment.cpus[after]++;
		claims_set_idle(&tl->claims, cpu, after == CPU_IDLE);
	}
	physical_set(&tl->physical, tl->window, cpu, t, before == CPU_WORKLOAD,
		     after == CPU_WORKLOAD);
}

static inline void cpu_add_waiting(struct timeline *tl, struct cpu_timeline *c, int change)
{
	tl->sliced_cpus -= cpu_is_sliced(c);
	c->waiting += change;
	tl->sliced_cpus += cpu_is_sliced(c);
	claims_set_queued(&tl->claims, c - tl->cpus, c->waiting > 0);
}

/* ---- one task -----------------------------------------------------------------------------------
 */

static inline bool is_in_flight(const struct task_state *s)
{
	return s->flies && s->state != STATE_NONE && s->state != STATE_UNKNOWN &&
	       !(s->state == STATE_BLOCKED && s->block == BLOCK_CHILD);
}

static inline void waiting_add(struct timeline *tl, struct task_state *s, uint64_t t)
{
	struct cpu_timeline *c = cpu_at(tl, s->cpu);

	s->waiting_at = tl->moment.waiting;
	tl->waiting[tl->moment.waiting++] = s - tl->tasks;
	claims_join(&tl->claims, s, s - tl->tasks);
	if (!c)
		return;
	cpu_add_waiting(tl, c, 1);
	s->busy_before_ns = cpu_timeline_busy_ns(c, tl->window, t);
}

static inline void waiting_remove(struct timeline *tl, struct task_state *s)
{
	uint32_t last = tl->waiting[--tl->moment.waiting];
	struct cpu_timeline *c = cpu_at(tl, s->cpu);

	claims_leave(&tl->claims, s);
	tl->waiting[s->waiting_at] = last;
	tl->tasks[last].waiting_at = s->waiting_at;
	if (c)
		cpu_add_waiting(tl, c, -1);
}

/* What the program as a whole does; launchers and helpers have no part in it. */
static inline void leave_counts(struct timeline *tl, struct task_state *s)
{
	tl->moment.in_flight -= s->in_flight;
	if (s->state == STATE_RUNNING)
		tl->moment.running--;
	else if (state_waits(s->state))
		waiting_remove(tl, s);
	else if (s->state == STATE_BLOCKED)
		tl->moment.blocked[s->block]--;
	else if (s->state == STATE_UNKNOWN)
		tl->moment.blocked[BLOCK_UNKNOWN]--;
}

static inline void enter_counts(struct timeline *tl, struct task_state *s, uint64_t t)
{
	if (s->state == STATE_RUNNING)
		tl->moment.running++;
	else if (state_waits(s->state))
		waiting_add(tl, s, t);
	else if (s->state == STATE_BLOCKED)
		tl->moment.blocked[s->block]++;
	else if (s->state == STATE_UNKNOWN)
		tl->moment.blocked[BLOCK_UNKNOWN]++;
	s->in_flight = is_in_flight(s);
	tl->moment.in_flight += s->in_flight;
}

/* A change of state is a leave and an enter at the same time, what belongs to the new one between.
 */
static inline void leave_state(struct timeline *tl, struct task_state *s, uint64_t t)
{
	uint64_t span = window_span(tl->window, s->since, t);
	uint64_t from = s->since > s->counted_from ? s->since : s->counted_from;
	uint64_t all = t > from ? t - from : 0;

	if (t < s->since)
		tl->conflicts++;
	s->ns[s->state] += span;
	if (s->measured)
		leave_counts(tl, s);
	if (s->state == STATE_RUNNING) {
		s->slices += span > 0;
		s->all_run_ns += all;
		if (s->rare)
			rare_run(tl, s, t, all);
	} else if (state_waits(s->state)) {
		s->all_wait_ns += all;
	} else if (s->state == STATE_BLOCKED && span && !task_state_blocked(s, s->syscall, span)) {
		tl->failed = true;
	}
}

static inline void enter_state(struct timeline *tl, struct task_state *s, uint64_t t,
			       enum state state)
{
	s->state = state;
	s->since = t;
	if (!s->born_ns && state != STATE_NONE)
		s->born_ns = t > s->counted_from ? t : s->counted_from;
	if (s->measured)
		enter_counts(tl, s, t);
}

/* A waiting task goes to the queue of another CPU. */
static inline void requeue(struct timeline *tl, struct task_state *s, uint64_t t, int cpu)
{
	if (s->measured)
		waiting_remove(tl, s);
	s->cpu = cpu;
	if (s->measured)
		waiting_add(tl, s, t);
}

/* A slice that reaches into the window has run there, wherever it began. */
static inline void note_cpu(struct timeline *tl, struct task_state *s, int cpu, uint64_t from,
			    uint64_t to)
{
	if (!task_state_ran_on(s, cpu) && window_span(tl->window, from, to) &&
	    !task_state_note_cpu(s, cpu, tl->cpu_count))
		tl->failed = true;
}

#endif
