/* SPDX-License-Identifier: MIT */
#include "task_table.h"
#include <stdlib.h>
#include <string.h>
#include "failure.h"

static uint32_t slot_of(const struct task_table *table, uint32_t tid)
{
	uint32_t slot = (tid * 2654435761u) & (table->hash_size - 1);

	while (table->first[slot] != TASK_NONE && table->tasks[table->first[slot]].id.tid != tid)
		slot = (slot + 1) & (table->hash_size - 1);
	return slot;
}

static bool hash_grow(struct task_table *table)
{
	uint32_t size = table->hash_size ? 2 * table->hash_size : 4096;
	uint32_t *old_hash = table->hash, *old_first = table->first, old_size = table->hash_size;

	table->hash = malloc(size * sizeof(*table->hash));
	table->first = malloc(size * sizeof(*table->first));
	if (!table->hash || !table->first) {
		free(table->hash);
		free(table->first);
		table->hash = old_hash;
		table->first = old_first;
		return false;
	}
	table->hash_size = size;
	memset(table->first, 0xff, size * sizeof(*table->first));
	for (uint32_t i = 0; i < old_size; i++)
		if (old_first[i] != TASK_NONE) {
			uint32_t slot = slot_of(table, table->tasks[old_first[i]].id.tid);

			table->first[slot] = old_first[i];
			table->hash[slot] = old_hash[i];
		}
	free(old_hash);
	free(old_first);
	return true;
}

/* Kernels before 6.x leave what a longer name had behind the NUL. */
static void comm_copy(char *to, const char *from)
{
	size_t len = strnlen(from, COMM_SIZE - 1);

	memcpy(to, from, len);
	memset(to + len, 0, COMM_SIZE - len);
}

/* Appends a task; its tid keeps its present bearer. TASK_NONE out of memory. */
static uint32_t task_add(struct task_table *table, const struct task_identity *id)
{
	uint32_t index = table->count, slot;

	if (index == table->room) {
		uint32_t room = table->room ? 2 * table->room : 1024;
		struct task *grown = reallocarray(table->tasks, room, sizeof(*grown));

		if (!grown)
			return TASK_NONE;
		table->tasks = grown;
		table->room = room;
	}
	if (2 * index >= table->hash_size && !hash_grow(table))
		return TASK_NONE;
	slot = slot_of(table, id->tid);
	table->tasks[index] = (struct task){ .id = *id, .next_same_tid = TASK_NONE, .unit = -1 };
	comm_copy(table->tasks[index].id.comm, id->comm);
	if (table->first[slot] == TASK_NONE) {
		table->first[slot] = table->hash[slot] = index;
	} else {
		uint32_t last = table->first[slot];

		while (table->tasks[last].next_same_tid != TASK_NONE)
			last = table->tasks[last].next_same_tid;
		table->tasks[last].next_same_tid = index;
	}
	table->count++;
	return index;
}

uint32_t task_find(struct task_table *table, uint32_t tid)
{
	struct task_identity nameless = { .tid = tid, .pid = tid, .comm = "?" };
	uint32_t slot = slot_of(table, tid);

	if (table->first[slot] != TASK_NONE)
		return table->hash[slot];
	return task_add(table, &nameless);
}

static uint32_t find_identity(const struct task_table *table, uint32_t tid, uint64_t start_ns)
{
	uint32_t index = table->first[slot_of(table, tid)];

	while (index != TASK_NONE && table->tasks[index].id.start_ns != start_ns)
		index = table->tasks[index].next_same_tid;
	return index;
}

uint32_t task_born(struct task_table *table, const struct newtask_event *newtask)
{
	uint32_t index = find_identity(table, newtask->task.tid, newtask->task.start_ns);

	if (index == TASK_NONE)
		index = task_add(table, &newtask->task);
	if (index == TASK_NONE)
		return TASK_NONE;
	table->tasks[index].known = true;
	table->hash[slot_of(table, newtask->task.tid)] = index;
	return index;
}

/* A thread that execs takes its leader's tid; the leader is dead by then. */
uint32_t task_execed(struct task_table *table, const struct exec_event *exec)
{
	uint32_t index;

	if (exec->old_tid == exec->task.tid)
		return task_find(table, exec->task.tid);
	index = task_find(table, exec->old_tid);
	if (index != TASK_NONE && task_find(table, exec->task.tid) != TASK_NONE)
		table->hash[slot_of(table, exec->task.tid)] = index;
	return index;
}

void task_table_rewind(struct task_table *table)
{
	memcpy(table->hash, table->first, table->hash_size * sizeof(*table->hash));
}

/* ---- building -----------------------------------------------------------------------------------
 */

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
	return good ? 0 : fail(EXIT_FAILED, NULL, "out of memory");
}

static bool add_at_start(struct task_table *table, const struct task_event *event)
{
	uint32_t index = task_add(table, &event->task);

	if (index == TASK_NONE)
		return false;
	table->tasks[index].base = event->counters;
	table->tasks[index].first_run_ns = event->counters.run_ns;
	table->tasks[index].known = true;
	return true;
}

static bool add_at_stop(struct task_table *table, const struct task_event *event)
{
	uint32_t index = find_identity(table, event->task.tid, event->task.start_ns);

	if (index != TASK_NONE && !table->tasks[index].has_final) {
		table->tasks[index].final = event->counters;
		table->tasks[index].has_last = true;
	}
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
	table->tasks[index].in_tree = table->tasks[parent].in_tree;
	return true;
}

static bool on_exec(struct task_table *table, const struct exec_event *exec)
{
	uint32_t index = task_execed(table, exec);
	struct task *task;

	if (index == TASK_NONE)
		return false;
	task = &table->tasks[index];
	comm_copy(task->id.comm, exec->task.comm);
	task->id.pid = exec->task.pid;
	if (index == table->root && !task->exec_ns) {
		task->exec_ns = exec->head.ts;
		task->base = exec->counters;
	}
	return true;
}

static bool on_last_switch(struct task_table *table, const struct switch_last_event *last)
{
	uint32_t index = task_find(table, last->sw.prev);

	if (index == TASK_NONE)
		return false;
	table->tasks[index].death_ns = last->sw.head.ts;
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

int task_table_build(struct task_table *table, struct trace *t)
{
	uint32_t command = json_integer_value(json_object_get(t->run, "command_pid"));
	struct lifecycle l = {};
	bool good;
	int err;

	memset(table, 0, sizeof(*table));
	table->root = TASK_NONE;
	if (!hash_grow(table))
		return fail(EXIT_FAILED, NULL, "out of memory");
	err = snapshot_read(table, t, SECTION_TASKS, add_at_start);
	if (err)
		return err;
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
		return fail(EXIT_FAILED, NULL, "out of memory");
	err = snapshot_read(table, t, SECTION_TASKS_END, add_at_stop);
	task_table_rewind(table);
	return err;
}

void task_table_free(struct task_table *table)
{
	free(table->tasks);
	free(table->hash);
	free(table->first);
	memset(table, 0, sizeof(*table));
}
