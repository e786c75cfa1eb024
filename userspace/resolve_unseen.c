/* SPDX-License-Identifier: MIT */
/* Switches that the kernel left untraced, or whose records were lost: METRICS.md, one task's line.
 */
#include <stdlib.h>
#include <string.h>
#include "resolve_pass.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void add_fixup(struct resolver *r, int cpu, uint64_t ts, uint32_t task, uint32_t before_seq)
{
	struct resolution *out = r->out;

	if (out->fixup_count == out->fixup_room) {
		size_t room = out->fixup_room ? 2 * out->fixup_room : 64;
		struct fixup *grown = reallocarray(out->fixups, room, sizeof(*grown));

		if (!grown) {
			r->failed = true;
			return;
		}
		out->fixups = grown;
		out->fixup_room = room;
	}
	out->fixups[out->fixup_count++] = (struct fixup){ ts, task, cpu, before_seq };
}

static int compare_fixups(const void *a, const void *b)
{
	const struct fixup *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	if (x->before_seq != y->before_seq)
		return (int32_t)(x->before_seq - y->before_seq) < 0 ? -1 : 1;
	return (x->task != TASK_UNKNOWN) - (y->task != TASK_UNKNOWN);
}

void sort_fixups(struct resolution *out)
{
	if (out->fixup_count)
		qsort(out->fixups, out->fixup_count, sizeof(*out->fixups), compare_fixups);
}

void close_open_slice(struct resolver *r, struct passing *task, uint32_t run_low)
{
	const struct open_slice *open = &task->open;

	if (!task->is_open)
		return;
	task->is_open = false;
	add_fixup(r, open->cpu,
		  min_u64(open->since_ns + (uint32_t)(run_low - open->run_low), open->limit_ns),
		  TASK_IDLE, open->before_seq);
}

/* Idle goes out, and `now->task` was in: how long it stayed, its own account tells later. */
static void open_slice(struct resolver *r, int cpu, const struct ordered_event *o)
{
	const struct cpu_now *now = &r->cpus[cpu];
	struct passing *last;

	if (now->left_ns) {
		add_fixup(r, cpu, now->left_ns, TASK_IDLE, o->event->seq);
		return;
	}
	last = passing_of(r, now->task);
	if (!last)
		return;
	last->is_open = true;
	last->open =
		(struct open_slice){ now->since, o->ts, now->task_run_low, o->event->seq, cpu };
	/* Whether it blocked or waits is not known. */
	last->phase = PHASE_UNKNOWN;
	last->in = last->woken_in_slice = false;
}

/* Its run since its last sched-out that it has been given already: where it was seen to come in. */
static uint64_t given_already(const struct resolver *r, const struct passing *task, uint32_t index)
{
	const struct cpu_now *there = &r->cpus[task->in_cpu];

	if (!task->in || there->task != index)
		return 0;
	return (there->lost_since ? there->lost_since : there->last_ts) - there->since;
}

/* Where a loss begins the task in is not known to go on: what it ran up to there is its own. */
static void leave_at_loss(struct resolver *r, int cpu)
{
	const struct cpu_now *now = &r->cpus[cpu];
	struct passing *last = now->task < TASK_UNKNOWN ? passing_of(r, now->task) : NULL;

	if (!last || !last->in || last->in_cpu != cpu)
		return;
	last->run_ns += now->lost_since - now->since;
	last->in = false;
}

/*
 * Without the kernel's account nothing tells when the last next went and prev came: the last next
 * has what it was shown to be in for, prev what it was, and the time between is unknown.
 */
static void unseen_without_account(struct resolver *r, int cpu, const struct ordered_event *o,
				   uint32_t prev)
{
	const struct cpu_now *now = &r->cpus[cpu];
	uint32_t seq = o->event->seq;
	uint64_t from = now->shown_ns ? now->shown_ns : now->since;
	uint64_t to = now->other_ns && now->other == prev ? now->other_ns : o->ts;
	struct passing *last, *task;

	r->out->untraced++;
	/* Its last next may come in elsewhere now: what it did meanwhile is not known. */
	last = now->task < TASK_UNKNOWN ? passing_of(r, now->task) : NULL;
	if (last)
		r->table->tasks[now->task].traced_run_ns +=
			window_span(r->window, now->since, from);
	if (last && last->in && last->in_cpu == cpu) {
		last->phase = PHASE_UNKNOWN;
		last->in = last->woken_in_slice = false;
	}
	task = prev == TASK_IDLE ? NULL : passing_of(r, prev);
	if (task && task->phase == PHASE_BLOCKED)
		implicit_wakeup(r, task, prev);
	if (task)
		r->table->tasks[prev].traced_run_ns += window_span(r->window, to, o->ts);
	if (task && to > from)
		add_fixup(r, CPU_NONE, task->ready_ns > from ? task->ready_ns : from, prev, 0);
	if (to > from)
		add_fixup(r, cpu, from, TASK_UNKNOWN, seq);
	add_fixup(r, cpu, to, prev, seq);
}

void unseen_switch_in(struct resolver *r, int cpu, const struct ordered_event *o, uint32_t prev)
{
	const struct switch_event *sw = (const void *)o->event;
	struct cpu_now *now = &r->cpus[cpu];
	uint64_t earliest = now->lost_since ? now->lost_since : now->since, start = o->ts;
	struct passing *task;

	if (now->lost_since)
		leave_at_loss(r, cpu);
	task = prev == TASK_IDLE ? NULL : passing_of(r, prev);
	if (r->failed)
		return;
	if (!event_has_account(o->event) && !now->lost_since) {
		unseen_without_account(r, cpu, o, prev);
		return;
	}
	if (task && task->run_known && event_has_account(o->event) && sw->run_ns >= task->run_ns) {
		uint64_t ran = sw->run_ns - task->run_ns, given = given_already(r, task, prev);

		ran -= min_u64(ran, given);
		start = ran < o->ts - earliest ? o->ts - ran : earliest;
	}
	if (now->lost_since) {
		if (start > earliest)
			add_fixup(r, cpu, earliest, TASK_UNKNOWN, now->lost_seq);
		add_fixup(r, cpu, start, prev, sw->head.seq);
		return;
	}
	r->out->untraced++;
	if (prev == TASK_IDLE) {
		if (now->task < TASK_UNKNOWN)
			open_slice(r, cpu, o);
		return;
	}
	if (now->left_ns && now->left_ns < start)
		add_fixup(r, cpu, now->left_ns, TASK_UNKNOWN, sw->head.seq);
	if (task->phase == PHASE_BLOCKED)
		implicit_wakeup(r, task, prev);
	add_fixup(r, cpu, start, prev, sw->head.seq);
}

void unseen_switch_out(struct resolver *r, const struct passing *task, uint32_t index,
		       const struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	struct cpu_now *there = &r->cpus[task->in_cpu];

	if (!event_has_account(o->event) || !task->in || task->in_cpu == o->cpu ||
	    there->task != index || there->left_ns)
		return;
	there->left_ns =
		min_u64(there->since + (uint32_t)(sw->next_run_low - there->task_run_low), o->ts);
}
