/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "../../workloads/context.h"
#include "../../workloads/coroutine.h"
#include "../../workloads/reading.h"
#include "check.h"

#define STACK_BYTES (64 * 1024)

/* What happened, one letter a step. */
static char story[64];
static struct coroutine *all[4];
static int pipe_fds[2];
static uint64_t begun_ns; /* of the last run_all() */

static void tell(char letter)
{
	size_t length = strlen(story);

	if (length + 1 < sizeof(story))
		story[length] = letter;
}

/* Runs up to four coroutines to the end; argument i is "ABCD"[i]. */
static int run_all(void (*const *runs)(void *), unsigned count)
{
	static char letters[] = "ABCD";
	struct coroutine_loop *loop = coroutine_loop_new(count, STACK_BYTES, 1);
	int result;

	memset(story, 0, sizeof(story));
	if (!CHECK(loop))
		return -1;
	for (unsigned i = 0; i < count; i++)
		all[i] = coroutine_new(loop, runs[i], &letters[i]);
	CHECK(!coroutine_new(loop, runs[0], NULL));
	begun_ns = reading_now_ns();
	result = coroutine_loop_run(loop);
	coroutine_loop_free(loop);
	return result;
}

static void yield_twice(void *argument)
{
	char letter = *(char *)argument;

	for (int i = 0; i < 3; i++) {
		tell(letter);
		if (i < 2)
			coroutine_yield(all[letter - 'A']);
	}
}

TEST(yielding_coroutines_take_turns)
{
	void (*runs[])(void *) = { yield_twice, yield_twice, yield_twice };

	CHECK_EQ(run_all(runs, 3), 0);
	CHECK_STR(story, "ABCABCABC");
}

static void sleep_backwards(void *argument)
{
	char letter = *(char *)argument;

	coroutine_wait_until(all[letter - 'A'], begun_ns + ('D' - letter) * 20 * 1000000ull);
	tell(letter);
}

TEST(sleepers_wake_in_the_order_of_their_deadlines)
{
	void (*runs[])(void *) = { sleep_backwards, sleep_backwards, sleep_backwards };
	CHECK_EQ(run_all(runs, 3), 0);
	CHECK_STR(story, "CBA");
	CHECK(reading_now_ns() - begun_ns >= 60 * 1000000ull);
}

/* Until the other has told, or for far longer than that is to take. */
static void yield_for_long(void *argument)
{
	uint64_t end_ns = reading_now_ns() + 20 * 1000000000ull;

	while (!story[0] && reading_now_ns() < end_ns)
		coroutine_yield(all[*(char *)argument - 'A']);
	tell('Y');
}

TEST(a_coroutine_that_only_yields_cannot_starve_a_timer)
{
	void (*runs[])(void *) = { yield_for_long, sleep_backwards };

	CHECK_EQ(run_all(runs, 2), 0);
	CHECK_STR(story, "BY");
}

static void resume_second(void *argument)
{
	tell('1');
	coroutine_yield(all[0]);
	tell('3');
	coroutine_resume(all[0], all[1]);
	tell('5');
}

static void be_resumed(void *argument)
{
	tell('2');
	coroutine_park(all[1]);
	tell('4');
	coroutine_unpark(all[0]);
}

TEST(a_resumed_partner_runs_at_once)
{
	void (*runs[])(void *) = { resume_second, be_resumed };

	CHECK_EQ(run_all(runs, 2), 0);
	CHECK_STR(story, "12345");
}

static void wait_for_byte(void *argument)
{
	char byte = '?';

	CHECK_EQ(read(pipe_fds[0], &byte, 1), -1);
	CHECK_EQ(coroutine_wait_fd(all[0], pipe_fds[0], EPOLLIN), 0);
	CHECK_EQ(read(pipe_fds[0], &byte, 1), 1);
	tell(byte);
	/* The second wait changes a registration that the first made. */
	CHECK_EQ(coroutine_wait_fd(all[0], pipe_fds[0], EPOLLIN), 0);
	CHECK_EQ(read(pipe_fds[0], &byte, 1), 1);
	tell(byte);
}

static void send_bytes(void *argument)
{
	tell('s');
	CHECK_EQ(write(pipe_fds[1], "x", 1), 1);
	coroutine_wait_until(all[1], reading_now_ns() + 1000000);
	CHECK_EQ(write(pipe_fds[1], "y", 1), 1);
}

TEST(a_wait_for_a_pipe_ends_when_it_has_data)
{
	void (*runs[])(void *) = { wait_for_byte, send_bytes };

	CHECK_OR_RETURN(!pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC));
	CHECK_EQ(run_all(runs, 2), 0);
	CHECK_STR(story, "sxy");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void park(void *argument)
{
	coroutine_park(all[0]);
}

