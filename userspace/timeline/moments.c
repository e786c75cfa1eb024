/* SPDX-License-Identifier: MIT */
#include "moments.h"
#include <stdlib.h>
#include <string.h>
#include "accounting.h"
#include "parallelism.h"

bool moments_open(struct moments *m)
{
	m->slots = calloc(1 << MOMENT_SLOT_BITS, sizeof(*m->slots));
	m->masked_ns = 0;
	return m->slots;
}

void moments_forget(struct moments *m)
{
	memset(m->slots, 0, sizeof(*m->slots) << MOMENT_SLOT_BITS);
	m->masked_ns = 0;
}

/*
 * How many idle CPUs are left beside tasks that wait and have none: their masks forbid it. Where
 * tasks are blocked as well that is their doing first, as it is in accounting.
 */
static uint64_t masked_cpus(const struct moment *m, uint64_t n)
{
	uint64_t idle = m->cpus[CPU_IDLE], waiting = m->waiting, claimed = n;

	if (!idle || !waiting)
		return 0;
	for (int state = 0; state < CPU_STATE_COUNT; state++)
		claimed -= m->cpus[state];
	waiting -= claimed;
	for (int kind = 0; kind < BLOCK_CHILD && idle; kind++)
		idle -= m->blocked[kind] < idle ? m->blocked[kind] : idle;
	return idle < waiting ? idle : waiting;
}

static bool settle(struct moments *m, const struct moment_time *slot)
{
	accounting_add(m->accounting, &slot->moment, slot->ns);
	m->masked_ns += masked_cpus(&slot->moment, m->n) * slot->ns;
	return parallelism_add(m->parallelism, &slot->moment, m->n - slot->moment.cpus[CPU_OFFLINE],
			       slot->ns);
}

bool moments_replace(struct moments *m, struct moment_time *slot, const struct moment *moment,
		     uint64_t ns)
{
	bool good = !slot->ns || settle(m, slot);

	*slot = (struct moment_time){ *moment, ns };
	return good;
}

bool moments_close(struct moments *m)
{
	bool good = true;

	for (size_t i = 0; i < 1 << MOMENT_SLOT_BITS && good; i++)
		if (m->slots[i].ns)
			good = settle(m, &m->slots[i]);
	return good;
}

void moments_free(struct moments *m)
{
	free(m->slots);
}
