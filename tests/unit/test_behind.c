/* SPDX-License-Identifier: MIT */
/* Behind whom tasks waited: exact while there are few, never too much, and never lost. */
#include "check.h"
#include "timeline/behind.h"

static const struct behind_row *row_of(const struct behind_row *rows, size_t count, uint32_t task)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].ns && rows[i].task == task)
			return &rows[i];
	return NULL;
}

static uint64_t sum(const struct behind_row *rows, size_t count)
{
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += rows[i].ns;
	return all;
}

/* 7, 8 and 9 run for 100, 20 and 50; who waits came in the middle of 7's slice. */
TEST(a_wait_is_shared_out_back_from_its_end)
{
	const struct behind_row *rows;
	struct behind b = {};

	CHECK_OR_RETURN(behind_open(&b, 2));
	behind_slice(&b, 1, 7, 100);
	behind_slice(&b, 1, 8, 20);
	behind_slice(&b, 1, 9, 50);
	CHECK(behind_wait(&b, 1, 3, 110));
	rows = b.tasks[3].rows;
	CHECK_OR_RETURN(row_of(rows, BEHIND_OF_TASK, 7) && row_of(rows, BEHIND_OF_TASK, 8));
	CHECK_EQ(row_of(rows, BEHIND_OF_TASK, 7)->ns, 40);
	CHECK_EQ(row_of(rows, BEHIND_OF_TASK, 8)->ns, 20);
	CHECK_EQ(row_of(rows, BEHIND_OF_TASK, 9)->ns, 50);
	CHECK_EQ(row_of(b.cpus[1].rows, BEHIND_OF_CPU, 9)->ns, 50);
	CHECK_EQ(b.cpus[1].rest_ns + b.tasks[3].rest_ns, 0);
	CHECK_EQ(sum(b.cpus[0].rows, BEHIND_OF_CPU), 0);
	behind_free(&b);
}

/* Ten slices of 10: the last eight are at hand. */
TEST(what_is_too_long_ago_is_the_rest)
{
	struct behind b = {};

	CHECK_OR_RETURN(behind_open(&b, 1));
	for (uint32_t i = 0; i < 10; i++)
		behind_slice(&b, 0, 7 + i % 2, 10);
	CHECK(behind_wait(&b, 0, 0, 95));
	CHECK_EQ(sum(b.cpus[0].rows, BEHIND_OF_CPU), 80);
	CHECK_EQ(b.cpus[0].rest_ns, 15);
	CHECK_EQ(b.tasks[0].rest_ns, 15);
	behind_free(&b);
}

/* 1000 tasks of 10 ns each, and between any two of them one that has 10 as well. */
TEST(who_has_a_large_part_keeps_its_place)
{
	const struct behind_row *large;
	struct behind b = {};
	uint64_t all = 0;

	CHECK_OR_RETURN(behind_open(&b, 1));
	for (uint32_t i = 0; i < 1000; i++) {
		behind_slice(&b, 0, 100 + i, 10);
		behind_slice(&b, 0, 7, 10);
		CHECK(behind_wait(&b, 0, 0, 20));
		all += 20;
	}
	large = row_of(b.tasks[0].rows, BEHIND_OF_TASK, 7);
	CHECK_OR_RETURN(large);
	CHECK_EQ(large->ns, 10000);
	CHECK_EQ(sum(b.tasks[0].rows, BEHIND_OF_TASK) + b.tasks[0].rest_ns, all);
	CHECK_EQ(sum(b.cpus[0].rows, BEHIND_OF_CPU) + b.cpus[0].rest_ns, all);
	behind_free(&b);
}

/*
 * All rows of the task are taken, 4's with the least: 5 uses up 10 of its 30, 6 the other 20 and
 * gets its place, with the 20 used up of its own 25. Then 7 needs no more than the 5 that are left.
 */
TEST(who_comes_late_uses_up_the_least_row_before_it_takes_its_place)
{
	static const struct {
		uint32_t task;
		uint64_t ns, rest;
	} waits[] = {
		{ 1, 100, 0 }, { 2, 100, 0 }, { 3, 100, 0 },	 { 4, 30, 0 },
		{ 5, 10, 10 }, { 6, 25, 40 }, { 7, 5, 40 + 25 }, { 1, 1, 40 + 25 },
	};
	const struct behind_row *rows;
	struct behind b = {};

	_Static_assert(BEHIND_OF_TASK == 4, "the first four have a row each");
	CHECK_OR_RETURN(behind_open(&b, 1));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		behind_slice(&b, 0, waits[i].task, waits[i].ns);
		CHECK(behind_wait(&b, 0, 0, waits[i].ns));
		CHECK_EQ(b.tasks[0].rest_ns, waits[i].rest);
	}
	rows = b.tasks[0].rows;
	CHECK(!row_of(rows, BEHIND_OF_TASK, 5) && !row_of(rows, BEHIND_OF_TASK, 6));
	CHECK_OR_RETURN(row_of(rows, BEHIND_OF_TASK, 7) && row_of(rows, BEHIND_OF_TASK, 1));
	CHECK_EQ(row_of(rows, BEHIND_OF_TASK, 7)->ns, 5);
	CHECK_EQ(row_of(rows, BEHIND_OF_TASK, 1)->ns, 101);
	CHECK_EQ(b.cpus[0].rest_ns, 0); /* which has more rows */
	behind_free(&b);
}

int main(void)
{
	RUN(a_wait_is_shared_out_back_from_its_end);
	RUN(what_is_too_long_ago_is_the_rest);
	RUN(who_has_a_large_part_keeps_its_place);
	RUN(who_comes_late_uses_up_the_least_row_before_it_takes_its_place);
	return check_done("behind");
}
