/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>
#include "../../workloads/blocking_pool.h"
#include "../../workloads/coroutine.h"
#include "check.h"

#define STACK_BYTES (64 * 1024)

/* Each caller meets the others in its call: possible only where several are made at once. */
static _Atomic unsigned inside;
static pid_t made_by[BLOCKING_POOL_THREADS], asked_by[BLOCKING_POOL_THREADS];
static struct coroutine *all[BLOCKING_POOL_THREADS];
static unsigned others_turns;
static int pipe_fds[2];
static _Atomic unsigned faults; /* CHECK counts for one thread only */

static void meet(void *argument)
{
	*(pid_t *)argument = gettid();
	atomic_fetch_add(&inside, 1);
	while (atomic_load(&inside) < BLOCKING_POOL_THREADS)
		usleep(1000);
}

static void call_and_look(void *argument)
{
	unsigned i = (pid_t *)argument - made_by;

	coroutine_call_blocking(all[i], meet, argument);
	asked_by[i] = gettid();
}

TEST(calls_that_block_are_made_at_once_and_elsewhere)
{
	struct coroutine_loop *loop = coroutine_loop_new(BLOCKING_POOL_THREADS, STACK_BYTES, 1);
	struct blocking_pool *pool;

	CHECK_OR_RETURN(loop && !coroutine_loop_add_pool(loop, &pool));
	for (unsigned i = 0; i < BLOCKING_POOL_THREADS; i++)
		all[i] = coroutine_new(loop, call_and_look, &made_by[i]);
	CHECK_EQ(coroutine_loop_run(loop), 0);
	for (unsigned i = 0; i < BLOCKING_POOL_THREADS; i++) {
		unsigned known = 0;

		for (unsigned t = 0; t < BLOCKING_POOL_THREADS; t++)
			known += blocking_pool_tids(pool)[t] == made_by[i];
		CHECK_EQ(known, 1);
		CHECK_EQ(asked_by[i], gettid());
	}
	coroutine_loop_free(loop);
}

static void read_a_byte(void *argument)
{
	char byte;

	faults += read(pipe_fds[0], &byte, 1) != 1;
}

static void call_read(void *argument)
{
	coroutine_call_blocking(all[0], read_a_byte, NULL);
	CHECK_EQ(others_turns, 100);
}

static void take_turns_then_write(void *argument)
{
	for (; others_turns < 100; others_turns++)
		coroutine_yield(all[1]);
	faults += write(pipe_fds[1], "x", 1) != 1;
}

TEST(other_coroutines_run_while_one_waits_for_its_call)
{
	struct coroutine_loop *loop = coroutine_loop_new(2, STACK_BYTES, 1);
	struct blocking_pool *pool;

	CHECK_OR_RETURN(loop && !pipe(pipe_fds) && !coroutine_loop_add_pool(loop, &pool));
	all[0] = coroutine_new(loop, call_read, NULL);
	all[1] = coroutine_new(loop, take_turns_then_write, NULL);
	CHECK_EQ(coroutine_loop_run(loop), 0);
	CHECK_EQ(atomic_load(&faults), 0);
	coroutine_loop_free(loop);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void note_thread(void *argument)
{
	*(pid_t *)argument = gettid();
}

static void call_note(void *argument)
{
	coroutine_call_blocking(all[0], note_thread, argument);
}

TEST(without_a_pool_the_carrier_makes_the_call_itself)
{
	struct coroutine_loop *loop = coroutine_loop_new(1, STACK_BYTES, 1);
	pid_t by = 0;

	CHECK_OR_RETURN(loop);
	all[0] = coroutine_new(loop, call_note, &by);
	CHECK_EQ(coroutine_loop_run(loop), 0);
	CHECK_EQ(by, gettid());
	coroutine_loop_free(loop);
}

int main(void)
{
	RUN(calls_that_block_are_made_at_once_and_elsewhere);
	RUN(other_coroutines_run_while_one_waits_for_its_call);
	RUN(without_a_pool_the_carrier_makes_the_call_itself);
	return check_done("workload_blocking_pool");
}
