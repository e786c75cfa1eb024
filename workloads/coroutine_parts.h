/* SPDX-License-Identifier: MIT */
#ifndef COROUTINE_PARTS_H
#define COROUTINE_PARTS_H

/* Shared by coroutine.c, coroutine_loop.c and runtime_coroutine.c; nobody else looks inside. */
#include "context.h"
#include "coroutine.h"
#include "futex.h"
#include "timers.h"

/* A thread that runs coroutines: its own stack is left in coroutine_loop_run. */
struct carrier {
	struct context context;
};

struct coroutine {
	struct context context;
	struct coroutine_loop *loop;
	struct carrier *carrier; /* that runs it, or did last */
	struct coroutine *next;	 /* in the one queue that it is in, or of the free ones */
	void (*run)(void *);
	void *argument;
};

/*
 * With several carriers all of it is under one lock, which is held across a switch: whoever
 * suspends itself takes it, and lets go on the stack that comes next. So nobody can find a
 * coroutine in a queue, and continue it, while its own carrier is still on its stack. With one
 * carrier there is no lock to take.
 */
struct coroutine_loop {
	unsigned carriers;
	_Atomic uint32_t lock;
	struct carrier only; /* where there is one: a later run has it again */
	struct stacks stacks;
	struct coroutine *all, *free;
	unsigned capacity, count, alive;
	struct coroutine_queue ready; /* the run queue */
	unsigned queued;
	unsigned turn_left; /* resumptions until waits are looked at again */
	struct timers timers;
	uint64_t armed_ns;		 /* what the timer descriptor is set to, 0: nothing */
	unsigned fd_waiters, calls_made; /* waited for: descriptors, calls by the pool */
	struct blocking_pool *pool;
	int epoll_fd, timer_fd;
	int event_fd; /* calls of the pool are done, or the carrier in epoll_wait shall look */
	int error;
	/* several carriers: */
	bool polling, poll_blocks, poll_interrupted; /* one of them is in epoll_wait */
	unsigned idle, waking; /* asleep for want of work, and those of them told to wake */
	_Atomic uint32_t wakeups;
};

static inline void queue_push(struct coroutine_queue *queue, struct coroutine *coroutine)
{
	coroutine->next = NULL;
	if (queue->last)
		queue->last->next = coroutine;
	else
		queue->first = coroutine;
	queue->last = coroutine;
}

/* The first, taken out; NULL: there is none. */
static inline struct coroutine *queue_pop(struct coroutine_queue *queue)
{
	struct coroutine *first = queue->first;

	if (!first)
		return NULL;
	queue->first = first->next;
	if (!queue->first)
		queue->last = NULL;
	return first;
}

static inline void loop_hold(struct coroutine_loop *loop)
{
	if (loop->carriers > 1)
		futex_lock(&loop->lock);
}

static inline void loop_let_go(struct coroutine_loop *loop)
{
	if (loop->carriers > 1)
		futex_unlock(&loop->lock);
}

static inline bool loop_waits(const struct coroutine_loop *loop)
{
	return loop->timers.count || loop->fd_waiters || loop->calls_made;
}

/*
 * coroutine_loop.c; all are called with the loop held.
 *
 * To the end of the run queue. With loop_queue_ready a carrier that has nothing to do is woken.
 */
void loop_queue(struct coroutine_loop *loop, struct coroutine *coroutine);
void loop_queue_ready(struct coroutine_loop *loop, struct coroutine *coroutine);

/* Who runs next without waiting for anybody; NULL: the carrier's own stack must see to it. */
struct coroutine *loop_take_ready(struct coroutine_loop *loop);

/* Who runs next, waited for; NULL: all have finished, or loop->error is set. */
struct coroutine *loop_next(struct coroutine_loop *loop);

/* After a timer was added: the carrier that sleeps for a later one is told. */
void loop_timer_added(struct coroutine_loop *loop);

#endif
