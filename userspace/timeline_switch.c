/* SPDX-License-Identifier: MIT */
/* What switches, wakings and migrations change. */
#include "switch_state.h"
#include "timeline_states.h"

/* Of ever higher numbers. */
static bool is_listed(const struct seq_list *list, size_t *at, uint32_t seq)
{
	while (*at < list->count && list->seqs[*at] < seq)
		++*at;
	return *at < list->count && list->seqs[*at] == seq;
}

static void sched_out(struct timeline *tl, uint32_t task, int cpu, uint64_t t,
		      const struct switch_event *sw)
{
	struct task_state *s = &tl->tasks[task];
	const struct resolution *r = tl->resolution;
	enum state to = STATE_BLOCKED;

	leave_state(tl, task, t);
	count_switch(tl, task, cpu, t, sw);
	if (sw->mask_size) {
		s->mask = sw->mask;
		s->mask_size = sw->mask_size;
	}
	s->cpu = cpu;
	s->syscall = sw->syscall;
	s->block = block_kind_of(sw, tl->table);
	if (is_listed(&r->child_waits[cpu], &tl->child_wait_at[cpu], sw->head.seq))
		s->block = BLOCK_CHILD;
	if (switch_is_last(sw))
		to = STATE_NONE;
	else if (switch_stays_runnable(sw))
		to = STATE_WAIT_PREEMPT;
	else if (is_listed(&r->implicit[cpu], &tl->implicit_at[cpu], sw->head.seq))
		to = STATE_WAIT_WAKEUP;
	enter_state(tl, task, t, to);
}

static void sched_in(struct timeline *tl, uint32_t task, int cpu, uint64_t t)
{
	struct task_state *s = &tl->tasks[task];
	bool counts = window_has(tl->window, t);

	if (s->state == STATE_RUNNING) { /* on two CPUs at once: which, nobody knows */
		tl->conflicts++;
		if (s->cpu != cpu)
			cpu_set(tl, s->cpu, t, TASK_UNKNOWN);
	}
	if (state_waits(s->state))
		end_wait(tl, task, cpu, t);
	leave_state(tl, task, t);
	if (counts && s->last_cpu != CPU_NONE && s->last_cpu != cpu) {
		s->migrations++;
		tl->cpus[cpu].migrations_in += is_measured(tl, task);
		tl->migrations[topology_distance(&tl->physical.topology, s->last_cpu, cpu)] +=
			is_measured(tl, task);
	}
	s->cpu = s->last_cpu = cpu;
	enter_state(tl, task, t, STATE_RUNNING);
}

void put_on_cpu(struct timeline *tl, int cpu, uint64_t t, uint32_t task)
{
	cpu_set(tl, cpu, t, task);
	if (is_watched(tl, task) && state_of(tl, task))
		sched_in(tl, task, cpu, t);
}

void take_off_cpu(struct timeline *tl, int cpu, uint64_t t)
{
	uint32_t task = tl->cpus[cpu].task;

	if (!is_watched(tl, task) || tl->tasks[task].state != STATE_RUNNING ||
	    tl->tasks[task].cpu != cpu)
		return;
	note_cpu(tl, task, cpu, tl->tasks[task].since, t);
	leave_state(tl, task, t);
	if (tl->cpus[cpu].offline)
		count_last_switch(tl, task, t);
	enter_state(tl, task, t, tl->cpus[cpu].offline ? STATE_BLOCKED : STATE_UNKNOWN);
}

static uint32_t task_or_idle(struct timeline *tl, uint32_t tid)
{
	uint32_t task = tid ? task_find(tl->table, tid) : TASK_IDLE;

	if (task == TASK_NONE || (task != TASK_IDLE && !state_of(tl, task)))
		tl->failed = true;
	return task;
}

/* Who goes out of a CPU on which `in` was in. */
static uint32_t switched_task(struct timeline *tl, uint32_t tid, uint32_t in)
{
	if (tid)
		task_switched(tl->table, tid, in);
	return task_or_idle(tl, tid);
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
		if (cpu->task != prev)
			put_on_cpu(tl, o->cpu, o->ts, prev);
		note_cpu(tl, prev, o->cpu, tl->tasks[prev].since, o->ts);
		sched_out(tl, prev, o->cpu, o->ts, sw);
	}
	if (is_measured(tl, prev) && is_measured(tl, next) && window_has(tl->window, o->ts))
		cpu->interleavings++;
	put_on_cpu(tl, o->cpu, o->ts, next);
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
		leave_state(tl, task, o->ts);
		s->cpu = waking->cpu;
		enter_state(tl, task, o->ts, STATE_WAIT_WAKEUP);
	}
	if ((wakes || s->state == STATE_RUNNING || s->state == STATE_UNKNOWN) &&
	    window_has(tl->window, o->ts) &&
	    !task_state_woken(s, o->event->flags & EVENT_F_IRQ ? -1 : (int64_t)waking->waker))
		tl->failed = true;
}

void timeline_migrate(struct timeline *tl, const struct ordered_event *o)
{
	const struct migrate_event *migrate = (const void *)o->event;
	uint32_t task = task_or_idle(tl, migrate->tid);

	if (tl->failed || !is_watched(tl, task) || !state_waits(tl->tasks[task].state))
		return;
	requeue(tl, task, o->ts, migrate->cpu);
}
