/* SPDX-License-Identifier: MIT */
/*
 * What of the parallelism is physical: SMT siblings that work at the same instant share one core.
 *
 *   CPU 0 (core 0)   W W W W . . .      R       1 1 2 2 1 1 0
 *   CPU 1 (core 0)   . . W W W W .      R_core  1 1 1 1 1 1 0
 *                                       shared  0 0 2 2 0 0 0    CPUs that work beside a sibling
 *
 * Counted as a CPU begins and ends to work for W, and only on a machine with SMT.
 */
#ifndef PHYSICAL_H
#define PHYSICAL_H

#include "tasks/topology.h"
#include "tasks/window.h"

struct physical {
	struct topology topology;
	uint64_t since;
	uint32_t cores, shared; /* now: cores with a task of W, CPUs that share one of them */
	uint16_t working[EVENT_MAX_CPUS]; /* [core]: CPUs of it with a task of W */
	uint64_t core_ns, shared_ns;	  /* the integrals of both over the window */
};

void physical_start(struct physical *p, const json_t *machine);
void physical_change(struct physical *p, const struct window *w, int cpu, uint64_t t, bool works);

/* At `t` a CPU begins or ends to work for W, or neither; where each CPU is a core nothing is done.
 */
static inline void physical_set(struct physical *p, const struct window *w, int cpu, uint64_t t,
				bool worked, bool works)
{
	if (worked != works && p->topology.smt)
		physical_change(p, w, cpu, t, works);
}

/* The last span, up to the window's end. */
void physical_end(struct physical *p, const struct window *w);

#endif
