/* SPDX-License-Identifier: MIT */
/*
 * Spells in which a CPU idled although a task waited that its mask allowed there (METRICS.md,
 * "violation"). A spell is of one CPU and one task; it ends where either has something else to do.
 */
#ifndef VIOLATIONS_H
#define VIOLATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/terms.h"

#define VIOLATION_LISTED_NS 1000000ull /* longer ones are listed */
#define VIOLATIONS_LISTED 1000	       /* and of more than these the longest */

struct violation {
	uint64_t from, ns;
	uint32_t task;
	int cpu;
	enum violation_cause cause;
};

struct violation_sums { /* of all spells: those listed, those of at most 1 ms, and the others */
	uint64_t count, ns;
	uint64_t short_count, short_ns;
	uint64_t more_count, more_ns;
	uint64_t masked_ns; /* no violation: CPUs idled, and the masks of those that waited forbade
			       them; part of CAUSE_NO_TASK */
};

struct violations {
	struct violation_spell { /* that may go on */
		uint64_t from, to;
		uint64_t ns[VIOLATION_CAUSE_COUNT]; /* parts of it */
		uint32_t task;
	} * spells;		   /* [cpu] */
	struct violation *longest; /* a heap, the shortest first */
	size_t listed;
	struct violation_sums sums; /* of those that have ended */
	int cpu_count;
};

/* False out of memory. */
bool violations_open(struct violations *v, int cpu_count);

/* `task` could have run on `cpu` from `from` to `to`. In order of time; allocates nothing. */
void violations_add(struct violations *v, int cpu, uint32_t task, uint64_t from, uint64_t to,
		    enum violation_cause cause);

/* Whose spell on the CPU lasts up to `t`; *task is that task's. */
bool violations_lasts(const struct violations *v, int cpu, uint64_t t, uint32_t *task);

/* What was added so far is of no interest. */
void violations_forget(struct violations *v);

/* All spells have ended; `longest` is in order of time. */
void violations_close(struct violations *v);
void violations_free(struct violations *v);

#endif
