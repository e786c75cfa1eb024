/* SPDX-License-Identifier: MIT */
/*
 * What the second pass knows of an event before anything else: whom it is of, and what becomes of a
 * switch's prev.
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

/* Of each event in its order: fills `note`. */
void note_event(struct note_maker *m, struct ordered_event *o);

#endif
