/* SPDX-License-Identifier: MIT */
#include "latency.h"
#include <stdlib.h>
#include <string.h>

static bool make_room(struct latency *l, uint32_t task)
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

bool latency_add(struct latency *l, uint32_t task, bool measured, bool preempted, uint64_t ns)
{
	if (task >= l->room && !make_room(l, task))
		return false;
	return histogram_add(&l->tasks[task], ns) &&
	       (!measured || histogram_add(preempted ? &l->preempt : &l->wakeup, ns));
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
