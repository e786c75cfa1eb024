/* SPDX-License-Identifier: MIT */
#include "timeline_notes.h"
#include <stdlib.h>
#include "task_state.h"
#include "trace/switch_state.h"

bool note_maker_open(struct note_maker *m, struct task_table *table, const struct resolution *r)
{
	*m = (struct note_maker){ .table = table, .resolution = r };
	m->cpus = calloc(r->cpu_count + 1, sizeof(*m->cpus));
	for (int cpu = 0; m->cpus && cpu < r->cpu_count; cpu++)
		m->cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(table);
	table->frozen = true;
	return m->cpus;
}

void note_maker_free(struct note_maker *m)
{
	free(m->cpus);
	if (m->table)
		m->table->frozen = false;
}

/* Of ever higher numbers. */
static inline bool is_listed(const struct seq_list *list, size_t *at, uint32_t seq)
{
	while (*at < list->count && list->seqs[*at] < seq)
		++*at;
	return *at < list->count && list->seqs[*at] == seq;
}

/* What the switch shows of prev's state. */
static void note_state(struct note_maker *m, struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	const struct resolution *r = m->resolution;
	struct note_cpu *cpu = &m->cpus[o->cpu];

	if (switch_is_last(sw)) {
		o->note.state = STATE_NONE;
		return;
	}
	if (switch_stays_runnable(sw)) {
		o->note.state = STATE_WAIT_PREEMPT;
		return;
	}
	o->note.block = block_kind_of(sw, m->table);
	if (is_listed(&r->child_waits[o->cpu], &cpu->child_wait_at, sw->head.seq))
		o->note.block = BLOCK_CHILD;
	o->note.state = is_listed(&r->implicit[o->cpu], &cpu->implicit_at, sw->head.seq)
				? STATE_WAIT_WAKEUP
				: STATE_BLOCKED;
}

/* One that the first pass did not meet, as in a file that was changed meanwhile, is nobody. */
static inline uint32_t whose(const struct note_maker *m, uint32_t tid)
{
	uint32_t task = task_find(m->table, tid);

	return task == TASK_NONE ? TASK_UNKNOWN : task;
}

static inline void note_switch(struct note_maker *m, struct ordered_event *o)
{
	const struct switch_event *sw = (const void *)o->event;
	struct note_cpu *cpu = &m->cpus[o->cpu];

	o->note.task = sw->prev ? task_switched(m->table, sw->prev, cpu->task) : TASK_IDLE;
	o->note.next = sw->next ? whose(m, sw->next) : TASK_IDLE;
	cpu->task = o->note.next;
	note_state(m, o);
}

/* Also of a migration: both begin with whom they are of. */
static inline void note_waking(struct note_maker *m, struct ordered_event *o)
{
	const struct waking_event *waking = (const void *)o->event;

	o->note.task = waking->tid ? whose(m, waking->tid) : TASK_IDLE;
}

_Static_assert(offsetof(struct waking_event, tid) == offsetof(struct migrate_event, tid),
	       "note_waking() is for both");

void note_event(struct note_maker *m, struct ordered_event *o)
{
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		note_switch(m, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
	case EVENT_MIGRATE:
		note_waking(m, o);
		break;
	case EVENT_NEWTASK:
		o->note.task = task_born(m->table, (const void *)o->event);
		break;
	case EVENT_EXEC:
		o->note.task = task_execed(m->table, (const void *)o->event);
		break;
	}
}
