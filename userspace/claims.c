/* SPDX-License-Identifier: MIT */
#include "claims.h"
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

bool claims_open(struct claims *c, int cpu_count)
{
	int words = c->words = cpu_count / 64 + 1;

	c->cpu_count = cpu_count;
	c->idle = calloc(6 * words, sizeof(*c->idle));
	c->owners = malloc((cpu_count + 1) * sizeof(*c->owners));
	c->taken = calloc(2 * cpu_count + 1, sizeof(*c->taken));
	if (!c->idle || !c->owners || !c->taken || !violations_open(&c->violations, cpu_count))
		return false;
	c->queued = c->idle + words;
	c->pool = c->queued + words;
	c->unused = c->pool + words;
	c->seen = c->unused + words;
	c->dead = c->seen + words;
	c->lasting = c->taken + cpu_count;
	memset(c->owners, 0xff, (cpu_count + 1) * sizeof(*c->owners));
	return true;
}

void claims_free(struct claims *c)
{
	free(c->idle);
	free(c->owners);
	free(c->taken);
	violations_free(&c->violations);
}

/* ---- sets of CPUs -------------------------------------------------------------------------------
 */

static bool has(const uint64_t *set, int cpu)
{
	return set[cpu / 64] >> cpu % 64 & 1;
}

static void drop(uint64_t *set, int cpu)
{
	set[cpu / 64] &= ~(1ull << cpu % 64);
}

static uint64_t allowed_of(const struct task_state *task, int word)
{
	if (!word)
		return task->mask;
	return task->mask_size > 64 ? UINT64_MAX : 0; /* not recorded: all are taken */
}

/* In whose queue it waits, that is there. */
static bool has_queue(const struct claims *c, const struct task_state *task)
{
	return task->cpu >= 0 && task->cpu < c->cpu_count;
}

/* ---- matching -----------------------------------------------------------------------------------
 */

static void give(struct claims *c, struct task_state *tasks, int cpu, uint32_t index)
{
	if (c->owners[cpu] == NOBODY)
		c->taken[c->taken_count++] = cpu;
	c->owners[cpu] = index;
	tasks[index].claim = cpu + 1;
	drop(c->unused, cpu);
}

/* A CPU for the task, where need be by its owner's moving over to another one. */
static bool search(struct claims *c, struct task_state *tasks, uint32_t index)
{
	for (int word = 0; word < c->words; word++) {
		uint64_t left = allowed_of(&tasks[index], word) & c->pool[word];

		for (left &= ~c->seen[word]; left; left &= ~c->seen[word]) {
			int cpu = 64 * word + __builtin_ctzll(left);
			uint32_t owner = c->owners[cpu];

			c->seen[word] |= 1ull << cpu % 64;
			if (owner == NOBODY || search(c, tasks, owner)) {
				give(c, tasks, cpu, index);
				return true;
			}
		}
	}
	return false;
}

/* Its own queue's CPU, else the first one of `set` that it may use. */
static int free_for(const struct claims *c, const struct task_state *task, const uint64_t *set)
{
	if (has_queue(c, task) && has(set, task->cpu))
		return task->cpu;
	for (int word = 0; word < c->words; word++) {
		uint64_t cpus = allowed_of(task, word) & set[word];

		if (cpus)
			return 64 * word + __builtin_ctzll(cpus);
	}
	return CPU_NONE;
}

static void match(struct claims *c, struct task_state *tasks, uint32_t index)
{
	size_t size = c->words * sizeof(*c->seen);
	int cpu = free_for(c, &tasks[index], c->unused);

	if (cpu != CPU_NONE) {
		give(c, tasks, cpu, index);
		return;
	}
	/* What a search that fails has seen leads nowhere for later ones either. */
	memcpy(c->seen, c->dead, size);
	if (!search(c, tasks, index))
		memcpy(c->dead, c->seen, size);
}

/* Who could use a CPU the last time goes on with it, so that spells don't fall to pieces. */
static void match_lasting(struct claims *c, const struct claims_span *span)
{
	for (int i = 0; i < c->lasting_count; i++) {
		int cpu = c->lasting[i];
		const struct task_state *task;
		uint32_t index;

		if (!violations_lasts(&c->violations, cpu, span->from, &index) ||
		    !has(c->unused, cpu))
			continue;
		task = &span->tasks[index];
		if (state_waits(task->state) && !task->claim &&
		    (allowed_of(task, cpu / 64) >> cpu % 64 & 1 || task->cpu == cpu))
			give(c, span->tasks, cpu, index);
	}
}

/* ---- what they are accounted for ----------------------------------------------------------------
 */

