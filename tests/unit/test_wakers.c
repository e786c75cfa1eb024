/* SPDX-License-Identifier: MIT */
#include "timeline/wakers.h"
#include <stdlib.h>
#include "check.h"

static uint64_t count_of(const struct wakers *w, int64_t tid)
{
	for (int i = 0; i < w->count; i++)
		if (w->rows[i].tid == tid)
			return w->rows[i].count;
	return 0;
}

static uint64_t sum(const struct wakers *w)
{
	uint64_t all = w->rest;

	for (int i = 0; i < w->count; i++)
		all += w->rows[i].count;
	return all;
}

TEST(a_few_wakers_are_all_told_exactly_and_in_their_order)
{
	struct wakers w = {};

	for (int round = 0; round < 3; round++)
		for (int64_t tid = -1; tid < WAKERS_MAX - 1; tid++)
			for (int64_t i = 0; i <= tid % 5; i++)
				CHECK(wakers_add(&w, 1000 * tid));
	CHECK_EQ(w.rest, 0);
	for (int64_t tid = 0; tid < WAKERS_MAX - 1; tid++) {
		CHECK_EQ(count_of(&w, 1000 * tid), 3 * (tid % 5 + 1));
		CHECK_EQ(w.rows[tid].tid, 1000 * tid);
	}
	wakers_free(&w);
}

/* One wakes it between any two of 100,000 others: it keeps its row, they cost nothing. */
TEST(any_number_of_wakers_takes_no_more_rows)
{
	struct wakers w = {};

	for (int64_t tid = 1; tid <= 100000; tid++) {
		CHECK(wakers_add(&w, tid));
		CHECK(wakers_add(&w, -1));
		if (check_failures)
			break;
	}
	CHECK(w.room <= WAKERS_MAX);
	CHECK_EQ(count_of(&w, -1), 100000);
	CHECK_EQ(sum(&w), 200000);
	wakers_free(&w);
}

/* Rows of more than one waking stay, whoever else comes. */
TEST(who_has_woken_it_more_than_once_stays)
{
	struct wakers w = {};

	for (int64_t tid = 1; tid <= WAKERS_MAX; tid++)
		for (int i = 0; i < 2; i++)
			CHECK(wakers_add(&w, tid));
	for (int i = 0; i < 10; i++)
		CHECK(wakers_add(&w, 500));
	CHECK_EQ(w.rest, 10);
	CHECK_EQ(count_of(&w, 1), 2);
	CHECK_EQ(count_of(&w, WAKERS_MAX), 2);
	wakers_free(&w);
}

int main(void)
{
	RUN(a_few_wakers_are_all_told_exactly_and_in_their_order);
	RUN(any_number_of_wakers_takes_no_more_rows);
	RUN(who_has_woken_it_more_than_once_stays);
	return check_done("wakers");
}
