/* SPDX-License-Identifier: MIT */
/* Everything read here is hostile until checked. */
#include <stdlib.h>
#include <string.h>
#include <zstd_errors.h>
#include "trace_pack.h"
#include "trace_pack_model.h"

#define COLUMNS_MAX (SHAPE_COUNT * PACK_COLUMNS_PER_SHAPE)
/* A record whose every field is wrong takes less than twice its size. */
#define COLUMNS_PER_BYTE 2

#define ALWAYS_INLINE inline __attribute__((always_inline))

struct column {
	const uint8_t *low, *high, *wide;
	uint32_t taken, values;
	uint32_t wide_bytes; /* that are left */
};

struct unpacker {
	const uint8_t *types, *raw;
	uint32_t records, raw_bytes; /* that are left */
	bool damaged;
	ZSTD_DCtx *zstd;
	void *unzipped;
	size_t unzipped_room;
	struct column columns[SHAPE_COUNT][PACK_COLUMNS_PER_SHAPE];
	uint32_t masks[SHAPE_COUNT]; /* the bits that were set in any */
	struct pack_model model;
};

struct span {
	const uint8_t *at;
	size_t left;
};

/* The next `size` bytes; NULL once there were too few. */
static const uint8_t *span_take(struct span *span, size_t size)
{
	const uint8_t *at = span->at;

	if (!at || span->left < size) {
		span->at = NULL;
		return NULL;
	}
	span->at += size;
	span->left -= size;
	return at;
}

static bool columns_find(struct unpacker *u, struct span span)
{
	const uint8_t *at = span_take(&span, sizeof(struct pack_head)), *heads;
	struct pack_head head;

	if (!at)
		return false;
	memcpy(&head, at, sizeof(head));
	if (head.columns > COLUMNS_MAX)
		return false;
	heads = span_take(&span, head.columns * sizeof(struct pack_column));
	u->records = head.records;
	u->raw_bytes = head.raw_bytes;
	u->types = span_take(&span, head.records);
	u->raw = span_take(&span, head.raw_bytes);
	for (uint32_t i = 0; span.at && i < head.columns; i++) {
		struct pack_column column;
		struct column *to;

		memcpy(&column, heads + i * sizeof(column), sizeof(column));
		if (column.id >= COLUMNS_MAX)
			return false;
		to = &u->columns[column.id / PACK_COLUMNS_PER_SHAPE]
				[column.id % PACK_COLUMNS_PER_SHAPE];
		if (to->values)
			return false;
		to->values = column.values;
		to->wide_bytes = column.wide;
		to->low = span_take(&span, column.values);
		to->high = span_take(&span, column.values);
		to->wide = span_take(&span, column.wide);
	}
	return span.at && !span.left;
}

/* The number that stands for `high`. */
static __attribute__((noinline)) uint64_t take_wide(struct unpacker *u, struct column *column,
						    uint64_t high)
{
	unsigned bytes = high - (PACK_HIGH_WIDE - 1);

	if (column->wide_bytes < bytes) {
		u->damaged = true;
		return 0;
	}
	high = 0;
	memcpy(&high, column->wide, bytes);
	column->wide += bytes;
	column->wide_bytes -= bytes;
	return high;
}

/* 0 from a column that has no more: what follows then is checked as ever, and of no use. */
static ALWAYS_INLINE uint64_t take(struct unpacker *u, struct column *column)
{
	uint32_t at = column->taken;
	uint64_t high;

	if (__builtin_expect(at >= column->values, 0)) {
		u->damaged = true;
		return 0;
	}
	column->taken = at + 1;
	high = column->high[at];
	if (__builtin_expect(high >= PACK_HIGH_WIDE, 0))
		high = take_wide(u, column, high);
	return column->low[at] | high << 8;
}

static ALWAYS_INLINE uint64_t decode(uint64_t value, uint64_t guess, unsigned code)
{
	if (code == CODE_VALUE)
		return value;
	if (code == CODE_AHEAD)
		return guess + value;
	return guess + (value >> 1 ^ -(value & 1));
}

/* The bits of the fields of `stage`; a constant. */
static ALWAYS_INLINE uint32_t stage_mask(enum pack_shape_id shape, enum pack_stage stage)
{
	uint32_t mask = 0;

#pragma GCC unroll 24
	for (unsigned i = 0; i < PACK_FIELDS_MAX; i++)
		if (pack_fields[shape][i].width && pack_fields[shape][i].stage == stage)
			mask |= 1u << i;
	return mask;
}

/*
 * The fields of `stage` that are not as predicted. `shape` and `stage` are constants wherever this
 * is called: of the loop nothing is left but a test for each field of the stage, if any is set.
 */
static ALWAYS_INLINE void take_fields(struct unpacker *u, enum pack_shape_id shape,
				      enum pack_stage stage, uint32_t mask,
				      union pack_record *record)
{
	if (!(mask & stage_mask(shape, stage)))
		return;
#pragma GCC unroll 24
	for (unsigned i = 0; i < PACK_FIELDS_MAX; i++) {
		const struct pack_field field = pack_fields[shape][i];
		char *at = record->bytes + field.offset;

		if (!field.width || field.stage != stage || !(mask >> i & 1))
			continue;
		pack_store(at, field.width,
			   decode(take(u, &u->columns[shape][PACK_COLUMN_FIELD + i]),
				  pack_load(at, field.width), field.code));
	}
}

static unsigned field_count(enum pack_shape_id shape)
{
	unsigned count = 0;

	while (count < PACK_FIELDS_MAX && pack_fields[shape][count].width)
		count++;
	return count;
}

