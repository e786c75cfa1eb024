/* SPDX-License-Identifier: MIT */
#ifndef PLACEMENT_H
#define PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>

struct workload;

/* A CPU and what it is part of: the core by its first CPU's number. */
struct place {
	int cpu, core, node;
};

/*
 * The order in which --pin gives CPUs to units. Compact: the siblings of a core, then the cores of
 * a node, then the next node. Spread: cores before siblings, and of these one of each node in turn.
 */
void placement_order(struct place *places, size_t count, bool spread);

/*
 * Fills workload->pins from --pin's "none", "one", "compact", "spread" or a list of CPUs, of
 * those that are allowed. 0, or -1 after complaining of a usage error.
 */
int placement_settle(struct workload *workload, const char *pin);

#endif