static enum violation_cause cause_of(const struct claims *c, const struct task_state *task, int cpu)
{
	if (!has_queue(c, task))
		return VIOLATION_UNKNOWN;
	if (!has(c->idle, task->cpu))
		return VIOLATION_BUSY_QUEUE;
	if (task->cpu == cpu && task->state == STATE_WAIT_PREEMPT)
		return VIOLATION_HELD_BACK;
	return VIOLATION_WAKING_UP;
}

static void violate(struct claims *c, struct accounting *a, const struct claims_span *span, int cpu,
		    uint32_t index, uint64_t from)
{
	from += accounting_violation(a, span->to - from);
	if (from < span->to)
		violations_add(&c->violations, cpu, index, from, span->to,
			       cause_of(c, &span->tasks[index], cpu));
}

static bool is_being_woken(const struct claims_span *span, const struct task_state *task)
{
	return task->state == STATE_WAIT_WAKEUP && task->since + BEING_WOKEN_MAX_NS > span->from;
}

/* Idle CPUs in whose queue somebody waits: no others can be being woken. */
static int count_queued(const struct claims *c)
{
	int count = 0;

	for (int word = 0; word < c->words; word++)
		count += __builtin_popcountll(c->idle[word] & c->queued[word]);
	return count;
}

/*
 * An idle CPU in whose queue a task was woken just now is on its way, whoever else waits. Those who
 * were woken just now are mostly the last of the list.
 */
static void account_being_woken(struct claims *c, struct accounting *a,
				const struct claims_span *span)
{
	int left = count_queued(c);

	for (size_t i = span->waiting_count; i-- > 0 && left;) {
		const struct task_state *task = &span->tasks[span->waiting[i]];
		uint64_t until = task->since + BEING_WOKEN_MAX_NS;

		if (!is_being_woken(span, task) || !has_queue(c, task) || !has(c->pool, task->cpu))
			continue;
		left--;
		drop(c->pool, task->cpu);
		give(c, span->tasks, task->cpu, span->waiting[i]);
		a->ns[CAUSE_BEING_WOKEN] += (until < span->to ? until : span->to) - span->from;
		if (until < span->to)
			violate(c, a, span, task->cpu, span->waiting[i], until);
	}
}

static void account_violations(struct claims *c, struct accounting *a,
			       const struct claims_span *span)
{
	memset(c->dead, 0, c->words * sizeof(*c->dead));
	match_lasting(c, span);
	for (size_t i = 0; i < span->waiting_count && c->taken_count < (int)span->idle; i++)
		if (!span->tasks[span->waiting[i]].claim)
			match(c, span->tasks, span->waiting[i]);
}

/* Nobody owns anything any more; whose CPU is not being woken may go on with it. */
static void settle(struct claims *c, struct accounting *a, const struct claims_span *span)
{
	c->lasting_count = 0;
	for (int i = 0; i < c->taken_count; i++) {
		int cpu = c->taken[i];

		if (has(c->pool, cpu))
			violate(c, a, span, cpu, c->owners[cpu], span->from);
		c->lasting[c->lasting_count++] = cpu;
		span->tasks[c->owners[cpu]].claim = 0;
		c->owners[cpu] = NOBODY;
	}
	c->taken_count = 0;
}

/* The same as below where there is nobody else, which is most often so. */
static uint64_t account_one(struct claims *c, struct accounting *a, const struct claims_span *span)
{
	uint32_t index = span->waiting[0], lasting;
	const struct task_state *task = &span->tasks[index];
	int cpu = free_for(c, task, c->idle);
	uint64_t until = span->from;

	if (cpu == CPU_NONE) {
		c->lasting_count = 0;
		return 0;
	}
	if (cpu == task->cpu && is_being_woken(span, task)) {
		until = task->since + BEING_WOKEN_MAX_NS;
		until = until < span->to ? until : span->to;
	} else {
		for (int i = 0; i < c->lasting_count; i++)
			if (violations_lasts(&c->violations, c->lasting[i], span->from, &lasting) &&
			    lasting == index && has(c->idle, c->lasting[i]))
				cpu = c->lasting[i];
	}
	a->ns[CAUSE_BEING_WOKEN] += until - span->from;
	if (until < span->to)
		violate(c, a, span, cpu, index, until);
	c->lasting[0] = cpu;
	c->lasting_count = 1;
	return 1;
}

uint64_t claims_account(struct claims *c, struct accounting *a, const struct claims_span *span)
{
	uint64_t claimed;

	if (span->waiting_count == 1)
		return account_one(c, a, span);
	memcpy(c->pool, c->idle, c->words * sizeof(*c->pool));
	memcpy(c->unused, c->idle, c->words * sizeof(*c->unused));
	account_being_woken(c, a, span);
	account_violations(c, a, span);
	claimed = c->taken_count;
	settle(c, a, span);
	return claimed;
}
