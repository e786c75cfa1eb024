/* SPDX-License-Identifier: MIT */
/*
 * What a task did between two of its slices where records were lost meanwhile, on any CPU: its
 * waking may be among them, and even a whole slice. Drawn for a task that blocked:
 *
 *	  sched-out      waking                       sched-in
 *	----|--------------|----------x x x x x x----------|----
 *	  since          woken        lost .... to         end
 *
 * The kernel's own run time, in every switch, tells whether the task ran in between. If not:
 *  - it was preempted, or a waking was seen: all is as without the loss. A task that did not run
 *    cannot have blocked again, and one that is woken is not woken again.
 *  - it blocked, and no waking was seen: the waking was lost, or a signal ended the sleep at once.
 *    The time from the sched-out on is unknown; likewise where the loss lies in the slice before,
 *    whose last moments a waking may come in.
 * If it ran, a whole slice or more was lost:
 *  - what was known is so until the first loss begins: it waits, or blocks and then waits
 *  - a blocked task of which no waking was seen by then is unknown from its sched-out on
 *  - a waking after the last loss makes it known again: no CPU has it in by then.
 * If the trace ends first, a blocked task is blocked until the first loss, as it is to the end of a
 * whole trace; and to the end, if it is blocked in the snapshot at stop and has not run since. Only
 *a queue can still be wrong: a task that waits, and comes in elsewhere with no migration seen, was
 *moved while records were lost.
 */
#include "resolve_pass.h"

const struct loss_span *lost_between(const struct resolver *r, uint64_t from, uint64_t to)
{
	return r->known && from < to ? losses_between(r->known, from, to) : NULL;
}

void gap_open(struct passing *task, enum gap_kind kind, uint64_t ts, int cpu)
{
	struct gap *g = &task->gap;
	uint64_t woken_last = g->woken_last > ts ? g->woken_last : 0;

	*g = (struct gap){ .kind = kind,
			   .since = ts,
			   .slice_since = task->in_since,
			   .woken_last = kind == GAP_UNKNOWN ? woken_last : 0,
			   .queue = cpu,
			   .queue_then = g->queue_then };
}

void gap_start(struct passing *task, const struct task *known)
{
	const struct task_start *start = &known->start;

	task->in_since = start->row_ns;
	if (start->state == START_BLOCKED || start->state == START_WAITING)
		gap_open(task, start->state == START_BLOCKED ? GAP_BLOCKED : GAP_RUNNABLE,
			 start->row_ns, (int)known->id.cpu);
}

void gap_waking(struct passing *task, uint64_t ts, int cpu, bool first)
{
	struct gap *g = &task->gap;

	g->woken_last = ts;
	g->queue_then = cpu;
	if (g->kind == GAP_UNBORN && first) {
		g->kind = GAP_RUNNABLE;
		g->since = ts;
		g->queue = cpu;
	} else if (g->kind == GAP_BLOCKED && !g->woken) {
		g->woken = ts;
		g->queue = cpu;
	}
}

void gap_migrate(struct passing *task, int cpu)
{
	if (task->gap.kind == GAP_RUNNABLE || task->gap.woken)
		task->gap.queue = cpu;
}

/* From when on it is unknown; UINT64_MAX: it is known all along. */
static uint64_t unknown_from(const struct resolver *r, const struct passing *task, uint64_t end,
			     bool ran, bool ended)
{
	const struct gap *g = &task->gap;
	const struct loss_span *lost = lost_between(r, g->since, end);
	uint64_t first = lost && lost->from > g->since ? lost->from : g->since;

	switch (g->kind) {
	case GAP_UNBORN:
	case GAP_UNKNOWN:
		return lost ? g->since : UINT64_MAX;
	case GAP_RUNNABLE:
		return lost && ran ? first : UINT64_MAX;
	case GAP_BLOCKED:
		if (!g->woken && !task->woken_in_slice && lost_between(r, g->slice_since, g->since))
			return g->since;
		if (!lost || (g->woken && !ran))
			return UINT64_MAX;
		if (g->woken && g->woken <= first)
			return first;
		return ended && !g->woken && !task->woken_in_slice ? first : g->since;
	default:
		return UINT64_MAX;
	}
}

/* The queue in which it waits, if that is known no longer. */
static void lose_queue(struct resolver *r, const struct gap *g, uint32_t index, uint64_t end,
		       int cpu)
{
	uint64_t since = g->kind == GAP_BLOCKED ? g->woken : g->since;
	const struct loss_span *lost = since ? lost_between(r, since, end) : NULL;

	if (lost && g->queue != cpu)
		add_task_fixup(r, FIX_QUEUE, lost->from > since ? lost->from : since, index, cpu);
}

/*
 * Nobody was seen to wake it since. Where no signal can have kept it from its sleep it slept, until
 * somebody woke it whom no record shows: it waits from when it is seen to, its sched-in.
 */
static void end_sleep(struct resolver *r, const struct passing *task, uint32_t index)
{
	if (task->woken_in_slice || task->abortable)
		implicit_wakeup(r, task, index);
	else if (r->table->tasks[index].measured)
		r->out->implicit_wakeups++;
}

static void close(struct resolver *r, struct passing *task, uint32_t index, uint64_t end, int cpu,
		  bool ran, bool ended)
{
	const struct gap *g = &task->gap;
	uint64_t from = unknown_from(r, task, end, ran, ended);

	if (from >= end) {
		if (task->phase == PHASE_BLOCKED && (!ended || task->woken_in_slice))
			end_sleep(r, task, index);
		if (cpu != CPU_NONE && (g->kind == GAP_RUNNABLE || g->kind == GAP_BLOCKED))
			lose_queue(r, g, index, end, cpu);
		return;
	}
	if (g->kind != GAP_UNKNOWN)
		add_task_fixup(r, FIX_UNKNOWN, from, index, CPU_NONE);
	if (g->woken_last > from && !lost_between(r, g->woken_last, end))
		add_task_fixup(r, FIX_WAITS, g->woken_last, index, g->queue_then);
}

void gap_close(struct resolver *r, struct passing *task, uint32_t index, uint64_t ts, int cpu,
	       bool ran)
{
	close(r, task, index, ts, cpu, ran, false);
	task->gap.kind = GAP_NONE;
	task->phase = PHASE_RUNNABLE;
}

/* Without losses gaps are not kept, and what it was last seen to do holds. */
static bool is_blocked(const struct resolver *r, const struct passing *task)
{
	return r->known ? task->gap.kind == GAP_BLOCKED : task->phase == PHASE_BLOCKED;
}

void gap_end(struct resolver *r, struct passing *task, uint32_t index)
{
	const struct task *known = &r->table->tasks[index];
	bool same = known->has_last && task->run_known && task->run_ns &&
		    known->final.run_ns == task->run_ns;

	/* It has not run since it blocked, and is blocked at the stop: so it was all along. */
	if (same && known->stop == START_BLOCKED && is_blocked(r, task))
		return;
	close(r, task, index, known->death_ns ? known->death_ns : UINT64_MAX, CPU_NONE, !same,
	      !known->death_ns);
}
