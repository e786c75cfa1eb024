/* SPDX-License-Identifier: MIT */
/* Between resolve.c (the pass) and resolve_unseen.c (switches that nobody saw); for no one else. */
#ifndef RESOLVE_PASS_H
#define RESOLVE_PASS_H

#include "resolve.h"

enum phase { PHASE_UNKNOWN, PHASE_RUNNABLE, PHASE_BLOCKED };

struct open_slice { /* its sched-out was left untraced, and an idle task's followed */
	uint64_t since_ns, limit_ns; /* it began, and had ended by here */
	uint32_t run_low;	     /* the kernel's run time when it began */
	uint32_t before_seq;
	int cpu;
};

struct passing {	 /* what this pass remembers of a task */
	uint64_t run_ns; /* the kernel's, at its last sched-out */
	struct open_slice open;
	uint64_t sum_ns;   /* from ftrace: its run time as the kernel went on adding to it */
	uint64_t ready_ns; /* it can't have come in before: its last sched-out or waking */
	uint64_t mask;	   /* as last shown */
	uint32_t out_seq;
	uint16_t out_cpu, in_cpu, mask_size;
	uint8_t phase;
	bool run_known, is_open, woken_in_slice;
	bool in;	/* in on in_cpu, as far as is known */
	bool dead;	/* its last switch was seen */
	bool summed;	/* by at least one such record */
	bool exiting;	/* its exit was seen */
	bool vforked;	/* whoever cloned it waits for it */
	bool in_window; /* a mask was shown in the window */
};

struct cpu_now {
	uint32_t task;
	uint32_t task_run_low; /* the kernel's run time when it came in */
	uint64_t since;
	uint64_t last_ts; /* of its last record before this one */
	uint64_t left_ns; /* the task in was seen elsewhere: it had left by here; 0: it was not */
	uint64_t lost_since; /* a loss since the last switch; 0: none */
	uint32_t lost_seq;   /* the record that showed it */
	uint32_t next_seq;   /* after its last record */
	bool seen;	     /* it has a record: it was online */
	/* Only without the kernel's account, from who made a record while it was in. */
	uint64_t shown_ns; /* the task in was still in; 0: not shown since it came in */
	uint64_t other_ns; /* `other` was in its place; 0: nobody was seen to be */
	uint32_t other;
};

struct resolver {
	struct resolution *out;
	struct task_table *table;
	const struct window *window;
	struct passing *tasks;
	uint32_t room;
	struct cpu_now *cpus;
	bool failed; /* out of memory */
};

/* NULL out of memory (r->failed). Good until the next call. */
struct passing *passing_of(struct resolver *r, uint32_t task);

/* The task's last sched-out blocked, and no waking ended it: it waited from there on. */
void implicit_wakeup(struct resolver *r, const struct passing *task, uint32_t index);

void add_fixup(struct resolver *r, int cpu, uint64_t ts, uint32_t task, uint32_t before_seq);
/* Once all are found: in the order in which the second pass meets them. */
void sort_fixups(struct resolution *out);

/* `prev` goes out on `cpu`, and another task was in there: it had come in unseen. */
void unseen_switch_in(struct resolver *r, int cpu, const struct ordered_event *o, uint32_t prev);

/* A sched-in elsewhere than where the task was last in, its sched-out there unseen. */
void unseen_switch_out(struct resolver *r, const struct passing *task, uint32_t index,
		       const struct ordered_event *o);

/* The kernel's run time of a task whose sched-out was untraced, seen again, tells when it ended. */
void close_open_slice(struct resolver *r, struct passing *task, uint32_t run_low);

#endif
