/* SPDX-License-Identifier: MIT */
/*
 * What all sums over time are made of: how long the program as a whole was in each state that it
 * was ever in. A trace has far fewer such states than instants, so an instant only adds its length
 * to its state's, and the arithmetic is done once a state (parallelism.h, accounting.h).
 */
#ifndef MOMENTS_H
#define MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* What a blocked task waits for; all but the last are causes of idle CPUs. */
enum block_kind {
	BLOCK_LOCK,
	BLOCK_CONDITION,
	BLOCK_IO,
	BLOCK_SLEEP,
	BLOCK_OTHER,
	BLOCK_UNKNOWN, /* whether it is blocked at all is unknown */
	BLOCK_CHILD,
	BLOCK_KIND_COUNT
};

enum cpu_state { CPU_UNKNOWN, CPU_IDLE, CPU_OTHER, CPU_WORKLOAD, CPU_OFFLINE, CPU_STATE_COUNT };

enum moment_flags {
	MOMENT_SLICED = 1 << 0,	       /* a task of W waits where another one runs */
	MOMENT_BIRTHS_LOST = 1 << 1,   /* there may be tasks of W that nobody knows of */
	MOMENT_ALL_IN_FLIGHT = 1 << 2, /* every unit has started, and none has finished */
};

/* Counters only, and a whole number of 8 bytes. A new one needs nothing but a place here. */
struct moment {
	uint32_t running, waiting, in_flight; /* tasks of W */
	uint32_t flags;
	uint32_t blocked[BLOCK_KIND_COUNT]; /* tasks of W; the state of BLOCK_UNKNOWN ones is */
	uint32_t cpus[CPU_STATE_COUNT];	    /* allowed CPUs; their sum is n, but for those idle ones
					     * that have a cause already (claims_account()) */
};

_Static_assert(sizeof(struct moment) % sizeof(uint64_t) == 0, "compared by words");

struct accounting;
struct parallelism;

struct moments {
	struct moment_time {
		struct moment moment;
		uint64_t ns;
	} * slots; /* one for each hash: what is in its way is done with first */
	struct accounting *accounting;
	struct parallelism *parallelism;
	uint64_t n; /* CPUs that W may use */
};

/* False out of memory. */
bool moments_open(struct moments *m);
/* `moment` lasted for so long. False out of memory. */
bool moments_add(struct moments *m, const struct moment *moment, uint64_t ns);
/* Does the arithmetic for all that is left. False out of memory. */
bool moments_close(struct moments *m);
void moments_free(struct moments *m);

#endif
