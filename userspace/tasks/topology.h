/* SPDX-License-Identifier: MIT */
/*
 * Where each CPU sits, as the trace's machine section tells (machine.h): it may come from anyone,
 * so what is not a sound number is unknown.
 */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "sched_event.h"

struct topology_cpu {
	int16_t core, llc, node, socket; /* CPU_NONE: unknown */
	int capacity;			 /* 1024: the machine's fastest; CPU_NONE: unknown */
	bool listed;
};

struct topology {
	struct topology_cpu cpus[EVENT_MAX_CPUS];
	int threads; /* CPUs listed */
	/* How many there are; CPU_NONE where a CPU that is listed does not know its own. */
	int sockets, cores, llcs, nodes;
	bool smt; /* a core has two CPUs or more */
};

void topology_read(struct topology *t, const json_t *machine);

/* How far a task goes from one CPU to another: the nearest of what both share. */
enum distance {
	DISTANCE_CORE, /* SMT siblings */
	DISTANCE_LLC,
	DISTANCE_NODE,
	DISTANCE_CROSS,
	DISTANCE_UNKNOWN,
	DISTANCE_COUNT,
};

/*
 * A level that is not known for every CPU is none: what is within it counts in the next wider one
 * that is known, so without caches DISTANCE_NODE is "another core of the same node". Unknown is the
 * distance to a CPU that is not listed, and, without nodes, any beyond the levels that are known.
 */
static inline enum distance topology_distance(const struct topology *t, int from, int to)
{
	const struct topology_cpu *a = &t->cpus[from], *b = &t->cpus[to];

	if (!a->listed || !b->listed)
		return DISTANCE_UNKNOWN;
	if (t->cores >= 0 && a->core == b->core)
		return DISTANCE_CORE;
	if (t->llcs >= 0 && a->llc == b->llc)
		return DISTANCE_LLC;
	if (t->nodes < 0)
		return DISTANCE_UNKNOWN;
	return a->node == b->node ? DISTANCE_NODE : DISTANCE_CROSS;
}

#endif
