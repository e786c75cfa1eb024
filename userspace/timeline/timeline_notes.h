/* SPDX-License-Identifier: MIT */
/*
 * What the second pass knows of an event before anything else: whom it is of, and what becomes of a
 * switch's prev.
 */
#ifndef TIMELINE_NOTES_H
#define TIMELINE_NOTES_H

#include "resolve/resolve.h"
#include "task_state.h"
#include "trace/switch_state.h"

struct note_maker {
	struct task_table *table; /* rewound, and frozen: who is in it the timeline looks up too */
	const struct resolution *resolution;
	struct note_cpu {
		uint32_t task; /* that is in, as its records tell */
		uint32_t implicit_next,
			child_wait_next; /* no record before these is listed there */
		size_t implicit_at, child_wait_at;
	} * cpus;
};

/* False out of memory; note_maker_free() either way. */
bool note_maker_open(struct note_maker *m, struct task_table *table, const struct resolution *r);
void note_maker_free(struct note_maker *m);

/* The resolution's lists have. */
void notes_grew(struct note_maker *m);

/* Its sched-out is in the resolution's list; of records in their order. */
bool note_is_implicit(struct note_maker *m, int cpu, uint32_t seq);
bool note_is_child_wait(struct note_maker *m, int cpu, uint32_t seq);

/* What the switch shows of prev's state. */
static inline void note_state(struct note_maker *m, struct ordered_event *o,
			      const struct switch_event *sw, const struct note_cpu *cpu)
{
	uint32_t seq = sw->head.seq;

	if (switch_is_last(sw)) {
		o->note.state = STATE_NONE;
		return;
	}
	if (switch_stays_runnable(sw)) {
		o->note.state = STATE_WAIT_PREEMPT;
		return;
	}
	o->note.block = block_kind_of(sw, m->table);
	if (seq >= cpu->child_wait_next && note_is_child_wait(m, o->cpu, seq))
		o->note.block = BLOCK_CHILD;
	o->note.state = seq >= cpu->implicit_next && note_is_implicit(m, o->cpu, seq)
				? STATE_WAIT_WAKEUP
				: STATE_BLOCKED;
}

/* One that the first pass did not meet, as in a file that was changed meanwhile, is nobody. */
static inline uint32_t note_whose(const struct note_maker *m, uint32_t tid)
{
	uint32_t task = tid ? task_find(m->table, tid) : TASK_IDLE;

	return task == TASK_NONE ? TASK_UNKNOWN : task;
}

/* Of each switch, and of each waking and migration, in its order: fills `note`. */
static inline void note_switch(struct note_maker *m, struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	struct note_cpu *cpu = &m->cpus[o->cpu];

	o->note.task = sw->prev ? task_switched(m->table, sw->prev, cpu->task) : TASK_IDLE;
	cpu->task = o->note.next = note_whose(m, sw->next);
	note_state(m, o, sw, cpu);
}

static inline void note_waking(struct note_maker *m, struct ordered_event *o)
{
	_Static_assert(offsetof(struct waking_event, tid) == offsetof(struct migrate_event, tid),
		       "both begin with whom they are of");
	o->note.task = note_whose(m, ((const struct waking_event *)o->event)->tid);
}

#endif
