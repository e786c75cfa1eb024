/* SPDX-License-Identifier: MIT */
/* Units that are coroutines, on one carrier or several. */
#include <string.h>
#include <sys/epoll.h>
#include "coroutine_parts.h"
#include "workload.h"

static void yield(struct unit *unit)
{
	coroutine_yield(unit->coroutine);
}

static void wait_ns(struct unit *unit, uint64_t ns)
{
	coroutine_wait_until(unit->coroutine, reading_now_ns() + ns);
}

static void wait_fd(struct unit *unit, int fd, bool for_writing)
{
	int error = coroutine_wait_fd(unit->coroutine, fd, for_writing ? EPOLLOUT : EPOLLIN);

	if (error)
		unit_fail(unit, "waiting for a descriptor by epoll: %s", strerror(-error));
}

/*
 * A partner that waits is given the token without its passing through the word, which is only
 * looked at while held: relaxed operations on it are plain ones.
 */
static void give(struct unit *unit, struct unit *partner)
{
	loop_hold(unit->coroutine->loop);
	if (partner->taking) {
		partner->taking = false;
		coroutine_unpark(partner->coroutine);
	} else {
		atomic_store_explicit(&partner->token, 1, memory_order_relaxed);
	}
	loop_let_go(unit->coroutine->loop);
}

static void take(struct unit *unit)
{
	loop_hold(unit->coroutine->loop);
	if (!atomic_load_explicit(&unit->token, memory_order_relaxed)) {
		unit->taking = true;
		coroutine_park(unit->coroutine);
		return;
	}
	atomic_store_explicit(&unit->token, 0, memory_order_relaxed);
	loop_let_go(unit->coroutine->loop);
}

/* A partner that waits for the token is resumed directly; the run queue is not asked. */
static void hand_off(struct unit *unit, struct unit *partner)
{
	struct coroutine *self = unit->coroutine;

	loop_hold(self->loop);
	if (partner->taking && !atomic_load_explicit(&unit->token, memory_order_relaxed)) {
		partner->taking = false;
		unit->taking = true;
		coroutine_resume(self, partner->coroutine);
		return;
	}
	loop_let_go(self->loop);
	give(unit, partner);
	take(unit);
}

static void mutex_init(struct unit_mutex *mutex)
{
	*mutex = (struct unit_mutex){ 0 };
}

static void lock(struct unit *unit, struct unit_mutex *mutex)
{
	loop_hold(unit->coroutine->loop);
	if (mutex->held) {
		coroutine_queue_wait(&mutex->waiting, unit->coroutine);
		return; /* whoever gave it back left it held, for this unit */
	}
	mutex->held = true;
	loop_let_go(unit->coroutine->loop);
}

/* Whoever has waited longest has it at once: it is never free in between. */
static void unlock(struct unit *unit, struct unit_mutex *mutex)
{
	loop_hold(unit->coroutine->loop);
	mutex->held = coroutine_queue_wake(&mutex->waiting);
	loop_let_go(unit->coroutine->loop);
}

static void condition_init(struct unit_condition *condition)
{
	*condition = (struct unit_condition){ 0 };
}

static void wait(struct unit *unit, struct unit_condition *condition, struct unit_mutex *mutex)
{
	loop_hold(unit->coroutine->loop);
	mutex->held = coroutine_queue_wake(&mutex->waiting);
	coroutine_queue_wait(&condition->waiting, unit->coroutine);
	lock(unit, mutex);
}

static void signal_one(struct unit *unit, struct unit_condition *condition)
{
	loop_hold(unit->coroutine->loop);
	coroutine_queue_wake(&condition->waiting);
	loop_let_go(unit->coroutine->loop);
}

static void call_blocking(struct unit *unit, void (*call)(void *argument), void *argument)
{
	coroutine_call_blocking(unit->coroutine, call, argument);
}

/*
 * `started` yields once: every unit takes its start reading as soon as the gate lets the carrier
 * go, so that all count as in flight together, even those that then compute without ever giving
 * way.
 */
const struct runtime runtime_coroutine = {
	.units_meet = true,
	.pipes_nonblocking = true,
	.started = yield,
	.yield = yield,
	.wait_ns = wait_ns,
	.wait_fd = wait_fd,
	.give = give,
	.take = take,
	.hand_off = hand_off,
	.mutex_init = mutex_init,
	.lock = lock,
	.unlock = unlock,
	.condition_init = condition_init,
	.wait = wait,
	.signal = signal_one,
	.call_blocking = call_blocking,
};
