/* SPDX-License-Identifier: MIT */
/* Who runs next, and what a carrier does when nobody can. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "blocking_pool.h"
#include "coroutine_parts.h"
#include "reading.h"

#define EVENTS_A_POLL 64

static int open_descriptors(struct coroutine_loop *loop)
{
	struct epoll_event timer_event = { .events = EPOLLIN | EPOLLET };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = loop };

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	loop->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->timer_fd < 0 || loop->event_fd < 0)
		return -1;
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &timer_event) ||
	       epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->event_fd, &event);
}

struct coroutine_loop *coroutine_loop_new(unsigned capacity, size_t stack_bytes, unsigned carriers)
{
	struct coroutine_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->capacity = capacity;
	loop->carriers = carriers;
	loop->epoll_fd = loop->timer_fd = loop->event_fd = -1;
	loop->all = calloc(capacity, sizeof(*loop->all));
	loop->timers.heap = calloc(capacity, sizeof(*loop->timers.heap));
	if (!loop->all || !loop->timers.heap || open_descriptors(loop) ||
	    stacks_init(&loop->stacks, capacity, stack_bytes)) {
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
	loop->pool = blocking_pool_new(loop->event_fd);
	if (!loop->pool)
		return -errno;
	*pool = loop->pool;
	return 0;
}

int coroutine_loop_map_apart(struct coroutine_loop *loop)
{
	return stacks_map_apart(&loop->stacks) ? -errno : 0;
}

size_t coroutine_loop_mapping_bytes(const struct coroutine_loop *loop)
{
	return loop->stacks.a_mapping * loop->stacks.slot_bytes;
}

unsigned coroutine_loop_guarded(const struct coroutine_loop *loop)
{
	return loop->stacks.guarded;
}

static void interrupt_poll(struct coroutine_loop *loop)
{
	if (!loop->poll_blocks || loop->poll_interrupted)
		return;
	loop->poll_interrupted = true;
	eventfd_write(loop->event_fd, 1);
}

static void wake_one(struct coroutine_loop *loop)
{
	loop->waking++;
	atomic_fetch_add(&loop->wakeups, 1);
	futex_wake(&loop->wakeups, 1, FUTEX_PRIVATE_FLAG);
}

static void wake_all(struct coroutine_loop *loop)
{
	loop->waking = loop->idle;
	atomic_fetch_add(&loop->wakeups, 1);
	futex_wake(&loop->wakeups, INT_MAX, FUTEX_PRIVATE_FLAG);
	interrupt_poll(loop);
}

/* Until told to wake; the word is read while held, so what is told from then on is not missed. */
static void sleep_idle(struct coroutine_loop *loop)
{
	uint32_t seen = atomic_load(&loop->wakeups);

	loop->idle++;
	loop_let_go(loop);
	futex_wait(&loop->wakeups, seen, NULL, FUTEX_PRIVATE_FLAG);
	loop_hold(loop);
	loop->idle--;
	if (loop->waking)
		loop->waking--;
}

/* Whoever leaves with a coroutine passes on what is left: more of them, or the waiting for some. */
static void pass_on(struct coroutine_loop *loop)
{
	if (loop->idle > loop->waking && (loop->queued || (loop_waits(loop) && !loop->polling)))
		wake_one(loop);
}

void loop_queue(struct coroutine_loop *loop, struct coroutine *coroutine)
{
	queue_push(&loop->ready, coroutine);
	loop->queued++;
}

void loop_queue_ready(struct coroutine_loop *loop, struct coroutine *coroutine)
{
	loop_queue(loop, coroutine);
	if (loop->carriers == 1)
		return;
	if (loop->idle > loop->waking)
		wake_one(loop);
	else
		interrupt_poll(loop);
}

/*
 * Waits are looked at once a turn of the run queue, so that coroutines which only yield cannot
 * starve a timer.
 */
