/* SPDX-License-Identifier: MIT */
/*
 * What packing and unpacking agree on: what each field is predicted to be from the section's
 * records before it. It is the file format, as the fields are.
 */
#ifndef TRACE_PACK_MODEL_H
#define TRACE_PACK_MODEL_H

#include <stdbool.h>
#include "trace_pack_fields.h"

union pack_record {
	struct event_head head;
	struct switch_event sw;
	struct switch_futex_event futex;
	struct switch_last_event last;
	struct waking_event waking;
	struct migrate_event migrate;
	char bytes[sizeof(struct switch_last_event)];
};

/*
 * Of a task's last record of a shape, what a prediction takes from it: apart from the record, which
 * need not stay then, and each number as wide as it is in the record, which is stored to in
 * numbers, not in words.
 */
struct pack_last_switch {
	uint64_t mask;
	uint32_t next, prev_state;
	uint16_t mask_size;
	int16_t syscall;
	uint8_t flags;
};

struct pack_last_move { /* a waking or a migration */
	uint32_t cpu, pad;
	uint8_t flags;
};

struct pack_task {
	uint32_t tid;
	uint32_t section; /* that it was met in, as pack_model numbers them */
	uint64_t run_ns;
	uint32_t nvcsw; /* as of its last switch, and run_ns and `stood` too */
	uint32_t woken; /* whom it woke last */
	struct pack_last_switch sw;
	struct pack_last_move waking;
	bool stood;	  /* run_ns did not move there: it is the idle task */
	uint8_t has_rare; /* bit shape: of struct pack_rare that shape's is good; else it is zero */
};

/* The same of shapes that few tasks have. */
struct pack_rare {
	struct pack_last_switch futex, last;
	uint64_t address;
	uint64_t run_delay_ns, nivcsw;
	uint32_t op, val, last_pad;
	struct pack_last_move migrate;
};

/* More tasks than slots cost bytes, not truth. */
#define PACK_TASK_SLOTS 1024

struct pack_model {
	uint64_t ts, switch_ts; /* of the last record, of the last switch */
	uint32_t seq;		/* the next */
	uint32_t current;	/* the task on the CPU */
	uint32_t woken;		/* the last task that was woken or moved */
	uint32_t section;	/* counts them, from 1 on: what was met in another is forgotten */
	uint8_t shape;		/* of the last record */
	_Alignas(64) struct pack_task tasks[PACK_TASK_SLOTS];
	struct pack_rare rare[PACK_TASK_SLOTS]; /* of the same tasks */
};

/* A section begins, of which nothing is known. The model is all zero before its first one. */
static inline void pack_begin(struct pack_model *m)
{
	if (m->section == UINT32_MAX)
		memset(m, 0, sizeof(*m));
	m->ts = m->switch_ts = 0;
	m->seq = m->current = m->woken = m->shape = 0;
	m->section++;
}

/* One slot a hash. */
static inline struct pack_task *pack_slot(struct pack_model *m, uint32_t tid)
{
	return &m->tasks[tid * 2654435761u / (1u << 22) % PACK_TASK_SLOTS];
}

/* The slot is the task's now: one that is pushed out is new when it comes back. */
static inline struct pack_task *pack_claim(const struct pack_model *m, struct pack_task *slot,
					   uint32_t tid)
{
	if (__builtin_expect(slot->tid != tid || slot->section != m->section, 0))
		*slot = (struct pack_task){ .tid = tid, .section = m->section };
	return slot;
}

/* Of whom a prediction is made beside the task whose record it is: in a waking who is in, by the
 * CPU alone; in a switch next, once that is known. */
static inline struct pack_task *pack_other_slot(struct pack_model *m, enum pack_shape_id shape)
{
	return shape == SHAPE_WAKING ? pack_slot(m, m->current) : m->tasks;
}

