/* SPDX-License-Identifier: MIT */
#ifndef COROUTINE_H
#define COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "unit_sync.h"

/*
 * Coroutines on one carrier thread: a first-in-first-out run queue, timers, and waits for file
 * descriptors through epoll. A coroutine runs until it asks for something; who runs next is then
 * found on its own stack, so a change of coroutine is one context switch, not two. Nothing here is
 * thread-safe.
 */
struct coroutine;
struct coroutine_loop;
struct blocking_pool;

/* Room for `capacity` coroutines of stack_bytes each. NULL with errno. */
struct coroutine_loop *coroutine_loop_new(unsigned capacity, size_t stack_bytes);
void coroutine_loop_free(struct coroutine_loop *loop);

/* Threads for coroutine_call_blocking, started before any coroutine runs. 0 or -errno. */
int coroutine_loop_add_pool(struct coroutine_loop *loop, struct blocking_pool **pool);

/* Stacks with a guard page (all, unless the kernel is older than 6.13 and there are over 16384). */
unsigned coroutine_loop_guarded(const struct coroutine_loop *loop);

/* A new coroutine at the end of the run queue; NULL once the capacity is used up. */
struct coroutine *coroutine_new(struct coroutine_loop *loop, void (*run)(void *), void *argument);

/*
 * Runs on the calling thread until all coroutines have finished: 0; or until none can ever run
 * again: -EDEADLK; or until epoll or the timer fails: -errno.
 */
int coroutine_loop_run(struct coroutine_loop *loop);

/* Called by the running coroutine, `self`. */
void coroutine_yield(struct coroutine *self);
void coroutine_park(struct coroutine *self); /* until unparked or resumed by another */
void coroutine_wait_until(struct coroutine *self, uint64_t monotonic_ns);
int coroutine_wait_fd(struct coroutine *self, int fd, uint32_t epoll_events); /* 0 or -errno */

/* A thread of the loop's pool makes the call; without a pool, the carrier, and all wait for it. */
void coroutine_call_blocking(struct coroutine *self, void (*call)(void *), void *argument);

/*
 * `other` must be parked: to the end of the run queue, or at once in place of `self`, which is
 * parked.
 */
void coroutine_unpark(struct coroutine *other);
void coroutine_resume(struct coroutine *self, struct coroutine *other);

/* Parks `self` at the end of a queue; true if that woke somebody, who then is unparked. */
void coroutine_queue_wait(struct coroutine_queue *queue, struct coroutine *self);
bool coroutine_queue_wake(struct coroutine_queue *queue);

#endif
