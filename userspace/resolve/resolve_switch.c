/* SPDX-License-Identifier: MIT */
/* A switch in the first pass. */
#include "resolve_pass.h"
#include "trace/switch_state.h"

/* Across a loss on its CPU the task in was the same all along if its own run time says so. */
static bool ran_throughout(const struct resolver *r, const struct cpu_now *now,
			   const struct ordered_event *o, const struct switch_event *sw,
			   uint32_t prev)
{
	const struct passing *task = prev < r->room ? &r->tasks[prev] : NULL;

	return prev == now->task && task && task->in && task->in_cpu == o->cpu && task->run_known &&
	       event_has_account(&sw->head) && sw->run_ns >= task->run_ns &&
	       (sw->run_ns - task->run_ns) * 100 >= (o->ts - now->since) * 99;
}

/* W uses it: mostly that is known. */
static inline void note_use(struct resolver *r, const struct ordered_event *o)
{
	if (!r->out->allowed[o->cpu] && window_has(r->window, o->ts))
		r->out->allowed[o->cpu] = 1;
}

/* Where it ran, and where it may: mostly as at its last sched-out. */
static void note_place(struct resolver *r, struct passing *task, const struct ordered_event *o,
		       const struct switch_event *sw)
{
	if (!task->in_window || sw->mask != task->mask || sw->mask_size != task->mask_size)
		resolve_note_mask(r, task, o->ts, sw->mask, sw->mask_size);
	note_use(r, o);
}

static inline void sched_out(struct resolver *r, const struct ordered_event *o, uint32_t prev)
{
	const struct switch_event *sw = (const void *)o->event;
	struct passing *task = passing_of(r, prev);

	if (!task)
		return;
	close_open_slice(r, task, sw->run_ns);
	if (r->known || task->phase == PHASE_BLOCKED)
		gap_close(r, task, prev, o->ts, o->cpu, true); /* its sched-in is not known */
	task->run_ns = sw->run_ns;
	task->run_known = event_has_account(&sw->head);
	task->ready_ns = o->ts;
	task->in = false;
	task->dead = switch_is_last(sw);
	task->out_cpu = o->cpu;
	task->out_seq = sw->head.seq;
	task->phase = switch_stays_runnable(sw) ? PHASE_RUNNABLE : PHASE_BLOCKED;
	task->abortable = switch_is_abortable(sw);
	if (task->dead)
		task->phase = PHASE_UNKNOWN;
	else if (r->known)
		gap_open(task, task->phase == PHASE_BLOCKED ? GAP_BLOCKED : GAP_RUNNABLE, o->ts,
			 o->cpu);
	if (task->measured)
		note_place(r, task, o, sw);
}

/* Between its last sched-out, or its birth, and now: where the trace has run times at all. */
static bool has_not_run(const struct passing *task, uint32_t run_low)
{
	return task->run_known && task->run_ns && (uint32_t)task->run_ns == run_low;
}

/* It was in elsewhere up to a loss there. */
static __attribute__((noinline)) void add_given(struct resolver *r, struct passing *task,
						uint32_t index)
{
	uint64_t until;

	task->run_ns += given_already(r, task, index, &until);
}

static inline void sched_in(struct resolver *r, const struct ordered_event *o, uint32_t next)
{
	const struct switch_event *sw = (const void *)o->event;
	struct passing *task = passing_of(r, next);

	if (!task)
		return;
	close_open_slice(r, task, sw->next_run_low);
	if (task->in && task->in_cpu != o->cpu)
		unseen_switch_out(r, task, next, o);
	if (r->known)
		add_given(r, task, next);
	if (r->known || task->phase == PHASE_BLOCKED)
		gap_close(r, task, next, o->ts, o->cpu,
			  !event_has_account(&sw->head) || !has_not_run(task, sw->next_run_low));
	task->phase = PHASE_RUNNABLE;
	task->in_since = o->ts;
	task->woken_in_slice = false;
	task->in = true;
	task->in_cpu = o->cpu;
	if (task->measured)
		note_use(r, o);
}

static uint32_t task_or_idle(struct resolver *r, uint32_t tid)
{
	uint32_t task = tid ? task_find(r->table, tid) : TASK_IDLE;

	if (task == TASK_NONE)
		r->failed = true;
	return task;
}

/* Who goes out of a CPU on which `in` was in. */
static uint32_t switched_task(struct resolver *r, uint32_t tid, uint32_t in)
{
	uint32_t task = tid ? task_switched(r->table, tid, in) : TASK_IDLE;

	if (task == TASK_NONE)
		r->failed = true;
	return task;
}

void resolve_traced_run(struct resolver *r, uint32_t task, uint64_t from, uint64_t to)
{
	if (task < TASK_UNKNOWN)
		r->table->tasks[task].traced_run_ns += window_span(r->window, from, to);
}

static uint64_t summed_run_ns(struct resolver *r, uint32_t task)
{
	struct passing *passing = task < TASK_UNKNOWN ? passing_of(r, task) : NULL;

	return passing ? passing->sum_ns : 0;
}

/* What ftrace leaves out of a switch the sums tell: but of a task that has none, nothing. */
static void fill_account(struct resolver *r, struct switch_event *sw, uint32_t prev, uint32_t next)
{
	sw->run_ns = summed_run_ns(r, prev);
	sw->next_run_low = summed_run_ns(r, next);
	if (prev == TASK_IDLE || (prev < r->room && r->tasks[prev].summed))
		sw->head.flags &= ~EVENT_F_NO_ACCOUNT;
}

static inline __attribute__((always_inline)) void
switch_tasks(struct resolver *r, const struct ordered_event *o, uint32_t prev, uint32_t next)
{
	const struct switch_event *sw = (const void *)o->event;
	struct cpu_now *now = &r->cpus[o->cpu];
	uint64_t span_to = o->ts;

	if (now->task == TASK_UNKNOWN && !now->since)
		now->task = prev; /* the CPU's first record */
	else if (now->lost_since && ran_throughout(r, now, o, sw, prev))
		span_to = now->lost_to;
	else if (now->lost_since || prev != now->task)
		unseen_switch_in(r, o->cpu, o, prev);
	if (now->lost_since)
		resolve_close_span(r, now, span_to);
	if (prev != TASK_IDLE)
		sched_out(r, o, prev);
	if (next != TASK_IDLE)
		sched_in(r, o, next);
	now->task = next;
	now->task_run_low = sw->next_run_low;
	now->since = o->ts;
	now->left_ns = now->lost_since = 0;
	now->shown_ns = now->other_ns = 0;
}

void resolve_switch(struct resolver *r, struct ordered_event *o)
{
	struct switch_event *sw = (void *)o->event;
	const struct cpu_now *now = &r->cpus[o->cpu];
	uint32_t prev = switched_task(r, sw->prev, now->task);
	uint32_t next = task_or_idle(r, sw->next);

	if (r->failed)
		return;
	if (!event_has_account(&sw->head)) {
		if (prev == now->task && !now->lost_since)
			resolve_traced_run(r, prev, now->since, o->ts);
		fill_account(r, sw, prev, next);
	}
	switch_tasks(r, o, prev, next);
}
