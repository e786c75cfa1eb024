/* SPDX-License-Identifier: MIT */
#include "accounting.h"

static const enum cause block_causes[] = {
	[BLOCK_LOCK] = CAUSE_LOCK,
	[BLOCK_CONDITION] = CAUSE_CONDITION,
	[BLOCK_IO] = CAUSE_IO,
	[BLOCK_SLEEP] = CAUSE_SLEEP,
	[BLOCK_OTHER] = CAUSE_OTHER_BLOCK,
	[BLOCK_UNKNOWN] = CAUSE_UNKNOWN,
};

#define BLOCK_CAUSES (sizeof(block_causes) / sizeof(block_causes[0]))

uint64_t accounting_violation(struct accounting *a, uint64_t ns)
{
	uint64_t throttled = ns < a->throttled_left_ns ? ns : a->throttled_left_ns;

	a->throttled_left_ns -= throttled;
	a->ns[CAUSE_THROTTLED] += throttled;
	a->ns[CAUSE_VIOLATION] += ns - throttled;
	return throttled;
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
