/* SPDX-License-Identifier: MIT */
#include "event_order.h"
#include <stdlib.h>
#include <string.h>
#include "failure.h"

struct source {		  /* one stream of one CPU */
	size_t *sections; /* indexes, in file order */
	size_t section_count, section_at;
	void *chunk;
	size_t room, size, at;
	const struct event_head *event; /* next to be handed out; NULL: at the end */
	uint64_t ts;			/* its time, made monotonic */
	uint64_t gap, gap_since;	/* missing before it */
	uint32_t next_seq;
	uint64_t lost, tail_lost, last_ts;
	uint16_t cpu;
	uint8_t stream;
};

struct event_order {
	struct trace *trace;
	struct source *sources;
	size_t source_count;
	struct source **heap;
	size_t heap_size;
	bool ended;
	bool advance; /* the root of the heap was handed out and must move on */
	struct order_counts counts;
};

static bool source_refill(struct event_order *order, struct source *s)
{
	while (s->section_at < s->section_count) {
		long size = trace_read_section(order->trace, s->sections[s->section_at++],
					       &s->chunk, &s->room);

		s->at = 0;
		s->size = size > 0 ? size : 0; /* damaged: the hole in the sequence tells */
		if (s->size)
			return true;
	}
	return false;
}

static void take_sequence(struct event_order *order, struct source *s)
{
	uint32_t gap = s->event->seq - s->next_seq;

	s->gap = gap < 0x80000000u ? gap : 0;
	s->gap_since = s->last_ts;
	s->lost += s->gap;
	order->counts.lost += s->gap;
	s->next_seq = s->event->seq + 1;
	s->ts = s->event->ts;
	if (s->ts < s->last_ts) {
		order->counts.out_of_order++;
		s->ts = s->last_ts;
	}
	s->last_ts = s->ts;
}

/* Moves to the source's next event; false at its end. */
static bool source_advance(struct event_order *order, struct source *s)
{
	s->event = NULL;
	while (!s->event) {
		const struct event_head *event;

		if (s->at >= s->size && !source_refill(order, s))
			return false;
		event = event_check((char *)s->chunk + s->at, s->size - s->at);
		if (!event) { /* the rest of the chunk can't be stepped through */
			s->at = s->size;
			continue;
		}
		s->at += event->size;
		/* Copies of last switches: the switches' own stream has them. */
		if (s->stream == STREAM_LIFECYCLE && event->type == EVENT_SWITCH_LAST)
			continue;
		s->event = event;
	}
	take_sequence(order, s);
	return true;
}

static bool source_before(const struct source *a, const struct source *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu;
	return a->stream > b->stream; /* a birth before the new task's waking */
}

static void heap_sink(struct event_order *order, size_t at)
{
	struct source **heap = order->heap, *moving = heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= order->heap_size)
			break;
		if (child + 1 < order->heap_size && source_before(heap[child + 1], heap[child]))
			child++;
		if (!source_before(heap[child], moving))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

/* A CPU that lost every record has no section, and yet numbers were given out. */
static void count_mute_cpus(struct trace *t)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(t->end, "counters"), i, row) {
		json_int_t cpu = json_integer_value(json_object_get(row, "cpu"));
		bool spoke = json_integer_value(json_object_get(row, "sched_seq")) ||
			     json_integer_value(json_object_get(row, "lifecycle_seq"));

		if (spoke && cpu >= t->cpu_count && cpu < EVENT_MAX_CPUS)
			t->cpu_count = (int)cpu + 1;
	}
}