static inline void pack_predict_by_cpu(struct pack_model *m, enum pack_shape_id shape,
				       union pack_record *guess, struct pack_task *other)
{
	guess->head.seq = m->seq;
	if (shape == SHAPE_WAKING)
		guess->waking.tid = pack_claim(m, other, m->current)->woken;
	else if (shape == SHAPE_MIGRATE)
		guess->migrate.tid = m->woken; /* a waking chooses the CPU */
	else
		guess->sw.prev = m->current;
}

static inline struct pack_rare *pack_rare(struct pack_model *m, const struct pack_task *slot)
{
	return &m->rare[slot - m->tasks];
}

/* The slot's for that shape, zero if it has none yet. */
static inline struct pack_rare *pack_rare_of(struct pack_model *m, struct pack_task *slot,
					     enum pack_shape_id shape)
{
	struct pack_rare *rare = pack_rare(m, slot);

	if (slot->has_rare >> shape & 1)
		return rare;
	slot->has_rare |= 1u << shape;
	if (shape == SHAPE_MIGRATE) {
		rare->migrate = (struct pack_last_move){};
	} else if (shape == SHAPE_SWITCH_FUTEX) {
		rare->futex = (struct pack_last_switch){};
		rare->address = rare->op = rare->val = 0;
	} else {
		rare->last = (struct pack_last_switch){};
		rare->run_delay_ns = rare->nivcsw = rare->last_pad = 0;
	}
	return rare;
}

static inline void pack_predict_switch(struct switch_event *guess,
				       const struct pack_last_switch *last)
{
	guess->head.flags = last->flags;
	guess->next = last->next;
	guess->prev_state = last->prev_state;
	guess->mask = last->mask;
	guess->mask_size = last->mask_size;
	guess->syscall = last->syscall;
}

/* `slot`: of guess->sw.prev; in every shape the task whose record it is follows the head. */
static inline void pack_predict_by_task(struct pack_model *m, enum pack_shape_id shape,
					union pack_record *guess, struct pack_task *slot)
{
	const struct pack_rare *rare;

	pack_claim(m, slot, guess->sw.prev);
	if (shape == SHAPE_SWITCH) {
		pack_predict_switch(&guess->sw, &slot->sw);
	} else if (shape == SHAPE_WAKING) {
		guess->head.flags = slot->waking.flags;
		guess->waking.waker = m->current;
		guess->waking.cpu = slot->waking.cpu;
		guess->waking.pad = slot->waking.pad;
	} else if (shape == SHAPE_MIGRATE) {
		rare = pack_rare_of(m, slot, shape);
		guess->head.flags = rare->migrate.flags;
		guess->migrate.cpu = rare->migrate.cpu;
	} else if (shape == SHAPE_SWITCH_FUTEX) {
		rare = pack_rare_of(m, slot, shape);
		pack_predict_switch(&guess->sw, &rare->futex);
		guess->futex.address = rare->address;
		guess->futex.op = rare->op;
		guess->futex.val = rare->val;
	} else {
		rare = pack_rare_of(m, slot, shape);
		pack_predict_switch(&guess->sw, &rare->last);
		guess->last.counters.run_delay_ns = rare->run_delay_ns;
		guess->last.counters.nivcsw = rare->nivcsw;
		guess->last.pad = rare->last_pad;
	}
}

static inline void pack_keep_switch(struct pack_last_switch *last, const struct switch_event *is)
{
	*last = (struct pack_last_switch){ is->mask,	  is->next,    is->prev_state,
					   is->mask_size, is->syscall, is->head.flags };
}

/* What pack_predict_by_task() is to predict the next time. */
static inline void pack_keep(struct pack_model *m, enum pack_shape_id shape,
			     const union pack_record *is, struct pack_task *slot)
{
	struct pack_rare *rare;

	if (shape == SHAPE_SWITCH) {
		pack_keep_switch(&slot->sw, &is->sw);
	} else if (shape == SHAPE_WAKING) {
		slot->waking =
			(struct pack_last_move){ is->waking.cpu, is->waking.pad, is->head.flags };
	} else if (shape == SHAPE_MIGRATE) {
		rare = pack_rare_of(m, slot, shape);
		rare->migrate.cpu = is->migrate.cpu;
		rare->migrate.flags = is->head.flags;
	} else if (shape == SHAPE_SWITCH_FUTEX) {
		rare = pack_rare_of(m, slot, shape);
		pack_keep_switch(&rare->futex, &is->sw);
		rare->address = is->futex.address;
		rare->op = is->futex.op;
		rare->val = is->futex.val;
	} else {
		rare = pack_rare_of(m, slot, shape);
		pack_keep_switch(&rare->last, &is->sw);
		rare->run_delay_ns = is->last.counters.run_delay_ns;
		rare->nivcsw = is->last.counters.nivcsw;
		rare->last_pad = is->last.pad;
	}
}

