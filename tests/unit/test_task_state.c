/* SPDX-License-Identifier: MIT */
/* What a task blocked in; who woke it is in test_wakers.c. */
#include <sys/syscall.h>
#include "check.h"
#include "timeline/task_state.h"

TEST(calls_are_told_apart_and_those_without_a_name_are_one)
{
	struct task_state s = {};
	uint64_t reads = 0, unknown = 0;

	for (int number = 0; number < 32768; number++)
		CHECK_OR_RETURN(task_state_blocked(&s, number, 1));
	CHECK(s.blocked_count < 1000);
	CHECK(task_state_blocked(&s, __NR_read, 10) && task_state_blocked(&s, SYSCALL_NONE, 5));
	for (size_t i = 0; i < s.blocked_count; i++) {
		if (s.blocked[i].syscall == __NR_read)
			reads += s.blocked[i].ns * 10 + s.blocked[i].count;
		if (s.blocked[i].syscall == SYSCALL_NONE)
			unknown += s.blocked[i].count;
	}
	CHECK_EQ(reads, 112); /* 1 and 10 ns, twice */
	CHECK_EQ(unknown, 32768 - (s.blocked_count - 1) + 1);
	task_state_free(&s);
}

/* The CPUs beyond the first word have a list of their own, which comes with the first of them. */
TEST(it_ran_on_any_of_many_cpus)
{
	static const int cpus[] = { 0, 63, 64, 127, 511 };
	struct task_state s = {};

	CHECK(!task_state_ran_on(&s, 127));
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		CHECK(!task_state_ran_on(&s, cpus[i]));
		CHECK_OR_RETURN(task_state_note_cpu(&s, cpus[i], 512));
		CHECK(task_state_ran_on(&s, cpus[i]));
	}
	CHECK(!task_state_ran_on(&s, 1) && !task_state_ran_on(&s, 65) &&
	      !task_state_ran_on(&s, 510));
	task_state_free(&s);
}

int main(void)
{
	RUN(calls_are_told_apart_and_those_without_a_name_are_one);
	RUN(it_ran_on_any_of_many_cpus);
	return check_done("task_state");
}
