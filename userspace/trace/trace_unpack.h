/* SPDX-License-Identifier: MIT */
/*
 * A packed section unpacked record by record, each where and when it is wanted: of the section only
 * its columns need to stay in memory. Inline, as every event goes through it.
 */
#ifndef TRACE_UNPACK_H
#define TRACE_UNPACK_H

#include "trace_pack.h"
#include "trace_pack_model.h"

#define UNPACK_INLINE static inline __attribute__((always_inline))

/* No packed record is longer; those that were stored whole may be. */
#define UNPACK_RECORD_BYTES sizeof(union pack_record)

struct unpack_column {
	const uint8_t *low, *low_end; /* that are left */
	const uint8_t *wide;
	uint32_t values;     /* from a low byte to its high byte */
	uint32_t wide_bytes; /* that are left */
};

struct unpacker {
	void *room;			  /* that it lies in */
	const uint8_t *types, *types_end; /* of the records that are left */
	const uint8_t *raw;
	uint32_t raw_bytes; /* that are left */
	bool damaged;
	size_t size; /* of all records */
	struct unpack_column columns[SHAPE_COUNT][PACK_COLUMNS_PER_SHAPE];
	struct pack_model model;
};

/* NULL: out of memory. One serves any number of sections, one after the other. */
struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);

/*
 * Begins with an unzipped section, which is to stay until its end, and holds records of `size`
 * bytes. False: it is damaged, and so are all without a record.
 */
bool unpack_begin(struct unpacker *u, const void *unzipped, size_t bytes, size_t size);

/* After the last record, of `size` bytes in all: it was whole, and nothing is left over. */
bool unpack_end(const struct unpacker *u, size_t size);

/*
 * Unpacks a whole section into exactly `size` bytes at `records`. Whatever it holds, nothing beyond
 * the two is read or written. False: it is damaged.
 */
bool unpack_all(struct unpacker *u, const void *unzipped, size_t bytes, void *records, size_t size);

/* The number that stands for `high`. */
uint64_t unpack_take_wide(struct unpacker *u, struct unpack_column *column, uint64_t high);

/* 0 from a column that has no more: what follows then is of no use, but harms nobody. */
UNPACK_INLINE uint64_t unpack_take(struct unpacker *u, struct unpack_column *column)
{
	const uint8_t *low = column->low;
	uint64_t high;

	if (__builtin_expect(low >= column->low_end, 0)) {
		u->damaged = true;
		return 0;
	}
	column->low = low + 1;
	high = low[column->values];
	if (__builtin_expect(high >= PACK_HIGH_WIDE, 0))
		high = unpack_take_wide(u, column, high);
	return *low | high << 8;
}

UNPACK_INLINE uint64_t unpack_decode(uint64_t value, uint64_t guess, unsigned code)
{
	if (code == CODE_VALUE)
		return value;
	if (code == CODE_AHEAD)
		return guess + value;
	return guess + (value >> 1 ^ -(value & 1));
}

/* The bits of the fields of `stage`, or of all: a constant. */
UNPACK_INLINE uint32_t unpack_stage_mask(enum pack_shape_id shape, enum pack_stage stage)
{
	uint32_t mask = 0;

#pragma GCC unroll 24
	for (unsigned i = 0; i < PACK_FIELDS_MAX; i++)
		if (pack_fields[shape][i].width &&
		    (stage == STAGE_COUNT || pack_fields[shape][i].stage == stage))
			mask |= 1u << i;
	return mask;
}

/*
 * The fields that pack_keep() looks at. Where all are as predicted it has nothing to do: else what
 * every record stores the next one would load, in other widths.
 */
UNPACK_INLINE uint32_t unpack_kept_mask(enum pack_shape_id shape)
{
	uint32_t mask = 0;

#pragma GCC unroll 24
	for (unsigned i = 0; i < PACK_FIELDS_MAX; i++)
		if (pack_fields[shape][i].width &&
		    (pack_fields[shape][i].stage == STAGE_TASK || shape == SHAPE_SWITCH_LAST))
			mask |= 1u << i;
	return mask;
}

/*
 * The fields of `stage` that are not as predicted. `shape` and `stage` are constants wherever this
 * is called: of the loop nothing is left but a test for each field of the stage, if any is set.
 */
