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

/* What it does from then on: the note tells. */
static ALWAYS_INLINE void go_on(struct timeline *tl, struct task_state *s,
				const struct ordered_event *o, struct instant at)
{
	if (o->note.state == STATE_BLOCKED) {
		s->block = o->note.block;
		enter_known(tl, s, STATE_BLOCKED, at);
	} else if (o->note.state == STATE_WAIT_PREEMPT) {
		enter_known(tl, s, STATE_WAIT_PREEMPT, at);
	} else {
		enter_state(tl, s, o->note.state);
	}
}

static ALWAYS_INLINE void sched_out(struct timeline *tl, struct task_state *s, int cpu,
				    const struct ordered_event *o, struct instant at)
{
	const struct switch_event *sw = (const void *)o->event;

	if (at.plain)
		leave_known(tl, s, STATE_RUNNING, at);
	else
		leave_state(tl, s);
	count_switch(tl, s, &tl->cpus[cpu], sw, at);
	if (sw->mask_size) {
		s->mask = sw->mask;
		s->mask_size = sw->mask_size;
	}
	s->cpu = cpu;
	s->syscall = sw->syscall;
	go_on(tl, s, o, at);
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
static ALWAYS_INLINE void end_wait(struct timeline *tl, struct task_state *s, int cpu,
				   struct instant at)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	uint32_t task = s - tl->tasks;
	uint64_t behind = 0;
	bool good = true;

	if (at.plain || (s->measured && s->cpu == cpu)) /* how long others ran since it came */
		behind = cpu_timeline_busy_ns(c, 0) - s->busy_before_ns;
	if (at.in_window)
		good = latency_add(&tl->latency, task, at.plain || s->measured,
				   s->state == STATE_WAIT_PREEMPT, span_to(tl, at, s->since));
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
		end_wait(tl, s, cpu, tl->at);
	else if (s->state == STATE_RUNNING)
		leave_other_cpu(tl, s, cpu);
	leave_state(tl, s);
	if (s->last_cpu != cpu && s->last_cpu != CPU_NONE && tl->at.in_window)
		count_migration(tl, s, cpu);
	s->cpu = s->last_cpu = cpu;
	enter_state(tl, s, STATE_RUNNING);
}

static ALWAYS_INLINE void sched_in_plain(struct timeline *tl, struct task_state *s, int cpu,
					 struct instant at)
{
	end_wait(tl, s, cpu, at);
	leave_known(tl, s, STATE_WAIT_WAKEUP, at);
	enter_known(tl, s, STATE_RUNNING, at);
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

/* prev has run since now: it, and what the CPU did, and what became of both. */
static ALWAYS_INLINE void switch_at(struct timeline *tl, const struct ordered_event *o,
				    struct task_state *s, struct instant at)
{
	struct cpu_timeline *c = &tl->cpus[o->cpu];

	note_cpu(tl, s, o->cpu, s->since);
	sched_out(tl, s, o->cpu, o, at);
	if (at.in_window && is_measured(tl, o->note.next))
		c->interleavings += at.plain || s->measured;
	cpu_set_at(tl, o->cpu, o->note.next, at);
}

static inline bool is_plain(const struct timeline *tl, const struct ordered_event *o,
			    const struct task_state *s)
{
	return o->ts < tl->plain_to && s->since >= s->plain_from;
}

/* On the CPU where it is in. */
static ALWAYS_INLINE void switch_out(struct timeline *tl, const struct ordered_event *o,
				     struct task_state *s)
{
	const struct instant plain = { o->ts, o->ts, true, true };

	if (__builtin_expect(is_plain(tl, o, s) && s->state == STATE_RUNNING &&
				     s->since == tl->cpus[o->cpu].since,
			     1))
		switch_at(tl, o, s, plain);
	else
		switch_at(tl, o, s, tl->at);
}

static ALWAYS_INLINE void switch_in(struct timeline *tl, const struct ordered_event *o,
				    struct task_state *s)
{
	const struct instant plain = { o->ts, o->ts, true, true };

	/* It has waited for the CPU on which it ran last. */
	if (__builtin_expect(is_plain(tl, o, s) && state_waits(s->state) && s->cpu == o->cpu &&
				     s->last_cpu == o->cpu,
			     1))
		sched_in_plain(tl, s, o->cpu, plain);
	else
		sched_in(tl, s, o->cpu);
}

void timeline_switch(struct timeline *tl, const struct ordered_event *o)
{
	uint32_t prev = o->note.task, next = o->note.next;

	if (__builtin_expect(tl->cpus[o->cpu].task != prev,
			     0)) { /* no earlier record tells since when */
		take_off_cpu(tl, o->cpu);
		if (is_watched(tl, prev))
			put_on_cpu(tl, o->cpu, prev);
	}
	if (is_watched(tl, prev))
		switch_out(tl, o, &tl->tasks[prev]);
	else
		cpu_set(tl, o->cpu, next);
	if (is_watched(tl, next))
		switch_in(tl, o, &tl->tasks[next]);
}

/* It waits in the queue of `cpu`. */
static ALWAYS_INLINE void wake(struct timeline *tl, struct task_state *s, int cpu,
			       struct instant at)
{
	if (at.plain)
		leave_known(tl, s, STATE_BLOCKED, at);
	else
		leave_state(tl, s);
	s->cpu = cpu;
	enter_known(tl, s, STATE_WAIT_WAKEUP, at);
}

void timeline_waking(struct timeline *tl, const struct ordered_event *o)
{
	const struct waking_event *waking = (const void *)o->event;
	const struct instant plain = { o->ts, o->ts, true, true };
	bool irq = o->event->flags & EVENT_F_IRQ;
	struct task_state *s;

	if (!is_watched(tl, o->note.task))
		return;
	s = &tl->tasks[o->note.task];
	if (s->state == STATE_BLOCKED && is_plain(tl, o, s))
		wake(tl, s, waking->cpu, plain);
	else if (s->state == STATE_BLOCKED ||
		 (s->state == STATE_NONE && o->event->type == EVENT_WAKEUP_NEW))
		wake(tl, s, waking->cpu, tl->at);
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
