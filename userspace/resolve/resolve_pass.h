/* SPDX-License-Identifier: MIT */
/*
 * Between resolve.c (the pass), resolve_switch.c and resolve_events.c (what records show),
 * resolve_unseen.c (switches that nobody saw) and resolve_gap.c (what a task did across a loss:
 * only kept in the pass that knows of one); for no one else.
 */
#ifndef RESOLVE_PASS_H
#define RESOLVE_PASS_H

#include "resolve_ahead.h"

enum phase { PHASE_UNKNOWN, PHASE_RUNNABLE, PHASE_BLOCKED };

struct open_slice { /* its sched-out was left untraced, and an idle task's followed */
	uint64_t since_ns, limit_ns; /* it began, and had ended by here */
	uint32_t run_low;	     /* the kernel's run time when it began */
	uint32_t before_seq;
	int cpu;
};

enum gap_kind { GAP_NONE, GAP_UNBORN, GAP_RUNNABLE, GAP_BLOCKED, GAP_UNKNOWN };

struct gap { /* since it was last known to run */
	enum gap_kind kind;
	uint64_t since;
	uint64_t slice_since;	    /* the slice before it began */
	uint64_t woken, woken_last; /* first and last waking in it; 0: none */
	int queue, queue_then;	    /* where it waits, and at the last waking */
};

struct passing { /* what this pass remembers of a task */
	/* What each of its switches and wakings asks for comes first, in one line of cache. */
	uint64_t run_ns;   /* the kernel's, at its last sched-out */
	uint64_t ready_ns; /* it can't have come in before: its last sched-out or waking */
	uint64_t in_since; /* its slice, while it is in */
	uint64_t mask;	   /* as last shown */
	uint32_t out_seq;
	uint16_t out_cpu, in_cpu, mask_size;
	uint8_t phase;
	bool measured; /* in W */
	bool run_known, is_open, woken_in_slice;
	bool abortable; /* its sleep, by a signal */
	bool in;	/* in on in_cpu, as far as is known */
	bool dead;	/* its last switch was seen */
	bool summed;	/* by at least one such record */
	bool exiting;	/* its exit was seen */
	bool vforked;	/* whoever cloned it waits for it */
	bool in_window; /* a mask was shown in the window */
	struct open_slice open;
	uint64_t sum_ns; /* from ftrace: its run time as the kernel went on adding to it */
	struct gap gap;	 /* where something was lost */
};

struct cpu_now {
	uint32_t task;
	uint32_t task_run_low; /* the kernel's run time when it came in */
	uint64_t since;
	uint64_t last_ts; /* of its last record before this one */
	uint64_t left_ns; /* the task in was seen elsewhere: it had left by here; 0: it was not */
	uint64_t lost_since; /* a loss since the last switch; 0: none */
	uint32_t lost_seq;   /* the record that showed it */
	uint64_t lost_to;    /* that record's time */
	uint32_t next_seq;   /* after its last record */
	bool seen;	     /* it has a record: it was online */
	bool offline;	     /* as last told */
	bool told;	     /* that it went offline or came online */
	bool in_window;	     /* it was online in the window */
	uint64_t online_ns;  /* since when it is online */
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
	uint64_t first_ts;	     /* of the trace */
	struct losses *found;	     /* by the first of two passes; else NULL */
	const struct losses *known;  /* in the second; before it NULL */
	struct resolve_ahead *ahead; /* NULL: no second pass follows this one yet */
	uint64_t tell_at;	     /* after this it is told something again; UINT64_MAX: never */
	bool failed;		     /* out of memory */
};

/* ---- resolve.c ----------------------------------------------------------------------------------
 */

/* False out of memory (r->failed). */
bool resolve_make_room(struct resolver *r, uint32_t task);

/* NULL out of memory (r->failed). Good until the next call. */
static inline struct passing *passing_of(struct resolver *r, uint32_t task)
{
	return task < r->room || resolve_make_room(r, task) ? &r->tasks[task] : NULL;
}

void resolve_add_seq(struct resolver *r, struct u32_list *list, uint32_t seq);

/* The task's last sched-out blocked, and no waking ended it: it waited from there on. */
void implicit_wakeup(struct resolver *r, const struct passing *task, uint32_t index);

void add_fixup(struct resolver *r, int cpu, uint64_t ts, uint32_t task, uint32_t before_seq);
void add_task_fixup(struct resolver *r, enum fixup_kind kind, uint64_t ts, uint32_t task, int cpu);

/* `prev` goes out on `cpu`, and another task was in there: it had come in unseen. */
void unseen_switch_in(struct resolver *r, int cpu, const struct ordered_event *o, uint32_t prev);

/* The trace ends on a CPU that is offline: its last switch is one that nobody saw. */
void unseen_last_switch(struct resolver *r, int cpu);

