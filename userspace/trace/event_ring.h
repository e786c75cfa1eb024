/* SPDX-License-Identifier: MIT */
/*
 * A few batches between a thread that makes them and one that takes them. Bounded: the maker waits
 * where the taker is behind. Without a thread the taker makes each when it asks for it.
 */
#ifndef EVENT_RING_H
#define EVENT_RING_H

#include <stdbool.h>
#include "event_batch.h"

struct event_ring;

/* This process may use more CPUs than one. */
bool event_ring_has_cpus(void);

struct ring_work {
	/* Fills a batch; false: no other comes after it, and it may be empty. */
	bool (*make)(void *ctx, struct event_batch *batch);
	/* Instead of waiting for a batch the taker helps to make them; false: there is nothing. */
	bool (*help)(void *ctx);
	void *ctx;
};

/*
 * `make` is called from the thread if `thread`, and if one can be made. NULL: out of memory.
 */
struct event_ring *event_ring_start(const struct ring_work *work, bool thread);

/*
 * The next batch, which holds an event at least, until the next call. NULL at the end: the thread
 * is gone, and all that it did is seen.
 */
const struct event_batch *event_ring_next(struct event_ring *ring);

/* Also before the end. NULL is allowed. */
void event_ring_stop(struct event_ring *ring);

#endif
