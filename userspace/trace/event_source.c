/* SPDX-License-Identifier: MIT */
#include "event_source.h"
#include <stdlib.h>

bool event_source_add_section(struct event_source *s, size_t index)
{
	size_t count = s->section_count;

	if (!(count & (count - 1))) { /* full: rooms are powers of two */
		size_t *grown = reallocarray(s->sections, count ? 2 * count : 1, sizeof(*grown));

		if (!grown)
			return false;
		s->sections = grown;
	}
	s->sections[s->section_count++] = index;
	return true;
}

void event_source_release(struct event_source *s)
{
	free(s->sections);
	free(s->own_block);
	unpacker_free(s->unpacker);
	unzipped_free(&s->unzipped);
}

/* Of a source, while a block of it is filled: nothing that is written there can change it. */
struct numbers {
	uint64_t ts;
	uint32_t next_seq;
	int cpu;
};

static void count_hole(struct event_source *s, const struct numbers *n, struct ordered_event *o,
		       uint32_t gap)
{
	if (gap >= 0x80000000u) /* it steps back */
		return;
	s->lost += o->lost = gap;
	o->lost_since = n->ts;
}

/* The event's place in its stream: what is missing before it, and its time. */
static inline void number(struct event_source *s, struct numbers *n, struct ordered_event *o)
{
	uint32_t seq = o->event->seq;
	uint64_t ts = o->event->ts;

	o->cpu = n->cpu;
	o->lost = 0;
	if (__builtin_expect(seq != n->next_seq, 0))
		count_hole(s, n, o, seq - n->next_seq);
	if (__builtin_expect(ts < n->ts, 0)) {
		s->out_of_order++;
		ts = n->ts;
	}
	o->ts = n->ts = ts;
	n->next_seq = seq + 1;
}

static struct numbers numbers_of(const struct event_source *s)
{
	return (struct numbers){ s->ts, s->next_seq, s->cpu };
}

/* The block ends at `to`. */
static void block_end(struct event_source *s, const struct numbers *n, void *to, size_t events)
{
	s->end = to;
	s->ts = n->ts;
	s->next_seq = n->next_seq;
	s->events += events;
}

/* Copies of last switches: the switches' own stream has them. */
static inline bool is_copy(const struct event_source *s, const struct ordered_event *o)
{
	return s->stream == STREAM_LIFECYCLE && o->event->type == EVENT_SWITCH_LAST;
}

/* An empty block for a record of `size` bytes, which is longer than the one that all have. */
static void block_grow(struct event_source *s, struct trace *t, size_t size)
{
	free(s->own_block);
	s->room = sizeof(struct ordered_event) + size;
	s->block = s->own_block = malloc(s->room);
	s->at = s->end = (void *)s->block;
	t->out_of_memory |= !s->block;
}

/* What unpack_any() says, of a record that was stored whole only if it is one of its type. */
static size_t unpack_other(struct unpacker *u, unsigned type, struct event_head *to, size_t room)
{
	size_t size = unpack_any(u, type, to, room);

	if (!type && size && !event_check(to, size)) {
		u->damaged = true;
		return 0;
	}
	return size;
}

static void fill_from_columns(struct event_source *s, struct trace *t)
{
	struct unpacker *u = s->unpacker;
	const uint8_t *type = u->types, *const types_end = u->types_end;
	char *to = s->block, *const end = to + s->room;
	struct numbers n = numbers_of(s);
	size_t size = 1, copies = 0, events;

	for (; type < types_end && (size_t)(end - to) >= EVENT_BLOCK_LEAST; type++) {
		struct ordered_event *o = (void *)to;

		size = unpack_plain(u, *type, o->event);
		if (__builtin_expect(!size, 0)) {
			size = unpack_other(u, *type, o->event, end - to - sizeof(*o));
			if (!size)
				break;
			if (is_copy(s, o)) {
				s->unpacked += size;
				copies++;
				continue;
			}
		}
		number(s, &n, o);
		to += sizeof(*o) + size;
	}
	events = type - u->types - copies;
	block_end(s, &n, to, events);
	s->unpacked += to - s->block - events * sizeof(struct ordered_event);
	u->types = type;
	if (type < types_end && !u->damaged) {
		if (!size && to == s->block)
			block_grow(s, t, unpack_raw_size(u));
		return;
	}
	s->packed = false;
	if (!unpack_end(u, s->unpacked)) /* the hole in the sequence tells what is missing */
		trace_note_damage(t, s->sections[s->section_at - 1]);
}

/* The next of a section that is not packed; NULL: the rest can't be stepped through. */
static const struct event_head *record_next(struct event_source *s)
{
	const struct event_head *record = event_check(s->raw, s->raw_end - s->raw);

	if (!record)
		s->raw = s->raw_end;
	return record;
}

static void fill_from_records(struct event_source *s, struct trace *t)
{
	char *to = s->block, *end = to + s->room;
	struct numbers n = numbers_of(s);
	const struct event_head *record;
	size_t events = 0;

	while (s->raw < s->raw_end && (record = record_next(s))) {
		struct ordered_event *o = (void *)to;

		if (sizeof(*o) + record->size > (size_t)(end - to)) {
			if (to != s->block)
				break;
			block_grow(s, t, record->size);
			return;
		}
		memcpy(o->event, record, record->size);
		s->raw += record->size;
		if (is_copy(s, o))
			continue;
		number(s, &n, o);
		events++;
		to += sizeof(*o) + record->size;
	}
	block_end(s, &n, to, events);
}

static void section_begin(struct event_source *s, struct trace *t)
{
	size_t index = s->sections[s->section_at++];

	if (!trace_read_unzipped(t, index, &s->unzipped))
		return; /* damaged: the hole in the sequence tells */
	if (t->sections[index].packing == PACKING_NONE) {
		s->raw = s->unzipped.data;
		s->raw_end = s->raw + s->unzipped.bytes;
		return;
	}
	if (!s->unpacker && !(s->unpacker = unpacker_new())) {
		t->out_of_memory = true;
		return;
	}
	s->unpacked = 0;
	s->packed = unpack_begin(s->unpacker, s->unzipped.data, s->unzipped.bytes,
				 t->sections[index].raw_bytes);
	if (!s->packed)
		trace_note_damage(t, index);
}

bool event_source_refill(struct event_source *s, struct trace *t)
{
	s->at = s->end = (void *)s->block;
	while (s->at == s->end && !t->out_of_memory) {
		if (s->packed)
			fill_from_columns(s, t);
		else if (s->raw < s->raw_end)
			fill_from_records(s, t);
		else if (s->section_at < s->section_count)
			section_begin(s, t);
		else
			return false;
	}
	return !t->out_of_memory;
}
