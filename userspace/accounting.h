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

/* A span of time in which nothing of W changes. */
struct accounting_span {
	uint64_t from, to;
	uint64_t own, other, idle, offline, unknown; /* allowed CPUs; their sum is n */
	/* [BLOCK_KIND_COUNT] tasks of W; one whose state is unknown counts as one kind of them. */
	const uint64_t *blocked;
	/* Tasks of W that wait, and what the allowed CPUs do. */
	const uint32_t *waiting;
	size_t waiting_count;
	const struct task_state *tasks;
	bool (*idle_cpu)(const void *ctx, int cpu); /* allowed, and idle */
	const void *ctx;
	int cpu_count;
	unsigned char *claimed; /* [cpu_count], zeroed; left zeroed */
};

void accounting_add(struct accounting *a, const struct accounting_span *span);

#endif
