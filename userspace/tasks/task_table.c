/* SPDX-License-Identifier: MIT */
#include "task_table_parts.h"
#include <stdlib.h>
#include <string.h>
#include "common/heap_room.h"

static struct tid_slot *slot_of(const struct task_table *table, uint32_t tid)
{
	uint32_t at = tid_hash(tid) & table->slot_mask;

	while (table->slots[at].now != TASK_NONE && table->slots[at].tid != tid)
		at = (at + 1) & table->slot_mask;
	return &table->slots[at];
}

bool task_hash_grow(struct task_table *table)
{
	struct tid_slot *old = table->slots;
	uint32_t old_size = old ? table->slot_mask + 1 : 0, size = old ? 2 * old_size : 4096;
	struct tid_slot *slots = malloc(size * sizeof(*slots));

	if (!slots)
		return false;
	memset(slots, 0xff, size * sizeof(*slots));
	table->slots = slots;
	table->slot_mask = size - 1;
	for (uint32_t i = 0; i < old_size; i++)
		if (old[i].now != TASK_NONE)
			*slot_of(table, old[i].tid) = old[i];
	free(old);
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
	uint32_t index = table->count;
	struct tid_slot *slot;

	if (table->frozen)
		return TASK_NONE;
	if (index == table->room) {
		uint32_t room = table->room ? 2 * table->room : 1024;
		struct task *grown = reallocarray(table->tasks, room, sizeof(*grown));

		if (!grown)
			return TASK_NONE;
		table->tasks = grown;
		table->room = room;
	}
	if (2 * (uint64_t)index >= table->slot_mask && !task_hash_grow(table))
		return TASK_NONE;
	slot = slot_of(table, id->tid);
	table->tasks[index] = (struct task){ .id = *id, .next_same_tid = TASK_NONE, .unit = -1 };
	comm_copy(table->tasks[index].id.comm, id->comm);
	if (slot->now == TASK_NONE) {
		*slot = (struct tid_slot){ id->tid, index, index };
	} else {
		uint32_t last = slot->first;

		while (table->tasks[last].next_same_tid != TASK_NONE)
			last = table->tasks[last].next_same_tid;
		table->tasks[last].next_same_tid = index;
	}
	table->count++;
	return index;
}

uint32_t task_find_or_add(struct task_table *table, uint32_t tid)
{
	struct task_identity nameless = { .tid = tid, .pid = tid, .comm = "?" };
	uint32_t task = slot_of(table, tid)->now;

	return task == TASK_NONE ? task_add(table, &nameless) : task;
}

uint32_t task_bearer(const struct task_table *table, uint32_t tid)
{
	return slot_of(table, tid)->now;
}

uint32_t task_first_bearer(const struct task_table *table, uint32_t tid)
{
	return slot_of(table, tid)->first;
}

static uint32_t find_identity(const struct task_table *table, uint32_t tid, uint64_t start_ns)
{
	uint32_t index = task_first_bearer(table, tid);

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
	if (!table->tasks[index].known)
		table->tasks[index].known = true;
	slot_of(table, newtask->task.tid)->now = index;
	return index;
}

/* The thread's and its leader's tids; once they are exchanged this does nothing. */
static void exchange_tids(struct task_table *table, uint32_t thread)
{
	const struct tid_exchange *e = &table->tasks[thread].exchange;
	uint32_t *old = &slot_of(table, e->old_tid)->now;
	uint32_t *taken = &slot_of(table, e->taken_tid)->now;

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

uint32_t task_switched_otherwise(struct task_table *table, uint32_t tid, uint32_t index,
				 uint32_t in)
{
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
	for (uint32_t i = 0; i <= table->slot_mask; i++)
		table->slots[i].now = table->slots[i].first;
}

bool task_table_copy(struct task_table *to, const struct task_table *from)
{
	size_t slots = from->slot_mask + 1;

	*to = *from;
	to->room = from->count + 1;
	to->tasks = malloc(to->room * sizeof(*to->tasks));
	to->slots = malloc(slots * sizeof(*to->slots));
	if (!to->tasks || !to->slots)
		return false;
	heap_huge_block(to->tasks, to->room * sizeof(*to->tasks));
	if (from->count) /* else there may be no list */
		memcpy(to->tasks, from->tasks, from->count * sizeof(*to->tasks));
	memcpy(to->slots, from->slots, slots * sizeof(*to->slots));
	return true;
}

void task_table_free(struct task_table *table)
{
	free(table->tasks);
	free(table->slots);
	memset(table, 0, sizeof(*table));
}
