/* SPDX-License-Identifier: MIT */
/* How many of W run, wait and are in flight at each instant: the profile, and what follows from it.
 */
#ifndef PARALLELISM_H
#define PARALLELISM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "moments.h"

struct parallelism {
	uint64_t *running_ns, *demand_ns; /* [level]: wall time with R, with D at that level */
	size_t levels, room;
	uint64_t in_flight_sum, in_flight_2_ns; /* task-ns; wall with at least 2 */
	uint32_t peak_in_flight;
	uint64_t sliced_ns;	  /* a task of W waits where another one runs */
	uint64_t satisfiable_sum; /* integral of min(D, n) */
	uint64_t bound_ns; /* the state of a task was unknown: R, D, in flight are lower bounds */
	uint64_t all_cpu_ns, all_busy_ns; /* while every unit is in flight */
};

/* W was in the state `m` for `ns`, and may use `n` CPUs. False out of memory. */
bool parallelism_add(struct parallelism *p, const struct moment *m, uint64_t n, uint64_t ns);
void parallelism_free(struct parallelism *p);

#endif
