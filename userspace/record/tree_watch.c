/* SPDX-License-Identifier: MIT */
#include "tree_watch.h"
#include <stdlib.h>
#include <string.h>
#include "trace/task_row.h"

struct tree_change { /* a birth, a death, or a thread's exec under its leader's tid */
	uint64_t ts, start_ns;
	uint32_t seq;
	uint32_t tid; /* who is born; 0: nobody */
	uint32_t by;  /* the parent, or who leaves */
	bool leaves;
};

void tree_watch_start(struct tree_watch *w, bool on)
{
	id_map_clear(&w->living);
	w->change_count = 0;
	w->failed = false;
	w->on = on;
}

void tree_watch_free(struct tree_watch *w)
{
	id_map_free(&w->living);
	free(w->changes);
	*w = (struct tree_watch){};
}

void tree_watch_add(struct tree_watch *w, uint32_t tid, uint64_t start_ns)
{
	uint64_t *start = id_map_at(&w->living, tid);

	if (start)
		*start = start_ns;
	else
		w->failed = true;
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
	if (!change->by || !id_map_find(&w->living, change->by))
		return;
	if (change->leaves)
		id_map_remove(&w->living, change->by);
	/* One that was born before the snapshot at attach is in it too. */
	if (change->tid && !id_map_find(&w->living, change->tid))
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

void tree_watch_check(struct tree_watch *w, const struct task_event *rows, size_t count,
		      uint64_t begun_ns)
{
	struct id_map known = w->living;

	w->living = (struct id_map){};
	for (size_t i = 0; i < count; i++) {
		const uint64_t *start = id_map_find(&known, rows[i].task.tid);

		if (start && *start == rows[i].task.start_ns && !task_row_is_dead(&rows[i]))
			tree_watch_add(w, rows[i].task.tid, *start);
	}
	for (size_t i = 0; i < known.room; i++)
		if (known.slots[i].key && known.slots[i].value >= begun_ns)
			tree_watch_add(w, known.slots[i].key, known.slots[i].value);
	id_map_free(&known);
}
