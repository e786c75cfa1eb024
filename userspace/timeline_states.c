/* SPDX-License-Identifier: MIT */
#include "timeline_states.h"
#include <stdlib.h>
#include <string.h>

#define NOT_WAITING UINT32_MAX
/* ---- one CPU ------------------------------------------------------------------------------------
 */

static bool cpu_is_sliced(const struct cpu_timeline *cpu)
{
	return cpu->state == CPU_WORKLOAD && cpu->waiting > 0;
}

void cpu_set(struct timeline *tl, int cpu, uint64_t t, uint32_t task)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	bool worked = c->state == CPU_WORKLOAD;

	tl->sliced_cpus -= cpu_is_sliced(c);
	if (tl->resolution->allowed[cpu])
		tl->moment.cpus[c->state]--;
	strip_add(&tl->strip, cpu, c->since, t, c->state, c->task);
	note_slice(tl, cpu, t);
	if (!cpu_timeline_set(c, tl->window, tl->table, t, task))
		tl->failed = true;
	if (tl->resolution->allowed[cpu]) {
		tl->moment.cpus[c->state]++;
		claims_set_idle(&tl->claims, cpu, c->state == CPU_IDLE);
	}
	tl->sliced_cpus += cpu_is_sliced(c);
	physical_set(&tl->physical, tl->window, cpu, t, worked, c->state == CPU_WORKLOAD);
}

static void cpu_add_waiting(struct timeline *tl, int cpu, int change)
{
	if (cpu < 0 || cpu >= tl->cpu_count)
		return;
	tl->sliced_cpus -= cpu_is_sliced(&tl->cpus[cpu]);
	tl->cpus[cpu].waiting += change;
	tl->sliced_cpus += cpu_is_sliced(&tl->cpus[cpu]);
}

/* ---- one task -----------------------------------------------------------------------------------
 */

struct task_state *state_of(struct timeline *tl, uint32_t task)
{
	if (task >= tl->task_room) {
		uint32_t room = task + task / 2 + 1024;
		struct task_state *grown = reallocarray(tl->tasks, room, sizeof(*grown));

		if (!grown) {
			tl->failed = true;
			return NULL;
		}
		memset(grown + tl->task_room, 0, (room - tl->task_room) * sizeof(*grown));
		for (uint32_t i = tl->task_room; i < room; i++) {
			grown[i].last_cpu = grown[i].cpu = CPU_NONE;
			grown[i].waiting_at = NOT_WAITING;
		}
		tl->tasks = grown;
		tl->task_room = room;
	}
	return &tl->tasks[task];
}

static bool in_flight(const struct task_state *s)
{
	return s->flies && s->state != STATE_NONE && s->state != STATE_UNKNOWN &&
	       !(s->state == STATE_BLOCKED && s->block == BLOCK_CHILD);
}

static void waiting_add(struct timeline *tl, uint32_t task, uint64_t t)
{
	struct task_state *s = &tl->tasks[task];

	if (tl->moment.waiting == tl->waiting_room) {
		size_t room = tl->waiting_room ? 2 * tl->waiting_room : 64;
		uint32_t *grown = reallocarray(tl->waiting, room, sizeof(*grown));

		if (!grown) {
			tl->failed = true;
			return;
		}
		tl->waiting = grown;
		tl->waiting_room = room;
	}
	s->waiting_at = tl->moment.waiting;
	tl->waiting[tl->moment.waiting++] = task;
	cpu_add_waiting(tl, s->cpu, 1);
	if (s->cpu >= 0 && s->cpu < tl->cpu_count)
		s->busy_before_ns = cpu_timeline_busy_ns(&tl->cpus[s->cpu], tl->window, t);
}

uint64_t waited_behind_ns(const struct timeline *tl, const struct task_state *s, uint64_t t)
{
	if (s->cpu < 0 || s->cpu >= tl->cpu_count)
		return 0;
	return cpu_timeline_busy_ns(&tl->cpus[s->cpu], tl->window, t) - s->busy_before_ns;
}

