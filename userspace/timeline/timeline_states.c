/* SPDX-License-Identifier: MIT */
/* What the second pass remembers of each task. */
#include <stdlib.h>
#include <string.h>
#include "common/heap_room.h"
#include "timeline_change.h"

static void know_task(const struct timeline *tl, struct task_state *s, uint32_t index)
{
	const struct task *task = &tl->table->tasks[index];

	s->last_cpu = s->cpu = s->noted_cpu = CPU_NONE;
	s->measured = task->measured;
	s->watched = task_is_watched(task);
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

bool states_make(struct timeline *tl)
{
	uint32_t had = tl->task_room, count = tl->table->count;
	struct task_state *tasks = reallocarray(tl->tasks, count + 1, sizeof(*tasks));
	uint32_t *waiting = reallocarray(tl->waiting, count + 1, sizeof(*waiting));

	tl->tasks = tasks ? tasks : tl->tasks;
	tl->waiting = waiting ? waiting : tl->waiting;
	if (!tasks || !waiting)
		return false;
	heap_huge_block(tasks, count * sizeof(*tasks));
	memset(tasks + had, 0, (count - had) * sizeof(*tasks));
	tl->task_room = count;
	for (uint32_t i = had; i < count; i++)
		know_task(tl, &tasks[i], i);
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
