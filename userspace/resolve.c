/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "failure.h"
#include "resolve_pass.h"

/* Of one that lives on from before. The command's own is shown by its exec: its row may be older
 * than its --cpus. */
static void seed_mask(struct passing *task, const struct task_table *table, uint32_t index)
{
	if (!table->tasks[index].start.row_ns || index == table->root)
		return;
	task->mask = table->tasks[index].id.mask;
	task->mask_size = table->tasks[index].id.mask_size;
}

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
			seed_mask(&grown[i], r->table, i);
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

	return prev == now->task && task && task->run_known && event_has_account(&sw->head) &&
	       sw->run_ns >= task->run_ns &&
	       (sw->run_ns - task->run_ns) * 100 >= (o->ts - now->since) * 99;
}

static void allow(struct resolver *r, uint64_t mask, unsigned size)
{
	for (int cpu = 0; cpu < 64; cpu++)
		if (mask >> cpu & 1)
			r->out->allowed[cpu] = 1;
	/* Beyond CPU 63 the mask shows only its size: all, or those it ran on. */
	if (size > 64 && size >= (unsigned)r->out->cpu_count)
		memset(r->out->allowed, 1, r->out->cpu_count);
}

/* A mask holds from the record that shows it: the last one before the window counts in it too. */
static void note_mask(struct resolver *r, uint32_t index, uint64_t ts, uint64_t mask, unsigned size)
{
	struct passing *task = passing_of(r, index);

	if (!task || !size || !r->table->tasks[index].measured || ts > r->window->t1)
		return;
	if (ts >= r->window->t0) {
		/* Until this record the one before it held. */
		if (!task->in_window)
			allow(r, task->mask, task->mask_size);
		task->in_window = true;
		allow(r, mask, size);
	}
	task->mask = mask;
	task->mask_size = size;
}

static void sched_out(struct resolver *r, const struct ordered_event *o, uint32_t prev)
{
	const struct switch_event *sw = (const void *)o->event;
	struct passing *task = passing_of(r, prev);

	if (!task)
		return;
	close_open_slice(r, task, sw->run_ns);
	task->run_ns = sw->run_ns;
	task->run_known = event_has_account(&sw->head);
	task->ready_ns = o->ts;
	task->in = false;
	task->dead = sw->head.type == EVENT_SWITCH_LAST;
	task->out_cpu = o->cpu;
	task->out_seq = sw->head.seq;
	task->phase = sw->prev_state == 0 || (sw->head.flags & EVENT_F_PREEMPT) ? PHASE_RUNNABLE
										: PHASE_BLOCKED;
	if (task->dead)
		task->phase = PHASE_UNKNOWN;
	note_mask(r, prev, o->ts, sw->mask, sw->mask_size);
	if (r->table->tasks[prev].measured && window_has(r->window, o->ts))
		r->out->allowed[o->cpu] = 1;
}

