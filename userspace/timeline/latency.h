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

struct latency {
	struct histogram wakeup, preempt; /* of W: after a waking, after a preemption */
	struct histogram *tasks;	  /* [task of the table]: both */
	uint32_t room;
};

/* For the task, and some more. False out of memory. */
bool latency_make_room(struct latency *l, uint32_t task);

/* `task` comes in after `ns`. `measured`: it is of W. False out of memory. */
static inline bool latency_add(struct latency *l, uint32_t task, bool measured, bool preempted,
			       uint64_t ns)
{
	uint64_t bucket = histogram_bucket(ns);

	if (task >= l->room && !latency_make_room(l, task))
		return false;
	return histogram_add_in(&l->tasks[task], ns, bucket) &&
	       (!measured || histogram_add_in(preempted ? &l->preempt : &l->wakeup, ns, bucket));
}

struct latency_summary latency_of(const struct histogram *h);
struct latency_summary latency_of_task(const struct latency *l, uint32_t task);

void latency_free(struct latency *l);

#endif