UNPACK_INLINE void unpack_take_fields(struct unpacker *u, enum pack_shape_id shape,
				      enum pack_stage stage, uint32_t mask,
				      union pack_record *record)
{
	if (!(mask & unpack_stage_mask(shape, stage)))
		return;
#pragma GCC unroll 24
	for (unsigned i = 0; i < PACK_FIELDS_MAX; i++) {
		const struct pack_field field = pack_fields[shape][i];
		char *at = record->bytes + field.offset;

		if (!field.width || field.stage != stage || !(mask >> i & 1))
			continue;
		pack_store(at, field.width,
			   unpack_decode(unpack_take(u, &u->columns[shape][PACK_COLUMN_FIELD + i]),
					 pack_load(at, field.width), field.code));
	}
}

/* `type` and `shape` are constants, so that what is not of them is not even compiled. */
UNPACK_INLINE size_t unpack_as(struct unpacker *u, enum event_type type, enum pack_shape_id shape,
			       void *to, size_t room)
{
	const uint32_t by_cpu = unpack_stage_mask(shape, STAGE_CPU);
	const uint32_t by_task = unpack_stage_mask(shape, STAGE_TASK);
	union pack_record *record = to;
	struct unpack_column *columns = u->columns[shape];
	struct pack_model *m = &u->model;
	struct pack_task *slot, *other = pack_other_slot(m, shape);
	uint32_t mask;

	if (__builtin_expect(pack_shape_size(shape) > room, 0))
		return 0;
	mask = unpack_take(u, &columns[PACK_COLUMN_MASK]);
	record->head.type = type;
	record->head.size = pack_shape_size(shape);
	record->head.ts = m->ts + unpack_take(u, &columns[PACK_COLUMN_TIME] + m->after_other);
	pack_predict_by_cpu(m, shape, record, other);
	slot = shape == SHAPE_WAKING ? pack_slot_at(m, other->woken_slot) : m->current_slot;
	if (__builtin_expect(mask & by_cpu, 0) || shape == SHAPE_MIGRATE) {
		unpack_take_fields(u, shape, STAGE_CPU, mask, record);
		slot = pack_slot(m, record->sw.prev);
	}
	pack_predict_by_task(m, shape, record, slot);
	if (shape == SHAPE_SWITCH)
		other = pack_slot_at(m, slot->sw.next_slot);
	if (__builtin_expect(mask & by_task, 0) ||
	    (shape != SHAPE_SWITCH && shape != SHAPE_WAKING)) {
		unpack_take_fields(u, shape, STAGE_TASK, mask, record);
		if (shape <= SHAPE_SWITCH_LAST)
			other = pack_slot(m, record->sw.next);
	}
	pack_predict_by_record(m, shape, record, slot, other);
	unpack_take_fields(u, shape, STAGE_RECORD, mask, record);
	if (__builtin_expect(mask & ~unpack_stage_mask(shape, STAGE_COUNT), 0))
		u->damaged = true;
	pack_remember(m, shape, record, slot, other, !(mask & unpack_kept_mask(shape)));
	return pack_shape_size(shape);
}

/* One that was stored whole. */
size_t unpack_raw(struct unpacker *u, void *to, size_t room);

/*
 * The next record, which is of `type`, at `to`, where there are `room` bytes, and which is aligned
 * for a record. How long it is; u->types is the caller's to move on. 0: the rest of the section is
 * `damaged`, or the record does not fit: where there is room for any packed one it was stored
 * whole, and unpack_raw_size() is its size.
 */
size_t unpack_any(struct unpacker *u, unsigned type, void *to, size_t room);

/* The column's next number; false: it has none, or one that is wide. */
UNPACK_INLINE bool unpack_peek(const struct unpack_column *column, uint32_t *value)
{
	const uint8_t *low = column->low;

	if (__builtin_expect(low >= column->low_end, 0))
		return false;
	*value = low[0] | (uint32_t)low[column->values] << 8;
	return __builtin_expect(*value < PACK_HIGH_WIDE << 8, 1);
}

/* The bit of run_ns among the fields of a switch. */
UNPACK_INLINE uint32_t unpack_run_bit(void)
{
	uint32_t bit = 0;

#pragma GCC unroll 24
	for (unsigned i = 0; i < PACK_FIELDS_MAX; i++)
		if (pack_fields[SHAPE_SWITCH][i].offset == offsetof(struct switch_event, run_ns))
			bit = i;
	return bit;
}

