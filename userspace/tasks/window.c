/* SPDX-License-Identifier: MIT */
#include "window.h"
#include <string.h>

static int64_t int_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* The task of the command's tree that bore `tid` at `ns`. */
static struct task *tree_task(struct task_table *table, uint32_t tid, uint64_t ns)
{
	uint32_t index = task_find(table, tid);

	while (index != TASK_NONE) {
		struct task *task = &table->tasks[index];

		if (task->in_tree && (!task->death_ns || task->death_ns >= ns))
			return task;
		index = task->next_same_tid;
	}
	return NULL;
}

static void mark_roles(struct task_table *table, const json_t *list, uint64_t ns,
		       enum task_role role, bool measured)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		struct task *task = tree_task(table, int_of(row, "tid"), ns);

		if (!task)
			continue;
		task->role = role;
		task->measured = measured;
	}
}

/* A carrier stays one, whatever units it carried. */
static void mark_units(struct task_table *table, const json_t *units)
{
	const json_t *row;
	size_t i;

	json_array_foreach(units, i, row) {
		int64_t tid = int_of(row, "tid"); /* null: several carriers share it */
		struct task *task = tid ? tree_task(table, tid, int_of(row, "start_ns")) : NULL;

		if (!task || task->role == ROLE_CARRIER)
			continue;
		/* One task may carry several units, one after the other. */
		task->unit = task->role == ROLE_UNIT ? -1 : int_of(row, "unit");
		task->role = ROLE_UNIT;
		task->measured = true;
	}
}

/*
 * What units start while they run is theirs, and of W: threads of their process that are neither
 * named otherwise nor from before the gate, and children of it. In the table parents come first.
 */
static void mark_started(struct task_table *table, uint64_t gate)
{
	for (uint32_t i = 0; i < table->count; i++) {
		struct task *task = &table->tasks[i], *from;
		uint64_t start = task->id.start_ns;
		bool thread = task->id.tid != task->id.pid;

		if (!task->in_tree || task->role != ROLE_TASK || start < gate)
			continue;
		from = tree_task(table, thread ? task->id.pid : task->id.ppid, start);
		if (from && (from->measured || from->role == ROLE_LAUNCHER))
			task->measured = true;
	}
}

static bool window_from_truth(struct window *w, struct task_table *table, const json_t *truth)
{
	const json_t *units = json_object_get(truth, "units");
	const json_t *launcher = json_object_get(truth, "launcher");
	uint64_t gate = int_of(truth, "gate_ns"), finish = int_of(truth, "finish_ns");
	struct task *task;

	if (!json_array_size(units) || !gate || finish <= gate)
		return false;
	mark_roles(table, json_object_get(truth, "carriers"), gate, ROLE_CARRIER, true);
	mark_roles(table, json_object_get(truth, "helpers"), gate, ROLE_HELPER, false);
	mark_units(table, units);
	task = tree_task(table, int_of(launcher, "tid"), gate);
	if (task && !task->measured)
		task->role = ROLE_LAUNCHER;
	mark_started(table, gate);
	*w = (struct window){ .t0 = gate, .t1 = finish, .from_truth = true, .end_known = true };
	return true;
}

uint64_t window_unit_end(const struct window *w, const json_t *unit)
{
	int64_t finish = int_of(unit, "finish_ns"), died = int_of(unit, "died_ns");

	return finish > 0 ? (uint64_t)finish : died > 0 ? (uint64_t)died : w->run_t1;
}

uint64_t window_unit_start(const struct window *w, const json_t *unit)
{
	int64_t start = int_of(unit, "start_ns");

	return start > 0 ? (uint64_t)start : window_unit_end(w, unit);
}

static uint64_t run_ns(const struct task *task, bool no_account)
{
	if (no_account)
		return task->traced_run_ns;
	if (!task->has_final && !task->has_last)
		return 0;
	return task->final.run_ns > task->base.run_ns ? task->final.run_ns - task->base.run_ns : 0;
}

static bool is_set(const json_t *run, const char *key, const char *value)
{
	const char *is = json_string_value(json_object_get(run, key));

	return is && !strcmp(is, value);
}

/* A recording of what ran already. A trace of an older recorder has no target: it has a command. */
static bool is_of_living(const json_t *run)
{
	const char *kind =
		json_string_value(json_object_get(json_object_get(run, "target"), "kind"));

	return kind && strcmp(kind, "command") != 0;
}

/*
 * What ran already: from the attach, when the state of each task and CPU is known, to the detach,
 * or to the last switch of W's last task. All tasks never end, though those that were seen may
 * have.
 */
static void window_of_living(struct window *w, struct task_table *table, const struct trace *t)
{
	uint64_t last = 0, end = int_of(t->end, "ended_ns");
	bool alive = table->everyone;

	*w = (struct window){ .t0 = int_of(t->run, "attached_ns"),
			      .t1 = end,
			      .end_known = end != 0,
			      .of_living = true };
	for (uint32_t i = 0; i < table->count; i++) {
		struct task *task = &table->tasks[i];

		task->measured = task->in_tree;
		if (!task->in_tree)
			continue;
		alive |= !task->death_ns;
		if (task->death_ns > last)
			last = task->death_ns;
	}
	if (!alive && last >= w->t0 && (!end || last < end)) {
		w->t1 = last;
		w->end_known = true;
	}
	if (!w->end_known)
		w->t1 = UINT64_MAX;
	else if (w->t1 < w->t0)
		w->t1 = w->t0;
}

void window_find(struct window *w, struct task_table *table, const struct trace *t)
{
	bool ended = true, whole_tree = is_set(t->run, "wait", "all");
	const struct task *root;

	if (t->truth && window_from_truth(w, table, t->truth))
		return;
	if (is_of_living(t->run)) {
		window_of_living(w, table, t);
		return;
	}
	/* Without the exec nobody knows when it began: an empty window, and the report says so. */
	*w = (struct window){ .end_known = true };
	if (table->root == TASK_NONE || !table->tasks[table->root].exec_ns)
		return;
	root = &table->tasks[table->root];
	for (uint32_t i = 0; i < table->count; i++) {
		struct task *task = &table->tasks[i];

		task->measured = task->in_tree;
		if (!task->in_tree || (!whole_tree && task->id.pid != root->id.pid))
			continue;
		if (!task->death_ns)
			ended = false;
		if (task->death_ns > w->t1)
			w->t1 = task->death_ns;
	}
	w->t0 = root->exec_ns;
	/* --wait all that was ended before all of them were. */
	if (whole_tree && !ended && int_of(t->end, "ended_ns") > 0) {
		w->t1 = int_of(t->end, "ended_ns");
		ended = true;
	}
	w->end_known = ended && w->t1 > w->t0;
	if (!w->end_known)
		w->t1 = UINT64_MAX;
}

/*
 * A command's units are its tasks, but not one that ran less than 1 % of what the busiest ran, such
 * as a shell that waits; where all only sleep, each of them is.
 */
void window_mark_flying(const struct window *w, struct task_table *table, bool no_account)
{
	uint64_t busiest = 0, total = 0;

	if (w->from_truth)
		return;

	for (uint32_t i = 0; i < table->count; i++) {
		uint64_t run = table->tasks[i].measured ? run_ns(&table->tasks[i], no_account) : 0;

		total += run;
		if (run > busiest)
			busiest = run;
	}
	for (uint32_t i = 0; i < table->count; i++) {
		struct task *task = &table->tasks[i];
		bool only_sleep = w->end_known && total < (w->t1 - w->t0) / 100;

		task->flies = task->measured &&
			      (only_sleep || run_ns(task, no_account) * 100 >= busiest);
	}
}
