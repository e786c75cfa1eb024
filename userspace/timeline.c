/* SPDX-License-Identifier: MIT */
#include "timeline.h"
#include <stdlib.h>
#include <string.h>
#include "failure.h"
#include "switch_state.h"
#include "timeline_states.h"

/* ---- accounting for the time since the last change ----------------------------------------------
 */

static bool is_allowed_idle(const void *ctx, int cpu)
{
	const struct timeline *tl = ctx;

	return tl->resolution->allowed[cpu] && tl->cpus[cpu].state == CPU_IDLE;
}

static void advance(struct timeline *tl, uint64_t t)
{
	uint64_t to = window_clip(tl->window, t);

	if (to <= tl->now)
		return;
	if (!parallelism_add(&tl->parallelism,
			     &(struct parallelism_span){
				     tl->now, to, tl->running, tl->running + tl->waiting_count,
				     tl->in_flight, tl->resolution->n, tl->sliced_cpus > 0,
				     tl->blocked[BLOCK_UNKNOWN] > 0 ||
					     tl->now >= tl->resolution->losses.births_since }))
		tl->failed = true;
	accounting_add(&tl->accounting,
		       &(struct accounting_span){ .from = tl->now,
						  .to = to,
						  .own = tl->allowed_in[CPU_WORKLOAD],
						  .other = tl->allowed_in[CPU_OTHER],
						  .idle = tl->allowed_in[CPU_IDLE],
						  .offline = tl->allowed_in[CPU_OFFLINE],
						  .unknown = tl->allowed_in[CPU_UNKNOWN],
						  .blocked = tl->blocked,
						  .waiting = tl->waiting,
						  .waiting_count = tl->waiting_count,
						  .tasks = tl->tasks,
						  .idle_cpu = is_allowed_idle,
						  .ctx = tl,
						  .cpu_count = tl->cpu_count,
						  .claimed = tl->claimed });
	tl->now = to;
}

/* ---- switches -----------------------------------------------------------------------------------
 */

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
	if (state_waits(s->state) && s->cpu == cpu && is_measured(tl, task))
		tl->cpus[cpu].wait_behind_ns += waited_behind_ns(tl, s, t);
	leave_state(tl, task, t);
	if (counts && s->last_cpu != CPU_NONE && s->last_cpu != cpu) {
		s->migrations++;
		tl->cpus[cpu].migrations_in += is_measured(tl, task);
	}
	s->cpu = s->last_cpu = cpu;
	enter_state(tl, task, t, STATE_RUNNING);
}

/* `task` is on `cpu` from `t` on; whoever was there before has left it already. */
static void put_on_cpu(struct timeline *tl, int cpu, uint64_t t, uint32_t task)
{
	cpu_set(tl, cpu, t, task);
	if (is_watched(tl, task) && state_of(tl, task))
		sched_in(tl, task, cpu, t);
}

/* Whoever is on `cpu` has left it unseen by `t`. What it does then is unknown. */
static void take_off_cpu(struct timeline *tl, int cpu, uint64_t t)
{
	uint32_t task = tl->cpus[cpu].task;

	if (!is_watched(tl, task) || tl->tasks[task].state != STATE_RUNNING ||
	    tl->tasks[task].cpu != cpu)
		return;
	note_cpu(tl, task, cpu, tl->tasks[task].since, t);
	leave_state(tl, task, t);
	enter_state(tl, task, t, STATE_UNKNOWN);
}

static void apply_death(struct timeline *tl, const struct fixup *fix)
{
	struct task_state *s = is_watched(tl, fix->task) ? state_of(tl, fix->task) : NULL;

	if (!s || s->state == STATE_NONE)
		return;
	if (s->state == STATE_RUNNING) {
		int cpu = s->cpu;

		take_off_cpu(tl, cpu, fix->ts);
		put_on_cpu(tl, cpu, fix->ts, TASK_UNKNOWN);
	}
	leave_state(tl, fix->task, fix->ts);
	enter_state(tl, fix->task, fix->ts, STATE_NONE);
}

