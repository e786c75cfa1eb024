/* SPDX-License-Identifier: MIT */
/*
 * Which idle CPU a waiting task of W could use, one CPU a task. First, an idle CPU in whose queue a
 * task was woken just now is on its way to it. Of the others as many as their masks let are given a
 * CPU each at the same time, in a maximum matching (augmenting paths, Kuhn): who came first takes
 * nobody's only CPU.
 */
#ifndef CLAIMS_H
#define CLAIMS_H

#include "accounting.h"
#include "violations.h"

/* A woken task that waits in an idle CPU's queue is on its way for so long; then it is a violation.
 */
#define BEING_WOKEN_MAX_NS 1000000ull

struct claims {
	int cpu_count, words;	 /* of 64 CPUs each */
	uint64_t *idle;		 /* CPUs of W that idle now */
	uint64_t *queued;	 /* CPUs in whose queue a task of W waits */
	uint64_t *pool, *unused; /* not being woken; of these without a task */
	uint64_t *seen, *dead;	 /* by one search; by those that have failed */
	uint32_t *owners;	 /* [cpu], UINT32_MAX: nobody */
	int *taken;		 /* CPUs that have an owner */
	int *lasting;		 /* those whose owner violates, the last time */
	int taken_count, lasting_count;
	struct violations violations;
};

/* Tasks of W wait while CPUs idle, and nothing of that changes meanwhile. */
struct claims_span {
	uint64_t from, to;
	uint64_t idle; /* how many CPUs */
	const uint32_t *waiting;
	size_t waiting_count;
	struct task_state *tasks;
};

/* False out of memory. */
bool claims_open(struct claims *c, int cpu_count);
void claims_free(struct claims *c);

static inline void claims_set(uint64_t *set, int cpu, bool in)
{
	uint64_t bit = 1ull << cpu % 64;

	if (in)
		set[cpu / 64] |= bit;
	else
		set[cpu / 64] &= ~bit;
}

static inline void claims_set_idle(struct claims *c, int cpu, bool idle)
{
	claims_set(c->idle, cpu, idle);
}

static inline void claims_set_queued(struct claims *c, int cpu, bool queued)
{
	claims_set(c->queued, cpu, queued);
}

/* Accounts for the idle CPUs that a waiting task could use, and returns how many they are. */
uint64_t claims_account(struct claims *c, struct accounting *a, const struct claims_span *span);

#endif
