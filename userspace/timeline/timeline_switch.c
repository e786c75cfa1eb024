/* SPDX-License-Identifier: MIT */
/* What switches, wakings and migrations change. */
#include "timeline_change.h"
#include "trace/switch_state.h"

static inline void count_for_oracle(const struct timeline *tl, struct task_state *s,
				    const struct switch_event *sw, bool voluntary)
{
	uint64_t t = tl->at.t;

	if (__builtin_expect(t <= s->plain_from || t > s->plain_to, 0)) {
		count_with_rows(s, &tl->table->tasks[s - tl->tasks], t, sw, voluntary);
		return;
	}
	s->last_out = (struct run_account){ sw->run_ns, s->all_run_ns };
	if (__builtin_expect(!s->was_out, 0))
		s->first_out = s->last_out;
	s->was_out = true;
	s->all_switches++;
}

/*
 * Voluntary is what the kernel's own counter says (38 aborted sleeps in one run looked otherwise),
 * and only where that is not known the state.
 */
static inline void count_switch(struct timeline *tl, struct task_state *s, struct cpu_timeline *c,
				const struct switch_event *sw)
{
	bool voluntary = event_has_account(&sw->head) ? sw->nvcsw != s->nvcsw
						      : !switch_stays_runnable(sw);

	s->nvcsw = sw->nvcsw;
	count_for_oracle(tl, s, sw, voluntary);
	if (!tl->at.in_window)
		return;
	s->voluntary += voluntary;
	s->involuntary += !voluntary;
	if (!voluntary && sw->syscall != SYSCALL_NONE && switch_kind(sw) == SWITCH_YIELDED)
		s->yields++;
	if (!s->measured)
		return;
	c->switches++;
	c->voluntary += voluntary;
	c->involuntary += !voluntary;
}

static inline void sched_out(struct timeline *tl, struct task_state *s, int cpu,
			     const struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;

	if (__builtin_expect(s->state == STATE_RUNNING, 1))
		leave_known(tl, s, STATE_RUNNING);
	else
		leave_state(tl, s);
	count_switch(tl, s, &tl->cpus[cpu], sw);
	if (sw->mask_size) {
		s->mask = sw->mask;
		s->mask_size = sw->mask_size;
	}
	s->cpu = cpu;
	s->syscall = sw->syscall;
	if (o->note.state == STATE_BLOCKED) {
		s->block = o->note.block;
		enter_known(tl, s, STATE_BLOCKED);
	} else if (o->note.state == STATE_WAIT_PREEMPT) {
		enter_known(tl, s, STATE_WAIT_PREEMPT);
	} else {
		enter_state(tl, s, o->note.state);
	}
}

static void count_migration(struct timeline *tl, struct task_state *s, int cpu)
{
	s->migrations++;
	if (!s->measured)
		return;
	tl->cpus[cpu].migrations_in++;
	tl->migrations[topology_distance(&tl->physical.topology, s->last_cpu, cpu)]++;
}

/* What is told of a wait once it ends on a CPU: for how long, and behind whom. */
static ALWAYS_INLINE void end_wait(struct timeline *tl, struct task_state *s, int cpu)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	uint32_t task = s - tl->tasks;
	uint64_t behind = 0;
	bool good = true;

	if (s->measured && s->cpu == cpu) /* how long others have run there since it came */
		behind = cpu_timeline_busy_ns(c, span_since(tl, c->since)) - s->busy_before_ns;
	if (tl->at.in_window)
		good = latency_add(&tl->latency, task, s->measured, s->state == STATE_WAIT_PREEMPT,
				   span_since(tl, s->since));
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

static ALWAYS_INLINE void sched_in(struct timeline *tl, struct task_state *s, int cpu)
{
	if (__builtin_expect(state_waits(s->state), 1)) {
		end_wait(tl, s, cpu);
		leave_known(tl, s, STATE_WAIT_WAKEUP);
	} else {
		if (s->state == STATE_RUNNING)
			leave_other_cpu(tl, s, cpu);
		leave_state(tl, s);
	}
	if (s->last_cpu != cpu && s->last_cpu != CPU_NONE && tl->at.in_window)
		count_migration(tl, s, cpu);
	s->cpu = s->last_cpu = cpu;
	enter_known(tl, s, STATE_RUNNING);
}

static ALWAYS_INLINE void put_on(struct timeline *tl, int cpu, uint32_t task)
{
	cpu_set(tl, cpu, task);
	if (is_watched(tl, task))
		sched_in(tl, &tl->tasks[task], cpu);
}

void put_on_cpu(struct timeline *tl, int cpu, uint32_t task)
{
	put_on(tl, cpu, task);
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

void timeline_switch(struct timeline *tl, const struct ordered_event *o)
{
	uint32_t prev = o->note.task, next = o->note.next;
	struct cpu_timeline *cpu = &tl->cpus[o->cpu];

	if (__builtin_expect(cpu->task != prev, 0)) { /* no earlier record tells since when */
		take_off_cpu(tl, o->cpu);
		if (is_watched(tl, prev))
			put_on_cpu(tl, o->cpu, prev);
	}
	if (is_watched(tl, prev)) {
		struct task_state *s = &tl->tasks[prev];

		note_cpu(tl, s, o->cpu, s->since);
		sched_out(tl, s, o->cpu, o);
		cpu->interleavings += s->measured && is_measured(tl, next) && tl->at.in_window;
	}
	put_on(tl, o->cpu, next);
}

void timeline_waking(struct timeline *tl, const struct ordered_event *o)
{
	const struct waking_event *waking = (const void *)o->event;
	struct task_state *s;
	bool wakes;

	if (!is_watched(tl, o->note.task))
		return;
	s = &tl->tasks[o->note.task];
	wakes = s->state == STATE_BLOCKED ||
		(s->state == STATE_NONE && o->event->type == EVENT_WAKEUP_NEW);
	if (wakes) {
		if (__builtin_expect(s->state == STATE_BLOCKED, 1))
			leave_known(tl, s, STATE_BLOCKED);
		else
			leave_state(tl, s);
		s->cpu = waking->cpu;
		enter_known(tl, s, STATE_WAIT_WAKEUP);
	}
	if ((wakes || s->state == STATE_RUNNING || s->state == STATE_UNKNOWN) && tl->at.in_window &&
	    !wakers_add(&s->wakers, o->event->flags & EVENT_F_IRQ ? -1 : (int64_t)waking->waker))
		tl->failed = true;
}

void timeline_migrate(struct timeline *tl, const struct ordered_event *o)
{
	const struct migrate_event *migrate = (const void *)o->event;

	if (is_watched(tl, o->note.task) && state_waits(tl->tasks[o->note.task].state))
		requeue(tl, &tl->tasks[o->note.task], migrate->cpu);
}
