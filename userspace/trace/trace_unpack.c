/* SPDX-License-Identifier: MIT */
/* Everything read here is hostile until checked. */
#include "trace_unpack.h"
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX (SHAPE_COUNT * PACK_COLUMNS_PER_SHAPE)

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
	u->types = span_take(&span, head.records);
	u->raw = span_take(&span, head.raw_bytes);
	u->raw_bytes = head.raw_bytes;
	for (uint32_t i = 0; span.at && i < head.columns; i++) {
		struct pack_column column;
		struct unpack_column *to;

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
		to->low_end = span_take(&span, column.values); /* where the high bytes begin */
		to->wide = span_take(&span, column.wide);
	}
	if (!span.at || span.left)
		return false;
	u->types_end = u->types + head.records;
	return true;
}

uint64_t unpack_take_wide(struct unpacker *u, struct unpack_column *column, uint64_t high)
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

size_t unpack_raw_size(const struct unpacker *u)
{
	struct event_head head;

	if (u->raw_bytes < sizeof(head))
		return 0;
	memcpy(&head, u->raw, sizeof(head));
	return head.size < sizeof(head) || head.size > u->raw_bytes || head.size % 8 ? 0
										     : head.size;
}

size_t unpack_raw(struct unpacker *u, void *to, size_t room)
{
	size_t size = unpack_raw_size(u);

	if (!size)
		u->damaged = true;
	if (!size || size > room)
		return 0;
	memcpy(to, u->raw, size);
	u->raw += size;
	u->raw_bytes -= size;
	pack_remember_head(&u->model, SHAPE_RAW, to);
	return size;
}

size_t unpack_any(struct unpacker *u, unsigned type, void *to, size_t room)
{
	size_t size = 0;

	switch (type) {
	case EVENT_SWITCH:
		size = unpack_as(u, EVENT_SWITCH, SHAPE_SWITCH, to, room);
		break;
	case EVENT_WAKING:
		size = unpack_as(u, EVENT_WAKING, SHAPE_WAKING, to, room);
		break;
	case 0:
		size = unpack_raw(u, to, room);
		break;
	case EVENT_SWITCH_FUTEX:
		size = unpack_as(u, EVENT_SWITCH_FUTEX, SHAPE_SWITCH_FUTEX, to, room);
		break;
	case EVENT_SWITCH_LAST:
		size = unpack_as(u, EVENT_SWITCH_LAST, SHAPE_SWITCH_LAST, to, room);
		break;
	case EVENT_WAKEUP_NEW:
		size = unpack_as(u, EVENT_WAKEUP_NEW, SHAPE_WAKING, to, room);
		break;
	case EVENT_MIGRATE:
		size = unpack_as(u, EVENT_MIGRATE, SHAPE_MIGRATE, to, room);
		break;
	default:
		u->damaged = true;
	}
	return u->damaged ? 0 : size;
}

bool unpack_begin(struct unpacker *u, const void *unzipped, size_t bytes, size_t size)
{
	u->damaged = false;
	u->size = size;
	memset(u->columns, 0, sizeof(u->columns));
	pack_begin(&u->model);
	if (columns_find(u, (struct span){ unzipped, bytes }))
		return true;
	u->damaged = true;
	u->types = u->types_end = NULL;
	return false;
}

bool unpack_end(const struct unpacker *u, size_t size)
{
	for (int shape = 0; shape < SHAPE_COUNT; shape++)
		for (size_t i = 0; i < PACK_COLUMNS_PER_SHAPE; i++) {
			const struct unpack_column *column = &u->columns[shape][i];

			if (column->low < column->low_end || column->wide_bytes)
				return false;
		}
	return size == u->size && u->types == u->types_end && !u->raw_bytes && !u->damaged;
}

bool unpack_all(struct unpacker *u, const void *unzipped, size_t bytes, void *records, size_t size)
{
	char *to = records, *end = to + size;

	if (!unpack_begin(u, unzipped, bytes, size))
		return false;
	for (; u->types < u->types_end; u->types++) {
		size_t room = end - to;
		size_t used = room < UNPACK_RECORD_BYTES ? 0 : unpack_plain(u, *u->types, to);

		if (!used && !(used = unpack_any(u, *u->types, to, room)))
			return false;
		to += used;
	}
	return unpack_end(u, to - (char *)records);
}

/*
 * A slot is a line of cache. Few may be used, and pages of zeros that are never touched cost
 * nothing: so it is made by calloc(), which does not align it.
 */
struct unpacker *unpacker_new(void)
{
	const size_t alignment = _Alignof(struct unpacker);
	char *room = calloc(1, sizeof(struct unpacker) + alignment);
	struct unpacker *u = room ? (void *)(room + alignment - (uintptr_t)room % alignment) : NULL;

	if (u)
		u->room = room;
	return u;
}

void unpacker_free(struct unpacker *u)
{
	if (u)
		free(u->room);
}
