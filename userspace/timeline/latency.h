/* SPDX-License-Identifier: MIT */
/*
 * Run-queue latency: how long a task was runnable before it came in. One time for each sched-in in
 * the window, of which the part in the window counts; a wait that a loss hides, or that the window
 * ends, gives none.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include "common/histogram.h"

/* Run-queue latency: of one kind, or of one task. All unknown where count is 0. */
struct latency_summary {
	uint64_t p50, p90, p99, max; /* ns; all but max within HISTOGRAM_ERROR (histogram.h) */
	uint64_t count;
};

struct latency_waits {
	struct histogram wakeup, preempt; /* after a waking, after a preemption */
};

struct latency {
	struct latency_waits *tasks; /* [task of the table] */
	uint32_t room;
	struct latency_waits program; /* of the tasks of W that are closed */
};

/* For the task, and some more. False out of memory. */
bool latency_make_room(struct latency *l, uint32_t task);

/* `task` comes in after `ns`. False out of memory. */
static inline bool latency_add(struct latency *l, uint32_t task, bool preempted, uint64_t ns)
{
	if (task >= l->room && !latency_make_room(l, task))
		return false;
	return histogram_add(preempted ? &l->tasks[task].preempt : &l->tasks[task].wakeup, ns);
}

/* No more of them come. `measured`: it is of W. False out of memory. */
bool latency_close(struct latency *l, uint32_t task, bool measured);

struct latency_summary latency_of(const struct histogram *h);
/* Of all its waits, once it is closed. */
struct latency_summary latency_of_task(const struct latency *l, uint32_t task);

void latency_free(struct latency *l);

#endif
