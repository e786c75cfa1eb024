/* SPDX-License-Identifier: MIT */
#ifndef BLOCKING_POOL_H
#define BLOCKING_POOL_H

#include <sys/types.h>

/*
 * A few threads that make calls which block in the kernel, so that who asked for one can do
 * something else meanwhile: as the executor of an asyncio loop does.
 */
#define BLOCKING_POOL_THREADS 4

struct blocking_pool;

/* Its maker's memory, from submit until it is taken done. */
struct blocking_call {
	void (*call)(void *argument);
	void *argument;
	void *owner; /* the maker's own */
	struct blocking_call *next;
};

/*
 * Starts the threads and waits until all run; each call done adds 1 to the eventfd event_fd. NULL
 * with errno.
 */
struct blocking_pool *blocking_pool_new(int event_fd);

/* The calls submitted are made first; NULL is fine. */
void blocking_pool_free(struct blocking_pool *pool);

/* Thread ids of the BLOCKING_POOL_THREADS threads. */
const pid_t *blocking_pool_tids(const struct blocking_pool *pool);

void blocking_pool_submit(struct blocking_pool *pool, struct blocking_call *call);

/* All that are done and not yet taken, in the order in which they ended, linked by next. */
struct blocking_call *blocking_pool_take_done(struct blocking_pool *pool);

#endif
