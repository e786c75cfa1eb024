/* SPDX-License-Identifier: MIT */
/*
 * The events of all CPUs in one order: by time, then CPU, then sequence; never by arrival. Here a
 * hole in a sequence becomes a loss, with its CPU and the time in which it lies.
 */
#ifndef EVENT_ORDER_H
#define EVENT_ORDER_H

#include "trace_file.h"

struct event_order;

struct ordered_event {
	uint64_t ts; /* never before the event of its CPU that precedes it */
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

/* 0, or EXIT_FAILED out of memory. */
int event_order_open(struct event_order **out, struct trace *t);
/* 1: *out is the next event; 0: the end; the trace is then counted through. -1: out of memory. */
int event_order_next(struct event_order *order, struct ordered_event *out);
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
