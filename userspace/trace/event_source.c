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

/* The event's place in its stream: what is missing before it, and its time. */
static inline void number(struct event_source *s, struct ordered_event *o)
{
	const struct event_head *head = o->event;
	uint32_t gap = head->seq - s->next_seq;
	uint64_t ts = head->ts;

	o->cpu = s->cpu;
	o->lost = 0;
	if (__builtin_expect(gap != 0, 0) && gap < 0x80000000u) {
		s->lost += o->lost = gap;
		o->lost_since = s->ts;
	}
	if (__builtin_expect(ts < s->ts, 0)) {
		s->out_of_order++;
		ts = s->ts;
	}
	o->ts = s->ts = ts;
	s->next_seq = head->seq + 1;
	s->events++;
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

static void fill_from_columns(struct event_source *s, struct trace *t)
{
	struct unpacker *u = s->unpacker;
	char *to = s->block, *end = to + s->room;

	while (unpack_has_next(u) && (size_t)(end - to) >= EVENT_BLOCK_LEAST) {
		struct ordered_event *o = (void *)to;
		size_t size = unpack_next(u, o->event, end - to - sizeof(*o));

		if (!size)
			break;
		if (is_copy(s, o))
			continue;
		number(s, o);
		to += sizeof(*o) + size;
	}
	s->end = (void *)to;
	if (unpack_has_next(u) && !u->damaged) {
		if (to == s->block)
			block_grow(s, t, unpack_raw_size(u));
		return;
	}
	s->packed = false;
	if (!unpack_end(u)) /* the hole in the sequence tells what is missing */
		trace_note_damage(t, s->sections[s->section_at - 1]);
}

static void fill_from_records(struct event_source *s, struct trace *t)
{
	char *to = s->block, *end = to + s->room;

	while (s->raw < s->raw_end) {
		const struct event_head *record = event_check(s->raw, s->raw_end - s->raw);
		struct ordered_event *o = (void *)to;

		if (!record) { /* the rest of the section can't be stepped through */
			s->raw = s->raw_end;
			break;
		}
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
		number(s, o);
		to += sizeof(*o) + record->size;
	}
	s->end = (void *)to;
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
