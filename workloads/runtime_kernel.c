/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "futex.h"
#include "workload.h"

static void wait_ns(struct unit *unit, uint64_t ns)
{
	struct timespec left = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
	int error;

	do
		error = clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left);
	while (error == EINTR);
	if (error)
		unit_fail(unit, "waiting on a timer: %s", strerror(error));
}

static void give(struct unit *partner, int private)
{
	atomic_store(&partner->token, 1);
	futex_wake(&partner->token, 1, private);
}

static void take(struct unit *unit, int private)
{
	while (!atomic_exchange(&unit->token, 0))
		futex_wait(&unit->token, 0, NULL, private);
}

static void give_private(struct unit *unit, struct unit *partner)
{
	give(partner, FUTEX_PRIVATE_FLAG);
}

static void take_private(struct unit *unit)
{
	take(unit, FUTEX_PRIVATE_FLAG);
}

static void hand_off_private(struct unit *unit, struct unit *partner)
{
	give(partner, FUTEX_PRIVATE_FLAG);
	take(unit, FUTEX_PRIVATE_FLAG);
}

static void give_shared(struct unit *unit, struct unit *partner)
{
	give(partner, 0);
}

static void take_shared(struct unit *unit)
{
	take(unit, 0);
}

static void hand_off_shared(struct unit *unit, struct unit *partner)
{
	give(partner, 0);
	take(unit, 0);
}

static void call_blocking(struct unit *unit, void (*call)(void *argument), void *argument)
{
	call(argument);
}

#define KERNEL_SYNC(scope)                                                                     \
	.mutex_init = kernel_mutex_init_##scope, .lock = kernel_lock, .unlock = kernel_unlock, \
	.condition_init = kernel_condition_init_##scope, .wait = kernel_wait,                  \
	.signal = kernel_signal, .call_blocking = call_blocking

const struct runtime runtime_thread = {
	.units_meet = true,
	.wait_ns = wait_ns,
	.give = give_private,
	.take = take_private,
	.hand_off = hand_off_private,
	KERNEL_SYNC(private),
};

const struct runtime runtime_process = {
	.units_meet = true,
	.wait_ns = wait_ns,
	.give = give_shared,
	.take = take_shared,
	.hand_off = hand_off_shared,
	KERNEL_SYNC(shared),
};

const struct runtime runtime_serial = {
	.wait_ns = wait_ns,
	.give = give_private,
	.take = take_private,
	.hand_off = hand_off_private,
	KERNEL_SYNC(private),
};
