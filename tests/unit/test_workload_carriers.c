/* SPDX-License-Identifier: MIT */
/* Coroutines that several carriers share: also built to run under the thread sanitizer. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include "../../workloads/blocking_pool.h"
#include "../../workloads/coroutine.h"
#include "../../workloads/reading.h"
#include "../../workloads/workload.h"
#include "check.h"

#define STACK_BYTES (64 * 1024)
#define UNITS_MAX 64
#define CARRIERS_MAX 4
#define TIMEOUT_S 60

static const struct runtime *const runtime = &runtime_coroutine;
static struct unit units[UNITS_MAX];
static unsigned units_count;
static struct coroutine_loop *loop;

static void *carry(void *argument)
{
	return (void *)(intptr_t)coroutine_loop_run(loop);
}

/* `count` units that all do `run`, on `carriers` threads; what the carriers returned, if the same.
 */
static int run_units(unsigned carriers, unsigned count, void (*run)(void *unit))
{
	pthread_t threads[CARRIERS_MAX];
	struct blocking_pool *pool;
	void *result = NULL, *first;

	alarm(TIMEOUT_S); /* a lost wake-up would hang */
	units_count = count;
	loop = coroutine_loop_new(count, STACK_BYTES, carriers);
	if (!CHECK(loop && !coroutine_loop_add_pool(loop, &pool)))
		return -1;
	for (unsigned i = 0; i < count; i++) {
		units[i] = (struct unit){ .index = i, .runtime = runtime };
		units[i].coroutine = coroutine_new(loop, run, &units[i]);
	}
	for (unsigned t = 0; t < carriers; t++)
		CHECK(!pthread_create(&threads[t], NULL, carry, NULL));
	for (unsigned t = 0; t < carriers; t++) {
		first = result;
		pthread_join(threads[t], &result);
		CHECK(!t || result == first);
	}
	coroutine_loop_free(loop);
	alarm(0);
	return (intptr_t)result;
}

/* ---- locks and conditions ---- */

static struct unit_mutex mutex;
static struct unit_condition not_empty, not_full;
static uint64_t counter, queued, moved;

static void count_locked(void *argument)
{
	struct unit *unit = argument;

	for (int i = 0; i < 500; i++) {
		uint64_t value;

		runtime->lock(unit, &mutex);
		value = counter;
		if (i % 16 == 0)
			runtime->yield(unit); /* the others find it held */
		counter = value + 1;
		runtime->unlock(unit, &mutex);
	}
}

TEST(a_lock_is_one_units_however_many_carriers)
{
	for (unsigned carriers = 1; carriers <= CARRIERS_MAX; carriers++) {
		counter = 0;
		runtime->mutex_init(&mutex);
		CHECK_EQ(run_units(carriers, 16, count_locked), 0);
		CHECK_EQ(counter, 16 * 500);
	}
}

/* Even units put, odd ones take, through a queue of two places. */
static void put_or_take(void *argument)
{
	struct unit *unit = argument;
	bool takes = unit->index % 2;

	for (int i = 0; i < 300; i++) {
		runtime->lock(unit, &mutex);
		while (takes ? !queued : queued == 2)
			runtime->wait(unit, takes ? &not_empty : &not_full, &mutex);
		queued += takes ? -1 : 1;
		moved += takes;
		runtime->signal(unit, takes ? &not_full : &not_empty);
		runtime->unlock(unit, &mutex);
	}
}

TEST(no_signal_of_a_condition_is_lost)
{
	for (unsigned carriers = 1; carriers <= CARRIERS_MAX; carriers++) {
		queued = moved = 0;
		runtime->mutex_init(&mutex);
		runtime->condition_init(&not_empty);
		runtime->condition_init(&not_full);
		CHECK_EQ(run_units(carriers, 12, put_or_take), 0);
		CHECK_EQ(moved, 6 * 300);
		CHECK_EQ(queued, 0);
	}
}