/*
 * What the task has run: as of its last switch, and since it came to the CPU, by the clock. The
 * slots: of a switch's prev and next.
 */
static inline void pack_predict_by_record(struct pack_model *m, enum pack_shape_id shape,
					  union pack_record *guess, struct pack_task *prev,
					  struct pack_task *next)
{
	const struct pack_task *task = prev; /* claimed by pack_predict_by_task() */

	if (shape > SHAPE_SWITCH_LAST)
		return;
	guess->sw.nvcsw = task->nvcsw;
	if (guess->sw.prev_state && !(guess->head.flags & EVENT_F_PREEMPT))
		guess->sw.nvcsw++;
	guess->sw.run_ns = task->run_ns;
	if (guess->sw.prev == m->current && !task->stood)
		guess->sw.run_ns += guess->head.ts - m->switch_ts;
	if (shape == SHAPE_SWITCH_LAST) {
		guess->last.counters.run_ns = guess->sw.run_ns;
		guess->last.counters.nvcsw = guess->sw.nvcsw;
		guess->last.pid = guess->sw.prev;
	}
	guess->sw.next_run_low = pack_claim(m, next, guess->sw.next)->run_ns;
}

static inline void pack_remember_switch(struct pack_model *m, const struct switch_event *sw,
					struct pack_task *prev, struct pack_task *next)
{
	if (__builtin_expect(prev == next, 0)) /* else nobody has pushed it out */
		pack_claim(m, prev, sw->prev);
	prev->nvcsw = sw->nvcsw;
	prev->stood = prev->run_ns == sw->run_ns;
	prev->run_ns = sw->run_ns;
	if (__builtin_expect(prev == next, 0))
		pack_claim(m, next, sw->next);
	/* It may have run elsewhere; the high half is known from its own switches. */
	next->run_ns += (uint32_t)(sw->next_run_low - (uint32_t)next->run_ns);
	m->current = sw->next;
	m->switch_ts = sw->head.ts;
}

static inline void pack_remember_head(struct pack_model *m, enum pack_shape_id shape,
				      const struct event_head *head)
{
	m->ts = head->ts;
	m->seq = head->seq + 1;
	m->shape = shape;
}

/*
 * Takes in a whole record; of one of SHAPE_RAW only its head is taken in. The slots: of the task
 * whose record it is, and the other one. `as_predicted`: pack_predict_by_task() was right.
 */
static inline void pack_remember(struct pack_model *m, enum pack_shape_id shape,
				 const union pack_record *record, struct pack_task *slot,
				 struct pack_task *other, bool as_predicted)
{
	bool shared = slot == other;

	if (!as_predicted || __builtin_expect(shared, 0)) {
		pack_claim(m, slot, record->sw.prev);
		pack_keep(m, shape, record, slot);
	}
	if (shape == SHAPE_WAKING) {
		if (__builtin_expect(shared, 0))
			pack_claim(m, other, m->current);
		other->woken = m->woken = record->waking.tid;
		if (__builtin_expect(shared, 0)) {
			pack_claim(m, slot, record->waking.tid);
			pack_keep(m, shape, record, slot);
		}
	} else if (shape == SHAPE_MIGRATE) {
		m->woken = record->migrate.tid;
	} else {
		pack_remember_switch(m, &record->sw, slot, other);
	}
	pack_remember_head(m, shape, &record->head);
}

#endif
