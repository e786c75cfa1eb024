/* SPDX-License-Identifier: MIT */
/*
 * What of an event needs no turn in the second pass: whom it is of, and what becomes of a switch's
 * prev. It is noted by the thread that reads the trace, ahead of the timeline's.
 */
#ifndef TIMELINE_NOTES_H
#define TIMELINE_NOTES_H

#include "resolve/resolve.h"

struct note_maker {
	struct task_table *table; /* rewound, and frozen: who is in it the timeline looks up too */
	const struct resolution *resolution;
	struct note_cpu {
		uint32_t task; /* that is in, as its records tell */
		size_t implicit_at, child_wait_at;
	} * cpus;
};

/* False out of memory; note_maker_free() either way. */
bool note_maker_open(struct note_maker *m, struct task_table *table, const struct resolution *r);
void note_maker_free(struct note_maker *m);

/* For event_order_each_batch(): fills `note` of each event; `ctx` is the maker. */
void note_batch(void *ctx, struct ordered_event *events, size_t count);

#endif
