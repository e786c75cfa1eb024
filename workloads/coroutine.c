/* SPDX-License-Identifier: MIT */
#include "coroutine.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "blocking_pool.h"
#include "context.h"
#include "reading.h"
#include "timers.h"

#define EVENTS_A_POLL 64

struct coroutine {
	struct context context;
	struct coroutine_loop *loop;
	struct coroutine *next_ready;
	void (*run)(void *);
	void *argument;
};

struct coroutine_loop {
	struct context carrier; /* the carrier thread's own stack, left in coroutine_loop_run */
	struct stacks stacks;
	struct coroutine *all;
	unsigned capacity, count, finished;
	struct coroutine *first, *last; /* the run queue */
	unsigned queued;
	unsigned turn_left; /* resumptions until waits are looked at again */
	struct timers timers;
	uint64_t armed_ns;		 /* what the timer descriptor is set to, 0: nothing */
	unsigned fd_waiters, calls_made; /* waited for: descriptors, calls by the pool */
	struct blocking_pool *pool;
	int epoll_fd, timer_fd, event_fd; /* event_fd tells that calls of the pool are done */
	int error;
};

struct coroutine_loop *coroutine_loop_new(unsigned capacity, size_t stack_bytes)
{
	struct coroutine_loop *loop = calloc(1, sizeof(*loop));
	struct epoll_event timer_event = { .events = EPOLLIN | EPOLLET };

	if (!loop)
		return NULL;
	loop->capacity = capacity;
	loop->event_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	loop->all = calloc(capacity, sizeof(*loop->all));
	loop->timers.heap = calloc(capacity, sizeof(*loop->timers.heap));
	if (loop->epoll_fd < 0 || loop->timer_fd < 0 || !loop->all || !loop->timers.heap ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &timer_event) ||
	    stacks_map(&loop->stacks, capacity, stack_bytes)) {
		int error = errno;

		coroutine_loop_free(loop);
		errno = error;
		return NULL;
	}
	return loop;
}

void coroutine_loop_free(struct coroutine_loop *loop)
{
	if (!loop)
		return;
	blocking_pool_free(loop->pool);
	stacks_unmap(&loop->stacks);
	free(loop->all);
	free(loop->timers.heap);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->event_fd >= 0)
		close(loop->event_fd);
	free(loop);
}

int coroutine_loop_add_pool(struct coroutine_loop *loop, struct blocking_pool **pool)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = loop };

	loop->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->event_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->event_fd, &event))
		return -errno;
	loop->pool = blocking_pool_new(loop->event_fd);
	if (!loop->pool)
		return -errno;
	*pool = loop->pool;
	return 0;
}

unsigned coroutine_loop_guarded(const struct coroutine_loop *loop)
{
	return loop->stacks.guarded;
}

static void queue_push(struct coroutine_loop *loop, struct coroutine *coroutine)
{
	coroutine->next_ready = NULL;
	if (loop->last)
		loop->last->next_ready = coroutine;
	else
		loop->first = coroutine;
	loop->last = coroutine;
	loop->queued++;
}

static struct coroutine *queue_pop(struct coroutine_loop *loop)
{
	struct coroutine *first = loop->first;

	loop->first = first->next_ready;
	if (!loop->first)
		loop->last = NULL;
	loop->queued--;
	return first;
}

/* Epoll's own time-out counts milliseconds; the timer descriptor has the clock's resolution. */
static int timer_arm(struct coroutine_loop *loop)
{
	uint64_t earliest_ns = loop->timers.heap[0].deadline_ns;
	struct itimerspec setting = { .it_value = { .tv_sec = earliest_ns / 1000000000,
						    .tv_nsec = earliest_ns % 1000000000 } };

	if (loop->armed_ns == earliest_ns)
		return 0;
	loop->armed_ns = earliest_ns;
	return timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &setting, NULL);
}

static void queue_due(struct coroutine_loop *loop)
{
	uint64_t now_ns = reading_now_ns();
	struct coroutine *due;

	while ((due = timers_take_due(&loop->timers, now_ns)))
		queue_push(loop, due);
	if (loop->armed_ns <= now_ns)
		loop->armed_ns = 0;
}

/* The counter is read first: a call that is done between the two is seen twice, not missed. */
static void queue_called(struct coroutine_loop *loop)
{
	struct blocking_call *done;
	eventfd_t count;

	eventfd_read(loop->event_fd, &count);
	done = blocking_pool_take_done(loop->pool);
	while (done) {
		struct coroutine *caller = done->owner;

		done = done->next; /* it lies on the caller's stack */
		loop->calls_made--;
		queue_push(loop, caller);
	}
}

static bool waits_for_the_kernel(const struct coroutine_loop *loop)
{
	return loop->fd_waiters || loop->calls_made;
}

