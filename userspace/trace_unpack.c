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

struct column {
	const uint8_t *low, *high, *wide;
	uint32_t values, wide_bytes; /* that are left */
};

struct unpacker {
	const uint8_t *types, *raw;
	uint32_t records, raw_bytes; /* that are left */
	bool damaged;
	void *unzipped;
	size_t unzipped_room;
	struct column columns[SHAPE_COUNT][PACK_COLUMNS_PER_SHAPE];
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

static uint64_t take_wide(struct unpacker *u, struct column *column, unsigned bytes)
{
	uint64_t high = 0;

	if (column->wide_bytes < bytes) {
		u->damaged = true;
		return 0;
	}
	memcpy(&high, column->wide, bytes);
	column->wide += bytes;
	column->wide_bytes -= bytes;
	return high;
}

static uint64_t take(struct unpacker *u, struct column *column)
{
	uint64_t low, high;

	if (!column->values) {
		u->damaged = true;
		return 0;
	}
	column->values--;
	low = *column->low++;
	high = *column->high++;
	if (high >= PACK_HIGH_WIDE)
		high = take_wide(u, column, high - (PACK_HIGH_WIDE - 1));
	return low | high << 8;
}

static uint64_t decode(uint64_t value, uint64_t guess, unsigned code)
{
	if (code == CODE_VALUE)
		return value;
	if (code == CODE_AHEAD)
		return guess + value;
	return guess + (value >> 1 ^ -(value & 1));
}

static void take_field(struct unpacker *u, struct column *column, const struct pack_field *field,
		       union pack_record *record)
{
	char *at = record->bytes + field->offset;
	uint64_t guess = pack_load(at, field->width);

	pack_store(at, field->width, decode(take(u, column), guess, field->code));
}

/* The fields of `stage` that are not as predicted. */
static inline void take_fields(struct unpacker *u, enum pack_shape_id shape, enum pack_stage stage,
			       uint32_t *mask, union pack_record *record)
{
	while (*mask) {
		unsigned i = __builtin_ctz(*mask);
		const struct pack_field *field = &pack_fields[shape][i];

		if (field->stage != stage)
			return;
		take_field(u, &u->columns[shape][PACK_COLUMN_FIELD + i], field, record);
		*mask &= *mask - 1;
	}
}

static inline __attribute__((always_inline)) void
unpack_record(struct unpacker *u, enum pack_shape_id shape, union pack_record *record)
{
	struct column *columns = u->columns[shape];
	struct pack_model *m = &u->model;
	bool after_switch = m->shape >= SHAPE_SWITCH && m->shape <= SHAPE_SWITCH_LAST;
	uint32_t mask = take(u, &columns[PACK_COLUMN_MASK]);

	record->head.ts = m->ts + take(u, &columns[PACK_COLUMN_TIME + !after_switch]);
	pack_predict_by_cpu(m, shape, record);
	take_fields(u, shape, STAGE_CPU, &mask, record);
	pack_predict_by_task(m, shape, record);
	take_fields(u, shape, STAGE_TASK, &mask, record);
	pack_predict_by_record(m, shape, record);
	take_fields(u, shape, STAGE_RECORD, &mask, record);
	u->damaged |= mask != 0;
	pack_remember(m, shape, record);
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
	pack_remember(&u->model, SHAPE_RAW, (void *)to);
	return head.size;
}

/* The next record's bytes at `to`, at most `room`; how many, or 0: damaged. */
static size_t unpack_next(struct unpacker *u, unsigned type, char *to, size_t room)
{
	enum pack_shape_id shape = pack_shape_of_type[type];
	union pack_record *record = (void *)to;
	size_t size = pack_shape_size(shape);

	if (!type)
		return unpack_raw(u, to, room);
	if (!shape || size > room)
		return 0;
	record->head.type = type;
	record->head.size = size;
	/* A constant each, so that what is not of the shape is not even compiled. */
	if (shape == SHAPE_SWITCH)
		unpack_record(u, SHAPE_SWITCH, record);
	else if (shape == SHAPE_WAKING)
		unpack_record(u, SHAPE_WAKING, record);
	else
		unpack_record(u, shape, record);
	return u->damaged ? 0 : size;
}

static bool unpack_all(struct unpacker *u, char *to, size_t size)
{
	for (; u->records; u->records--) {
		size_t used = unpack_next(u, *u->types++, to, size);

		if (!used)
			return false;
		to += used;
		size -= used;
	}
	if (size || u->raw_bytes)
		return false;
	for (int shape = 0; shape < SHAPE_COUNT; shape++)
		for (size_t i = 0; i < PACK_COLUMNS_PER_SHAPE; i++)
			if (u->columns[shape][i].values || u->columns[shape][i].wide_bytes)
				return false;
	return true;
}

struct unpacker *unpacker_new(void)
{
	return calloc(1, sizeof(struct unpacker));
}

void unpacker_free(struct unpacker *u)
{
	if (u)
		free(u->unzipped);
	free(u);
}

enum unpack_result unpack_records(struct unpacker *u, const void *packed, size_t packed_size,
				  void *records, size_t size)
{
	unsigned long long bytes = ZSTD_getFrameContentSize(packed, packed_size);
	size_t got;

	if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN ||
	    bytes > sizeof(struct pack_head) + COLUMNS_MAX * sizeof(struct pack_column) +
			    COLUMNS_PER_BYTE * (unsigned long long)size)
		return UNPACK_DAMAGED;
	if (bytes >= u->unzipped_room) {
		free(u->unzipped);
		u->unzipped = malloc(bytes + 1);
		u->unzipped_room = u->unzipped ? bytes + 1 : 0;
		if (!u->unzipped)
			return UNPACK_NO_MEMORY;
	}
	got = ZSTD_decompress(u->unzipped, bytes, packed, packed_size);
	if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
		return UNPACK_NO_MEMORY;
	u->damaged = false;
	memset(u->columns, 0, sizeof(u->columns));
	memset(&u->model, 0, sizeof(u->model));
	if (got != bytes || !columns_find(u, (struct span){ u->unzipped, bytes }) ||
	    !unpack_all(u, records, size))
		return UNPACK_DAMAGED;
	return UNPACK_GOOD;
}
