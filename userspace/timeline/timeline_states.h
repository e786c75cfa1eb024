/* SPDX-License-Identifier: MIT */
/*
 * Between the parts of the second pass; for no one else. timeline.c reads the events; what each
 * changes is in timeline_switch.c and, where no record shows it, in timeline_fixups.c; the changes
 * themselves are in timeline_change.h and timeline_counts.c, and what lasts between them in
 * timeline_clock.c.
 */
#ifndef TIMELINE_STATES_H
#define TIMELINE_STATES_H

#include "timeline_clock.h"

static inline bool is_measured(const struct timeline *tl, uint32_t task)
{
	return task < TASK_UNKNOWN && tl->tasks[task].measured;
}

static inline bool is_watched(const struct timeline *tl, uint32_t task)
{
	return task < TASK_UNKNOWN && tl->tasks[task].watched;
}

/* NULL: it has no line of time of its own. */
static inline struct task_state *watched(const struct timeline *tl, uint32_t task)
{
	return is_watched(tl, task) ? &tl->tasks[task] : NULL;
}

/* NULL: it is none of this machine's. */
static inline struct cpu_timeline *cpu_at(const struct timeline *tl, int cpu)
{
	return cpu >= 0 && cpu < tl->cpu_count ? &tl->cpus[cpu] : NULL;
}

/* ---- timeline_fixups.c --------------------------------------------------------------------------
 */

void fixups_start(struct timeline *tl);
/* Applies what lies before the event, or by `t`. */
void fixups_due(struct timeline *tl, const struct ordered_event *o);
void fixups_until(struct timeline *tl, uint64_t t);

static inline void fixups_before(struct timeline *tl, const struct ordered_event *o)
{
	if (__builtin_expect(tl->fixup_ts <= o->ts, 0))
		fixups_due(tl, o);
}

/* ---- timeline_switch.c --------------------------------------------------------------------------
 */

void timeline_switch(struct timeline *tl, const struct ordered_event *o);
void timeline_waking(struct timeline *tl, const struct ordered_event *o);
void timeline_migrate(struct timeline *tl, const struct ordered_event *o);

/* `task` is on `cpu` from now on; whoever was there before has left it already. */
void put_on_cpu(struct timeline *tl, int cpu, uint32_t task);
/* Whoever is on `cpu` has left it unseen by now. What it does then is unknown. */
void take_off_cpu(struct timeline *tl, int cpu);

/* ---- timeline_states.c and timeline_counts.c ----------------------------------------------------
 */

/* For all tasks that the table has by now. False out of memory. */
bool states_make(struct timeline *tl);

/*
 * A change of state is a leave and an enter at the same time, now, what belongs to the new one set
 * between. change_plain() (timeline_change.h) is both where it can be.
 */
void leave_state(struct timeline *tl, struct task_state *s);
void enter_state(struct timeline *tl, struct task_state *s, enum state state);

/* When its switches count in the oracle. */
void counts_start(struct task_state *s, const struct task *task);

/* A switch near the task's first or last account. */
void count_with_rows(struct task_state *s, const struct task *task, uint64_t t,
		     const struct switch_event *sw, bool voluntary);

/* ---- timeline_hotplug.c -------------------------------------------------------------------------
 */

/* The scheduler ceases or begins to use a CPU. */
void timeline_hotplug(struct timeline *tl, const struct ordered_event *o);
/* It is offline before the first event. */
void cpu_start_offline(struct timeline *tl, int cpu);
/* A thread of the CPU's own has stopped it: its switch to idle comes when no tracepoint sees it. */
void count_last_switch(struct timeline *tl, uint32_t task);

#endif
