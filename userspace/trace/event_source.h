/* SPDX-License-Identifier: MIT */
/*
 * One stream of one CPU: its records one after the other, a section of them in memory. A hole in
 * its sequence numbers becomes a loss before the record that follows.
 */
#ifndef EVENT_SOURCE_H
#define EVENT_SOURCE_H

#include "trace_file.h"

struct event_source {
	const char *at, *end;		/* what is left of the section in memory */
	const struct event_head *event; /* the next, behind `at` already; NULL: at the end */
	uint64_t
		gap; /* missing before it, since gap_since; not beside it: event_batch.h says why */
	uint64_t ts; /* its time, made monotonic */
	uint64_t gap_since;
	uint32_t next_seq;
	uint16_t cpu;
	uint8_t stream;
	uint64_t lost, tail_lost, out_of_order;
	size_t *sections; /* indexes, in file order */
	size_t section_count, section_at;
	void *chunk; /* the section in memory; whoever reads a trace gives all sources theirs */
	size_t room; /* of its longest section */
};

/* False: out of memory. */
bool event_source_add_section(struct event_source *s, size_t index, size_t bytes);
void event_source_release(struct event_source *s);

/* Reads the next section that can be read. False at the end, or t->out_of_memory. */
bool event_source_refill(struct event_source *s, struct trace *t);

static inline void event_source_number(struct event_source *s, const struct event_head *event)
{
	uint32_t gap = event->seq - s->next_seq;
	uint64_t ts = event->ts;

	s->gap_since = s->ts;
	if (__builtin_expect(gap != 0, 0)) {
		gap = gap < 0x80000000u ? gap : 0;
		s->lost += gap;
	}
	s->gap = gap;
	s->next_seq = event->seq + 1;
	if (__builtin_expect(ts < s->ts, 0)) {
		s->out_of_order++;
		ts = s->ts;
	}
	s->ts = ts;
	s->event = event;
}

/* Moves to the source's next event; false at its end, with no event. */
static inline bool event_source_advance(struct event_source *s, struct trace *t)
{
	for (;;) {
		const struct event_head *event;

		if (__builtin_expect(s->at == s->end, 0) && !event_source_refill(s, t)) {
			s->event = NULL;
			return false;
		}
		event = event_check(s->at, s->end - s->at);
		if (!event) { /* the rest of the section can't be stepped through */
			s->at = s->end;
			continue;
		}
		s->at += event->size;
		/* With many sources the others' records have pushed it out of the cache by then. */
		__builtin_prefetch(s->at + 64);
		/* Copies of last switches: the switches' own stream has them. */
		if (s->stream == STREAM_LIFECYCLE && event->type == EVENT_SWITCH_LAST)
			continue;
		event_source_number(s, event);
		return true;
	}
}

#endif