static ALWAYS_INLINE size_t unpack_record(struct unpacker *u, enum pack_shape_id shape, char *to)
{
	union pack_record *record = (void *)to;
	struct column *columns = u->columns[shape];
	struct pack_model *m = &u->model;
	bool after_switch = m->shape >= SHAPE_SWITCH && m->shape <= SHAPE_SWITCH_LAST;
	uint32_t mask = take(u, &columns[PACK_COLUMN_MASK]);
	struct pack_task *slot, *other = pack_other_slot(m, shape);

	record->head.size = pack_shape_size(shape);
	record->head.ts = m->ts + take(u, &columns[PACK_COLUMN_TIME + !after_switch]);
	pack_predict_by_cpu(m, shape, record, other);
	take_fields(u, shape, STAGE_CPU, mask, record);
	slot = pack_slot(m, record->sw.prev);
	pack_predict_by_task(m, shape, record, slot);
	take_fields(u, shape, STAGE_TASK, mask, record);
	if (shape <= SHAPE_SWITCH_LAST) {
		other = pack_slot(m, record->sw.next);
		pack_predict_by_record(m, shape, record, slot, other);
		take_fields(u, shape, STAGE_RECORD, mask, record);
	}
	u->masks[shape] |= mask;
	pack_remember(m, shape, record, slot, other);
	return pack_shape_size(shape);
}

static size_t unpack_raw(struct unpacker *u, char *to, size_t room)
{
	struct event_head head;

	if (u->raw_bytes < sizeof(head))
		return 0;
	memcpy(&head, u->raw, sizeof(head));
	if (head.size < sizeof(head) || head.size > u->raw_bytes || head.size > room ||
	    head.size % 8)
		return 0;
	memcpy(to, u->raw, head.size);
	u->raw += head.size;
	u->raw_bytes -= head.size;
	pack_remember_head(&u->model, SHAPE_RAW, &head);
	return head.size;
}

/* `shape` is a constant, so that what is not of it is not even compiled. */
static ALWAYS_INLINE size_t unpack_as(struct unpacker *u, enum event_type type,
				      enum pack_shape_id shape, char *to, size_t room)
{
	if (__builtin_expect(pack_shape_size(shape) > room, 0))
		return 0;
	((struct event_head *)to)->type = type;
	return unpack_record(u, shape, to);
}

/* The next record's bytes at `to`, at most `room`; how many, or 0: damaged. */
static ALWAYS_INLINE size_t unpack_next(struct unpacker *u, unsigned type, char *to, size_t room)
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
	default:
		return 0;
	}
}

static bool all_is_taken(const struct unpacker *u)
{
	for (int shape = SHAPE_SWITCH; shape < SHAPE_COUNT; shape++)
		if (u->masks[shape] >> field_count(shape))
			return false;
	for (int shape = 0; shape < SHAPE_COUNT; shape++)
		for (size_t i = 0; i < PACK_COLUMNS_PER_SHAPE; i++) {
			const struct column *column = &u->columns[shape][i];

			if (column->taken < column->values || column->wide_bytes)
				return false;
		}
	return !u->raw_bytes && !u->damaged;
}

static bool unpack_all(struct unpacker *u, char *to, size_t size)
{
	const uint8_t *type = u->types, *end = type + u->records;

	while (type < end) {
		size_t used = unpack_next(u, *type++, to, size);

		if (!used)
			return false;
		to += used;
		size -= used;
	}
	return !size && all_is_taken(u);
}

struct unpacker *unpacker_new(void)
{
	struct unpacker *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->zstd = ZSTD_createDCtx();
	if (!u->zstd) {
		free(u);
		return NULL;
	}
	return u;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	free(u->unzipped);
	free(u);
}

static enum unpack_result unzip(struct unpacker *u, void *to, size_t size, const void *packed,
				size_t packed_size)
{
	size_t got = ZSTD_decompressDCtx(u->zstd, to, size, packed, packed_size);

	if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
		return UNPACK_NO_MEMORY;
	return got == size ? UNPACK_GOOD : UNPACK_DAMAGED;
}

enum unpack_result unpack_stored(struct unpacker *u, const void *stored, size_t stored_size,
				 void *records, size_t size)
{
	return unzip(u, records, size, stored, stored_size);
}

size_t unzipped_size(const void *packed, size_t packed_size, size_t size)
{
	unsigned long long bytes = ZSTD_getFrameContentSize(packed, packed_size);

	if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN ||
	    bytes > sizeof(struct pack_head) + COLUMNS_MAX * sizeof(struct pack_column) +
			    COLUMNS_PER_BYTE * (unsigned long long)size)
		return 0;
	return bytes;
}

enum unpack_result unpack_unzipped(struct unpacker *u, const void *unzipped, size_t bytes,
				   void *records, size_t size)
{
	u->damaged = false;
	memset(u->columns, 0, sizeof(u->columns));
	memset(u->masks, 0, sizeof(u->masks));
	memset(&u->model, 0, sizeof(u->model));
	if (!columns_find(u, (struct span){ unzipped, bytes }) || !unpack_all(u, records, size))
		return UNPACK_DAMAGED;
	return UNPACK_GOOD;
}

enum unpack_result unpack_records(struct unpacker *u, const void *packed, size_t packed_size,
				  void *records, size_t size)
{
	size_t bytes = unzipped_size(packed, packed_size, size);
	enum unpack_result result;

	if (!bytes)
		return UNPACK_DAMAGED;
	if (bytes > u->unzipped_room) {
		free(u->unzipped);
		u->unzipped = malloc(bytes);
		u->unzipped_room = u->unzipped ? bytes : 0;
		if (!u->unzipped)
			return UNPACK_NO_MEMORY;
	}
	result = unzip(u, u->unzipped, bytes, packed, packed_size);
	if (result != UNPACK_GOOD)
		return result;
	return unpack_unzipped(u, u->unzipped, bytes, records, size);
}
