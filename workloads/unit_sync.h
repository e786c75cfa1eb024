/* SPDX-License-Identifier: MIT */
#ifndef UNIT_SYNC_H
#define UNIT_SYNC_H

#include <pthread.h>
#include <stdbool.h>

struct coroutine;

/* First come, first served. */
struct coroutine_queue {
	struct coroutine *first, *last;
};

/*
 * A lock and a condition between units, whatever carries them: struct runtime has the calls. They
 * lie in memory from workload_share, as forked units use them too. Which member is in use is the
 * runtime's business.
 */
struct unit_mutex {
	pthread_mutex_t kernel;
	struct coroutine_queue waiting;
	bool held;
};

struct unit_condition {
	pthread_cond_t kernel;
	struct coroutine_queue waiting;
};

/* unit_sync.c: where the kernel schedules the units, in one process or in several. */
struct unit;

void kernel_mutex_init_private(struct unit_mutex *mutex);
void kernel_mutex_init_shared(struct unit_mutex *mutex);
void kernel_lock(struct unit *unit, struct unit_mutex *mutex);
void kernel_unlock(struct unit *unit, struct unit_mutex *mutex);
void kernel_condition_init_private(struct unit_condition *condition);
void kernel_condition_init_shared(struct unit_condition *condition);
void kernel_wait(struct unit *unit, struct unit_condition *condition, struct unit_mutex *mutex);
void kernel_signal(struct unit *unit, struct unit_condition *condition);

#endif
