/* SPDX-License-Identifier: MIT */
/* Where the n x T core-seconds went: at each instant each allowed CPU has one cause (METRICS.md).
 */
#ifndef ACCOUNTING_H
#define ACCOUNTING_H

#include "common/terms.h"
#include "task_state.h"

struct accounting {
	uint64_t ns[CAUSE_COUNT];
	/*
	 * What quotas can still be to blame for. No event tells of a quota: the first idle spells
	 * that would be violations are taken for throttled, for as long as the kernel accounts for.
	 */
	uint64_t throttled_left_ns;
	double carried[BLOCK_KIND_COUNT]; /* fractions of a ns that a cause is owed */
};

/*
 * An idle CPU could have been used for `ns` by a task that waited. Returns how much of it a quota
 * is to blame for: the first part.
 */
uint64_t accounting_violation(struct accounting *a, uint64_t ns);

/* `m` lasted for `ns`: accounts for all CPUs in it. */
void accounting_add(struct accounting *a, const struct moment *m, uint64_t ns);

#endif