/* What a loss hides of a task, or no longer does: resolve_gap.c says when. */
static void apply_gap(struct timeline *tl, const struct fixup *fix)
{
	struct task_state *s = is_watched(tl, fix->task) ? state_of(tl, fix->task) : NULL;

	if (!s || s->state == STATE_RUNNING)
		return;
	if (fix->kind == FIX_QUEUE) {
		if (state_waits(s->state))
			requeue(tl, fix->task, fix->ts, CPU_NONE);
		return;
	}
	leave_state(tl, fix->task, fix->ts);
	if (fix->kind == FIX_WAITS)
		s->cpu = fix->cpu;
	enter_state(tl, fix->task, fix->ts,
		    fix->kind == FIX_WAITS ? STATE_WAIT_WAKEUP : STATE_UNKNOWN);
}

/* A fixup: nobody saw this change of the task in. */
static void apply_fixup(struct timeline *tl, const struct fixup *fix)
{
	advance(tl, fix->ts);
	if (fix->kind == FIX_DEAD) {
		apply_death(tl, fix);
	} else if (fix->kind != FIX_CPU) {
		apply_gap(tl, fix);
	} else if (tl->cpus[fix->cpu].task != fix->task) {
		take_off_cpu(tl, fix->cpu, fix->ts);
		put_on_cpu(tl, fix->cpu, fix->ts, fix->task);
	}
}

/* At one time a fixup lies between two records of its CPU: event_order.h tells the order. */
static bool is_due(const struct fixup *fix, const struct ordered_event *o)
{
	if (fix->ts != o->ts)
		return fix->ts < o->ts;
	if (fix->kind != FIX_CPU)
		return fix->kind == FIX_DEAD;
	if (fix->cpu != o->cpu)
		return fix->cpu < o->cpu;
	return o->event->type < EVENT_NEWTASK && (int32_t)(o->event->seq - fix->before_seq) >= 0;
}

