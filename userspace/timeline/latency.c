/* SPDX-License-Identifier: MIT */
#include "latency.h"
#include <stdlib.h>
#include <string.h>

bool latency_make_room(struct latency *l, uint32_t task)
{
	uint32_t room = task + task / 2 + 64;
	struct histogram *grown = reallocarray(l->tasks, room, sizeof(*grown));

	if (!grown)
		return false;
	memset(grown + l->room, 0, (room - l->room) * sizeof(*grown));
	l->tasks = grown;
	l->room = room;
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
	return task < l->room ? latency_of(&l->tasks[task]) : (struct latency_summary){};
}

void latency_free(struct latency *l)
{
	for (uint32_t i = 0; i < l->room; i++)
		histogram_free(&l->tasks[i]);
	free(l->tasks);
	histogram_free(&l->wakeup);
	histogram_free(&l->preempt);
}
