/* SPDX-License-Identifier: MIT */
#include "tree_watch.h"
#include <stdlib.h>
#include <string.h>
#include "task_row.h"

struct tree_change { /* a birth, a death, or a thread's exec under its leader's tid */
	uint64_t ts, start_ns;
	uint32_t seq;
	uint32_t tid; /* who is born; 0: nobody */
	uint32_t by;  /* the parent, or who leaves */
	bool leaves;
};

void tree_watch_start(struct tree_watch *w, bool on)
{
	w->count = w->change_count = 0;
	w->failed = false;
	w->on = on;
}

void tree_watch_free(struct tree_watch *w)
{
	free(w->living);
	free(w->changes);
	*w = (struct tree_watch){};
}

void tree_watch_add(struct tree_watch *w, uint32_t tid, uint64_t start_ns)
{
	if (w->count == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		struct watched *grown = reallocarray(w->living, room, sizeof(*grown));

		if (!grown) {
			w->failed = true;
			return;
		}
		w->living = grown;
		w->room = room;
	}
	w->living[w->count++] = (struct watched){ tid, start_ns };
}

/* The youngest first: those born last mostly die first. */
static struct watched *find(const struct tree_watch *w, uint32_t tid)
{
	for (size_t i = w->count; i-- > 0;)
		if (w->living[i].tid == tid)
			return &w->living[i];
	return NULL;
}

static void add_change(struct tree_watch *w, const struct tree_change *change)
{
	if (w->change_count == w->change_room) {
		size_t room = w->change_room ? 2 * w->change_room : 64;
		struct tree_change *grown = reallocarray(w->changes, room, sizeof(*grown));

		if (!grown) {
			w->failed = true;
			return;
		}
		w->changes = grown;
		w->change_room = room;
	}
	w->changes[w->change_count++] = *change;
}

void tree_watch_take(struct tree_watch *w, const struct event_head *record)
{
	const struct newtask_event *newtask = (const void *)record;
	const struct switch_last_event *last = (const void *)record;
	const struct exec_event *exec = (const void *)record;
	struct tree_change change = { .ts = record->ts, .seq = record->seq };

	if (!w->on)
		return;
	if (record->type == EVENT_NEWTASK) {
		change.tid = newtask->task.tid;
		change.start_ns = newtask->task.start_ns;
		change.by = newtask->parent;
	} else if (record->type == EVENT_SWITCH_LAST) {
		change.by = last->sw.prev;
		change.leaves = true;
	} else if (record->type == EVENT_EXEC && exec->old_tid != exec->task.tid) {
		change.tid = exec->task.tid;
		change.start_ns = exec->task.start_ns;
		change.by = exec->old_tid;
		change.leaves = true;
	} else {
		return;
	}
	add_change(w, &change);
}

static int by_time(const void *a, const void *b)
{
	const struct tree_change *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void apply(struct tree_watch *w, const struct tree_change *change)
{
	struct watched *by = find(w, change->by);

	if (!by)
		return;
	if (change->leaves)
		*by = w->living[--w->count];
	/* One that was born before the snapshot at attach is in it too. */
	if (change->tid && !find(w, change->tid))
		tree_watch_add(w, change->tid, change->start_ns);
}

void tree_watch_settle(struct tree_watch *w, uint64_t until_ns)
{
	size_t done = 0;

	if (!w->change_count)
		return;
	qsort(w->changes, w->change_count, sizeof(*w->changes), by_time);
	while (done < w->change_count && w->changes[done].ts < until_ns)
		apply(w, &w->changes[done++]);
	w->change_count -= done;
	memmove(w->changes, w->changes + done, w->change_count * sizeof(*w->changes));
}

static int by_tid(const void *a, const void *b)
{
	const struct watched *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

void tree_watch_check(struct tree_watch *w, const struct task_event *rows, size_t count,
		      uint64_t begun_ns)
{
	struct watched *there = calloc(count + 1, sizeof(*there));
	size_t kept = 0, there_count = 0;

	if (!there)
		return; /* the next check may have more luck */
	for (size_t i = 0; i < count; i++)
		if (!task_row_is_dead(&rows[i]))
			there[there_count++] =
				(struct watched){ rows[i].task.tid, rows[i].task.start_ns };
	qsort(there, there_count, sizeof(*there), by_tid);
	for (size_t i = 0; i < w->count; i++)
		if (w->living[i].start_ns >= begun_ns ||
		    bsearch(&w->living[i], there, there_count, sizeof(*there), by_tid))
			w->living[kept++] = w->living[i];
	w->count = kept;
	free(there);
}
