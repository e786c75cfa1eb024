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

int main(void)
{
	RUN(calls_are_told_apart_and_those_without_a_name_are_one);
	return check_done("task_state");
}
