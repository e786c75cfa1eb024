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

/* How long it was in its state since its first account, in the window or not. */
static uint64_t accounted_span(const struct task_state *s, uint64_t t)
{
	uint64_t from = s->since > s->counted_from ? s->since : s->counted_from;

	return t > from ? t - from : 0;
}

/* What its account has of the stay that ends at `t`, but for `span`, which is in the window. */
static void leave_beyond(struct timeline *tl, struct task_state *s, uint64_t t, uint64_t span)
{
	uint64_t all = accounted_span(s, t);

	tl->conflicts += t < s->since;
	if (state_waits(s->state))
		s->wait_beyond_ns += all - span;
	if (s->state != STATE_RUNNING)
		return;
	s->run_beyond_ns += all - span;
	if (tl->table->tasks[s - tl->tasks].exec_ns)
		s->before_exec_run_ns += t - s->since - all;
}

void leave_state(struct timeline *tl, struct task_state *s)
{
	uint64_t span = span_since(tl, s->since);

	leave_beyond(tl, s, tl->at.t, span);
	s->ns[s->state] += span;
	if (s->state == STATE_RUNNING)
		s->slices += span > 0;
	else if (s->state == STATE_BLOCKED && span && !task_state_blocked(s, s->syscall, span))
		tl->failed = true;
	if (!s->measured)
		return;
	if (s->state == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), -1);
	else if (state_waits(s->state))
		waiting_remove(tl, s, cpu_at(tl, s->cpu));
	else if (s->state == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), -1);
	else if (s->state == STATE_UNKNOWN)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[BLOCK_UNKNOWN]), -1);
}

void enter_state(struct timeline *tl, struct task_state *s, enum state state)
{
	uint64_t t = tl->at.t;

	s->state = state;
	s->since = t;
	if (!s->born_ns && state != STATE_NONE)
		s->born_ns = t > s->counted_from ? t : s->counted_from;
	if (!s->measured)
		return;
	if (state == STATE_RUNNING)
		moment_add(&tl->moment, MOMENT_COUNTER(running), 1);
	else if (state_waits(state))
		waiting_add(tl, s, s - tl->tasks, cpu_at(tl, s->cpu));
	else if (state == STATE_BLOCKED)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[s->block]), 1);
	else if (state == STATE_UNKNOWN)
		moment_add(&tl->moment, MOMENT_COUNTER(blocked[BLOCK_UNKNOWN]), 1);
	set_in_flight(tl, s, state);
}
