/* SPDX-License-Identifier: MIT */
/*
 * One stream of one CPU: its events one after the other, a block of them in memory, unpacked from a
 * section of which only the columns are. A hole in its sequence numbers becomes a loss before the
 * record that follows.
 */
#ifndef EVENT_SOURCE_H
#define EVENT_SOURCE_H

#include "event_order.h"
#include "trace_unpack.h"
#include "trace_unzip.h"

/* A block holds one packed record at least. */
#define EVENT_BLOCK_LEAST (sizeof(struct ordered_event) + UNPACK_RECORD_BYTES)

struct event_source {
	struct ordered_event *at, *end; /* what is left of the block */
	uint64_t ts;			/* of the last event of the block; never before another's */
	uint32_t next_seq;
	uint16_t cpu;
	uint8_t stream;
	bool packed; /* the section in hand, of which the unpacker has the rest */
	uint64_t events, lost, tail_lost, out_of_order;
	size_t unpacked; /* bytes of the packed section's records */
	char *block;	 /* whoever reads a trace gives all sources theirs */
	size_t room;
	char *own_block;	   /* for a record that is longer */
	const char *raw, *raw_end; /* what is left of a section that is not packed */
	struct unpacker *unpacker; /* made when it is first needed */
	struct unzipped unzipped;
	size_t *sections; /* indexes, in file order */
	size_t section_count, section_at;
};

/* False: out of memory. */
bool event_source_add_section(struct event_source *s, size_t index);
void event_source_release(struct event_source *s);

/* The block is used up: the next one. False at the end, or t->out_of_memory. */
bool event_source_refill(struct event_source *s, struct trace *t);

#endif
