/* SPDX-License-Identifier: MIT */
/*
 * What packing and unpacking agree on: the fields of a record, and what each is predicted to be
 * from the section's records before it. It is the file format: what is here is never changed; a
 * new record type gets a shape, and a line for each of its fields.
 */
#ifndef TRACE_PACK_MODEL_H
#define TRACE_PACK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "sched_event.h"

/* Numbers in the file. RAW: of none of the others, or of another size; stored whole. */
enum pack_shape_id {
	SHAPE_RAW = 0,
	SHAPE_SWITCH = 1,
	SHAPE_SWITCH_FUTEX = 2,
	SHAPE_SWITCH_LAST = 3,
	SHAPE_WAKING = 4, /* of EVENT_WAKEUP_NEW too */
	SHAPE_MIGRATE = 5,
	SHAPE_COUNT,
};

/* How a value that is not as predicted is written. */
enum pack_code {
	CODE_VALUE, /* as it is */
	CODE_AHEAD, /* less the prediction; wraps around */
	CODE_STEP,  /* the same as a signed number, zigzag: 0, -1, 1, -2, 2 ... */
};

/* What a prediction is made from; the fields of a shape are in this order. */
enum pack_stage {
	STAGE_CPU,    /* what the CPU did last */
	STAGE_TASK,   /* the last such record of the same task, which is known by now */
	STAGE_RECORD, /* that, and the record's own fields so far */
	STAGE_COUNT,
};

struct pack_field {
	uint8_t offset, width; /* bytes; width is 1, 2, 4 or 8, and 0 after the last field */
	uint8_t stage, code;
};

#define PACK_FIELDS_MAX 24

#define PACK_FIELD(stage, code, type, member)                                                     \
	{                                                                                         \
		offsetof(struct type, member), sizeof(((struct type *)0)->member), STAGE_##stage, \
			CODE_##code                                                               \
	}
/* All three kinds of switch begin with a struct switch_event. */
#define PACK_SWITCH_BY_CPU \
	PACK_FIELD(CPU, AHEAD, switch_event, head.seq), PACK_FIELD(CPU, VALUE, switch_event, prev)
#define PACK_SWITCH_BY_TASK                                        \
	PACK_FIELD(TASK, VALUE, switch_event, next),               \
		PACK_FIELD(TASK, VALUE, switch_event, head.flags), \
		PACK_FIELD(TASK, VALUE, switch_event, prev_state), \
		PACK_FIELD(TASK, VALUE, switch_event, syscall),    \
		PACK_FIELD(TASK, VALUE, switch_event, mask),       \
		PACK_FIELD(TASK, VALUE, switch_event, mask_size)
#define PACK_SWITCH_BY_RECORD                                         \
	PACK_FIELD(RECORD, STEP, switch_event, run_ns),               \
		PACK_FIELD(RECORD, STEP, switch_event, next_run_low), \
		PACK_FIELD(RECORD, STEP, switch_event, nvcsw)

/*
 * By enum pack_shape_id. Time, type and size are no fields: each record has them. Seen by the
 * compiler wherever it is used: unpacking has no loop over it left.
 */
static const struct pack_field pack_fields[SHAPE_COUNT][PACK_FIELDS_MAX] = {
	[SHAPE_SWITCH] = { PACK_SWITCH_BY_CPU, PACK_SWITCH_BY_TASK, PACK_SWITCH_BY_RECORD },
	[SHAPE_SWITCH_FUTEX] = { PACK_SWITCH_BY_CPU, PACK_SWITCH_BY_TASK,
				 PACK_FIELD(TASK, VALUE, switch_futex_event, address),
				 PACK_FIELD(TASK, VALUE, switch_futex_event, op),
				 PACK_FIELD(TASK, VALUE, switch_futex_event, val),
				 PACK_SWITCH_BY_RECORD },
	[SHAPE_SWITCH_LAST] = { PACK_SWITCH_BY_CPU, PACK_SWITCH_BY_TASK, PACK_SWITCH_BY_RECORD,
				PACK_FIELD(RECORD, STEP, switch_last_event, counters.run_ns),
				PACK_FIELD(RECORD, VALUE, switch_last_event, counters.run_delay_ns),
				PACK_FIELD(RECORD, STEP, switch_last_event, counters.nvcsw),
				PACK_FIELD(RECORD, VALUE, switch_last_event, counters.nivcsw),
				PACK_FIELD(RECORD, VALUE, switch_last_event, pid),
				PACK_FIELD(RECORD, VALUE, switch_last_event, pad) },
	[SHAPE_WAKING] = { PACK_FIELD(CPU, AHEAD, waking_event, head.seq),
			   PACK_FIELD(CPU, VALUE, waking_event, tid),
			   PACK_FIELD(TASK, VALUE, waking_event, waker),
			   PACK_FIELD(TASK, VALUE, waking_event, head.flags),
			   PACK_FIELD(TASK, VALUE, waking_event, cpu),
			   PACK_FIELD(TASK, VALUE, waking_event, pad) },
	[SHAPE_MIGRATE] = { PACK_FIELD(CPU, AHEAD, migrate_event, head.seq),
			    PACK_FIELD(CPU, VALUE, migrate_event, tid),
			    PACK_FIELD(TASK, VALUE, migrate_event, head.flags),
			    PACK_FIELD(TASK, VALUE, migrate_event, cpu) },
};

union pack_record {
	struct event_head head;
	struct switch_event sw;
	struct switch_futex_event futex;
	struct switch_last_event last;
	struct waking_event waking;
	struct migrate_event migrate;
	char bytes[sizeof(struct switch_last_event)];
};

