/* SPDX-License-Identifier: MIT */
/* What switches, wakings and migrations change. */
#include "timeline_change.h"
#include "trace/switch_state.h"

/* From now on what happens to it may be plain: nothing is left that is judged apart. */
static void note_plain(const struct timeline *tl, struct task_state *s)
{
	s->plain_from = s->counted_from > tl->t0 ? s->counted_from : tl->t0;
	if (s->counts_from >= s->plain_from)
		s->plain_from = s->counts_from + 1;
}

static ALWAYS_INLINE void count_for_oracle(const struct timeline *tl, struct task_state *s,
					   const struct switch_event *sw, bool voluntary,
					   struct instant at)
{
	if (!at.plain && (at.t <= s->counts_from || at.t > s->counts_to)) {
		count_with_rows(s, &tl->table->tasks[s - tl->tasks], at.t, sw, voluntary);
		return;
	}
	s->last_out = (struct run_account){ sw->run_ns, task_state_all_run(s) };
	s->all_switches++;
	if (at.plain)
		return;
	if (!s->was_out)
		s->first_out = s->last_out;
	s->was_out = true;
	if (s->measured && s->plain_from == UINT64_MAX)
		note_plain(tl, s);
}

/*
 * Voluntary is what the kernel's own counter says (38 aborted sleeps in one run looked otherwise),
 * and only where that is not known the state.
 */
static ALWAYS_INLINE void count_switch(struct timeline *tl, struct task_state *s,
				       struct cpu_timeline *c, const struct switch_event *sw,
				       struct instant at)
{
	bool voluntary = event_has_account(&sw->head) ? sw->nvcsw != s->nvcsw
						      : !switch_stays_runnable(sw);

	s->nvcsw = sw->nvcsw;
	count_for_oracle(tl, s, sw, voluntary, at);
	if (!at.in_window)
		return;
	s->switches++;
	s->voluntary += voluntary;
	if (!voluntary && switch_yields(sw))
		s->yields++;
	if (!at.plain && !s->measured)
		return;
	c->switches++;
	c->voluntary += voluntary;
}

static void count_migration(struct timeline *tl, struct task_state *s, int cpu)
{
	s->migrations++;
	if (!s->measured)
		return;
	tl->cpus[cpu].migrations_in++;
	tl->migrations[topology_distance(&tl->physical.topology, s->last_cpu, cpu)]++;
}

/*
 * What is told of a wait once it ends on a CPU: for how long, and behind whom. The task is in there
 * already, since now.
 */
static ALWAYS_INLINE void end_wait(struct timeline *tl, struct task_state *s, uint32_t task,
				   struct cpu_timeline *c, int cpu, struct instant at)
{
	uint64_t behind = 0;
	bool good = true;

	if (at.plain || (s->measured && s->cpu == cpu)) /* how long others ran since it came */
		behind = cpu_timeline_busy_ns(c, 0) - s->busy_before_ns;
	if (at.in_window)
		good = latency_add(&tl->latency, task, s->state == STATE_WAIT_PREEMPT,
				   span_to(tl, at, s->since));
	if (good && behind)
		good = behind_wait(&tl->behind, cpu, task, behind);
	c->wait_behind_ns += behind;
	if (__builtin_expect(!good, 0))
		tl->failed = true;
}

/* On two CPUs at once: on which, nobody knows. */
static void leave_other_cpu(struct timeline *tl, const struct task_state *s, int cpu)
{
	tl->conflicts++;
	if (s->cpu != cpu)
		cpu_set(tl, s->cpu, TASK_UNKNOWN);
}

static void sched_in(struct timeline *tl, struct task_state *s, int cpu)
{
	if (state_waits(s->state))
		end_wait(tl, s, s - tl->tasks, &tl->cpus[cpu], cpu, tl->at);
	else if (s->state == STATE_RUNNING)
		leave_other_cpu(tl, s, cpu);
	leave_state(tl, s);
	if (s->last_cpu != cpu && s->last_cpu != CPU_NONE && tl->at.in_window)
		count_migration(tl, s, cpu);
	s->cpu = s->last_cpu = cpu;
	enter_state(tl, s, STATE_RUNNING);
}

void put_on_cpu(struct timeline *tl, int cpu, uint32_t task)
{
	cpu_set(tl, cpu, task);
	if (is_watched(tl, task))
		sched_in(tl, &tl->tasks[task], cpu);
}

void take_off_cpu(struct timeline *tl, int cpu)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	struct task_state *s = is_watched(tl, c->task) ? &tl->tasks[c->task] : NULL;

	if (!s || s->state != STATE_RUNNING || s->cpu != cpu)
		return;
	note_cpu(tl, s, cpu, s->since);
	leave_state(tl, s);
	if (c->offline)
		count_last_switch(tl, c->task);
	enter_state(tl, s, c->offline ? STATE_BLOCKED : STATE_UNKNOWN);
}

/* ---- a switch -----------------------------------------------------------------------------------
 */

static inline bool is_plain(const struct timeline *tl, const struct task_state *s, uint64_t t)
{
	return t < tl->plain_to && s->since >= s->plain_from;
}

/* What the record shows of prev. */
static inline void note_record(struct task_state *s, int cpu, const struct switch_event *sw,
			       const struct event_note *note)
{
	if (sw->mask_size) {
		s->mask = sw->mask;
		s->mask_size = sw->mask_size;
	}
	s->cpu = cpu;
	s->syscall = sw->syscall;
	if (note->state == STATE_BLOCKED)
		s->block = note->block;
}

