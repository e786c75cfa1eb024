/* SPDX-License-Identifier: MIT */
/* Wakings, migrations, births and losses in the first pass. */
#include <sched.h>
#include "resolve_pass.h"

void resolve_runtime(struct resolver *r, const struct runtime_event *runtime)
{
	uint32_t index = task_find(r->table, runtime->tid);
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);

	if (!task) {
		r->failed = true;
		return;
	}
	task->sum_ns += runtime->ns;
	task->summed = true;
}

/*
 * Where no system call is known, who ended a block tells whether it was for a child or a thread:
 * one that exits, or a child by vfork that no longer needs its parent's memory.
 */
static bool ends_child_wait(struct resolver *r, const struct waking_event *waking, uint32_t woken)
{
	uint32_t index = waking->waker ? task_find(r->table, waking->waker) : TASK_NONE;
	const struct task *waker = index == TASK_NONE ? NULL : &r->table->tasks[index];
	const struct task *task = &r->table->tasks[woken];
	struct passing *passing = waker ? passing_of(r, index) : NULL;
	bool vforked;

	if (!passing || (waking->head.flags & EVENT_F_IRQ))
		return false;
	vforked = passing->vforked && waker->id.ppid == task->id.pid;
	passing->vforked &= !vforked;
	return vforked || (passing->exiting &&
			   (waker->id.ppid == task->id.pid || waker->id.pid == task->id.pid));
}

/* Whoever makes a record is in: that bounds a switch that is not traced. */
static void note_current(struct resolver *r, int cpu, const struct waking_event *waking)
{
	uint32_t current = waking->waker ? task_find(r->table, waking->waker) : TASK_IDLE;
	struct cpu_now *now = &r->cpus[cpu];

	if (current == now->task && !now->other_ns) {
		now->shown_ns = waking->head.ts;
	} else if (current != now->task && (!now->other_ns || now->other != current)) {
		now->other_ns = waking->head.ts;
		now->other = current;
	}
}

void resolve_waking(struct resolver *r, const struct ordered_event *o)
{
	const struct waking_event *waking = (const void *)o->event;
	uint32_t index = task_find(r->table, waking->tid);
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);
	bool waits_for_child = false;

	if (!task) {
		r->failed = true;
		return;
	}
	if (!event_has_account(&waking->head)) {
		note_current(r, o->cpu, waking);
		waits_for_child = task->phase == PHASE_BLOCKED && ends_child_wait(r, waking, index);
		task = passing_of(r, index); /* the list may have moved */
	}
	if (waits_for_child && task)
		resolve_add_seq(r, &r->out->child_waits[task->out_cpu], task->out_seq);
	if (r->failed)
		return;
	if (task->phase == PHASE_BLOCKED)
		task->ready_ns = waking->head.ts;
	task->woken_in_slice = task->phase != PHASE_BLOCKED;
	task->phase = PHASE_RUNNABLE;
	if (r->known)
		gap_waking(task, o->ts, (int)waking->cpu, o->event->type == EVENT_WAKEUP_NEW);
}

void resolve_migrate(struct resolver *r, const struct migrate_event *migrate)
{
	uint32_t index;
	struct passing *task;

	/* Also for who finds it in the table later. */
	index = task_find(r->table, migrate->tid);
	task = index == TASK_NONE ? NULL : passing_of(r, index);
	if (!task)
		r->failed = true;
	else if (r->known)
		gap_migrate(task, (int)migrate->cpu);
}

static void on_exit_event(struct resolver *r, const struct exit_event *exited)
{
	uint32_t index = task_find(r->table, exited->tid);
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);

	if (task)
		task->exiting = true;
	else
		r->failed = true;
}

static void note_vfork(struct resolver *r, uint32_t index, const struct newtask_event *newtask)
{
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);

	if (task)
		task->vforked = newtask->clone_flags & CLONE_VFORK;
}

void resolve_lifecycle(struct resolver *r, const struct ordered_event *o)
{
	const struct newtask_event *newtask = (const void *)o->event;
	const struct exec_event *exec = (const void *)o->event;
	const struct task_identity *id;
	struct passing *task;
	uint32_t index;

	if (o->event->type == EVENT_NEWTASK) {
		index = task_born(r->table, newtask);
		id = &newtask->task;
		note_vfork(r, index, newtask);
	} else if (o->event->type == EVENT_EXIT) {
		on_exit_event(r, (const void *)o->event);
		return;
	} else if (o->event->type == EVENT_HOTPLUG) {
		resolve_hotplug(r, (const void *)o->event, o->ts);
		return;
	} else if (o->event->type == EVENT_EXEC) {
		index = task_execed(r->table, exec);
		id = &exec->task;
	} else {
		return;
	}
	task = index == TASK_NONE ? NULL : passing_of(r, index);
	if (!task) {
		r->failed = true;
		return;
	}
	if (o->event->type == EVENT_NEWTASK && r->known)
		gap_open(task, GAP_UNBORN, o->ts, o->cpu);
	resolve_note_mask(r, task, o->ts, id->mask, id->mask_size);
}

void resolve_loss(struct resolver *r, const struct ordered_event *o)
{
	bool births = o->event->type >= EVENT_NEWTASK;
	struct cpu_now *now = &r->cpus[o->cpu];
	uint64_t since = o->lost_since ? o->lost_since : r->first_ts;

	if (r->found &&
	    !losses_add(r->found, &(struct loss){ since, o->ts, o->lost, o->cpu,
						  births ? STREAM_LIFECYCLE : STREAM_SCHED }))
		r->failed = true;
	if (r->ahead)
		resolve_ahead_mislead(r);
	if (births)
		return;
	now->lost_to = o->ts;
	if (!now->lost_since) {
		now->lost_since = since;
		now->lost_seq = o->event->seq;
	}
}