static void apply_fixups_before(struct timeline *tl, const struct ordered_event *o)
{
	const struct resolution *r = tl->resolution;

	while (tl->fixup_at < r->fixup_count && is_due(&r->fixups[tl->fixup_at], o))
		apply_fixup(tl, &r->fixups[tl->fixup_at++]);
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

static void on_switch(struct timeline *tl, const struct ordered_event *o)
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

/* ---- the other events ---------------------------------------------------------------------------
 */

static void on_waking(struct timeline *tl, const struct ordered_event *o)
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

static void on_migrate(struct timeline *tl, const struct ordered_event *o)
{
	const struct migrate_event *migrate = (const void *)o->event;
	uint32_t task = task_or_idle(tl, migrate->tid);

	if (tl->failed || !is_watched(tl, task) || !state_waits(tl->tasks[task].state))
		return;
	requeue(tl, task, o->ts, migrate->cpu);
}

static void on_newtask(struct timeline *tl, const struct ordered_event *o)
{
	const struct newtask_event *newtask = (const void *)o->event;
	uint32_t task = task_born(tl->table, newtask);
	struct task_state *s = task == TASK_NONE ? NULL : state_of(tl, task);

	if (!s) {
		tl->failed = true;
		return;
	}
	s->mask = newtask->task.mask;
	s->mask_size = newtask->task.mask_size;
}

static void on_event(struct timeline *tl, const struct ordered_event *o)
{
	apply_fixups_before(tl, o);
	advance(tl, o->ts);
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		on_switch(tl, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		on_waking(tl, o);
		break;
	case EVENT_MIGRATE:
		on_migrate(tl, o);
		break;
	case EVENT_NEWTASK:
		on_newtask(tl, o);
		break;
	case EVENT_EXEC:
		if (task_execed(tl->table, (const void *)o->event) == TASK_NONE)
			tl->failed = true;
		break;
	}
}

/* ---- the whole pass -----------------------------------------------------------------------------
 */

/*
 * What a task did when the probes were attached, if it was off the CPUs: the time of that is before
 * any event, so that all that is known of it later wins. The window begins later than both.
 */
static void start_task(struct timeline *tl, uint32_t task)
{
	const struct task_start *start = &tl->table->tasks[task].start;
	struct task_state *s = &tl->tasks[task];

	if (!is_watched(tl, task) || start->state < START_WAITING)
		return;
	s->cpu = tl->table->tasks[task].id.cpu;
	if (start->state == START_BLOCKED) {
		s->syscall = start->blocked.sw.syscall;
		s->block = block_kind_of(&start->blocked.sw, tl->table);
	}
	enter_state(tl, task, 0,
		    start->state == START_BLOCKED ? STATE_BLOCKED : STATE_WAIT_PREEMPT);
}

static bool prepare(struct timeline *tl)
{
	const struct task_table *table = tl->table;

	tl->cpu_count = tl->trace->cpu_count;
	tl->cpus = calloc(tl->cpu_count + 1, sizeof(*tl->cpus));
	tl->claimed = calloc(tl->cpu_count + 1, 1);
	tl->implicit_at = calloc(tl->cpu_count + 1, sizeof(*tl->implicit_at));
	tl->child_wait_at = calloc(tl->cpu_count + 1, sizeof(*tl->child_wait_at));
	if (!tl->cpus || !tl->claimed || !tl->implicit_at || !tl->child_wait_at ||
	    !state_of(tl, table->count ? table->count - 1 : 0))
		return false;
	for (int cpu = 0; cpu < tl->cpu_count; cpu++) {
		tl->cpus[cpu].task = TASK_UNKNOWN;
		tl->allowed_in[CPU_UNKNOWN] += tl->resolution->allowed[cpu];
	}
	for (uint32_t i = 0; i < table->count; i++) {
		struct task_state *s = &tl->tasks[i];

		s->nvcsw = table->tasks[i].base.nvcsw;
		s->mask = table->tasks[i].id.mask;
		s->mask_size = table->tasks[i].id.mask_size;
		s->flies = table->tasks[i].flies;
	}
	tl->now = tl->window->t0;
	for (uint32_t i = 0; i < table->count; i++)
		start_task(tl, i);
	return true;
}

/* Everything that still is, is so up to the window's end. */
static void finish(struct timeline *tl)
{
	const struct resolution *r = tl->resolution;
	uint64_t end = tl->window->t1;

	while (tl->fixup_at < r->fixup_count && r->fixups[tl->fixup_at].ts <= end)
		apply_fixup(tl, &r->fixups[tl->fixup_at++]);
	advance(tl, end);
	for (int cpu = 0; cpu < tl->cpu_count; cpu++)
		if (tl->cpus[cpu].since < end) {
			if (is_watched(tl, tl->cpus[cpu].task))
				note_cpu(tl, tl->cpus[cpu].task, cpu, tl->cpus[cpu].since, end);
			cpu_set(tl, cpu, end, tl->cpus[cpu].task);
		}
	for (uint32_t i = 0; i < tl->table->count && i < tl->task_room; i++)
		if (is_watched(tl, i) && tl->tasks[i].since < end)
			leave_state(tl, i, end);
}

int timeline_run(struct timeline *tl)
{
	struct event_order *order = NULL;
	struct ordered_event event;
	int got = 0, err;

	if (!prepare(tl))
		return fail_memory();
	err = event_order_open(&order, tl->trace);
	if (err)
		return err;
	task_table_rewind(tl->table);
	while (!tl->failed && (got = event_order_next(order, &event)) > 0)
		on_event(tl, &event);
	if (!tl->failed)
		finish(tl);
	event_order_close(order);
	return tl->failed || got < 0 ? fail_memory() : 0;
}

void timeline_free(struct timeline *tl)
{
	for (uint32_t i = 0; i < tl->task_room; i++)
		task_state_free(&tl->tasks[i]);
	for (int cpu = 0; tl->cpus && cpu < tl->cpu_count; cpu++)
		free(tl->cpus[cpu].others);
	free(tl->tasks);
	free(tl->cpus);
	free(tl->claimed);
	free(tl->implicit_at);
	free(tl->child_wait_at);
	free(tl->waiting);
	parallelism_free(&tl->parallelism);
}