struct pack_task {
	uint32_t tid;
	uint32_t woken; /* whom it woke last */
	uint32_t nvcsw; /* as of its last switch, and the next two */
	bool stood;	/* run_ns did not move there: it is the idle task */
	uint64_t run_ns;
	const union pack_record *last[SHAPE_COUNT]; /* its last record of each shape, or NULL */
};

/* More tasks than slots cost bytes, not truth. */
#define PACK_TASK_SLOTS 1024

struct pack_model {
	uint64_t ts, switch_ts; /* of the last record, of the last switch */
	uint32_t seq;		/* the next */
	uint32_t current;	/* the task on the CPU */
	uint32_t woken;		/* the last task that was woken or moved */
	uint8_t shape;		/* of the last record */
	struct pack_task tasks[PACK_TASK_SLOTS];
};

/* By enum event_type. */
extern const uint8_t pack_shape_of_type[UINT8_MAX + 1];

/* Bytes of such a record; 0 for SHAPE_RAW. */
static inline size_t pack_shape_size(enum pack_shape_id shape)
{
	switch (shape) {
	case SHAPE_SWITCH:
		return sizeof(struct switch_event);
	case SHAPE_SWITCH_FUTEX:
		return sizeof(struct switch_futex_event);
	case SHAPE_SWITCH_LAST:
		return sizeof(struct switch_last_event);
	case SHAPE_WAKING:
		return sizeof(struct waking_event);
	case SHAPE_MIGRATE:
		return sizeof(struct migrate_event);
	default:
		return 0;
	}
}

/* The number of `width` bytes at `at`. */
static inline uint64_t pack_load(const void *at, unsigned width)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (width) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		memcpy(&two, at, sizeof(two));
		return two;
	case 4:
		memcpy(&four, at, sizeof(four));
		return four;
	}
	memcpy(&eight, at, sizeof(eight));
	return eight;
}

static inline void pack_store(void *at, unsigned width, uint64_t value)
{
	switch (width) {
	case 1:
		memcpy(at, &value, 1);
		return;
	case 2:
		memcpy(at, &value, 2);
		return;
	case 4:
		memcpy(at, &value, 4);
		return;
	}
	memcpy(at, &value, 8);
}

/* One slot a hash. */
static inline struct pack_task *pack_slot(struct pack_model *m, uint32_t tid)
{
	return &m->tasks[tid * 2654435761u / (1u << 22) % PACK_TASK_SLOTS];
}

/* The slot is the task's now: one that is pushed out is new when it comes back. */
static inline struct pack_task *pack_claim(struct pack_task *slot, uint32_t tid)
{
	if (__builtin_expect(slot->tid != tid, 0))
		*slot = (struct pack_task){ .tid = tid };
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
		guess->waking.tid = pack_claim(other, m->current)->woken;
	else if (shape == SHAPE_MIGRATE)
		guess->migrate.tid = m->woken; /* a waking chooses the CPU */
	else
		guess->sw.prev = m->current;
}

/* `slot`: of guess->sw.prev; in every shape the task whose record it is follows the head. */
static inline void pack_predict_by_task(struct pack_model *m, enum pack_shape_id shape,
					union pack_record *guess, struct pack_task *slot)
{
	const size_t from = offsetof(union pack_record, sw.next);
	const union pack_record *last = pack_claim(slot, guess->sw.prev)->last[shape];

	if (last) {
		guess->head.flags = last->head.flags;
		memcpy(guess->bytes + from, last->bytes + from, pack_shape_size(shape) - from);
	} else {
		guess->head.flags = 0;
		memset(guess->bytes + from, 0, pack_shape_size(shape) - from);
	}
	if (shape == SHAPE_WAKING)
		guess->waking.waker = m->current;
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
	guess->sw.next_run_low = pack_claim(next, guess->sw.next)->run_ns;
}

static inline void pack_remember_switch(struct pack_model *m, enum pack_shape_id shape,
					const union pack_record *record, struct pack_task *prev,
					struct pack_task *next)
{
	struct pack_task *task = prev;

	if (__builtin_expect(prev == next, 0)) /* else nobody has pushed it out */
		task = pack_claim(prev, record->sw.prev);
	task->nvcsw = record->sw.nvcsw;
	task->stood = task->run_ns == record->sw.run_ns;
	task->run_ns = record->sw.run_ns;
	task->last[shape] = record;
	task = next;
	if (__builtin_expect(prev == next, 0))
		task = pack_claim(next, record->sw.next);
	/* It may have run elsewhere; the high half is known from its own switches. */
	task->run_ns += (uint32_t)(record->sw.next_run_low - (uint32_t)task->run_ns);
	m->current = record->sw.next;
	m->switch_ts = record->head.ts;
}

static inline void pack_remember_head(struct pack_model *m, enum pack_shape_id shape,
				      const struct event_head *head)
{
	m->ts = head->ts;
	m->seq = head->seq + 1;
	m->shape = shape;
}

/*
 * Takes in a whole record that stays where it is; of one of SHAPE_RAW only its head is taken in.
 * The slots: of the task whose record it is, and the other one.
 */
static inline void pack_remember(struct pack_model *m, enum pack_shape_id shape,
				 const union pack_record *record, struct pack_task *slot,
				 struct pack_task *other)
{
	if (shape == SHAPE_WAKING) {
		if (__builtin_expect(slot == other, 0))
			pack_claim(other, m->current);
		other->woken = m->woken = record->waking.tid;
		if (__builtin_expect(slot == other, 0))
			pack_claim(slot, record->waking.tid);
		slot->last[shape] = record;
	} else if (shape == SHAPE_MIGRATE) {
		m->woken = record->migrate.tid;
		slot->last[shape] = record;
	} else {
		pack_remember_switch(m, shape, record, slot, other);
	}
	pack_remember_head(m, shape, &record->head);
}

#endif
