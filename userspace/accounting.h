/* SPDX-License-Identifier: MIT */
/* Where the n x T core-seconds went: at each instant each allowed CPU has one cause (METRICS.md).
 */
#ifndef ACCOUNTING_H
#define ACCOUNTING_H

#include "summary.h"
#include "task_state.h"

/* A woken task that waits in an idle CPU's queue is on its way for so long; then it is a violation.
 */
#define BEING_WOKEN_MAX_NS 1000000ull

struct accounting {
	uint64_t ns[CAUSE_COUNT];
	/*
	 * What quotas can still be to blame for. No event tells of a quota: the first idle spells
	 * that would be violations are taken for throttled, for as long as the kernel accounts for.
	 */
	uint64_t throttled_left_ns;
	double carried[BLOCK_KIND_COUNT]; /* fractions of a ns that a cause is owed */
};

/* Tasks of W wait while CPUs idle, and nothing of that changes meanwhile. */
struct accounting_span {
	uint64_t from, to;
	uint64_t idle; /* allowed CPUs */
	const uint32_t *waiting;
	size_t waiting_count;
	const struct task_state *tasks;
	bool (*idle_cpu)(const void *ctx, int cpu); /* allowed, and idle */
	const void *ctx;
	int cpu_count;
	unsigned char *claimed; /* [cpu_count], zeroed; left zeroed */
};

/* Accounts for the idle CPUs that a waiting task could use, and returns how many they are. */
uint64_t accounting_claim(struct accounting *a, const struct accounting_span *span);

/* `m` lasted for `ns`: accounts for all CPUs in it. */
void accounting_add(struct accounting *a, const struct moment *m, uint64_t ns);

#endif
