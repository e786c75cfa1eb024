/* SPDX-License-Identifier: MIT */
#include "accounting.h"
#include <string.h>

static const enum cause block_causes[] = {
	[BLOCK_LOCK] = CAUSE_LOCK,
	[BLOCK_CONDITION] = CAUSE_CONDITION,
	[BLOCK_IO] = CAUSE_IO,
	[BLOCK_SLEEP] = CAUSE_SLEEP,
	[BLOCK_OTHER] = CAUSE_OTHER_BLOCK,
	[BLOCK_UNKNOWN] = CAUSE_UNKNOWN,
};

#define BLOCK_CAUSES (sizeof(block_causes) / sizeof(block_causes[0]))

static bool mask_allows(const struct task_state *task, int cpu)
{
	if (cpu < 64)
		return task->mask >> cpu & 1;
	return task->mask_size > 64; /* the mask's higher CPUs are not recorded: all are taken */
}

/* In span->claimed. */
enum { CLAIMED = 1, CLAIMED_BY_WOKEN };

static bool can_claim(const struct accounting_span *span, int cpu)
{
	return cpu >= 0 && cpu < span->cpu_count && !span->claimed[cpu] &&
	       span->idle_cpu(span->ctx, cpu);
}

/* Its own queue's CPU if that idles, else the first idle one that its mask allows; CPU_NONE: none.
 */
static int idle_cpu_for(const struct accounting_span *span, const struct task_state *task)
{
	if (can_claim(span, task->cpu))
		return task->cpu;
	for (int cpu = 0; cpu < span->cpu_count; cpu++)
		if (mask_allows(task, cpu) && can_claim(span, cpu))
			return cpu;
	return CPU_NONE;
}

static bool is_being_woken(const struct accounting_span *span, const struct task_state *task)
{
	return task->state == STATE_WAIT_WAKEUP && task->since + BEING_WOKEN_MAX_NS > span->from;
}

static void add_violation(struct accounting *a, uint64_t ns)
{
	uint64_t throttled = ns < a->throttled_left_ns ? ns : a->throttled_left_ns;

	a->throttled_left_ns -= throttled;
	a->ns[CAUSE_THROTTLED] += throttled;
	a->ns[CAUSE_VIOLATION] += ns - throttled;
}

/* An idle CPU in whose queue a task was woken just now is on its way, whoever else waits. */
static uint64_t account_being_woken(struct accounting *a, const struct accounting_span *span)
{
	uint64_t length = span->to - span->from, claimed = 0;

	for (size_t i = 0; i < span->waiting_count && claimed < span->idle; i++) {
		const struct task_state *task = &span->tasks[span->waiting[i]];
		uint64_t until = task->since + BEING_WOKEN_MAX_NS, woken;

		if (!is_being_woken(span, task) || !can_claim(span, task->cpu))
			continue;
		span->claimed[task->cpu] = CLAIMED_BY_WOKEN;
		claimed++;
		woken = until < span->to ? until - span->from : length;
		a->ns[CAUSE_BEING_WOKEN] += woken;
		add_violation(a, length - woken);
	}
	return claimed;
}

/* The first woken task of a CPU's queue is the one that has claimed it: asked in the same order. */
static bool has_claimed(const struct accounting_span *span, const struct task_state *task)
{
	if (!is_being_woken(span, task) || task->cpu < 0 || task->cpu >= span->cpu_count ||
	    span->claimed[task->cpu] != CLAIMED_BY_WOKEN)
		return false;
	span->claimed[task->cpu] = CLAIMED;
	return true;
}

uint64_t accounting_claim(struct accounting *a, const struct accounting_span *span)
{
	uint64_t length = span->to - span->from, claimed = account_being_woken(a, span);

	for (size_t i = 0; i < span->waiting_count && claimed < span->idle; i++) {
		const struct task_state *task = &span->tasks[span->waiting[i]];
		int cpu;

		if (has_claimed(span, task))
			continue;
		cpu = idle_cpu_for(span, task);
		if (cpu == CPU_NONE)
			continue;
		span->claimed[cpu] = CLAIMED;
		claimed++;
		add_violation(a, length);
	}
	if (claimed)
		memset(span->claimed, 0, span->cpu_count);
	return claimed;
}

/*
 * `total` ns of idle CPUs go to the causes in proportion to their tasks. What rounding leaves goes
 * to the cause that is owed most, so that the sum is exact and no cause is cheated over time.
 */
static void account_blocked(struct accounting *a, const struct moment *m, uint64_t total,
			    uint64_t tasks)
{
	uint64_t left = total;

	for (size_t i = 0; i < BLOCK_CAUSES; i++) {
		unsigned __int128 product = (unsigned __int128)total * m->blocked[i];
		uint64_t share = product / tasks;

		a->carried[i] += (double)(uint64_t)(product % tasks) / tasks;
		a->ns[block_causes[i]] += share;
		left -= share;
	}
	while (left--) {
		size_t owed = 0;

		for (size_t i = 1; i < BLOCK_CAUSES; i++)
			if (a->carried[i] > a->carried[owed])
				owed = i;
		a->carried[owed] -= 1;
		a->ns[block_causes[owed]]++;
	}
}

/* Whether W waited while other tasks ran is as unknown as what its tasks did. */
static enum cause other_cause(const struct moment *m)
{
	if (m->waiting)
		return CAUSE_OTHER_WAITED;
	return m->blocked[BLOCK_UNKNOWN] ? CAUSE_UNKNOWN : CAUSE_OTHER_FREE;
}

void accounting_add(struct accounting *a, const struct moment *m, uint64_t ns)
{
	uint64_t idle = m->cpus[CPU_IDLE], blocked = 0, used;

	a->ns[CAUSE_OWN] += m->cpus[CPU_WORKLOAD] * ns;
	a->ns[other_cause(m)] += m->cpus[CPU_OTHER] * ns;
	a->ns[CAUSE_OFFLINE] += m->cpus[CPU_OFFLINE] * ns;
	a->ns[CAUSE_UNKNOWN] += m->cpus[CPU_UNKNOWN] * ns;
	for (size_t i = 0; i < BLOCK_CAUSES; i++)
		blocked += m->blocked[i];
	used = idle < blocked ? idle : blocked;
	if (used)
		account_blocked(a, m, used * ns, blocked);
	a->ns[CAUSE_NO_TASK] += (idle - used) * ns;
}