struct coroutine *loop_take_ready(struct coroutine_loop *loop)
{
	struct coroutine *first;

	if (!loop->ready.first)
		return NULL;
	if (!loop->turn_left) {
		if (loop_waits(loop) && !loop->polling)
			return NULL;
		loop->turn_left = loop->queued;
	}
	loop->turn_left--;
	loop->queued--;
	first = queue_pop(&loop->ready);
	if (loop->idle)
		pass_on(loop);
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
	return timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &setting, NULL) ? -errno : 0;
}

void loop_timer_added(struct coroutine_loop *loop)
{
	if (loop->poll_blocks && !loop->error)
		loop->error = timer_arm(loop);
}

static void queue_due(struct coroutine_loop *loop)
{
	uint64_t now_ns = reading_now_ns();
	struct coroutine *due;

	while ((due = timers_take_due(&loop->timers, now_ns)))
		loop_queue(loop, due);
	if (loop->armed_ns <= now_ns)
		loop->armed_ns = 0;
}

/* The counter is read first: a call that is done between the two is seen twice, not missed. */
static void queue_called(struct coroutine_loop *loop)
{
	struct blocking_call *done;
	eventfd_t count;

	eventfd_read(loop->event_fd, &count);
	done = loop->pool ? blocking_pool_take_done(loop->pool) : NULL;
	while (done) {
		struct coroutine *caller = done->owner;

		done = done->next; /* it lies on the caller's stack */
		loop->calls_made--;
		loop_queue(loop, caller);
	}
}

static void queue_events(struct coroutine_loop *loop, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == loop) {
			queue_called(loop);
		} else if (events[i].data.ptr) {
			loop->fd_waiters--;
			loop_queue(loop, events[i].data.ptr);
		}
	}
	if (loop->timers.count)
		queue_due(loop);
}

/*
 * Moves every coroutine whose wait is over to the run queue; with `block`, waits for one first.
 * Meanwhile it is not held, and no other carrier does the same. 0 or -errno.
 */
static int poll_waits(struct coroutine_loop *loop, bool block)
{
	struct epoll_event events[EVENTS_A_POLL];
	int count = 0, error = 0;

	if (block && loop->timers.count)
		error = timer_arm(loop);
	if (error)
		return error;
	if (block || loop->fd_waiters || loop->calls_made) {
		loop->polling = true;
		loop->poll_blocks = block;
		loop_let_go(loop);
		count = epoll_wait(loop->epoll_fd, events, EVENTS_A_POLL, block ? -1 : 0);
		error = count < 0 && errno != EINTR ? -errno : 0;
		loop_hold(loop);
		loop->polling = loop->poll_blocks = loop->poll_interrupted = false;
	}
	queue_events(loop, events, count);
	return error;
}

struct coroutine *loop_next(struct coroutine_loop *loop)
{
	while (!loop->error && loop->alive) {
		struct coroutine *next = loop_take_ready(loop);

		if (next)
			return next;
		if (loop_waits(loop) && !loop->polling) {
			loop->error = poll_waits(loop, !loop->queued);
			loop->turn_left = loop->queued;
		} else if (loop->idle + 1 < loop->carriers) {
			sleep_idle(loop);
		} else {
			loop->error = -EDEADLK;
		}
	}
	if (loop->carriers > 1)
		wake_all(loop);
	return NULL;
}

int coroutine_loop_run(struct coroutine_loop *loop)
{
	struct carrier one_of_several = { 0 };
	struct carrier *carrier = loop->carriers == 1 ? &loop->only : &one_of_several;
	struct coroutine *next;
	int error;

	loop_hold(loop);
	if (loop->error == -EDEADLK && loop->carriers == 1)
		loop->error = 0; /* somebody may have been unparked since */
	while ((next = loop_next(loop))) {
		next->carrier = carrier;
		context_switch(&carrier->context, &next->context);
	}
	error = loop->error;
	loop_let_go(loop);
	return error;
}
