/* SPDX-License-Identifier: MIT */
/* Some events in order, with copies of their records: it does not matter where the sources are. */
#ifndef EVENT_BATCH_H
#define EVENT_BATCH_H

#include <string.h>
#include "event_order.h"

#define BATCH_EVENTS 1024u
#define BATCH_BYTES (64u << 10) /* no record is longer */
#define RECORD_COPY_BYTES 64u	/* at a time: most records are shorter */
_Static_assert(RECORD_COPY_BYTES <= SECTION_SLACK, "a copy stays within what was read");
_Static_assert(BATCH_BYTES > UINT16_MAX, "an empty batch takes any record");

struct event_batch {
	size_t count, bytes;
	struct ordered_event events[BATCH_EVENTS];
	_Alignas(64) char records[BATCH_BYTES + RECORD_COPY_BYTES];
};

/*
 * Where the fields of the batch's next event go, with a copy of its record; NULL: the batch is
 * full. They are written there one by one: a struct that is built elsewhere and copied in wide
 * words has the copy wait for its narrow stores.
 */
static inline struct ordered_event *event_batch_put(struct event_batch *batch,
						    const struct event_head *record)
{
	struct ordered_event *event = &batch->events[batch->count];
	char *copy = batch->records + batch->bytes;
	size_t size = record->size;

	if (batch->count == BATCH_EVENTS || size > BATCH_BYTES - batch->bytes)
		return NULL;
	/* The taker's CPU has what is written here next: it is asked for ahead. */
	__builtin_prefetch(copy + 10 * RECORD_COPY_BYTES, 1);
	__builtin_prefetch(event + 12, 1);
	memcpy(copy, record, RECORD_COPY_BYTES);
	for (size_t at = RECORD_COPY_BYTES; at < size; at += RECORD_COPY_BYTES)
		memcpy(copy + at, (const char *)record + at, RECORD_COPY_BYTES);
	event->event = (const void *)copy;
	batch->count++;
	batch->bytes += size;
	return event;
}

#endif
