/* SPDX-License-Identifier: MIT */
/* Between timeline.c (events) and timeline_states.c (what they change); for no one else. */
#ifndef TIMELINE_STATES_H
#define TIMELINE_STATES_H

#include "timeline.h"

static inline bool is_measured(const struct timeline *tl, uint32_t task)
{
	return task < TASK_UNKNOWN && tl->table->tasks[task].measured;
}

/* Has a line of time of its own: W, and what is shown beside it. */
static inline bool is_watched(const struct timeline *tl, uint32_t task)
{
	return task < TASK_UNKNOWN &&
	       (tl->table->tasks[task].measured || tl->table->tasks[task].role != ROLE_TASK);
}

/* The task in on `cpu` changes at `t`. */
void cpu_set(struct timeline *tl, int cpu, uint64_t t, uint32_t task);

/* The task's state; NULL out of memory (tl->failed). The pointer is good until the next call. */
struct task_state *state_of(struct timeline *tl, uint32_t task);

/* A change of state is a leave and an enter at the same time, what belongs to the new one between.
 */
void leave_state(struct timeline *tl, uint32_t task, uint64_t t);
void enter_state(struct timeline *tl, uint32_t task, uint64_t t, enum state state);

/* A waiting task goes to the queue of another CPU. */
void requeue(struct timeline *tl, uint32_t task, uint64_t t, int cpu);

/* A slice that reaches into the window has run there, wherever it began. */
void note_cpu(struct timeline *tl, uint32_t task, int cpu, uint64_t from, uint64_t to);

/* Voluntary is what the kernel's own counter says (38 aborted sleeps in one run looked otherwise),
 * and only where that is not known the state.
 */
void count_switch(struct timeline *tl, uint32_t task, int cpu, uint64_t t,
		  const struct switch_event *sw);

/* How long other tasks have run, by `t`, on the CPU in whose queue this one waits. */
uint64_t waited_behind_ns(const struct timeline *tl, const struct task_state *s, uint64_t t);

#endif
