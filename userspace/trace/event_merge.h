/* SPDX-License-Identifier: MIT */
/*
 * Many sources become one: by time, then by the sources' order. A tree of losers: each inner node
 * holds the later of the two that met there, so that a source that has moved on meets only those on
 * its own way to the root.
 */
#ifndef EVENT_MERGE_H
#define EVENT_MERGE_H

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
	struct merge_key *tree;	      /* [0]: the winner, [1, count): losers */
	struct event_source *in_hand; /* the winner; NULL: none was asked for */
	uint64_t winner_before;	      /* its rank */
	event_look_ahead *look_ahead; /* NULL: nobody does */
	void *look_ctx;
};

/* Takes the sources that have events at all. False: out of memory. */
bool event_merge_start(struct event_merge *m, struct trace *t, struct event_source *sources,
		       size_t count);
void event_merge_release(struct event_merge *m);

/*
 * The source whose turn it is; `taken`: where the one before has been read up to. Its next event is
 * its first, and as long as they are before *until all that follow in its block are next too. NULL:
 * there are no more, or trace->out_of_memory.
 */
struct event_source *event_merge_turn(struct event_merge *m, struct ordered_event *taken,
				      uint64_t *until);

#endif
