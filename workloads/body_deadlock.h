/* SPDX-License-Identifier: MIT */
#ifndef BODY_DEADLOCK_H
#define BODY_DEADLOCK_H

#include "workload.h"

enum { RING, ORDERED, HOLD };
enum { NO, YES };

#define NOBODY (-1)

/* The two barriers of one ring, before its units' first lock and after. */
struct ring {
	struct unit_mutex mutex;
	struct unit_condition all_here[2];
	unsigned came;
	_Atomic uint64_t stuck_ns; /* when all had their first lock; 0: not yet */
} __attribute__((aligned(64)));

/* That of one unit, and which lock this unit waits for; both are read while units are stuck. */
struct deadlock_lock {
	struct unit_mutex mutex;
	_Atomic int holder;	   /* a unit, or NOBODY */
	_Atomic int wanted_by_own; /* a lock, or NOBODY */
} __attribute__((aligned(64)));

/*
 * Who waits for whom, into `result`. 0, or -1 after complaining where that is not what was to
 * happen: all stuck, in rings, or none.
 */
int deadlock_check(const struct workload *workload, const struct deadlock_lock *locks,
		   json_t *result);

#endif
