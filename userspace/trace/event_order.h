/* SPDX-License-Identifier: MIT */
/*
 * The events of all CPUs in one order: by time, then CPU, then sequence; never by arrival. Here a
 * hole in a sequence becomes a loss, with its CPU and the time in which it lies.
 *
 * They come in batches that a thread of its own makes ahead of whoever takes them; on a machine
 * with one CPU, and of a short trace, they are made when they are asked for. The order is the same.
 */
#ifndef EVENT_ORDER_H
#define EVENT_ORDER_H

#include "trace_file.h"

struct ordered_event {
	uint64_t ts;	       /* never before the event of its CPU that precedes it */
	struct event_note {    /* by the function of event_order_each_batch(); else undefined */
		uint32_t task; /* of the table: whom it is of, of a switch prev */
		uint32_t next; /* of a switch */
		uint8_t state, block; /* of prev after a switch: enum state, enum block_kind */
	} note;
	int cpu;
	const struct event_head *event; /* valid until the next call */
	/* Records of this CPU and stream that are missing before `event`, after `lost_since`. */
	uint64_t lost, lost_since;
};

struct order_counts {
	uint64_t events;
	uint64_t lost;	       /* by sequence numbers, also after the last record of a CPU */
	uint64_t out_of_order; /* records with a time before their predecessor's */
	uint64_t first_ts, last_ts;
};

struct event_order {
	const struct ordered_event *at, *end; /* what is left of the batch in hand */
	struct event_feed *feed;
};

/* 0, or EXIT_FAILED out of memory. The trace is not to be used until it is closed, or at the end.
 */
int event_order_open(struct event_order **out, struct trace *t);
/* The same, always or never with a thread; without one where none can be made. */
int event_order_open_as(struct event_order **out, struct trace *t, bool thread);

/*
 * Work on events that needs no turn in the analysis: before the first event is taken, `each` is
 * called with every batch in order, from the thread that makes them. It fills `note`, and changes
 * nothing else that the taker uses too.
 */
void event_order_each_batch(struct event_order *order,
			    void (*each)(void *ctx, struct ordered_event *events, size_t count),
			    void *ctx);

/* Gives the batch in hand back for the next one; as event_order_next(). */
int event_order_turn(struct event_order *order);

/*
 * 1: *out is the next event, until the next call; 0: the end; the trace is then counted through.
 * -1: out of memory.
 */
static inline int event_order_next(struct event_order *order, const struct ordered_event **out)
{
	if (__builtin_expect(order->at == order->end, 0)) {
		int got = event_order_turn(order);

		if (got <= 0)
			return got;
	}
	/* The maker's CPU has what is read next. */
	__builtin_prefetch(order->at + 12);
	__builtin_prefetch((const char *)order->at->event + 640);
	*out = order->at++;
	return 1;
}

/* At the end; first_ts is known from the opening on. */
const struct order_counts *event_order_counts(const struct event_order *order);
/* After the end: what one stream of one CPU lost. */
struct order_tail {
	uint64_t lost;	/* in all */
	uint64_t after; /* of those, after its last record */
	uint64_t since; /* that record's time; 0: it has none */
};
struct order_tail event_order_tail(const struct event_order *order, int cpu,
				   enum event_stream stream);
void event_order_close(struct event_order *order);

#endif
