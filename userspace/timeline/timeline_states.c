/* SPDX-License-Identifier: MIT */
/* What the second pass remembers of each task. */
#include <stdlib.h>
#include <string.h>
#include "common/heap_room.h"
#include "timeline_change.h"

static void know_task(const struct timeline *tl, struct task_state *s, uint32_t index)
{
	const struct task *task = &tl->table->tasks[index];

	s->measured = task->measured;
	s->watched = task->measured || task->role != ROLE_TASK;
	s->in = task_is_doubtful(tl->table, index) ? CPU_UNKNOWN
		: task->measured		   ? CPU_WORKLOAD
						   : CPU_OTHER;
	s->flies = task->flies;
	s->nvcsw = task->base.nvcsw;
	s->mask = task->id.mask;
	s->mask_size = task->id.mask_size;
	s->counted_from = task->exec_ns ? task->exec_ns : task->base_at.from_ns;
	s->plain_from = UINT64_MAX; /* until it is found to be */
	counts_start(s, task);
}

/* Beyond the table's end, for tasks that the events bring: nobody knows anything of them. */
static void know_nothing(const struct timeline *tl, struct task_state *s)
{
	s->in = tl->table->births_lost ? CPU_UNKNOWN : CPU_OTHER;
	s->counts_to = s->plain_from = UINT64_MAX;
}

bool states_make_room(struct timeline *tl, uint32_t task)
{
	uint32_t room = task + (tl->task_room ? task / 2 : 0) + 64;
	struct task_state *grown = reallocarray(tl->tasks, room, sizeof(*grown));
	uint32_t *waiting;

	if (grown) {
		heap_huge_block(grown, room * sizeof(*grown));
		tl->tasks = grown;
	}
	waiting = reallocarray(tl->waiting, room, sizeof(*waiting));
	if (waiting)
		tl->waiting = waiting;
	if (!grown || !waiting) {
		tl->failed = true;
		return false;
	}
	memset(grown + tl->task_room, 0, (room - tl->task_room) * sizeof(*grown));
	for (uint32_t i = tl->task_room; i < room; i++) {
		grown[i].last_cpu = grown[i].cpu = grown[i].noted_cpu = CPU_NONE;
		if (i < tl->table->count)
			know_task(tl, &grown[i], i);
		else
			know_nothing(tl, &grown[i]);
	}
	tl->task_room = room;
	return true;
}

void leave_state(struct timeline *tl, struct task_state *s)
{
	leave_known(tl, s, s->state, tl->at);
}

void enter_state(struct timeline *tl, struct task_state *s, enum state state)
{
	enter_known(tl, s, state, tl->at);
}
