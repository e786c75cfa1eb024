/* SPDX-License-Identifier: MIT */
#include "event_source.h"
#include <stdlib.h>
#include "trace_ahead.h"

bool event_source_add_section(struct event_source *s, size_t index, size_t bytes)
{
	size_t count = s->section_count;

	if (!(count & (count - 1))) { /* full: rooms are powers of two */
		size_t *grown = reallocarray(s->sections, count ? 2 * count : 1, sizeof(*grown));

		if (!grown)
			return false;
		s->sections = grown;
	}
	s->sections[s->section_count++] = index;
	s->room = bytes > s->room ? bytes : s->room;
	return true;
}

void event_source_release(struct event_source *s)
{
	free(s->sections);
}

bool event_source_refill(struct event_source *s, struct trace *t)
{
	while (s->section_at < s->section_count && !t->out_of_memory) {
		size_t index = s->sections[s->section_at++];
		long size;

		if (t->ahead && s->section_at < s->section_count)
			trace_ahead_want(t->ahead, s->sections[s->section_at]);
		size = trace_read_section(t, index, &s->chunk, &s->room);
		s->at = s->end = s->chunk;
		if (size <= 0)
			continue; /* damaged: the hole in the sequence tells */
		s->end += size;
		return true;
	}
	return false;
}