/*
 * A switch of which nothing but the run time is not as predicted: unpack_any() says the same of it,
 * but asks of each field. False, and nothing is taken: it is another. What is written at `sw`
 * before that is known does no harm, and is out of the way.
 */
UNPACK_INLINE bool unpack_plain_switch(struct unpacker *u, struct switch_event *restrict sw)
{
	struct unpack_column *masks = &u->columns[SHAPE_SWITCH][PACK_COLUMN_MASK], *times, *runs;
	struct pack_model *m = &u->model;
	struct pack_task *prev = m->current_slot, *next = pack_slot_at(m, prev->sw.next_slot);
	uint32_t mask, time, step = 0, next_tid = prev->sw.next;
	uint64_t ts, run_ns = prev->run_ns;

	times = &u->columns[SHAPE_SWITCH][PACK_COLUMN_TIME] + m->after_other;
	runs = &u->columns[SHAPE_SWITCH][PACK_COLUMN_FIELD + unpack_run_bit()];
	if (prev->who != pack_who(m, m->current) || next->who != pack_who(m, next_tid) ||
	    prev == next || !unpack_peek(masks, &mask) || mask & ~(1u << unpack_run_bit()) ||
	    !unpack_peek(times, &time) || (mask && !unpack_peek(runs, &step)))
		return false;
	masks->low++;
	times->low++;
	runs->low += mask > 0;
	sw->head.seq = m->seq++;
	sw->head.type = EVENT_SWITCH;
	sw->head.flags = prev->sw.flags;
	sw->head.size = sizeof(*sw);
	sw->prev = m->current;
	sw->next = m->current = next_tid;
	sw->prev_state = prev->sw.prev_state;
	sw->mask = prev->sw.mask;
	sw->mask_size = prev->sw.mask_size;
	sw->syscall = prev->sw.syscall;
	sw->next_run_low = next->run_ns;
	prev->nvcsw += sw->prev_state && !(sw->head.flags & EVENT_F_PREEMPT);
	sw->nvcsw = prev->nvcsw;
	sw->head.ts = ts = m->ts + time;
	if (!prev->stood)
		run_ns += ts - m->switch_ts;
	run_ns = unpack_decode(step, run_ns, CODE_STEP);
	prev->stood = prev->run_ns == run_ns;
	sw->run_ns = prev->run_ns = run_ns;
	m->current_slot = next;
	m->switch_ts = m->ts = ts;
	m->after_other = false;
	return true;
}

/* The same of a waking of which all is as predicted. */
UNPACK_INLINE bool unpack_plain_waking(struct unpacker *u, struct waking_event *restrict waking)
{
	struct unpack_column *masks = &u->columns[SHAPE_WAKING][PACK_COLUMN_MASK], *times;
	struct pack_model *m = &u->model;
	struct pack_task *waker = m->current_slot, *woken = pack_slot_at(m, waker->woken_slot);
	uint32_t mask, time, tid = waker->woken;

	times = &u->columns[SHAPE_WAKING][PACK_COLUMN_TIME] + m->after_other;
	if (waker->who != pack_who(m, m->current) || woken->who != pack_who(m, tid) ||
	    waker == woken || !unpack_peek(masks, &mask) || mask || !unpack_peek(times, &time))
		return false;
	masks->low++;
	times->low++;
	waking->head.ts = m->ts += time;
	waking->head.seq = m->seq++;
	waking->head.type = EVENT_WAKING;
	waking->head.flags = woken->waking.flags;
	waking->head.size = sizeof(*waking);
	waking->tid = m->woken = tid;
	waking->waker = m->current;
	waking->cpu = woken->waking.cpu;
	waking->pad = woken->waking.pad;
	m->after_other = true;
	return true;
}

/*
 * The same as unpack_any() of most records, where there is room for any packed one. 0, and nothing
 * is taken: it is none of those.
 */
UNPACK_INLINE size_t unpack_plain(struct unpacker *u, unsigned type, void *to)
{
	if (type == EVENT_SWITCH && unpack_plain_switch(u, to))
		return sizeof(struct switch_event);
	if (type == EVENT_WAKING && unpack_plain_waking(u, to))
		return sizeof(struct waking_event);
	return 0;
}

/* The size of the next record, which was stored whole; 0: it is damaged. */
size_t unpack_raw_size(const struct unpacker *u);

#endif
