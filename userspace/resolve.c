/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "failure.h"
#include "resolve_pass.h"
#include "switch_state.h"

struct passing *passing_of(struct resolver *r, uint32_t task)
{
	if (task >= r->room) {
		uint32_t room = task + task / 2 + 1024;
		struct passing *grown = reallocarray(r->tasks, room, sizeof(*grown));

		if (!grown) {
			r->failed = true;
			return NULL;
		}
		memset(grown + r->room, 0, (room - r->room) * sizeof(*grown));
		for (uint32_t i = r->room; i < room && i < r->table->count; i++) {
			/* A task's snapshot, or its birth with zero, is its first account. */
			grown[i].run_ns = grown[i].sum_ns = r->table->tasks[i].first_run_ns;
			grown[i].run_known = r->table->tasks[i].known;
			resolve_seed_mask(&grown[i], r->table, i);
			gap_start(&grown[i], &r->table->tasks[i]);
		}
		r->tasks = grown;
		r->room = room;
	}
	return &r->tasks[task];
}

static void add_seq(struct resolver *r, struct seq_list *list, uint32_t seq)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		uint32_t *grown = reallocarray(list->seqs, room, sizeof(*grown));

		if (!grown) {
			r->failed = true;
			return;
		}
		list->seqs = grown;
		list->room = room;
	}
	list->seqs[list->count++] = seq;
}

void implicit_wakeup(struct resolver *r, const struct passing *task, uint32_t index)
{
	add_seq(r, &r->out->implicit[task->out_cpu], task->out_seq);
	if (r->table->tasks[index].measured)
		r->out->implicit_wakeups++;
}

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

static void sched_out(struct resolver *r, const struct ordered_event *o, uint32_t prev)
{
	const struct switch_event *sw = (const void *)o->event;
	struct passing *task = passing_of(r, prev);

	if (!task)
		return;
	close_open_slice(r, task, sw->run_ns);
	gap_close(r, task, prev, o->ts, o->cpu, true); /* its sched-in is not known */
	task->run_ns = sw->run_ns;
	task->run_known = event_has_account(&sw->head);
	task->ready_ns = o->ts;
	task->in = false;
	task->dead = switch_is_last(sw);
	task->out_cpu = o->cpu;
	task->out_seq = sw->head.seq;
	task->phase = switch_stays_runnable(sw) ? PHASE_RUNNABLE : PHASE_BLOCKED;
	if (task->dead)
		task->phase = PHASE_UNKNOWN;
	else
		gap_open(task, task->phase == PHASE_BLOCKED ? GAP_BLOCKED : GAP_RUNNABLE, o->ts,
			 o->cpu);
	resolve_note_mask(r, prev, o->ts, sw->mask, sw->mask_size);
	if (r->table->tasks[prev].measured && window_has(r->window, o->ts))
		r->out->allowed[o->cpu] = 1;
}

/* Between its last sched-out, or its birth, and now: where the trace has run times at all. */
static bool has_not_run(const struct passing *task, uint32_t run_low)
{
	return task->run_known && task->run_ns && (uint32_t)task->run_ns == run_low;
}

static void sched_in(struct resolver *r, const struct ordered_event *o, uint32_t next)
{
	const struct switch_event *sw = (const void *)o->event;
	struct passing *task = passing_of(r, next);
	uint64_t until;

	if (!task)
		return;
	close_open_slice(r, task, sw->next_run_low);
	unseen_switch_out(r, task, next, o);
	if (r->known) /* it was in elsewhere up to a loss there */
		task->run_ns += given_already(r, task, next, &until);
	gap_close(r, task, next, o->ts, o->cpu,
		  !event_has_account(&sw->head) || !has_not_run(task, sw->next_run_low));
	task->phase = PHASE_RUNNABLE;
	task->in_since = o->ts;
	task->woken_in_slice = false;
	task->in = true;
	task->in_cpu = o->cpu;
	if (r->table->tasks[next].measured && window_has(r->window, o->ts))
		r->out->allowed[o->cpu] = 1;
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

static void on_runtime(struct resolver *r, const struct runtime_event *runtime)
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

static void on_switch(struct resolver *r, const struct ordered_event *recorded)
{
	struct switch_event copy = *(const struct switch_event *)recorded->event, *sw = &copy;
	struct ordered_event with_copy = *recorded, *o = &with_copy;
	struct cpu_now *now = &r->cpus[o->cpu];
	uint32_t prev = switched_task(r, sw->prev, r->cpus[o->cpu].task);
	uint32_t next = task_or_idle(r, sw->next);
	uint64_t span_to = o->ts;

	o->event = &copy.head;
	if (!event_has_account(&sw->head))
		fill_account(r, sw, prev, next);
	if (r->failed)
		return;
	if (now->task == TASK_UNKNOWN && !now->since)
		now->task = prev; /* the CPU's first record */
	else if (now->lost_since && ran_throughout(r, now, o, sw, prev))
		span_to = now->lost_to;
	else if (now->lost_since || prev != now->task)
		unseen_switch_in(r, o->cpu, o, prev);
	else
		resolve_traced_run(r, prev, now->since, o->ts);
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

static void on_waking(struct resolver *r, const struct ordered_event *o)
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
		add_seq(r, &r->out->child_waits[task->out_cpu], task->out_seq);
	if (r->failed)
		return;
	if (task->phase == PHASE_BLOCKED)
		task->ready_ns = waking->head.ts;
	task->woken_in_slice = task->phase != PHASE_BLOCKED;
	task->phase = PHASE_RUNNABLE;
	gap_waking(task, o->ts, (int)waking->cpu, o->event->type == EVENT_WAKEUP_NEW);
}

static void on_migrate(struct resolver *r, const struct migrate_event *migrate)
{
	uint32_t index = task_find(r->table, migrate->tid);
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);

	if (task)
		gap_migrate(task, (int)migrate->cpu);
	else
		r->failed = true;
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

static void on_lifecycle(struct resolver *r, const struct ordered_event *o)
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
	if (o->event->type == EVENT_NEWTASK)
		gap_open(task, GAP_UNBORN, o->ts, o->cpu);
	resolve_note_mask(r, index, o->ts, id->mask, id->mask_size);
}

