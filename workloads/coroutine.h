/* SPDX-License-Identifier: MIT */
#ifndef COROUTINE_H
#define COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "unit_sync.h"

/*
 * Coroutines on one carrier thread, or on several that take them from one first-in-first-out run
 * queue; with timers, and waits for file descriptors through epoll. A coroutine runs until it asks
 * for something; who runs next is then found on its own stack, so a change of coroutine is one
 * context switch, not two. With several carriers it may go on as another thread than before.
 */
struct coroutine;
struct coroutine_loop;
struct blocking_pool;

/* Room for `capacity` coroutines at once, of stack_bytes each. NULL with errno. */
struct coroutine_loop *coroutine_loop_new(unsigned capacity, size_t stack_bytes, unsigned carriers);
void coroutine_loop_free(struct coroutine_loop *loop);

/* Threads for coroutine_call_blocking, started before any coroutine runs. 0 or -errno. */
int coroutine_loop_add_pool(struct coroutine_loop *loop, struct blocking_pool **pool);

/* Before any coroutine: each stack is a mapping of its own. 0 or -errno. */
int coroutine_loop_map_apart(struct coroutine_loop *loop);

/* Address space that a new coroutine may ask for: that of as many stacks as share a mapping. */
size_t coroutine_loop_mapping_bytes(const struct coroutine_loop *loop);

/* Stacks made so far with a guard (all, unless the kernel is older than 6.13 and there are
 * over 16384). */
unsigned coroutine_loop_guarded(const struct coroutine_loop *loop);

/*
 * A new coroutine at the end of the run queue. NULL with errno: EAGAIN while `capacity` of them
 * live, ENOMEM without memory for its stack.
 */
struct coroutine *coroutine_new(struct coroutine_loop *loop, void (*run)(void *), void *argument);

/*
 * Called by as many threads as the loop has carriers. Runs until all coroutines have finished: 0;
 * or until none can ever run again: -EDEADLK; or until epoll or the timer fails: -errno.
 */
int coroutine_loop_run(struct coroutine_loop *loop);

/* Called by the running coroutine, `self`. */
void coroutine_yield(struct coroutine *self);
void coroutine_wait_until(struct coroutine *self, uint64_t monotonic_ns);
int coroutine_wait_fd(struct coroutine *self, int fd, uint32_t epoll_events); /* 0 or -errno */

/* A thread of the loop's pool makes the call; without a pool, the carrier, and all wait for it. */
void coroutine_call_blocking(struct coroutine *self, void (*call)(void *), void *argument);

/*
 * What coroutines on other carriers change too is only looked at, and one of those below only
 * called, between hold and let go: a park is then never too late for its unpark. Those that suspend
 * let go by themselves, once their stack is left. No more than a branch with one carrier.
 */
void coroutine_hold(struct coroutine *self);
void coroutine_let_go(struct coroutine *self);

void coroutine_park(struct coroutine *self); /* lets go; until unparked or resumed by another */

/*
 * `other` must be parked: to the end of the run queue, or at once in place of `self`, which is
 * parked and lets go.
 */
void coroutine_unpark(struct coroutine *other);
void coroutine_resume(struct coroutine *self, struct coroutine *other);

/*
 * Parks `self` at the end of a queue, and lets go; true if that woke somebody, who then is
 * unparked.
 */
void coroutine_queue_wait(struct coroutine_queue *queue, struct coroutine *self);
bool coroutine_queue_wake(struct coroutine_queue *queue);

#endif