static void wait_for_no_descriptor(void *argument)
{
	CHECK_EQ(coroutine_wait_fd(all[0], -1, EPOLLIN), -EBADF);
}

TEST(coroutines_that_can_never_go_on_are_an_error_not_a_hang)
{
	void (*runs[])(void *) = { park };

	CHECK_EQ(run_all(runs, 1), -EDEADLK);
}

TEST(a_wait_for_what_is_no_descriptor_fails)
{
	void (*runs[])(void *) = { wait_for_no_descriptor };

	CHECK_EQ(run_all(runs, 1), 0);
}

static void keep_registers(void *argument)
{
	char letter = *(char *)argument;
	double a = letter * 1.5, b = letter * 2.5;
	long c = letter * 3, d = letter * 5;

	for (int i = 0; i < 1000; i++)
		coroutine_yield(all[letter - 'A']);
	CHECK(a == letter * 1.5 && b == letter * 2.5);
	CHECK(c == letter * 3 && d == letter * 5);
}

TEST(registers_survive_a_switch)
{
	void (*runs[])(void *) = { keep_registers, keep_registers };

	CHECK_EQ(run_all(runs, 2), 0);
}

static void nothing(void *argument)
{
}

TEST(all_of_few_stacks_are_guarded)
{
	struct coroutine_loop *loop = coroutine_loop_new(100, STACK_BYTES, 1);

	CHECK_OR_RETURN(loop);
	for (unsigned i = 0; i < 100; i++)
		CHECK(coroutine_new(loop, nothing, NULL));
	CHECK_EQ(coroutine_loop_guarded(loop), 100);
	CHECK_EQ(coroutine_loop_run(loop), 0);
	coroutine_loop_free(loop);
}

TEST(stacks_of_a_mapping_each_are_guarded_and_used_again)
{
	struct coroutine_loop *loop = coroutine_loop_new(3, STACK_BYTES, 1);

	CHECK_OR_RETURN(loop && !coroutine_loop_map_apart(loop));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 3; i++)
			CHECK(coroutine_new(loop, nothing, NULL));
		CHECK(!coroutine_new(loop, nothing, NULL));
		CHECK_EQ(errno, EAGAIN);
		CHECK_EQ(coroutine_loop_run(loop), 0);
	}
	CHECK_EQ(coroutine_loop_guarded(loop), 3);
	coroutine_loop_free(loop);
}

/* The kernel says EFAULT of what cannot be read, where the program itself would end. */
TEST(a_guard_of_16_KiB_lies_below_each_stack_and_none_in_it)
{
	struct stacks stacks;

	CHECK_OR_RETURN(!stacks_init(&stacks, 3, STACK_BYTES) && !pipe(pipe_fds));
	for (unsigned i = 0; i < 3; i++) {
		char *bottom = stacks_take(&stacks, i);

		CHECK_EQ(write(pipe_fds[1], bottom - 16 * 1024, 1), -1);
		CHECK_EQ(errno, EFAULT);
		CHECK_EQ(write(pipe_fds[1], bottom - 1, 1), -1);
		CHECK_EQ(write(pipe_fds[1], bottom, 1), 1);
		CHECK_EQ(write(pipe_fds[1], bottom + stacks_usable(&stacks) - 1, 1), 1);
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	stacks_unmap(&stacks);
}

TEST(parked_coroutines_go_on_in_a_later_run)
{
	struct coroutine_loop *loop = coroutine_loop_new(1, STACK_BYTES, 1);

	CHECK_OR_RETURN(loop);
	all[0] = coroutine_new(loop, park, NULL);
	CHECK_EQ(coroutine_loop_run(loop), -EDEADLK);
	CHECK_EQ(coroutine_loop_run(loop), -EDEADLK);
	coroutine_unpark(all[0]);
	CHECK_EQ(coroutine_loop_run(loop), 0);
	coroutine_loop_free(loop);
}

int main(void)
{
	RUN(yielding_coroutines_take_turns);
	RUN(sleepers_wake_in_the_order_of_their_deadlines);
	RUN(a_coroutine_that_only_yields_cannot_starve_a_timer);
	RUN(a_resumed_partner_runs_at_once);
	RUN(a_wait_for_a_pipe_ends_when_it_has_data);
	RUN(coroutines_that_can_never_go_on_are_an_error_not_a_hang);
	RUN(a_wait_for_what_is_no_descriptor_fails);
	RUN(registers_survive_a_switch);
	RUN(all_of_few_stacks_are_guarded);
	RUN(stacks_of_a_mapping_each_are_guarded_and_used_again);
	RUN(a_guard_of_16_KiB_lies_below_each_stack_and_none_in_it);
	RUN(parked_coroutines_go_on_in_a_later_run);
	return check_done("workload_coroutine");
}
