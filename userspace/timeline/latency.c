/* SPDX-License-Identifier: MIT */
#include "latency.h"
#include <stdlib.h>
#include <string.h>

bool latency_make_room(struct latency *l, uint32_t task)
{
	uint32_t room = task + task / 2 + 64;
	struct latency_waits *grown = reallocarray(l->tasks, room, sizeof(*grown));

	if (!grown)
		return false;
	memset(grown + l->room, 0, (room - l->room) * sizeof(*grown));
	l->tasks = grown;
	l->room = room;
	return true;
}

bool latency_close(struct latency *l, uint32_t task, bool measured)
{
	struct latency_waits *waits = task < l->room ? &l->tasks[task] : NULL;

	if (!waits)
		return true;
	if (measured && (!histogram_merge(&l->program.wakeup, &waits->wakeup) ||
			 !histogram_merge(&l->program.preempt, &waits->preempt)))
		return false;
	/* From now on the one holds both. */
	if (!histogram_merge(&waits->wakeup, &waits->preempt))
		return false;
	histogram_free(&waits->preempt);
	return true;
}

struct latency_summary latency_of(const struct histogram *h)
{
	return (struct latency_summary){ .p50 = histogram_percentile(h, 50),
					 .p90 = histogram_percentile(h, 90),
					 .p99 = histogram_percentile(h, 99),
					 .max = h->max,
					 .count = h->count };
}

struct latency_summary latency_of_task(const struct latency *l, uint32_t task)
{
	return task < l->room ? latency_of(&l->tasks[task].wakeup) : (struct latency_summary){};
}

static void waits_free(struct latency_waits *waits)
{
	histogram_free(&waits->wakeup);
	histogram_free(&waits->preempt);
}

void latency_free(struct latency *l)
{
	for (uint32_t i = 0; i < l->room; i++)
		waits_free(&l->tasks[i]);
	free(l->tasks);
	waits_free(&l->program);
}