/* ---- tokens: parked here while another carrier unparks ---- */

static uint64_t hand_offs[UNITS_MAX / 2];

static void play(void *argument)
{
	struct unit *unit = argument, *partner = &units[unit->index ^ 1];

	if (unit->index % 2)
		runtime->take(unit);
	for (int i = 0; i < 2000; i++) {
		hand_offs[unit->index / 2]++;
		if (unit->index % 2 && i == 1999)
			runtime->give(unit, partner);
		else if (i % 2)
			runtime->hand_off(unit, partner);
		else {
			runtime->give(unit, partner);
			runtime->take(unit);
		}
	}
}

TEST(a_token_given_while_its_taker_parks_is_not_lost)
{
	for (unsigned carriers = 1; carriers <= CARRIERS_MAX; carriers++) {
		memset(hand_offs, 0, sizeof(hand_offs));
		CHECK_EQ(run_units(carriers, 6, play), 0);
		for (unsigned pair = 0; pair < 3; pair++)
			CHECK_EQ(hand_offs[pair], 4000);
	}
}

/* A ring: most units are parked at any time, and carriers go idle and come back. */
static void pass_round(void *argument)
{
	struct unit *unit = argument;

	for (int round = 0; round < 500; round++) {
		if (round || unit->index)
			runtime->take(unit);
		counter++;
		if (round < 499 || unit->index + 1 < units_count)
			runtime->give(unit, &units[(unit->index + 1) % units_count]);
	}
}

TEST(a_ring_with_one_token_never_stops)
{
	for (unsigned carriers = 2; carriers <= CARRIERS_MAX; carriers++) {
		counter = 0;
		CHECK_EQ(run_units(carriers, 10, pass_round), 0);
		CHECK_EQ(counter, 10 * 500);
	}
}

/* ---- timers, descriptors, calls ---- */

static int pipes[UNITS_MAX / 2][2];
static _Atomic unsigned done, faults; /* CHECK counts for one thread only */

static void nothing(void *argument)
{
	atomic_fetch_add((_Atomic unsigned *)argument, 1);
}

static void wait_for_all_kinds(void *argument)
{
	struct unit *unit = argument;
	int *fds = pipes[unit->index / 2];
	uint64_t start_ns;
	char byte;

	for (int i = 0; i < 20; i++) {
		start_ns = reading_now_ns();
		runtime->wait_ns(unit, 100000 * (unit->index % 5));
		faults += reading_now_ns() - start_ns < 100000 * (unit->index % 5);
		if (unit->index % 2) {
			faults += write(fds[1], "x", 1) != 1;
		} else {
			while (read(fds[0], &byte, 1) < 0) {
				faults += errno != EAGAIN;
				runtime->wait_fd(unit, fds[0], false);
			}
		}
		runtime->call_blocking(unit, nothing, &done);
	}
}