/* A sched-in elsewhere than where the task was last in, its sched-out there unseen. */
void unseen_switch_out(struct resolver *r, const struct passing *task, uint32_t index,
		       const struct ordered_event *o);

/* Its run since its last sched-out that it has been given already: where it was seen to come in.
 * *until: it is known to have been there, or to have done something else, up to then.
 */
uint64_t given_already(const struct resolver *r, const struct passing *task, uint32_t index,
		       uint64_t *until);

/* The kernel's run time of a task whose sched-out was untraced, seen again, tells when it ended. */
void end_open_slice(struct resolver *r, struct passing *task, uint32_t run_low);
static inline void close_open_slice(struct resolver *r, struct passing *task, uint32_t run_low)
{
	if (task->is_open)
		end_open_slice(r, task, run_low);
}

/* As resolve(), but says nothing of its failure. `ahead`: whose pass it is; NULL: nobody's. */
bool resolve_passes(struct resolution *out, struct trace *t, struct task_table *table,
		    struct window *w, struct resolve_ahead *ahead);

/* ---- resolve_ahead.c ----------------------------------------------------------------------------
 */

/* When the second pass is told something for the first time. */
uint64_t resolve_ahead_first(const struct resolve_ahead *a);
/* What is settled now that the pass has come to `ts`. */
void resolve_ahead_tell(struct resolver *r, uint64_t ts);
/* At the end, before anything is sorted. */
void resolve_ahead_tell_all(struct resolver *r);
/* Something was lost: only the whole of what is found is worth anything. */
void resolve_ahead_mislead(struct resolver *r);
/* The task's slice has ended, and when is told later. */
void resolve_ahead_hold(struct resolver *r, uint32_t task);
/* Its last sched-out did not block. */
void resolve_ahead_implicit(struct resolver *r, const struct passing *task, uint32_t index);

/* ---- resolve_switch.c and resolve_events.c ------------------------------------------------------
 */

/* Fills in what is not in the record, for this pass alone. */
void resolve_switch(struct resolver *r, struct ordered_event *o);
void resolve_waking(struct resolver *r, const struct ordered_event *o);
void resolve_migrate(struct resolver *r, const struct migrate_event *migrate);
void resolve_runtime(struct resolver *r, const struct runtime_event *runtime);
void resolve_lifecycle(struct resolver *r, const struct ordered_event *o);
/* The hole before this record. */
void resolve_loss(struct resolver *r, const struct ordered_event *o);

/* ---- resolve_hotplug.c --------------------------------------------------------------------------
 */

void resolve_hotplug(struct resolver *r, const struct hotplug_event *event, uint64_t ts);
/* The trace ends: which CPUs were offline from the start, and which never online in the window. */
void resolve_hotplug_end(struct resolver *r, const json_t *online_cpus);

/* ---- resolve_masks.c ----------------------------------------------------------------------------
 */

/* W may use these CPUs. */
void resolve_allow(struct resolver *r, uint64_t mask, unsigned size);
/* A mask holds from the record that shows it: the last one before the window counts in it too. */
void resolve_note_mask(struct resolver *r, struct passing *task, uint64_t ts, uint64_t mask,
		       unsigned size);
void resolve_seed_mask(struct passing *task, const struct task_table *table, uint32_t index);

/* ---- resolve_end.c ------------------------------------------------------------------------------
 */

/* Until `to` nobody knew who was in on the CPU that lost records. */
void resolve_close_span(struct resolver *r, const struct cpu_now *now, uint64_t to);
/* A slice that the switches show, in the window. */
void resolve_traced_run(struct resolver *r, uint32_t task, uint64_t from, uint64_t to);
void resolve_finish(struct resolver *r, struct event_order *order, const struct trace *t,
		    struct window *w);

/* ---- resolve_gap.c ------------------------------------------------------------------------------
 */

/* The task stops to run on `cpu`, or is born there, and `kind` is how. */
void gap_open(struct passing *task, enum gap_kind kind, uint64_t ts, int cpu);
/* It was there before the trace: what the snapshot at attach says of it. */
void gap_start(struct passing *task, const struct task *known);
/* A waking of it is seen. */
void gap_waking(struct passing *task, uint64_t ts, int cpu, bool first);
/* It goes to another CPU's queue. */
void gap_migrate(struct passing *task, int cpu);
/*
 * It is known to run from `ts` on, on `cpu`. `ran`: it may have run in between; false where the
 * kernel's run time says that it has not.
 */
void gap_close(struct resolver *r, struct passing *task, uint32_t index, uint64_t ts, int cpu,
	       bool ran);
/* The trace ends, and it was not seen again. */
void gap_end(struct resolver *r, struct passing *task, uint32_t index);

/* The first loss between the two, whoever's; NULL: none. */
const struct loss_span *lost_between(const struct resolver *r, uint64_t from, uint64_t to);

#endif
