/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include <stdlib.h>
#include <string.h>
#include "failure.h"

enum phase { PHASE_UNKNOWN, PHASE_RUNNABLE, PHASE_BLOCKED };

struct passing { /* what this pass remembers of a task */
	uint64_t run_ns; /* the kernel's, at its last sched-out */
	uint64_t open_in_ns; /* a slice whose sched-out was left untraced began here, */
	uint64_t open_limit_ns; /* and had ended by here */
	uint32_t open_run_low;
	int open_cpu;
	uint32_t out_seq;
	uint16_t out_cpu;
	uint8_t phase;
	bool run_known, open, woken_in_slice;
	bool in_window; /* a mask was shown in the window */
	uint16_t mask_size;
	uint64_t mask; /* as last shown */
};

struct cpu_now {
	uint32_t task;
	uint32_t task_run_low; /* the kernel's run time when it came in */
	uint64_t since;
	uint64_t lost_since; /* a loss since the last switch; 0: none */
	bool seen;	     /* it has a record: it was online */
};

struct resolver {
	struct resolution *out;
	struct task_table *table;
	const struct window *window;
	struct passing *tasks;
	uint32_t room;
	struct cpu_now *cpus;
	bool failed; /* out of memory */
};

static struct passing *passing_of(struct resolver *r, uint32_t task)
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
			grown[i].run_ns = r->table->tasks[i].base.run_ns;
			grown[i].run_known = true;
		}
		r->tasks = grown;
		r->room = room;
	}
	return &r->tasks[task];
}

static void add_fixup(struct resolver *r, int cpu, uint64_t ts, uint32_t task)
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
	out->fixups[out->fixup_count++] = (struct fixup){ ts, task, cpu };
}

