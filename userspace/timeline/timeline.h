/* SPDX-License-Identifier: MIT */
/* The second pass: every event in order, the fixups where they belong, all measures at once. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "accounting.h"
#include "behind.h"
#include "claims.h"
#include "cpu_timeline.h"
#include "latency.h"
#include "parallelism.h"
#include "physical.h"
#include "resolve/resolve_ahead.h"
#include "strip.h"
#include "task_state.h"
#include "timeline_notes.h"

struct instant {
	uint64_t t;
	uint64_t clipped; /* to the window: where spans that end now end in it */
	bool in_window;	  /* what happens now counts */
	/* What ends now began in the window, and after the task's first account. */
	bool plain;
};

struct timeline {
	struct trace *trace;
	struct task_table *table;
	const struct window *window;
	const struct resolution *resolution;
	struct resolve_ahead *ahead; /* who still adds to it; NULL: it is whole */
	uint64_t fair_until;	     /* the first unit's finish; 0: no units */
	uint64_t all_from, all_to;   /* every unit is in flight */

	struct task_state *tasks; /* [task of the table] */
	uint32_t task_room;
	struct cpu_timeline *cpus;
	int cpu_count;
	struct parallelism parallelism;
	struct accounting accounting;
	struct moments moments;
	struct latency latency;
	struct behind behind;
	struct physical physical;
	uint64_t migrations[DISTANCE_COUNT]; /* of W */
	struct strip strip;
	struct claims claims;

	/* Now. */
	uint64_t now;		  /* all of the window that lies before is accounted for */
	struct instant at;	  /* of the event or fixup in hand */
	uint64_t t0;		  /* of the window */
	uint64_t plain_end;	  /* from `now` to before here all is in the window, and one era */
	uint64_t era_end;	  /* up to when no part of the window ends that is judged apart */
	uint64_t plain_to;	  /* before here instants may be plain */
	struct moment_now moment; /* but for MOMENT_SLICED, which follows from sliced_cpus */
	uint32_t sliced_cpus;
	uint32_t *waiting; /* [task_room]: tasks of W that wait; how many is in `moment` */
	size_t fixup_at;
	uint64_t settled_to; /* no fixup before here is missing */
	uint64_t fixup_ts;   /* of that one, or up to when there is none; UINT64_MAX: to the end */
	struct note_maker notes;

	uint64_t conflicts;
	bool fair_is_noted;
	bool misled; /* by what was settled: all of it is to be done again */
	bool failed; /* out of memory, or misled */
};

/* 0, also where it is misled, or EXIT_FAILED out of memory. timeline_free() either way. */
int timeline_run(struct timeline *tl);
void timeline_free(struct timeline *tl);

#endif
