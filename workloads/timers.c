/* SPDX-License-Identifier: MIT */
#include "timers.h"
#include <stddef.h>

static bool earlier(const struct timer *a, const struct timer *b)
{
	if (a->deadline_ns != b->deadline_ns)
		return a->deadline_ns < b->deadline_ns;
	return a->order < b->order;
}

void timers_add(struct timers *timers, uint64_t deadline_ns, void *owner)
{
	struct timer timer = { deadline_ns, timers->added++, owner };
	unsigned at = timers->count++;

	for (; at && earlier(&timer, &timers->heap[(at - 1) / 2]); at = (at - 1) / 2)
		timers->heap[at] = timers->heap[(at - 1) / 2];
	timers->heap[at] = timer;
}

void *timers_take_due(struct timers *timers, uint64_t now_ns)
{
	struct timer *heap = timers->heap, last;
	unsigned at = 0, child;
	void *owner;

	if (!timers->count || heap[0].deadline_ns > now_ns)
		return NULL;
	owner = heap[0].owner;
	last = heap[--timers->count];
	while ((child = 2 * at + 1) < timers->count) {
		if (child + 1 < timers->count && earlier(&heap[child + 1], &heap[child]))
			child++;
		if (!earlier(&heap[child], &last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return owner;
}
