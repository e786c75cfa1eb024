/* SPDX-License-Identifier: MIT */
/* What no record shows: resolve.h found it, and here it gets its place in time. */
#include "timeline_change.h"

static void apply_death(struct timeline *tl, const struct fixup *fix)
{
	struct task_state *s = is_watched(tl, fix->task) ? &tl->tasks[fix->task] : NULL;

	if (!s || s->state == STATE_NONE)
		return;
	if (s->state == STATE_RUNNING) {
		int cpu = s->cpu;

		take_off_cpu(tl, cpu);
		put_on_cpu(tl, cpu, TASK_UNKNOWN);
	}
	leave_state(tl, s);
	enter_state(tl, s, STATE_NONE);
}

/* What a loss hides of a task, or no longer does: resolve_gap.c says when. */
static void apply_gap(struct timeline *tl, const struct fixup *fix)
{
	struct task_state *s = is_watched(tl, fix->task) ? &tl->tasks[fix->task] : NULL;

	if (!s || s->state == STATE_RUNNING)
		return;
	if (fix->kind == FIX_QUEUE) {
		if (state_waits(s->state))
			requeue(tl, s, CPU_NONE);
		return;
	}
	leave_state(tl, s);
	if (fix->kind == FIX_WAITS)
		s->cpu = fix->cpu;
	enter_state(tl, s, fix->kind == FIX_WAITS ? STATE_WAIT_WAKEUP : STATE_UNKNOWN);
}

/* A fixup: nobody saw this change of the task in. */
static void apply_fixup(struct timeline *tl, const struct fixup *fix)
{
	clock_advance(tl, fix->ts);
	if (fix->kind == FIX_DEAD) {
		apply_death(tl, fix);
	} else if (fix->kind != FIX_CPU) {
		apply_gap(tl, fix);
	} else if (tl->cpus[fix->cpu].task != fix->task) {
		take_off_cpu(tl, fix->cpu);
		put_on_cpu(tl, fix->cpu, fix->task);
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

static void note_next(struct timeline *tl)
{
	const struct fixups *fixups = &tl->resolution->fixups;

	tl->fixup_ts = tl->settled_to;
	if (tl->fixup_at < fixups->count && fixups->list[tl->fixup_at].ts < tl->fixup_ts)
		tl->fixup_ts = fixups->list[tl->fixup_at].ts;
}

/* Whoever finds the fixups has to come beyond `t` first. */
static void await(struct timeline *tl, uint64_t t)
{
	if (t < tl->settled_to || !tl->ahead)
		return;
	tl->settled_to = resolve_ahead_wait(tl->ahead, t);
	notes_grew(&tl->notes);
	/* Also where it is misled: the event in hand is still to be gone through. */
	if (tl->task_room < tl->table->count && !states_make(tl))
		tl->failed = true;
	if (!tl->settled_to)
		tl->misled = tl->failed = true;
}

void fixups_start(struct timeline *tl)
{
	tl->fixup_at = 0;
	tl->settled_to = tl->ahead ? 0 : UINT64_MAX;
	await(tl, 0);
	note_next(tl);
}

void fixups_due(struct timeline *tl, const struct ordered_event *o)
{
	const struct resolution *r = tl->resolution;

	await(tl, o->ts);
	while (tl->fixup_at < r->fixups.count && is_due(&r->fixups.list[tl->fixup_at], o))
		apply_fixup(tl, &r->fixups.list[tl->fixup_at++]);
	note_next(tl);
}

/* At the end. */
void fixups_until(struct timeline *tl, uint64_t t)
{
	const struct resolution *r = tl->resolution;

	await(tl, UINT64_MAX - 1);
	while (tl->fixup_at < r->fixups.count && r->fixups.list[tl->fixup_at].ts <= t)
		apply_fixup(tl, &r->fixups.list[tl->fixup_at++]);
	note_next(tl);
}