static void add_implicit(struct resolver *r, int cpu, uint32_t seq)
{
	struct implicit_list *list = &r->out->implicit[cpu];

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

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The kernel's run time of a task whose sched-out was untraced, seen again, tells when it ended. */
static void close_open_slice(struct resolver *r, struct passing *task, uint32_t run_low)
{
	if (!task->open)
		return;
	task->open = false;
	add_fixup(r, task->open_cpu,
		  min_u64(task->open_in_ns + (uint32_t)(run_low - task->open_run_low),
			  task->open_limit_ns),
		  TASK_IDLE);
}

/* `prev` came in on `cpu` unseen: its slice is its own run time long. METRICS.md, one task's line. */
static void unseen_switch_in(struct resolver *r, int cpu, const struct ordered_event *o,
			     const struct switch_event *sw, uint32_t prev)
{
	struct cpu_now *now = &r->cpus[cpu];
	uint64_t earliest = now->lost_since ? now->lost_since : now->since, start = o->ts;
	struct passing *task = prev == TASK_IDLE ? NULL : passing_of(r, prev);

	if (task && task->run_known && sw->run_ns >= task->run_ns) {
		uint64_t ran = sw->run_ns - task->run_ns;

		start = ran < o->ts - earliest ? o->ts - ran : earliest;
	}
	if (now->lost_since) {
		if (start > earliest)
			add_fixup(r, cpu, earliest, TASK_UNKNOWN);
		add_fixup(r, cpu, start, prev);
		return;
	}
	r->out->untraced++;
	if (prev != TASK_IDLE) {
		add_fixup(r, cpu, start, prev);
	} else if (now->task < TASK_UNKNOWN) {
		struct passing *last = passing_of(r, now->task);

		if (!last)
			return;
		*last = (struct passing){ .run_ns = last->run_ns,
					  .run_known = last->run_known,
					  .open = true,
					  .open_cpu = cpu,
					  .open_in_ns = now->since,
					  .open_limit_ns = o->ts,
					  .open_run_low = now->task_run_low };
	}
}

/* Across a loss on its CPU the task in was the same all along if its own run time says so. */
static bool ran_throughout(const struct resolver *r, const struct cpu_now *now,
			   const struct ordered_event *o, const struct switch_event *sw,
			   uint32_t prev)
{
	const struct passing *task = prev < r->room ? &r->tasks[prev] : NULL;

	return prev == now->task && task && task->run_known && sw->run_ns >= task->run_ns &&
	       sw->run_ns - task->run_ns >= (o->ts - now->since) / 100 * 99;
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

	if (!task || !r->table->tasks[index].measured || ts > r->window->t1)
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

static void sched_out(struct resolver *r, const struct ordered_event *o,
		      const struct switch_event *sw, uint32_t prev)
{
	struct passing *task = passing_of(r, prev);

	if (!task)
		return;
	close_open_slice(r, task, sw->run_ns);
	task->run_ns = sw->run_ns;
	task->run_known = true;
	task->out_cpu = o->cpu;
	task->out_seq = sw->head.seq;
	task->phase = sw->prev_state == 0 || (sw->head.flags & EVENT_F_PREEMPT) ? PHASE_RUNNABLE
									       : PHASE_BLOCKED;
	note_mask(r, prev, o->ts, sw->mask, sw->mask_size);
	if (r->table->tasks[prev].measured && window_has(r->window, o->ts))
		r->out->allowed[o->cpu] = 1;
}

static void sched_in(struct resolver *r, const struct switch_event *sw, uint32_t next)
{
	struct passing *task = passing_of(r, next);

	if (!task)
		return;
	close_open_slice(r, task, sw->next_run_low);
	if (task->phase == PHASE_BLOCKED) {
		add_implicit(r, task->out_cpu, task->out_seq);
		if (r->table->tasks[next].measured)
			r->out->implicit_wakeups++;
	}
	task->phase = PHASE_RUNNABLE;
	task->woken_in_slice = false;
}

static uint32_t task_or_idle(struct resolver *r, uint32_t tid)
{
	uint32_t task = tid ? task_find(r->table, tid) : TASK_IDLE;

	if (task == TASK_NONE)
		r->failed = true;
	return task;
}

static void on_switch(struct resolver *r, const struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	struct cpu_now *now = &r->cpus[o->cpu];
	uint32_t prev = task_or_idle(r, sw->prev), next = task_or_idle(r, sw->next);

	if (r->failed)
		return;
	if (now->task == TASK_UNKNOWN && !now->since)
		now->task = prev; /* the CPU's first record */
	else if (now->lost_since ? !ran_throughout(r, now, o, sw, prev) : prev != now->task)
		unseen_switch_in(r, o->cpu, o, sw, prev);
	if (prev != TASK_IDLE)
		sched_out(r, o, sw, prev);
	if (next != TASK_IDLE)
		sched_in(r, sw, next);
	*now = (struct cpu_now){ next, sw->next_run_low, o->ts, 0, true };
}

static void on_waking(struct resolver *r, const struct waking_event *waking)
{
	uint32_t index = task_find(r->table, waking->tid);
	struct passing *task = index == TASK_NONE ? NULL : passing_of(r, index);

	if (!task) {
		r->failed = true;
		return;
	}
	task->woken_in_slice = task->phase != PHASE_BLOCKED;
	task->phase = PHASE_RUNNABLE;
}

static void on_event(struct resolver *r, const struct ordered_event *o)
{
	struct cpu_now *now = &r->cpus[o->cpu];

	now->seen = true;
	if (o->lost && !now->lost_since)
		now->lost_since = o->lost_since ? o->lost_since : r->window->t0;
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		on_switch(r, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		on_waking(r, (const void *)o->event);
		break;
	case EVENT_NEWTASK: {
		const struct newtask_event *newtask = (const void *)o->event;
		uint32_t index = task_born(r->table, newtask);

		if (index == TASK_NONE)
			r->failed = true;
		else
			note_mask(r, index, o->ts, newtask->task.mask,
				  newtask->task.mask_size);
		break;
	}
	case EVENT_EXEC: {
		const struct exec_event *exec = (const void *)o->event;
		uint32_t index = task_execed(r->table, exec);

		if (index == TASK_NONE)
			r->failed = true;
		else
			note_mask(r, index, o->ts, exec->task.mask, exec->task.mask_size);
		break;
	}
	}
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int compare_fixups(const void *a, const void *b)
{
	const struct fixup *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return (x->task != TASK_UNKNOWN) - (y->task != TASK_UNKNOWN);
}

/* What only the end of the trace tells. */
static void finish(struct resolver *r, struct event_order *order, struct window *w)
{
	struct resolution *out = r->out;

	out->counts = *event_order_counts(order);
	for (uint32_t i = 0; i < r->room && i < r->table->count; i++) {
		struct passing *task = &r->tasks[i];

		if (r->table->tasks[i].has_last)
			close_open_slice(r, task, r->table->tasks[i].final.run_ns);
		if (task->phase == PHASE_BLOCKED && task->woken_in_slice)
			add_implicit(r, task->out_cpu, task->out_seq);
		if (r->table->tasks[i].measured && !task->in_window)
			allow(r, task->mask, task->mask_size);
	}
	for (int cpu = 0; cpu < out->cpu_count; cpu++) {
		uint64_t tail, since;

		out->lost[cpu] = event_order_lost(order, cpu, &tail, &since);
		if (tail || r->cpus[cpu].lost_since)
			add_fixup(r, cpu, tail ? since : r->cpus[cpu].lost_since, TASK_UNKNOWN);
		if (out->implicit[cpu].count)
			qsort(out->implicit[cpu].seqs, out->implicit[cpu].count, sizeof(uint32_t),
			      compare_u32);
	}
	if (out->fixup_count)
		qsort(out->fixups, out->fixup_count, sizeof(*out->fixups), compare_fixups);
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
	out->lost = calloc(t->cpu_count + 1, sizeof(*out->lost));
	r.cpus = calloc(t->cpu_count + 1, sizeof(*r.cpus));
	err = event_order_open(&order, t);
	if (!out->implicit || !out->lost || !r.cpus || !order) {
		free(r.cpus);
		event_order_close(order);
		return err ? err : fail(EXIT_FAILED, NULL, "out of memory");
	}
	for (int cpu = 0; cpu < t->cpu_count; cpu++)
		r.cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(table);
	while (!r.failed && (got = event_order_next(order, &event)) > 0)
		on_event(&r, &event);
	if (!r.failed)
		finish(&r, order, w);
	event_order_close(order);
	task_table_rewind(table);
	free(r.tasks);
	free(r.cpus);
	return r.failed || got < 0 ? fail(EXIT_FAILED, NULL, "out of memory") : 0;
}

void resolution_free(struct resolution *r)
{
	for (int cpu = 0; r->implicit && cpu < r->cpu_count; cpu++)
		free(r->implicit[cpu].seqs);
	free(r->implicit);
	free(r->fixups);
	free(r->lost);
	memset(r, 0, sizeof(*r));
}
