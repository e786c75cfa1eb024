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
	const uint8_t *types, *types_end; /* of the records that are left */
	const uint8_t *raw;
	uint32_t raw_bytes; /* that are left */
	bool damaged;
	uint64_t size; /* of the records that are left */
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

/* After the last record: it was whole, and nothing is left over. */
bool unpack_end(const struct unpacker *u);

/*
 * Unpacks a whole section into exactly `size` bytes at `records`. Whatever it holds, nothing beyond
 * the two is read or written. False: it is damaged.
 */
bool unpack_all(struct unpacker *u, const void *unzipped, size_t bytes, void *records, size_t size);

static inline bool unpack_has_next(const struct unpacker *u)
{
	return u->types < u->types_end;
}

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
	union pack_record *record = to;
	struct unpack_column *columns = u->columns[shape];
	struct pack_model *m = &u->model;
	bool after_switch = m->shape >= SHAPE_SWITCH && m->shape <= SHAPE_SWITCH_LAST;
	struct pack_task *slot, *other = pack_other_slot(m, shape);
	uint32_t mask;

	if (__builtin_expect(pack_shape_size(shape) > room, 0))
		return 0;
	mask = unpack_take(u, &columns[PACK_COLUMN_MASK]);
	record->head.type = type;
	record->head.size = pack_shape_size(shape);
	record->head.ts = m->ts + unpack_take(u, &columns[PACK_COLUMN_TIME + !after_switch]);
	pack_predict_by_cpu(m, shape, record, other);
	unpack_take_fields(u, shape, STAGE_CPU, mask, record);
	slot = pack_slot(m, record->sw.prev);
	pack_predict_by_task(m, shape, record, slot);
	unpack_take_fields(u, shape, STAGE_TASK, mask, record);
	if (shape <= SHAPE_SWITCH_LAST) {
		other = pack_slot(m, record->sw.next);
		pack_predict_by_record(m, shape, record, slot, other);
		unpack_take_fields(u, shape, STAGE_RECORD, mask, record);
	}
	if (__builtin_expect(mask & ~unpack_stage_mask(shape, STAGE_COUNT), 0))
		u->damaged = true;
	pack_remember(m, shape, record, slot, other, !(mask & unpack_kept_mask(shape)));
	return pack_shape_size(shape);
}

/* One that was stored whole. */
size_t unpack_raw(struct unpacker *u, void *to, size_t room);

UNPACK_INLINE size_t unpack_type(struct unpacker *u, unsigned type, void *to, size_t room)
{
	if (__builtin_expect(type == EVENT_SWITCH, 1))
		return unpack_as(u, EVENT_SWITCH, SHAPE_SWITCH, to, room);
	if (__builtin_expect(type == EVENT_WAKING, 1))
		return unpack_as(u, EVENT_WAKING, SHAPE_WAKING, to, room);
	switch (type) {
	case 0:
		return unpack_raw(u, to, room);
	case EVENT_SWITCH_FUTEX:
		return unpack_as(u, EVENT_SWITCH_FUTEX, SHAPE_SWITCH_FUTEX, to, room);
	case EVENT_SWITCH_LAST:
		return unpack_as(u, EVENT_SWITCH_LAST, SHAPE_SWITCH_LAST, to, room);
	case EVENT_WAKEUP_NEW:
		return unpack_as(u, EVENT_WAKEUP_NEW, SHAPE_WAKING, to, room);
	case EVENT_MIGRATE:
		return unpack_as(u, EVENT_MIGRATE, SHAPE_MIGRATE, to, room);
	}
	u->damaged = true;
	return 0;
}

/*
 * The next record at `to`, where there are `room` bytes, at least UNPACK_RECORD_BYTES, and which is
 * aligned for a record; after unpack_has_next(). How long it is, or 0: the rest of the section is
 * `damaged`, or the record does not fit: it was stored whole, and unpack_raw_size() is its size.
 */
UNPACK_INLINE size_t unpack_next(struct unpacker *u, void *to, size_t room)
{
	size_t size = unpack_type(u, *u->types, to, room);

	if (__builtin_expect(u->damaged || !size, 0))
		return 0;
	u->types++;
	u->size -= size;
	return size;
}

/* The size of the next record, which was stored whole and is not damaged. */
size_t unpack_raw_size(const struct unpacker *u);

#endif
