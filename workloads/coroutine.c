/* SPDX-License-Identifier: MIT */
/* What a running coroutine asks for. */
#include "coroutine.h"
#include <errno.h>
#include <sys/epoll.h>
#include "blocking_pool.h"
#include "coroutine_parts.h"

void coroutine_hold(struct coroutine *self)
{
	loop_hold(self->loop);
}

void coroutine_let_go(struct coroutine *self)
{
	loop_let_go(self->loop);
}

/* Its stack is in use until the switch, so a carrier that shares the work waits on its own. */
static struct context *next_context(struct coroutine *self)
{
	struct coroutine_loop *loop = self->loop;
	struct coroutine *next = loop->carriers == 1 ? loop_next(loop) : loop_take_ready(loop);

	if (!next)
		return &self->carrier->context;
	next->carrier = self->carrier;
	return &next->context;
}

/* Gives the carrier to whoever is next; `self` is already queued, waiting or parked. */
static void suspend(struct coroutine *self)
{
	struct context *next = next_context(self);

	if (next != &self->context)
		context_switch(&self->context, next);
	loop_let_go(self->loop);
}

static void run_to_end(void *argument)
{
	struct coroutine *self = argument;
	struct coroutine_loop *loop = self->loop;

	loop_let_go(loop);
	self->run(self->argument);
	loop_hold(loop);
	loop->alive--;
	self->next = loop->free;
	loop->free = self;
	context_switch_last(&self->context, next_context(self));
}

/* One that has finished, or the next with a stack of its own; NULL with errno. */
static struct coroutine *take_slot(struct coroutine_loop *loop)
{
	struct coroutine *slot = loop->free;
	void *bottom;

	if (slot) {
		loop->free = slot->next;
		return slot;
	}
	errno = EAGAIN;
	bottom = loop->count < loop->capacity ? stacks_take(&loop->stacks, loop->count) : NULL;
	if (!bottom)
		return NULL;
	slot = &loop->all[loop->count++];
	slot->context.stack_bottom = bottom;
	return slot;
}

struct coroutine *coroutine_new(struct coroutine_loop *loop, void (*run)(void *), void *argument)
{
	struct coroutine *coroutine;

	loop_hold(loop);
	coroutine = take_slot(loop);
	if (coroutine) {
		coroutine->loop = loop;
		coroutine->run = run;
		coroutine->argument = argument;
		context_make(&coroutine->context, (void *)coroutine->context.stack_bottom,
			     stacks_usable(&loop->stacks), run_to_end, coroutine);
		loop->alive++;
		loop_queue_ready(loop, coroutine);
	}
	loop_let_go(loop);
	return coroutine;
}

void coroutine_yield(struct coroutine *self)
{
	loop_hold(self->loop);
	loop_queue(self->loop, self);
	suspend(self);
}

void coroutine_park(struct coroutine *self)
{
	suspend(self);
}

void coroutine_wait_until(struct coroutine *self, uint64_t monotonic_ns)
{
	loop_hold(self->loop);
	timers_add(&self->loop->timers, monotonic_ns, self);
	loop_timer_added(self->loop);
	suspend(self);
}

int coroutine_wait_fd(struct coroutine *self, int fd, uint32_t epoll_events)
{
	struct epoll_event event = { .events = epoll_events | EPOLLONESHOT, .data.ptr = self };
	int epoll_fd = self->loop->epoll_fd;

	loop_hold(self->loop);
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) &&
	    (errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event))) {
		int error = -errno;

		loop_let_go(self->loop);
		return error;
	}
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
	loop_hold(loop);
	loop->calls_made++;
	blocking_pool_submit(loop->pool, &made);
	suspend(self);
}

void coroutine_unpark(struct coroutine *other)
{
	loop_queue_ready(other->loop, other);
}

void coroutine_resume(struct coroutine *self, struct coroutine *other)
{
	if (self->loop->carriers == 1) {
		context_switch(&self->context, &other->context);
		return;
	}
	other->carrier = self->carrier;
	context_switch(&self->context, &other->context);
	loop_let_go(self->loop);
}

void coroutine_queue_wait(struct coroutine_queue *queue, struct coroutine *self)
{
	queue_push(queue, self);
	suspend(self);
}

bool coroutine_queue_wake(struct coroutine_queue *queue)
{
	struct coroutine *first = queue_pop(queue);

	if (!first)
		return false;
	loop_queue_ready(first->loop, first);
	return true;
}
