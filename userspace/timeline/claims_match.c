/* SPDX-License-Identifier: MIT */
/* Who claims which idle CPU. */
#include "claims.h"
#include <string.h>

static uint64_t allowed_of(const struct task_state *task, int word)
{
	if (!word)
		return task->mask;
	return task->mask_size > 64 ? UINT64_MAX : 0; /* not recorded: all are taken */
}

static void give(struct claims *c, struct task_state *tasks, int cpu, uint32_t index)
{
	if (c->cpus[cpu].owner == CLAIMED_BY_NOBODY)
		c->taken[c->taken_count++] = cpu;
	c->cpus[cpu].owner = index;
	tasks[index].claim = cpu + 1;
	claims_set(c->unused, cpu, false);
}

/* Nobody owns anything any more; and every idle CPU can be had. */
static void release(struct claims *c, struct task_state *tasks)
{
	c->lasting_count = 0;
	for (int i = 0; i < c->taken_count; i++) {
		struct claims_cpu *cpu = &c->cpus[c->taken[i]];

		c->lasting[c->lasting_count++] = (struct claims_past){ c->taken[i], cpu->owner };
		tasks[cpu->owner].claim = 0;
		cpu->owner = CLAIMED_BY_NOBODY;
		cpu->until = 0;
	}
	c->taken_count = 0;
	for (int word = 0; word < c->words; word++)
		c->pool[word] = c->unused[word] = c->idle[word];
}

/* ---- CPUs that are being woken ------------------------------------------------------------------
 */

static bool is_being_woken(const struct claims_span *span, uint32_t index, int cpu)
{
	const struct task_state *task = &span->tasks[index];

	return task->state == STATE_WAIT_WAKEUP && task->cpu == cpu &&
	       task->since + BEING_WOKEN_MAX_NS > span->from;
}

/* Of those that were woken just now into the CPU's queue, the last. */
static uint32_t woken_in(const struct claims *c, const struct claims_span *span, int cpu)
{
	uint32_t last = c->cpus[cpu].woken;

	if (last == CLAIMED_BY_NOBODY || is_being_woken(span, last, cpu))
		return last;
	last = CLAIMED_BY_NOBODY; /* it has gone elsewhere; those before it may be there */
	for (size_t i = 0; i < span->waiting_count; i++) {
		uint32_t index = span->waiting[i];

		if (is_being_woken(span, index, cpu) &&
		    (last == CLAIMED_BY_NOBODY ||
		     span->tasks[index].since > span->tasks[last].since))
			last = index;
	}
	return last;
}

/*
 * An idle CPU in whose queue a task was woken just now is on its way, whoever else waits.
 */
static void match_woken(struct claims *c, const struct claims_span *span, int cpu)
{
	uint32_t index;

	if (c->cpus[cpu].woken_ns + BEING_WOKEN_MAX_NS <= span->from)
		return;
	index = woken_in(c, span, cpu);
	if (index == CLAIMED_BY_NOBODY)
		return;
	give(c, span->tasks, cpu, index);
	claims_set(c->pool, cpu, false);
	c->cpus[cpu].until = span->tasks[index].since + BEING_WOKEN_MAX_NS;
	if (c->cpus[cpu].until < c->turns)
		c->turns = c->cpus[cpu].until;
}

static void match_all_woken(struct claims *c, const struct claims_span *span)
{
	c->turns = UINT64_MAX;
	for (int word = 0; word < c->words; word++)
		for (uint64_t left = c->idle[word] & c->queued[word]; left; left &= left - 1)
			match_woken(c, span, 64 * word + __builtin_ctzll(left));
}

/* ---- CPUs that others could use -----------------------------------------------------------------
 */

/* Who could use a CPU the last time goes on with it, so that spells don't fall to pieces. */
static void match_lasting(struct claims *c, const struct claims_span *span)
{
	for (int i = 0; i < c->lasting_count; i++) {
		const struct claims_past *past = &c->lasting[i];
		const struct task_state *task = &span->tasks[past->task];
		uint32_t index;

		if (claims_has(c->unused, past->cpu) && state_waits(task->state) && !task->claim &&
		    (allowed_of(task, past->cpu / 64) >> past->cpu % 64 & 1 ||
		     task->cpu == past->cpu) &&
		    violations_lasts(&c->violations, past->cpu, span->from, &index) &&
		    index == past->task)
			give(c, span->tasks, past->cpu, index);
		else
			claims_want(c, task);
	}
}

