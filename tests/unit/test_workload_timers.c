/* SPDX-License-Identifier: MIT */
#include "../../workloads/timers.h"
#include "check.h"

#define COUNT 1000

static struct timer heap[COUNT];
static char owners[COUNT];

TEST(nothing_is_due_before_its_time)
{
	struct timers timers = { .heap = heap };

	CHECK(!timers_take_due(&timers, UINT64_MAX));
	timers_add(&timers, 100, &owners[0]);
	CHECK(!timers_take_due(&timers, 99));
	CHECK(timers_take_due(&timers, 100) == &owners[0]);
	CHECK(!timers_take_due(&timers, UINT64_MAX));
}

TEST(timers_come_out_earliest_first)
{
	struct timers timers = { .heap = heap };

	/* 7 has no factor in common with 1000: each deadline once, in disorder. */
	for (unsigned i = 0; i < COUNT; i++)
		timers_add(&timers, i * 7 % COUNT, &owners[i * 7 % COUNT]);
	for (unsigned i = 0; i < COUNT; i++)
		CHECK(timers_take_due(&timers, COUNT) == &owners[i]);
	CHECK_EQ(timers.count, 0);
}

TEST(equal_deadlines_keep_their_order)
{
	struct timers timers = { .heap = heap };

	for (unsigned i = 0; i < COUNT; i++)
		timers_add(&timers, 5, &owners[i]);
	for (unsigned i = 0; i < COUNT; i++)
		CHECK(timers_take_due(&timers, 5) == &owners[i]);
}

int main(void)
{
	RUN(nothing_is_due_before_its_time);
	RUN(timers_come_out_earliest_first);
	RUN(equal_deadlines_keep_their_order);
	return check_done("workload_timers");
}
