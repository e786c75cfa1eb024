/* SPDX-License-Identifier: MIT */
/*
 * A first pass over the events, for what a record shows only of the past:
 *  - a switch that the kernel left untraced, or that was lost, is known by the next one of its CPU;
 *  - a blocking sched-out that no waking ended (a signal did, or a waking before it) is known by
 * the task's next sched-in. The second pass (timeline.h) applies these where they belong in time,
 * and so needs no history. Where something was lost the first pass is made twice: what a loss may
 * hide of one CPU's tasks is known only once the losses of all CPUs are.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "common/u32_list.h"
#include "fixups.h"
#include "tasks/losses.h"
#include "tasks/window.h"
#include "trace/event_order.h"

struct resolution {
	struct fixups fixups;
	/* [cpu]: sequence numbers of sched-outs, ascending. Those that wait at once. */
	struct u32_list *implicit;
	/* [cpu]: those that block for a child, by who ended it; where no system call is known. */
	struct u32_list *child_waits;
	bool no_account; /* from ftrace: nothing is known of the kernel's account */
	int cpu_count;
	uint64_t *lost; /* [cpu] */
	struct losses losses;
	uint64_t untraced, implicit_wakeups;
	struct order_counts counts;
	unsigned char allowed[EVENT_MAX_CPUS]; /* the CPUs in the masks of W, or on which it ran */
	unsigned char starts_offline[EVENT_MAX_CPUS];
	uint64_t n;
};

/* 0, or EXIT_FAILED out of memory. Ends w->t1 where it was not known. */
int resolve(struct resolution *r, struct trace *t, struct task_table *table, struct window *w);
void resolution_free(struct resolution *r);

#endif
