/* SPDX-License-Identifier: MIT */
/* All living tasks as /proc shows them, for a capture path that has no iterator in the kernel. */
#ifndef PROC_TASKS_H
#define PROC_TASKS_H

#include "sched_event.h"

/*
 * Lists them as consecutive struct task_event, which the caller frees. Returns bytes, or -1 with
 * errno set. A start is rounded down to /proc's tick (10 ms as a rule), on CLOCK_MONOTONIC.
 */
long proc_tasks_read(void **out);

#endif
