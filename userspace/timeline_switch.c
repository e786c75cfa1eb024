/* SPDX-License-Identifier: MIT */
/* What switches, wakings and migrations change. */
#include "switch_state.h"
#include "timeline_change.h"

/* Of ever higher numbers. */
static bool is_listed(const struct seq_list *list, size_t *at, uint32_t seq)
{
	while (*at < list->count && list->seqs[*at] < seq)
		++*at;
	return *at < list->count && list->seqs[*at] == seq;
}

/* What the switch shows of prev's state. */
static enum state state_after(struct timeline *tl, struct task_state *s, int cpu,
			      const struct switch_event *sw)
{
	const struct resolution *r = tl->resolution;

	if (switch_is_last(sw))
		return STATE_NONE;
	if (switch_stays_runnable(sw))
		return STATE_WAIT_PREEMPT;
	s->block = block_kind_of(sw, tl->table);
	if (r->child_waits[cpu].count &&
	    is_listed(&r->child_waits[cpu], &tl->child_wait_at[cpu], sw->head.seq))
		s->block = BLOCK_CHILD;
	return is_listed(&r->implicit[cpu], &tl->implicit_at[cpu], sw->head.seq) ? STATE_WAIT_WAKEUP
										 : STATE_BLOCKED;
}

static inline void sched_out(struct timeline *tl, struct task_state *s, int cpu, uint64_t t,
			     const struct switch_event *sw)
{
	leave_state(tl, s, t);
	count_switch(tl, s, cpu, t, sw);
	if (sw->mask_size) {
		s->mask = sw->mask;
		s->mask_size = sw->mask_size;
	}
	s->cpu = cpu;
	s->syscall = sw->syscall;
	enter_state(tl, s, t, state_after(tl, s, cpu, sw));
}

static void count_migration(struct timeline *tl, struct task_state *s, int cpu)
{
	s->migrations++;
	if (!s->measured)
		return;
	tl->cpus[cpu].migrations_in++;
	tl->migrations[topology_distance(&tl->physical.topology, s->last_cpu, cpu)]++;
}

static inline void sched_in(struct timeline *tl, struct task_state *s, int cpu, uint64_t t)
{
	if (s->state == STATE_RUNNING) { /* on two CPUs at once: which, nobody knows */
		tl->conflicts++;
		if (s->cpu != cpu)
			cpu_set(tl, s->cpu, t, TASK_UNKNOWN);
	}
	if (state_waits(s->state))
		end_wait(tl, s - tl->tasks, cpu, t);
	leave_state(tl, s, t);
	if (s->last_cpu != cpu && s->last_cpu != CPU_NONE && window_has(tl->window, t))
		count_migration(tl, s, cpu);
	s->cpu = s->last_cpu = cpu;
	enter_state(tl, s, t, STATE_RUNNING);
}

static inline void put_on(struct timeline *tl, int cpu, uint64_t t, uint32_t task)
{
	cpu_set(tl, cpu, t, task);
	if (is_watched(tl, task))
		sched_in(tl, &tl->tasks[task], cpu, t);
}

void put_on_cpu(struct timeline *tl, int cpu, uint64_t t, uint32_t task)
{
	put_on(tl, cpu, t, task);
}

void take_off_cpu(struct timeline *tl, int cpu, uint64_t t)
{
	uint32_t task = tl->cpus[cpu].task;

	if (!is_watched(tl, task) || tl->tasks[task].state != STATE_RUNNING ||
	    tl->tasks[task].cpu != cpu)
		return;
	note_cpu(tl, &tl->tasks[task], cpu, tl->tasks[task].since, t);
	leave_state(tl, &tl->tasks[task], t);
	if (tl->cpus[cpu].offline)
		count_last_switch(tl, task, t);
	enter_state(tl, &tl->tasks[task], t, tl->cpus[cpu].offline ? STATE_BLOCKED : STATE_UNKNOWN);
}

/* Idle, or one with a state; else TASK_NONE (tl->failed). */
static inline uint32_t with_state(struct timeline *tl, uint32_t task)
{
	if (task == TASK_IDLE || (task != TASK_NONE && state_of(tl, task)))
		return task;
	tl->failed = true;
	return TASK_NONE;
}

static inline uint32_t task_or_idle(struct timeline *tl, uint32_t tid)
{
	return with_state(tl, tid ? task_find(tl->table, tid) : TASK_IDLE);
}

/* Who goes out of a CPU on which `in` was in. */
static uint32_t switched_task(struct timeline *tl, uint32_t tid, uint32_t in)
{
	return with_state(tl, tid ? task_switched(tl->table, tid, in) : TASK_IDLE);
}

void timeline_switch(struct timeline *tl, const struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	uint32_t prev = switched_task(tl, sw->prev, tl->cpus[o->cpu].task);
	uint32_t next = task_or_idle(tl, sw->next);
	struct cpu_timeline *cpu = &tl->cpus[o->cpu];

	if (tl->failed)
		return;
	if (cpu->task != prev) /* no earlier record of this CPU tells since when */
		take_off_cpu(tl, o->cpu, o->ts);
	if (is_watched(tl, prev)) {
		struct task_state *s = &tl->tasks[prev];

		if (cpu->task != prev)
			put_on_cpu(tl, o->cpu, o->ts, prev);
		note_cpu(tl, s, o->cpu, s->since, o->ts);
		sched_out(tl, s, o->cpu, o->ts, sw);
	}
	if (is_measured(tl, prev) && is_measured(tl, next) && window_has(tl->window, o->ts))
		cpu->interleavings++;
	put_on(tl, o->cpu, o->ts, next);
}

void timeline_waking(struct timeline *tl, const struct ordered_event *o)
{
	const struct waking_event *waking = (const void *)o->event;
	uint32_t task = task_or_idle(tl, waking->tid);
	struct task_state *s;
	bool wakes;

	if (tl->failed || !is_watched(tl, task))
		return;
	s = &tl->tasks[task];
	wakes = s->state == STATE_BLOCKED ||
		(s->state == STATE_NONE && o->event->type == EVENT_WAKEUP_NEW);
	if (wakes) {
		leave_state(tl, s, o->ts);
		s->cpu = waking->cpu;
		enter_state(tl, s, o->ts, STATE_WAIT_WAKEUP);
	}
	if ((wakes || s->state == STATE_RUNNING || s->state == STATE_UNKNOWN) &&
	    window_has(tl->window, o->ts) &&
	    !wakers_add(&s->wakers, o->event->flags & EVENT_F_IRQ ? -1 : (int64_t)waking->waker))
		tl->failed = true;
}

void timeline_migrate(struct timeline *tl, const struct ordered_event *o)
{
	const struct migrate_event *migrate = (const void *)o->event;
	uint32_t task = task_or_idle(tl, migrate->tid);

	if (tl->failed || !is_watched(tl, task) || !state_waits(tl->tasks[task].state))
		return;
	requeue(tl, &tl->tasks[task], o->ts, migrate->cpu);
}