/* Moves every coroutine whose wait is over to the run queue; with `block`, waits for one first. */
static int poll_waits(struct coroutine_loop *loop, int block)
{
	struct epoll_event events[EVENTS_A_POLL];
	int count = 0;

	if (block && loop->timers.count && timer_arm(loop))
		return -errno;
	if (block || waits_for_the_kernel(loop))
		count = epoll_wait(loop->epoll_fd, events, EVENTS_A_POLL, block ? -1 : 0);
	if (count < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == loop) {
			queue_called(loop);
		} else if (events[i].data.ptr) {
			loop->fd_waiters--;
			queue_push(loop, events[i].data.ptr);
		}
	}
	if (loop->timers.count)
		queue_due(loop);
	return 0;
}

/*
 * Who runs next, or NULL: the carrier, as all have finished or loop->error is set. Waits are looked
 * at once a turn of the run queue, so that coroutines which only yield cannot starve a timer.
 */
static struct coroutine *next_to_run(struct coroutine_loop *loop)
{
	int block = 0;

	while (!loop->queued || !loop->turn_left) {
		if (loop->finished == loop->count)
			return NULL;
		block = !loop->queued;
		if (block && !loop->timers.count && !waits_for_the_kernel(loop))
			loop->error = -EDEADLK;
		else if (loop->timers.count || waits_for_the_kernel(loop))
			loop->error = poll_waits(loop, block);
		if (loop->error)
			return NULL;
		loop->turn_left = loop->queued;
	}
	loop->turn_left--;
	return queue_pop(loop);
}

/* Gives the carrier to whoever is next; `self` is already queued, waiting or parked. */
static void suspend(struct coroutine *self)
{
	struct coroutine_loop *loop = self->loop;
	struct coroutine *next = next_to_run(loop);

	if (next != self)
		context_switch(&self->context, next ? &next->context : &loop->carrier);
}

static void run_to_end(void *argument)
{
	struct coroutine *self = argument, *next;
	struct coroutine_loop *loop = self->loop;

	self->run(self->argument);
	loop->finished++;
	next = next_to_run(loop);
	context_switch_last(&self->context, next ? &next->context : &loop->carrier);
}

struct coroutine *coroutine_new(struct coroutine_loop *loop, void (*run)(void *), void *argument)
{
	struct coroutine *coroutine;
	unsigned index = loop->count;

	if (index == loop->capacity)
		return NULL;
	loop->count++;
	coroutine = &loop->all[index];
	coroutine->loop = loop;
	coroutine->run = run;
	coroutine->argument = argument;
	context_make(&coroutine->context, stacks_bottom(&loop->stacks, index),
		     stacks_usable(&loop->stacks), run_to_end, coroutine);
	queue_push(loop, coroutine);
	return coroutine;
}

int coroutine_loop_run(struct coroutine_loop *loop)
{
	struct coroutine *first = next_to_run(loop);

	if (first)
		context_switch(&loop->carrier, &first->context);
	return loop->error;
}

void coroutine_yield(struct coroutine *self)
{
	queue_push(self->loop, self);
	suspend(self);
}

void coroutine_park(struct coroutine *self)
{
	suspend(self);
}

void coroutine_wait_until(struct coroutine *self, uint64_t monotonic_ns)
{
	timers_add(&self->loop->timers, monotonic_ns, self);
	suspend(self);
}

int coroutine_wait_fd(struct coroutine *self, int fd, uint32_t epoll_events)
{
	struct epoll_event event = { .events = epoll_events | EPOLLONESHOT, .data.ptr = self };
	int epoll_fd = self->loop->epoll_fd;

	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) &&
	    (errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)))
		return -errno;
	self->loop->fd_waiters++;
	suspend(self);
	return 0;
}

void coroutine_call_blocking(struct coroutine *self, void (*call)(void *), void *argument)
{
	struct blocking_call made = { .call = call, .argument = argument, .owner = self };
	struct coroutine_loop *loop = self->loop;

	if (!loop->pool) {
		call(argument);
		return;
	}
	loop->calls_made++;
	blocking_pool_submit(loop->pool, &made);
	suspend(self);
}

void coroutine_unpark(struct coroutine *other)
{
	queue_push(other->loop, other);
}

void coroutine_resume(struct coroutine *self, struct coroutine *other)
{
	context_switch(&self->context, &other->context);
}

void coroutine_queue_wait(struct coroutine_queue *queue, struct coroutine *self)
{
	self->next_ready = NULL;
	if (queue->last)
		queue->last->next_ready = self;
	else
		queue->first = self;
	queue->last = self;
	suspend(self);
}

bool coroutine_queue_wake(struct coroutine_queue *queue)
{
	struct coroutine *first = queue->first;

	if (!first)
		return false;
	queue->first = first->next_ready;
	if (!queue->first)
		queue->last = NULL;
	queue_push(first->loop, first);
	return true;
}
