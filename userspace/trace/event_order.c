/* SPDX-License-Identifier: MIT */
#include "event_order.h"
#include <stdlib.h>
#include "event_merge.h"

/* A source's: with a few of them all is in a cache, with hundreds each is worth to be fetched. */
#define BLOCK_BYTES (32u << 10)
_Static_assert(BLOCK_BYTES >= EVENT_BLOCK_LEAST, "any packed record fits");

struct event_feed {
	struct event_order order; /* what the taker sees */
	struct trace *trace;
	struct event_source *sources; /* in the order of equal times: source_of() */
	size_t source_count;
	char *blocks;		/* of all sources */
	struct unzip_hand hand; /* of all sources */
	struct event_merge merge;
	bool ended;
	struct order_counts counts;
};

/* A birth before the new task's waking. */
static struct event_source *source_of(const struct event_feed *feed, int cpu,
				      enum event_stream stream)
{
	return &feed->sources[STREAM_COUNT * cpu + (STREAM_COUNT - 1 - stream)];
}

/* A block for each source that has a section. */
static bool blocks_make(struct event_feed *feed)
{
	size_t count = 0;
	char *at;

	for (size_t i = 0; i < feed->source_count; i++)
		count += feed->sources[i].section_count > 0;
	at = feed->blocks = malloc(count * BLOCK_BYTES + 1);
	if (!at)
		return false;
	for (size_t i = 0; i < feed->source_count; i++) {
		if (!feed->sources[i].section_count)
			continue;
		feed->sources[i].block = at;
		feed->sources[i].room = BLOCK_BYTES;
		at += BLOCK_BYTES;
	}
	return true;
}

static bool sources_make(struct event_feed *feed)
{
	struct trace *t = feed->trace;

	feed->source_count = STREAM_COUNT * t->cpu_count;
	feed->sources = calloc(feed->source_count + 1, sizeof(*feed->sources));
	if (!feed->sources)
		return false;
	for (int cpu = 0; cpu < t->cpu_count; cpu++)
		for (int stream = 0; stream < STREAM_COUNT; stream++) {
			source_of(feed, cpu, stream)->cpu = cpu;
			source_of(feed, cpu, stream)->stream = stream;
			source_of(feed, cpu, stream)->unzipped.hand = &feed->hand;
		}
	for (size_t i = 0; i < t->section_count; i++) {
		unsigned type = t->sections[i].type;

		if (type != SECTION_SCHED && type != SECTION_LIFECYCLE)
			continue;
		if (!event_source_add_section(
			    source_of(feed, t->sections[i].cpu,
				      type == SECTION_SCHED ? STREAM_SCHED : STREAM_LIFECYCLE),
			    i))
			return false;
	}
	return blocks_make(feed) &&
	       event_merge_start(&feed->merge, t, feed->sources, feed->source_count);
}

struct event_order *event_order_open(struct trace *t)
{
	struct event_feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return NULL;
	feed->order.feed = feed;
	feed->trace = t;
	if (!sources_make(feed)) {
		event_order_close(&feed->order);
		return NULL;
	}
	if (feed->merge.count)
		feed->counts.first_ts = feed->merge.tree[0].ts;
	return &feed->order;
}

/* Sequence numbers that were given out after the last record that is here. */
static void count_tails(struct event_feed *feed)
{
	json_t *counters = json_object_get(feed->trace->end, "counters"), *row;
	static const char *const keys[STREAM_COUNT] = { "sched_seq", "lifecycle_seq" };
	size_t i;

	json_array_foreach(counters, i, row) {
		json_int_t cpu = json_integer_value(json_object_get(row, "cpu"));

		if (cpu < 0 || cpu >= feed->trace->cpu_count)
			continue;
		for (int stream = 0; stream < STREAM_COUNT; stream++) {
			struct event_source *s = source_of(feed, cpu, stream);
			uint32_t given = json_integer_value(json_object_get(row, keys[stream]));
			uint32_t tail = given - s->next_seq;

			if (tail < 0x80000000u)
				s->tail_lost = tail;
		}
	}
}

void event_order_look_ahead(struct event_order *order, event_look_ahead *look, void *ctx)
{
	order->feed->merge.look_ahead = look;
	order->feed->merge.look_ctx = ctx;
}

static void count_through(struct event_feed *feed)
{
	struct order_counts *counts = &feed->counts;

	count_tails(feed);
	for (size_t i = 0; i < feed->source_count; i++) {
		const struct event_source *s = &feed->sources[i];

		counts->events += s->events;
		counts->lost += s->lost + s->tail_lost;
		counts->out_of_order += s->out_of_order;
		counts->last_ts = s->ts > counts->last_ts ? s->ts : counts->last_ts;
	}
}

int event_order_turn(struct event_order *order)
{
	struct event_feed *feed = order->feed;
	struct event_source *s = NULL;

	if (!feed->ended)
		s = event_merge_turn(&feed->merge, order->at, &order->until);
	if (s) {
		order->at = s->at;
		order->end = s->end;
		return 1;
	}
	if (!feed->ended)
		count_through(feed);
	feed->ended = true;
	order->at = order->end;
	return feed->trace->out_of_memory ? -1 : 0;
}

const struct order_counts *event_order_counts(const struct event_order *order)
{
	return &order->feed->counts;
}

struct order_tail event_order_tail(const struct event_order *order, int cpu,
				   enum event_stream stream)
{
	const struct event_source *s = source_of(order->feed, cpu, stream);

	return (struct order_tail){ s->lost + s->tail_lost, s->tail_lost, s->ts };
}

void event_order_close(struct event_order *order)
{
	struct event_feed *feed;

	if (!order)
		return;
	feed = order->feed;
	event_merge_release(&feed->merge);
	for (size_t i = 0; feed->sources && i < feed->source_count; i++)
		event_source_release(&feed->sources[i]);
	unzip_hand_free(&feed->hand);
	free(feed->sources);
	free(feed->blocks);
	free(feed);
}
