/* SPDX-License-Identifier: MIT */
/*
 * Many sources become one: by time, then by the sources' order. A tree of losers: each inner node
 * holds the later of the two that met there, so that a source that has moved on meets only those on
 * its own way to the root.
 */
#ifndef EVENT_MERGE_H
#define EVENT_MERGE_H

#include "event_batch.h"
#include "event_source.h"

struct merge_key {
	uint64_t ts;
	uint64_t rank; /* its place among the sources; MERGE_ENDED beside it: it has no more */
};

#define MERGE_ENDED (1ull << 32)

struct event_merge {
	struct trace *trace;
	struct event_source **sources; /* that have events, in the order of equal times */
	size_t count;
	struct merge_key *tree; /* [0]: the winner, [1, count): losers */
};

/* Takes the sources that have events at all. False: out of memory. */
bool event_merge_start(struct event_merge *m, struct trace *t, struct event_source *sources,
		       size_t count);
void event_merge_release(struct event_merge *m);

/* Fills the batch with what comes next. False: nothing comes after it, or trace->out_of_memory. */
bool event_merge_fill(struct event_merge *m, struct event_batch *batch);

#endif
