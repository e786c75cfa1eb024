/* SPDX-License-Identifier: MIT */
/* All units as coroutines on one carrier thread: the kernel sees one task. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "blocking_pool.h"
#include "complain.h"
#include "coroutine.h"
#include "workload.h"

/* Only the pages that a unit touches are real: a hundred thousand units take one or two each. */
#ifdef __SANITIZE_ADDRESS__
#define COROUTINE_STACK_BYTES (124 * 1024)
#else
#define COROUTINE_STACK_BYTES (28 * 1024)
#endif

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

/* One carrier runs all units: relaxed stores to a token are plain ones. */
static void give(struct unit *unit, struct unit *partner)
{
	atomic_store_explicit(&partner->token, 1, memory_order_relaxed);
	if (!partner->taking)
		return;
	partner->taking = false;
	coroutine_unpark(partner->coroutine);
}

static void take(struct unit *unit)
{
	if (!atomic_load_explicit(&unit->token, memory_order_relaxed)) {
		unit->taking = true;
		coroutine_park(unit->coroutine);
	}
	atomic_store_explicit(&unit->token, 0, memory_order_relaxed);
}

/* A partner that waits for the token is resumed directly; the run queue is not asked. */
static void hand_off(struct unit *unit, struct unit *partner)
{
	if (!partner->taking || atomic_load_explicit(&unit->token, memory_order_relaxed)) {
		give(unit, partner);
		take(unit);
		return;
	}
	atomic_store_explicit(&partner->token, 1, memory_order_relaxed);
	partner->taking = false;
	unit->taking = true;
	coroutine_resume(unit->coroutine, partner->coroutine);
	atomic_store_explicit(&unit->token, 0, memory_order_relaxed);
}

static void mutex_init(struct unit_mutex *mutex)
{
	*mutex = (struct unit_mutex){ 0 };
}

static void lock(struct unit *unit, struct unit_mutex *mutex)
{
	if (mutex->held)
		coroutine_queue_wait(&mutex->waiting, unit->coroutine);
	mutex->held = true;
}

/* Whoever has waited longest has it at once: it is never free in between. */
static void unlock(struct unit *unit, struct unit_mutex *mutex)
{
	mutex->held = coroutine_queue_wake(&mutex->waiting);
}

static void condition_init(struct unit_condition *condition)
{
	*condition = (struct unit_condition){ 0 };
}

static void wait(struct unit *unit, struct unit_condition *condition, struct unit_mutex *mutex)
{
	unlock(unit, mutex);
	coroutine_queue_wait(&condition->waiting, unit->coroutine);
	lock(unit, mutex);
}

static void signal_one(struct unit *unit, struct unit_condition *condition)
{
	coroutine_queue_wake(&condition->waiting);
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
static const struct runtime runtime_coroutine = {
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

static void coroutine_main(void *argument)
{
	unit_run(argument);
}

static struct coroutine_loop *make_loop(struct workload *workload)
{
	struct coroutine_loop *loop =
		coroutine_loop_new(workload->units_count, COROUTINE_STACK_BYTES);

	for (unsigned i = 0; loop && i < workload->units_count; i++) {
		struct unit *unit = &workload->units[i];

		unit->truth.pid = workload->carrier.pid;
		unit->truth.tid = workload->carrier.tid;
		unit->coroutine = coroutine_new(loop, coroutine_main, unit);
	}
	return loop;
}

/* 0 or -errno. */
static int add_pool(struct workload *workload, struct coroutine_loop *loop)
{
	struct blocking_pool *pool;
	int error = coroutine_loop_add_pool(loop, &pool);

	for (unsigned i = 0; !error && i < BLOCKING_POOL_THREADS; i++)
		workload_helper(workload, getpid(), blocking_pool_tids(pool)[i]);
	return error;
}

/*
 * Returns non-NULL after a failure. The loop is made here: before the gate, by the thread that runs
 * it.
 */
static void *carrier(void *argument)
{
	struct workload *workload = argument;
	struct coroutine_loop *loop;
	int error;

	unit_identify(&workload->carrier);
	loop = make_loop(workload);
	if (!loop) {
		complain("use fewer units (-n), or raise ulimit -v or ulimit -n",
			 "%u coroutines with %d KiB of stack each: %s", workload->units_count,
			 COROUTINE_STACK_BYTES / 1024, strerror(errno));
		_exit(WORKLOAD_FAILED); /* the launcher waits at the gate for this thread */
	}
	workload->guarded_stacks = coroutine_loop_guarded(loop);
	error = workload->body->calls_block ? add_pool(workload, loop) : 0;
	if (error) {
		complain("the limit on tasks (ulimit -u, pids.max) may be reached",
			 "the pool for calls that block: %s", strerror(-error));
		_exit(WORKLOAD_FAILED);
	}
	gate_pass(workload->gate);
	error = coroutine_loop_run(loop);
	coroutine_loop_free(loop);
	if (error)
		complain("this is a defect of the body or the runtime, please report it",
			 "the coroutines could not go on: %s",
			 error == -EDEADLK ? "each waits for another" : strerror(-error));
	return error ? workload : NULL;
}

static int launch(struct workload *workload)
{
	if (workload_prepare(workload, &runtime_coroutine))
		return -1;
	return launch_on_carrier(workload, carrier);
}

const struct model model_coroutines = {
	.name = "coroutines",
	.bit = MODEL_COROUTINES,
	.why = "all units on one thread that switches between them itself: concurrent, never "
	       "parallel",
	.units_max = 100000,
	.one_carrier = true,
	.launch = launch,
};
