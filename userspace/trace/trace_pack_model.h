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
	uint16_t next_slot; /* that task's, as pack_place() says it */
	uint8_t flags;
};

struct pack_last_move { /* a waking or a migration */
	uint32_t cpu, pad;
	uint8_t flags;
};

struct pack_task {
	uint64_t who; /* its tid, and the section that it was met in: pack_who() */
	uint64_t run_ns;
	uint32_t nvcsw; /* as of its last switch, and run_ns and `stood` too */
	uint32_t woken; /* whom it woke last */
	struct pack_last_switch sw;
	struct pack_last_move waking;
	uint16_t woken_slot;
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
	bool after_other;	/* the last record was no switch */
	uint64_t section;	/* counts them by 1 << 32: what was met in another is forgotten */
	struct pack_task *current_slot;
	_Alignas(64) struct pack_task tasks[PACK_TASK_SLOTS];
	struct pack_rare rare[PACK_TASK_SLOTS]; /* of the same tasks */
};

/* One slot a hash; of the task 0 the first. */
static inline struct pack_task *pack_slot(struct pack_model *m, uint32_t tid)
{
	return &m->tasks[tid * 2654435761u / (1u << 22) % PACK_TASK_SLOTS];
}

/* Where a slot lies among them, and back. */
static inline uint16_t pack_place(const struct pack_model *m, const struct pack_task *slot)
{
	_Static_assert(sizeof(m->tasks) <= UINT16_MAX + 1, "a slot's place is its first byte's");
	return (const char *)slot - (const char *)m->tasks;
}

static inline struct pack_task *pack_slot_at(struct pack_model *m, uint16_t place)
{
	return (void *)((char *)m->tasks + place);
}

/* A section begins, of which nothing is known. The model is all zero before its first one. */
static inline void pack_begin(struct pack_model *m)
{
	if (m->section == (uint64_t)UINT32_MAX << 32)
		memset(m, 0, sizeof(*m));
	m->ts = m->switch_ts = 0;
	m->seq = m->current = m->woken = 0;
	m->after_other = true;
	m->current_slot = pack_slot(m, 0);
	m->section += 1ull << 32;
}

static inline uint64_t pack_who(const struct pack_model *m, uint32_t tid)
{
	return m->section | tid;
}

/* The slot is the task's now: one that is pushed out is new when it comes back. */
static inline struct pack_task *pack_claim(const struct pack_model *m, struct pack_task *slot,
					   uint32_t tid)
{
	uint64_t who = pack_who(m, tid);

	if (__builtin_expect(slot->who != who, 0))
		*slot = (struct pack_task){ .who = who };
	return slot;
}

/*
 * Of whom a prediction is made beside the task whose record it is: in a waking who is in, by the
 * CPU alone; in a switch next, once that is known.
 */
static inline struct pack_task *pack_other_slot(struct pack_model *m, enum pack_shape_id shape)
{
	return shape == SHAPE_WAKING ? m->current_slot : m->tasks;
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

static inline void pack_keep_switch(struct pack_model *m, struct pack_last_switch *last,
				    const struct switch_event *is)
{
	*last = (struct pack_last_switch){ .mask = is->mask,
					   .next = is->next,
					   .prev_state = is->prev_state,
					   .mask_size = is->mask_size,
					   .syscall = is->syscall,
					   .next_slot = pack_place(m, pack_slot(m, is->next)),
					   .flags = is->head.flags };
}

/* What pack_predict_by_task() is to predict the next time. */
static inline void pack_keep(struct pack_model *m, enum pack_shape_id shape,
			     const union pack_record *is, struct pack_task *slot)
{
	struct pack_rare *rare;

	if (shape == SHAPE_SWITCH) {
		pack_keep_switch(m, &slot->sw, &is->sw);
	} else if (shape == SHAPE_WAKING) {
		slot->waking =
			(struct pack_last_move){ is->waking.cpu, is->waking.pad, is->head.flags };
	} else if (shape == SHAPE_MIGRATE) {
		rare = pack_rare_of(m, slot, shape);
		rare->migrate.cpu = is->migrate.cpu;
		rare->migrate.flags = is->head.flags;
	} else if (shape == SHAPE_SWITCH_FUTEX) {
		rare = pack_rare_of(m, slot, shape);
		pack_keep_switch(m, &rare->futex, &is->sw);
		rare->address = is->futex.address;
		rare->op = is->futex.op;
		rare->val = is->futex.val;
	} else {
		rare = pack_rare_of(m, slot, shape);
		pack_keep_switch(m, &rare->last, &is->sw);
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

static inline void pack_remember_prev(struct pack_task *prev, const struct switch_event *sw)
{
	prev->nvcsw = sw->nvcsw;
	prev->stood = prev->run_ns == sw->run_ns;
	prev->run_ns = sw->run_ns;
}

/* It may have run elsewhere; the high half is known from its own switches. */
static inline void pack_remember_next(struct pack_model *m, struct pack_task *next,
				      const struct switch_event *sw)
{
	next->run_ns += (uint32_t)(sw->next_run_low - (uint32_t)next->run_ns);
	m->current = sw->next;
	m->current_slot = next;
	m->switch_ts = sw->head.ts;
}

static inline void pack_remember_woken(struct pack_model *m, struct pack_task *waker,
				       const struct pack_task *woken, uint32_t tid)
{
	waker->woken = m->woken = tid;
	waker->woken_slot = pack_place(m, woken);
}

static inline void pack_remember_head(struct pack_model *m, enum pack_shape_id shape,
				      const struct event_head *head)
{
	m->ts = head->ts;
	m->seq = head->seq + 1;
	m->after_other = shape == SHAPE_RAW || shape > SHAPE_SWITCH_LAST;
}

/* Both tasks have one slot: who has it last, stays. */
static inline void pack_remember_shared(struct pack_model *m, enum pack_shape_id shape,
					const union pack_record *record, struct pack_task *slot)
{
	uint32_t tid = record->sw.prev;

	if (shape == SHAPE_WAKING) {
		pack_remember_woken(m, pack_claim(m, slot, m->current), slot, tid);
		pack_keep(m, shape, record, pack_claim(m, slot, tid));
		return;
	}
	pack_keep(m, shape, record, pack_claim(m, slot, tid));
	pack_remember_prev(slot, &record->sw);
	pack_remember_next(m, pack_claim(m, slot, record->sw.next), &record->sw);
}

/*
 * Takes in a whole record; of one of SHAPE_RAW only its head is taken in. The slots: of the task
 * whose record it is, and the other one. `as_predicted`: pack_predict_by_task() was right.
 */
static inline void pack_remember(struct pack_model *m, enum pack_shape_id shape,
				 const union pack_record *record, struct pack_task *slot,
				 struct pack_task *other, bool as_predicted)
{
	pack_remember_head(m, shape, &record->head);
	if (__builtin_expect(slot == other && shape != SHAPE_MIGRATE, 0)) {
		pack_remember_shared(m, shape, record, slot);
		return;
	}
	if (__builtin_expect(!as_predicted, 0))
		pack_keep(m, shape, record, slot);
	if (shape == SHAPE_WAKING) {
		pack_remember_woken(m, other, slot, record->waking.tid);
	} else if (shape == SHAPE_MIGRATE) {
		m->woken = record->migrate.tid;
	} else {
		pack_remember_prev(slot, &record->sw);
		pack_remember_next(m, other, &record->sw);
	}
}

#endif