TEST(timers_descriptors_and_calls_end_their_waits_on_any_carrier)
{
	for (unsigned i = 0; i < 10; i++)
		CHECK_OR_RETURN(!pipe2(pipes[i], O_NONBLOCK | O_CLOEXEC));
	for (unsigned carriers = 1; carriers <= CARRIERS_MAX; carriers++) {
		atomic_store(&done, 0);
		CHECK_EQ(run_units(carriers, 20, wait_for_all_kinds), 0);
		CHECK_EQ(atomic_load(&done), 20 * 20);
		CHECK_EQ(atomic_load(&faults), 0);
	}
	for (unsigned i = 0; i < 10; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

/* One carrier sleeps for the late timer when the early one is set: it must hear of that. */
static void early_or_late(void *argument)
{
	struct unit *unit = argument;

	if (unit->index == 0) {
		runtime->wait_ns(unit, 300 * 1000000ull);
		return;
	}
	uint64_t start_ns = reading_now_ns();

	while (reading_now_ns() - start_ns < 20 * 1000000)
		; /* until the other carrier waits in epoll */
	runtime->wait_ns(unit, 1000000);
	counter = reading_now_ns();
}

TEST(an_earlier_timer_is_heard_by_the_carrier_that_sleeps_for_a_later_one)
{
	bool early = false;

	/* A machine that stands still for long enough makes both timers due. */
	for (int tries = 0; tries < 5 && !early; tries++) {
		CHECK_EQ(run_units(2, 2, early_or_late), 0);
		early = counter + 100 * 1000000ull < reading_now_ns();
	}
	CHECK(early);
}

/* ---- the work is shared, and its end is seen ---- */

static _Atomic unsigned met;

static void meet_on_two_carriers(void *argument)
{
	atomic_fetch_add(&met, 1);
	while (atomic_load(&met) < 2)
		; /* without giving way */
}

TEST(two_units_that_never_give_way_run_on_two_carriers_at_once)
{
	atomic_store(&met, 0);
	CHECK_EQ(run_units(2, 2, meet_on_two_carriers), 0);
}

static void wait_for_ever(void *argument)
{
	struct unit *unit = argument;

	if (unit->index == 3)
		runtime->wait_ns(unit, 5000000); /* until then somebody could still go on */
	runtime->take(unit);
}

TEST(units_that_all_wait_for_each_other_are_an_error_on_every_carrier)
{
	for (unsigned carriers = 1; carriers <= CARRIERS_MAX; carriers++)
		CHECK_EQ(run_units(carriers, 4, wait_for_ever), -EDEADLK);
}

static void yield_often(void *argument)
{
	for (int i = 0; i < 2000; i++)
		runtime->yield(argument);
}

TEST(yielding_on_several_carriers_ends)
{
	for (unsigned carriers = 2; carriers <= CARRIERS_MAX; carriers++)
		CHECK_EQ(run_units(carriers, 9, yield_often), 0);
}

/* ---- coroutines made by coroutines ---- */

static void count_up(void *argument)
{
	atomic_fetch_add(&done, 1);
}

static void make_some(void *argument)
{
	unsigned made = 0;

	while (made < 200) {
		if (coroutine_new(loop, count_up, NULL))
			made++;
		else
			runtime->yield(argument);
	}
}

TEST(a_slot_is_used_again_once_its_coroutine_has_finished)
{
	for (unsigned carriers = 1; carriers <= CARRIERS_MAX; carriers++) {
		struct unit *first = &units[0];
		pthread_t threads[CARRIERS_MAX];

		atomic_store(&done, 0);
		loop = coroutine_loop_new(4, STACK_BYTES, carriers);
		CHECK_OR_RETURN(loop);
		*first = (struct unit){ .runtime = runtime };
		first->coroutine = coroutine_new(loop, make_some, first);
		for (unsigned t = 0; t < carriers; t++)
			CHECK(!pthread_create(&threads[t], NULL, carry, NULL));
		for (unsigned t = 0; t < carriers; t++)
			pthread_join(threads[t], NULL);
		coroutine_loop_free(loop);
		CHECK_EQ(atomic_load(&done), 200);
	}
}

int main(void)
{
	RUN(a_lock_is_one_units_however_many_carriers);
	RUN(no_signal_of_a_condition_is_lost);
	RUN(a_token_given_while_its_taker_parks_is_not_lost);
	RUN(a_ring_with_one_token_never_stops);
	RUN(timers_descriptors_and_calls_end_their_waits_on_any_carrier);
	RUN(an_earlier_timer_is_heard_by_the_carrier_that_sleeps_for_a_later_one);
	RUN(two_units_that_never_give_way_run_on_two_carriers_at_once);
	RUN(units_that_all_wait_for_each_other_are_an_error_on_every_carrier);
	RUN(yielding_on_several_carriers_ends);
	RUN(a_slot_is_used_again_once_its_coroutine_has_finished);
	return check_done("workload_carriers");
}
