/* SPDX-License-Identifier: MIT */
#include "event_order.h"
#include <stdlib.h>
#include <sys/mman.h>
#include "common/failure.h"
#include "event_merge.h"
#include "event_ring.h"
#include "trace_ahead.h"

/* A shorter trace is read before a thread has got going. */
#define THREAD_WORTH_BYTES (256u << 10)

#define CHUNK_ALIGNMENT 64u
#define HUGE_PAGE (2u << 20)

struct event_feed {
	struct event_order order; /* what the taker sees */
	struct trace *trace;
	struct event_source *sources; /* in the order of equal times: source_of() */
	size_t source_count;
	char *chunks; /* of all sources */
	struct event_merge merge;
	struct event_ring *ring;
	bool thread, ended;
	struct order_counts counts;
	void (*each)(void *ctx, struct ordered_event *events, size_t count);
	void *ctx;
};

/* A birth before the new task's waking. */
static struct event_source *source_of(const struct event_feed *feed, int cpu,
				      enum event_stream stream)
{
	return &feed->sources[STREAM_COUNT * cpu + (STREAM_COUNT - 1 - stream)];
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

static size_t aligned(size_t bytes, size_t alignment)
{
	return (bytes + alignment - 1) / alignment * alignment;
}

/*
 * A section's room for each source, in one piece: hundreds of CPUs' are hundreds of MiB, of which
 * each page that is first written to would cost more than to unpack the records in it.
 */
static bool chunks_make(struct event_feed *feed)
{
	size_t total = 0, at = 0;

	for (size_t i = 0; i < feed->source_count; i++)
		total += aligned(feed->sources[i].room + SECTION_SLACK, CHUNK_ALIGNMENT);
	total = aligned(total, total < HUGE_PAGE ? CHUNK_ALIGNMENT : HUGE_PAGE);
	feed->chunks = aligned_alloc(total < HUGE_PAGE ? CHUNK_ALIGNMENT : HUGE_PAGE, total);
	if (!feed->chunks)
		return false;
	if (total >= HUGE_PAGE)
		madvise(feed->chunks, total, MADV_HUGEPAGE); /* where there are any */
	for (size_t i = 0; i < feed->source_count; i++) {
		feed->sources[i].chunk = feed->chunks + at;
		at += aligned(feed->sources[i].room + SECTION_SLACK, CHUNK_ALIGNMENT);
	}
	return true;
}

static bool sources_make(struct event_feed *feed)
{
	struct trace *t = feed->trace;

	count_mute_cpus(t);
	feed->source_count = STREAM_COUNT * t->cpu_count;
	feed->sources = calloc(feed->source_count + 1, sizeof(*feed->sources));
	if (!feed->sources)
		return false;
	for (int cpu = 0; cpu < t->cpu_count; cpu++)
		for (int stream = 0; stream < STREAM_COUNT; stream++) {
			source_of(feed, cpu, stream)->cpu = cpu;
			source_of(feed, cpu, stream)->stream = stream;
		}
	for (size_t i = 0; i < t->section_count; i++) {
		unsigned type = t->sections[i].type;

		if (type != SECTION_SCHED && type != SECTION_LIFECYCLE)
			continue;
		if (!event_source_add_section(
			    source_of(feed, t->sections[i].cpu,
				      type == SECTION_SCHED ? STREAM_SCHED : STREAM_LIFECYCLE),
			    i, t->sections[i].raw_bytes))
			return false;
	}
	return chunks_make(feed) &&
	       event_merge_start(&feed->merge, t, feed->sources, feed->source_count);
}

static bool thread_is_worth_it(const struct trace *t)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < t->section_count; i++)
		bytes += t->sections[i].raw_bytes;
	return bytes >= THREAD_WORTH_BYTES && event_ring_has_cpus();
}

int event_order_open_as(struct event_order **out, struct trace *t, bool thread)
{
	struct event_feed *feed = calloc(1, sizeof(*feed));

	*out = NULL;
	if (!feed)
		return fail_memory();
	feed->order.feed = feed;
	feed->trace = t;
	feed->thread = thread;
	if (!sources_make(feed)) {
		event_order_close(&feed->order);
		return fail_memory();
	}
	if (feed->merge.count)
		feed->counts.first_ts = feed->merge.tree[0].ts;
	*out = &feed->order;
	return 0;
}

int event_order_open(struct event_order **out, struct trace *t)
{
	return event_order_open_as(out, t, thread_is_worth_it(t));
}

void event_order_each_batch(struct event_order *order,
			    void (*each)(void *ctx, struct ordered_event *events, size_t count),
			    void *ctx)
{
	order->feed->each = each;
	order->feed->ctx = ctx;
}

/* Whoever makes the batches: the ring's thread, or the taker. */
static bool make_batch(void *ctx, struct event_batch *batch)
{
	struct event_feed *feed = ctx;
	bool more = event_merge_fill(&feed->merge, batch);

	if (feed->each)
		feed->each(feed->ctx, batch->events, batch->count);
	return more;
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

static void count_through(struct event_feed *feed)
{
	count_tails(feed);
	for (size_t i = 0; i < feed->source_count; i++) {
		feed->counts.lost += feed->sources[i].lost + feed->sources[i].tail_lost;
		feed->counts.out_of_order += feed->sources[i].out_of_order;
	}
}

static bool help(void *ctx)
{
	struct event_feed *feed = ctx;

	return feed->trace->ahead && trace_ahead_help(feed->trace->ahead);
}

static bool start(struct event_feed *feed)
{
	const struct ring_work work = { .make = make_batch, .help = help, .ctx = feed };

	if (feed->thread)
		feed->trace->ahead = trace_ahead_new(feed->trace);
	feed->ring = event_ring_start(&work, feed->thread);
	return feed->ring;
}

int event_order_turn(struct event_order *order)
{
	struct event_feed *feed = order->feed;
	const struct event_batch *batch;

	if (feed->ended)
		return feed->trace->out_of_memory ? -1 : 0;
	if (!feed->ring && !start(feed)) {
		feed->trace->out_of_memory = feed->ended = true;
		return -1;
	}
	batch = event_ring_next(feed->ring);
	if (batch) {
		order->at = batch->events;
		order->end = batch->events + batch->count;
		feed->counts.events += batch->count;
		feed->counts.last_ts = batch->events[batch->count - 1].ts;
		return 1;
	}
	feed->ended = true;
	count_through(feed);
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
	event_ring_stop(feed->ring);
	trace_ahead_free(feed->trace->ahead);
	feed->trace->ahead = NULL;
	event_merge_release(&feed->merge);
	for (size_t i = 0; feed->sources && i < feed->source_count; i++)
		event_source_release(&feed->sources[i]);
	free(feed->sources);
	free(feed->chunks);
	free(feed);
}
