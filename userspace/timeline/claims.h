/* SPDX-License-Identifier: MIT */
/*
 * Which idle CPU a waiting task of W could use, one CPU a task. First, an idle CPU in whose queue a
 * task was woken just now is on its way to it. Of the others as many as their masks let are given a
 * CPU each at the same time, in a maximum matching (augmenting paths, Kuhn): who came first takes
 * nobody's only CPU.
 *
 * Most events change nothing of that, as long as they don't take away an idle CPU or who claims
 * it: then it holds for longer, and is accounted for as one span (claims_settle()). What may change
 * it makes it `stale`; only then all is matched anew (claims_match.c).
 */
#ifndef CLAIMS_H
#define CLAIMS_H

#include "accounting.h"
#include "violations.h"

/* A woken task that waits in an idle CPU's queue is on its way for so long; then it is a violation.
 */
#define BEING_WOKEN_MAX_NS 1000000ull

#define CLAIMED_BY_NOBODY UINT32_MAX

struct claims {
	int cpu_count, words;	 /* of 64 CPUs each */
	uint64_t *idle;		 /* CPUs of W that idle now */
	uint64_t *queued;	 /* of these, those in whose queue a task of W waits */
	uint64_t *pool, *unused; /* idle and not being woken; of these, while matching, unclaimed */
	uint64_t *seen, *dead;	 /* while matching: by one search; by those that have failed */
	struct claims_cpu {
		uint32_t owner;	   /* who claims it, or CLAIMED_BY_NOBODY */
		uint32_t woken;	   /* who was woken into its queue last, */
		uint64_t woken_ns; /* and when */
		uint64_t until;	   /* it is being woken for its owner up to then */
		enum violation_cause cause;
	} * cpus;
	int *taken; /* CPUs that have an owner */
	struct claims_past {
		int cpu;
		uint32_t task;
	} * lasting; /* these as of the matching before */
	int taken_count, lasting_count;

	bool stale;
	bool saturated; /* each idle CPU has an owner */
	bool pool_more; /* the pool has CPUs beyond 63 */
	uint64_t turns; /* when the first CPU that is being woken no longer is */
	uint64_t from,
		to; /* holds from `from` on, and is accounted for up to there; asked up to `to` */
	/* No task without a claim may use others: CPUs up to 63, and whether any beyond. */
	uint64_t wanted;
	bool wanted_more;
	/* CPUs that an owner may use: one who has none may get his, should he move there. */
	uint64_t movable;
	bool movable_more;
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

/* ---- what changes -------------------------------------------------------------------------------
 */

static inline bool claims_has(const uint64_t *set, int cpu)
{
	return set[cpu / 64] >> cpu % 64 & 1;
}

static inline void claims_set(uint64_t *set, int cpu, bool in)
{
	uint64_t bit = 1ull << cpu % 64;

	if (in)
		set[cpu / 64] |= bit;
	else
		set[cpu / 64] &= ~bit;
}

/* Of a CPU that idles: also before it is said to. */
static inline void claims_set_queued(struct claims *c, int cpu, bool queued)
{
	claims_set(c->queued, cpu, queued);
}

/* By a task that has no claim, or by an owner whose CPU such a task may want. */
static inline bool claims_wanted(const struct claims *c, int cpu)
{
	bool anybody = c->wanted || c->wanted_more;

	if (cpu < 64)
		return (c->wanted | (anybody ? c->movable : 0)) >> cpu & 1;
	return c->wanted_more || (anybody && c->movable_more);
}

static inline void claims_set_idle(struct claims *c, int cpu, bool idle)
{
	claims_set(c->idle, cpu, idle);
	if (c->stale)
		return;
	c->stale = claims_has(c->queued, cpu) ||
		   (idle ? claims_wanted(c, cpu) : c->cpus[cpu].owner != CLAIMED_BY_NOBODY);
	/* It makes no difference to anybody who waits now. */
	claims_set(c->pool, cpu, idle);
	c->pool_more |= idle && cpu >= 64;
	c->saturated &= !idle;
}

static inline void claims_want(struct claims *c, const struct task_state *task)
{
	c->wanted |= task->mask;
	if (task->mask_size > 64)
		c->wanted_more = true;
}

/* In whose queue it waits, that is there. */
static inline bool claims_has_queue(const struct claims *c, const struct task_state *task)
{
	return task->cpu >= 0 && task->cpu < c->cpu_count;
}

/* Task `index` of W begins to wait; `idle`: in the queue of a CPU of W that idles. */
static inline void claims_join(struct claims *c, const struct task_state *task, uint32_t index,
			       bool idle)
{
	claims_want(c, task);
	if (claims_has_queue(c, task)) {
		struct claims_cpu *cpu = &c->cpus[task->cpu];

		if (task->state == STATE_WAIT_WAKEUP && task->since >= cpu->woken_ns) {
			cpu->woken = index;
			cpu->woken_ns = task->since;
		}
	}
	if (idle ||
	    (!c->saturated && (task->mask & c->pool[0] || (task->mask_size > 64 && c->pool_more))))
		c->stale = true;
}

/* It waits no more, or elsewhere: `task` is as it was. `idle`: as when it joined, by now. */
static inline void claims_leave(struct claims *c, const struct task_state *task, bool idle)
{
	if (task->claim || idle)
		c->stale = true;
}

/* Nobody claims anything, and nothing has come that could be claimed. */
static inline bool claims_none(const struct claims *c)
{
	return !c->taken_count && !c->stale;
}

/* ---- what they are accounted for ----------------------------------------------------------------
 */

/* Which idle CPUs a waiting task could use during the span that follows the last one: how many. */
uint64_t claims_account(struct claims *c, struct accounting *a, const struct claims_span *span);

/* Accounts for all up to the last span's end. */
void claims_settle(struct claims *c, struct accounting *a);

/* What was so far is of no interest; after the last span. */
void claims_forget(struct claims *c, struct accounting *a);
void claims_close(struct claims *c, struct accounting *a);

/* Matches anew: for claims.c alone. */
void claims_match(struct claims *c, const struct claims_span *span);

#endif