static void sched_in(struct resolver *r, const struct ordered_event *o, uint32_t next)
{
	const struct switch_event *sw = (const void *)o->event;
	struct passing *task = passing_of(r, next);

	if (!task)
		return;
	close_open_slice(r, task, sw->next_run_low);
	unseen_switch_out(r, task, next, o);
	if (task->phase == PHASE_BLOCKED)
		implicit_wakeup(r, task, next);
	task->phase = PHASE_RUNNABLE;
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

static void add_traced_run(struct resolver *r, uint32_t task, uint64_t from, uint64_t to)
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
	uint32_t prev = task_or_idle(r, sw->prev), next = task_or_idle(r, sw->next);

	o->event = &copy.head;
	if (!event_has_account(&sw->head))
		fill_account(r, sw, prev, next);
	if (r->failed)
		return;
	if (now->task == TASK_UNKNOWN && !now->since)
		now->task = prev; /* the CPU's first record */
	else if (now->lost_since ? !ran_throughout(r, now, o, sw, prev) : prev != now->task)
		unseen_switch_in(r, o->cpu, o, prev);
	else
		add_traced_run(r, prev, now->since, o->ts);
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

static void on_waking(struct resolver *r, int cpu, const struct waking_event *waking)
{
	uint32_t index = task_find(r->table, waking->tid);
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);
	bool waits_for_child = false;

	if (!task) {
		r->failed = true;
		return;
	}
	if (!event_has_account(&waking->head)) {
		note_current(r, cpu, waking);
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
	uint32_t index;

	if (o->event->type == EVENT_NEWTASK) {
		index = task_born(r->table, newtask);
		id = &newtask->task;
		note_vfork(r, index, newtask);
	} else if (o->event->type == EVENT_EXIT) {
		on_exit_event(r, (const void *)o->event);
		return;
	} else if (o->event->type == EVENT_EXEC) {
		index = task_execed(r->table, exec);
		id = &exec->task;
	} else {
		return;
	}
	if (index == TASK_NONE)
		r->failed = true;
	else
		note_mask(r, index, o->ts, id->mask, id->mask_size);
}

static void on_event(struct resolver *r, const struct ordered_event *o)
{
	struct cpu_now *now = &r->cpus[o->cpu];

	now->seen = true;
	r->out->no_account |= !event_has_account(o->event);
	if (o->event->type >= EVENT_NEWTASK) { /* a sequence that does not tell who runs */
		on_lifecycle(r, o);
		return;
	}
	now->next_seq = o->event->seq + 1;
	if (o->lost && !now->lost_since) {
		now->lost_since = o->lost_since ? o->lost_since : r->window->t0;
		now->lost_seq = o->event->seq;
	}
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		on_switch(r, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		on_waking(r, o->cpu, (const void *)o->event);
		break;
	case EVENT_RUNTIME:
		on_runtime(r, (const void *)o->event);
		break;
	}
	now->last_ts = o->ts;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_seqs(struct seq_list *list)
{
	if (list->count)
		qsort(list->seqs, list->count, sizeof(uint32_t), compare_u32);
}

static void finish_task(struct resolver *r, uint32_t index)
{
	const struct task *known = &r->table->tasks[index];
	struct passing *task = &r->tasks[index];

	if (r->out->no_account && task->summed)
		close_open_slice(r, task, task->sum_ns);
	else if (known->has_last && !r->out->no_account)
		close_open_slice(r, task, known->final.run_ns);
	else if (task->is_open && r->out->no_account)
		add_fixup(r, task->open.cpu, task->open.since_ns, TASK_UNKNOWN,
			  task->open.before_seq);
	if (task->phase == PHASE_BLOCKED && task->woken_in_slice)
		implicit_wakeup(r, task, index);
	if (known->measured && !task->in_window &&
	    (!known->death_ns || known->death_ns > r->window->t0))
		allow(r, task->mask, task->mask_size);
	/* Its death is known from the lifecycle copy alone: the switch itself was lost. */
	if (known->death_ns && !task->dead)
		add_fixup(r, CPU_NONE, known->death_ns, index, 0);
}

/* What comes after a CPU's last record is unknown if numbers were given out, or nobody can say. */
static void finish_cpu(struct resolver *r, struct event_order *order, bool ended, int cpu)
{
	const struct cpu_now *now = &r->cpus[cpu];
	uint64_t tail, since;

	r->out->lost[cpu] = event_order_lost(order, cpu, &tail, &since);
	if (now->lost_since)
		add_fixup(r, cpu, now->lost_since, TASK_UNKNOWN, now->lost_seq);
	else if (tail || !ended)
		add_fixup(r, cpu, since, TASK_UNKNOWN, now->next_seq);
	add_traced_run(r, now->task, now->since, r->out->counts.last_ts);
	sort_seqs(&r->out->implicit[cpu]);
	sort_seqs(&r->out->child_waits[cpu]);
}

/* What only the end of the trace tells. */
static void finish(struct resolver *r, struct event_order *order, const struct trace *t,
		   struct window *w)
{
	struct resolution *out = r->out;

	out->counts = *event_order_counts(order);
	for (uint32_t i = 0; i < r->room && i < r->table->count; i++)
		finish_task(r, i);
	for (int cpu = 0; cpu < out->cpu_count; cpu++)
		finish_cpu(r, order, t->end != NULL, cpu);
	sort_fixups(out);
	if (!w->end_known)
		w->t1 = out->counts.last_ts > w->t0 ? out->counts.last_ts : w->t0;
	/* A mask may name CPUs that are not there, or not online. */
	for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++) {
		out->allowed[cpu] &= cpu < out->cpu_count && r->cpus[cpu].seen;
		out->n += out->allowed[cpu];
	}
}

int resolve(struct resolution *out, struct trace *t, struct task_table *table, struct window *w)
{
	struct resolver r = { .out = out, .table = table, .window = w };
	struct event_order *order = NULL;
	struct ordered_event event;
	int err, got = 0;

	memset(out, 0, sizeof(*out));
	out->cpu_count = t->cpu_count;
	out->implicit = calloc(t->cpu_count + 1, sizeof(*out->implicit));
	out->child_waits = calloc(t->cpu_count + 1, sizeof(*out->child_waits));
	out->lost = calloc(t->cpu_count + 1, sizeof(*out->lost));
	r.cpus = calloc(t->cpu_count + 1, sizeof(*r.cpus));
	err = event_order_open(&order, t);
	if (!out->implicit || !out->child_waits || !out->lost || !r.cpus || !order) {
		free(r.cpus);
		event_order_close(order);
		return err ? err : fail_memory();
	}
	for (int cpu = 0; cpu < t->cpu_count; cpu++)
		r.cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(table);
	if (table->count)
		passing_of(&r, table->count - 1); /* also those that no event tells of */
	while (!r.failed && (got = event_order_next(order, &event)) > 0)
		on_event(&r, &event);
	if (!r.failed)
		finish(&r, order, t, w);
	event_order_close(order);
	task_table_rewind(table);
	free(r.tasks);
	free(r.cpus);
	return r.failed || got < 0 ? fail_memory() : 0;
}

void resolution_free(struct resolution *r)
{
	for (int cpu = 0; r->implicit && cpu < r->cpu_count; cpu++)
		free(r->implicit[cpu].seqs);
	for (int cpu = 0; r->child_waits && cpu < r->cpu_count; cpu++)
		free(r->child_waits[cpu].seqs);
	free(r->implicit);
	free(r->child_waits);
	free(r->fixups);
	free(r->lost);
	memset(r, 0, sizeof(*r));
}
