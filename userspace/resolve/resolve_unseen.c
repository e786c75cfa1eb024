/* SPDX-License-Identifier: MIT */
/* Switches that the kernel left untraced, or whose records were lost: METRICS.md, one task's line.
 */
#include "resolve_pass.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void add_fixup(struct resolver *r, int cpu, uint64_t ts, uint32_t task, uint32_t before_seq)
{
	if (!fixups_add(&r->out->fixups, (struct fixup){ ts, task, cpu, before_seq, FIX_CPU }))
		r->failed = true;
}

void add_task_fixup(struct resolver *r, enum fixup_kind kind, uint64_t ts, uint32_t task, int cpu)
{
	if (!fixups_add(&r->out->fixups, (struct fixup){ ts, task, cpu, 0, kind }))
		r->failed = true;
}

void end_open_slice(struct resolver *r, struct passing *task, uint32_t run_low)
{
	const struct open_slice *open = &task->open;

	task->is_open = false;
	add_fixup(r, open->cpu,
		  min_u64(open->since_ns + (uint32_t)(run_low - open->run_low), open->limit_ns),
		  TASK_IDLE, open->before_seq);
}

/* By `limit_ns` idle is in, and `now->task` was: how long it stayed, its own account tells later.
 */
static void open_slice(struct resolver *r, int cpu, uint64_t limit_ns, uint32_t before_seq)
{
	const struct cpu_now *now = &r->cpus[cpu];
	struct passing *last;

	if (now->left_ns) {
		add_fixup(r, cpu, now->left_ns, TASK_IDLE, before_seq);
		return;
	}
	last = passing_of(r, now->task);
	if (!last)
		return;
	last->is_open = true;
	if (r->ahead)
		resolve_ahead_hold(r, now->task);
	last->open =
		(struct open_slice){ now->since, limit_ns, now->task_run_low, before_seq, cpu };
	/* Whether it blocked or waits is not known. */
	last->phase = PHASE_UNKNOWN;
	last->in = last->woken_in_slice = false;
}

uint64_t given_already(const struct resolver *r, const struct passing *task, uint32_t index,
		       uint64_t *until)
{
	const struct cpu_now *there = &r->cpus[task->in_cpu];
	uint64_t lost = UINT64_MAX;

	*until = task->gap.since;
	if (!task->in || there->task != index)
		return 0;
	/* That CPU's next record may come after this one: its loss then shows only there. */
	if (r->known)
		lost = losses_next_on(r->known, task->in_cpu, there->since);
	if (lost == UINT64_MAX)
		lost = there->lost_since ? there->lost_since : there->last_ts;
	*until = lost;
	return lost - there->since;
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
	gap_open(last, GAP_UNKNOWN, now->lost_since, cpu);
}

/*
 * When the slice of `prev` that ends here began: as long ago as the kernel counted for it, but not
 * before `earliest`, nor while the task was known to do something else.
 */
static uint64_t slice_start(const struct resolver *r, const struct passing *task, uint32_t prev,
			    const struct ordered_event *o, uint64_t earliest)
{
	const struct switch_event *sw = (const void *)o->event;
	uint64_t ran, until;

	if (!task || !task->run_known || !event_has_account(o->event) || sw->run_ns < task->run_ns)
		return o->ts;
	ran = sw->run_ns - task->run_ns;
	ran -= min_u64(ran, given_already(r, task, prev, &until));
	if (r->known && until > earliest)
		earliest = min_u64(until, o->ts);
	return ran < o->ts - earliest ? o->ts - ran : earliest;
}

/* Records of its CPU are missing: before its slice nobody knows who was in. */
static void across_loss(struct resolver *r, int cpu, const struct ordered_event *o, uint32_t prev)
{
	struct cpu_now *now = &r->cpus[cpu];
	struct passing *task;
	uint64_t start;

	leave_at_loss(r, cpu);
	task = prev == TASK_IDLE ? NULL : passing_of(r, prev);
	if (r->failed)
		return;
	start = slice_start(r, task, prev, o, now->lost_since);
	if (start > now->lost_since)
		add_fixup(r, cpu, now->lost_since, TASK_UNKNOWN, now->lost_seq);
	add_fixup(r, cpu, start, prev, o->event->seq);
	if (!task)
		return;
	gap_close(r, task, prev, start, cpu, true);
	/* What of its slice lies in the loss may have been elsewhere, and so may its wakings. */
	task->in_since = now->lost_since;
	task->woken_in_slice = false;
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
	if (task)
		gap_close(r, task, prev, to, cpu, true);
	if (task)
		r->table->tasks[prev].traced_run_ns += window_span(r->window, to, o->ts);
	if (task && to > from)
		add_task_fixup(r, FIX_UNKNOWN, task->ready_ns > from ? task->ready_ns : from, prev,
			       CPU_NONE);
	if (to > from)
		add_fixup(r, cpu, from, TASK_UNKNOWN, seq);
	add_fixup(r, cpu, to, prev, seq);
}

/* After a waking that preempts the kernel skips an update of its clock (rq_clock_skip_update): a
 * slice's run time may be off by up to a millisecond. */
#define ACCOUNT_ERROR_NS 1000000

void unseen_switch_in(struct resolver *r, int cpu, const struct ordered_event *o, uint32_t prev)
{
	struct cpu_now *now = &r->cpus[cpu];
	struct passing *task;
	uint64_t start;

	if (now->lost_since) {
		across_loss(r, cpu, o, prev);
		return;
	}
	if (!event_has_account(o->event)) {
		unseen_without_account(r, cpu, o, prev);
		return;
	}
	r->out->untraced++;
	if (prev == TASK_IDLE) {
		if (now->task < TASK_UNKNOWN)
			open_slice(r, cpu, o->ts, o->event->seq);
		return;
	}
	task = passing_of(r, prev);
	if (!task)
		return;
	start = slice_start(r, task, prev, o, now->since);
	if (now->left_ns && now->left_ns < start) {
		/* One untraced switch has one next: prev, but for what the accounts are off. */
		if (start - now->left_ns <= ACCOUNT_ERROR_NS)
			start = now->left_ns;
		else
			add_fixup(r, cpu, now->left_ns, TASK_UNKNOWN, o->event->seq);
	}
	gap_close(r, task, prev, start, cpu, true);
	add_fixup(r, cpu, start, prev, o->event->seq);
}

void unseen_last_switch(struct resolver *r, int cpu)
{
	const struct cpu_now *now = &r->cpus[cpu];

	if (now->task >= TASK_UNKNOWN || now->lost_since)
		return;
	if (r->out->no_account && !(now->task < r->room && r->tasks[now->task].summed))
		add_fixup(r, cpu, now->since, TASK_IDLE, now->next_seq);
	else
		open_slice(r, cpu, r->out->counts.last_ts, now->next_seq);
}

void unseen_switch_out(struct resolver *r, const struct passing *task, uint32_t index,
		       const struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	struct cpu_now *there = &r->cpus[task->in_cpu];

	if (!event_has_account(o->event) || there->task != index || there->left_ns)
		return;
	there->left_ns =
		min_u64(there->since + (uint32_t)(sw->next_run_low - there->task_run_low), o->ts);
}