static bool sources_make(struct event_order *order)
{
	struct trace *t = order->trace;

	count_mute_cpus(t);
	order->source_count = STREAM_COUNT * t->cpu_count;
	order->sources = calloc(order->source_count + 1, sizeof(*order->sources));
	order->heap = calloc(order->source_count + 1, sizeof(*order->heap));
	if (!order->sources || !order->heap)
		return false;
	for (size_t i = 0; i < order->source_count; i++) {
		order->sources[i].cpu = i / STREAM_COUNT;
		order->sources[i].stream = i % STREAM_COUNT;
	}
	for (size_t i = 0; i < t->section_count; i++) {
		unsigned type = t->sections[i].type;
		struct source *s;
		size_t *grown;

		if (type != SECTION_SCHED && type != SECTION_LIFECYCLE)
			continue;
		s = &order->sources[STREAM_COUNT * t->sections[i].cpu +
				    (type == SECTION_LIFECYCLE ? STREAM_LIFECYCLE : STREAM_SCHED)];
		grown = s->sections;
		if (!(s->section_count & (s->section_count - 1)))
			grown = reallocarray(s->sections,
					     s->section_count ? 2 * s->section_count : 1,
					     sizeof(*grown));
		if (!grown)
			return false;
		s->sections = grown;
		s->sections[s->section_count++] = i;
	}
	return true;
}

int event_order_open(struct event_order **out, struct trace *t)
{
	struct event_order *order = calloc(1, sizeof(*order));

	*out = order;
	if (!order)
		return fail_memory();
	order->trace = t;
	if (!sources_make(order)) {
		event_order_close(order);
		*out = NULL;
		return fail_memory();
	}
	for (size_t i = 0; i < order->source_count; i++)
		if (source_advance(order, &order->sources[i]))
			order->heap[order->heap_size++] = &order->sources[i];
	for (size_t i = order->heap_size; i-- > 0;)
		heap_sink(order, i);
	if (order->heap_size)
		order->counts.first_ts = order->heap[0]->ts;
	return 0;
}

/* Sequence numbers that were given out after the last record that is here. */
static void count_tails(struct event_order *order)
{
	json_t *counters = json_object_get(order->trace->end, "counters"), *row;
	static const char *const keys[STREAM_COUNT] = { "sched_seq", "lifecycle_seq" };
	size_t i;

	json_array_foreach(counters, i, row) {
		json_int_t cpu = json_integer_value(json_object_get(row, "cpu"));

		if (cpu < 0 || cpu >= order->trace->cpu_count)
			continue;
		for (int stream = 0; stream < STREAM_COUNT; stream++) {
			struct source *s = &order->sources[STREAM_COUNT * cpu + stream];
			uint32_t given = json_integer_value(json_object_get(row, keys[stream]));
			uint32_t tail = given - s->next_seq;

			if (tail < 0x80000000u) {
				s->tail_lost = tail;
				order->counts.lost += tail;
			}
		}
	}
}

int event_order_next(struct event_order *order, struct ordered_event *out)
{
	struct source *s;

	if (order->advance) {
		order->advance = false;
		if (!source_advance(order, order->heap[0]))
			order->heap[0] = order->heap[--order->heap_size];
		if (order->heap_size)
			heap_sink(order, 0);
	}
	if (!order->heap_size) {
		if (!order->ended)
			count_tails(order);
		order->ended = true;
		return 0;
	}
	s = order->heap[0];
	*out = (struct ordered_event){ s->ts, s->cpu, s->event, s->gap, s->gap_since };
	order->advance = true;
	order->counts.events++;
	order->counts.last_ts = s->ts;
	return 1;
}

const struct order_counts *event_order_counts(const struct event_order *order)
{
	return &order->counts;
}

struct order_tail event_order_tail(const struct event_order *order, int cpu,
				   enum event_stream stream)
{
	const struct source *s = &order->sources[STREAM_COUNT * cpu + stream];

	return (struct order_tail){ s->lost + s->tail_lost, s->tail_lost, s->last_ts };
}

void event_order_close(struct event_order *order)
{
	if (!order)
		return;
	for (size_t i = 0; order->sources && i < order->source_count; i++) {
		free(order->sources[i].sections);
		free(order->sources[i].chunk);
	}
	free(order->sources);
	free(order->heap);
	free(order);
}