static void switch_out(struct timeline *tl, const struct ordered_event *o, struct task_state *s)
{
	const struct switch_event *sw = (const void *)o->event;

	note_cpu(tl, s, o->cpu, s->since);
	leave_state(tl, s);
	count_switch(tl, s, &tl->cpus[o->cpu], sw, tl->at);
	note_record(s, o->cpu, sw, &o->note);
	enter_state(tl, s, o->note.state);
}

/* False: it is not. */
static ALWAYS_INLINE bool switch_out_plain(struct timeline *tl, const struct ordered_event *o,
					   struct task_state *s, struct cpu_timeline *c)
{
	const struct instant at = { o->ts, o->ts, true, true };
	const struct switch_event *sw = (const void *)o->event;

	if (!is_plain(tl, s, o->ts) || s->state != STATE_RUNNING || s->since != c->since)
		return false;
	if (o->note.state != STATE_BLOCKED && o->note.state != STATE_WAIT_PREEMPT)
		return false;
	note_cpu(tl, s, o->cpu, s->since);
	note_record(s, o->cpu, sw, &o->note);
	if (o->note.state == STATE_BLOCKED)
		change_plain(tl, s, o->note.task, c, STATE_RUNNING, STATE_BLOCKED, o->ts);
	else
		change_plain(tl, s, o->note.task, c, STATE_RUNNING, STATE_WAIT_PREEMPT, o->ts);
	count_switch(tl, s, c, sw, at);
	return true;
}

/* False: it is not, or has not waited for the CPU on which it ran last. */
static ALWAYS_INLINE bool switch_in_plain(struct timeline *tl, const struct ordered_event *o,
					  struct task_state *s, struct cpu_timeline *c)
{
	const struct instant at = { o->ts, o->ts, true, true };

	if (!is_plain(tl, s, o->ts) || !state_waits(s->state) || s->cpu != o->cpu ||
	    s->last_cpu != o->cpu)
		return false;
	end_wait(tl, s, o->note.next, c, o->cpu, at);
	change_plain(tl, s, o->note.next, c, STATE_WAIT_WAKEUP, STATE_RUNNING, o->ts);
	return true;
}

void timeline_switch(struct timeline *tl, const struct ordered_event *o)
{
	const struct instant plain = { o->ts, o->ts, true, true };
	struct cpu_timeline *c = &tl->cpus[o->cpu];
	struct task_state *prev = watched(tl, o->note.task), *next = watched(tl, o->note.next);

	if (__builtin_expect(c->task != o->note.task, 0)) { /* no earlier record tells since when */
		take_off_cpu(tl, o->cpu);
		if (prev)
			put_on_cpu(tl, o->cpu, o->note.task);
	}
	if (prev && __builtin_expect(switch_out_plain(tl, o, prev, c), 1)) {
		c->interleavings += next && next->measured;
		cpu_set_at(tl, c, o->cpu, o->note.next,
			   next ? next->in : state_with(tl, c, o->note.next), plain);
	} else {
		if (prev)
			switch_out(tl, o, prev);
		c->interleavings += prev && prev->measured && next && next->measured &&
				    tl->at.in_window;
		cpu_set(tl, o->cpu, o->note.next);
	}
	if (next && !__builtin_expect(switch_in_plain(tl, o, next, c), 1))
		sched_in(tl, next, o->cpu);
}

/* ---- a waking -----------------------------------------------------------------------------------
 */

/* It waits in the queue of `cpu`. */
static void wake(struct timeline *tl, struct task_state *s, int cpu)
{
	leave_state(tl, s);
	s->cpu = cpu;
	enter_state(tl, s, STATE_WAIT_WAKEUP);
}

static ALWAYS_INLINE void wake_plain(struct timeline *tl, struct task_state *s,
				     const struct ordered_event *o, int cpu)
{
	s->cpu = cpu;
	change_plain(tl, s, o->note.task, cpu_at(tl, cpu), STATE_BLOCKED, STATE_WAIT_WAKEUP, o->ts);
}

void timeline_waking(struct timeline *tl, const struct ordered_event *o)
{
	const struct waking_event *waking = (const void *)o->event;
	bool irq = o->event->flags & EVENT_F_IRQ;
	struct task_state *s = watched(tl, o->note.task);

	if (!s)
		return;
	if (s->state == STATE_BLOCKED && is_plain(tl, s, o->ts))
		wake_plain(tl, s, o, waking->cpu);
	else if (s->state == STATE_BLOCKED ||
		 (s->state == STATE_NONE && o->event->type == EVENT_WAKEUP_NEW))
		wake(tl, s, waking->cpu);
	else if (s->state != STATE_RUNNING && s->state != STATE_UNKNOWN)
		return;
	if (tl->at.in_window && !wakers_add(&s->wakers, irq ? -1 : (int64_t)waking->waker))
		tl->failed = true;
}

void timeline_migrate(struct timeline *tl, const struct ordered_event *o)
{
	const struct migrate_event *migrate = (const void *)o->event;

	if (is_watched(tl, o->note.task) && state_waits(tl->tasks[o->note.task].state))
		requeue(tl, &tl->tasks[o->note.task], migrate->cpu);
}
