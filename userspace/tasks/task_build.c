/* SPDX-License-Identifier: MIT */
/* Fills the table from the snapshots and the lifecycle records. */
#include <stdlib.h>
#include <string.h>
#include "common/failure.h"
#include "task_table_parts.h"
#include "trace/task_row.h"

struct lifecycle { /* all records of the lifecycle sections, to be put in order */
	char *bytes;
	size_t size, room;
	struct lifecycle_place {
		uint64_t ts;
		size_t offset;
		uint16_t cpu;
	} * places;
	size_t count, places_room;
};

static bool lifecycle_add(struct lifecycle *l, const struct event_head *event, int cpu)
{
	if (l->count == l->places_room) {
		size_t room = l->places_room ? 2 * l->places_room : 1024;
		void *grown = reallocarray(l->places, room, sizeof(*l->places));

		if (!grown)
			return false;
		l->places = grown;
		l->places_room = room;
	}
	if (l->room - l->size < event->size) {
		size_t room = 2 * l->room + event->size + 65536;
		char *grown = realloc(l->bytes, room);

		if (!grown)
			return false;
		l->bytes = grown;
		l->room = room;
	}
	memcpy(l->bytes + l->size, event, event->size);
	l->places[l->count++] = (struct lifecycle_place){ event->ts, l->size, cpu };
	l->size += event->size;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct lifecycle_place *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static bool lifecycle_read(struct lifecycle *l, struct trace *t)
{
	void *data = NULL;
	size_t room = 0;
	bool good = true;

	for (size_t i = 0; i < t->section_count && good; i++) {
		const char *at;
		long left;

		if (t->sections[i].type != SECTION_LIFECYCLE)
			continue;
		left = trace_read_section(t, i, &data, &room);
		for (at = data; left > 0 && good;) {
			const struct event_head *event = event_check(at, left);

			if (!event)
				break;
			good = lifecycle_add(l, event, t->sections[i].cpu);
			at += event->size;
			left -= event->size;
		}
	}
	free(data);
	if (l->count)
		qsort(l->places, l->count, sizeof(*l->places), by_time);
	return good;
}

/* Calls `add` for each task of the snapshot section of that type. */
static int snapshot_read(struct task_table *table, struct trace *t, enum section_type type,
			 bool (*add)(struct task_table *table, const struct task_event *task))
{
	bool good = true;

	for (size_t i = 0; i < t->section_count && good; i++) {
		void *data = NULL;
		size_t room = 0;
		long left;

		if (t->sections[i].type != type)
			continue;
		left = trace_read_section(t, i, &data, &room);
		for (const char *at = data; left > 0 && good;) {
			const struct event_head *event = event_check(at, left);

			if (!event || event->type != EVENT_TASK)
				break;
			good = add(table, (const void *)event);
			at += event->size;
			left -= event->size;
		}
		free(data);
	}
	return good ? 0 : fail_memory();
}

static struct row_time row_time(const struct task_event *event)
{
	uint64_t from = event->head.ts;

	return (struct row_time){ from, task_row_tells(event) && event->read_ns > from
						? event->read_ns
						: from };
}

static enum start_state start_state(const struct task_event *event)
{
	if (event->state & (TASK_DEAD | TASK_NEW))
		return START_UNKNOWN;
	if (event->on_cpu)
		return START_RUNNING;
	if (event->on_rq || event->state == 0 || event->state & TASK_WAKING)
		return START_WAITING;
	return START_BLOCKED;
}

static struct switch_futex_event blocked_as_switch(const struct task_event *event)
{
	return (struct switch_futex_event){
		.sw = { .head = { .type = event->futex_address ? EVENT_SWITCH_FUTEX
							       : EVENT_SWITCH },
			.prev = event->task.tid,
			.prev_state = event->state,
			.syscall = event->syscall },
		.address = event->futex_address,
		.op = event->futex_op,
		.val = event->futex_val,
	};
}

static bool add_at_start(struct task_table *table, const struct task_event *event)
{
	uint32_t index = task_add(table, &event->task);
	struct task *task;

	if (index == TASK_NONE)
		return false;
	task = &table->tasks[index];
	task->base = event->counters;
	task->base_at = row_time(event);
	task->first_run_ns = event->counters.run_ns;
	task->known = true;
	task->start.row_ns = event->head.ts;
	if (!task_row_tells(event))
		return true;
	task->start.state = start_state(event);
	if (task_row_is_dead(event))
		task->death_ns = event->head.ts;
	task->start.blocked = blocked_as_switch(event);
	return true;
}

static bool add_at_stop(struct task_table *table, const struct task_event *event)
{
	uint32_t index = task_bearer(table, event->task.tid);
	struct task *task;

	if (index == TASK_NONE)
		return true;
	task = &table->tasks[index];
	/* One that took its leader's tid at exec took its start too. */
	if (task->has_final ||
	    (task->id.tid == event->task.tid && task->id.start_ns != event->task.start_ns))
		return true;
	task->final = event->counters;
	task->final_at = row_time(event);
	task->has_last = true;
	if (task_row_tells(event))
		task->stop = start_state(event);
	return true;
}

static bool on_newtask(struct task_table *table, const struct newtask_event *newtask)
{
	uint32_t index = task_born(table, newtask), parent;

	if (index == TASK_NONE)
		return false;
	parent = task_find(table, newtask->parent);
	if (parent == TASK_NONE)
		return false;
	if (table->everyone)
		table->tasks[index].in_tree = newtask->task.pid != table->recorder_pid;
	else
		table->tasks[index].in_tree = table->tasks[parent].in_tree;
	table->tasks[index].of_nobody = !table->tasks[parent].known ||
					table->tasks[parent].of_nobody;
	return true;
}

/* A last switch under the thread's tid before its exec is that of the leader, which had got it. */
static void give_death_to_leader(struct task_table *table, struct task *thread)
{
	struct task *leader = &table->tasks[thread->exchange.leader];

	if (thread->exchange.old_tid == thread->exchange.taken_tid || !thread->death_ns ||
	    leader->death_ns)
		return;
	leader->death_ns = thread->death_ns;
	leader->final = thread->final;
	leader->has_final = thread->has_final;
	thread->death_ns = 0;
	thread->has_final = false;
}

static bool on_exec(struct task_table *table, const struct exec_event *exec)
{
	uint32_t index = task_execed(table, exec);
	struct task *task;

	if (index == TASK_NONE)
		return false;
	task = &table->tasks[index];
	give_death_to_leader(table, task);
	comm_copy(task->id.comm, exec->task.comm);
	task->id.pid = exec->task.pid;
	if (index == table->root && !task->exec_ns) {
		task->exec_ns = exec->head.ts;
		if (event_has_account(&exec->head)) {
			task->base = exec->counters;
			task->base_at = (struct row_time){ 0, 0 };
		}
	}
	return true;
}

static bool on_last_switch(struct task_table *table, const struct switch_last_event *last)
{
	uint32_t index = task_find(table, last->sw.prev);

	if (index == TASK_NONE)
		return false;
	table->tasks[index].death_ns = last->sw.head.ts;
	if (!event_has_account(&last->sw.head))
		return true;
	table->tasks[index].final = last->counters;
	table->tasks[index].has_final = true;
	return true;
}

static bool on_rename(struct task_table *table, const struct rename_event *rename)
{
	uint32_t index = task_find(table, rename->tid);

	if (index == TASK_NONE)
		return false;
	comm_copy(table->tasks[index].id.comm, rename->comm);
	return true;
}

static bool apply(struct task_table *table, const struct event_head *event)
{
	switch (event->type) {
	case EVENT_NEWTASK:
		return on_newtask(table, (const void *)event);
	case EVENT_EXEC:
		return on_exec(table, (const void *)event);
	case EVENT_SWITCH_LAST:
		return on_last_switch(table, (const void *)event);
	case EVENT_RENAME:
		return on_rename(table, (const void *)event);
	}
	return true;
}

struct numbers {
	json_int_t *sorted;
	size_t count;
};

static int compare_numbers(const void *a, const void *b)
{
	json_int_t x = *(const json_int_t *)a, y = *(const json_int_t *)b;

	return x < y ? -1 : x > y;
}

/* Of a list that may be missing; none out of memory. */
static struct numbers numbers_of(const json_t *list)
{
	size_t count = json_array_size(list);
	struct numbers n = { count ? calloc(count, sizeof(*n.sorted)) : NULL, 0 };

	for (size_t i = 0; n.sorted && i < count; i++)
		n.sorted[n.count++] = json_integer_value(json_array_get(list, i));
	if (n.count)
		qsort(n.sorted, n.count, sizeof(*n.sorted), compare_numbers);
	return n;
}

static bool lists(const struct numbers *n, json_int_t number)
{
	return n->count && bsearch(&number, n->sorted, n->count, sizeof(number), compare_numbers);
}

/* Who of the living is of W from the start; its children are by their birth. */
static void mark_target(struct task_table *table, const json_t *run)
{
	const json_t *target = json_object_get(run, "target");
	const char *kind = json_string_value(json_object_get(target, "kind"));
	struct numbers pids = numbers_of(json_object_get(target, "pids"));
	struct numbers threads = numbers_of(json_object_get(target, "threads"));

	table->recorder_pid = json_integer_value(json_object_get(run, "recorder_pid"));
	table->everyone = kind && !strcmp(kind, "all");
	for (uint32_t i = 0; i < table->count; i++) {
		struct task *task = &table->tasks[i];

		if (task->death_ns || task->id.pid == table->recorder_pid)
			continue;
		task->in_tree = table->everyone || lists(&pids, task->id.pid) ||
				lists(&threads, task->id.tid);
	}
	free(pids.sorted);
	free(threads.sorted);
}

int task_table_build(struct task_table *table, struct trace *t)
{
	uint32_t command = json_integer_value(json_object_get(t->run, "command_pid"));
	struct lifecycle l = {};
	bool good;
	int err;

	memset(table, 0, sizeof(*table));
	table->root = TASK_NONE;
	if (!task_hash_grow(table))
		return fail_memory();
	err = snapshot_read(table, t, SECTION_TASKS, add_at_start);
	if (err)
		return err;
	mark_target(table, t->run);
	if (command) {
		table->root = task_find(table, command);
		if (table->root != TASK_NONE)
			table->tasks[table->root].in_tree = true;
	}
	good = lifecycle_read(&l, t);
	for (size_t i = 0; i < l.count && good; i++)
		good = apply(table, (const void *)(l.bytes + l.places[i].offset));
	free(l.bytes);
	free(l.places);
	if (!good)
		return fail_memory();
	err = snapshot_read(table, t, SECTION_TASKS_END, add_at_stop);
	task_table_rewind(table);
	return err;
}
