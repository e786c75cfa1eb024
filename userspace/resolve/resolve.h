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

#include "tasks/losses.h"
#include "tasks/window.h"
#include "trace/event_order.h"

#define TASK_IDLE (UINT32_MAX - 1)    /* the CPU's idle task */
#define TASK_UNKNOWN (UINT32_MAX - 2) /* nobody knows who runs there */

enum fixup_kind {
	FIX_CPU,     /* from `ts` on `task` runs on `cpu` */
	FIX_DEAD,    /* `task` is dead from `ts` on */
	FIX_UNKNOWN, /* nobody knows what `task` does from `ts` on: a loss may hide it */
	FIX_WAITS,   /* it is known again: woken at `ts` into the queue of `cpu` */
	FIX_QUEUE,   /* it waits, but in whose queue is not known from `ts` on */
};

struct fixup {
	uint64_t ts;
	uint32_t task;
	int cpu;
	/* FIX_CPU: it lies before this record of the CPU, and after the one before that. */
	uint32_t before_seq;
	enum fixup_kind kind;
};

struct seq_list { /* of one CPU: sequence numbers of sched-outs, ascending */
	uint32_t *seqs;
	size_t count, room;
};

struct resolution {
	struct fixup *fixups; /* as the events are ordered */
	size_t fixup_count, fixup_room;
	struct seq_list *implicit; /* [cpu]: those that wait at once */
	/* [cpu]: those that block for a child, by who ended it; where no system call is known. */
	struct seq_list *child_waits;
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