/* A CPU for the task, where need be by its owner's moving over to another one. */
static bool search(struct claims *c, struct task_state *tasks, uint32_t index)
{
	for (int word = 0; word < c->words; word++) {
		uint64_t left = allowed_of(&tasks[index], word) & c->pool[word];

		for (left &= ~c->seen[word]; left; left &= ~c->seen[word]) {
			int cpu = 64 * word + __builtin_ctzll(left);
			uint32_t owner = c->cpus[cpu].owner;

			c->seen[word] |= 1ull << cpu % 64;
			if (owner == CLAIMED_BY_NOBODY || search(c, tasks, owner)) {
				give(c, tasks, cpu, index);
				return true;
			}
		}
	}
	return false;
}

/* Its own queue's CPU, else the first one that is left and that it may use. */
static int unused_for(const struct claims *c, const struct task_state *task)
{
	if (claims_has_queue(c, task) && claims_has(c->unused, task->cpu))
		return task->cpu;
	for (int word = 0; word < c->words; word++) {
		uint64_t cpus = allowed_of(task, word) & c->unused[word];

		if (cpus)
			return 64 * word + __builtin_ctzll(cpus);
	}
	return CPU_NONE;
}

static bool match(struct claims *c, struct task_state *tasks, uint32_t index)
{
	size_t size = c->words * sizeof(*c->seen);
	int cpu = unused_for(c, &tasks[index]);

	if (cpu != CPU_NONE) {
		give(c, tasks, cpu, index);
		return true;
	}
	/* What a search that fails has seen leads nowhere for later ones either. */
	memcpy(c->seen, c->dead, size);
	if (search(c, tasks, index))
		return true;
	memcpy(c->dead, c->seen, size);
	return false;
}

/* No task that waits may use any CPU that is left: not by its mask, not by its queue. */
static bool nobody_can(const struct claims *c)
{
	uint64_t can = c->wanted & c->pool[0];

	for (int word = 0; word < c->words; word++)
		can |= c->unused[word] & c->queued[word];
	return !can && !(c->wanted_more && c->pool_more);
}

/* Those without a claim, in the list's order. What they want is known if all have been tried. */
static void match_others(struct claims *c, const struct claims_span *span)
{
	size_t i = 0;

	c->wanted = 0;
	c->wanted_more = false;
	memset(c->dead, 0, c->words * sizeof(*c->dead));
	for (; i < span->waiting_count && c->taken_count < (int)span->idle; i++) {
		const struct task_state *task = &span->tasks[span->waiting[i]];

		if (!task->claim && !match(c, span->tasks, span->waiting[i]))
			claims_want(c, task);
	}
	if (i < span->waiting_count && c->taken_count < (int)span->waiting_count) {
		c->wanted = UINT64_MAX;
		c->wanted_more = true;
	}
}

static enum violation_cause cause_of(const struct claims *c, const struct task_state *task, int cpu)
{
	if (!claims_has_queue(c, task))
		return VIOLATION_UNKNOWN;
	if (!claims_has(c->idle, task->cpu))
		return VIOLATION_BUSY_QUEUE;
	if (task->cpu == cpu && task->state == STATE_WAIT_PREEMPT)
		return VIOLATION_HELD_BACK;
	return VIOLATION_WAKING_UP;
}

void claims_match(struct claims *c, const struct claims_span *span)
{
	release(c, span->tasks);
	match_all_woken(c, span);
	match_lasting(c, span);
	c->pool_more = false;
	for (int word = 1; word < c->words; word++)
		c->pool_more |= c->pool[word] != 0;
	if (c->taken_count < (int)span->idle && !nobody_can(c))
		match_others(c, span);
	c->movable = 0;
	c->movable_more = false;
	for (int i = 0; i < c->taken_count; i++) {
		struct claims_cpu *cpu = &c->cpus[c->taken[i]];
		const struct task_state *owner = &span->tasks[cpu->owner];

		cpu->cause = cause_of(c, owner, c->taken[i]);
		c->movable |= owner->mask;
		c->movable_more |= owner->mask_size > 64;
	}
	c->saturated = c->taken_count == (int)span->idle;
	c->stale = false;
}
