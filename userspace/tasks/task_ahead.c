/* SPDX-License-Identifier: MIT */
/* Among 100,000 tasks each look-up waits for memory, unless it is begun before its event's turn. */
#include "task_table.h"

/* Whom a switch or a waking is of; 0: nobody, or the idle task. */
struct tids {
	uint32_t one, other;
};

static struct tids tids_of(const struct event_head *event)
{
	const struct switch_event *sw = (const void *)event;

	if (event->type <= EVENT_SWITCH_LAST)
		return (struct tids){ sw->prev, sw->next };
	if (event->type <= EVENT_MIGRATE) /* it follows the head in each of these */
		return (struct tids){ ((const struct waking_event *)event)->tid, 0 };
	return (struct tids){};
}

static const struct tid_slot *slot_of(const struct task_table *table, uint32_t tid)
{
	return &table->slots[tid_hash(tid) & table->slot_mask];
}

static uint32_t find(const struct task_table *table, uint32_t tid)
{
	const struct tid_slot *slot = slot_of(table, tid);

	return tid && slot->tid == tid ? slot->now : TASK_NONE;
}

struct tasks_ahead task_look_ahead(const struct task_table *table, const struct event_head *event)
{
	struct tids tids = tids_of(event);

	return (struct tasks_ahead){ find(table, tids.one), find(table, tids.other) };
}

void task_fetch_ahead(const struct task_table *table, const struct event_head *event)
{
	struct tids tids = tids_of(event);

	__builtin_prefetch(slot_of(table, tids.one));
	__builtin_prefetch(slot_of(table, tids.other));
}
