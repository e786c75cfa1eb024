/* SPDX-License-Identifier: MIT */
#include "moments.h"
#include <stdlib.h>
#include "accounting.h"
#include "parallelism.h"

bool moments_open(struct moments *m)
{
	m->slots = calloc(1 << MOMENT_SLOT_BITS, sizeof(*m->slots));
	return m->slots;
}

static bool settle(struct moments *m, const struct moment_time *slot)
{
	accounting_add(m->accounting, &slot->moment, slot->ns);
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
