/* SPDX-License-Identifier: MIT */
#ifndef BODY_SPAWN_H
#define BODY_SPAWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "workload.h"

struct nursery;

/* One that was created; in memory that forked ones share. */
struct born {
	struct nursery *nursery;
	union {
		pid_t pid;
		pthread_t thread;
		struct coroutine *coroutine;
	};
	uint64_t ran_ns;      /* its first instruction */
	_Atomic uint32_t ran; /* a futex: ran_ns is there */
};

/* What one unit creates with. */
struct nursery {
	const struct unit *unit;
	const struct maker *maker;
	struct born *born;
	bool hold; /* those born stay until all are let go */
	/* the maker's own */
	int pipe[2];
	_Atomic uint32_t open;
	struct coroutine_loop *loop;
};

/* How a model creates; body_spawn_makers.c. Each returns 0 or an errno. */
struct maker {
	/* `capacity` of them may live at once. */
	int (*prepare)(struct nursery *nursery, unsigned capacity, bool apart);
	/* born[index] exists; where others see to that it soon runs. */
	int (*create)(struct nursery *nursery, unsigned index);
	/* Without hold: it has ended. With hold: it has run. */
	int (*await)(struct nursery *nursery, unsigned index);
	/* The first `count` end, all that was prepared is given back. */
	void (*finish)(struct nursery *nursery, unsigned count);
};

const struct maker *spawn_maker(unsigned model_bit);

/* body_spawn_memory.c */

/* Bytes that the workload and `alive` born ones take: their PSS, of processes by a sample of them,
 * and the kernel's stacks and page tables. */
uint64_t spawn_memory(const struct nursery *nursery, unsigned alive);

/* The same within some per cent for a look while they grow, at the cost of a few system calls. */
uint64_t spawn_memory_quick(const struct nursery *nursery, unsigned alive);

/* To this process: of the machine's memory, and of what its cgroups may take. */
uint64_t spawn_memory_available(void);

/* body_spawn_limit.c */

struct spawn_limit {
	char name[32]; /* "" while there is none */
	uint64_t value;
};

/* Which limit it was that refused to create one more, and what it is set to. */
void spawn_limit_of(const struct nursery *nursery, int error, struct spawn_limit *limit);

/* Leaves an eighth of the tasks that this system can have to others; true where that is reached. */
bool spawn_limit_near(const struct nursery *nursery, struct spawn_limit *limit);

#endif
