/* SPDX-License-Identifier: MIT */
/* The second pass: every event in order, the fixups where they belong, all measures at once. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "accounting.h"
#include "cpu_timeline.h"
#include "parallelism.h"
#include "resolve.h"
#include "task_state.h"

struct timeline {
	struct trace *trace;
	struct task_table *table;
	const struct window *window;
	const struct resolution *resolution;
	uint64_t fair_until; /* the first unit's finish; 0: no units */

	struct task_state *tasks; /* [task of the table] */
	uint32_t task_room;
	struct cpu_timeline *cpus;
	int cpu_count;
	struct parallelism parallelism;
	struct accounting accounting;

	/* Now. */
	uint64_t now; /* all that lies before is accounted for */
	uint32_t running, in_flight, sliced_cpus;
	uint32_t *waiting; /* tasks of W that wait */
	size_t waiting_count, waiting_room;
	uint64_t blocked[BLOCK_KIND_COUNT];
	uint64_t allowed_in[CPU_STATE_COUNT]; /* allowed CPUs in each state */
	unsigned char *claimed;
	size_t *implicit_at, *child_wait_at; /* [cpu] */
	size_t fixup_at;

	uint64_t conflicts;
	bool failed; /* out of memory */
};

/* 0, or EXIT_FAILED out of memory. timeline_free() either way. */
int timeline_run(struct timeline *tl);
void timeline_free(struct timeline *tl);

#endif