/* The hole before this record. */
static void on_loss(struct resolver *r, const struct ordered_event *o)
{
	bool births = o->event->type >= EVENT_NEWTASK;
	struct cpu_now *now = &r->cpus[o->cpu];
	uint64_t since = o->lost_since ? o->lost_since : r->first_ts;

	if (r->found &&
	    !losses_add(r->found, &(struct loss){ since, o->ts, o->lost, o->cpu,
						  births ? STREAM_LIFECYCLE : STREAM_SCHED }))
		r->failed = true;
	if (births)
		return;
	now->lost_to = o->ts;
	if (!now->lost_since) {
		now->lost_since = since;
		now->lost_seq = o->event->seq;
	}
}

static void on_event(struct resolver *r, const struct ordered_event *o)
{
	struct cpu_now *now = &r->cpus[o->cpu];

	now->seen = true;
	r->out->no_account |= !event_has_account(o->event);
	if (o->lost)
		on_loss(r, o);
	if (o->event->type >= EVENT_NEWTASK) { /* a sequence that does not tell who runs */
		on_lifecycle(r, o);
		return;
	}
	now->next_seq = o->event->seq + 1;
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		on_switch(r, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		on_waking(r, o);
		break;
	case EVENT_MIGRATE:
		on_migrate(r, (const void *)o->event);
		break;
	case EVENT_RUNTIME:
		on_runtime(r, (const void *)o->event);
		break;
	}
	now->last_ts = o->ts;
}

static void forget(struct resolution *r)
{
	for (int cpu = 0; r->implicit && cpu < r->cpu_count; cpu++)
		free(r->implicit[cpu].seqs);
	for (int cpu = 0; r->child_waits && cpu < r->cpu_count; cpu++)
		free(r->child_waits[cpu].seqs);
	free(r->implicit);
	free(r->child_waits);
	free(r->fixups);
	free(r->lost);
	r->implicit = r->child_waits = NULL;
	r->fixups = NULL;
	r->lost = NULL;
}

/* One pass. `known`: what the pass before it found; NULL: this one finds. */
static int pass(struct resolution *out, struct trace *t, struct task_table *table, struct window *w,
		const struct losses *known)
{
	struct losses losses = out->losses;
	struct resolver r = { .out = out, .table = table, .window = w, .known = known };
	struct event_order *order = NULL;
	struct ordered_event event;
	int err = event_order_open(&order, t), got = 0;

	forget(out);
	*out = (struct resolution){ .losses = losses, .cpu_count = t->cpu_count };
	r.found = known ? NULL : &out->losses;
	out->implicit = calloc(t->cpu_count + 1, sizeof(*out->implicit));
	out->child_waits = calloc(t->cpu_count + 1, sizeof(*out->child_waits));
	out->lost = calloc(t->cpu_count + 1, sizeof(*out->lost));
	r.cpus = calloc(t->cpu_count + 1, sizeof(*r.cpus));
	if (!out->implicit || !out->child_waits || !out->lost || !r.cpus || !order) {
		free(r.cpus);
		event_order_close(order);
		return err ? err : fail_memory();
	}
	r.first_ts = event_order_counts(order)->first_ts;
	for (int cpu = 0; cpu < t->cpu_count; cpu++)
		r.cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(table);
	for (uint32_t i = 0; i < table->count; i++)
		table->tasks[i].traced_run_ns = 0;
	if (table->count)
		passing_of(&r, table->count - 1); /* also those that no event tells of */
	while (!r.failed && (got = event_order_next(order, &event)) > 0)
		on_event(&r, &event);
	if (!r.failed)
		resolve_finish(&r, order, t, w);
	event_order_close(order);
	task_table_rewind(table);
	free(r.tasks);
	free(r.cpus);
	return r.failed || got < 0 ? fail_memory() : 0;
}

int resolve(struct resolution *out, struct trace *t, struct task_table *table, struct window *w)
{
	int err;

	memset(out, 0, sizeof(*out));
	losses_start(&out->losses);
	err = pass(out, t, table, w, NULL);
	if (err)
		return err;
	losses_settle(&out->losses);
	table->births_lost = out->losses.births_since != UINT64_MAX;
	return out->losses.span_count ? pass(out, t, table, w, &out->losses) : 0;
}

void resolution_free(struct resolution *r)
{
	forget(r);
	losses_free(&r->losses);
	memset(r, 0, sizeof(*r));
}
