/* SPDX-License-Identifier: MIT */
/*
 * The events of all CPUs in one order: by time, then CPU, then sequence; never by arrival. Here a
 * hole in a sequence becomes a loss, with its CPU and the time in which it lies.
 */
#ifndef EVENT_ORDER_H
#define EVENT_ORDER_H

#include "trace_file.h"

struct ordered_event {
	uint64_t ts;	     /* never before the event of its CPU that precedes it */
	uint64_t lost_since; /* if any are */
	uint32_t lost;	     /* records of this CPU and stream that are missing before `event` */
	int cpu;
	struct event_note {	      /* by the second pass */
		uint32_t task;	      /* of the table: whom it is of, of a switch prev */
		uint32_t next;	      /* of a switch */
		uint8_t state, block; /* of prev after a switch: enum state, enum block_kind */
	} note;
	struct event_head event[]; /* the whole record; valid until the next call */
};

struct order_counts {
	uint64_t events;
	uint64_t lost;	       /* by sequence numbers, also after the last record of a CPU */
	uint64_t out_of_order; /* records with a time before their predecessor's */
	uint64_t first_ts, last_ts;
};

struct event_order {
	struct ordered_event *at, *end; /* what is left of a source's block */
	uint64_t until;			/* when another source's turn comes */
	struct event_feed *feed;
};

/* Of one trace several may be open at once, each for a thread of its own. NULL: out of memory. */
struct event_order *event_order_open(struct trace *t);

/*
 * Where there are many sources: told of a source's next event, and of the one after it if that is
 * known, some hundred events before their turn, to fetch into a cache what they will need; before
 * the first event is taken.
 */
typedef void event_look_ahead(void *ctx, const struct ordered_event *soon,
			      const struct ordered_event *later);
void event_order_look_ahead(struct event_order *order, event_look_ahead *look, void *ctx);

/* The next source's turn; as event_order_next(), but *at is the next event. */
int event_order_turn(struct event_order *order);

static inline struct ordered_event *event_after(const struct ordered_event *o)
{
	return (void *)((char *)o->event + o->event->size);
}

/*
 * 1: *out is the next event, until the next call; 0: the end; the trace is then counted through.
 * -1: out of memory.
 */
static inline int event_order_next(struct event_order *order, struct ordered_event **out)
{
	if (order->at == order->end || order->at->ts >= order->until) {
		int got = event_order_turn(order);

		if (got <= 0)
			return got;
	}
	*out = order->at;
	order->at = event_after(order->at);
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
