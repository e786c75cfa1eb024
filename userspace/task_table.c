/* SPDX-License-Identifier: MIT */
#include "task_table_parts.h"
#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const struct task_table *table, uint32_t tid)
{
	uint32_t slot = (tid * 2654435761u) & (table->hash_size - 1);

	while (table->first[slot] != TASK_NONE && table->tasks[table->first[slot]].id.tid != tid)
		slot = (slot + 1) & (table->hash_size - 1);
	return slot;
}

bool task_hash_grow(struct task_table *table)
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

void comm_copy(char *to, const char *from)
{
	size_t len = strnlen(from, COMM_SIZE - 1);

	memcpy(to, from, len);
	memset(to + len, 0, COMM_SIZE - len);
}

uint32_t task_add(struct task_table *table, const struct task_identity *id)
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
	if (2 * index >= table->hash_size && !task_hash_grow(table))
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

uint32_t task_bearer(const struct task_table *table, uint32_t tid)
{
	uint32_t slot = slot_of(table, tid);

	return table->first[slot] == TASK_NONE ? TASK_NONE : table->hash[slot];
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

/* The thread's and its leader's tids; once they are exchanged this does nothing. */
static void exchange_tids(struct task_table *table, uint32_t thread)
{
	const struct tid_exchange *e = &table->tasks[thread].exchange;
	uint32_t *old = &table->hash[slot_of(table, e->old_tid)];
	uint32_t *taken = &table->hash[slot_of(table, e->taken_tid)];

	if (*old != thread || *taken != e->leader)
		return;
	*old = e->leader;
	*taken = thread;
}

static bool exchanges_with(const struct task_table *table, uint32_t thread, uint32_t leader)
{
	const struct tid_exchange *e = &table->tasks[thread].exchange;

	return e->old_tid != e->taken_tid && e->leader == leader;
}

uint32_t task_switched(struct task_table *table, uint32_t tid, uint32_t in)
{
	uint32_t index = task_find(table, tid);

	if (index == TASK_NONE || index == in || in >= table->count)
		return index;
	if (exchanges_with(table, in, index))
		exchange_tids(table, in);
	else if (exchanges_with(table, index, in))
		exchange_tids(table, index);
	return task_find(table, tid);
}

/*
 * A thread that execs takes its leader's tid, and its leader the thread's. The leader is dead by
 * then, but may have its last switch before it.
 */
uint32_t task_execed(struct task_table *table, const struct exec_event *exec)
{
	uint32_t thread, leader;

	if (exec->old_tid == exec->task.tid)
		return task_find(table, exec->task.tid);
	thread = task_find(table, exec->old_tid);
	leader = task_find(table, exec->task.tid);
	if (thread == TASK_NONE || leader == TASK_NONE)
		return TASK_NONE;
	if (exchanges_with(table, leader, thread))
		return leader; /* the switches have shown it: who bears the tid is the thread */
	table->tasks[thread].exchange =
		(struct tid_exchange){ exec->old_tid, exec->task.tid, leader };
	exchange_tids(table, thread);
	return thread;
}

void task_table_rewind(struct task_table *table)
{
	memcpy(table->hash, table->first, table->hash_size * sizeof(*table->hash));
}

void task_table_free(struct task_table *table)
{
	free(table->tasks);
	free(table->hash);
	free(table->first);
	memset(table, 0, sizeof(*table));
}