static void waiting_remove(struct timeline *tl, uint32_t task)
{
	struct task_state *s = &tl->tasks[task];
	uint32_t last;

	if (s->waiting_at == NOT_WAITING)
		return;
	last = tl->waiting[--tl->moment.waiting];
	tl->waiting[s->waiting_at] = last;
	tl->tasks[last].waiting_at = s->waiting_at;
	s->waiting_at = NOT_WAITING;
	cpu_add_waiting(tl, s->cpu, -1);
}

/* Since the task's first account: its birth, its row at attach, or for the command's own task its
 * exec. */
static uint64_t counted_since(const struct timeline *tl, uint32_t task, uint64_t t)
{
	const struct task *known = &tl->table->tasks[task];
	uint64_t first = known->exec_ns ? known->exec_ns : known->base_at.from_ns;

	return t < first ? first : t;
}

/* What the program as a whole does; launchers and helpers have no part in it. */
static void leave_counts(struct timeline *tl, uint32_t task)
{
	const struct task_state *s = &tl->tasks[task];

	tl->moment.in_flight -= in_flight(s);
	if (s->state == STATE_RUNNING)
		tl->moment.running--;
	else if (state_waits(s->state))
		waiting_remove(tl, task);
	else if (s->state == STATE_BLOCKED)
		tl->moment.blocked[s->block]--;
	else if (s->state == STATE_UNKNOWN)
		tl->moment.blocked[BLOCK_UNKNOWN]--;
}

static void enter_counts(struct timeline *tl, uint32_t task, uint64_t t)
{
	const struct task_state *s = &tl->tasks[task];

	if (s->state == STATE_RUNNING)
		tl->moment.running++;
	else if (state_waits(s->state))
		waiting_add(tl, task, t);
	else if (s->state == STATE_BLOCKED)
		tl->moment.blocked[s->block]++;
	else if (s->state == STATE_UNKNOWN)
		tl->moment.blocked[BLOCK_UNKNOWN]++;
	tl->moment.in_flight += in_flight(s);
}

void leave_state(struct timeline *tl, uint32_t task, uint64_t t)
{
	struct task_state *s = &tl->tasks[task];
	uint64_t span = window_span(tl->window, s->since, t);
	uint64_t from = counted_since(tl, task, s->since), all = t > from ? t - from : 0;

	if (t < s->since)
		tl->conflicts++;
	s->ns[s->state] += span;
	if (is_measured(tl, task))
		leave_counts(tl, task);
	switch (s->state) {
	case STATE_RUNNING:
		s->slices += span > 0;
		s->all_run_ns += all;
		if (tl->table->tasks[task].exec_ns)
			s->before_exec_run_ns += t - s->since - all;
		if (tl->fair_until > tl->window->t0) {
			const struct window until = { .t0 = tl->window->t0, .t1 = tl->fair_until };

			s->fair_run_ns += window_span(&until, s->since, t);
		}
		break;
	case STATE_WAIT_WAKEUP:
	case STATE_WAIT_PREEMPT:
		s->all_wait_ns += all;
		break;
	case STATE_BLOCKED:
		if (span && !task_state_blocked(s, s->syscall, span))
			tl->failed = true;
		break;
	default:
		break;
	}
}

void enter_state(struct timeline *tl, uint32_t task, uint64_t t, enum state state)
{
	struct task_state *s = &tl->tasks[task];

	s->state = state;
	s->since = t;
	if (state != STATE_NONE && !s->born_ns)
		s->born_ns = counted_since(tl, task, t);
	if (is_measured(tl, task))
		enter_counts(tl, task, t);
}

void requeue(struct timeline *tl, uint32_t task, uint64_t t, int cpu)
{
	bool counts = is_measured(tl, task);

	if (counts)
		waiting_remove(tl, task);
	tl->tasks[task].cpu = cpu;
	if (counts)
		waiting_add(tl, task, t);
}

void note_cpu(struct timeline *tl, uint32_t task, int cpu, uint64_t from, uint64_t to)
{
	struct task_state *s = &tl->tasks[task];

	if (!window_span(tl->window, from, to))
		return;
	if (!s->cpus)
		s->cpus = calloc(tl->cpu_count, 1);
	if (s->cpus)
		s->cpus[cpu] = 1;
	else
		tl->failed = true;
}
